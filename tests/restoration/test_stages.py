"""What every stage promises, tried on all of them; a new stage is tried without a word here, but needs its truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from encore.core.answers import Compression, Noise
from encore.core.errors import StageError
from encore.core.findings import Scan, SeenFace, Shot
from encore.core.time import Span
from encore.core.video import BT709, Clip, Motion, Plane, VideoFormat, stack
from encore.restoration import (
    STAGES,
    AnyStage,
    Deblock,
    Deflicker,
    Dejitter,
    Denoise,
    Faces,
    Grain,
    Keep,
    Rebuild,
    Runtime,
    Stabilize,
    Stage,
    Upscale,
)
from encore.restoration.chain import BATCH_PICTURES, output_format, restored
from encore.restoration.networks import Device, Network
from encore.restoration.window import CHANNELS

EXAMPLES: dict[type[Stage], tuple[Stage, ...]] = {
    Rebuild: (Rebuild(), Rebuild(longest=2)),
    Deflicker: (Deflicker(), Deflicker(spared=(Span(start=2, stop=4),))),
    Dejitter: (Dejitter(),),
    Denoise: (Denoise(), Denoise(strength=0.5, reach=2), Denoise(strength=0)),
    Keep: (Keep(),),
    Deblock: (Deblock(network="mean"), Deblock(network="mean", noise=0.4, strength=0.5)),
    Stabilize: (Stabilize(), Stabilize(strength=0.5)),
    Grain: (Grain(era=1), Grain(era=0.4), Grain(era=0)),
    Faces: (Faces(), Faces(strength=0.5, exclude=(2,)), Faces(only=(1,))),
    Upscale: (
        Upscale(width=96, height=80),
        Upscale(width=180, height=120, chroma="422"),
        Upscale(width=32, height=24),
        Upscale(width=64, height=48),
    ),
}
"""At least one of each stage, with parameters that do something."""
CASES = [pytest.param(stage, id=f"{type(stage).__name__}-{n}") for t in STAGES for n, stage in enumerate(EXAMPLES[t])]
NOISE = Noise(
    luma_sigma=3, luma_by_level=(2, None, 3, None, None, 4, None, None), chroma_sigma=2, spatial_sigma=3, kind="grain",
    correlation_across=0, correlation_down=0, correlation_time=0,
)  # fmt: skip
COMPRESSION = Compression(blockiness=1.5, ringing=1, banding=0, quantiser=20, severity=0.6)
SHOT = Shot(
    span=Span(start=0, stop=40), scan=Scan(mode="interlaced", confidence=1), noise=NOISE, compression=COMPRESSION
)  # fmt: skip
SIZES = ((64, 48), (65, 49), (33, 64))
ANY: TypeAdapter[Stage] = TypeAdapter(AnyStage)


@dataclass(frozen=True)
class Mean:
    """A network that goes some way to the mean of all it sees."""

    name: str = "mean"
    task: str = "luma-x1"
    inputs: int = CHANNELS

    @property
    def card(self) -> Mean:
        return self

    def __call__(self, planes: Plane, /) -> Plane:
        return 0.1 * (planes[:, :5].mean(1, keepdims=True) - planes[:, 2:3])


class Zoo:
    def open(self, name: str, threads: int = 1, device: Device = "auto") -> Network:
        assert (name, threads, device) == ("mean", 1, "auto")
        return Mean()


def runtime() -> Runtime:
    return Runtime(zoo=Zoo())


def clip(pictures: int = 11, size: tuple[int, int] = SIZES[0], seed: int = 1, light: float = 0.0) -> Clip:
    """Noise around a picture, some of it beyond black and white, as tapes have it."""
    random = np.random.default_rng(seed)
    width, height = size
    shape = (pictures, height, width)
    y = random.uniform(-0.05, 1.08, shape).astype(np.float32) + np.float32(light)
    cb, cr = (random.uniform(-0.5, 0.5, shape).astype(np.float32) for _ in range(2))
    form = VideoFormat(width=width, height=height, colour=BT709)
    flows = tuple(random.normal(0, 1.5, (height, width, 2)).astype(np.float32) for _ in range(2 * pictures))
    motion = Motion((*flows[: pictures - 1], None), (None, *flows[pictures + 1 :]))
    parity = tuple(n % 2 for n in range(pictures))
    grain = tuple(random.normal(0, 0.01, shape).astype(np.float32) for _ in range(3))
    return Clip(
        y=y, cb=cb, cr=cr, at=tuple(range(pictures)), format=form, motion=motion, parity=parity, grain=grain,
        lost=tuple(n == 4 for n in range(pictures)),
        torn=tuple(((8, 8, 20, 9),) if n == 7 else () for n in range(pictures)),
        faces=tuple((face(n, 1), face(n, 2)) if n > 1 else () for n in range(pictures)),
    )  # fmt: skip


def face(tick: int, track: int) -> SeenFace:
    points = ((14.0, 20.0), (26.0, 20.0), (20.0, 27.0), (15.0, 33.0), (25.0, 33.0))
    left = 10.0 * track + tick
    landmarks = tuple((x + left, y) for x, y in points)
    return SeenFace(tick, track, left, 10.0, left + 40, 50.0, landmarks, 0.9, strength=0.1 * tick)


def run(stage: Stage, given: Clip) -> Clip:
    return stage.open(runtime())(given, SHOT, Span(start=0, stop=len(given)))


def same(a: Clip, b: Clip) -> bool:
    if (a.at, a.faces) != (b.at, b.faces):
        return False
    return all(np.array_equal(getattr(a, n), getattr(b, n)) for n in ("y", "cb", "cr"))


def test_every_stage_has_examples_and_a_truth_test() -> None:
    assert set(EXAMPLES) == set(STAGES)
    here = Path(__file__).parent
    for stage in STAGES:
        name = stage.__module__.rsplit(".", 1)[1]
        assert (here / f"test_{name}.py").is_file(), f"{stage.__name__} needs a truth test"


def test_kinds_differ() -> None:
    kinds = [stage.model_fields["kind"].default for stage in STAGES]
    assert len(set(kinds)) == len(kinds)


@pytest.mark.parametrize("stage", CASES)
def test_json_round_trip(stage: Stage) -> None:
    back = ANY.validate_json(stage.model_dump_json())
    assert back == stage and type(back) is type(stage) and back.digest == stage.digest


@pytest.mark.parametrize("stage", CASES)
@pytest.mark.parametrize("size", SIZES)
def test_what_comes_out_is_what_was_said(stage: Stage, size: tuple[int, int]) -> None:
    given = clip(3, size)
    found = run(stage, given)
    said = stage.output(given.format)
    assert found.format == said
    assert found.at == given.at
    kind = np.float32 if said.sample == "f32" else np.uint16
    assert found.y.shape == (3, said.height, said.width)
    assert found.cb.shape == found.cr.shape == (3, *said.chroma_size)
    for plane in (found.y, found.cb, found.cr):
        assert plane.dtype == kind
        assert np.isfinite(plane).all()


@pytest.mark.parametrize("stage", CASES)
def test_input_is_untouched_and_work_is_repeatable(stage: Stage) -> None:
    given = clip()
    before = given.y.copy(), given.cb.copy(), given.cr.copy()
    work = stage.open(runtime())
    whole = Span(start=0, stop=len(given))
    assert same(work(given, SHOT, whole), work(given, SHOT, whole))
    assert same(run(stage, given), run(stage, given))
    assert all(np.array_equal(a, b) for a, b in zip(before, (given.y, given.cb, given.cr), strict=True))


@pytest.mark.parametrize("stage", CASES)
@pytest.mark.parametrize("size", SIZES)
def test_chunks_with_halo_are_the_whole(stage: Stage, size: tuple[int, int]) -> None:
    given = clip(size=size)
    whole, span = run(stage, given), Span(start=0, stop=len(given))
    for longest in (1, 3, 4):
        parts: list[Clip] = []
        for piece in span.pieces(longest):
            grown = piece.grown(stage.halo(), span)
            work, wanted = stage.open(runtime()), Span(start=piece.start - grown.start, stop=piece.stop - grown.start)
            parts.append(work(given.cut(grown), SHOT, wanted))
        assert same(stack(parts), whole)


@pytest.mark.parametrize("stage", CASES)
def test_one_picture(stage: Stage) -> None:
    assert len(run(stage, clip(1))) == 1


@pytest.mark.parametrize("stage", CASES)
@pytest.mark.parametrize("piece", [Span(start=0, stop=11), Span(start=3, stop=9), Span(start=10, stop=11)])
def test_the_chain_delivers_what_was_asked_and_never_looks_beyond_the_shot(stage: Stage, piece: Span) -> None:
    given, whole = clip(), Span(start=0, stop=11)
    asked: list[Span] = []

    def read(span: Span) -> Clip:
        asked.append(span)
        assert whole.start <= span.start < span.stop <= whole.stop
        return given.cut(span)

    found = stack(list(restored([stage], SHOT, piece, whole, read, runtime())))
    assert found.at == tuple(range(piece.start, piece.stop))
    assert same(found, run(stage, given).cut(piece))
    assert all(len(span) <= BATCH_PICTURES + 2 * stage.halo() for span in asked)


def test_no_stages_is_no_change() -> None:
    given = clip(5)
    found = stack(list(restored([], SHOT, Span(start=0, stop=5), Span(start=0, stop=5), given.cut, runtime())))
    assert same(found, given)
    assert output_format([], given.format) == given.format


def test_a_stage_that_loses_pictures_is_found_out() -> None:
    class Lossy(Stage):
        kind: str = "lossy"

        def open(self, _runtime: Runtime):
            return lambda given, _shot, _wanted: given.cut(Span(start=1, stop=len(given)))

    given = clip(4)
    with pytest.raises(StageError, match="gave 3 pictures for 4"):
        list(restored([Lossy()], SHOT, Span(start=0, stop=4), Span(start=0, stop=4), given.cut, runtime()))


def test_context_is_taken_from_the_neighbours() -> None:
    """A stage that looks two pictures to each side gets them wherever the shot has them."""

    class Widest(Stage):
        kind: str = "widest"

        def halo(self) -> int:
            return 2

        def open(self, _runtime: Runtime):
            def work(given: Clip, _shot: Shot, wanted: Span) -> Clip:
                places = [slice(max(0, n - 2), n + 3) for n in range(wanted.start, wanted.stop)]
                return replace(given.cut(wanted), y=np.stack([given.y[place].max(0) for place in places]))

            return work

    given, whole = clip(), Span(start=0, stop=11)
    found = stack(list(restored([Widest(), Widest()], SHOT, whole, whole, given.cut, runtime())))
    twice = run(Widest(), run(Widest(), given))
    assert same(found, twice)
