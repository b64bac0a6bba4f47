"""How sharp is one face of a frame, and how is it lit?"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from encore.analysis.lightcolours import clipped_shares
from encore.analysis.look import Image, Look
from encore.core.video import CHROMA_CODES, LUMA_CODES, Colour
from encore.media.colour import to_rgb_matrix

INNER = 0.2
"""Share of the box left out on each side: hair, ears and what is behind."""
MUSH, CRISP = 0.2, 0.32
"""Growth of differences from one to two samples over that from one to four: a parabola has the first (3 of 15). Faces
of 24 to 200 samples as sharp as their raster can carry measured 0.30 to 0.41, blurred by a sigma of one sample 0.25 to
0.31, of two 0.22 to 0.23, of three 0.21; with noise of sigma 4 the same (24 photographs)."""
_LEAST = 8
"""Samples and lines of the woven frame below which nothing is said about the sharpness of what lies inside."""


class FaceLook(NamedTuple):
    """What is measured inside of a face; nan where it is too small."""

    sharpness: float
    """0 mush, 1 as sharp as the raster can carry."""
    level: float
    """Mean luma, 0 black to 1 white."""
    red: float
    """Mean R', and so on."""
    green: float
    blue: float
    clipped: float
    """Largest share of R', G' or B' at the upper limit."""


def face_look(look: Look, box: tuple[float, float, float, float], colour: Colour) -> FaceLook:
    """Measure the top field inside of a face.

    Args:
        look: the tape frame.
        box: left, top, right, bottom; samples and lines of the woven frame.
        colour: of the tape.
    """
    luma = _inside(look.top, box, 1, 2)
    black, white, steep = (0.0, 255.0, 255.0) if colour.full_range else (16.0, LUMA_CODES, CHROMA_CODES)
    if luma is None:
        return FaceLook(*[float("nan")] * len(FaceLook._fields))
    rgb = np.stack([(luma - np.float32(black)) / np.float32(white)] * 3)
    level = float(rgb[0].mean())
    if look.chroma is not None:
        height, width = look.luma.shape
        across, down = width / look.chroma[0].shape[1], height / look.chroma[0].shape[0]
        planes = [_inside(plane[0::2], box, across, 2 * down) for plane in look.chroma]
        matrix = to_rgb_matrix("bt601" if colour.matrix == "rgb" else colour.matrix)
        for plane, gains in zip(planes, matrix[:, 1:].T, strict=True):
            if plane is not None:
                tint = (_sized(plane, luma) - np.float32(128)) / np.float32(steep)
                rgb += gains.astype(np.float32)[:, None, None] * tint
    red, green, blue = (float(np.clip(one.mean(), 0, 1)) for one in rgb)
    clipped = float(clipped_shares(rgb.reshape(3, -1)).max())
    return FaceLook(sharpness_of(luma), float(np.clip(level, 0, 1)), red, green, blue, clipped)


def sharpness_of(luma: Image) -> float:
    """How sharp a picture is, whatever its contrast and the white noise in it; nan where it is too small.

    Mean squared differences of samples one, two and four apart grow by a parabola where all is blurred, and ever less
    where it is sharp. Noise adds the same to each and leaves their growth alone.
    Source: variogram (Matheron 1963); the ratio of its growth: own.

    Args:
        luma: lines of one field, codes.
    """
    if luma.shape[1] < _LEAST or len(luma) < _LEAST / 2:
        return float("nan")
    one, two, four = (float(((luma[:, step:] - luma[:, :-step]) ** 2).mean()) for step in (1, 2, 4))
    if four - one <= 0:
        return float("nan")
    return float(np.clip(((two - one) / (four - one) - MUSH) / (CRISP - MUSH), 0, 1))


def _inside(plane: Image, box: tuple[float, float, float, float], across: float, down: float) -> Image | None:
    """The middle of a box in a plane of which each sample stands for so many samples and lines; None: it is outside."""
    left, top, right, bottom = box
    margin_x, margin_y = INNER * (right - left), INNER * (bottom - top)
    rows = _run(top + margin_y, bottom - margin_y, down, len(plane))
    columns = _run(left + margin_x, right - margin_x, across, plane.shape[1])
    return plane[rows, columns] if rows and columns else None


def _run(start: float, stop: float, step: float, most: int) -> slice | None:
    first, last = max(0, round(start / step)), min(most, max(round(stop / step), round(start / step) + 1))
    return slice(first, last) if last > first else None


def _sized(plane: Image, like: Image) -> Image:
    return np.asarray(cv2.resize(plane, like.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
