"""Where does a tape show noise without a picture, as between two recordings?"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.look import Look

Image = NDArray[np.float32]

_BLOCKS = (4, 15)
"""Blocks across and down in which noise is told from picture."""
_STRONG = 12.0
"""Standard deviation, codes of the field at half width, from which noise hides a picture."""
_UNLIKE = 0.55
"""Correlation of neighbouring lines of a field, and of a place with where it was in the frame before, below which
there is no picture."""
_EVERY, _HINT = 4, 0.8
"""Every so many lines are tried first, for noise of that share of the strength."""
_WHOLE = 0.7
"""Share of a band's blocks that make it snow."""


def snow(now: Look) -> NDArray[np.bool_]:
    """Bands of the frame, top to bottom, that are snow; all False where there is no frame before."""
    none = np.zeros(_BLOCKS[1], np.bool_)
    if now.previous is None:
        return none
    some = _rough(now.half[::_EVERY])
    if not _bands(_mean(some * some) > (_HINT * _STRONG) ** 2).any():
        return none
    here = _rough(now.half)
    power = _mean(here * here)
    strong = power > _STRONG**2
    if not _bands(strong).any():
        return none
    down = _mean(here[1:] * here[:-1]) / np.maximum(power, 1)
    loose = strong & (down < _UNLIKE)
    flow = now.flow_back
    if flow is None or not _bands(loose).any():
        return none
    before = _rough(now.previous.half)
    high, wide = here.shape
    x, y = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(high, dtype=np.float32))
    moved = cv2.remap(before, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    other = _mean(cast(Image, moved * moved))
    again = _mean(here * moved) / np.sqrt(np.maximum(power * other, 1))
    return _bands(loose & (again < _UNLIKE))


def _rough(half: NDArray[np.uint8]) -> Image:
    """Less its slow course across."""
    codes = half.astype(np.float32)
    return cast(Image, codes - cv2.blur(codes, (31, 1)))


def _mean(image: Image) -> Image:
    return cast(Image, cv2.resize(image, _BLOCKS, interpolation=cv2.INTER_AREA))


def _bands(blocks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(blocks.mean(axis=1) >= _WHOLE)
