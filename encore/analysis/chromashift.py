"""How far does a field's chroma lie beside its luma, across and down?"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.look import Look
from encore.core.video import CHROMA_STEPS, Chroma, Plane, Siting

LAGS = 5
"""Chroma samples to either side that are compared."""
ROW = 2 * LAGS + 2
"""Likeness at every lag, and the number of places that it was measured at."""
_SMOOTH = 1.5
"""Sigma of the slopes that are compared, chroma samples: aliasing and noise go, the peak keeps two samples' width."""
_BLOCKS = {False: (10, 3), True: (16, 8)}
"""Chroma samples along and beside the direction of the shift in which luma and chroma keep their proportion, across and
down: of those tried from 24x8 to 10x3, the ones with the least error on 20 scenes."""
_SLOPE = (1.2, 0.8)
"""Codes per chroma sample, root mean square over a block, of luma and chroma that say something."""
_ALIKE = 0.5
"""Squared correlation that luma and chroma of a block must reach at some lag."""
_RESIDUE = 1.03
"""One, and the share of a block's energy that noise explains at least, however alike luma and chroma are."""
FEWEST = 8
"""Places below which nothing is said."""
_PRONOUNCED = {False: 0.7, True: 1.1}
"""How far the mean log likelihood must fall within two lags to either side, both together, for its peak to be told,
across and down: the mean error was 0.7 samples below it and 0.2 above, 1.4 lines below and 0.4 above."""


def on_chroma(field: Plane, chroma: Chroma, siting: Siting) -> Plane:
    """Luma of a top field where its chroma samples lie.

    Args:
        field: (H, W) codes of the even lines.
        chroma: format of the tape.
        siting: where chroma lies.
    """
    across, down = CHROMA_STEPS[chroma]
    if across > 1:
        middle = siting == "center"
        taps = np.ones(across) if middle else np.convolve(np.ones(across), np.ones(across))
        anchor = ((across - 1) // 2 if middle else across - 1, 0)
        kernel = (taps / taps.sum()).astype(np.float32)[None]
        start = (across - 1) // 2 if middle else 0
        field = cv2.filter2D(field, cv2.CV_32F, kernel, anchor=anchor, borderType=cv2.BORDER_REPLICATE)[
            :, start::across
        ]
    if down == 1:
        return field
    first, second = field[0::2], field[1::2]
    second = second if len(second) == len(first) else np.concatenate([second, first[-1:]])
    # a top field's chroma line lies a quarter of a field line below the first of its two luma lines
    share = np.float32(1.0 if siting == "topleft" else 0.75)
    return first * share + second * (1 - share)


def likeness(luma: Plane, look: Look, *, down: bool) -> NDArray[np.float32] | None:
    """How alike luma and chroma of a top field are, at lags of chroma samples to the right or down.

    Args:
        luma: from `on_chroma`.
        look: with chroma.
        down: along columns instead of lines.

    Returns:
        `ROW` numbers that add up over frames; None where luma and chroma have no edges in common.
    """
    assert look.chroma is not None
    planes = [luma, *(plane[0::2][: len(luma), : luma.shape[1]] for plane in look.chroma)]
    if min(planes[1].shape) < 4 * LAGS or planes[1].shape != luma.shape:
        return None
    if down:
        planes = [np.ascontiguousarray(plane.T) for plane in planes]
    slopes = [_slope(plane) for plane in planes]
    total = np.zeros(ROW, np.float32)
    for slope in slopes[1:]:
        total += _alike(slopes[0], slope, _BLOCKS[down])
    return total if total[-1] else None


def shift(rows: NDArray[np.float32], *, down: bool) -> float | None:
    """Chroma samples that chroma lies later than luma, from summed or single rows; None where too little is known."""
    row = np.nansum(rows.reshape(-1, ROW).astype(np.float64), 0)
    if row[-1] < FEWEST:
        return None
    curve = row[:-1] / row[-1]
    peak = int(np.argmax(curve))
    if peak in (0, 2 * LAGS):
        return None
    beside = curve[max(0, peak - 2)] + curve[min(2 * LAGS, peak + 2)]
    if 2 * curve[peak] - beside < _PRONOUNCED[down]:
        return None
    before, at, after = curve[peak - 1 : peak + 2]
    return peak - LAGS + float((after - before) / (2 * (2 * at - before - after) + 1e-12))


def _slope(plane: Plane) -> Plane:
    at = np.arange(-5, 6, dtype=np.float64)
    kernel = at * np.exp(-(at**2) / (2 * _SMOOTH**2))
    rise = (kernel / (kernel * at).sum()).astype(np.float32)
    return cv2.sepFilter2D(plane, cv2.CV_32F, rise, np.array([0.25, 0.5, 0.25], np.float32))


def _alike(luma: Plane, chroma: Plane, block: tuple[int, int]) -> NDArray[np.float32]:
    """Log likelihood of proportional slopes by lag, summed over the blocks where it is high, and how many those are."""
    height, width = luma.shape
    size = (max(1, (width - 2 * LAGS) // block[0]), max(1, height // block[1]))

    def blocks(plane: NDArray[Any]) -> Plane:
        return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)

    fixed = luma[:, LAGS : width - LAGS]
    energy = blocks(fixed * fixed)
    squares = chroma * chroma
    found = np.zeros((2 * LAGS + 1, *energy.shape), np.float32)
    strong = energy > _SLOPE[0] ** 2
    for lag in range(2 * LAGS + 1):
        part = slice(lag, lag + width - 2 * LAGS)
        other = blocks(squares[:, part])
        found[lag] = blocks(fixed * chroma[:, part]) ** 2 / (energy * other + 1e-6) * (other > _SLOPE[1] ** 2)
    best = found.argmax(0)
    good = strong & (found.max(0) > _ALIKE) & (best > 0) & (best < 2 * LAGS)
    return np.append(-np.log(_RESIDUE - np.minimum(found[:, good], 1)).sum(1), good.sum()).astype(np.float32)
