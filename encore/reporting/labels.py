"""Names on pictures: white text on plates that let the picture through, drawn without any font file."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.reporting.words import printable

SMALLEST = 12
"""Pixels; smaller text cannot be read."""
LINES_PER_SIZE = 40
"""Text is one fortieth of the picture's height: 27 pixels at 1080 lines."""
PLATE = 150
"""Opacity of the plate, of 255: the picture shines through, white text stays readable on white."""

WEIGHT = 500
"""A little bolder than regular, 400: thin strokes drown in a picture."""
SHORTEST = 8
"""Characters below which a name is cut off rather than shortened."""

Image = NDArray[np.uint8]
"""(H, W, 3) blue first, or (H, W, 4) with opacity last."""


def labels_of(names: tuple[str, str], width: int, height: int, *, ends: bool) -> Image:
    """Two names over nothing, (height, width, 4): each at the top left of its half, or with `ends` in outer corners."""
    size = max(SMALLEST, height // LINES_PER_SIZE)
    canvas = np.zeros((height, width, 4), np.uint8)
    half = width // 2
    for name, left, right in ((names[0], 0, half), (names[1], half, width)):
        plate = _plate(printable(name), size, right - left - 2 * size)
        x = right - size - plate.shape[1] if left and ends else left + size
        canvas[size : size + plate.shape[0], x : x + plate.shape[1]] = plate
    return canvas


def laid_over(picture: Image, labels: Image) -> Image:
    """A picture (H, W, 3) under labels (H, W, 4)."""
    opacity = labels[..., 3:].astype(np.float32) / 255
    return np.round(picture * (1 - opacity) + labels[..., :3] * opacity).astype(np.uint8)


def _plate(text: str, size: int, room: int) -> Image:
    """White text on a dark plate, at most `room` wide, shortened in its middle where it must be."""
    ink = _ink(text, size)
    while ink.shape[1] > room and len(text) > SHORTEST:
        middle = len(text) // 2
        text = text[: middle - 1].rstrip("…") + "…" + text[middle + 1 :].lstrip("…")
        ink = _ink(text, size)
    ink = ink[:, :room]
    return np.concatenate([ink, ink, ink, np.maximum(ink, np.uint8(PLATE))], axis=2)


def _ink(text: str, size: int) -> Image:
    """Text as grey (H, W, 1); OpenCV's own font knows most scripts."""
    strip = np.zeros((size * 2, size * (2 + 2 * len(text)), 3), np.uint8)
    origin, white = (size // 2, round(size * 1.4)), (255, 255, 255)
    end, drawn = cv2.putText(strip, text, origin, white, cv2.FontFace("sans"), size, WEIGHT)
    return np.asarray(drawn, np.uint8)[:, : int(end[0]) + size // 2, :1]
