"""A window holds what its contract says: networks are trained with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from encore.core.video import LUMA_CODES, Clip
from encore.restoration.window import (
    CHANNELS,
    CHROMA_CHANNELS,
    LEVEL,
    NOISE_SCALE,
    REACH,
    SCALE,
    chroma_window,
    window,
)
from tests.restoration.filmed import Picture, clip_of, scene

SIZE = (96, 128)
WORTHS = slice(2 * REACH + 2, CHANNELS - 1)


def seen(clip: Clip, at: int, sigma: float = 1.0) -> Picture:
    codes = [plane * np.float32(LUMA_CODES) + 16 for plane in clip.y]
    return window(clip, codes, at, np.full(clip.y.shape[1:], sigma, np.float32))


def panned(count: int = 5, lost: tuple[int, ...] = ()) -> Clip:
    at = scene(*SIZE)
    return clip_of([at(n) for n in range(count)], lost=lost)


def test_neighbours_are_brought_onto_the_picture() -> None:
    clip = panned()
    found = seen(clip, 2, sigma=2.0)
    assert found.shape == (CHANNELS, *SIZE) and found.dtype == np.float32 and np.isfinite(found).all()
    inside = (slice(None), slice(12, -12), slice(12, -12))
    off = np.abs(found[:5] - found[2])[inside]
    unmoved = np.abs(clip.y - clip.y[2]).mean() * LUMA_CODES / SCALE
    assert off.mean() < 0.15 * unmoved
    assert found[WORTHS][inside].mean() > 0.5
    assert (found[5] == 2.0 / NOISE_SCALE).all() and (found[-1] == 1).all()


def test_the_middle_is_the_picture_less_its_level() -> None:
    clip = panned(1)
    own = clip.y[0] * np.float32(LUMA_CODES) + 16
    y, x = 40, 50
    around = own[y - LEVEL[1] // 2 : y + LEVEL[1] // 2 + 1, x - LEVEL[0] // 2 : x + LEVEL[0] // 2 + 1]
    assert seen(clip, 0)[REACH, y, x] == pytest.approx((own[y, x] - around.mean()) / SCALE, abs=1e-3)


def test_where_nothing_is_to_be_seen_the_picture_stands_for_it() -> None:
    """At the ends of a shot, alone, without motion, and beside a lost picture."""
    for clip, at, missing in (
        (panned(3), 0, (0, 1)),
        (panned(1), 0, (0, 1, 2, 3)),
        (replace(panned(5), motion=None), 2, (0, 1, 2, 3)),
        (panned(5, lost=(3,)), 2, (2, 3)),
    ):
        found = seen(clip, at)
        for number in range(4):
            plane = found[number if number < REACH else number + 1]
            assert np.array_equal(plane, found[REACH]) == (number in missing)
            assert found[WORTHS][number].any() == (number not in missing)


@pytest.mark.parametrize("parity", [0, 1])
def test_own_lines_are_told(parity: int) -> None:
    found = seen(replace(panned(1), parity=(parity,)), 0)[-1]
    assert (found[parity::2] == 1).all() and (found[1 - parity :: 2] == 0).all()


@pytest.mark.parametrize("size", [(48, 64), (47, 63)])
def test_chroma_comes_with_the_luma_around_it(size: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    half = (-(-size[0] // 2), -(-size[1] // 2))
    y = random.uniform(16, 235, size).astype(np.float32)
    cb, cr = (random.normal(0, 20, half).astype(np.float32) for _ in range(2))
    found = chroma_window(y, (cb, cr), 3.0)
    assert found.shape == (CHROMA_CHANNELS, *half) and found.dtype == np.float32
    line, column = 10, 11
    for plane, own in zip(found, (cb, cr), strict=False):
        level = own[line - 2 : line + 3, column - 2 : column + 3].mean()
        assert plane[line, column] == pytest.approx((own[line, column] - level) / SCALE, abs=1e-4)
    for number in range(4):
        below, right = 2 * line + number // 2, 2 * column + number % 2
        level = y[below - 4 : below + 5, right - 4 : right + 5].mean()
        assert found[2 + number, line, column] == pytest.approx((y[below, right] - level) / SCALE, abs=1e-3)
    assert (found[-1] == 3.0 / NOISE_SCALE).all()
