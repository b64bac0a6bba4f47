"""Pictures from fields without motion: each field with what FFmpeg's bwdif makes of its missing lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from encore.core.findings import FieldOrder
from encore.core.time import Span
from encore.core.video import Plane
from encore.media.bwdif import CONTEXT_FRAMES, bwdif
from encore.media.decode import Raw
from encore.tape.deinterlace import field_parity, own_fields

BATCH_FRAMES = 6
"""Frames given to bwdif at once, besides its context of four: a third of its work is context."""
BWDIF_TICKS = 2 * CONTEXT_FRAMES - 1
"""Fields on each side that can influence a picture of bwdif, counted in ticks."""


@dataclass(frozen=True, slots=True)
class FieldPicture:
    """A field and a first guess at its missing lines; float32 in 8-bit codes."""

    y: Plane
    """(H, W)."""
    c: Plane | None
    """(h, w, 2) Cb and Cr, their lines of the same parity true; None for grey tapes."""
    parity: int
    """0: the even lines are true, 1: the odd ones."""


def field_pictures(
    frame: Callable[[int], Raw], ticks: Span, shot: Span, chroma: str, order: FieldOrder, lost: frozenset[int]
) -> list[FieldPicture]:
    """One per tick of `ticks`, its missing lines by bwdif.

    Args:
        frame: gives tape frame k, woven; not R'G'B'.
        ticks: which fields to make pictures of.
        shot: ticks of the shot they lie in; fields beyond it are never looked at.
        chroma: subsampling of the frames.
        order: which field of a frame is first.
        lost: ticks whose fields are not to be believed; pictures near them are made of their own field, by a cubic.
    """
    first = max(ticks.start // 2 - CONTEXT_FRAMES, shot.start // 2)
    last = min((ticks.stop - 1) // 2 + CONTEXT_FRAMES, (shot.stop - 1) // 2)
    frames = [_deep(own_fields(frame(k), k, shot, order)) for k in range(first, last + 1)]
    made = bwdif(frames, chroma, order)
    return [
        _picture(made[t - 2 * first], field_parity(t, order), _alone(t, lost)) for t in range(ticks.start, ticks.stop)
    ]


def _alone(tick: int, lost: frozenset[int]) -> bool:
    return any(t in lost for t in range(tick - BWDIF_TICKS, tick + BWDIF_TICKS + 1)) if lost else False


def _deep(frame: Raw) -> Raw:
    """With 16 bits, so that bwdif rounds far below a code of the tape."""
    if frame.depth == 16:
        return frame
    steps = 16 - frame.depth
    return Raw(tuple(plane.astype(np.uint16) << steps for plane in frame.planes), 16, frame.rgb)


def _picture(made: Raw, parity: int, alone: bool) -> FieldPicture:
    planes = [plane.astype(np.float32) * np.float32(1 / 256) for plane in made.planes]
    for plane in planes if alone else ():
        missing = plane[1 - parity :: 2]
        missing[:] = cubic_lines(plane[parity::2], parity, len(missing))
    return FieldPicture(planes[0], np.dstack(planes[1:]) if len(planes) == 3 else None, parity)


def cubic_lines(field: Plane, parity: int, count: int) -> Plane:
    """The `count` lines between those of a field (h, W) by Catmull and Rom's cubic; beyond the edge it is repeated."""
    padded = np.vstack([field[:1], field[:1], field, field[-1:], field[-1:], field[-1:]])
    # the missing line before field line i is made of i - 2 to i + 1; with an even parity the first one follows line 0
    first = 1 - parity
    taps = [padded[first + n : first + n + count] for n in range(4)]
    return (9 * (taps[1] + taps[2]) - taps[0] - taps[3]) * np.float32(1 / 16)
