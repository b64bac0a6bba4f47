"""Lines displaced by a known amount are measured; motion, noise and light are not taken for it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from encore.analysis.jitter import jitter
from encore.analysis.look import Look, Looker
from tests.tape.moving import filmed


def shaken(sigma: float, noise: float = 2, depth: int = 8) -> list[Look]:
    random, looker = np.random.default_rng(3), Looker(depth)
    seen: list[Look] = []
    for frame in filmed("interlaced", frames=6, noise=noise):
        height, width = frame.shape
        x = np.arange(width, dtype=np.float32)[None] - random.normal(0, sigma, (height, 1)).astype(np.float32)
        y = np.repeat(np.arange(height, dtype=np.float32)[:, None], width, axis=1)
        moved: NDArray[np.uint8] = cv2.remap(frame, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[assignment]
        seen.append(looker.look([moved if depth == 8 else moved.astype(np.uint16) << (depth - 8)]))
    return seen


def measured(sigma: float, noise: float = 2, depth: int = 8) -> float:
    return float(np.median([one for look in shaken(sigma, noise, depth) if (one := jitter(look)) is not None]))


@pytest.mark.parametrize("sigma", [0.25, 0.5, 1.0, 2.0])
def test_known_displacement(sigma: float) -> None:
    assert measured(sigma) == pytest.approx(sigma, rel=0.3, abs=0.1)


def test_none_where_there_is_none() -> None:
    assert measured(0) < 0.12
    assert measured(0, noise=6) < 0.15
    assert measured(0, depth=10) < 0.12


def test_says_nothing_of_first_flat_or_repeated_frames() -> None:
    looker = Looker()
    frame = filmed("interlaced", frames=1)[0]
    flat = np.full_like(frame, 60)
    assert jitter(looker.look([frame])) is None
    assert jitter(looker.look([frame])) is None
    assert jitter(looker.look([flat])) is None
    held = looker.look([frame])
    held.own = False
    assert jitter(held) is None
