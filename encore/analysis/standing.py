"""What stands out of the lines above and below it in a field, towards white and towards black?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.look import Codes, Image, Look

_THIN = 6
"""8-bit codes by which it must stand out of the lines above and below."""
_SURE = 12
"""The same where it is surely lost."""
_COARSE = 4, 2
"""Every so many samples of a line of luma and of chroma are tried before all of it is."""
_TALL = 7
"""Field lines: nothing as high is a dropout. Three are lost at most; coding smears them over one or two to either side
(recall on the benchmark's kind of material, seeds 1-2: 0.5 % more than with 5)."""
_TILE = (8, 16)
"""Field lines and samples of luma over which local light is averaged; half of both in chroma."""
_BESIDE = (3, 1)
"""Field lines and samples over which the range of a neighbour is taken."""
_RIM = 1
"""Field lines at the top where nothing is judged: half lines and data of the broadcast flicker there."""
SHORTEST, SHORTEST_CHROMA = 10, 6
"""Luma and chroma samples: shorter pieces are picture (vhs-decode asks for 10, of smaller samples)."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A field as seen when looking for what is too bright; turned over, for what is too dark."""

    smooth: Codes
    """Averaged a little across."""
    thin: Codes
    """What stands out of the lines above and below."""
    most: Codes
    """Largest of the neighbourhood."""
    light: Image
    """Local mean without what stands out."""


Field = tuple[Side, Side]
Prepared = tuple[tuple[Field, ...], ...]
"""Planes, fields (top, bottom), sides (bright, dark)."""


def prepared(look: Look) -> Prepared:
    """All fields of a frame."""
    planes = [_codes(plane, look.depth) for plane in look.planes]
    return tuple((_field(plane[0::2], bool(n)), _field(plane[1::2], bool(n))) for n, plane in enumerate(planes))


def candidates(side: Side, chroma: bool) -> tuple[Numbers, Numbers]:
    """Lines and samples where something may surely be lost: on a few columns only, which no such piece can miss."""
    every = _COARSE[chroma]
    some = np.ascontiguousarray(side.thin[:, ::every])
    some[:_RIM] = 0
    sure = cv2.threshold(some, _SURE, 1, cv2.THRESH_BINARY)[1]
    if not cv2.countNonZero(sure):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    long = cv2.threshold(some, _THIN, 1, cv2.THRESH_BINARY)[1]
    long = opened(cast(Codes, long), _shortest(chroma) // every)
    y, x = places(cast(Codes, cv2.bitwise_and(long, sure)))
    return y, x * every


def standing_out(side: Side, chroma: bool, lines: Numbers) -> Codes:
    """1 where lines of a field stand out of those around them, in long enough runs."""
    mask = cv2.threshold(side.thin[lines], _THIN, 1, cv2.THRESH_BINARY)[1]
    mask = opened(cast(Codes, mask), _shortest(chroma))
    mask[lines < _RIM] = 0
    return mask


def opened(mask: Codes, wide: int) -> Codes:
    """A mask without runs of fewer samples than `wide`; OpenCV's own opening shifts where that is even."""
    row = np.ones((1, wide), np.uint8)
    return cast(Codes, cv2.dilate(cv2.erode(mask, row, anchor=(wide - 1, 0)), row, anchor=(0, 0)))


def places(mask: Codes) -> tuple[Numbers, Numbers]:
    """Lines and samples where a mask is set."""
    return np.divmod(np.flatnonzero(mask.view(np.bool_)), mask.shape[1])


def _shortest(chroma: bool) -> int:
    """Samples that stand out in the shortest piece: coding takes one at either end."""
    return (SHORTEST_CHROMA if chroma else SHORTEST) - 2


def _codes(plane: NDArray[Any], depth: int) -> Codes:
    return cast(Codes, plane if depth == 8 else cv2.convertScaleAbs(plane, alpha=2.0 ** (8 - depth)))


def _field(codes: Codes, chroma: bool) -> Field:
    smooth = cast(Codes, cv2.blur(codes, (3 if chroma else 5, 1)))
    column = np.ones((_TALL - int(chroma), 1), np.uint8)
    tile = [side // 2 for side in _TILE] if chroma else _TILE
    size = max(1, codes.shape[1] // tile[1]), max(1, codes.shape[0] // tile[0])
    sides: list[Side] = []
    light: Image | None = None
    for one in (smooth, 255 - smooth):
        calm = cv2.morphologyEx(one, cv2.MORPH_OPEN, column)
        if light is None:  # without bright and dark pieces alike: neither may change what light seems to be there
            both = cv2.morphologyEx(calm, cv2.MORPH_CLOSE, column)
            light = cast(Image, cv2.resize(both, size, interpolation=cv2.INTER_AREA).astype(np.float32))
        else:
            light = 255 - light
        most = cast(Codes, cv2.dilate(one, np.ones(_BESIDE, np.uint8)))
        sides.append(Side(one, cast(Codes, cv2.subtract(one, calm)), most, light))
    return sides[0], sides[1]
