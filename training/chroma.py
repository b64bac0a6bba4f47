"""Chroma: what a film gets without a network, and what the truth is, on the film's 4:2:0 places."""

from __future__ import annotations

import cv2
import numpy as np

from encore.core.video import Plane
from encore.media.colour import gather_chroma, spread_chroma
from training.scenes import TIMES


def film_chroma(c: Plane) -> Plane:
    """(2, 2H, 2W) classical chroma of a film of TIMES the size, from (H / 2, W / 2, 2) of a tape; sited left."""
    height, width = 2 * c.shape[0], 2 * c.shape[1]
    size = TIMES * height // 2, TIMES * width // 2
    planes = (np.ascontiguousarray(c[..., n]) for n in range(2))
    return np.stack([gather_chroma(spread_chroma(plane, (height, width), "left"), size, 2) for plane in planes])


def true_chroma(c: Plane) -> Plane:
    """(2, 2H, 2W) the same places of the truth (4H, 4W, 2)."""
    taps, one = np.array([0.25, 0.5, 0.25], np.float32), np.ones(1, np.float32)
    narrow = cv2.sepFilter2D(c, -1, taps, one, borderType=cv2.BORDER_REPLICATE)[:, ::2]
    return np.moveaxis((narrow[0::2] + narrow[1::2]) * np.float32(0.5), 2, 0)
