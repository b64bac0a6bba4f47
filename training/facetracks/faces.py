"""Faces: stills of faces with their landmarks, cut to the face, at any size."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.stills import Picture, kept_for_validation

NAMES = ("right_eye", "left_eye", "nose", "right_mouth", "left_mouth")
"""Columns of `faces.csv`, each with `_x` and `_y`, in the order of landmarks everywhere."""
FOLDERS = ("faces_cc", "faces_ai")
STUDIO = 0.35
"""Share of faces drawn from photographs, the first folder, which has one in seven of the files but the finest skin."""
AROUND = (2.1, 2.2, 2.7)
"""Eye distances kept beside, above and below the middle of the eyes; more only at the picture's end."""

Points = NDArray[Any]
"""(5, 2) landmarks, x and y in samples."""


@dataclass(frozen=True)
class Face:
    """A still and where its landmarks are."""

    file: Path
    points: tuple[tuple[float, float], ...]

    def cut(self, distance: float, aspect: float) -> tuple[Picture, Points]:
        """The face, so large that its eyes are `distance` samples apart, and its landmarks in it.

        Args:
            distance: between the eyes, in lines.
            aspect: width of a sample over its height.
        """
        codes = cv2.imread(str(self.file), cv2.IMREAD_COLOR_RGB)
        if codes is None:
            raise ValueError(f"{self.file} is not an image")
        points = np.array(self.points)
        apart = distance_of(points)
        beside, above, below = (apart * n for n in AROUND)
        x, y = points[:2].mean(0)
        left, top = max(0, int(x - beside)), max(0, int(y - above))
        part = codes[top : int(y + below), left : int(x + beside)].astype(np.float32) * np.float32(1 / 255)
        scale = distance / apart
        size = max(8, round(part.shape[1] * scale / aspect)), max(8, round(part.shape[0] * scale))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        made = np.clip(cv2.resize(part, size, interpolation=how), 0, 1)
        steps = np.array([size[0] / part.shape[1], size[1] / part.shape[0]])
        return made, (points - (left, top) + 0.5) * steps - 0.5


def distance_of(points: Points, aspect: float = 1.0) -> float:
    """Between the eyes, in lines; `aspect` is the width of a sample over its height."""
    x, y = points[1] - points[0]
    return float(np.hypot(x * aspect, y))


@dataclass(frozen=True)
class Faces:
    """Faces of one side of the split."""

    studio: tuple[Face, ...]
    others: tuple[Face, ...]

    @staticmethod
    def under(folder: Path, *, validation: bool) -> Faces:
        """Those that `faces.csv` names, with all landmarks; a file's name alone decides on which side it is.

        Raises:
            ValueError: no face is on this side.
        """
        with (folder / "faces.csv").open(newline="") as table:
            rows = [row for row in csv.DictReader(table) if all(row[f"{name}_x"] for name in NAMES)]
        sides: list[list[Face]] = [[], []]
        for row in rows:
            file = folder / row["file"]
            if file.parent.name in FOLDERS and kept_for_validation(file) == validation:
                points = tuple((float(row[f"{name}_x"]), float(row[f"{name}_y"])) for name in NAMES)
                sides[FOLDERS.index(file.parent.name)].append(Face(file, points))
        if not any(sides):
            raise ValueError(f"no faces in {folder}")
        return Faces(tuple(sides[0]), tuple(sides[1]))

    def any(self, random: np.random.Generator) -> Face:
        """One by chance."""
        chosen = self.studio if self.studio and (random.random() < STUDIO or not self.others) else self.others
        return chosen[int(random.integers(len(chosen)))]
