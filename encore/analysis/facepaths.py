"""The faces of a shot, tick by tick and as a few facts about each, in pieces, so that its length does not matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encore.analysis.facesmooth import Way, smoothed
from encore.analysis.facetracks import LONGEST_GAP, SURE, Floats, Numbers, Sights, tracks_of
from encore.analysis.part import Parts
from encore.core.findings import Analysis, FieldOrder, Shot
from encore.core.time import TICKS_PER_FRAME, Span

PIECE, MARGIN = 1800, 60
"""Tape frames that are followed at once, and how many around them are looked at: two seconds, as long as a dissolve,
longer than any gap or window."""
STEP = 4
"""Ticks from look to look: two tape frames."""
SHORTEST_S = 0.3
"""Seconds that a track must last: what is found for less is as a rule no face, and nobody sees it."""
GOOD = 0.55
"""Score that a track must reach once."""
LEAST_SURE = 0.5
"""Share of the looks at it in which a track must be sure: of tracks on four real stages, those on no face had 0.1 to
0.4, those on faces 0.55 and more but for one that looked down."""
LOOSE = 0.1
"""Eye distances by which the mouth jumps from look to look when it counts as hidden."""
_SLOTS = 1 << 10
"""More than the faces of a frame: makes one number of frame and place in it."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A shot as faces are followed through it."""

    span: Span
    """Ticks."""
    soft: tuple[Span, ...]
    """Ticks in which it dissolves into others."""
    parity: int
    """Tick of the top field in its frame."""
    middle: float
    """From there to the middle of the picture that the field belongs to, ticks."""
    tick_s: float
    """Seconds."""
    aspect: float
    """Width of a sample over its height."""

    @classmethod
    def of(cls, analysis: Analysis, number: int) -> Scene:
        """A shot by its number."""
        shot = analysis.shots[number]
        soft = tuple(way.span for way in analysis.transitions if way.kind != "cut")
        return cls(
            shot.span, soft, _parity(shot.scan.order), _middle(shot), float(1 / analysis.timeline.tick_rate),
            float(analysis.sample_aspect),
        )  # fmt: skip

    @property
    def frames(self) -> Span:
        """Tape frames whose top field belongs to the shot."""
        start = -(-(self.span.start - self.parity) // TICKS_PER_FRAME)
        return Span(start=max(0, start), stop=max(start, -(-(self.span.stop - self.parity) // TICKS_PER_FRAME)))

    def moments(self, frames: Numbers) -> Floats:
        """Ticks that the top fields of tape frames show."""
        return (frames * TICKS_PER_FRAME).astype(np.float64) + (self.parity + self.middle)


def _parity(order: FieldOrder) -> int:
    return 0 if order == "tff" else 1


def _middle(shot: Shot) -> float:
    """Pictures of progressive shots are of two ticks, which show the same moment; that of film is even on average."""
    if shot.scan.mode != "progressive":
        return 0.0
    return 0.5 if (_parity(shot.scan.order) - shot.scan.offset) % TICKS_PER_FRAME == 0 else -0.5


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A track in one piece of a shot.

    Attributes:
        number: of the track.
        ticks: (m,) that it is shown.
        way: at them, square pixels.
        confidence: (m,) score of the search, 0 where it found nothing.
        sights: those that lie in the piece.
        doubtful: (k,) for each look of the piece at it, whether it was hardly seen.
    """

    number: int
    ticks: Numbers
    way: Way
    confidence: Floats
    sights: Sights
    doubtful: NDArray[np.bool_]


def looked(parts: Parts, scene: Scene) -> bool:
    """Whether anybody looked for faces in a shot."""
    pieces = scene.frames.pieces(PIECE) if len(scene.frames) else ()
    return any(np.isfinite(parts.rows("faces", piece).get("count", np.zeros(0))).any() for piece in pieces)


def followed(parts: Parts, scene: Scene) -> Iterator[list[Path]]:
    """The tracks of a shot, piece by piece; a track keeps its number from piece to piece."""
    known: dict[int, int] = {}
    count = 0
    frames = scene.frames
    for piece in frames.pieces(PIECE) if len(frames) else ():
        sights, looks = _sights(parts, piece.grown(MARGIN, frames), scene)
        if not len(sights):
            known = {}
            continue
        names = _names(sights)
        ticks = Span(
            start=scene.span.start if piece.start == frames.start else piece.start * TICKS_PER_FRAME,
            stop=scene.span.stop if piece.stop == frames.stop else piece.stop * TICKS_PER_FRAME,
        )
        found = [_trimmed(track, sights) for track in tracks_of(sights)]
        found = [track for track in found if _lasting(sights.only(track), scene)]
        here = [(shown, track) for track in found if len(shown := _shown(scene, ticks, sights.frame[track]))]
        here.sort(key=lambda one: (int(one[0][0]), -float(np.median(_areas(sights, one[1]))), int(names[one[1][0]])))
        paths: list[Path] = []
        after: dict[int, int] = {}
        for shown, track in here:
            number = _number(names[track], known, {path.number for path in paths})
            number, count = (count, count + 1) if number is None else (number, count)
            after |= dict.fromkeys(names[track].tolist(), number)
            paths.append(_path(number, shown, sights.only(track), looks, scene, piece))
        known = after
        yield paths


def _sights(parts: Parts, frames: Span, scene: Scene) -> tuple[Sights, Numbers]:
    """What was found in tape frames, and the frames that were looked at."""
    rows = parts.rows("faces", frames)
    if "found" not in rows:
        rows = {"count": np.zeros(0), "found": np.zeros((0, 1, 15)), "look": np.zeros((0, 1, 6))}
    at, slot = np.nonzero(np.isfinite(rows["found"][..., 0]))
    found = rows["found"][at, slot].astype(np.float64)
    places = found[:, 1:].reshape(-1, 7, 2) * (scene.aspect, 1)
    box, landmarks = places[:, :2].reshape(-1, 4), places[:, 2:, 0] + 1j * places[:, 2:, 1]
    look = rows["look"][at, slot].astype(np.float64)
    looks = frames.start + np.flatnonzero(np.isfinite(rows["count"]))
    return Sights(frames.start + at, found[:, 0], box, landmarks, look).ordered(), looks


def _names(sights: Sights) -> Numbers:
    """A number for each sight that is the same in whichever piece it is seen."""
    return sights.frame * _SLOTS + np.arange(len(sights)) - np.searchsorted(sights.frame, sights.frame)


def _areas(sights: Sights, track: Numbers) -> Floats:
    left, top, right, bottom = sights.box[track].T
    return (right - left) * (bottom - top)


def _number(names: Numbers, known: dict[int, int], used: set[int]) -> int | None:
    """The number that most of these sights had in the piece before."""
    votes = Counter(known[name] for name in names.tolist() if name in known)
    return next((number for number, _ in votes.most_common() if number not in used), None)


def _trimmed(track: Numbers, sights: Sights) -> Numbers:
    """A track without faint ends: no sure sight follows that would say that it is still the face."""
    frames = sights.frame[track]
    sure = frames[sights.score[track] >= SURE]
    return track[(frames >= sure[0] - LONGEST_GAP) & (frames <= sure[-1] + LONGEST_GAP)]


def _lasting(track: Sights, scene: Scene) -> bool:
    """Whether it is long and sure enough, and not somebody of the shot that this one dissolves into."""
    ticks = scene.moments(track.frame[[0, -1]])
    least = min(SHORTEST_S / scene.tick_s, len(scene.span) / 2)
    looks = (ticks[1] - ticks[0]) / STEP + 1
    if looks * STEP < least or track.score.max() < GOOD or (track.score >= SURE).sum() < LEAST_SURE * looks:
        return False
    return not any(soft.start <= ticks[0] and ticks[1] < soft.stop for soft in scene.soft)


def _shown(scene: Scene, piece: Span, frames: Numbers) -> Numbers:
    """Ticks of a piece in which a track is shown: half a look beyond its ends, or to the rim of the shot near by."""
    first, last = scene.moments(frames[[0, -1]]).tolist()
    start = scene.span.start if first - scene.span.start < STEP else int(first) - STEP // 2
    stop = scene.span.stop if scene.span.stop - last <= STEP else int(last) + STEP // 2 + 1
    return np.arange(max(start, piece.start), min(stop, piece.stop))


def _path(number: int, ticks: Numbers, track: Sights, looks: Numbers, scene: Scene, piece: Span) -> Path:
    times = scene.moments(track.frame)
    way = smoothed(times * scene.tick_s, track.box, track.landmarks, ticks.astype(np.float64) * scene.tick_s)
    between = looks[(looks >= track.frame[0]) & (looks <= track.frame[-1])]
    scores = np.zeros(len(between))
    scores[np.searchsorted(between, track.frame)] = track.score
    confidence = np.interp(ticks, scene.moments(between), scores)
    loose = np.zeros(len(between), bool)
    loose[np.searchsorted(between, track.frame)] = way.loose > LOOSE
    inside = (between >= piece.start) & (between < piece.stop)
    mine = (track.frame >= piece.start) & (track.frame < piece.stop)
    return Path(number, ticks, way, confidence, track.only(mine), ((scores < SURE) | loose)[inside])
