"""A codec's grid, its coarseness, ringing and banding are told from pixels; clean and moving pictures show none."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage import data

from benchmarks.scan.material import tape_of
from encore.analysis.compression import CompressionQuestion, level_of, stairs
from encore.analysis.grid import GridFinder, steps_across
from encore.analysis.look import Looker
from encore.analysis.question import ShotFrames
from encore.core.answers import Compression as Answer
from encore.core.findings import Scan
from encore.core.time import Span

Plane = NDArray[np.uint8]


def picture(width: int = 360, height: int = 240, name: str = "astronaut", shift: float = 0.0) -> Plane:
    world = cv2.cvtColor(getattr(data, name)(), cv2.COLOR_RGB2GRAY)
    world = cv2.resize(world, (width + 40, height + 40), interpolation=cv2.INTER_AREA)
    moved = cv2.warpAffine(world, np.float32([[1, 0, -shift], [0, 1, -shift / 2]]), (width, height))
    noise = np.random.default_rng(int(shift * 8)).normal(0, 1.5, moved.shape)
    return np.clip(np.round(moved + noise), 0, 255).astype(np.uint8)


def quantised(plane: Plane, quantiser: int) -> Plane:
    """Every field in 8x8 blocks whose cosines are rounded to multiples of the quantiser's step."""
    made = plane.copy()
    for parity in (0, 1):
        field = plane[parity::2].astype(np.float32)
        for top in range(0, field.shape[0] // 8 * 8, 8):
            for left in range(0, field.shape[1] // 8 * 8, 8):
                block = field[top : top + 8, left : left + 8]
                step = 2.0 * quantiser
                block[:] = cv2.idct(np.round(cv2.dct(block) / step) * step)
        made[parity::2] = np.clip(np.round(field), 0, 255).astype(np.uint8)
    return made


def asked(planes: list[Plane], depth: int = 8, quantiser: float | None = None) -> Answer | None:
    tape = tape_of(planes[0].shape[1], planes[0].shape[0])
    question, looker = CompressionQuestion(tape), Looker(depth)
    for plane in planes:
        look = looker.look([plane])
        look.quantiser = quantiser
        question.observe(look)
    span = Span(start=0, stop=len(planes))
    return question.answer(question.rows(span), ShotFrames(span, Scan(mode="interlaced", confidence=1), tape))


@pytest.mark.parametrize("name", ["astronaut", "coffee"])
def test_severity_rises_with_the_quantiser(name: str) -> None:
    clean = picture(name=name)
    answers = [asked([clean]), *(asked([quantised(clean, q)]) for q in (4, 8, 16, 31))]
    severity = [answer.severity for answer in answers if answer is not None]
    assert len(severity) == 5
    assert severity == sorted(severity)
    assert severity[0] < 0.15
    assert severity[-1] - severity[1] > 0.2


def test_clean_moving_pictures_have_no_blocks() -> None:
    answer = asked([picture(shift=1.7 * k) for k in range(11)])
    assert answer is not None
    assert answer.blockiness < 1.1
    assert answer.severity < 0.15
    assert answer.quantiser is None


@given(cut=st.integers(0, 7))
@settings(max_examples=8, deadline=None)
def test_the_grid_is_found_wherever_it_lies(cut: int) -> None:
    field = quantised(picture(), 12)[0::2, cut:].astype(np.float32)
    steps = steps_across(field).mean(axis=0)
    grid = GridFinder(len(steps)).find(steps)
    assert grid.period == 8
    assert grid.phase == -cut % 8
    assert grid.ratio > 1.2


def test_the_grid_of_a_rescaled_capture_is_found() -> None:
    field = quantised(picture(720, 480), 20)[0::2].astype(np.float32)
    steps = steps_across(np.repeat(field, 3, axis=1)[:, ::2].copy()).mean(axis=0)
    assert abs(GridFinder(len(steps)).find(steps).period - 12) < 0.06


def ramp(step: int) -> NDArray[np.float32]:
    x = np.arange(720, dtype=np.float32)[None] * 0.25 + np.arange(240, dtype=np.float32)[:, None] * 0.05
    return np.round((30 + x) / step) * step


def test_staircases_are_told_from_smooth_gradients() -> None:
    smooth, stairs_of_one = stairs(ramp(1))
    assert smooth > 1000
    assert stairs_of_one == 0
    posterised, found = stairs(ramp(5))
    assert found > 0.6 * posterised > 300
    noisy = ramp(1) + np.random.default_rng(0).normal(0, 1.5, (240, 720)).astype(np.float32)
    assert stairs(noisy.astype(np.float32))[1] == 0


def test_what_the_stream_tells_counts() -> None:
    clean = picture()
    told = asked([clean], quantiser=62.0)
    assert told is not None
    assert told.quantiser == 62
    withheld = asked([clean])
    assert withheld is not None
    assert told.severity > withheld.severity
    assert level_of(62, "mpeg2video") == pytest.approx(np.log2(31))
    assert level_of(14, "mpeg4") == pytest.approx(np.log2(7))
    assert level_of(34, "h264") > level_of(28, "h264")


@pytest.mark.parametrize(("width", "height"), [(352, 288), (704, 480), (720, 486), (64, 48), (8, 8)])
def test_all_sizes_and_single_frames(width: int, height: int) -> None:
    answer = asked([cv2.resize(picture(), (width, height))])
    assert answer is not None
    assert 0 <= answer.severity <= 1


def test_deep_samples_mean_the_same() -> None:
    plane = quantised(picture(), 8)
    shallow, deep = asked([plane]), asked([plane.astype(np.uint16) * 4], depth=10)  # type: ignore[list-item]
    assert shallow is not None
    assert deep is not None
    assert deep.severity == pytest.approx(shallow.severity, abs=1e-3)


def test_a_flat_picture_shows_nothing() -> None:
    answer = asked([np.full((240, 360), 16, np.uint8)] * 2)
    assert answer is not None
    assert (answer.severity, answer.ringing, answer.banding) == (0, 0, 0)
