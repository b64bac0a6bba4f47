"""Encoding alone: every frame, every tag, every delivery; killed and run again, nothing is lost."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from encore.core.errors import InputError, OutputError, PlanError, ToolError
from encore.core.events import ChunkDone, Event, Fellback
from encore.core.time import Span
from encore.encoding.codecs import Avc, Ffv1
from encore.execution import encoding
from encore.execution.encoding import Order, encoded
from tests.films import frame_hashes, lavfi, raws

BT709 = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
AVC = Avc(speed="ultrafast")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty frames of ten bits 4:2:2 with a cut after 25, and sound."""
    half = "size=128x96:rate=30000/1001,trim=end_frame"
    picture = f"testsrc2={half}=25[a];mandelbrot=maxiter=20:{half}=15,setpts=PTS-STARTPTS[b]"
    picture += f";[a][b]concat,format=yuv422p10le,{BT709}"
    sound = ("-f", "lavfi", "-i", "sine=duration=1.335", "-map", "0", "-map", "1", "-c:a", "aac")
    coded = ("-pix_fmt", "yuv422p10le", "-c:v", "ffv1")
    return lavfi(tmp_path_factory.mktemp("film") / "film.mkv", *sound, *coded, picture=picture, frames=40)


def run(film: Path, out: Path, order: Order, events: list[Event] | None = None) -> encoding.Encoded:
    watch = events.append if events is not None else lambda _event: None
    return encoded(film, out, out.parent / "work", "test", order, watch)


def test_lossless_is_lossless(film: Path, tmp_path: Path) -> None:
    made = run(film, tmp_path / "out.mkv", Order(Ffv1()))
    assert frame_hashes(made.output) == frame_hashes(film)
    assert made.frames == 40 and all(check.kept for check in made.checks)
    assert [len(chunk.span) for chunk in made.chunks] == [25, 15] and made.carried[0].how == "copied"


def test_deliveries_of_one_pass(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[Event] = []
    first = run(film, tmp_path / "out.mp4", Order(AVC), events)
    order = Order(AVC, also=("archive", "mezzanine"))
    made = run(film, tmp_path / "out.mp4", order, events)
    assert [path.name for path in made.also] == ["out.archive.mkv", "out.mezzanine.mov"]
    assert made.chunks == first.chunks  # the film's own chunks were found again
    assert frame_hashes(made.also[0]) == frame_hashes(film)
    sums = [line.split(", ")[-1] for line in (tmp_path / "out.archive.mkv.framemd5").read_text().splitlines()[9:]]
    given = [hashlib.md5(b"".join(p.tobytes() for p in frame.planes)).hexdigest() for frame in raws(film)]
    assert sums == given
    whole = (tmp_path / "out.archive.mkv.sha256").read_text().split()
    assert whole == [hashlib.sha256(made.also[0].read_bytes()).hexdigest(), "out.archive.mkv"]
    assert {check.kept for check in made.checks} == {True}
    monkeypatch.setattr(encoding, "join", None)  # nothing is left to do
    assert run(film, tmp_path / "out.mp4", order, events) == made
    assert [event.reused for event in events if isinstance(event, ChunkDone)] == [False] * 4


def test_a_run_that_was_stopped_goes_on(film: Path, tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop(event: Event) -> None:
        if isinstance(event, ChunkDone):
            raise StoppedError

    with pytest.raises(StoppedError):
        encoded(film, tmp_path / "out.mp4", tmp_path / "work", "test", Order(AVC), stop)
    assert not (tmp_path / "out.mp4").exists()
    events: list[Event] = []
    run(film, tmp_path / "out.mp4", Order(AVC), events)
    assert [event.reused for event in events if isinstance(event, ChunkDone)] == [True, False]
    assert len(raws(tmp_path / "out.mp4")) == 40


def test_every_chunk_can_have_a_quality_of_its_own(film: Path, tmp_path: Path) -> None:
    asked: list[Span] = []

    def choose(span: Span) -> Ffv1:
        asked.append(span)
        return Ffv1()

    run(film, tmp_path / "out.mkv", Order(Ffv1(), lambda _film: choose))
    assert asked == [Span(start=0, stop=25), Span(start=25, stop=40)]
    with pytest.raises(PlanError, match="ffv1 was chosen for a film in avc"):
        run(film, tmp_path / "out.mp4", Order(AVC, lambda _film: choose, overwrite=True))


@pytest.mark.parametrize("form", ["yuv444p", "yuv420p10le", "gray", "gbrp"])
def test_samples_of_all_kinds(tmp_path: Path, form: str) -> None:
    coded = ("-pix_fmt", form, "-c:v", "ffv1")
    path = lavfi(
        tmp_path / "in.mkv", *coded, picture=f"smptehdbars=size=128x96:rate=25,format={form},{BT709}", frames=2
    )
    events: list[Event] = []
    made = run(path, tmp_path / "out.mkv", Order(Ffv1()), events)
    converted = form == "gbrp"
    assert bool([event for event in events if isinstance(event, Fellback)]) == converted
    luma = raws(made.output)[0].planes[0]
    white = int(luma[:40, 20:28].mean() / 4)  # the second bar from the left is 75 % white or 40 % grey
    assert 90 < white < 192 and luma.min() >= 0


def test_refusals(film: Path, tmp_path: Path) -> None:
    (tmp_path / "there.mp4").touch()
    with pytest.raises(OutputError, match="exists already"):
        run(film, tmp_path / "there.mp4", Order(AVC))
    (tmp_path / "out.archive.mkv").touch()
    with pytest.raises(OutputError, match=r"out\.archive\.mkv: exists already"):
        run(film, tmp_path / "out.mp4", Order(AVC, also=("archive",)))
    with pytest.raises(PlanError, match=r"ffv1 does not go into \.mp4"):
        run(film, tmp_path / "out.mp4", Order(Ffv1()))
    wide = BT709.replace("bt709", "bt2020nc", 1).replace("primaries=bt709", "primaries=bt2020")
    hdr = lavfi(tmp_path / "hdr.mkv", "-vf", f"format=yuv420p10le,{wide}", "-c:v", "ffv1", frames=1)
    with pytest.raises(InputError, match="not that of television"):
        run(hdr, tmp_path / "hdr.mp4", Order(AVC))


def test_an_encoder_that_fails(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Avc, "arguments", lambda _self, _keys: ("-c:v", "libx264", "-x264-params", "nonsense=1"))
    with pytest.raises(ToolError):
        run(film, tmp_path / "out.mp4", Order(AVC))
    assert not list((tmp_path / "work" / "chunks").iterdir())
