"""Edge width: how blurred is a field across, by how its strongest slopes change when it is blurred further?"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.video import Plane

_SCALES = (0.6, 0.9, 1.4, 2.1, 3.2, 4.8, 7.0)
"""Sigma of the derivatives that are compared (re-blur ratio, Zhuo and Sim 2011), samples, in steps of 1.5: what is
wider than the widest is no edge, and the finest sees what the raster can carry."""
_RIM = 20
"""Samples at both ends of a line that are left out: the widest derivative would see beyond the picture."""
_SHARE = 430
"""Samples of every other line per strongest slope looked at: 200 in a field of 720x240."""
_STEEP = 0.85
"""Share of all samples that a slope must exceed to be looked at."""
_QUIET = 0.3186
"""Quarter percentile of the absolute value of Gaussian noise of sigma 1; calculated."""
_LEAST = (3, 8.0, 3.4)
"""Scale, least height of the strongest steps in codes, and least slope over that of the quietest parts: white noise
alone reaches 2.6, a dark stage under noise 3 through 5 Mb/s 3.6."""
_FEWEST = 12
"""Slopes of a scale below which a field says nothing."""


def edge_features(field: Plane) -> NDArray[np.float32] | None:
    """What tells the blur of a field: logarithms of ratios of slopes; `edgenets` knows what they mean.

    Args:
        field: (H, W) codes of lines of one parity.

    Returns:
        None where there are too few edges.
    """
    if field.shape[0] < 8 or field.shape[1] < 4 * _RIM:
        return None
    lines = cv2.blur(field, (1, 3))[1:-1:2]
    slopes = [_slope(lines, kernel) for kernel in _KERNELS]
    levels = [_levels(slope) for slope in slopes]
    floors = [quiet / _QUIET for quiet, *_ in levels]
    found: list[float] = []
    for number in range(1, len(_SCALES)):
        at = _strongest(slopes[number], levels[number][1])
        if len(at) < _FEWEST:
            return None
        here = slopes[number].ravel()[at]
        height = float(np.median(np.abs(here)))
        if number == _LEAST[0]:
            tall = float(np.percentile(np.abs(here), 75)) * _SCALES[number] * np.sqrt(2 * np.pi)
            if tall < _LEAST[1] or height < _LEAST[2] * floors[number]:
                return None
        finer, most = np.percentile(slopes[number - 1].ravel()[at] / here, (50, 92))
        found += [max(finer, 0.2), max(most, 0.2), (floors[number - 1] + 0.05) / (height + 0.05)]
        if number + 1 < len(_SCALES):
            found.append(max(float(np.median(slopes[number + 1].ravel()[at] / here)), 0.1))
    found += [(fine[2] + 0.1) / (coarse[2] + 0.1) for fine, coarse in pairwise(levels)]
    found += [floors[0] + 0.05, levels[3][3] + 0.05]
    return np.log(np.array(found, np.float32))


def _slope(lines: Plane, kernel: NDArray[np.float32]) -> Plane:
    """Change across, codes per sample, without the rims."""
    return np.ascontiguousarray(cv2.sepFilter2D(lines, cv2.CV_32F, kernel, _ONE)[:, _RIM:-_RIM])


def _levels(slope: Plane) -> tuple[float, ...]:
    """What a quarter of all slopes do not exceed, and so on."""
    some = np.abs(slope[::2, ::3]).ravel()
    at = [int(share * len(some)) for share in (0.25, _STEEP, 0.95, 0.99)]
    return tuple(float(number) for number in np.partition(some, at)[at])


def _strongest(slope: Plane, least: float) -> NDArray[np.int64]:
    """Where lines are steepest, as places in the flattened array."""
    steep = np.abs(slope)
    middle = steep[:, 1:-1]
    peak = (middle > least) & (middle >= steep[:, :-2]) & (middle > steep[:, 2:])
    at = np.flatnonzero(peak)
    at += 2 * (at // middle.shape[1]) + 1
    most = max(_FEWEST, slope.size // _SHARE)
    if len(at) <= most:
        return at
    heights = steep.ravel()[at]
    return at[heights >= np.partition(heights, -most)[-most]]


def _derivative(sigma: float) -> NDArray[np.float32]:
    """Derivative of a Gaussian across; a ramp of 1 per sample gives 1."""
    reach = int(np.ceil(2.6 * sigma))
    at: NDArray[Any] = np.arange(-reach, reach + 1, dtype=np.float64)
    kernel = at * np.exp(-(at**2) / (2 * sigma**2))
    return (kernel / (kernel * at).sum()).astype(np.float32)


_ONE = np.ones(1, np.float32)
_KERNELS = [_derivative(sigma) for sigma in _SCALES]
