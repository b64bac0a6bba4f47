"""Places of a frame that the tape did not give: filled within their field, so that nothing else sees garbage."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from encore.core.findings import FieldOrder
from encore.core.time import Span
from encore.core.video import CHROMA_STEPS, Chroma, Patch, Plane
from encore.media.decode import Raw


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
    """The frame with those places filled from the lines of the same field above and below them."""
    if not places:
        return frame
    planes = [plane.copy() for plane in frame.planes]
    steps = [(1, 1)] + [(1, 1) if frame.rgb else CHROMA_STEPS[chroma]] * (len(planes) - 1)
    for plane, (across, down) in zip(planes, steps, strict=True):
        for left, top, right, bottom in places:
            box = left // across, top // down, -(-right // across), max(top // down + 1, -(-bottom // down))
            for parity in (0, 1):
                _fill(plane[parity::2], box, parity)
    return Raw(tuple(planes), frame.depth, frame.rgb, frame.quantiser)


def _fill(field: Plane, box: tuple[int, int, int, int], parity: int) -> None:
    """A straight line from the field's line above the place to the one below, sample by sample across."""
    left, right = box[0], box[2]
    top, bottom = (box[1] - parity + 1) // 2, (box[3] - parity + 1) // 2
    if bottom <= top:
        return
    height = len(field)
    above = field[top - 1, left:right] if top > 0 else None
    below = field[bottom, left:right] if bottom < height else None
    if above is None and below is None:
        return
    above, below = (below if above is None else above), (above if below is None else below)
    assert above is not None and below is not None
    share = (np.arange(1, bottom - top + 1, dtype=np.float32) / (bottom - top + 1))[:, None]
    field[top:bottom, left:right] = np.rint(above + (below.astype(np.float32) - above) * share).astype(field.dtype)
