"""Truth put on tape by the simulator of the training: one function, so that one place decides what a tape is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from benchmarks.repair.recording import Planes
from benchmarks.repair.scenes import Picture
from encore.core.time import Span
from encore.core.video import LUMA_CODES, Plane
from encore.media.decode import decoded, raw
from encore.media.inspect import inspect
from encore.motion.light import BLACK
from training.chroma import true_chroma
from training.recording import record
from training.tape import MID, MILD, STRONG, TO_CODES, Recipe, band, fields_of, filmed

Strength = Literal["clean", "mild", "mid", "strong"]
"""Of a tape's faults. `clean`: no blur but the sensor's, no noise, no codec."""
PICTURES = 20
"""Moments on a tape."""
SCORED = Span(start=6, stop=14)
"""Those that are compared: they have neighbours on both sides."""
RECIPES: dict[Strength, Recipe] = {"clean": Recipe(blur=0.01), "mild": MILD, "mid": MID, "strong": STRONG}
"""The faults of the simulator by their strength; a blur of none at all has no Gaussian."""


@dataclass(frozen=True)
class Taped:
    """A tape and the truth of its scored pictures, in 8-bit codes of 4:2:0 with chroma on the left."""

    name: str
    path: Path
    recipe: Recipe
    truth: list[Planes]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the truth."""
        height, width = self.truth[0][0].shape
        return width, height

    def frames(self) -> list[Plane]:
        """Luma of the frames that hold the scored pictures, as they are on the tape."""
        every = [raw(frame).planes[0] for _, frame in decoded(self.path, inspect(self.path).video.index)]
        return [frame.astype(np.float32) for frame in every[SCORED.start // 2 : SCORED.stop // 2]]

    def fields(self) -> list[Plane]:
        """Luma of the scored pictures' own lines, as they are on the tape."""
        return [frame[parity::2] for frame in self.frames() for parity in (0, 1)]

    def taken_back(self, luma: Plane, number: int) -> Plane:
        """What the tape would hold of a film, without noise and codec: the lines of a scored picture's field.

        Args:
            luma: (H, W) codes of the film.
            number: of the picture, from the first scored one.
        """
        grey = (luma - np.float32(BLACK)) / np.float32(LUMA_CODES)
        lines = filmed(cv2.merge([grey, grey, grey]), self.recipe)[number % 2 :: 2, :, 0]
        for analog in self.recipe.analog:
            along = band(analog.luma_band)
            lines = cv2.sepFilter2D(lines, -1, along, np.ones(1, np.float32), borderType=cv2.BORDER_REPLICATE)
        return lines + np.float32(BLACK)


def taped(name: str, pictures: Iterable[Picture], folder: Path, strength: Strength = "mid", seed: int = 1) -> Taped:
    """Record moments a field apart.

    Args:
        name: for the table.
        pictures: (H, W, 3) R'G'B' with a multiple of 16 lines and samples; an even number.
        folder: for the tape.
        strength: of its faults.
        seed: of its noise.
    """
    recipe = RECIPES[strength]
    truth: list[Planes] = []
    frames: list[Picture] = []
    for tick, picture in enumerate(pictures):
        frames.append(filmed(picture, recipe))
        if SCORED.start <= tick < SCORED.stop:
            truth.append(true_planes(picture))
    return Taped(name, record(folder, fields_of(frames, recipe, seed), recipe.codec), recipe, truth)


def true_planes(picture: Picture) -> Planes:
    """What a film of 4:2:0 would best show of a moment; not rounded."""
    codes = cv2.transform(picture, TO_CODES)
    blue, red = true_chroma(codes[..., 1:]) + np.float32(128)
    return codes[..., 0] + np.float32(BLACK), blue, red
