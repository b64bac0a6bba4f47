"""Labels: pictures with their faces, boxes and landmarks, from people's annotations and from studio portraits."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.stills import kept_for_validation

NAMES = ("right_eye", "left_eye", "nose", "right_mouth", "left_mouth")
"""Landmarks in the order of columns; right is the subject's own."""
MIRRORED = (1, 0, 2, 4, 3)
"""Which landmark each of them becomes in a mirror."""
HELD_PERCENT = 15
"""Of annotated crowds, never trained on."""
STUDIO_SIDE = 448
"""Samples that a portrait is reduced to: its face is then as large as a face in close-up on a tape."""
HALF_WIDTH, HALF_HEIGHT, RISE = (0.55, 0.54), 1.39, 0.16
"""A box as people draw it, from landmarks: half its width in distances between the eyes and from eyes to mouth, half
its height and how far its middle lies above that of the landmarks, in distances from eyes to mouth. Medians of 3,180
annotated faces that look at us."""


@dataclass(frozen=True)
class Labelled:
    """A picture with its faces.

    Attributes:
        image: (H, W, 3) uint8 R'G'B'.
        boxes: (n, 4) left, top, right, bottom; edges of samples are whole numbers.
        landmarks: (n, 5, 2) x, y; not a number where nobody knows.
        worth: (n,) how sure the landmarks are, 0 to 1.
        sure: (n,) whether it is a face that counts; the others are neither right nor wrong.
        hidden: (n,) 0 not, 1 partly, 2 mostly occluded.
        name: of its file.
    """

    image: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    worth: NDArray[np.float32]
    sure: NDArray[np.bool_]
    hidden: NDArray[np.int64]
    name: str


def crowds(folder: Path, *, held: bool) -> list[Labelled]:
    """Pictures of `wider/` on one side of the split, decoded.

    Raises:
        FileNotFoundError: there is no `wider.csv`.
    """
    found: dict[str, list[dict[str, str]]] = {}
    for row in _rows(folder / "wider.csv"):
        if is_held(Path(row["file"]).name) == held:
            found.setdefault(row["file"], []).append(row)
    return [_crowd(folder, file, rows) for file, rows in sorted(found.items())]


def is_held(name: str) -> bool:
    """Whether a crowd is never trained on; its name alone decides."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 100 < HELD_PERCENT


def portraits(folder: Path, *, held: bool) -> list[Labelled]:
    """Studio portraits of `faces.csv` on one side of the split of stills, reduced."""
    made: list[Labelled] = []
    for row in _rows(folder / "faces.csv"):
        if kept_for_validation(Path(row["file"])) != held:
            continue
        image = _read(folder / row["file"])
        share = STUDIO_SIDE / max(image.shape[:2])
        size = round(image.shape[1] * share), round(image.shape[0] * share)
        points = _points(row)[None] * np.float32(share)
        made.append(
            Labelled(
                image=np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8),
                boxes=box_of(points), landmarks=points, worth=np.ones(1, np.float32),
                sure=np.ones(1, bool), hidden=np.zeros(1, np.int64), name=row["file"],
            )
        )  # fmt: skip
    return made


def box_of(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, 4) the boxes that people would draw about faces with these landmarks, (n, 5, 2)."""
    eyes, mouth = landmarks[:, :2].mean(1), landmarks[:, 3:].mean(1)
    between = np.linalg.norm(landmarks[:, 1] - landmarks[:, 0], axis=1)
    down = np.linalg.norm(mouth - eyes, axis=1)
    middle = (eyes + mouth) / 2 + (eyes - mouth) * np.float32(RISE)
    half = np.stack([HALF_WIDTH[0] * between + HALF_WIDTH[1] * down, HALF_HEIGHT * down], 1)
    return np.concatenate([middle - half, middle + half], 1).astype(np.float32)


def _crowd(folder: Path, file: str, rows: list[dict[str, str]]) -> Labelled:
    x, y, w, h = (np.array([float(row[name]) for row in rows], np.float32) for name in "xywh")
    return Labelled(
        image=_read(folder / file),
        boxes=np.stack([x, y, x + w, y + h], 1),
        landmarks=np.stack([_points(row) for row in rows]),
        worth=np.array([float(row["score"] or 0) for row in rows], np.float32),
        sure=np.array([row["invalid"] == "0" for row in rows]) & (np.minimum(w, h) >= 1),
        hidden=np.array([int(row["occlusion"]) for row in rows]),
        name=file,
    )


def _points(row: dict[str, str]) -> NDArray[np.float32]:
    values = [[row[f"{name}_{axis}"] or "nan" for axis in "xy"] for name in NAMES]
    return np.array(values, np.float32)


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as opened:
        yield from csv.DictReader(opened)


def _read(file: Path) -> NDArray[np.uint8]:
    image: Any = cv2.imread(str(file), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise ValueError(f"{file} is not an image")
    return np.asarray(image, np.uint8)
