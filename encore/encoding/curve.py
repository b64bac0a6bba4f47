"""What a shot loses and weighs at every CRF, drawn through a few probes so that it never turns back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from encore.core.doc import Doc

Numbers = NDArray[np.float64]
HEADROOM = 0.5
"""Points of VMAF by which the scale is lengthened at its upper end: u = ln(0.5 + drop) is nearly straight over CRF,
where the drop itself bends since VMAF saturates."""
SATURATED = 0.7
"""Drops below that say little about the slope: at 100 VMAF stands still whatever the CRF."""
FLATTEST, STEEPEST = 0.02, 0.3
"""Limits of the slope of u per CRF beyond the outermost probes; on eight shots it was 0.03 to 0.10 (AV1)."""
TYPICAL_SLOPE = 0.07
"""Of u per CRF of AV1, where a single probe tells no slope: median of the same shots."""
TYPICAL_BITS = -0.09
"""Of log2(bytes) per CRF, the same."""


class Point(Doc):
    """What one CRF cost a shot, measured."""

    crf: float
    drop: float
    """Mean drop of quality: how far VMAF falls below what the pictures score against themselves."""
    strain: float
    """The largest of the other losses (percentile, worst second, banding), put to the scale of `drop`: where it equals
    the profile's mean drop, one of them is just at its own limit."""
    bytes: float
    """Of the whole shot, estimated from what was encoded."""


class Curve:
    """Drop, strain and bytes over CRF, monotone.

    Args:
        points: at least one; those of equal CRF are averaged.
        slope: of ln(0.5 + drop) per CRF, for a single point.
        bits: of log2(bytes) per CRF, the same.
    """

    def __init__(self, points: Sequence[Point], slope: float = TYPICAL_SLOPE, bits: float = TYPICAL_BITS) -> None:
        at = sorted({point.crf for point in points})
        rows = [[p for p in points if p.crf == crf] for crf in at]
        self.crfs = np.array(at)
        self._drop = _Monotone(self.crfs, _loss([[p.drop for p in row] for row in rows]), slope)
        self._strain = _Monotone(self.crfs, _loss([[p.strain for p in row] for row in rows]), slope)
        weight = np.array([np.log2(max(1.0, float(np.mean([p.bytes for p in row])))) for row in rows])
        self.bits = _falling(self.crfs, weight) if len(at) > 1 else bits
        self._weight = float(np.mean(weight - self.bits * self.crfs))

    @property
    def slope(self) -> float:
        """Of ln(0.5 + drop) per CRF, over all probes."""
        return self._drop.slope

    def drop(self, crf: Numbers | float) -> Numbers:
        """Mean drop at a CRF."""
        return self._drop(crf)

    def strain(self, crf: Numbers | float) -> Numbers:
        """Strain at a CRF."""
        return self._strain(crf)

    def bytes(self, crf: Numbers | float) -> Numbers:
        """Bytes of the shot at a CRF."""
        return np.exp2(self._weight + self.bits * np.asarray(crf, float))

    def largest(self, grid: Numbers, drop: float, strain: float) -> float:
        """The largest CRF of a rising grid that keeps both limits; its first one where none does."""
        kept = (self.drop(grid) <= drop) & (self.strain(grid) <= strain)
        return float(grid[kept][-1] if kept.any() else grid[0])


class _Monotone:
    """A rising curve through u = ln(0.5 + loss): PCHIP inside, straight outside."""

    def __init__(self, at: Numbers, loss: Numbers, slope: float) -> None:
        telling = loss >= SATURATED
        if telling.sum() >= 2:
            at, loss = at[telling], loss[telling]
        self._at = at
        self._u = rising(at, np.log(HEADROOM + loss))
        steps = np.diff(self._u) / np.diff(at)
        self._tangents = tangents(at, self._u)
        whole = (self._u[-1] - self._u[0]) / (at[-1] - at[0]) if len(at) > 1 else slope
        self.slope = float(np.clip(whole, FLATTEST, STEEPEST))
        first, last = (steps[0], steps[-1]) if len(steps) else (slope, slope)
        self._ends = [float(np.clip(step, FLATTEST, STEEPEST)) for step in (first, last)]

    def __call__(self, crf: Numbers | float) -> Numbers:
        where = np.asarray(crf, float)
        inside = hermite(self._at, self._u, self._tangents, where)
        before = self._u[0] + self._ends[0] * (where - self._at[0])
        after = self._u[-1] + self._ends[1] * (where - self._at[-1])
        u = np.where(where < self._at[0], before, np.where(where > self._at[-1], after, inside))
        return np.maximum(0.0, np.exp(np.minimum(u, 10.0)) - HEADROOM)


def _loss(rows: Sequence[Sequence[float]]) -> Numbers:
    return np.array([max(0.0, float(np.mean(row))) for row in rows])


def _falling(at: Numbers, values: Numbers) -> float:
    """Slope of the straight line through points, never rising."""
    middle = at - at.mean()
    return min(-1e-3, float((middle * values).sum() / (middle * middle).sum()))


def rising(at: Numbers, values: Numbers, least: float = 1e-3) -> Numbers:
    """Values next to the given ones that rise by at least `least` per unit of `at` (pool adjacent violators)."""
    blocks: list[list[float]] = []
    for value in values - least * at:
        blocks.append([float(value)])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    return np.array([float(np.mean(block)) for block in blocks for _ in block]) + least * at


def tangents(x: Numbers, y: Numbers) -> Numbers:
    """Slopes at the points of a monotone cubic (Fritsch and Carlson 1980, as in PCHIP).

    Source: Fritsch, Butland 1984: weighted harmonic means of neighbouring steps; none where they differ in sign.
    """
    if len(x) < 2:
        return np.zeros_like(y)
    wide, step = np.diff(x), np.diff(y) / np.diff(x)
    made = np.zeros_like(y)
    made[0], made[-1] = step[0], step[-1]
    for n, ((w0, w1), (s0, s1)) in enumerate(zip(pairwise(wide), pairwise(step), strict=True), 1):
        if s0 * s1 > 0:
            one, two = 2 * w1 + w0, w1 + 2 * w0
            made[n] = (one + two) / (one / s0 + two / s1)
    return made


def hermite(x: Numbers, y: Numbers, slopes: Numbers, where: Numbers) -> Numbers:
    """The cubic through points with given slopes; beyond the ends, the end's value."""
    if len(x) < 2:
        return np.full_like(np.asarray(where, float), y[0])
    n = np.clip(np.searchsorted(x, where, side="right") - 1, 0, len(x) - 2)
    wide = x[n + 1] - x[n]
    t = np.clip((where - x[n]) / wide, 0, 1)
    s = 1 - t
    ends = y[n] * s * s * (1 + 2 * t) + y[n + 1] * t * t * (3 - 2 * t)
    return ends + wide * t * s * (slopes[n] * s - slopes[n + 1] * t)
