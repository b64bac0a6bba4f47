"""SI and TI are those of P.910, texture is that of the formula, and one flash does not decide."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage import data

from encore.analysis.complexity import ComplexityQuestion, spatial_information, temporal_information, texture
from encore.analysis.look import Looker
from encore.analysis.question import ShotFrames, Tape
from encore.core.answers import Complexity
from encore.core.findings import Scan
from encore.core.source import VideoStream
from encore.core.time import Span
from encore.core.video import Colour

CAMERA: NDArray[Any] = np.asarray(data.camera(), np.uint8)[:240, :352]


def asked(frames: list[NDArray[Any]], depth: int = 8) -> Complexity | None:
    height, width = frames[0].shape
    video = VideoStream(
        index=0, codec="mpeg2video", width=width, height=height, pixel_format="yuv420p", chroma="420", depth=depth,
        sample_aspect=None, flagged="tff", rate=None, time_base=Fraction(1, 90000),
        colour=Colour(matrix="bt601", primaries="smpte170m"),
    )  # fmt: skip
    tape, looker = Tape(video, Fraction(30000, 1001)), Looker(depth)
    question = ComplexityQuestion(tape)
    for frame in frames:
        question.observe(looker.look([frame]))
    span = Span(start=0, stop=len(frames))
    return ComplexityQuestion.answer(question.rows(span), ShotFrames(span, Scan(mode="interlaced", confidence=1), tape))


def picture(shift: int = 0, light: float = 1.0) -> NDArray[Any]:
    codes: NDArray[Any] = np.roll(CAMERA, shift, 1) * light
    return np.clip(codes, 0, 255).astype(np.uint8)


def sobel(field: NDArray[Any]) -> float:
    f = field.astype(np.float64)
    across = (f[:-2, 2:] - f[:-2, :-2]) + 2 * (f[1:-1, 2:] - f[1:-1, :-2]) + (f[2:, 2:] - f[2:, :-2])
    down = (f[2:, :-2] - f[:-2, :-2]) + 2 * (f[2:, 1:-1] - f[:-2, 1:-1]) + (f[2:, 2:] - f[:-2, 2:])
    return float(np.hypot(across, down).std())


@settings(max_examples=25, deadline=None)
@given(st.integers(4, 40), st.integers(4, 40), st.integers(0, 99))
def test_si_and_ti_are_those_of_double_precision(height: int, width: int, seed: int) -> None:
    one, other = np.random.default_rng(seed).uniform(0, 255, (2, height, width)).astype(np.float32)
    assert spatial_information(one) == pytest.approx(sobel(one), rel=1e-4)
    assert temporal_information(one, other) == pytest.approx(float((one.astype(np.float64) - other).std()), rel=1e-4)


def test_texture_is_that_of_the_formula() -> None:
    block = np.random.default_rng(0).integers(0, 255, (32, 32)).astype(np.uint8)
    n, total = 32, 0.0
    basis = [[np.cos(np.pi * (2 * x + 1) * k / (2 * n)) for x in range(n)] for k in range(n)]
    for i in range(n):
        for j in range(n):
            scale = (np.sqrt(1 / n) if i == 0 else np.sqrt(2 / n)) * (np.sqrt(1 / n) if j == 0 else np.sqrt(2 / n))
            value = scale * np.sum(np.outer(basis[i], basis[j]) * block)
            total += 0 if i == j == 0 else np.exp(abs((i * j / n**2) ** 2 - 1)) * abs(value)
    assert texture(block)[0, 0] == pytest.approx(total / n**2, rel=1e-3)


def test_flat_pictures_are_simple_and_detail_counts() -> None:
    flat = asked([np.full((240, 352), 90, np.uint8)] * 3)
    detailed, soft = asked([picture()] * 3), asked([picture(light=0.3)] * 3)
    assert flat is not None and detailed is not None and soft is not None
    assert flat.si_mean == flat.ti_mean == 0 and flat.dct_energy < 1e-3
    assert detailed.si_mean > 2 * soft.si_mean > 0 and detailed.dct_energy > 2 * soft.dct_energy
    assert detailed.ti_p95 == 0 and detailed.dct_change == 0


def test_movement_shows_in_time_alone() -> None:
    still, moving = asked([picture()] * 6), asked([picture(4 * k) for k in range(6)])
    assert still is not None and moving is not None
    assert moving.ti_mean > 10 and moving.dct_change > 0.1
    assert moving.si_mean == pytest.approx(still.si_mean, rel=0.05)


def test_one_flash_does_not_decide() -> None:
    frames = [picture(k) for k in range(60)]
    usual = asked(frames)
    frames[30] = picture(30, 2.5)
    flashed = asked(frames)
    assert usual is not None and flashed is not None
    assert flashed.ti_p95 == pytest.approx(usual.ti_p95, rel=0.05)
    assert flashed.si_p95 == pytest.approx(usual.si_p95, rel=0.05)


@pytest.mark.parametrize("size", [(8, 8), (30, 50), (486, 720), (288, 352)])
def test_odd_sizes_and_short_runs(size: tuple[int, int]) -> None:
    frame = np.random.default_rng(0).integers(16, 235, size).astype(np.uint8)
    one = asked([frame])
    assert one is not None and one.ti_mean == one.ti_p95 == one.dct_change == 0
    assert asked([frame, frame]) is not None


def test_deep_samples_say_the_same() -> None:
    shallow, deep = (
        asked([picture(k) for k in range(3)]),
        asked([(picture(k).astype(np.uint16) * 4) for k in range(3)], 10),
    )
    assert shallow is not None and deep is not None
    assert deep.model_dump() == pytest.approx(shallow.model_dump(), rel=0.02)
