"""Scenes: moving truth at four times the size of a tape, made of stills, in any light, at any moment."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from training.cutouts import Cutout, actor, strokes
from training.moves import Move, Shake
from training.stagelight import Light
from training.stills import Picture, Stills

SIZE = (192, 320)
"""(lines, samples) of the tapes; their truth has four times as many of both, about as many as photographs have."""
TIMES = 4
"""Samples of truth for one of the tape, in both directions."""
BARS = 0.2
"""Share of scenes with thin lines."""
SHAKEN, STATIC = 0.15, 0.15
"""Shares of scenes filmed by hand, and by a camera that stands still."""


@dataclass(frozen=True)
class Scene:
    """What a camera with no limits sees at any moment; times are fields of 1/59.94 s."""

    world: Picture
    camera: Move
    cutouts: tuple[Cutout, ...]
    light: Light
    shake: Shake | None = None
    moments: int = 1
    """Of an exposure, which are averaged as R'G'B'; 1: a very short one."""
    shutter: float = 0.5
    """Fields that an exposure lasts."""
    size: tuple[int, int] = (SIZE[0] * TIMES, SIZE[1] * TIMES)
    """(lines, samples)."""

    @staticmethod
    def drawn(random: np.random.Generator, stills: Stills, size: tuple[int, int] = SIZE) -> Scene:
        """A scene for a tape of (lines, samples)."""
        frame = (size[0] * TIMES, size[1] * TIMES)
        middle = (frame[1] / 2, frame[0] / 2)
        camera = Move.drawn(random, middle, still=bool(random.random() < STATIC))
        actors = [actor(random, stills.foreground(random), frame) for _ in range(int(random.integers(0, 4)))]
        if random.random() < BARS:
            actors.append(strokes(random, (int(random.integers(40, 200)), int(random.integers(200, 600))), frame))
        return Scene(
            world=stills.photograph(random),
            camera=camera,
            cutouts=tuple(actors),
            light=Light.drawn(random),
            shake=Shake.drawn(random) if random.random() < SHAKEN else None,
            moments=int(random.integers(2, 5)) if random.random() < 0.5 else 1,
            shutter=random.uniform(0.2, 1.0),
            size=frame,
        )

    def picture(self, time: float) -> Picture:
        """(lines, samples, 3) float32 R'G'B' in [0, 1]."""
        made = self._seen(time)
        for number in range(1, self.moments):
            made += self._seen(time + self.shutter * number / self.moments)
        if self.moments > 1:
            made *= np.float32(1 / self.moments)
        return self.light.on(made, time)

    def _seen(self, time: float) -> Picture:
        shaken = self.shake.at(time) if self.shake else (0.0, 0.0)
        height, width = self.world.shape[:2]
        matrix = self.camera.matrix(time, (width / 2, height / 2), shaken)
        canvas = cv2.warpAffine(
            self.world, matrix, self.size[::-1], flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT,
        )  # fmt: skip
        for cutout in self.cutouts:
            cutout.draw(canvas, time, shaken)
        return canvas
