"""Which runs of samples that leave the range of their neighbours are pieces of lines that a tape lost?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.look import Codes
from encore.analysis.standing import Prepared, opened

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_FLAT = 3
"""Samples by which a piece must be longer for every further line lost beside it: dropouts are flat, glints round."""
_MOSTLY, _PARTLY = 0.6, 0.5
"""Share of a run that must be lost where it stands alone, and where it goes on from a piece known to be lost."""
_BESIDE = 0.5
"""Share of a run that must lie beside a piece known to be lost, to be lost with it."""
_ROUNDS = 2
"""Lines that a loss may grow to either side: three are lost at most."""
_REACH, _FAR = (2, 16), (4, 24)
"""Field lines and samples that a thing may move from one field to the next; short things may move farther."""
_SHORT, _LONG = 32, 16
"""Samples up to which a thing is short, and from which it is thought to move across a quarter as fast."""
_SEEN_AGAIN = 0.7
"""Share of its own contrast with which it is then seen again (benchmark's kind of material, seeds 1-2)."""
_END = (4, 12)
"""Luma samples beyond the end of a piece at which its continuation is looked for, and how many."""
_CONTINUED = 0.5
"""Share of its own contrast with which a slanted thing goes on, a line or two higher or lower, where a piece ends
(strings on the benchmark's seeds 1-2: 0.3-1.3; dropouts: 0.0-0.4)."""


def long_runs(strength: Codes, shortest: int, gap: int) -> tuple[Numbers, Mask]:
    """Runs of lost (1) and surely lost (2) samples, gaps closed.

    Args:
        strength: (lines, W).
        shortest: samples of the shortest run.
        gap: samples of a gap that is closed; odd.

    Returns:
        (n, 3) line, left, right; and which of them are surely lost somewhere, mostly lost, and flat.
    """
    lost = np.minimum(strength, np.uint8(1))
    mask = cv2.morphologyEx(lost, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
    mask = opened(cast(Codes, mask), shortest)
    wide = mask.shape[1]
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    line, left, right = starts // (wide + 1), starts % (wide + 1), stops % (wide + 1)
    long = right - left
    some = _sums(lost, line, left, right)
    sure = _sums(strength, line, left, right) - some
    tall = np.ones(len(line), np.int64)
    for by in (-3, -2, -1, 1, 2, 3):
        beside = np.clip(line + by, 0, len(mask) - 1)
        tall += 2 * _sums(lost, beside, left, right) > long
    runs = np.stack([line, left, right], 1)
    strong = (sure >= shortest // 2) & (some >= _MOSTLY * long) & (long >= shortest + _FLAT * (tall - 1))
    keep = strong | (some >= _PARTLY * long)
    return runs[keep], strong[keep]


def grown(runs: Numbers, kept: Mask, shape: tuple[int, int], gap: int) -> Mask:
    """Which runs are kept when those beside a kept one, or going on from it, are kept too.

    Args:
        runs: (n, 3) line, left, right.
        kept: which of them are known to be lost.
        shape: of the field.
        gap: samples after which a run may go on.
    """
    if not kept.any() or kept.all():
        return kept
    line, left, right = runs.T
    for _ in range(_ROUNDS):
        known = np.zeros(shape, np.uint8)
        for y, start, stop in runs[kept]:
            known[y, start:stop] = 1
        around = cast(Codes, cv2.dilate(known, np.ones((3, 1), np.uint8)))
        ahead = cast(Codes, cv2.dilate(known, np.ones((1, 2 * gap + 1), np.uint8)))
        beside = _sums(around, line, left, right) >= _BESIDE * (right - left)
        kept = kept | beside | (_sums(ahead, line, left, right) > 0)
    return kept


def continued(runs: Numbers, thin: Codes, chroma: bool) -> Mask:
    """Which runs go on a line or two higher or lower where they end, as slanted things do and dropouts never.

    Args:
        runs: (n, 3) line, left, right.
        thin: what stands out of the lines above and below.
        chroma: whether these are samples of a chroma plane.
    """
    line, left, right = runs.T
    skip, many = (one // 2 if chroma else one for one in _END)
    high, wide = thin.shape
    total = cv2.integral(thin)

    def mean(y: Numbers, start: Numbers, stop: Numbers) -> NDArray[np.float64]:
        y, start, stop = np.clip(y, 0, high - 1), np.clip(start, 0, wide), np.clip(stop, 0, wide)
        sums = total[y + 1, stop] - total[y + 1, start] - total[y, stop] + total[y, start]
        return sums / np.maximum(stop - start, 1)

    own = np.maximum(mean(line, left, right), 1)
    beyond = np.zeros(len(runs))
    outside = (left - skip - many, left - skip), (right + skip, right + skip + many)
    inside = (
        (left + skip, np.maximum(np.minimum(right, left + skip + many), left + skip)),
        (np.minimum(np.maximum(left, right - skip - many), right - skip), right - skip),
    )
    for by in (-2, -1, 1, 2):
        for out, within in zip(outside, inside, strict=True):
            here = np.maximum(mean(line, *out), mean(line + by, *within))
            beyond = np.maximum(beyond, mean(line + by, *out) - here)
    return beyond > _CONTINUED * own


def seen_again(runs: Numbers, where: tuple[int, int, int], around: Sequence[Prepared | None]) -> Mask:
    """Which runs show, with much of their contrast, in a field just before or after too.

    Args:
        runs: (n, 3) line, left, right.
        where: plane, field and side they were found in.
        around: the frame before, this one, and the one after.
    """
    line, left, right = runs.T
    plane, parity, turned = where
    now = around[1]
    assert now is not None
    short = right - left < (_SHORT // 2 if plane else _SHORT)
    own = _sums(now[plane][parity][turned].thin, line, left, right)
    best = np.zeros(len(runs), np.int64)
    for which, (down, across) in ((short, _FAR), (~short, _REACH)):
        if not which.any():
            continue
        dy, dx = np.mgrid[-down : down + 1, -across : across + 1].reshape(2, -1, 1)
        some = line[which], left[which], right[which]
        dx = np.where(some[2] - some[1] < _LONG, dx, dx // 4)
        for frame in around:
            if frame is not None:
                thin = frame[plane][1 - parity][turned].thin
                ends = (np.clip(end + dx, 0, thin.shape[1]) for end in some[1:])
                seen = _sums(thin, np.clip(some[0] + dy, 0, thin.shape[0] - 1), *ends)
                best[which] = np.maximum(best[which], seen.max(axis=0))
    return best > _SEEN_AGAIN * own


def _sums(image: Codes, line: Numbers, left: Numbers, right: Numbers) -> Numbers:
    """Sums over pieces of lines."""
    total = cv2.integral(image)
    return (total[line + 1, right] - total[line + 1, left] - total[line, right] + total[line, left]).astype(np.int64)
