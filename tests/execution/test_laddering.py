"""A stream is whole, aligned over all rungs and codecs, resumable, and named the same by HLS and DASH."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from encore.core.errors import InputError, OutputError, VerifyError
from encore.core.events import ChunkDone, Event
from encore.encoding import ladder
from encore.execution import laddering
from encore.execution.laddering import Wanted, groups, streamed
from encore.media.boxes import fragment_of
from tests.films import lavfi

BT709 = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
ALL = Wanted(every_rung=True)
NAMES = {"m": "urn:mpeg:dash:schema:mpd:2011"}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine seconds at ten frames a second, a cut after 3.3 s, with sound."""
    half = "size=128x96:rate=10,trim=end_frame"
    picture = f"testsrc2={half}=33[a];mandelbrot=maxiter=20:{half}=57,setpts=PTS-STARTPTS[b]"
    picture += f";[a][b]concat,format=yuv420p,{BT709}"
    sound = ("-f", "lavfi", "-i", "sine=duration=9", "-map", "0", "-map", "1", "-c:a", "aac")
    coded = ("-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast")
    return lavfi(tmp_path_factory.mktemp("film") / "film.mp4", *sound, *coded, picture=picture, frames=90)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rungs of 96 and 64 lines, stretches of one segment."""
    monkeypatch.setattr(ladder, "HEIGHTS", {"av1": (96, 64), "avc": (96,)})
    monkeypatch.setattr(laddering, "SEGMENTS", 1)


def starts(folder: Path) -> list[int]:
    segments = sorted(folder.glob("*.m4s"))
    found = [fragment_of(path.read_bytes()) for path in segments]
    assert all(fragment.keys[0] for fragment in found)
    return [fragment.start for fragment in found]


def test_a_stream(film: Path, tmp_path: Path) -> None:
    out, events = tmp_path / "stream", list[Event]()
    made = streamed(film, out, tmp_path / "work", "test", ALL, events.append)
    names = ["av1-96p", "av1-64p", "avc-96p"]
    assert [rung.name for rung in made.ladder.rungs] == names and all(check.kept for check in made.checks)
    assert made.frames == 90 and not list(tmp_path.glob(".*"))
    assert {tuple(starts(out / name)) for name in names} == {(0, 40, 80)}
    listed = {f"{p.parent.name}/{line}" for p in out.rglob("index.m3u8") for line in p.read_text().splitlines()}
    hls = {line for line in listed if line.endswith(".m4s")}
    tree = Xml.fromstring((out / "manifest.mpd").read_text())
    dash: set[str] = set()
    for one in tree.iterfind(".//m:Representation", NAMES):
        count = sum(1 + int(s.get("r", "0")) for s in one.iterfind(".//m:S", NAMES))
        dash |= {f"{one.get('id')}/{number:05d}.m4s" for number in range(1, count + 1)}
    files = {str(path.relative_to(out)) for path in out.rglob("*.m4s")}
    assert hls == dash == files and len(files) == 12
    lengths = [float(x[8:-1]) for x in (out / "av1-64p/index.m3u8").read_text().splitlines() if x.startswith("#EXTINF")]
    assert abs(sum(lengths) - 9) < 0.1
    assert "AUDIO" in (out / "master.m3u8").read_text()
    again = streamed(film, tmp_path / "again", tmp_path / "work", "test", ALL, events.append)
    done = [event.reused for event in events if isinstance(event, ChunkDone)]
    assert done == [False] * 9 + [True] * 9 and again.bytes == made.bytes


def test_rungs_are_chosen_by_measuring(film: Path, tmp_path: Path) -> None:
    def meter(encoded: Path, reference: Path, /) -> float | None:
        return 97.0 if encoded == reference else 70 + encoded.stat().st_size / 2000

    made = streamed(film, tmp_path / "out", tmp_path / "work", "test", Wanted(("av1",)), lambda _event: None, meter)
    assert len(made.ladder.points) == 6 and 1 <= len(made.ladder.rungs) <= 2
    assert not list((tmp_path / "work" / "scratch").glob("window*"))


def test_films_that_cannot_be_judged_keep_all_rungs(film: Path, tmp_path: Path) -> None:
    made = streamed(
        film, tmp_path / "o", tmp_path / "w", "t", Wanted(("av1",)), lambda _e: None, lambda _a, _b, /: None
    )
    assert [rung.name for rung in made.ladder.rungs] == ["av1-96p", "av1-64p"] and not made.ladder.points


def test_refusals(film: Path, tmp_path: Path) -> None:
    def run(path: Path, out: Path) -> None:
        streamed(path, out, tmp_path / "work", "test", ALL, lambda _event: None)

    (tmp_path / "there").mkdir()
    with pytest.raises(OutputError, match="exists already"):
        run(film, tmp_path / "there")
    with pytest.raises(OutputError, match="its folder does not exist"):
        run(film, tmp_path / "none" / "out")
    other = lavfi(tmp_path / "other.mkv", "-c:v", "ffv1", frames=1)
    with pytest.raises(InputError, match=r"is not BT\.709"):
        run(other, tmp_path / "out")


def test_a_stream_that_is_not_as_promised_is_not_published(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("encore.execution.packaging._decoded", lambda *_args: 89)
    with pytest.raises(VerifyError, match="89 instead of 90"):
        streamed(film, tmp_path / "out", tmp_path / "work", "test", Wanted(("avc",), True), lambda _event: None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["work"]


def test_a_full_disk(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("encore.execution.packaging._durable", full)
    with pytest.raises(OutputError, match="No space left"):
        streamed(film, tmp_path / "out", tmp_path / "work", "test", Wanted(("avc",), True), lambda _event: None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["work"]


def test_groups_fit_the_memory_of_the_largest() -> None:
    rungs = ladder.rungs_of(128, 96)
    assert [[rung.name for rung in group] for group in groups(rungs)] == [["av1-96p"], ["av1-64p"], ["avc-96p"]]
