"""Which frames came damaged out of the decoder: macroblocks lost, displaced or from another time, half pictures?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.look import Flow, Image, Look
from encore.analysis.macroblocks import (
    SIDE,
    Blocks,
    Mask,
    boxes,
    clustered,
    difference,
    grown,
    lost,
    means,
    sharp_sides,
    smeared,
    unlike,
)
from encore.analysis.part import Parts
from encore.analysis.question import Column, Question, Rows, ShotFrames, Tape
from encore.core.findings import Analysis, Fault, FaultKind, Mark
from encore.core.time import Span

LEAST_SHARE = 0.008
"""Share of the picture's macroblocks from which a frame counts as corrupt: eleven of an NTSC frame. Undamaged stage
recordings reach 0.007."""
_SURE_SHARE = 0.05
"""Share of macroblocks from which there is no doubt."""
HALF_ROWS, HALF_WIDTH = 0.25, 0.6
"""Share of the picture's height, from the bottom up, and of the width of its rows, that half pictures lack at least."""
MEMORY = 40
"""Frames that a damaged block is followed while its sides stay sharp; less than the context of a part."""
_SIDES_KEPT, _SIDES_ALONE = 2, 3
"""Sharp sides of a block that stays damaged, and is damaged without damaged neighbours."""
_SPREADS, _AS_BEFORE = 0.02, 4.0
"""Share of macroblocks from which damage is followed into the pictures that are built on it; a block that differs from
the damaged one before by no more codes than this is still damaged."""
_STILL, _MOVED = 0.02, 1.5
"""Mean change of rows of blocks that repeat the frame before, and of rows that move, codes."""
_FROZEN_ROWS = 4
"""Rows of macroblocks that a frozen lower part has at least."""


class _Seen:
    """What is kept of a frame until the next one has come."""

    def __init__(self, now: Look, grid: Flow) -> None:
        self.look = now
        self.sharp = sharp_sides(now.half)
        self.gone = _gone(now)
        self.age = np.zeros(self.sharp.shape, np.int32)
        before, flow = now.previous, now.flow_back
        self.back = difference(now.half, before.half, flow, grid) if before is not None and flow is not None else None
        self.change = None if before is None else _change(now, before)


class CorruptQuestion(Question):
    """Looks at blocks of 16x16 on the decoder's grid, through the half-size top field."""

    name = "corrupt"
    after = 1
    columns = (
        Column("share", "share of the picture's macroblocks that are damaged"),
        Column("half", "1: the lower part of the picture is missing"),
    )

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        self._grid: Flow | None = None
        self._before: _Seen | None = None
        self._last: _Seen | None = None
        self._marks: list[Mark] = []

    def observe(self, now: Look) -> None:
        """See the next tape frame."""
        high, wide = now.half.shape
        if min(high, wide) < SIDE:
            return
        if self._grid is None:
            self._grid = np.ascontiguousarray(np.mgrid[:high, :wide][::-1].transpose(1, 2, 0), np.float32)
        seen = _Seen(now, self._grid)
        if self._last is not None:
            flow = now.flow_on
            old = self._last.look.half
            ahead = difference(old, now.half, flow, self._grid) if flow is not None else None
            self._settle(self._last, ahead, seen)
        self._before, self._last = self._last, seen

    def finish(self) -> None:
        """Settle the last frame, of which nothing comes after."""
        if self._last is not None:
            self._settle(self._last, None, None)

    def marks(self) -> Sequence[Mark]:
        """Runs of damaged macroblocks."""
        return self._marks

    @classmethod
    def over_tape(cls, parts: Parts, analysis: Analysis, shots: Sequence[ShotFrames]) -> Mapping[str, object]:
        """Runs of damaged frames join the faults of the tape."""
        del shots
        found = [*analysis.faults, *faults_in(parts.rows("corrupt"))]
        return {"faults": tuple(sorted(found, key=lambda fault: (fault.span.start, fault.span.stop)))}

    def _settle(self, seen: _Seen, ahead: Blocks | None, after: _Seen | None) -> None:
        """Decide about a frame, once its neighbours are known."""
        before = self._before
        found = seen.gone.copy()
        if seen.back is not None and before is not None:
            other = unlike(seen.back)
            if ahead is not None:
                found |= other & unlike(ahead) & (seen.sharp >= 1)
            found |= grown(other, seen.sharp.astype(np.int16) - before.sharp)
            known = (before.age > 0) & (before.age < MEMORY)
            found |= known & (seen.sharp >= _SIDES_KEPT)
            held = known & (seen.back < _AS_BEFORE)
            if held.mean() >= _SPREADS:
                found |= held
        frozen = _frozen(before, seen, after)
        found = clustered(found, seen.sharp >= _SIDES_ALONE)
        seen.age[found] = 1 if before is None else before.age[found] + 1
        found[len(found) - frozen :] = True
        share = float(found.mean()) if found.size else 0.0
        half = frozen > 0 or _is_half(found)
        self.note(seen.look.number, share=share, half=float(half))
        if share >= LEAST_SHARE:
            self._marks.extend(Mark(seen.look.number, "macroblock", *box) for box in boxes(found))


