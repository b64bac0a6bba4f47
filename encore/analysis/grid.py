"""Where do the blocks of a codec lie, and how clearly do they show?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.look import Image

Profile = NDArray[np.float32]
_STEP_CAP = 24.0
"""Codes above which a step counts no more: edges of the picture, not of blocks (MPEG-2 at quantiser 31 steps by 5)."""
_PERIODS = (5.0, 18.0, 0.004)
"""Shortest and longest period searched, samples: SD rescaled by 0.63 to 2.2; growth from one to the next."""
_HARMONICS = 3
_SPECTRUM = 1 << 14
"""Points of the spectrum: fine enough for the third harmonic of a period over 720 samples."""
_SEEN, _ELSEWHERE = 8.0, 1.25
"""Height in the spectrum, over its median, that a grid of another period must have (pictures without a grid: median
2.6, 95th percentile 7.9); and over the height of period 8."""
_NEAR = 0.05
"""Samples by which a period may miss 8 and still be 8."""
_FLOOR = 1.0
"""Added to both sides of ratios, codes: rounding in flat pictures. With it the ratio follows the quantiser over all
scenes best."""
_VERTICALS = 5.0
"""Columns that step more often than their neighbourhood by this factor are verticals of the picture."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A codec's grid across a picture.

    Attributes:
        period: samples from one block to the next.
        phase: samples from the left edge to the first boundary, [0, period).
        ratio: step on the grid over that beside it, 1 is none.
        step: how much the step on the grid exceeds that beside it, codes.
    """

    period: float
    phase: float
    ratio: float
    step: float


def steps_across(lines: Image) -> Image:
    """(H, W - 3): how much the step between samples x + 1 and x + 2 exceeds the slope beside it, codes, capped."""
    change = cv2.subtract(lines[:, 1:], lines[:, :-1])
    beside = cv2.addWeighted(change[:, :-2], 0.5, change[:, 2:], 0.5, 0)
    return cast(Image, np.minimum(cv2.absdiff(change[:, 1:-1], beside), np.float32(_STEP_CAP)))


def folded(profile: Profile, period: int) -> Profile:
    """Mean of a profile of `steps_across` at each phase: entry p is the boundary before samples p, p + period, ..."""
    phases = (np.arange(len(profile)) + 2) % period
    sums = np.bincount(phases, profile, period) / np.maximum(1, np.bincount(phases, minlength=period))
    return sums.astype(np.float32)


def contrast(profile: Profile, period: int) -> float:
    """Step at the clearest phase of a period over the median of the others, 1 is none."""
    phases = np.sort(folded(profile, period))
    return float((phases[-1] + _FLOOR) / (np.median(phases[:-1]) + _FLOOR))


class GridFinder:
    """Finds the grid in profiles of one length.

    Args:
        length: of the profiles.
    """

    def __init__(self, length: int) -> None:
        self._at = np.arange(length) + 2.0  # the boundary lies before this sample
        count = int(np.log(_PERIODS[1] / _PERIODS[0]) / np.log1p(_PERIODS[2])) + 1
        periods = np.geomspace(_PERIODS[0], _PERIODS[1], count)
        self._periods = np.append(periods, 8.0)
        harmonics = np.arange(1, _HARMONICS + 1)[:, None]
        lines = np.round(harmonics * _SPECTRUM / self._periods).astype(np.int64)
        self._lines = np.minimum(lines, _SPECTRUM - lines)  # beyond Nyquist it is the mirror's

    def find(self, profile: Profile) -> Grid:
        """The clearest grid of a profile of `steps_across`; period 8 unless another is much clearer."""
        level = cast(Profile, cv2.blur(profile[None], (25, 1))[0])
        profile = np.minimum(profile, _VERTICALS * level)
        even = profile - level
        spectrum = np.abs(np.fft.rfft(even, _SPECTRUM))[self._lines]
        clear = spectrum.mean(axis=0) / (np.median(spectrum) + 1e-9)
        best = int(np.argmax(clear))
        if clear[best] > max(_SEEN, _ELSEWHERE * clear[-1]):
            period = float(self._periods[best])
            if abs(period - 8) > _NEAR:
                return Grid(period, *_elsewhere(profile, even, self._at, period))
        phases = folded(profile, 8)
        return Grid(
            8.0, float(np.argmax(phases)), contrast(profile, 8), float(phases.max() - np.median(np.sort(phases)[:-1]))
        )


def _elsewhere(profile: Profile, even: Profile, at: NDArray[Any], period: float) -> tuple[float, float, float]:
    """Phase, ratio and step of a grid of any period."""
    tries = np.arange(0, period, 0.25)
    away = np.abs((at[None] - tries[:, None] + period / 2) % period - period / 2)
    weights = np.maximum(0, 1 - away)
    best = int(np.argmax((weights @ even) / weights.sum(axis=1)))
    on, off = (float(profile[near].mean()) for near in (away[best] <= 0.5, away[best] >= 1.5))
    return float(tries[best]), (on + _FLOOR) / (off + _FLOOR), on - off
