"""Which pieces of lines did the tape not give back, as the same fields before and after tell?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from encore.analysis.linepieces import Mask, Numbers, continued, grown, long_runs, seen_again
from encore.analysis.look import Look
from encore.analysis.neighbours import Neighbour, neighbours
from encore.analysis.standing import SHORTEST, SHORTEST_CHROMA, Prepared, candidates, places, prepared, standing_out

_SEED, _GROW = 16, 3
"""8-bit codes by which a piece must leave the range of its neighbours in time somewhere, and everywhere (hysteresis).
T of Kokaram's SDIp (Motion Picture Restoration, 1998) is usually 20; on the benchmark's kind of material (seed 1,
MPEG-2, sigma 1-6) the range of three lines allows less."""
_GAP = 25
"""Luma samples: shorter gaps between two lost pieces are lost too (vhs-decode merges 30, of smaller samples)."""
_ALONE = 16
"""8-bit codes more that are asked for where only one frame shows the scene: beside cuts, at a tape's ends."""
_DOUBT = 0.1
"""Share of a change of light by which more is asked for."""


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
        others: list[Neighbour] | None = None
        found: list[Piece] = []
        for plane, parity, turned in product(range(len(now)), range(2), range(2)):
            y, x = candidates(now[plane][parity][turned], bool(plane))
            if not len(y):
                continue
            others = neighbours(middle, after, around) if others is None else others
            found += self._lost(_Search(now, (plane, parity, turned), others), (y, x), around)
        return found

    def _lost(self, search: _Search, at: tuple[Numbers, Numbers], around: Sequence[Prepared | None]) -> list[Piece]:
        """Pieces in one field of one plane, on one side."""
        runs, strong = search.runs(*at)
        if not strong.any():
            return []
        plane, parity, _ = search.where
        sure = runs[strong]
        strong[strong] = ~(seen_again(sure, search.where, around) | continued(sure, search.side.thin, plane > 0))
        kept = grown(runs, strong, search.side.thin.shape, search.gap)
        return [Piece(plane, parity, *(int(n) for n in run)) for run in runs[kept]]

    def _of(self, look: Look) -> Prepared:
        if look.number not in self._prepared:
            self._prepared[look.number] = prepared(look)
        return self._prepared[look.number]


class _Search:
    """One field of one plane, looked at for pieces that are too bright, or turned over for those too dark."""

    def __init__(self, now: Prepared, where: tuple[int, int, int], neighbours: Sequence[Neighbour]) -> None:
        self.where = where
        self.gap = _GAP // 2 | 1 if where[0] else _GAP
        self._plane, parity, turned = where
        self._turned = bool(turned)
        self.side = now[self._plane][parity][turned]
        self._neighbours = neighbours
        self._others = [one.prepared[self._plane][parity][turned] for one in neighbours]
        self._zero = np.float32(((16, 239), (128, 127))[self._plane > 0][turned])
        self._changes = [one.change(self._plane, parity) for one in neighbours]
        self._alone = np.float32(_ALONE * max(one.doubt for one in neighbours))

    def runs(self, y: Numbers, x: Numbers) -> tuple[Numbers, Mask]:
        """(n, 3) line, left, right of what leaves the range of its neighbours; and which does so surely.

        Args:
            y: lines of the samples to try first.
            x: their places.
        """
        hit = y[self._excess(y, x, _SEED) > _SEED]
        if not len(hit):
            return np.zeros((0, 3), np.int64), np.zeros(0, np.bool_)
        shape, chroma = self.side.thin.shape, self._plane > 0
        lines = np.unique(np.clip(hit + np.arange(-2, 3)[:, None], 0, shape[0] - 1))
        y, x = places(standing_out(self.side, chroma, lines))
        y = lines[y]
        excess = self._excess(y, x, _GROW)
        lost = excess > _GROW
        strength = np.zeros(shape, np.uint8)
        strength[y[lost], x[lost]] = 1 + (excess[lost] > _SEED)
        return long_runs(strength, SHORTEST_CHROMA if chroma else SHORTEST, self.gap)

    def _excess(self, y: Numbers, x: Numbers, least: float) -> NDArray[np.float32]:
        """Codes by which samples leave the range of all neighbours; exact only above `least`."""
        excess = np.full(len(y), 255, np.float32)
        left = np.arange(len(y))
        for number in range(len(self._others)):
            if not len(left):
                break
            at = y[left], x[left]
            excess[left] = np.minimum(excess[left], self.side.smooth[at] - self._range(number, *at) - self._alone)
            left = left[excess[left] > least]
        return excess

    def _range(self, number: int, y: Numbers, x: Numbers) -> NDArray[np.float32]:
        """The most that the neighbourhood in another frame has shown, in the light of this one."""
        other, flow = self._others[number], self._neighbours[number].flow
        high, wide = other.most.shape
        fy, fx = flow.shape[0] / high, flow.shape[1] / wide
        step = flow[_scaled(y, fy, flow.shape[0]), _scaled(x, fx, flow.shape[1])]
        ty, tx = _moved(y, step[:, 1], fy, high), _moved(x, step[:, 0], fx, wide)
        most = other.most[ty, tx].astype(np.float32)
        gain, more = self._changes[number]
        rows, columns = gain.shape
        tile = _scaled(y, rows / high, rows), _scaled(x, columns / wide, columns)
        lit = self._zero + (most - self._zero) * gain[tile]
        if self._plane:
            lit += -more[tile] if self._turned else more[tile]
        return lit + np.float32(_DOUBT) * np.abs(lit - most)


def _moved(places: Numbers, steps: NDArray[np.float32], by: float, size: int) -> Numbers:
    there = np.rint(places + steps / np.float32(by)).astype(np.int64)
    return np.minimum(np.maximum(there, 0), size - 1)


def _scaled(places: Numbers, by: float, size: int) -> Numbers:
    return places if by == 1 else np.minimum((places * by).astype(np.int64), size - 1)
