"""Which of the faces found in the frames of a shot are the same person's?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

SURE = 0.4
"""Score from which a detection may begin a track; fainter ones only continue one (ByteTrack's upper threshold)."""
FAINT = 0.3
"""Score below which a detection is nothing: most of those below are on other things with a contour (65 a crowd)."""
LONGEST_GAP = 12
"""Tape frames that a track may be without its face: 0.4 s, a hand or a microphone before it, a turn of the head."""
_AHEAD = LONGEST_GAP + 2
"""Tape frames from the last sight before the longest gap to the first after it."""
_BACK = 6
"""Tape frames over which the speed of a face is measured: three looks (OC-SORT's delta t)."""
_REACH, _REACH_NEW, _REACH_FAINT = 0.7, 1.0, 0.5
"""How far from where it was expected a face may be, in face sizes: in general, while its speed is not known yet, and a
faint one. Heads of 0.15 m that dance move 2 m/s, 0.9 sizes from look to look; then their speed is known."""
_REACH_MORE = 0.04
"""What is added to it for every tape frame without the face: half a size at the end of the longest gap."""
_GROWTH, _GROWTH_MORE = 0.35, 0.02
"""Change of size that the same face may show, as a logarithm, and what is added for every frame without it: boxes of
small faces vary by 15 % (one standard deviation) from look to look."""
_TURN = 0.8
"""Change of the angle of the face, radians, from look to look."""
_STILL = 0.1
"""How much worse, in face sizes, it is to suppose that an unseen face stood still than that it moved on."""


@dataclass(frozen=True, slots=True, eq=False)
class Sights:
    """Faces as found, of one shot, in order of time; places in square pixels.

    Attributes:
        frame: (n,) tape frames.
        score: (n,) 0 to 1.
        box: (n, 4) left, top, right, bottom.
        landmarks: (n, 5) x + iy.
        look: (n, k) what else is known of each.
    """

    frame: Numbers
    score: Floats
    box: Floats
    landmarks: NDArray[np.complex128]
    look: Floats

    def __len__(self) -> int:
        return len(self.frame)

    def ordered(self) -> Sights:
        """By time, then by place, so that nothing depends on the order in which faces were found."""
        keys = (self.score, *self.landmarks.T.imag, *self.landmarks.T.real, *self.box.T[::-1], self.frame)
        return self.only(np.lexsort(keys))

    def only(self, which: Numbers | NDArray[np.bool_]) -> Sights:
        """Some of them."""
        return Sights(self.frame[which], self.score[which], self.box[which], self.landmarks[which], self.look[which])


def tracks_of(sights: Sights) -> list[Numbers]:
    """Tracks, as indices of sights in order of time; every sight is in one at most.

    Association runs forward and backward. Links that both found, or that only one found and the other does not
    contradict, make pieces of tracks; these are joined over gaps by what is expected from either side. So a tape
    played backward has the same tracks.

    Source: Cao et al., Observation-Centric SORT (CVPR 2023), speeds from observations only; Zhang et al., ByteTrack
    (ECCV 2022), faint detections in a second round. Offline and in both directions: own.
    Cost: 0.5 ms for a frame with three faces (measured, one core).

    Args:
        sights: `ordered`.
    """
    scene = _Scene.of(sights)
    onward = _followed(scene, 1)
    back = {start: end for end, start in _followed(scene, -1).items()}
    links = {**_uncontradicted(onward, back), **_uncontradicted(back, onward)}
    return _stitched(scene, _chains(len(sights), links))


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """What association compares.

    Attributes:
        frame: (n,) tape frames.
        score: (n,).
        place: (n,) middle of box and landmarks, x + iy.
        size: (n,) square root of the area of the box.
        angle: (n,) of the eyes, radians.
    """

    frame: Numbers
    score: Floats
    place: NDArray[np.complex128]
    size: Floats
    angle: Floats

    @classmethod
    def of(cls, sights: Sights) -> _Scene:
        left, top, right, bottom = sights.box.T
        middle = (left + right) / 2 + 1j * (top + bottom) / 2
        size = np.sqrt(np.maximum((right - left) * (bottom - top), 1e-6))
        eyes = sights.landmarks[:, 1] - sights.landmarks[:, 0]
        return cls(sights.frame, sights.score, (middle + sights.landmarks.mean(1)) / 2, size, np.angle(eyes + 1e-9))

    def cost(self, ahead: Floats, olds: Numbers, news: Numbers, speeds: NDArray[np.complex128]) -> Floats:
        """(olds, news) how unlike each other they are, in face sizes; inf: too much.

        Args:
            ahead: (olds, news) tape frames between them, negative backward.
            olds: sights that tracks ended with.
            news: sights that may continue them.
            speeds: (olds,) per tape frame.
        """
        expected = self.place[olds][:, None] + speeds[:, None] * ahead
        size = np.sqrt(self.size[olds][:, None] * self.size[news])
        away = np.abs(expected - self.place[news]) / size
        growth = np.abs(np.log(self.size[olds][:, None] / self.size[news]))
        turn = np.abs(np.angle(np.exp(1j * (self.angle[olds][:, None] - self.angle[news]))))
        gap = np.abs(ahead)
        too_much = (growth > _GROWTH + _GROWTH_MORE * gap) | (turn > _TURN)
        return np.where(too_much, np.inf, away + growth / 2)


def _followed(scene: _Scene, way: int) -> dict[int, int]:
    """Links from a sight to the next of the same face, forward (1) or backward (-1)."""
    links: dict[int, int] = {}
    paths: list[list[int]] = []
    for moment in sorted({int(frame) for frame in scene.frame}, reverse=way < 0):
        first, stop = (int(at) for at in np.searchsorted(scene.frame, (moment, moment + 1)))
        here = np.arange(first, stop)
        paths = [path for path in paths if abs(moment - int(scene.frame[path[-1]])) <= _AHEAD]
        free, sure = paths, scene.score[here] >= SURE
        for news, reach in ((here[sure], _REACH), (here[~sure], _REACH_FAINT)):
            pairs = _matched(scene, free, news, reach)
            for path, new in pairs:
                links[free[path][-1]] = int(news[new])
                free[path].append(int(news[new]))
            matched = {path for path, _ in pairs}
            free = [path for number, path in enumerate(free) if number not in matched]
        continued = {path[-1] for path in paths}
        paths += [[int(one)] for one in here[sure] if int(one) not in continued]
    return links


def _matched(scene: _Scene, paths: Sequence[list[int]], news: Numbers, reach: float) -> list[tuple[int, int]]:
    """Pairs (path, new sight), the likest first, each once."""
    if not paths or not len(news):
        return []
    olds = np.array([path[-1] for path in paths])
    ahead = (scene.frame[news] - scene.frame[olds][:, None]).astype(np.float64)
    speeds = np.array([_speed(scene, path) for path in paths])
    known = np.array([len(path) > 1 for path in paths])
    most = np.where(known, reach, max(reach, _REACH_NEW))[:, None] + _REACH_MORE * np.abs(ahead)
    cost = scene.cost(ahead, olds, news, speeds)
    return _likest(np.where(cost < most, cost, np.inf))


def _speed(scene: _Scene, path: Sequence[int]) -> complex:
    """Per tape frame, from the last sight and the one some looks before it."""
    last = path[-1]
    for first in reversed(path[:-1]):
        steps = int(scene.frame[last] - scene.frame[first])
        if abs(steps) >= _BACK or first == path[0]:
            return complex((scene.place[last] - scene.place[first]) / steps)
    return 0j


def _likest(cost: Floats) -> list[tuple[int, int]]:
    """Pairs by rising cost, each row and column once."""
    cost, pairs = cost.copy(), list[tuple[int, int]]()
    while np.isfinite(cost).any():
        row, column = (int(n) for n in np.unravel_index(np.argmin(cost), cost.shape))
        pairs.append((row, column))
        cost[row], cost[:, column] = np.inf, np.inf
    return pairs


def _uncontradicted(links: dict[int, int], others: dict[int, int]) -> dict[int, int]:
    """Links that others share, or whose ends have no other link."""
    ends = set(others.values())
    return {
        start: end
        for start, end in links.items()
        if others.get(start) == end or (start not in others and end not in ends)
    }


def _chains(count: int, links: dict[int, int]) -> list[list[int]]:
    """Sights that hang together, longest possible; single ones too."""
    ends = set(links.values())
    chains: list[list[int]] = []
    for first in range(count):
        if first not in ends:
            chain = [first]
            while chain[-1] in links:
                chain.append(links[chain[-1]])
            chains.append(chain)
    return chains


def _stitched(scene: _Scene, chains: list[list[int]]) -> list[Numbers]:
    """Chains joined over gaps, the surest first."""
    chains = [chain for chain in chains if scene.score[chain].max() >= SURE]
    if not chains:
        return []
    lasts, firsts = np.array([chain[-1] for chain in chains]), np.array([chain[0] for chain in chains])
    ahead = (scene.frame[firsts] - scene.frame[lasts][:, None]).astype(np.float64)
    onward = np.array([_speed(scene, chain) for chain in chains])
    back = np.array([_speed(scene, chain[::-1]) for chain in chains])
    moved = (scene.cost(ahead, lasts, firsts, onward) + scene.cost(-ahead.T, firsts, lasts, back).T) / 2
    stood = scene.cost(ahead, lasts, firsts, np.zeros(len(chains), np.complex128)) + _STILL
    cost = np.minimum(moved, stood)
    fits = (ahead > 0) & (ahead <= _AHEAD) & (cost < _REACH + _REACH_MORE * ahead)
    next_of = dict(_likest(np.where(fits, cost, np.inf)))
    return [_flat(chains[n] for n in whole) for whole in _chains(len(chains), next_of)]


def _flat(chains: Iterable[Sequence[int]]) -> Numbers:
    return np.array([one for chain in chains for one in chain], np.int64)
