"""Places of a frame that the tape did not give: filled within their field, so that nothing else sees garbage."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from encore.core.findings import FieldOrder
from encore.core.time import Span
from encore.core.video import CHROMA_STEPS, Chroma, Patch, Plane
from encore.media.decode import Raw

TALLEST = 8
"""Lines of a field that are filled at most: one row of macroblocks. What is drawn over more lines is 20 dB off on the
test clips; there the decoder's own concealment stays, until pictures are rebuilt."""


def places_of(torn: Mapping[int, tuple[Patch, ...]], ticks: Span, order: FieldOrder | None) -> tuple[Patch, ...]:
    """The torn places of a picture.

    Args:
        torn: by tape frame, in lines of the woven frame.
        ticks: fields of which the picture is made.
        order: set where the picture is made of a single field; places without a line of it are left out.
    """
    frames = sorted({tick // 2 for tick in range(ticks.start, ticks.stop)} & set(torn))
    found = [place for frame in frames for place in torn[frame]]
    if order is not None:
        parity = ticks.start % 2 if order == "tff" else 1 - ticks.start % 2
        found = [p for p in found if p[3] - p[1] > 1 or p[1] % 2 == parity]
    return tuple(found)


def patched(frame: Raw, places: tuple[Patch, ...], chroma: Chroma) -> Raw:
    """The frame with those places filled from the intact lines of the same field above and below them."""
    if not places:
        return frame
    planes = [plane.copy() for plane in frame.planes]
    steps = [(1, 1)] + [(1, 1) if frame.rgb else CHROMA_STEPS[chroma]] * (len(planes) - 1)
    for plane, (across, down) in zip(planes, steps, strict=True):
        torn = np.zeros(plane.shape, np.bool_)
        for left, top, right, bottom in places:
            torn[top // down : max(top // down + 1, -(-bottom // down)), left // across : -(-right // across)] = True
        for parity in (0, 1):
            if torn[parity::2].any():
                _fill(plane[parity::2], torn[parity::2], TALLEST // down)
    return Raw(tuple(planes), frame.depth, frame.rgb, frame.quantiser)


def _fill(field: Plane, torn: NDArray[np.bool_], tallest: int) -> None:
    """A straight line from the intact line above a torn sample to the one below; at the edge, the one there is."""
    height = len(field)
    lines = np.arange(height)[:, None]
    above = np.maximum.accumulate(np.where(torn, -1, lines), axis=0)
    below = np.minimum.accumulate(np.where(torn, height, lines)[::-1], axis=0)[::-1]
    fillable = torn & (below - above - 1 <= tallest) & ((above >= 0) | (below < height))
    line, column = np.nonzero(fillable)
    first, last = above[line, column], below[line, column]
    share = np.where(first < 0, 1.0, np.where(last >= height, 0.0, (line - first) / (last - first)))
    one, other = (field[np.clip(at, 0, height - 1), column].astype(np.float64) for at in (first, last))
    field[line, column] = np.rint(one + (other - one) * share).astype(field.dtype)
