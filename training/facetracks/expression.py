"""Expression: how a face bends while it sings, blinks and turns, as smooth shifts of a still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.facetracks.faces import Points, distance_of
from training.moves import Matrix

STEP = 8
"""Samples of the still for one of a field of shifts: they are smooth."""
BLINK = 5.0
"""Fields in which an eye closes and opens again, as a Gaussian's sigma doubled; 60 to 150 ms in people."""


@dataclass(frozen=True)
class Wave:
    """What comes and goes."""

    strength: float
    period: float
    phase: float

    def at(self, time: float) -> float:
        """From minus `strength` to `strength`."""
        return self.strength * float(np.sin(2 * np.pi * time / self.period + self.phase))


@dataclass(frozen=True)
class Expression:
    """Strengths are in eye distances, times in fields."""

    turn: Wave
    """Shift of the middle of the face against its outline, as in turning the head."""
    narrow: Wave
    """Share by which the face is narrower."""
    jaw: Wave
    """How far the lower lip and chin go down."""
    smile: Wave
    """How far the corners of the mouth go out."""
    blinks: tuple[float, ...]
    """Moments at which the eyes are closed."""

    @staticmethod
    def drawn(random: np.random.Generator) -> Expression:
        """Any; in one of seven the eyes close within a clip."""
        turn, narrow, jaw, smile = (
            Wave(float(random.normal(0, most)), random.uniform(*periods), random.uniform(0, 6.28))
            for most, periods in ((0.06, (40, 160)), (0.05, (40, 160)), (0.06, (12, 60)), (0.03, (20, 80)))
        )
        blinks = (random.uniform(2, 18),) if random.random() < 0.15 else ()
        return Expression(turn, narrow, jaw, smile, blinks)

    def shifts(self, points: Points, size: tuple[int, int], time: float) -> NDArray[np.float32]:
        """(h, w, 2): for every STEP samples of a still of (height, width), how far from there it is looked up."""
        apart = distance_of(points)
        y, x = (STEP * (np.arange(-(-n // STEP)) + 0.5) - 0.5 for n in size)
        made = np.zeros((len(y), len(x), 2), np.float32)
        middle, mouth = points[2], points[3:].mean(0)
        made[..., 0] += self.turn.at(time) * apart * _hill(x, y, middle, (0.9 * apart, 1.2 * apart))
        made[..., 0] += abs(self.narrow.at(time)) * (x - middle[0])
        side = (x - mouth[0]) / apart
        made[..., 0] -= self.smile.at(time) * apart * 2 * side * _hill(x, y, mouth, (0.5 * apart, 0.3 * apart))
        below = np.clip((y - mouth[1]) / (0.25 * apart), 0, 1)[:, None]
        jaw = (
            abs(self.jaw.at(time)) * apart * _hill(x, y, mouth + np.array([0, 0.4 * apart]), (0.7 * apart, 0.5 * apart))
        )
        made[..., 1] -= jaw * below
        shut = max((float(np.exp(-0.5 * ((time - one) / (BLINK / 2)) ** 2)) for one in self.blinks), default=0.0)
        for eye in points[:2]:
            lids = 2.5 * shut * (y - eye[1])[:, None] * _hill(x, y, eye, (0.3 * apart, 0.12 * apart))
            made[..., 1] += lids
        return made

    def moved(self, points: Points, size: tuple[int, int], time: float) -> Points:
        """Where landmarks of the still have gone."""
        field = self.shifts(points, size, time)
        found = points.copy()
        for _ in range(3):  # each round is nearer: shifts change by less than half of the way
            places = ((found + 0.5) / STEP - 0.5).astype(np.float32)[None]
            x, y = np.ascontiguousarray(places[..., 0]), np.ascontiguousarray(places[..., 1])
            found = points - cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
        return found

    def looked_up(
        self, points: Points, size: tuple[int, int], time: float, matrix: Matrix, box: tuple[int, int]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Places of the still, x and y, both (h, w), for the samples of a box of (height, width).

        Args:
            points: landmarks of the still.
            size: of the still.
            time: the moment.
            matrix: from the box to the still, without the expression.
            box: height and width.
        """
        small = matrix / STEP
        small[:, 2] += 0.5 / STEP - 0.5
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        field = self.shifts(points, size, time)
        bent = cv2.warpAffine(field, small, box[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
        x, y = np.arange(box[1], dtype=np.float32)[None], np.arange(box[0], dtype=np.float32)[:, None]
        m = matrix.astype(np.float32)
        u = bent[..., 0] + m[0, 0] * x + (m[0, 1] * y + m[0, 2])
        v = bent[..., 1] + m[1, 0] * x + (m[1, 1] * y + m[1, 2])
        return u, v


def _hill(x: NDArray[Any], y: NDArray[Any], place: NDArray[Any], spread: tuple[float, float]) -> NDArray[Any]:
    across = np.exp(-0.5 * ((x - place[0]) / spread[0]) ** 2)
    down = np.exp(-0.5 * ((y - place[1]) / spread[1]) ** 2)
    return down[:, None] * across[None]
