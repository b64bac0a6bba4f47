"""Scenes of faces: as many as fit on a small tape, each on its way, in one of seven lights."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from training.cutouts import Cutout
from training.facetracks.actors import MovingFace, moving_face, occluder
from training.facetracks.faces import Faces
from training.moves import Move
from training.scenes import TIMES, Scene
from training.stagelight import Beam, Light
from training.stills import Picture, Stills

LEAST, MOST = 10.0, 90.0
"""Samples between the eyes of the faces that a network is for; below nothing is restored, above little is missing."""
USUAL, USUALLY = (12.0, 48.0), 0.8
"""Range that most faces are in, and their share."""
ASPECTS = (1.0, 8 / 9, 10 / 11, 32 / 27, 40 / 33, 16 / 15, 12 / 11)
"""Widths of samples over their height: square ones, and those of 4:3 and 16:9 by the two conventions."""
CELL, GAP = (3.6, 4.0), 14
"""Eye distances, across and down, that a face gets on the tape, and samples beside it."""
RASTER = (224, 360)
"""Lines and samples within which several faces are put; a single large one may need more."""
SMALLEST = (128, 160)
"""Lines and samples of a tape whose noise can still be measured."""
TOGETHER = 6
"""Faces of a scene at most: they share the tape's faults."""
EXPOSED = 0.1
"""Share of scenes whose exposures last; they are drawn twice."""
OCCLUDED = 0.33
"""Share of faces with something before them."""
WORLD = (0.15, 1.0)
"""Exposure of what is behind the faces: a dark stage to daylight."""
LIGHTS: dict[str, tuple[float, float, float]] = {
    "white": (1.0, 1.0, 1.0), "amber": (1.0, 0.62, 0.25), "red": (1.0, 0.08, 0.07), "green": (0.15, 1.0, 0.25),
    "blue": (0.08, 0.14, 1.0), "magenta": (1.0, 0.1, 0.85), "cyan": (0.15, 0.8, 1.0),
}  # fmt: skip
"""R'G'B' of stage light."""
WHITE = 0.4
"""Share of scenes in white light; the others are shared equally by the colours."""


@dataclass(frozen=True)
class Stage(Scene):
    """A scene whose world is as large as its pictures and does not move: it need not be placed every time."""

    def _seen(self, time: float) -> Picture:
        canvas = self.world.copy()
        for cutout in self.cutouts:
            cutout.draw(canvas, time, (0.0, 0.0))
        return canvas


@dataclass(frozen=True)
class FaceScene:
    """A scene and the faces in it."""

    scene: Scene
    faces: tuple[MovingFace, ...]
    light: str
    aspect: float
    """Width of the tape's samples over their height."""


def drawn(random: np.random.Generator, stills: Stills, faces: Faces) -> FaceScene:
    """Any scene."""
    distance, aspect = _distance(random), ASPECTS[int(random.integers(len(ASPECTS)))] if random.random() < 0.6 else 1.0
    wide, high = CELL[0] * distance / aspect + GAP, CELL[1] * distance + GAP
    across, down = max(1, min(3, int(RASTER[1] / wide))), max(1, min(2, int(RASTER[0] / high)))
    # lines of a field come in pairs of chroma, blocks of a codec in 16
    size = max(SMALLEST[0], -int(-down * high // 16) * 16), max(SMALLEST[1], -int(-across * wide // 16) * 16)
    step = size[1] / across * TIMES, size[0] / down * TIMES
    actors: list[MovingFace] = []
    cutouts: list[Cutout] = []
    for number in range(min(TOGETHER, across * down)):
        place = (number % across + 0.5) * step[0], (number // across + 0.48) * step[1]
        made = moving_face(random, faces.any(random), max(LEAST, distance * random.uniform(0.75, 1)), aspect, place)
        actors.append(made)
        cutouts.append(made)
        if random.random() < OCCLUDED:
            cutouts.append(occluder(random, made, faces.any(random)))
    light, name = lit(random)
    frame = (size[0] * TIMES, size[1] * TIMES)
    photograph = stills.photograph(random) * np.float32(random.uniform(*WORLD))
    off = (photograph.shape[1] - frame[1]) / 2, (photograph.shape[0] - frame[0]) / 2
    place, how = np.array([[1, 0, off[0]], [0, 1, off[1]]]), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    world = cv2.warpAffine(photograph, place, frame[::-1], flags=how, borderMode=cv2.BORDER_REFLECT)
    moments, shutter = 2 if random.random() < EXPOSED else 1, random.uniform(0.2, 0.8)
    scene = Stage(world, Move((0.0, 0.0)), tuple(cutouts), light, None, moments, shutter, frame)
    return FaceScene(scene, tuple(actors), name, aspect)


def lit(random: np.random.Generator, name: str | None = None) -> tuple[Light, str]:
    """A light and its name; half of the coloured ones and a quarter of white ones change while they shine."""
    colours = [one for one in LIGHTS if one != "white"]
    chosen = name or ("white" if random.random() < WHITE else colours[int(random.integers(len(colours)))])
    colour = np.array(LIGHTS[chosen]) * random.uniform(0.9, 1.1, 3)
    exposure = random.uniform(0.6, 1.1) if chosen == "white" else random.uniform(0.7, 1.6)
    crush, clip = (float(n) for n in random.uniform(0, 0.08, 2) * (random.random(2) < 0.6))
    changing = random.random() < (0.25 if chosen == "white" else 0.5)
    share = random.uniform(0.2, 0.6) if changing else 0.0
    red, green, blue = (float(n) for n in colour * exposure * (1 - share))
    if not changing:
        return Light((red, green, blue), (), crush, clip), chosen
    r, g, b = (float(n) for n in colour * exposure * share * 1.6)
    beam = Beam(
        (r, g, b), (random.uniform(0, 1.6), random.uniform(0, 1)), (random.normal(0, 0.01), random.normal(0, 0.01)),
        random.uniform(0.3, 1.0), random.uniform(10, 120), random.uniform(0, 6.28), random.random() < 0.15,
    )  # fmt: skip
    return Light((red, green, blue), (beam,), crush, clip), chosen


def _distance(random: np.random.Generator) -> float:
    """Largest eye distance of a scene: so that all faces, of scenes with one or many, are spread as wanted."""
    while True:
        least, most = USUAL if random.random() < USUALLY else (LEAST, MOST)
        distance = math.exp(random.uniform(math.log(least), math.log(most)))
        wide, high = CELL[0] * distance + GAP, CELL[1] * distance + GAP
        together = max(1, min(3, int(RASTER[1] / wide))) * max(1, min(2, int(RASTER[0] / high)))
        if random.random() < 1 / together:
            return distance