def _gone(now: Look) -> Mask:
    """Blocks that show no picture at all."""
    half = now.half
    across = means(cv2.absdiff(half, np.roll(half, -1, axis=1)))
    down = means(cv2.absdiff(half, np.vstack([half[1:], half[-1:]])))
    luma = means(half)
    rows, columns = luma.shape
    planes = [luma]
    if now.chroma is not None:
        planes += [_fitted(plane, now, (columns, rows)) for plane in now.chroma]
    return lost(planes, across + down) | smeared(across, down)


def _fitted(plane: Image, now: Look, size: tuple[int, int]) -> Blocks:
    """Block means of a chroma plane of any subsampling."""
    height, width = now.planes[0].shape
    kept = plane[: plane.shape[0] * size[1] * 16 // height, : plane.shape[1] * size[0] * 16 // width]
    return np.asarray(cv2.resize(kept, size, interpolation=cv2.INTER_AREA), np.float32)


def _change(now: Look, before: Look) -> NDArray[np.float32]:
    """Mean change of each row of blocks since the frame before, codes."""
    return means(cv2.absdiff(now.half, before.half)).mean(axis=1)


def _frozen(before: _Seen | None, seen: _Seen, after: _Seen | None) -> int:
    """Rows of blocks at the bottom that repeat the frame before, while they move before and after and all else does."""
    if before is None or after is None or before.change is None or seen.change is None or after.change is None:
        return 0
    still = seen.change < _STILL
    rows = len(still) if still.all() else int(np.argmin(still[::-1]))
    if not _FROZEN_ROWS <= rows < len(still):
        return 0
    moved = all(float(one.change[-rows:].mean()) > _MOVED for one in (before, after) if one.change is not None)
    return rows if moved and float(seen.change[:-rows].mean()) > _MOVED else 0


def _is_half(found: Mask) -> bool:
    """Whether the lower part of a picture is damaged over most of its width."""
    wide = found.mean(axis=1) >= HALF_WIDTH
    rows = len(wide) if wide.all() else int(np.argmin(wide[::-1]))
    return len(wide) > 0 and rows >= HALF_ROWS * len(wide)


def faults_in(rows: Rows) -> list[Fault]:
    """Runs of damaged frames; half pictures of their own kind, all to be rebuilt from their neighbours.

    Args:
        rows: of this question, over the whole tape.
    """
    bad = rows["share"] >= LEAST_SHARE
    kinds = np.where(bad, np.where(rows["half"] > 0, 2, 1), 0)
    turns = np.flatnonzero(np.diff(kinds, prepend=0, append=0))
    found: list[Fault] = []
    for start, stop in pairwise(turns):
        if kinds[start]:
            kind: FaultKind = "half picture" if kinds[start] == 2 else "corrupt"
            share = float(rows["share"][start:stop].max())
            score = min(1.0, 0.5 + share / (2 * _SURE_SHARE))
            span = Span(start=int(start), stop=int(stop))
            found.append(Fault(kind=kind, span=span, score=score, repair="rebuild"))
    return found
