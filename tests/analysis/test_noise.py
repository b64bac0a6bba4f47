"""The noise of a shot is told whatever moves, and repeats, light and clipping are not taken for it."""

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.scan.material import tape_of
from encore.analysis.look import Looker
from encore.analysis.noise import NoiseQuestion
from encore.analysis.question import Rows, ShotFrames, Tape
from encore.core.answers import Noise
from encore.core.findings import Scan
from encore.core.time import Span

Codes = NDArray[np.uint8]
TAPE: Tape = tape_of()


def world(seed: int = 0) -> NDArray[np.float32]:
    """Something smooth with edges in it, 400x500."""
    random = np.random.default_rng(seed)
    rough = random.normal(0, 400, (400, 500)).astype(np.float32)
    made = np.asarray(cv2.GaussianBlur(rough, (0, 0), 12) + 110, np.float32)
    for _ in range(25):
        x, y = random.integers(0, 500), random.integers(0, 400)
        cv2.circle(made, (int(x), int(y)), int(random.integers(5, 30)), float(random.integers(50, 190)), -1)
    return np.asarray(np.clip(cv2.GaussianBlur(made, (0, 0), 0.7), 40, 210), np.float32)


def shot(
    frames: int = 14,
    sigma: float = 4,
    size: tuple[int, int] = (360, 240),
    speed: float = 0.0,
    across: float = 0.0,
    light: Callable[[int], float] = lambda _: 1.0,
    grey: bool = False,
) -> list[tuple[NDArray[Any], ...]]:
    """Woven 4:2:0 frames before a camera that moves right."""
    random, picture = np.random.default_rng(5), world()

    def noisy(clean: NDArray[np.float32], strength: float) -> Codes:
        noise = random.standard_normal(clean.shape, np.float32)
        if across:
            noise = cv2.GaussianBlur(noise, (9, 1), across)
            noise /= noise.std()
        return np.clip(np.rint(clean + noise * strength), 1, 254).astype(np.uint8)

    out: list[tuple[NDArray[Any], ...]] = []
    for n in range(frames):
        move = np.array([[1, 0, -20 - speed * n], [0, 1, -20]], np.float64)
        codes = np.asarray(cv2.warpAffine(picture, move, size) * light(n), np.float32)
        colour = np.asarray(cv2.resize(codes, (size[0] // 2, size[1] // 2)) * 0.3 + 90, np.float32)
        planes = (noisy(codes, sigma), noisy(colour, 0.7 * sigma), noisy(230 - colour, 0.7 * sigma))
        out.append(planes[:1] if grey else planes)
    return out


def rows_of(frames: Sequence[Sequence[NDArray[Any]]], depth: int = 8) -> Rows:
    looker, question = Looker(depth), NoiseQuestion(TAPE)
    for planes in frames:
        question.observe(looker.look(planes))
    question.finish()
    return question.rows(Span(start=0, stop=len(frames)))


def answer(frames: Sequence[Sequence[NDArray[Any]]], depth: int = 8) -> Noise | None:
    about = ShotFrames(Span(start=0, stop=len(frames)), Scan(mode="interlaced", order="tff", confidence=1), TAPE)
    return NoiseQuestion.answer(rows_of(frames, depth), about)


def told(frames: Sequence[Sequence[NDArray[Any]]], depth: int = 8) -> Noise:
    found = answer(frames, depth)
    assert found is not None
    return found


@pytest.mark.parametrize("sigma", [2, 5, 10])
@pytest.mark.parametrize("speed", [0, 3.3])
def test_sigma_is_told_still_and_moving(sigma: float, speed: float) -> None:
    found = told(shot(sigma=sigma, speed=speed))
    assert found.luma_sigma == pytest.approx(sigma, rel=0.15)
    assert found.chroma_sigma == pytest.approx(0.7 * sigma, rel=0.15)
    assert found.spatial_sigma == pytest.approx(sigma, rel=0.25)
    assert found.kind == "grain"
    assert abs(found.correlation_time) < 0.2
    assert all(one == pytest.approx(sigma, rel=0.25) for one in found.luma_by_level if one is not None)


@pytest.mark.parametrize("speed", [0, 3])
def test_a_clean_shot_has_no_noise(speed: float) -> None:
    found = told(shot(sigma=0, speed=speed))
    assert found.luma_sigma < 0.8
    assert found.kind == "none"


def test_coloured_noise_is_told_from_white() -> None:
    white, coloured = told(shot()), told(shot(across=0.7))
    assert abs(white.correlation_across) < 0.1
    assert abs(coloured.correlation_across - 0.6) < 0.12
    assert abs(coloured.correlation_down) < 0.1
    spectrum = np.array(coloured.spectrum)
    assert spectrum.shape == (8, 8)
    assert spectrum[0, 0] == 0
    assert spectrum[:, 6:].mean() < 0.2 * spectrum[1:, :2].mean()


def test_repeated_frames_are_left_out() -> None:
    frames = shot(frames=30)
    held = [frames[n - n % 2] for n in range(30)]
    assert told(held).luma_sigma == pytest.approx(4, rel=0.15)


def test_a_strobe_is_no_noise() -> None:
    found = told(shot(frames=30, sigma=2, light=lambda n: 1.0 if n % 5 < 3 else 0.6))
    assert found.luma_sigma == pytest.approx(2, rel=0.2)


def test_what_is_clipped_at_black_is_left_out() -> None:
    frames = shot(sigma=4)
    for planes in frames:
        planes[0][:, :240] = np.maximum(np.random.default_rng(int(planes[0][0, 0])).normal(16, 4, (240, 240)), 16)
    assert told(frames).luma_sigma == pytest.approx(4, rel=0.15)


def test_a_blank_tape_says_nothing() -> None:
    assert answer([(np.full((240, 360), 16, np.uint8),)] * 14) is None


@pytest.mark.parametrize("size", [(352, 288), (704, 480), (720, 486), (64, 48), (48, 33)])
def test_all_sizes(size: tuple[int, int]) -> None:
    found = answer(shot(frames=7, size=size))
    assert found is None if min(size) < 40 else told(shot(frames=7, size=size)).luma_sigma > 2


def test_grey_tapes_have_no_chroma() -> None:
    found = told(shot(grey=True))
    assert found.chroma_sigma == 0
    assert found.chroma_by_level == ()


def test_ten_bits_give_eight_bit_codes() -> None:
    deep = [tuple((plane.astype(np.uint16) << 2) for plane in planes) for planes in shot()]
    assert told(deep, depth=10).luma_sigma == pytest.approx(told(shot()).luma_sigma, rel=0.01)


def test_very_short_shots() -> None:
    frames = shot()
    assert answer(frames[:1]) is None
    assert told(frames[:2]).luma_sigma == pytest.approx(4, rel=0.2)


@pytest.mark.parametrize("start", range(16))
def test_any_six_frames_are_enough(start: int) -> None:
    rows = rows_of(SIX)
    about = ShotFrames(Span(start=start, stop=start + 6), Scan(mode="interlaced", order="tff", confidence=1), TAPE)
    found = NoiseQuestion.answer({name: table[start : start + 6] for name, table in rows.items()}, about)
    assert found is not None
    assert found.luma_sigma == pytest.approx(4, rel=0.2)


SIX = shot(frames=22, size=(128, 96))


def test_the_same_bytes_twice() -> None:
    frames = shot(frames=6)
    first, second = rows_of(frames), rows_of(frames)
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)
