"""Which pieces of lines did the tape not give back, as the same fields before and after tell?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.linepieces import Mask, Numbers, continued, grown, long_runs, seen_again
from encore.analysis.look import Codes, Flow, Image, Look
from encore.analysis.standing import SHORTEST, SHORTEST_CHROMA, Prepared, prepared, standing_out, surely

_SEED, _GROW = 16, 3
"""8-bit codes by which a piece must leave the range of its neighbours in time somewhere, and everywhere (hysteresis).
T of Kokaram's SDIp (Motion Picture Restoration, 1998) is usually 20; on the benchmark's kind of material (seed 1,
MPEG-2, sigma 1-6) the range of three lines allows less."""
_GAP = 25
"""Luma samples: shorter gaps between two lost pieces are lost too (vhs-decode merges 30, of smaller samples)."""
_ALONE = 16
"""8-bit codes more that are asked for where only one neighbour shows the scene: beside cuts, at a tape's ends."""
_SAME = 0.4
"""Correlation of two neighbouring frames' tiles, moved onto each other, below which a cut lies between them."""
_TILES = (5, 5)
"""Tiles over which light is averaged again: one alone changes with what moves through it."""
_DOUBT = 0.1
"""Share of a change of light by which more is asked for."""
_GAIN, _LOCAL_GAIN = 3.0, 8.0
"""Changes of light, of the frame and of its tiles: beyond the first, the other field of the frame tells more."""
_BLACK = 8.0
"""8-bit code from which light is counted: half of black, so that noise in the dark makes no gain."""
_FAINT = 4.0
"""Squared codes per tile of structure below which that cannot be told, and a scene is taken to go on."""
_COARSE = 3
"""Every so many samples of a line are tried before all of it is."""


class Piece(NamedTuple):
    """Lost samples of one line; half-open."""

    plane: int
    parity: int
    line: int
    """Of the field."""
    left: int
    right: int


class DropoutMeter:
    """Finds dropouts as samples that leave the range of both neighbours in time and of the lines around them.

    The neighbours are the fields of the same parity a frame before and after, moved by the shared flow, each as the
    largest of three lines (after the rank order of Kokaram's ROD: a flow wrong by a line changes nothing), in the light
    of this frame. Small fast things show in the next field too; dropouts do not.
    """

    def __init__(self) -> None:
        self._prepared: dict[int, Prepared] = {}

    def pieces(self, middle: Look, after: Look | None) -> list[Piece]:
        """Pieces lost in a frame.

        Args:
            middle: the frame.
            after: the next one; None after the last.
        """
        around = [self._of(look) if look else None for look in (middle.previous, middle, after)]
        before, now, then = around
        self._prepared = {n: one for n, one in self._prepared.items() if n >= middle.number}
        if now is None or (before is None and then is None):
            return []
        neighbours: list[_Neighbour] | None = None
        found: list[Piece] = []
        for plane, parity, turned in product(range(len(now)), range(2), range(2)):
            side = now[plane][parity][turned]
            mask = standing_out(side, bool(plane))
            if mask is None:
                continue
            neighbours = _neighbours(middle, after, around) if neighbours is None else neighbours
            if neighbours:
                found += self._lost(_Search(now, (plane, parity, turned), neighbours), mask, around)
        return found

    def _lost(self, search: _Search, mask: Codes, around: Sequence[Prepared | None]) -> list[Piece]:
        """Pieces in one field of one plane, on one side."""
        runs, strong = search.runs(mask)
        if not strong.any():
            return []
        plane, parity, _ = search.where
        sure = runs[strong]
        strong[strong] = ~(seen_again(sure, search.where, around) | continued(sure, search.side.thin, plane > 0))
        kept = grown(runs, strong, mask.shape, search.gap)
        return [Piece(plane, parity, *(int(n) for n in run)) for run in runs[kept]]

    def _of(self, look: Look) -> Prepared:
        if look.number not in self._prepared:
            self._prepared[look.number] = prepared(look)
        return self._prepared[look.number]


class _Neighbour:
    """The frame before or after, and the way there."""

    def __init__(self, prepared: Prepared, flow: Flow, tiles: tuple[int, int]) -> None:
        self.prepared, self.flow = prepared, flow
        high, wide = tiles
        small = cv2.resize(flow, (wide, high), interpolation=cv2.INTER_NEAREST)
        x, y = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(high, dtype=np.float32))
        self._tiles = (
            x + small[..., 0] * np.float32(wide / flow.shape[1]),
            y + small[..., 1] * np.float32(high / flow.shape[0]),
        )

    def lit(self, light: Image) -> Image:
        """Its tiles where they are in the frame itself."""
        x, y = (cv2.resize(one, light.shape[::-1]) if one.shape != light.shape else one for one in self._tiles)
        return cast(Image, cv2.remap(light, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))

    def same(self, here: Image) -> bool:
        """Whether it shows the scene of these tiles, by their structure, in a light that can be made theirs."""
        there = self.lit(self.prepared[0][0][0].light)
        gain = max(1.0, float(here.mean()) - _BLACK) / max(1.0, float(there.mean()) - _BLACK)
        if not 1 / _GAIN < gain < _GAIN:
            return False
        a, b = (one - cv2.blur(one, (9, 9)) for one in (here, there))
        energy = float((a * a).sum() * (b * b).sum())
        return energy <= (_FAINT * a.size) ** 2 or float((a * b).sum()) > _SAME * energy**0.5


