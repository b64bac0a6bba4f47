"""How near one plane of a picture is to another: in energy, and in structure."""

from __future__ import annotations

import math

import cv2
import numpy as np

from encore.core.video import Plane

PEAK = 255.0
"""Code that decibels refer to, as usual for 8 bits."""
SAME = 1e-6
"""Squared codes: less than any rounding leaves; equal planes are 108 dB apart instead of infinitely many."""
WINDOW, SPREAD = (11, 11), 1.5
"""Samples and standard deviation of the window of SSIM (Wang et al. 2004)."""
STEADY = ((0.01 * PEAK) ** 2, (0.03 * PEAK) ** 2)
"""What keeps SSIM from dividing by nothing in flat places (Wang et al. 2004)."""


def psnr(found: Plane, truth: Plane) -> float:
    """Peak signal to noise, dB, of two planes of 8-bit codes (with fractions).

    Raises:
        ValueError: different shapes.
    """
    _comparable(found, truth)
    missed = found - truth
    return 10 * math.log10(PEAK**2 / max(float(np.mean(missed * missed, dtype=np.float64)), SAME))


def ssim(found: Plane, truth: Plane) -> float:
    """Structural similarity of two planes of 8-bit codes (with fractions), at most 1; the mean over the plane.

    Source: Wang, Bovik, Sheikh, Simoncelli 2004, at the planes' own size.

    Raises:
        ValueError: different shapes.
    """
    _comparable(found, truth)
    a, b = found.astype(np.float32), truth.astype(np.float32)
    mean_a, mean_b = _soft(a), _soft(b)
    a, b = a - mean_a.mean(), b - mean_b.mean()  # 32-bit floats cannot hold variances beside squares of large means
    low_a, low_b = _soft(a), _soft(b)
    var_a, var_b, both = _soft(a * a) - low_a**2, _soft(b * b) - low_b**2, _soft(a * b) - low_a * low_b
    light = (2 * mean_a * mean_b + STEADY[0]) / (mean_a**2 + mean_b**2 + STEADY[0])
    return float((light * (2 * both + STEADY[1]) / (var_a + var_b + STEADY[1])).mean())


def _comparable(found: Plane, truth: Plane) -> None:
    if found.shape != truth.shape:
        raise ValueError(f"planes of {found.shape} and {truth.shape} cannot be compared")


def _soft(plane: Plane) -> Plane:
    return cv2.GaussianBlur(plane, WINDOW, SPREAD, borderType=cv2.BORDER_REPLICATE)
