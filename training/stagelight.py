"""Stage light: exposure, coloured beams, chases and strobes that a scene is multiplied with, moment by moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.stills import Picture

GRID = (24, 40)
"""(lines, samples) of the fields of light; they are smooth."""


@dataclass(frozen=True)
class Beam:
    """A soft coloured spot on its way, with a rhythm."""

    colour: tuple[float, float, float]
    place: tuple[float, float]
    velocity: tuple[float, float]
    radius: float
    period: float
    phase: float
    strobe: bool

    def field(self, time: float) -> NDArray[Any]:
        """(GRID, 3) light added."""
        y, x = np.mgrid[0 : GRID[0], 0 : GRID[1]] / GRID[0]
        away = (x - self.place[0] - self.velocity[0] * time) ** 2 + (y - self.place[1] - self.velocity[1] * time) ** 2
        beat = 0.5 + 0.5 * np.sin(2 * np.pi * time / self.period + self.phase)
        strength = float(beat > 0.7) if self.strobe else beat
        return np.exp(-away / (2 * self.radius**2))[..., None] * np.array(self.colour) * strength


@dataclass(frozen=True)
class Light:
    """Factors of R'G'B': an ambient light and beams; then blacks are crushed and whites clip, as in a camera."""

    ambient: tuple[float, float, float] = (1.0, 1.0, 1.0)
    beams: tuple[Beam, ...] = ()
    crush: float = 0.0
    """Share of the range that becomes black."""
    clip: float = 0.0
    """Share of the range above which all is white."""

    @staticmethod
    def drawn(random: np.random.Generator) -> Light:
        """Half of them daylight, the others of a concert."""
        crush, clip = random.uniform(0, 0.06, 2) * (random.random(2) < 0.6)
        exposure = random.uniform(0.7, 1.05)
        if random.random() < 0.5:
            return Light((exposure, exposure, exposure), (), float(crush), float(clip))
        exposure = random.uniform(0.15, 1.0)
        tint = random.uniform(0.3, 1.0, 3)
        tint /= tint.max()
        red, green, blue = (exposure * tint).tolist()
        beams = tuple(_beam(random) for _ in range(random.integers(0, 4)))
        return Light((red, green, blue), beams, float(crush), float(clip))

    def on(self, picture: Picture, time: float) -> Picture:
        """A picture in this light, within [0, 1]."""
        low = np.float32(self.crush)
        gain = np.float32(1 / (1 - self.crush - self.clip))
        field = np.broadcast_to(np.array(self.ambient), (*GRID, 3)).astype(np.float32)
        for beam in self.beams:
            field = field + beam.field(time).astype(np.float32)
        if self.beams:
            # colour by colour, and once across and once down: many times faster than three colours together
            planes = [cv2.resize(np.ascontiguousarray(field[..., n]), picture.shape[1::-1]) for n in range(3)]
            lit = picture * cv2.merge(planes)
        else:
            lit = picture * field[0, 0]
        if low or gain != 1:
            lit -= low
            lit *= gain
        return np.clip(lit, 0, 1, out=lit)


def _beam(random: np.random.Generator) -> Beam:
    colour = random.uniform(0, 1, 3) ** 2
    strong = random.uniform(0.3, 1.8) / max(float(colour.max()), 0.1)
    r, g, b = (colour * strong).tolist()
    return Beam(
        (r, g, b), (random.uniform(0, 1.7), random.uniform(0, 1)), tuple(random.normal(0, 0.02, 2)),
        random.uniform(0.1, 0.6), random.uniform(8, 80), random.uniform(0, 6.28), bool(random.random() < 0.25),
    )  # fmt: skip
