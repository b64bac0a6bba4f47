"""ScratchMeter: which upright lines stand still while the picture behind them moves?"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]

EVERY = 3
"""Tape frames between looks."""
_LOOKS, _FEWEST = 16, 6
"""Looks that are remembered (48 tape frames), and the fewest that tell."""
_BANDS = 12
"""Pieces of a column: a scratch runs through nearly all of them, stands and stage props through some."""
_BESIDE = 3
"""Samples to either side that must both be darker, or both brighter: scratches are 1-3 samples wide."""
_CLEAR = 2.0
"""8-bit codes by which the mean of a piece of a column must differ from both sides."""
_STEADY = 0.55
"""Share of the looks in which it must differ."""
_THROUGH = 0.75
"""Share of the bands that the line must run through."""
_MOVED = 0.6
"""Correlation of the picture beside a column with itself some looks before, below which it has moved on."""
_LAG = 4
"""Looks between the two."""
_TEXTURE = 2.0
"""8-bit codes: standard deviation of columns beside a scratch that lets movement be seen."""
_AROUND = 49
"""Columns that count as beside."""
_MOVED_BANDS = 0.15
"""Share of the bands in which the picture must have moved in at least a quarter of the looks."""
_RIM = 8
"""Columns at either side in which nothing is judged: where blanking ends."""
MOST = 4
"""Scratches told per look."""


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """One look."""

    bright: NDArray[np.bool_]
    dark: NDArray[np.bool_]
    """(bands, columns): stands out from both sides."""
    strength: Image
    texture: Image
    """The picture without thin upright lines and slow changes."""
    power: Image
    """Mean square of it beside a column."""
    moved: NDArray[np.bool_]


class ScratchMeter:
    """Finds scratches from fields given every few tape frames; remembers `_LOOKS` of them."""

    def __init__(self) -> None:
        self._seen: deque[_Seen] = deque(maxlen=_LOOKS)

    def add(self, field: NDArray[Any], depth: int = 8) -> NDArray[np.float32]:
        """Take a field.

        Args:
            field: (lines, W) unsigned samples or codes.
            depth: bits per sample; 8 for codes.

        Returns:
            Columns of the scratches seen now, at most `MOST`, strongest first.
        """
        profile = cv2.resize(field, (field.shape[1], _BANDS), interpolation=cv2.INTER_AREA).astype(np.float32)
        self._seen.append(self._look(cast(Image, profile * np.float32(2.0 ** (8 - depth)))))
        if len(self._seen) < _FEWEST:
            return np.zeros(0, np.float32)
        bright = np.mean([one.bright for one in self._seen], axis=0) >= _STEADY
        dark = np.mean([one.dark for one in self._seen], axis=0) >= _STEADY
        moved = np.mean([one.moved for one in self._seen], axis=0) >= 0.25
        through = np.maximum(bright.mean(axis=0), dark.mean(axis=0))
        through[(moved & (bright | dark)).mean(axis=0) < _MOVED_BANDS] = 0
        through[:_RIM], through[-_RIM:] = 0, 0
        strength = np.abs(np.mean([one.strength for one in self._seen], axis=(0, 1)))
        return _peaks(np.where(through >= _THROUGH, strength, 0).astype(np.float32))

    def _look(self, profile: Image) -> _Seen:
        left, right = np.roll(profile, _BESIDE, axis=1), np.roll(profile, -_BESIDE, axis=1)
        above, below = profile - np.maximum(left, right), np.minimum(left, right) - profile
        row = np.ones((1, 2 * _BESIDE - 1), np.uint8)
        calm = cv2.morphologyEx(cv2.morphologyEx(profile, cv2.MORPH_OPEN, row), cv2.MORPH_CLOSE, row)
        texture = cast(Image, calm - cv2.blur(calm, (_AROUND, 1)))
        power = cast(Image, cv2.blur(texture * texture, (_AROUND, 1)))
        strength = cast(Image, np.maximum(above, 0) - np.maximum(below, 0))
        moved = np.zeros(profile.shape, np.bool_)
        if len(self._seen) >= _LAG:
            old = self._seen[-_LAG]
            alike = cv2.blur(texture * old.texture, (_AROUND, 1)) < _MOVED * np.sqrt(power * old.power)
            moved = alike & (np.minimum(power, old.power) > _TEXTURE**2)
        return _Seen(above > _CLEAR, below > _CLEAR, strength, texture, power, moved)


def _peaks(strength: Image) -> NDArray[np.float32]:
    """Centres of the strongest peaks."""
    found: list[float] = []
    left = strength.copy()
    while len(found) < MOST and left.max() > 0:
        at = int(left.argmax())
        span = slice(max(0, at - _BESIDE), at + _BESIDE + 1)
        found.append(float((np.arange(span.start, span.start + len(left[span])) * left[span]).sum() / left[span].sum()))
        left[span] = 0
    return np.array(found, np.float32)
