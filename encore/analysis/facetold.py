"""What is told of the faces of a shot: a row for each face and tick, and a summary of each track."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from encore.analysis.facepaths import Path, Scene, followed, looked
from encore.analysis.facesmooth import Places
from encore.analysis.facetracks import SURE, Floats
from encore.analysis.part import Parts
from encore.core.answers import FaceTrack
from encore.core.findings import Analysis
from encore.core.time import Span

NUMBERS = 16
"""Numbers of a row: left, top, right, bottom, x and y of five landmarks, confidence, sharpness."""
NOSE = 0.44
"""How far the tip of the nose is before the eyes, in distances between them: 135 of 310 in the head of six points that
poses are commonly told from (corners of the eyes 165 to the side of the nose and 135 behind its tip)."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceRows:
    """Faces of some ticks, in their order.

    Attributes:
        tick: (n,) int32.
        track: (n,) int32 number in its shot.
        numbers: (n, NUMBERS) float32, places in samples and lines of the woven frame.
    """

    tick: NDArray[np.int32]
    track: NDArray[np.int32]
    numbers: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.tick)


def face_rows(parts: Parts, analysis: Analysis) -> Iterator[FaceRows]:
    """All rows of a tape, a minute of one shot at a time.

    Args:
        parts: with the rows of `faces`.
        analysis: its shots are known.
    """
    for number, shot in enumerate(analysis.shots):
        if shot.faces:
            scene = Scene.of(analysis, number)
            yield from (_rows(paths, scene) for paths in followed(parts, scene) if paths)


def face_tracks(parts: Parts, scene: Scene) -> tuple[FaceTrack, ...] | None:
    """The tracks of a shot; None: nobody looked for faces.

    What is kept of each while a shot is told are some numbers per look, 5 MB for two hours of one face.
    """
    if not looked(parts, scene):
        return None
    tallies: dict[int, _Tally] = {}
    for paths in followed(parts, scene):
        for path in paths:
            tallies.setdefault(path.number, _Tally(path.number)).add(path)
    return tuple(tallies[number].told() for number in sorted(tallies))


def _rows(paths: Sequence[Path], scene: Scene) -> FaceRows:
    ticks = np.concatenate([path.ticks for path in paths])
    tracks = np.concatenate([np.full(len(path.ticks), path.number) for path in paths])
    numbers = np.concatenate([_numbers(path, scene.aspect) for path in paths])
    order = np.lexsort((tracks, ticks))
    return FaceRows(ticks[order].astype(np.int32), tracks[order].astype(np.int32), numbers[order])


def _numbers(path: Path, aspect: float) -> NDArray[np.float32]:
    points = np.stack([path.way.landmarks.real / aspect, path.way.landmarks.imag], 2).reshape(-1, 10)
    sharp = np.full(len(path.ticks), _median(path.sights.look[:, 0]))
    known = np.isfinite(path.sights.look[:, 0])
    if known.any():
        seen = path.sights.frame[known] * 2.0
        sharp = np.asarray(np.interp(path.ticks, seen, path.sights.look[known, 0]), np.float64)
    box = path.way.box / (aspect, 1, aspect, 1)
    return np.concatenate([box, points, path.confidence[:, None], sharp[:, None]], 1).astype(np.float32)


def yaws(landmarks: Places) -> Floats:
    """How far heads are turned, degrees, positive to the right of the picture.

    Args:
        landmarks: (n, 5), square pixels.
    """
    eyes = landmarks[:, 1] - landmarks[:, 0]
    nose = landmarks[:, 2] - landmarks[:, :2].mean(1)
    beside = (nose * eyes.conj()).real / np.maximum(np.abs(eyes) ** 2, 1e-9)
    return np.degrees(np.arctan(beside / NOSE))


def _median(values: Floats, otherwise: float = 0.0) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else otherwise


@dataclass(slots=True)
class _Tally:
    """What is remembered of a track while its shot is gone through."""

    number: int
    ticks: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    sizes: list[Floats] = field(default_factory=list[Floats])
    yaws: list[Floats] = field(default_factory=list[Floats])
    looks: list[Floats] = field(default_factory=list[Floats])
    scores: list[Floats] = field(default_factory=list[Floats])
    doubtful: list[NDArray[np.bool_]] = field(default_factory=list[NDArray[np.bool_]])

    def add(self, path: Path) -> None:
        """A piece of it; every fourth tick is a look."""
        self.ticks.append((int(path.ticks[0]), int(path.ticks[-1]) + 1))
        self.sizes.append(path.way.size[::4].astype(np.float32).astype(np.float64))
        self.yaws.append(yaws(path.way.landmarks[::4]))
        self.looks.append(path.sights.look)
        self.scores.append(path.sights.score)
        self.doubtful.append(path.doubtful)

    def told(self) -> FaceTrack:
        """The summary."""
        sizes, turns, look = np.concatenate(self.sizes), np.concatenate(self.yaws), np.concatenate(self.looks)
        scores, doubtful = np.concatenate(self.scores), np.concatenate(self.doubtful)
        rgb = np.array([_median(look[:, n]) for n in (2, 3, 4)])
        red, green, blue = (rgb / rgb.max() if rgb.max() > 0 else np.ones(3)).tolist()
        small, large = np.percentile(sizes, (5, 95)).tolist()
        sure = scores[scores >= SURE]
        return FaceTrack(
            number=self.number, span=Span(start=self.ticks[0][0], stop=self.ticks[-1][1]),
            size=float(np.median(sizes)), smallest=small, largest=large, sharpness=_median(look[:, 0]),
            yaw_deg=float(np.median(turns)), turned_deg=float(np.percentile(np.abs(turns), 95)),
            occluded=float(doubtful.mean()) if len(doubtful) else 0.0, light=(red, green, blue),
            exposure=_median(look[:, 1]), clipped=_median(look[:, 5]),
            confidence=min(1.0, _median(sure if len(sure) else scores)),
        )  # fmt: skip
