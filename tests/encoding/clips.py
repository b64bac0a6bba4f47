"""Small raw clips for tests of the search: a photograph-like field that drifts, with what is asked for on it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.media.y4m import Y4mWriter

SIZE = (320, 240)
NTSC = Fraction(30000, 1001)
Luma = NDArray[Any]
"""(H, W) float 8-bit codes."""


@functools.cache
def field(seed: int, size: tuple[int, int]) -> Luma:
    """Structure of all sizes, like a photograph's."""
    random = np.random.default_rng(seed)
    width, height = size
    total = np.zeros((height * 2, width * 2), np.float32)
    for sigma, gain in ((2.0, 90), (5.0, 220), (16.0, 600)):
        total += gain * cv2.GaussianBlur(random.normal(size=total.shape).astype(np.float32), (0, 0), sigma)
    return np.clip(110 + total, 20, 230)


def drifting(number: int, size: tuple[int, int] = SIZE, seed: int = 1) -> Luma:
    """Picture `number` of a field that drifts by (1.5, 0.5) samples a picture."""
    matrix = np.array([[1, 0, -20 - 1.5 * number], [0, 1, -10 - 0.5 * number]], np.float32)
    return cv2.warpAffine(field(seed, size), matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def sharpened(luma: Luma) -> Luma:
    """Unsharp masking, as a trick would."""
    return np.clip(luma + 1.0 * (luma - cv2.GaussianBlur(luma, (0, 0), 1.2)), 16, 235)


def written(
    path: Path,
    frames: int,
    make: Callable[[int], Luma] = drifting,
    rate: Fraction = NTSC,
    depth: int = 10,
    *,
    grey: bool = False,
) -> Path:
    """A raw clip of pictures, with weak, smooth chroma unless it is `grey`."""
    first = make(0)
    height, width = first.shape
    small = (-(-height // 2), -(-width // 2))
    scale, kind = 1 << (depth - 8), np.uint8 if depth == 8 else np.uint16
    chroma = np.tile(np.linspace(*((128, 128) if grey else (110, 145)), small[1]) * scale, (small[0], 1)).astype(kind)
    with Y4mWriter(path, (width, height), rate, depth) as writer:
        for number in range(frames):
            luma = first if number == 0 else make(number)
            writer.write((np.rint(luma * scale).astype(kind), chroma, chroma))
        writer.close()
    return path