def _neighbours(middle: Look, after: Look | None, around: Sequence[Prepared | None]) -> list[_Neighbour]:
    """Frames before and after that show the same scene in a comparable light; the frame's other fields for a lack."""
    before, now, then = around
    assert now is not None
    light = now[0][0][0].light
    ways = ((before, middle.flow_back), (then, after.flow_on if after else None))
    found = [_Neighbour(one, flow, light.shape) for one, flow in ways if one is not None and flow is not None]
    found = [one for one in found if one.same(light)]
    if len(found) < 2 and (middle.previous or after):
        still = np.zeros((*middle.half.shape, 2), np.float32)
        found.append(_Neighbour(tuple((bottom, top) for top, bottom in now), still, light.shape))
    return found


class _Search:
    """One field of one plane, looked at for pieces that are too bright, or turned over for those too dark."""

    def __init__(self, now: Prepared, where: tuple[int, int, int], neighbours: Sequence[_Neighbour]) -> None:
        self.where = where
        self.gap = _GAP // 2 | 1 if where[0] else _GAP
        self._plane, parity, turned = where
        self.side = now[self._plane][parity][turned]
        self._neighbours = neighbours
        self._others = [one.prepared[self._plane][parity][turned] for one in neighbours]
        self._zero = ((16, 239), (128, 127))[self._plane > 0][turned]
        light = now[0][parity][0].light
        self._changes = [
            self._change(light, one.lit(one.prepared[0][parity][0].light), one.lit(other.light))
            for one, other in zip(neighbours, self._others, strict=True)
        ]

    def _change(self, light: Image, there: Image, level: Image) -> tuple[Image, Image]:
        """Gain that makes the light of another frame that of this one, and in chroma what is to be added then."""
        light, there = (cast(Image, cv2.blur(one, _TILES)) - np.float32(_BLACK) for one in (light, there))
        gain = np.clip(light / np.maximum(there, 1), 1 / _LOCAL_GAIN, _LOCAL_GAIN).astype(np.float32)
        if self._plane == 0:
            return gain, np.zeros_like(gain)
        here, level = (
            cast(Image, cv2.blur(cv2.resize(one, gain.shape[::-1]), _TILES)) for one in (self.side.light, level)
        )
        return gain, cast(Image, here - self._zero - (level - self._zero) * gain)

    def runs(self, mask: Codes) -> tuple[Numbers, Mask]:
        """(n, 3) line, left, right of what leaves the range of its neighbours; and which does so surely.

        Args:
            mask: 1 where samples stand out of the lines around them, in long enough runs.
        """
        coarse = np.ascontiguousarray(mask[:, ::_COARSE])
        y, x = _places(cast(Codes, cv2.bitwise_and(coarse, surely(self.side.thin[:, ::_COARSE]))))
        hit = self._excess(y, x * _COARSE) > _SEED
        lines = np.unique(np.clip(y[hit] + np.arange(-2, 3)[:, None], 0, len(mask) - 1))
        if not len(lines):
            return np.zeros((0, 3), np.int64), np.zeros(0, np.bool_)
        y, x = _places(mask[lines])
        y = lines[y]
        excess = self._excess(y, x)
        lost = excess > _GROW
        strength = np.zeros(mask.shape, np.uint8)
        strength[y[lost], x[lost]] = 1 + (excess[lost] > _SEED)
        return long_runs(strength, SHORTEST_CHROMA if self._plane else SHORTEST, self.gap)

    def _excess(self, y: Numbers, x: Numbers) -> NDArray[np.float32]:
        """Codes by which samples leave the range of all neighbours."""
        least = np.full(len(y), 255, np.float32)
        left = np.arange(len(y))
        for number in range(len(self._others)):
            at = y[left], x[left]
            least[left] = np.minimum(least[left], self.side.smooth[at] - self._range(number, *at))
            left = left[least[left] > _GROW]
        return least if len(self._others) > 1 else least - np.float32(_ALONE)

    def _range(self, number: int, y: Numbers, x: Numbers) -> NDArray[np.float32]:
        """The most that the neighbourhood in another frame has shown, in the light of this one."""
        other, flow = self._others[number], self._neighbours[number].flow
        high, wide = other.most.shape
        fy, fx = flow.shape[0] / high, flow.shape[1] / wide
        at = flow[_scaled(y, fy, flow.shape[0]), _scaled(x, fx, flow.shape[1])]
        ty = np.clip(np.rint(y + at[:, 1] / np.float32(fy)), 0, high - 1).astype(np.int64)
        tx = np.clip(np.rint(x + at[:, 0] / np.float32(fx)), 0, wide - 1).astype(np.int64)
        most = other.most[ty, tx].astype(np.float32)
        gain, more = self._changes[number]
        rows, columns = gain.shape
        tile = _scaled(y, rows / high, rows), _scaled(x, columns / wide, columns)
        lit = self._zero + (most - self._zero) * gain[tile] + more[tile]
        return (lit + _DOUBT * np.abs(lit - most)).astype(np.float32)


def _places(mask: Codes) -> tuple[Numbers, Numbers]:
    """Lines and samples where a mask is set."""
    return np.divmod(np.flatnonzero(np.ascontiguousarray(mask).view(np.bool_)), mask.shape[1])


def _scaled(places: Numbers, by: float, size: int) -> Numbers:
    return places if by == 1 else np.minimum((places * by).astype(np.int64), size - 1)
