"""Which pictures show the same scene as a frame, how did it move between them, and how did the light change?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np

from encore.analysis.look import Flow, Image, Look
from encore.analysis.standing import Prepared

_SAME = 0.4
"""Correlation of two neighbouring frames' tiles, moved onto each other, below which a cut lies between them."""
_TILES = (5, 5)
"""Tiles over which light is averaged again: one alone changes with what moves through it."""
_GAIN, _LOCAL_GAIN = 3.0, 8.0
"""Changes of light, of the frame and of its tiles: beyond the first, the other field of the frame tells more."""
_BLACK = 8.0
"""8-bit code from which light is counted: half of black, so that noise in the dark makes no gain."""
_ONLY = 0.5
"""Doubt where the light of both frames is another, and only the frame's other fields tell."""
_FAINT = 4.0
"""Squared codes per tile of structure below which that cannot be told, and a scene is taken to go on."""


class Neighbour:
    """A frame before or after, and the way there; or this frame's other fields.

    Attributes:
        prepared: its fields.
        flow: from the frame looked at to this one, as `Look` has it.
        doubt: 0 for frames; for the frame's own other fields up to 1, how much the lack of frames leaves open.
    """

    def __init__(self, prepared: Prepared, flow: Flow, now: Prepared, doubt: float = 0.0) -> None:
        self.prepared, self.flow, self.doubt, self._now = prepared, flow, doubt, now
        high, wide = now[0][0][0].light.shape
        small = cv2.resize(flow, (wide, high), interpolation=cv2.INTER_NEAREST)
        x, y = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(high, dtype=np.float32))
        self._tiles = (
            x + small[..., 0] * np.float32(wide / flow.shape[1]),
            y + small[..., 1] * np.float32(high / flow.shape[0]),
        )
        self._changes: dict[tuple[int, int], tuple[Image, Image]] = {}

    def change(self, plane: int, parity: int) -> tuple[Image, Image]:
        """Gain that makes its light that of the frame looked at, and in chroma what is to be added then, per tile."""
        if (plane, parity) not in self._changes:
            self._changes[plane, parity] = self._chroma(plane, parity) if plane else self._luma(parity)
        return self._changes[plane, parity]

    def comparable(self) -> bool:
        """Whether its light can be made that of the frame looked at."""
        here, there = (float(one[0][0][0].light.mean()) - _BLACK for one in (self._now, self.prepared))
        return 1 / _GAIN < max(1.0, here) / max(1.0, there) < _GAIN

    def same(self) -> bool:
        """Whether it shows the same scene, by the structure of its tiles."""
        pair = self._now[0][0][0].light, self._lit(self.prepared[0][0][0].light)
        a, b = (one - cv2.blur(one, (9, 9)) for one in pair)
        energy = float((a * a).sum() * (b * b).sum())
        return energy <= (_FAINT * a.size) ** 2 or float((a * b).sum()) > _SAME * energy**0.5

    def _luma(self, parity: int) -> tuple[Image, Image]:
        pair = self._now[0][parity][0].light, self._lit(self.prepared[0][parity][0].light)
        here, there = (cv2.blur(one, _TILES) - np.float32(_BLACK) for one in pair)
        gain = np.clip(here / np.maximum(there, 1), 1 / _LOCAL_GAIN, _LOCAL_GAIN).astype(np.float32)
        return gain, np.zeros_like(gain)

    def _chroma(self, plane: int, parity: int) -> tuple[Image, Image]:
        gain = self.change(0, parity)[0]
        pair = self._now[plane][parity][0].light, self._lit(self.prepared[plane][parity][0].light)
        here, there = (cv2.blur(cv2.resize(one, gain.shape[::-1]), _TILES) - np.float32(128) for one in pair)
        return gain, cast(Image, here - there * gain)

    def _lit(self, light: Image) -> Image:
        """Its tiles where they are in the frame itself."""
        x, y = (cv2.resize(one, light.shape[::-1]) if one.shape != light.shape else one for one in self._tiles)
        return cast(Image, cv2.remap(light, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def neighbours(middle: Look, after: Look | None, around: Sequence[Prepared | None]) -> list[Neighbour]:
    """Frames before and after that show the same scene in a comparable light; the frame's other fields for a lack.

    Args:
        middle: the frame looked at.
        after: the next one; None after the last.
        around: fields of the frame before, of this one, and of the one after.
    """
    before, now, then = around
    assert now is not None
    ways = ((before, middle.flow_back), (then, after.flow_on if after else None))
    found = [Neighbour(one, flow, now) for one, flow in ways if one is not None and flow is not None]
    lit = [one for one in found if one.comparable()]
    same = [one for one in lit if one.same()]
    if len(same) < 2:
        unlike = min(1, 2 - len(same) - (len(found) - len(lit)))
        still = np.zeros((*middle.half.shape, 2), np.float32)
        other = tuple((bottom, top) for top, bottom in now)
        same.append(Neighbour(other, still, now, unlike or (0.0 if same else _ONLY)))
    return same
