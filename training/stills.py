"""Stills: photographs and faces of the training material, which of them are kept for validation, how they are read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[Any]
"""(H, W, 3) float32 R'G'B' in [0, 1]."""
VALIDATION = 10
"""One photograph in so many is never trained on."""
MOST_REDUCED = 1.6
"""Photographs are reduced by 1 to this factor first: what is a little soft at its own size becomes sharp."""
HELD = 24
"""Decoded stills held in memory; each has up to 16 MB."""


@dataclass(frozen=True)
class Stills:
    """Files of one side of the split."""

    photographs: tuple[Path, ...]
    faces: tuple[Path, ...]

    @staticmethod
    def under(folder: Path, *, validation: bool) -> Stills:
        """Those of `photos/`, `faces_cc/` and `faces_ai/` in a folder, or of the folder itself where it has none.

        Raises:
            ValueError: no photograph is on this side.
        """
        places = folder / "photos" if (folder / "photos").is_dir() else folder
        photographs = _side(places, validation)
        if not photographs:
            raise ValueError(f"no photographs in {places}")
        faces = _side(folder / "faces_cc", validation) + _side(folder / "faces_ai", validation)
        return Stills(tuple(photographs), tuple(faces))

    def photograph(self, random: np.random.Generator) -> Picture:
        """Any photograph, reduced."""
        return reduced(self._any(self.photographs, random), random.uniform(1, MOST_REDUCED))

    def foreground(self, random: np.random.Generator) -> Picture:
        """A face at 0.3 to 1 of its size, or a photograph."""
        if not self.faces or random.random() < 0.4:
            return self.photograph(random)
        studio = [face for face in self.faces if face.parent.name == "faces_cc"] if random.random() < 0.5 else []
        return reduced(self._any(tuple(studio) or self.faces, random), 1 / random.uniform(0.3, 1.0))

    @staticmethod
    def _any(files: tuple[Path, ...], random: np.random.Generator) -> NDArray[np.uint8]:
        return _read(files[int(random.integers(len(files)))])


def kept_for_validation(file: Path) -> bool:
    """Whether a photograph is never trained on; its name alone decides."""
    return int.from_bytes(hashlib.sha256(file.name.encode()).digest()[:4], "big") % VALIDATION == 0


def reduced(codes: NDArray[np.uint8], factor: float) -> Picture:
    """A still made smaller by averaging areas."""
    height, width = codes.shape[:2]
    size = max(8, round(width / factor)), max(8, round(height / factor))
    return np.asarray(cv2.resize(codes.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32) / 255


def _side(folder: Path, validation: bool) -> list[Path]:
    found = sorted(folder.glob("*.*")) if folder.is_dir() else []
    images = (file for file in found if file.suffix.lower() in (".webp", ".jpg", ".jpeg", ".png"))
    return [file for file in images if kept_for_validation(file) == validation]


@lru_cache(maxsize=HELD)
def _read(file: Path) -> NDArray[np.uint8]:
    codes = cv2.imread(str(file), cv2.IMREAD_COLOR_RGB)
    if codes is None:
        raise ValueError(f"{file} is not an image")
    return np.asarray(codes, np.uint8)
