"""Tiles: a picture through a network in overlapping parts, with exactly the result of the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil

import numpy as np

from encore.core.video import Plane
from encore.inference.card import ModelCard

LARGEST = (576, 720)
"""Lines and samples that go through a network at once: a picture of a tape. A smaller part is not faster per sample and
pays for its overlap (docs/decisions/0018-inference.md); a larger one only takes more memory."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How one axis is covered by parts of equal size.

    Parts at an end of the picture touch it, so that a network's zero padding lies where it lies for the whole picture.
    What a part knows nothing of its surroundings within the radius is dropped.
    """

    size: int
    """Samples of every part."""
    starts: tuple[int, ...]
    """Where the parts begin."""
    kept: tuple[tuple[int, int], ...]
    """Samples of the picture, half-open, that are taken from each part."""


def cut(length: int, largest: int, radius: int | None, multiple_of: int = 1) -> Cut:
    """Cover an axis with as few parts as the limit allows.

    Args:
        length: samples of the axis, a multiple of `multiple_of`.
        largest: samples that a part may have.
        radius: samples around a place that decide it; None: unknown, so the axis stays whole.
        multiple_of: parts begin at multiples of this and their size is one.

    Returns:
        One part where the axis fits, or where overlaps would be more than half of every part.
    """
    margin = _up(radius or 0, multiple_of)
    fits = largest // multiple_of * multiple_of
    if radius is None or length <= largest or 4 * margin >= fits:
        return Cut(length, (0,), ((0, length),))
    parts = ceil((length - 2 * margin) / (fits - 2 * margin))
    size = _up(ceil((length - 2 * margin) / parts), multiple_of) + 2 * margin
    step = size - 2 * margin
    starts = tuple(min(part * step, length - size) for part in range(parts))
    seams = (0, *(start + size - margin for start in starts[:-1]), length)
    return Cut(size, starts, tuple(pairwise(seams)))


def tiled(run: Callable[[Plane], Plane], planes: Plane, card: ModelCard, largest: tuple[int, int] = LARGEST) -> Plane:
    """Pictures through a network, one after the other and in parts where they are large.

    Args:
        run: (1, C, h, w) to (1, c, r h, r w), r the ratio; it may reuse the memory of its result.
        planes: (N, C, H, W) float32.
        card: radius, ratio, channels and needs of the network.
        largest: lines and samples that may go through at once.

    Returns:
        (N, c, r H, r W) float32, rounded up.
    """
    height, width = planes.shape[2:]
    ratio = card.ratio
    fed = _fitted(planes, card)
    down = cut(fed.shape[2], largest[0], card.radius, card.multiple_of)
    across = cut(fed.shape[3], largest[1], card.radius, card.multiple_of)
    made = np.empty((len(fed), card.outputs, ceil(fed.shape[2] * ratio), ceil(fed.shape[3] * ratio)), np.float32)
    for picture, into in zip(fed, made, strict=True):
        for top, (y0, y1) in zip(down.starts, down.kept, strict=True):
            for left, (x0, x1) in zip(across.starts, across.kept, strict=True):
                part = picture[None, :, top : top + down.size, left : left + across.size]
                got = run(np.ascontiguousarray(part))[0]
                rows, columns = _scaled(y0 - top, y1 - top, ratio), _scaled(x0 - left, x1 - left, ratio)
                into[:, _scaled(y0, y1, ratio), _scaled(x0, x1, ratio)] = got[:, rows, columns]
    return np.ascontiguousarray(made[:, :, : ceil(height * ratio), : ceil(width * ratio)])


def _fitted(planes: Plane, card: ModelCard) -> Plane:
    """Pictures mirrored beyond their lower and right edge as far as the network needs."""
    height, width = planes.shape[2:]
    below = _up(max(height, card.minimum), card.multiple_of) - height
    right = _up(max(width, card.minimum), card.multiple_of) - width
    if not below and not right:
        return planes
    return np.pad(planes, ((0, 0), (0, 0), (0, below), (0, right)), mode="symmetric")


def _scaled(start: int, stop: int, ratio: Fraction) -> slice:
    """Places of what comes out; whole, since seams are multiples of what sizes must be multiples of."""
    return slice(int(start * ratio), int(stop * ratio))


def _up(length: int, multiple_of: int) -> int:
    return -(-length // multiple_of) * multiple_of
