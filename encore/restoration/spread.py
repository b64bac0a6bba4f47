"""Values carried along motion to where their content goes, and gaps among them filled from around."""

from __future__ import annotations

from itertools import product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.video import Plane
from encore.motion.flow import Flow, places

COARSER = np.float32(0.02)
"""Weight of what the next coarser level says; it decides where nothing else does."""
SMALLEST = 4
"""Samples of the shorter side at which levels end."""

Values = NDArray[Any]
"""(H, W, C) float32."""


def carried(values: Values, step: Flow, weight: Plane) -> tuple[Values, Plane]:
    """(sum of weight times value, sum of weight) of all that lands on a sample, shared among the four it lies between.

    Args:
        values: what every sample takes along.
        step: where it goes, in samples.
        weight: of every sample.
    """
    height, width = step.shape[:2]
    at = step + places(height, width)
    whole = np.floor(at).astype(np.int32)
    part = at - whole
    total = np.zeros(height * width, np.float64)
    sums = np.zeros((values.shape[2], height * width), np.float64)
    for right, down in product((0, 1), (0, 1)):
        x, y = whole[..., 0] + right, whole[..., 1] + down
        share = weight * np.abs(1 - right - part[..., 0]) * np.abs(1 - down - part[..., 1])
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        place, share = (y * width + x)[inside], share[inside]
        total += np.bincount(place, share, height * width)
        for channel in range(len(sums)):
            sums[channel] += np.bincount(place, share * values[..., channel][inside], height * width)
    made = np.ascontiguousarray(sums.astype(np.float32).reshape(-1, height, width).transpose(1, 2, 0))
    return made, total.astype(np.float32).reshape(height, width)


def filled(sums: Values, weight: Plane) -> Values:
    """Sums by their weights, and where there is little weight, what coarser and coarser levels have there.

    The pull-push algorithm of Gortler et al. (The Lumigraph, 1996).
    """
    height, width = weight.shape
    if min(height, width) < SMALLEST:
        mean = sums.sum(axis=(0, 1)) / max(float(weight.sum()), 1e-6)
        return np.broadcast_to(mean.astype(np.float32), sums.shape).copy()
    half = ((width + 1) // 2, (height + 1) // 2)
    small = cv2.resize(sums, half, interpolation=cv2.INTER_AREA).reshape(half[1], half[0], -1)
    coarse = filled(small, cv2.resize(weight, half, interpolation=cv2.INTER_AREA))
    coarse = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR).reshape(sums.shape)
    return (sums + COARSER * coarse) / (weight + COARSER)[..., None]
