"""Steps: how each step of a moving picture, from one frame to the next, compares with what its neighbours promise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

REACH = 7
"""Frames to either side that may be neighbours."""
_SIDE = 3
"""Neighbours taken on either side: enough for a median that one odd step does not move."""
_FEW = 3
"""Neighbours without which nothing can be promised."""
_NOISE = 0.1
"""Samples that the mean movement of a cell is off even on clean pictures; after MPEG-2 at noise 8 it was 0.05-0.15."""
_ACTIVE = 0.25
"""Samples that a cell must move as a rule to be asked at all."""
_LOW = 0.4
"""Share of its neighbourhood's usual movement below which a step is no neighbour for others."""


@dataclass(frozen=True, slots=True)
class Steps:
    """One number per frame of a shot; nan where nothing can be promised, as in still scenes.

    The promise for a frame is the course of each cell's movement, interpolated between the frames before and after,
    so that a camera may turn or zoom.
    """

    still: Floats
    """Length of the step over what was promised: 0 repeats the frame before, 1 goes on as promised."""
    stretch: Floats
    """How many promised steps this one makes along the promise; median over cells."""
    agree: Floats
    """Share of the cells (by weight) that make 1.5 to 3.5 steps."""
    miss: Floats
    """What `stretch` times the promise does not explain, as a share of it."""
    promised: Floats
    """Root mean square of the promise over cells that move, samples."""
    sure: Floats
    """The promise over how irregular the neighbours are."""
    slower: Floats
    """Root mean square of the movement before or after, whichever is less, over the same cells."""
    together: Floats
    """Share of the energy of this step that all cells have in common: near 1 under a moving camera."""
    usual: Floats
    """Movement of the frames around, samples, whether it can be foretold or not."""
    moved: Floats
    """Movement of this step over the same cells."""

    def __len__(self) -> int:
        """Frames."""
        return len(self.still)


def steps_of(movement: NDArray[np.float32], known: Flags) -> Steps:
    """Compare every step of a shot with its neighbours.

    Args:
        movement: (frames, rows, columns, 2) movement of cells since the frame before, samples; nan where unknown.
        known: (frames,) False on steps that are not to be judged nor believed, as into and out of blackness.
    """
    cells = movement.reshape(len(movement), -1, 2).astype(np.float64)
    usable = known & np.isfinite(cells).all(axis=(1, 2))
    table = np.full((len(cells), 10), np.nan)
    length = np.hypot(cells[..., 0], cells[..., 1])
    active, usual, moved = _energies(length, usable)
    table[:, 8], table[:, 9] = usual, moved
    believed = usable & (usual > 0) & ~(moved < _LOW * usual)
    for at in np.flatnonzero(usable & (usual > 0)):
        near = _neighbours(believed, int(at))
        if near is not None:
            table[at, :8] = _compared(cells, int(at), near, active[at])
    return Steps(*(cast(Floats, column) for column in table.T.copy()))


def _energies(length: Floats, usable: Flags) -> tuple[Flags, Floats, Floats]:
    """Which cells move around each frame; how much those move as a rule and in the frame itself, root mean square."""
    frames, cells = length.shape
    masked = np.where(usable[:, None], length, np.nan)
    padded = np.vstack([np.full((REACH, cells), np.nan), masked, np.full((REACH, cells), np.nan)])
    active = np.zeros((frames, cells), np.bool_)
    usual, moved = np.zeros(frames), np.zeros(frames)
    for at in range(frames):
        window = padded[at : at + 2 * REACH + 1]
        window = window[np.isfinite(window[:, 0])]
        if len(window) < _FEW:
            continue
        often = np.sort(window, axis=0)[(2 * len(window)) // 3]
        mine = often > _ACTIVE
        if mine.any():
            active[at] = mine
            energies = np.sqrt((window[:, mine] ** 2).mean(axis=1))
            usual[at] = np.sort(energies)[(2 * len(energies)) // 3]
            moved[at] = np.sqrt((length[at, mine] ** 2).mean())
    return active, usual, moved


def _neighbours(believed: Flags, at: int) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    before = np.flatnonzero(believed[max(0, at - REACH) : at])[-_SIDE:] + max(0, at - REACH)
    after = np.flatnonzero(believed[at + 1 : at + 1 + REACH])[:_SIDE] + at + 1
    return None if len(before) + len(after) < _FEW else (before, after)


def _compared(
    cells: Floats, at: int, near: tuple[NDArray[np.int64], NDArray[np.int64]], active: Flags
) -> tuple[float, ...]:
    """The first eight numbers of one frame."""
    around, away = cells[np.concatenate(near)][:, active], np.concatenate(near) - at
    middle = len(near[0]) if len(near[0]) and len(near[1]) else 1 if len(near[1]) else len(around) - 1
    early, late = np.median(around[:middle], axis=0), np.median(around[middle:], axis=0)
    times = float(np.median(away[:middle])), float(np.median(away[middle:]))
    slope = (late - early) / (times[1] - times[0])
    promise = early - slope * times[0]
    off = np.median(((around - promise - slope * away[:, None, None]) ** 2).sum(axis=2), axis=0)
    now = cells[at][active]
    square = (promise**2).sum(axis=1)
    total = float(square.sum()) + 1e-9
    weight = square / (off + _NOISE**2)
    along = (now * promise).sum(axis=1) / (square + 1e-9)
    order = np.argsort(along)
    heap = np.cumsum(weight[order])
    stretch = float(along[order][np.searchsorted(heap, heap[-1] / 2)])
    agree = float(weight[(along > 1.5) & (along < 3.5)].sum() / (heap[-1] + 1e-9))
    rest = ((now - stretch * promise) ** 2).sum(axis=1) / (off + _NOISE**2)
    miss = float(np.sqrt(rest.sum() / (stretch**2 * heap[-1] + 1e-9)))
    energy = float((now**2).sum()) + 1e-9
    together = float((now.sum(axis=0) ** 2).sum()) / len(now) / energy
    promised, sure = float(np.sqrt(total / len(now))), float(np.sqrt(weight.mean()))
    slower = float(np.sqrt(min(np.square(side).sum() for side in (early, late)) / len(now)))
    return float(np.sqrt(energy / total)), stretch, agree, miss, promised, sure, slower, together
