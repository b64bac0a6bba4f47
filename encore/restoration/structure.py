"""Structure: what of that which a denoiser took off is picture and not noise?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from encore.core.video import Plane

SURE = 4.0
"""Standard deviations of a sum of pure noise from which it is structure: reached by 6 samples in 100,000; half of it
more is certain."""
LINES = ((9, 1, 0), (1, 8, 0), (1, 8, 1), (1, 8, -1), (2, 4, 2), (2, 4, -2), (4, 4, 4), (4, 4, -4))
"""(samples, lines, step): sums of so many samples on so many lines of a field, 1, 2, 4 or 8, each line a step further
right. In a picture these lie along lines that are level, upright, and 63, 45 and 27 degrees steep either way."""
BOXES = ((9, 5), (33, 17))
"""(samples, lines) of sums that find ghosts and veils."""
PATCH = (9, 5)
"""(samples, lines) over which energy is compared: the smallest that holds a dozen and more independent samples."""
MOST = 1.2
"""Sigmas of root mean square that a residual may have: noise has 1, and 0.2 is what sigma is uncertain by."""
FINE = 32
"""Steps of the whole numbers in which lines are summed, per sigma: four times faster than in floating point."""
CERTAIN = 64
"""Of 255: what `SURE` becomes in the eight bits in which lines are compared."""
LOUDEST = 8
"""Sigmas to which a sample counts for lines, so that a single one makes none."""


@dataclass(frozen=True, slots=True)
class Noisy:
    """Correlation of neighbouring samples and of neighbouring lines of a field's noise."""

    across: float = 0.0
    down: float = 0.0

    def sigma_of(self, samples: int, lines: int, step: int = 0) -> float:
        """Standard deviation of a sum of noise of sigma 1, correlated like an autoregression of first order."""
        return _sigma_of(self, samples, lines, step)

    def count(self, samples: int) -> float:
        """Independent samples of energy or of a product among so many."""
        squares = _kept(self.across) ** 2, _kept(self.down) ** 2
        return samples * float(np.prod([(1 - one) / (1 + one) for one in squares]))


def _kept(correlation: float) -> float:
    """Limited to what tapes have; below 0 noise is quieter in sums, which is not relied on."""
    return min(max(correlation, 0.0), 0.9)


@lru_cache(256)
def _sigma_of(noisy: Noisy, samples: int, lines: int, step: int) -> float:
    x = (np.arange(samples) + step * np.arange(lines)[:, None]).ravel()
    y = np.repeat(np.arange(lines), samples)
    far, below = np.abs(np.subtract.outer(x, x)), np.abs(np.subtract.outer(y, y))
    return float(np.sqrt((_kept(noisy.across) ** far * _kept(noisy.down) ** below).sum()))


def structure(residual: Plane, noisy: Noisy, *, lines: bool) -> Plane:
    """(H, W) sigmas: what in the residual of a field is no noise, of it as little else as can be.

    Of ghosts and veils that is a local mean, of lines and of places with too much energy the residual itself.

    Args:
        residual: (H, W) float32 in sigmas.
        noisy: what its noise is like.
        lines: look for thin lines too.
    """
    left = residual
    for box in BOXES:
        mean = cv2.boxFilter(left, -1, box, borderType=cv2.BORDER_REFLECT)
        over = np.abs(mean)
        over *= np.float32(box[0] * box[1] / (SURE * noisy.sigma_of(*box)))
        if over.max() > 1:
            left = left - mean * _surely(over)
    over = _energy(left, noisy)
    if lines:
        near = cv2.dilate(_lines(left, noisy), np.ones((3, 5), np.uint8))
        np.maximum(over, near * np.float32(1 / CERTAIN), out=over)
    if over.max() > 1:
        left = left * (1 - cv2.blur(_surely(over), (5, 3)))
    return residual - left


def _surely(over: Plane) -> Plane:
    """0 to 1 from how far something is beyond what noise comes to by chance; changes its argument."""
    over -= 1
    over *= 2
    return np.clip(over, 0, 1, out=over)


def _energy(residual: Plane, noisy: Noisy) -> Plane:
    """Root mean square of patches over the largest that noise has by chance."""
    count = noisy.count(PATCH[0] * PATCH[1])
    largest = MOST * MOST * (1 + SURE * np.sqrt(2 / count))
    energy = cv2.blur(residual * residual, PATCH) * np.float32(1 / largest)
    return np.sqrt(np.maximum(energy, 0, out=energy))  # running sums leave less than nothing beside large values


def _lines(residual: Plane, noisy: Noisy) -> Plane:
    """(H, W) uint8: sums along lines, `CERTAIN` where noise comes to by chance."""
    steps = np.clip(residual * np.float32(FINE), -LOUDEST * FINE, LOUDEST * FINE).astype(np.int16)
    found = np.zeros(residual.shape, np.uint8)
    across = {samples: _across(steps, samples) for samples, _, _ in LINES}
    for samples, lines, step in LINES:
        scale = CERTAIN / (FINE * SURE * noisy.sigma_of(samples, lines, step))
        np.maximum(found, cv2.convertScaleAbs(_down(across[samples], lines, step), alpha=scale), out=found)
    return found


def _across(steps: Plane, samples: int) -> Plane:
    """Sums of `samples` about every sample; beyond the edge is nothing."""
    if samples == 1:
        return steps
    return cv2.boxFilter(steps, -1, (samples, 1), normalize=False, borderType=cv2.BORDER_CONSTANT)


def _down(steps: Plane, lines: int, step: int) -> Plane:
    """Sums over `lines`, each `step` further right, about every sample; beyond the edge is nothing."""
    if lines == 1:
        return steps
    above, left = (lines - 1) // 2, (lines - 1) * abs(step) // 2
    below, right = lines - 1 - above, (lines - 1) * abs(step) - left
    total: Plane = cv2.copyMakeBorder(steps, above, below, left, right, cv2.BORDER_CONSTANT)
    reach = 1
    while reach < lines:  # of two sums over half as many lines each
        aside = reach * abs(step)
        first, second = (slice(0, total.shape[1] - aside), slice(aside, None))[:: 1 if step >= 0 else -1]
        total = total[:-reach, first] + total[reach:, second]
        reach *= 2
    return total
