"""Noise goes, the picture stays, and what was taken off is the noise and nothing else."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from encore.core.answers import Composite, Noise
from encore.core.findings import Scan, Shot
from encore.core.time import Span
from encore.core.video import Clip, Motion, VideoFormat
from encore.motion.flow import Follower
from encore.restoration import Denoise, Runtime
from encore.restoration.noisemap import sigma_of
from encore.restoration.spatial import smoothed
from tests.motion.scenes import pan

COUNT, MIDDLE = 11, 5
INSIDE = (slice(12, -12), slice(12, -12))
CODE = np.float32(1 / 219)


def noise_of(sigma: float, **more: object) -> Noise:
    known = {
        "luma_sigma": sigma, "chroma_sigma": sigma, "spatial_sigma": sigma, "kind": "grain", "correlation_across": 0,
        "correlation_down": 0, "correlation_time": 0,
    }  # fmt: skip
    return Noise.model_validate({**known, **more})


def shot_of(sigma: float | None, composite: Composite | None = None) -> Shot:
    span = Span(start=0, stop=COUNT)
    noise = None if sigma is None else noise_of(sigma)
    return Shot(span=span, scan=Scan(mode="progressive", confidence=1), noise=noise, composite=composite)


def clip_of(pictures: list[np.ndarray], colour: list[np.ndarray] | None = None) -> Clip:
    """Luma from codes; chroma of the same content at half its size unless given."""
    y = (np.stack(pictures) - 16) * CODE
    small = np.stack(colour or [p.reshape(p.shape[0] // 2, 2, p.shape[1] // 2, 2).mean((1, 3)) - 128 for p in pictures])
    c = (small / 224).astype(np.float32)
    flows = [Follower().between(a, b) for a, b in pairwise(pictures)]
    motion = Motion((*(f[0] for f in flows), None), (None, *(f[1] for f in flows)))
    form = VideoFormat(width=y.shape[2], height=y.shape[1], chroma="420")
    return Clip(y=y, cb=c, cr=-c, at=tuple(range(len(y))), format=form, motion=motion)


def noisy(pictures: list[np.ndarray], sigma: float, seed: int = 3) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [p + random.normal(0, sigma, p.shape).astype(np.float32) for p in pictures]


def run(clip: Clip, shot: Shot, **how: object) -> Clip:
    work = Denoise.model_validate(how).open(Runtime())
    return work(clip, shot, Span(start=MIDDLE, stop=MIDDLE + 1))


def error(found: np.ndarray, truth: np.ndarray) -> float:
    return float(np.sqrt(np.mean((found * 219 + 16 - truth)[INSIDE] ** 2)))


@pytest.mark.parametrize("step", [(0.0, 0.0), (1.3, 0.4), (-2.0, 1.0)])
@pytest.mark.parametrize("sigma", [2.0, 4.0, 8.0])
def test_most_noise_goes_and_only_noise(step: tuple[float, float], sigma: float) -> None:
    truth = pan(step, COUNT, grain=2)
    found = run(clip_of(noisy(truth, sigma)), shot_of(sigma))
    assert error(found.y[0], truth[MIDDLE]) < 0.6 * sigma
    assert found.grain is not None
    grain = found.grain[0][0] * 219
    slope = np.hypot(*np.gradient(truth[MIDDLE]))
    assert abs(np.corrcoef(grain[INSIDE].ravel(), slope[INSIDE].ravel())[0, 1]) < 0.05
    assert np.corrcoef(np.abs(grain[INSIDE]).ravel(), slope[INSIDE].ravel())[0, 1] < 0.1


def test_clean_and_grain_are_what_was_there() -> None:
    given = clip_of(noisy(pan((1, 0), COUNT), 4))
    found = run(given, shot_of(4))
    assert found.grain is not None
    for clean, grain, was in zip(
        (found.y, found.cb, found.cr), found.grain, (given.y, given.cb, given.cr), strict=True
    ):
        assert np.allclose((clean + grain)[0], was[MIDDLE], atol=1e-6)


def test_made_lines_have_no_grain() -> None:
    given = replace(clip_of(noisy(pan((1, 0), COUNT), 4)), parity=tuple(n % 2 for n in range(COUNT)))
    found = run(given, shot_of(4))
    assert found.grain is not None and found.parity == (1,)
    for grain in found.grain:
        assert not grain[0, 0::2].any() and grain[0, 1::2].any()


def test_chroma_goes_by_its_own_noise_too() -> None:
    truth = pan((1.3, 0.4), COUNT, grain=2)
    colour = [p.reshape(60, 2, 80, 2).mean((1, 3)) - 128 for p in truth]
    found = run(clip_of(noisy(truth, 3), noisy(colour, 6)), shot_of(3).model_copy(
        update={"noise": noise_of(3, chroma_sigma=6)}))  # fmt: skip
    left = (found.cb[0] * 224 - colour[MIDDLE])[6:-6, 6:-6]
    assert np.sqrt(np.mean(left**2)) < 3.0


def test_a_colour_that_changes_alone_is_not_mixed() -> None:
    """Coloured light swaps hue at the same luma: chroma of the pictures before must not bleed in."""
    truth = pan((0, 0), COUNT, grain=2)
    colour = [np.full((60, 80), 30 if n < MIDDLE else -30, np.float32) for n in range(COUNT)]
    found = run(clip_of(noisy(truth, 2), noisy(colour, 2)), shot_of(2))
    assert abs(float((found.cb[0] * 224).mean()) + 30) < 0.7


def test_what_moves_alone_leaves_no_trail() -> None:
    still = pan((0, 0), COUNT, grain=3)
    balls = [p.copy() for p in still]
    for n, picture in enumerate(balls):
        picture[50:70, 20 + 9 * n : 40 + 9 * n] = 225
    found = run(clip_of(noisy(balls, 3)), shot_of(3))
    assert np.abs(found.y[0] * 219 + 16 - balls[MIDDLE])[INSIDE].max() < 30
    behind = (slice(52, 68), slice(20 + 9 * MIDDLE - 8, 20 + 9 * MIDDLE - 1))
    assert abs(float((found.y[0] * 219 + 16 - still[MIDDLE])[behind].mean())) < 3


def test_dot_crawl_cancels() -> None:
    truth = pan((0, 0), COUNT, grain=3)
    column = np.arange(truth[0].shape[1])
    crawl = 6 * np.cos(np.pi * column / 2)[None, :].astype(np.float32)
    given = clip_of([p + crawl * (1 if n % 2 else -1) for n, p in enumerate(noisy(truth, 1))])
    known = Composite(dot_crawl=6, rainbow=0)
    assert error(run(given, shot_of(1, known)).y[0], truth[MIDDLE]) < 1.2
    assert error(given.y[MIDDLE], truth[MIDDLE]) > 4


def test_a_flash_borrows_from_the_dark() -> None:
    truth = pan((0.5, 0), COUNT, grain=3)
    lit = [p if n == MIDDLE else (p - 16) * np.float32(0.5) + 16 for n, p in enumerate(truth)]
    found = run(clip_of(noisy(lit, 4)), shot_of(4))
    assert error(found.y[0], lit[MIDDLE]) < 3.2


@pytest.mark.parametrize("shot", [shot_of(None), shot_of(0)])
def test_clean_pictures_are_left_alone(shot: Shot) -> None:
    given = clip_of(pan((1, 0), COUNT))
    found = run(given, shot)
    assert np.abs(found.y[0] - given.y[MIDDLE]).max() * 219 < 1.0
    assert np.array_equal(run(given, shot_of(4), strength=0).y[0], given.y[MIDDLE])


def test_lost_pictures_and_single_ones() -> None:
    given = replace(clip_of(noisy(pan((1, 0), COUNT), 4)), lost=tuple(n == MIDDLE for n in range(COUNT)))
    assert np.array_equal(run(given, shot_of(4)).y[0], given.y[MIDDLE])
    alone = replace(given.cut(Span(start=0, stop=1)), motion=Motion((None,), (None,)), lost=())
    found = Denoise().open(Runtime())(alone, shot_of(4), Span(start=0, stop=1))
    assert np.isfinite(found.y).all()


def test_noise_by_level_and_kind() -> None:
    by_level = noise_of(4, luma_by_level=(2.0, None, None, None, None, None, None, 6.0))
    found = sigma_of(by_level, None, 1)
    assert found.luma[20] == pytest.approx(2, abs=0.2) and found.luma[230] == pytest.approx(6, abs=0.2)
    assert (np.diff(found.luma[20:230]) >= 0).all()
    codec = sigma_of(noise_of(4, kind="codec"), None, 0.5)
    assert codec.luma[100] == pytest.approx(1.6) and codec.chroma == pytest.approx(1.6)
    luma, chroma = found.maps(np.full((20, 30), 230, np.float32), (10, 15))
    assert luma.shape == (20, 30) and luma[5, 5] == pytest.approx(6, abs=0.2) and chroma.shape == (10, 15)


def test_smoothing_keeps_edges() -> None:
    random = np.random.default_rng(1)
    edge = np.where(np.arange(60) < 30, 60, 180).astype(np.float32) * np.ones((40, 1), np.float32)
    given = edge + random.normal(0, 3, edge.shape).astype(np.float32)
    found = smoothed(given, np.full_like(given, 3), 5)
    assert np.abs(found - edge)[:, :25].std() < 1.3
    assert np.abs(found - given)[:, 28:32].max() < 2.0
