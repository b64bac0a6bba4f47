"""Which repeats of frames are a cadence, as of 24 pictures a second shown in 30, and where does it break?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encore.core.time import Span

_AROUND = 16
"""Tape frames on either side of a cadence in which a repeat is part of it, though off the beat."""
_NEAR = 32
"""Tape frames in which repeats of one cadence follow each other."""
_SOME = 4
"""Repeats within those that are a cadence if they keep a beat: 25 pictures in 30 make five."""
_MANY = 8
"""Repeats within those that are a slow picture (animation, time lapse) even without a beat."""
_SURE = 3
"""Unbroken gaps needed on both sides of a break."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """Runs of repeats, sorted into faults and cadence.

    Attributes:
        faults: runs that belong to no cadence.
        breaks: tape frames at which a cadence stumbles.
    """

    faults: tuple[Span, ...]
    breaks: tuple[int, ...]


def sort_repeats(runs: Sequence[Span]) -> Sorted:
    """Tell faults from cadence.

    Args:
        runs: of frames that show the one before again, in order, of one shot.
    """
    starts = np.array([run.start for run in runs], np.int64)
    regular, slow = np.zeros(len(runs), np.bool_), np.zeros(len(runs), np.bool_)
    for at in range(len(runs) - _SOME + 1):
        few, many = starts[at : at + _SOME], starts[at : at + _MANY]
        regular[at : at + _SOME] |= few[-1] - few[0] <= _NEAR and _beats(few)
        slow[at : at + _MANY] |= len(many) == _MANY and many[-1] - many[0] <= _NEAR
    faults = [run for run, kept in zip(runs, regular | slow, strict=True) if not kept]
    faults = [run for run in faults if not _within(run.start, starts[regular])]
    return Sorted(tuple(faults), tuple(_breaks(starts[regular])))


def _beats(starts: NDArray[np.int64]) -> bool:
    """Whether all gaps between repeats are one gap, or several of it where nothing moved."""
    gaps = np.diff(starts)
    return bool((gaps % max(2, int(np.median(gaps))) == 0).all())


def _breaks(starts: NDArray[np.int64]) -> list[int]:
    """First repeats after a gap that the beat on both sides of it does not explain."""
    found: list[int] = []
    for at in range(_SURE + 1, len(starts) - _SURE):
        before, after = np.diff(starts[at - 1 - _SURE : at]), np.diff(starts[at : at + _SURE + 1])
        beat, gap = int(before[0]), int(starts[at] - starts[at - 1])
        if beat > 1 and (before == beat).all() and (after == beat).all() and gap % beat:
            found.append(int(starts[at]))
    return found


def _within(start: int, regular: NDArray[np.int64]) -> bool:
    """Whether a repeat lies within a cadence, whose breaks are told already."""
    return bool((regular < start).any() and (regular > start).any() and np.abs(regular - start).min() <= _AROUND)
