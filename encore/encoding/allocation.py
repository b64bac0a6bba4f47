"""Which CRF every shot gets: the same loss everywhere, or bytes where they show most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encore.encoding.curve import Curve
from encore.encoding.quality import CEILING, FLOOR, Limits

Numbers = NDArray[np.float64]
HALVINGS = 60
"""Of the range of slopes: it spans 24 powers of ten, and bytes are known to a thousandth."""


@dataclass(frozen=True, slots=True)
class Options:
    """The CRFs that a shot may have, rising, and what each would cost."""

    crfs: Numbers
    drops: Numbers
    """Mean drop; never falling."""
    bytes: Numbers
    """Never rising."""
    seconds: float


def constant(curves: Sequence[Curve], grid: Numbers, limits: Limits) -> list[float]:
    """For every shot the largest CRF that keeps the profile's limits."""
    return [curve.largest(grid, limits.mean, limits.mean) for curve in curves]


def options(curve: Curve, grid: Numbers, limits: Limits, seconds: float) -> Options:
    """What a shot may have when slopes are made equal: from `FLOOR` better to `CEILING` worse than the profile's mean.

    The other limits are widened as much as that of the mean. A shot that keeps them nowhere gets its best CRF, and one
    that is better than the floor everywhere its largest.
    """
    wide = limits.mean + CEILING
    largest = curve.largest(grid, wide, wide)
    smallest = min(largest, curve.largest(grid, max(0.0, limits.mean - FLOOR), np.inf))
    crfs = grid[(grid >= smallest) & (grid <= largest)]
    return Options(crfs, curve.drop(crfs), curve.bytes(crfs), seconds)


def slope(shots: Sequence[Options], target: float) -> list[float]:
    """CRFs of the fewest bytes whose mean drop, by duration, is at most `target`; the best there is if none is.

    Every shot takes the option of least bytes + lambda * seconds * drop; lambda is halved down to the smallest that
    keeps the target. What the last step leaves is given to the shots that save the most bytes for it.

    Source: Shoham, Gersho 1988; Katsavounidis 2018 (equal slopes across shots).
    """
    if not shots:
        return []
    low, high = -4.0, 20.0  # exponents of ten of lambda: bytes per second of film and point
    if _mean(shots, _chosen(shots, 10**low)) <= target:
        high = low
    for _ in range(HALVINGS):
        if high <= low:
            break
        middle = (low + high) / 2
        low, high = (low, middle) if _mean(shots, _chosen(shots, 10**middle)) <= target else (middle, high)
    taken = _filled(shots, _chosen(shots, 10**high), target)
    return [float(shot.crfs[n]) for shot, n in zip(shots, taken, strict=True)]


def _chosen(shots: Sequence[Options], price: float) -> list[int]:
    """The cheapest option of every shot; of equal ones the larger CRF."""
    costs = (shot.bytes + price * shot.seconds * shot.drops for shot in shots)
    return [int(len(cost) - 1 - np.argmin(cost[::-1])) for cost in costs]


def _mean(shots: Sequence[Options], taken: Sequence[int]) -> float:
    total = sum(shot.seconds for shot in shots)
    return sum(shot.seconds * float(shot.drops[n]) for shot, n in zip(shots, taken, strict=True)) / total


def _filled(shots: Sequence[Options], taken: list[int], target: float) -> list[int]:
    """Steps up, the most saving first, as long as the target is kept."""
    taken, left = list(taken), (target - _mean(shots, taken)) * sum(shot.seconds for shot in shots)
    while True:
        steps: list[tuple[float, int, float]] = []
        for number, (shot, n) in enumerate(zip(shots, taken, strict=True)):
            if n + 1 < len(shot.crfs):
                lost = shot.seconds * float(shot.drops[n + 1] - shot.drops[n])
                if lost <= left:
                    steps.append((float(shot.bytes[n] - shot.bytes[n + 1]) / max(lost, 1e-9), -number, lost))
        if not steps:
            return taken
        _, number, lost = max(steps)
        taken[-number] += 1
        left -= lost
