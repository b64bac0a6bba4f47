"""Which CRF does a shot need? Two probes, a third between them, a fourth only if they contradict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encore.encoding.curve import HEADROOM, Curve, Point
from encore.encoding.predict import Guess
from encore.encoding.quality import Limits
from encore.encoding.tuned import STEP

Numbers = NDArray[np.float64]
MOST_PROBES = 4
HIT = 0.35
"""Points of VMAF that a probe may miss the target by and still count as the answer: probes themselves differ by about
as much from the shots they stand for."""
NEAR = 2.0
"""CRF: a target so near to a probe is read off the curve; the slope there is known to a fifth, which is 0.2 points."""
BRACKET = 7.0
"""CRF between two probes around the target, below which the curve between them is trusted."""
LEAST_STEP, MOST_STEP = 3.0, 14.0
"""CRF between the first two probes: nearer ones tell no slope, farther ones lie where nobody wants to be."""

Probe = Callable[[float], Point]
"""Tries a CRF."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is known of a shot after its probes."""

    points: tuple[Point, ...]
    """In the order in which they were tried."""
    curve: Curve
    crf: float
    """The largest that keeps the limits, by the curve."""
    reasons: tuple[str, ...]


def search(probe: Probe, limits: Limits, guess: Guess, grid: Numbers) -> Search:
    """Find the largest CRF that keeps the limits.

    Args:
        probe: tries a CRF of the grid.
        limits: of the profile.
        guess: what to expect.
        grid: CRFs that may be chosen, rising.
    """
    points: list[Point] = []
    reasons: list[str] = []
    crf = _snapped(guess.crf, grid)
    while True:
        points.append(probe(crf))
        curve = Curve(points, guess.slope, guess.bits)
        following = _second(points[0], limits, guess, grid) if len(points) == 1 else _next(points, curve, limits, grid)
        if following is None or len(points) == MOST_PROBES:
            break
        crf = following
    found = curve.largest(grid, limits.mean, limits.mean)
    if loss(points[0]) == 0 and len(points) > 1 and loss(points[1]) == 0:
        reasons.append("nothing to lose: no difference at any CRF that was tried")
    elif found == grid[0] and max(curve.drop(found), curve.strain(found)) > limits.mean:
        reasons.append(f"out of reach: a drop of {float(curve.drop(found)):.1f} even at CRF {found:g}")
    if len(points) == 1:
        reasons.append("one probe: shots like it were predicted well")
    return Search(tuple(points), curve, found, tuple(reasons))


def loss(point: Point) -> float:
    """The nearer of mean drop and strain to its limit."""
    return max(point.drop, point.strain)


def _snapped(crf: float, grid: Numbers) -> float:
    """The nearest CRF of the grid, on whole numbers, where every version of an encoder has one."""
    return float(np.clip(round(crf), grid[0], grid[-1]))


def _second(first: Point, limits: Limits, guess: Guess, grid: Numbers) -> float | None:
    """Where the target should be by the slope that is expected, but not too near to the first probe."""
    if guess.sure and abs(loss(first) - limits.mean) <= HIT:
        return None
    step = (np.log(HEADROOM + limits.mean) - np.log(HEADROOM + loss(first))) / guess.slope
    step = float(np.clip(abs(step), LEAST_STEP, MOST_STEP) * (1 if step >= 0 else -1))
    crf = _snapped(first.crf + step, grid)
    if crf == first.crf:
        crf = _snapped(first.crf - step, grid)
    return crf if crf != first.crf else None


def _next(points: Sequence[Point], curve: Curve, limits: Limits, grid: Numbers) -> float | None:
    """Where to try again; None when the curve is trusted."""
    found = curve.largest(grid, limits.mean, limits.mean)
    tried = [point.crf for point in points]
    nearest = min(points, key=lambda point: abs(point.crf - found))
    if nearest.crf == found or abs(loss(nearest) - limits.mean) <= HIT:
        return None
    below = max((crf for crf in tried if crf <= found), default=None)
    above = min((crf for crf in tried if crf >= found), default=None)
    if below is not None and above is not None and above - below <= BRACKET:
        return None
    if abs(nearest.crf - found) <= (NEAR if len(points) == 2 else 2 * NEAR):
        return None
    crf = float(np.round(found / STEP) * STEP)
    return crf if crf not in tried else None
