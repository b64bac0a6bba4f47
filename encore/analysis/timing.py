"""Timing: how much time did the camera let pass at each step of a moving field: one frame, none, or two?

Bounds without another origin were chosen on seeds 10, 11 and 13 of `benchmarks/scan/faulty.py` after MPEG-2 at noise 2
and 8; accuracy is told on other seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

REACH = 6
"""Frames to either side that may testify: movement of a hand is forgotten after that."""
_FEW = 6
"""Steps without which nothing can be told."""
_QUICK, _SLOW = 2.5, 8.0
"""Frames over which movement keeps its course, standard deviation of a Gaussian: of hands and actors, of cameras on a
tripod; movement is half of one and half of the other. A hand sways in 7 frames and more."""
_SHARE = 0.02
"""Variance of noise over that of movement: cells are off by 14 % of their movement where flow meets its edges."""
_NOISE = 0.06
"""Samples that the mean movement of a cell is off even on clean pictures; after MPEG-2 at noise 8 it was 0.05-0.15."""
_ACTIVE = 0.2
"""Samples that a cell must move (root mean square) to testify."""
_DOUBT = 2
"""Cells that are counted as undecided, so that one or two do not carry a verdict."""
_QUIET, _SILENT = 0.45, 0.25
"""Share of the usual movement (upper third of the frames around) below which a step may be a repeat, and below which
it is taken for one at first; after MPEG-2 at noise 8 repeats of slow movement made up to 0.4."""
_ALIKE = 0.35
"""Share of the change of both steps beside it, squared codes, below which a step is taken for a repeat at first."""
_LEAST = 0.1
"""Squared codes that a codec changes even where nothing does."""
_MOST = 4.0
"""Gain that the change of a field alone may give or, halved, take."""
ODD = -1.0
"""Instead of a time: the step means nothing, as where a flash deceives the flow."""
_GAP = -2.0
"""Instead of a time: the step is not known, but a frame went by."""
_FLASH = 0.08
"""Share by which the light of a field changes in a step that means nothing."""
_WILD = 9.0
"""Variance of such a step over that of movement."""


class Timing:
    """The steps of one field of a shot and the camera time that each of them is thought to take.

    Movement of a cell is taken for a Gaussian process in camera time: velocity that keeps its course for some frames.
    A step that takes no time moves nothing, one that takes two frames moves twice as much; whichever course of time
    makes the movement of all cells likeliest explains the tape. So a camera may turn, sway or zoom.

    Args:
        movement: (frames, rows, columns, 2) movement of cells since the frame before, samples; nan where unknown.
        change: (frames,) change of the field since the frame before, squared codes; nan where unknown.
        light: (frames,) mean of the field, codes.
        known: (frames,) False on steps that are not to be judged nor believed, as into and out of blackness.
    """

    def __init__(
        self, movement: NDArray[np.float32], change: NDArray[np.float32], light: NDArray[np.float32], known: Flags
    ) -> None:
        self._cells = movement.reshape(len(movement), -1, 2).astype(np.float64)
        self.known = known & np.isfinite(self._cells).all(axis=(1, 2)) & np.isfinite(change)
        self._cells[~self.known] = 0
        self._change = np.where(self.known, change, np.nan).astype(np.float64)
        energy = np.sqrt((self._cells**2).sum(axis=2).mean(axis=1))
        self.ticks = np.ones(len(movement))
        """Frames of camera time that each step takes; start with what is thought, then ask `gain`."""
        self.ticks[1:][np.abs(np.diff(light)) > _FLASH * np.minimum(light[1:], light[:-1])] = ODD
        alike = np.array([self.likeness(at) > 0 and self.known[at] for at in range(len(self.ticks))], np.bool_)
        usual = _usual(np.where(self.known, energy, np.nan))
        self.quiet = self.known & ((energy < _QUIET * usual) | alike)
        """Steps that may take no time."""
        self.ticks[self.quiet & ((energy < _SILENT * usual) | alike)] = 0
        for first, last in pairwise(np.flatnonzero(self.ticks == 0).tolist()):  # long freezes leave nothing around
            silent = energy[first + 1 : last] < _SILENT * min(usual[first], usual[last])
            if silent.all() and self.known[first + 1 : last].all():
                self.ticks[first + 1 : last] = 0

    def likeness(self, at: int) -> float:
        """What the change of the field says for a repeat: its log ratio to that of the steps beside it."""
        beside = [
            next((self._change[k] for k in steps if self.known[k] and self.ticks[k]), np.inf)
            for steps in (
                range(at - 1, max(-1, at - 1 - REACH), -1),
                range(at + 1, min(len(self.ticks), at + 1 + REACH)),
            )
        ]
        least = min(beside)
        if not (self.known[at] and np.isfinite(beside).all()):
            return 0.0  # a movement that only slows down changes ever less
        share = (self._change[at] + _LEAST) / (_ALIKE * least + _LEAST)
        return float(np.clip(-2 * np.log(share), -_MOST / 2, _MOST))

    def gain(self, changes: Mapping[int, float]) -> float:
        """How much likelier the movement around becomes if some steps take other times: log ratio, mean over cells.

        Args:
            changes: frame to the time of its step.

        Returns:
            Positive if likelier; -inf where a step is not known or nothing moves.
        """
        first, last = max(0, min(changes) - REACH), min(len(self.ticks), max(changes) + REACH + 1)
        at = first + np.flatnonzero(self.known[first:last])
        if len(at) < _FEW or max(changes) >= last or not all(self.known[k] for k in changes):
            return -np.inf
        cells = self._cells[at]
        others = cells[~np.isin(at, list(changes))]
        active = (others**2).sum(axis=(0, 2)) > _ACTIVE**2 * len(others)
        cells = cells[:, active]
        now = np.where(self.known, self.ticks, _GAP)[first:last].tolist()
        then = [changes.get(first + k, ticks) for k, ticks in enumerate(now)]
        gains = _likelihood(cells, tuple(then)) - _likelihood(cells, tuple(now))
        return float(gains.sum()) / (len(gains) + _DOUBT) if len(gains) else -np.inf


def _likelihood(cells: Floats, ticks: tuple[float, ...]) -> Floats:
    """Log likelihood of the movement of each cell, whatever its size, but for a constant."""
    inverse, spread = _process(ticks)
    flat = cells.reshape(len(cells), -1)
    misfit = (flat * (inverse @ flat)).sum(axis=0).reshape(-1, 2).sum(axis=1)
    return -len(cells) * np.log(misfit + 2 * len(cells) * _NOISE**2 / _SHARE) - spread


@lru_cache(4096)
def _process(ticks: tuple[float, ...]) -> tuple[Floats, float]:
    """Inverse covariance of steps that take these times, and the logarithm of its determinant's inverse."""
    given = np.array(ticks)
    lengths = np.where(given < 0, 1, given)
    middle = np.cumsum(lengths) - lengths / 2
    steps = given != _GAP
    given, lengths, middle = given[steps], lengths[steps], middle[steps]
    apart = (middle[:, None] - middle) ** 2
    course = 0.5 * np.exp(-apart / (2 * _QUICK**2)) + 0.5 * np.exp(-apart / (2 * _SLOW**2))
    covariance = course * lengths[:, None] * lengths + np.diag(_SHARE + _WILD * (given == ODD))
    return np.asarray(np.linalg.inv(covariance), np.float64), float(np.linalg.slogdet(covariance)[1])


def _usual(energy: Floats) -> Floats:
    """Upper third of the frames around; 0 where they are too few."""
    around = np.full((2 * REACH + 1, len(energy)), np.nan)
    for row, away in enumerate(range(-REACH, REACH + 1)):
        a, b = max(0, away), len(energy) + min(0, away)
        if a < b:
            around[row, a - away : b - away] = energy[a:b]
    many = np.isfinite(around).sum(axis=0)
    ordered = np.sort(around, axis=0)  # nan come last
    usual = ordered[np.clip(many * 7 // 10, 0, 2 * REACH), np.arange(len(energy))]
    return np.where(many >= _FEW, np.nan_to_num(usual), 0.0)
