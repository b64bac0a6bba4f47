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
_TALL = 5
"""Field lines: nothing as high is a dropout. Three are lost at most, coding smears them over one more."""
_TILE = (8, 16)
"""Field lines and samples of luma over which local light is averaged; half of both in chroma."""
_BESIDE = (3, 1)
"""Field lines and samples over which the range of a neighbour is taken."""
_RIM = 1
"""Field lines at the top where nothing is judged: half lines and data of the broadcast flicker there."""
SHORTEST, SHORTEST_CHROMA = 10, 6
"""Luma and chroma samples: shorter pieces are picture (vhs-decode asks for 10, of smaller samples)."""


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


def standing_out(side: Side, chroma: bool) -> Codes | None:
    """1 where a line stands out of those around it; None where none surely does."""
    if side.thin.max() <= _SURE:
        return None
    row = np.ones((1, (SHORTEST_CHROMA if chroma else SHORTEST) - 2), np.uint8)
    mask = cv2.threshold(side.thin, _THIN, 1, cv2.THRESH_BINARY)[1]
    mask = cast(Codes, cv2.morphologyEx(mask, cv2.MORPH_OPEN, row))
    mask[:_RIM] = 0
    return mask


def surely(thin: Codes) -> Codes:
    """1 where a lost piece would stand out as much as it must somewhere."""
    return cast(Codes, cv2.threshold(np.ascontiguousarray(thin), _SURE, 1, cv2.THRESH_BINARY)[1])


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
