from __future__ import annotations

import base64
import json
from fractions import Fraction
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from encore.core.errors import OutputError
from encore.core.events import Warned
from encore.core.findings import Evidence
from encore.core.result import Check, Timing
from encore.core.time import Span
from encore.reporting import words
from encore.reporting.build import axis, build_report, gather
from encore.reporting.facts import Report
from encore.reporting.pictures import MOST_PAIRS, pairs_of

VOID = {"meta", "img", "br", "input", "link", "hr"}
LOADS = ("src", "srcset", "href", "data", "action", "poster", "xlink:href")
EVIL = "<script>alert('pwned')</script>"


class Page(HTMLParser):
    """Reads a page and complains about tags that do not match."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.words, self.images = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "img":
            self.images.append(dict(attrs)["src"])

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def _made(story, tmp_path, previews=None):
    page = build_report(
        story.source, story.analysis, story.plan, story.result, previews or tmp_path / "none", tmp_path / "out"
    )
    return page, page.read_text(encoding="utf-8")


def _image(address):
    data = np.frombuffer(base64.b64decode(address.removeprefix("data:image/jpeg;base64,")), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def test_page_is_whole_and_loads_nothing(story, paint, tmp_path):
    paint(tmp_path / "previews", story.result)
    page, html = _made(story, tmp_path, tmp_path / "previews")
    read = Page(html)
    assert page == tmp_path / "out" / "report.html"
    addresses = [attrs[name] for _, attrs in read.tags for name in LOADS if name in attrs]
    assert addresses and all(address.startswith(("data:image/jpeg;base64,", "#")) for address in addresses)
    assert "http:" not in html and "https:" not in html and "url(" not in html
    assert not any(tag in ("link", "iframe", "object", "base") for tag, _ in read.tags)
    assert sum(tag == "script" for tag, _ in read.tags) == 1
    policy = next(attrs["content"] for tag, attrs in read.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert sorted(p.name for p in page.parent.iterdir()) == ["report.html", "report.json"]


def test_page_says_what_matters(story, tmp_path):
    text = Page(_made(story, tmp_path)[1]).text
    for words_of_it in (
        "All 4 promises were kept", "mpeg2video", "720×480 samples", "interlaced, top field first",
        "interlaced, bottom field first: 42.5 %", "29.970 frames/s (30000/1001)", "0:01:00.060", "4:3", "guessed",
        "SMPTE-C (525 lines)", "partly guessed", "ac3, eng", "6 head-switching lines",
        "0:00:14.014 – 0:00:14.114 corrupt",
        "2880×2160 square pixels", "4:2:0, 10 bits", "59.940 frames/s (60000/1001)", "114.6 MB", "15.26 Mbit/s",
        "left out: mp4 cannot hold it", "sound starts with the picture", "0.000 ± 0.020 s", "Opening & first song",
        "the tape is flagged top field first, its pixels say bottom field first", "MP4 has no place for DVD subtitles",
        "decided by a person", "11.8 ×", "410.0 core-ms", "5f5f5f5f", story.plan.digest, "No previews were made.",
    ):  # fmt: skip
        assert words_of_it in text, words_of_it


def test_sections_come_in_order(story, tmp_path):
    ids = [attrs["id"] for tag, attrs in Page(_made(story, tmp_path)[1]).tags if tag == "section"]
    assert ids == [
        "tape",
        "film",
        "checks",
        "warnings",
        "repairs",
        "compare",
        "timeline",
        "shots",
        "timings",
        "origins",
    ]


def test_strangers_words_are_escaped(tell, tmp_path):
    story = tell(name=f"{EVIL}.mpg")
    check = Check(promise=EVIL, expected='" onmouseover="x', found="'><img src=x>", kept=False)
    story = story.with_result(
        checks=(check,), warnings=(Warned(what=EVIL, at_s=1.0),), timings=(Timing(part=EVIL, wall_s=1, cpu_s=1),)
    )
    stream = story.source.others[0].model_copy(update={"language": EVIL, "codec": EVIL})
    source = story.source.model_copy(update={"others": (stream,), "metadata": (("title", EVIL),), "container": EVIL})
    shots = story.analysis.shots
    scan = shots[0].scan.model_copy(update={"evidence": (Evidence(what=EVIL, value=EVIL, unit=EVIL),)})
    analysis = story.analysis.model_copy(
        update={"warnings": (EVIL,), "shots": (shots[0].model_copy(update={"scan": scan}), *shots[1:])}
    )
    page = build_report(source, analysis, story.plan, story.result, tmp_path, tmp_path)
    html = page.read_text(encoding="utf-8")
    assert EVIL not in html and "<img src=x>" not in html and '" onmouseover="x' not in html
    read = Page(html)
    assert sum(tag == "script" for tag, _ in read.tags) == 1
    assert read.text.count(EVIL) >= 9
    assert not any(name.startswith("on") for _, attrs in read.tags for name in attrs)


def test_broken_promises_and_no_promises_are_told(story, tmp_path):
    broken = story.with_result(
        checks=(*story.result.checks, Check(promise="length", expected="1", found="2", kept=False))
    )
    html = _made(broken, tmp_path)[1]
    assert "1 of 5 promises was not kept" in html and "✗ not as promised" in html and "✗ no" in html
    assert "not kept" not in _made(story, tmp_path)[1]
    assert "Nobody checked this film yet" in _made(story.with_result(checks=()), tmp_path)[1]


def test_pictures_have_the_right_content_and_size(story, tmp_path):
    previews = tmp_path / "previews"
    previews.mkdir()
    key = story.result.chunks[0].key
    cv2.imwrite(str(previews / f"{key}.before.jpg"), np.full((480, 720, 3), (40, 60, 200), np.uint8))
    cv2.imwrite(str(previews / f"{key}.after.jpg"), np.full((2160, 2880, 3), (40, 180, 60), np.uint8))
    (previews / f"{story.result.chunks[-1].key}.before.jpg").write_bytes(b"no picture")
    (previews / f"{story.result.chunks[-1].key}.after.jpg").write_bytes(b"")
    read = Page(_made(story, tmp_path, previews)[1])
    after, before, thumb = (_image(address) for address in read.images)
    assert before.shape == (480, 720, 3) and after.shape == (960, 1280, 3) and thumb.shape == (150, 200, 3)
    assert np.abs(before.mean((0, 1)) - (40, 60, 200)).max() < 3
    assert np.abs(after.mean((0, 1)) - (40, 180, 60)).max() < 3 and np.abs(thumb.mean((0, 1)) - (40, 180, 60)).max() < 3
    sliders = [attrs for tag, attrs in read.tags if tag == "input" and attrs["type"] == "range"]
    assert len(sliders) == 1 and "shot 0" in sliders[0]["aria-label"]


def test_many_shots_stay_within_bounds(tell, tmp_path):
    story = tell(tuple(range(0, 100 * 20 + 1, 20)))
    previews = tmp_path / "previews"
    previews.mkdir()
    noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
    cv2.imwrite(str(previews / "noise.jpg"), noise)
    for chunk in story.result.chunks:
        for side in ("before", "after"):
            (previews / f"{chunk.key}.{side}.jpg").hardlink_to(previews / "noise.jpg")
    page, html = _made(story, tmp_path, previews)
    assert page.stat().st_size < 15_000_000
    assert html.count("<figure") == MOST_PAIRS and html.count('<tr id="shot-') == 100
    numbers = [pair.chunk.shot for pair in pairs_of(story.result, previews)]
    assert numbers == sorted(set(numbers)) and numbers[0] < 5 and numbers[-1] > 95
    assert max(np.diff(numbers)) <= 5


def test_few_long_shots_get_more_pairs(tell, paint, tmp_path):
    story = tell((0, 600 * 6, 600 * 6 + 40))
    paint(tmp_path / "previews", story.result, (64, 48))
    shots = [pair.chunk.shot for pair in pairs_of(story.result, tmp_path / "previews")]
    assert shots == [0, 0, 0, 0, 0, 0, 1]


def test_document_reads_back_and_says_the_same(story, tmp_path):
    page, _ = _made(story, tmp_path)
    report = Report.load(page.with_suffix(".json"))
    assert report == gather(story.source, story.analysis, story.plan, story.result)
    plain = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    assert plain["verdict"]["state"] == "kept" and plain["film"]["frames"] == 3600
    assert report.tape.shape == Fraction(4, 3) and report.tape.damaged_frames == 4
    assert [share.mode for share in report.tape.scan] == ["interlaced", "progressive", "film"]
    assert sum(share.share for share in report.tape.scan) == pytest.approx(1)
    assert report.shots[1].film == Span(start=601, stop=1400) and report.shots[1].start == "0:00:10.026"
    assert not any("another document" in origin.note for origin in report.origins)


def test_times_are_not_counted_twice(story):
    told = (("encode", 99, 150), ("encode", 0, 50), ("join", 2, 0))
    spent = tuple(Timing(part=part, wall_s=wall, cpu_s=cpu) for part, wall, cpu in told)
    result = story.with_result(timings=spent).result
    parts = {part.part: part for part in gather(story.source, story.analysis, story.plan, result).timings}
    assert parts["encode"].core_s == 200 and parts["encode"].core_ms_per_frame == pytest.approx(200_000 / 3600)
    assert parts["upscale"].core_s == pytest.approx(3600 * 0.19)
    assert parts["join"].core_s is None and parts["join"].share is None
    assert sum(part.share or 0 for part in parts.values()) == pytest.approx(1)


def test_edited_shots_find_their_measurement(tell):
    story = tell()
    first, second, *rest = story.plan.shots
    joined = first.model_copy(update={"span": Span(start=0, stop=second.span.stop)})
    plan = story.plan.model_copy(update={"shots": (joined, *rest)})
    shots = gather(story.source, story.analysis, plan, story.result).shots
    assert shots[0].scan == story.analysis.shots[1].scan  # the longer of the two
    notes = [origin.note for origin in gather(story.source, story.analysis, plan, story.result).origins]
    assert any("another document" in note for note in notes)


def test_part_of_a_tape_and_empty_things(tell, tmp_path):
    story = tell((0, 200, 400))
    plan = story.plan.model_copy(update={"span": Span(start=200, stop=400), "shots": story.plan.shots[1:]})
    result = story.result.model_copy(
        update={"chunks": (), "frames": 0, "timings": (), "carried": (), "warnings": (), "fallbacks": ()}
    )
    analysis = story.analysis.model_copy(update={"shots": (), "damage": (), "warnings": ()})
    page = build_report(story.source, analysis, plan, result, tmp_path, tmp_path)
    text = Page(page.read_text(encoding="utf-8")).text
    assert "not measured" in text and "None: everything went as planned." in text and "none found" in text


def test_unwritable_folder_is_an_output_error(story, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        build_report(story.source, story.analysis, story.plan, story.result, tmp_path, tmp_path / "file")


def test_axis_marks_fall_on_round_seconds():
    marks = axis(Span(start=600, stop=3600), Fraction(60))
    assert marks[0] == (0.0, "0:00:10") and marks[-1] == (100.0, "0:01:00") and len(marks) <= 11
    assert [text for _, text in axis(Span(start=0, stop=2 * 3600 * 60), Fraction(60))][:2] == ["0:00:00", "0:15:00"]
    assert axis(Span(start=5, stop=5), Fraction(60)) == ()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.size_words(999), "999 bytes"),
        (words.size_words(1500), "1.50 kB"),
        (words.size_words(999_960), "1.00 MB"),
        (words.size_words(20_000_000_000), "20.0 GB"),
        (words.rate_words(Fraction(25)), "25 frames/s"),
        (words.rate_words(None), "unknown"),
        (words.shape_words(Fraction(4, 3)), "4:3"),
        (words.shape_words(Fraction(15, 11)), "1.364:1 (near 4:3)"),
        (words.shape_words(Fraction(47, 20)), "2.350:1"),
        (words.number_words(0.123456), "0.1235"),
        (words.number_words(123456.0), "123,456"),
        (words.seconds_words(3.14159), "3.14 s"),
        (words.seconds_words(200), "3 min 20 s"),
        (words.seconds_words(3900), "1 h 05 min"),
        (words.bit_rate_words(640_000), "640 kbit/s"),
        (words.printable("a\udcffb"), "a?b"),
        (words.scan_words("progressive", "tff", 1), "progressive, pictures straddle frames"),
        (
            words.guard_words(0, 1200),
            "None of 1,200 blocks of 32×32 had to be given back: nothing but noise was taken off.",
        ),
        (words.moved_words(-1), "shows what lies 1 tape frame earlier on the tape"),
        (words.made_words(3, 1, 0), "3 pictures made from both sides, 1 picture continued from one side"),
        (words.made_words(0, 0, 2), "2 pictures left, nothing good is near"),
    ],
)
def test_words(said, expected):
    assert said == expected
