"""Moves: where things of a scene are at every moment, and how they bend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[Any]
"""(2, 3), from places of the picture to places of a texture."""
USUAL, FASTEST = 3.0, 24.0
"""Samples of the truth per field: standard deviation of velocities, and the greatest; at four truth samples to one of
the tape that is 0.75 and 6 samples."""
TAIL = 0.15
"""Share of velocities drawn three times as large."""


@dataclass(frozen=True)
class Move:
    """A course with an acceleration and a sway; turning and zooming steadily. Times are fields, places samples."""

    start: tuple[float, float]
    velocity: tuple[float, float] = (0.0, 0.0)
    acceleration: tuple[float, float] = (0.0, 0.0)
    sway: tuple[float, float] = (0.0, 0.0)
    period: float = 40.0
    phase: float = 0.0
    turn: float = 0.0
    """Radians at time 0."""
    turning: float = 0.0
    """Radians per field."""
    zooming: float = 0.0
    """Logarithm of the scale per field."""
    bend: float = 0.0
    """Samples by which the content bends at most."""

    @staticmethod
    def drawn(random: np.random.Generator, start: tuple[float, float], *, still: bool = False) -> Move:
        """A course; a still one stays where it is."""
        if still:
            return Move(start)
        vx, vy = velocity(random)
        return Move(
            start, (vx, vy * 0.6), tuple(random.normal(0, 0.04, 2)), tuple(random.exponential(2.0, 2)),
            random.uniform(20, 90), random.uniform(0, 6.28), random.normal(0, 0.1), random.normal(0, 0.002),
            random.normal(0, 0.0015), random.exponential(2.5) if random.random() < 0.4 else 0.0,
        )  # fmt: skip

    def at(self, time: float) -> tuple[float, float]:
        """Its place: x, y."""
        wave = np.sin(2 * np.pi * time / self.period + self.phase)
        x, y = (
            s + v * time + a * time * time / 2 + w * wave
            for s, v, a, w in zip(self.start, self.velocity, self.acceleration, self.sway, strict=True)
        )
        return float(x), float(y)

    def matrix(self, time: float, middle: tuple[float, float], shaken: tuple[float, float] = (0.0, 0.0)) -> Matrix:
        """From the picture to a texture whose `middle` lies at the course's place."""
        x, y = self.at(time)
        x, y = x + shaken[0], y + shaken[1]
        scale, angle = np.exp(-self.zooming * time), self.turn + self.turning * time
        c, s = scale * np.cos(angle), scale * np.sin(angle)
        return np.array([[c, -s, middle[0] - c * x + s * y], [s, c, middle[1] - s * x - c * y]])


@dataclass(frozen=True)
class Shake:
    """What a hand does to a camera: three trembles in each direction."""

    strengths: NDArray[Any]
    periods: NDArray[Any]
    phases: NDArray[Any]

    @staticmethod
    def drawn(random: np.random.Generator) -> Shake:
        """A tremble of up to some samples, with periods of 6 to 60 fields."""
        return Shake(random.exponential(1.2, (2, 3)), random.uniform(6, 60, (2, 3)), random.uniform(0, 6.28, (2, 3)))

    def at(self, time: float) -> tuple[float, float]:
        """How far the picture is off: x, y."""
        x, y = (self.strengths * np.sin(2 * np.pi * time / self.periods + self.phases)).sum(1)
        return float(x), float(y)


def velocity(random: np.random.Generator) -> tuple[float, float]:
    """Usual ones, and a tail of fast ones."""
    spread = USUAL * (3.0 if random.random() < TAIL else 1.0)
    x, y = np.clip(random.normal(0, spread, 2), -FASTEST, FASTEST)
    return float(x), float(y)
