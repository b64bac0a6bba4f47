"""Fields to progressive pictures at field rate, within one shot."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from encore.core.findings import FieldOrder
from encore.core.time import Span
from encore.core.video import Plane
from encore.media.bwdif import CONTEXT_FRAMES, bwdif
from encore.media.decode import Raw


def field_parity(tick: int, order: FieldOrder) -> int:
    """0 when the field at `tick` is a top field (even lines), 1 when it is a bottom field."""
    return tick % 2 if order == "tff" else 1 - tick % 2


def bob(frame: Raw, parity: int) -> Raw:
    """A picture from one field alone: its lines kept, each missing line the mean of its neighbours, rounded."""
    return Raw(tuple(_bob(plane, parity) for plane in frame.planes), frame.depth, frame.rgb)


def _bob(plane: Plane, parity: int) -> Plane:
    field = plane[parity::2].astype(np.uint32)
    if not len(field):
        return plane
    padded = np.vstack([field, field[-1:]] if parity == 0 else [field[:1], field, field[-1:]])
    missing = (padded[:-1] + padded[1:] + 1) // 2
    whole = plane.copy()
    lines = whole[1 - parity :: 2]
    lines[:] = missing[: len(lines)].astype(plane.dtype)
    return whole


def weave(top: Raw, bottom: Raw) -> Raw:
    """A frame of the even lines of one and the odd lines of another."""
    if top is bottom:
        return top

    def woven(a: Plane, b: Plane) -> Plane:
        made = a.copy()
        made[1::2] = b[1::2]
        return made

    return Raw(tuple(woven(a, b) for a, b in zip(top.planes, bottom.planes, strict=True)), top.depth, top.rgb)


def deinterlaced(frame: Callable[[int], Raw], ticks: Span, shot: Span, chroma: str, order: FieldOrder) -> list[Raw]:
    """One picture per tick of `ticks`.

    Args:
        frame: gives tape frame k, woven.
        ticks: which fields to make pictures of.
        shot: ticks of the shot they lie in; fields beyond it are never looked at.
        chroma: subsampling of the frames.
        order: which field of a frame is first.
    """
    first = max(ticks.start // 2 - CONTEXT_FRAMES, shot.start // 2)
    last = min((ticks.stop - 1) // 2 + CONTEXT_FRAMES, (shot.stop - 1) // 2)
    frames = [own_fields(frame(k), k, shot, order) for k in range(first, last + 1)]
    pictures = bwdif(frames, chroma, order)
    return [pictures[tick - 2 * first] for tick in range(ticks.start, ticks.stop)]


def own_fields(frame: Raw, number: int, shot: Span, order: FieldOrder) -> Raw:
    """The frame itself, or, where a cut runs through it, a frame made of this shot's field alone."""
    if 2 * number < shot.start:
        return bob(frame, field_parity(2 * number + 1, order))
    if 2 * number + 1 >= shot.stop:
        return bob(frame, field_parity(2 * number, order))
    return frame
