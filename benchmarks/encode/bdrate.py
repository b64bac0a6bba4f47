"""Bytes at equal quality, of two ways to encode, over the qualities that both reach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from encore.encoding.curve import hermite, rising, tangents

Numbers = NDArray[np.float64]
STEPS = 200


def bd_rate(anchor: Sequence[tuple[float, float]], tested: Sequence[tuple[float, float]]) -> float | None:
    """Mean difference of bytes at equal quality, percent; negative is fewer bytes.

    Args:
        anchor: (bytes, quality) of at least two points.
        tested: the same of the other way.

    Returns:
        None where they share no quality.
    Source: Bjontegaard, VCEG-M33, with PCHIP on the logarithm of bytes.
    """
    curves = [_curve(points) for points in (anchor, tested)]
    low, high = max(float(q[0]) for q, _ in curves), min(float(q[-1]) for q, _ in curves)
    if high <= low:
        return None
    where = low + (high - low) * np.arange(STEPS) / (STEPS - 1)
    logs = [hermite(q, rate, tangents(q, rate), where) for q, rate in curves]
    return float((np.exp(np.mean(logs[1] - logs[0])) - 1) * 100)


def _curve(points: Sequence[tuple[float, float]]) -> tuple[Numbers, Numbers]:
    """Quality, rising, and the logarithm of bytes."""
    order = sorted(points)
    quality = np.array([quality for _, quality in order])
    bytes_ = np.log([size for size, _ in order])
    return rising(bytes_, quality, 1e-6), bytes_
