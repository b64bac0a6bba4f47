"""Which pictures of a shot stand for all of it?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from encore.core.time import Span

Numbers = NDArray[np.float64]
LENGTH = 32
"""Frames of a window: twice the group of 16 in which SVT-AV1 shares out bits; a shorter one is mostly its key frame."""
FRAMES_PER_WINDOW = 300
"""A window for every so many frames of a shot: a tenth of it is tried, which keeps probes below a quarter of the
encode's time."""
MOST = 3


def windows(frames: int, change: Sequence[float] | None = None) -> tuple[tuple[Span, float], ...]:
    """Frames of a shot to try, and the share of the shot that each run stands for.

    The frames are sorted by how much changes in them, cut into as many equal parts as there are windows, and every part
    is stood for by a run in which about as much changes as in its middle: hard passages get their due and no more.

    Args:
        frames: of the shot.
        change: of every frame, in any unit (`Complexity.dct_change` of the scan's rows); None spreads windows evenly.

    Returns:
        Spans of frames, in order, at most `MOST`, and weights that add up to 1.
    """
    if frames <= LENGTH * 3 // 2:
        return ((Span(start=0, stop=frames), 1.0),)
    count = int(np.clip(round(frames / FRAMES_PER_WINDOW), 1, MOST))
    if change is None or len(change) != frames:
        places = [round((2 * n + 1) / (2 * count) * frames - LENGTH / 2) for n in range(count)]
    else:
        places = _typical(np.asarray(change, float), count)
    kept = sorted({int(np.clip(place, 0, frames - LENGTH)) for place in places})
    return tuple((Span(start=place, stop=place + LENGTH), 1 / len(kept)) for place in kept)


def _typical(change: Numbers, count: int) -> list[int]:
    """First frames of runs whose mean change is the median of each part; apart from each other."""
    total: Numbers = np.concatenate([np.zeros(1), np.cumsum(np.nan_to_num(change))])
    runs = (total[LENGTH:] - total[:-LENGTH]) / LENGTH
    wanted: Numbers = np.quantile(runs, [(2 * n + 1) / (2 * count) for n in range(count)])
    middle = (len(runs) - 1) / 2
    taken: list[int] = []
    for level in wanted:
        away = np.abs(runs - level)
        for place in taken:
            away[max(0, place - LENGTH + 1) : place + LENGTH] = np.inf
        order = np.lexsort((np.abs(np.arange(len(runs)) - middle), away.round(6)))
        taken.append(int(order[0]))
    return taken
