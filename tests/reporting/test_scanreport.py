from __future__ import annotations

import json
import re
from functools import partial

import numpy as np
import pytest

from encore.core.errors import OutputError
from encore.core.findings import Evidence
from encore.core.time import Span
from encore.reporting.plots import TRACKS
from encore.reporting.scanreport import build_scan_report, faces
from encore.reporting.words import count_words, light_words, share_words
from tests.reporting.scanned import curves, face_track, nearest, pictures, scanned, with_faces
from tests.reporting.test_build import EVIL, LOADS, Page

NOTHING = {"damage": (), "warnings": ()}


def _made(story, tmp_path, analysis=None, series=None, made=None):
    analysis = analysis or story.analysis
    page = build_scan_report(story.source, analysis, series or {}, partial(nearest, made or {}), tmp_path)
    return page, page.read_text(encoding="utf-8")


def _data(html):
    return json.loads(re.search(r'id="curves">(.*?)</script>', html, re.S).group(1))


@pytest.fixture(scope="module")
def full(story, tmp_path_factory):
    analysis = scanned(story.analysis, 0.6)
    made = _made(
        story, tmp_path_factory.mktemp("full"), analysis, curves(analysis.timeline.frames), pictures(analysis.shots)
    )
    return made[1]


def test_page_is_whole_and_loads_nothing(full):
    read = Page(full)
    addresses = [attrs[name] for _, attrs in read.tags for name in LOADS if name in attrs]
    assert addresses and all(address.startswith(("data:image/jpeg;base64,", "#")) for address in addresses)
    assert "http:" not in full and "https:" not in full and "url(" not in full
    assert not any(tag in ("link", "iframe", "object", "base") for tag, _ in read.tags)
    policy = next(attrs["content"] for tag, attrs in read.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    ids = [attrs["id"] for _, attrs in read.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    goals = {attrs["href"][1:] for _, attrs in read.tags if "href" in attrs}
    assert goals <= set(ids)


def test_page_says_what_matters(full):
    text = Page(full).text
    for said in (
        "concert 2000.mpg", "0:01:00.060 of tape in 5 shots, mostly interlaced, bottom field first", "720×480",
        "VHS in standard play", "Wounds to heal", "Patina to keep", "Dropouts", "Colour noise", "Strobe light",
        "Frames shown twice", "8.2 flashes a second", "0:00:10.026", "hand-held", "98 % sure", "not looked for",
        "Spatial information", "What does this mean?", "How sure is this?", "top field first", "5f5f5f5f",
        "1 of 5 shots moves too little to be sure", "ac3, eng", "red, orange",
    ):  # fmt: skip
        assert said in text, said


def test_sections_come_in_order(full):
    ids = [attrs["id"] for tag, attrs in Page(full).tags if tag == "section"]
    assert ids == ["wounds", "patina", "warnings", "timeline", "shots", "numbers", "tape", "sure"]


def test_curves_of_the_page_are_those_of_the_tape(full, story):
    data, series = _data(full), curves(story.analysis.timeline.frames)
    assert data["frames"] == story.analysis.timeline.frames and data["starts"] == [0, 601, 1400, 1530, 2700]
    assert len(data["low"]) == len(data["high"]) == len(TRACKS)
    for track, low, high in zip(TRACKS, data["low"], data["high"], strict=True):
        told = np.nan_to_num(series[track.column] * track.factor, nan=track.unnoted)
        assert min(v for v in low if v is not None) == pytest.approx(np.nanmin(told), rel=1e-3)
        assert max(v for v in high if v is not None) == pytest.approx(np.nanmax(told), rel=1e-3)


def test_events_and_faults_lie_where_they_were(full, story):
    frames = story.analysis.timeline.frames
    bars = [attrs for tag, attrs in Page(full).tags if tag == "rect" and "bar " in attrs.get("class", "")]
    strobes = [bar for bar in bars if bar["class"] == "bar strobe"]
    assert [float(bar["x"][:-1]) for bar in strobes] == pytest.approx([(300 + 2) / frames * 100], abs=0.01)
    assert all(float(bar["x"][:-1]) + float(bar["width"][:-1]) <= 100.001 for bar in bars)
    assert sum("hurt" in bar["class"] for bar in bars) == 21


def test_a_tape_without_any_answer_is_a_page(story, tmp_path):
    text = Page(_made(story, tmp_path, story.analysis.model_copy(update=NOTHING))[1]).text
    for said in (
        "1 wound to heal, 3 things to keep as they are",
        "Wrong scan flag",
        "no picture",
        "could not be told in 5 of 5",
    ):
        assert said in text, said


def test_a_tape_without_shots_is_a_page(story, tmp_path):
    html = _made(story, tmp_path, story.analysis.model_copy(update={**NOTHING, "shots": ()}))[1]
    text = Page(html).text
    assert (
        "No wounds found, nothing in particular to keep" in text
        and "No shots were found." in text
        and "nothing measured" in text
        and _data(html)["starts"] == []
    )


def test_a_tape_without_frames_is_a_page(story, tmp_path):
    line = story.analysis.timeline.model_copy(update={"frames": 0})
    empty = story.analysis.model_copy(update={**NOTHING, "shots": (), "timeline": line})
    series = {track.column: np.zeros(0, np.float32) for track in TRACKS}
    assert "0:00:00.000 of tape in 0 shots" in Page(_made(story, tmp_path, empty, series)[1]).text


def test_one_shot_of_one_frame(tell, tmp_path):
    story = tell((0, 2))
    analysis = scanned(story.analysis.model_copy(update=NOTHING), 1)
    html = _made(story, tmp_path, analysis, curves(1), pictures(analysis.shots))[1]
    assert Page(html).text.count("Shot 0") >= 2 and "nan" not in html.lower().split("</style>")[1].split("<script")[0]


def test_faces_have_a_place(story, tmp_path):
    shots = tuple(with_faces(shot) for shot in story.analysis.shots)
    html = _made(story, tmp_path, story.analysis.model_copy(update={"shots": shots}))[1]
    assert "not looked for" not in Page(html).text.replace("– Faces", "") and html.count('class="bar face"') == 5
    assert "face 3, 21 lines between the eyes" in html and "eyes 21 lines" in Page(html).text


def test_faces_seen_together_lie_above_each_other(story):
    spans = ((0, 100), (50, 200), (60, 300), (100, 150), (210, 260))
    tracks = tuple(face_track(n, Span(start=start, stop=stop)) for n, (start, stop) in enumerate(spans))
    shots = (story.analysis.shots[0].model_copy(update={"faces": tracks}),)
    bars = faces(story.analysis.model_copy(update={"shots": shots})) or ()
    assert [round(bar.top) for bar in bars] == [0, 33, 67, 0, 0] and all(25 < bar.height < 34 for bar in bars)


def test_strangers_words_are_escaped(tell, tmp_path):
    story = tell(name=f"{EVIL} '\" {{{{ 7*7 }}}} \udcff.mpg")
    stream = story.source.others[0].model_copy(update={"language": EVIL, "codec": EVIL})
    source = story.source.model_copy(update={"others": (stream,), "metadata": (("title", EVIL),), "container": EVIL})
    scan = story.analysis.shots[0].scan.model_copy(update={"evidence": (Evidence(what=EVIL, value=EVIL, unit=EVIL),)})
    shots = (story.analysis.shots[0].model_copy(update={"scan": scan}), *story.analysis.shots[1:])
    analysis = scanned(story.analysis).model_copy(
        update={"warnings": (EVIL,), "medium": EVIL, "version": EVIL, "shots": shots}
    )
    html = build_scan_report(source, analysis, {EVIL: np.ones(3, np.float32)}, lambda _: b"", tmp_path).read_text()
    assert EVIL not in html and "49" not in Page(html).text.split("of tape")[0]
    read = Page(html)
    assert sum(tag == "script" for tag, _ in read.tags) == 2 and read.text.count(EVIL) >= 8
    assert not any(name.startswith("on") for _, attrs in read.tags for name in attrs)


def test_two_thousand_shots_stay_within_bounds(tell, tmp_path):
    story = tell(tuple(range(0, 2001 * 60, 60)))
    analysis = scanned(story.analysis, 0.9)
    few = list(pictures(analysis.shots[:7]).values())
    page = build_scan_report(
        story.source, analysis, curves(analysis.timeline.frames), lambda frame: few[frame % len(few)], tmp_path
    )
    html = page.read_text(encoding="utf-8")
    assert page.stat().st_size < 15_000_000
    assert html.count('<tr id="shot-') == 2000 and html.count("<img") == 2000


def test_broken_pictures_are_left_out(story, tmp_path):
    page = build_scan_report(
        story.source, story.analysis, {}, lambda frame: b"no picture" if frame % 2 else b"", tmp_path
    )
    assert "<img" not in page.read_text(encoding="utf-8")


def test_the_same_scan_gives_the_same_page(story, tmp_path):
    analysis = scanned(story.analysis)
    pages = [
        _made(story, tmp_path / name, analysis, curves(1800), pictures(analysis.shots))[0].read_bytes() for name in "ab"
    ]
    assert pages[0] == pages[1] and [p.name for p in (tmp_path / "a").iterdir()] == ["scan.html"]


def test_unwritable_folder_is_an_output_error(story, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        _made(story, tmp_path / "file")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (count_words(1, "frame"), "1 frame"),
        (count_words(1204, "frame"), "1,204 frames"),
        (share_words(0), "0 %"),
        (share_words(1), "100 %"),
        (share_words(0.0002), "under 0.1 %"),
        (share_words(0.034), "3.4 %"),
        (share_words(0.614), "61 %"),
        (share_words(0.9999), "over 99 %"),
        (light_words((1, 0.05, 0)), "red"),
        (light_words((1, 0, 0.1)), "red"),
        (light_words((0.2, 0.3, 1)), "blue"),
        (light_words((1, 0.9, 0.85)), "white"),
        (light_words((0, 0, 0)), "white"),
        (light_words((1.2, 0.6, -0.1)), "orange"),
    ],
)
def test_words(said, expected):
    assert said == expected
