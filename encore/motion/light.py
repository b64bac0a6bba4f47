"""Light between pictures: by how much is one brighter than another, place by place, whatever moves in them?"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.video import Plane

BLACK = 16.0
"""Studio black in 8-bit codes (BT.601-7): gain is about it."""
COARSE = (36, 24)
"""Columns and lines of the grid on which light is compared: 20 samples of a 720x480 picture; chosen."""
FLOOR = 6.0
"""Codes added to both sides of a ratio, so that noise in black is no light change; chosen: noise of sigma 4 averaged
over a cell is 0.2 (calculated), 3 % of it."""
STEADY = 0.04
"""Gains that stay within this for nine cells of ten are motion and noise; chosen. From frame to frame of two stage
tapes without flashes the ninth decile of |gain - 1| was under 0.03 nine times in ten, and 0.04 at the median of a
hand-held close-up; under the flashing lights and cuts of a club, 0.23 at the median."""
LIMITS = (0.2, 5.0)
"""Beyond this, one of the pictures holds no structure to compare."""


def gain_between(one: Plane, other: Plane) -> NDArray[Any] | None:
    """What `other` is to be multiplied by, about black, to be lit like `one`: (H, W) float32; None: lit alike."""
    cells = [cv2.resize(plane, COARSE, interpolation=cv2.INTER_AREA) for plane in (one, other)]
    a, b = (
        cv2.GaussianBlur(np.maximum(cell - np.float32(BLACK), 0), (0, 0), 1.0) + np.float32(FLOOR) for cell in cells
    )
    gain = np.clip(a / b, *LIMITS).astype(np.float32)
    if np.quantile(np.abs(gain - 1), 0.9) < STEADY:
        return None
    return cv2.resize(gain, (one.shape[1], one.shape[0]), interpolation=cv2.INTER_LINEAR)


def lit_like(plane: Plane, gain: NDArray[Any] | None) -> Plane:
    """The plane with `gain` of `gain_between` applied about black; itself where there is none."""
    if gain is None:
        return plane
    return (plane - np.float32(BLACK)) * gain + np.float32(BLACK)


def alike(one: Plane, other: Plane) -> tuple[Plane, Plane]:
    """Both pictures, the brighter one place by place brought to the light of the darker, so that neither clips."""
    gain = gain_between(one, other)
    if gain is None:
        return one, other
    return lit_like(one, 1 / np.maximum(gain, 1)), lit_like(other, np.minimum(gain, 1))
