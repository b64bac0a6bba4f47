"""Light and tape for views: coloured lamps seen as luma, occluders, fields, noise and blocks."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.facefinder import BLACK, RANGE

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Of R'G'B' (BT.601-7)."""
LAMPS: dict[str, tuple[float, float, float]] = {
    "red": (1, 0.05, 0.07), "deep red": (1, 0.01, 0.01), "blue": (0.06, 0.1, 1), "magenta": (1, 0.06, 0.9),
    "amber": (1, 0.55, 0.08), "green": (0.08, 1, 0.15), "cyan": (0.06, 0.8, 1),
}  # fmt: skip
"""Linear R, G, B of stage lanterns and LEDs: seven of those of `benchmarks.scan.stages`."""
DAYLIGHT, BEAMS, OCCLUDED, FIELD, BLOCKS, COARSE = 0.45, 0.25, 0.2, 0.6, 0.35, 0.15
"""Shares of views that are lit white, unevenly, whose faces have something before them, that show one field, that a
codec coarsened, and that are enlarged from half their size."""

Luma = NDArray[Any]
"""(H, W) float32 studio codes."""
Rgb = NDArray[np.uint8]


def lit(image: Rgb, lamp: tuple[float, float, float], gain: float = 1.0) -> Luma:
    """Luma of a picture under a lamp, as a camera sees it: every channel clips for itself.

    Args:
        image: (H, W, 3) R'G'B'.
        lamp: linear R, G, B.
        gain: of the exposure, on the camera's curve (a square root).
    """
    factors = np.sqrt(np.array(lamp, np.float32)) * np.float32(gain)
    matrix = np.diag(factors)
    shone = cv2.transform(image, matrix) if factors.max() > 1 or gain != 1 else image * factors
    luma = np.minimum(shone, 255).astype(np.float32) @ LUMA  # uint8 clips in the transform
    return BLACK + luma * np.float32(RANGE / 255)


def stage(image: Rgb, random: np.random.Generator) -> Luma:
    """Luma under any light: white, one of the lamps, or one that has no name; half of them wrongly exposed."""
    gain = float(np.exp(random.normal(0, 0.35))) if random.random() < 0.6 else 1.0
    if random.random() < DAYLIGHT:
        lamp = (1.0, 1.0, 1.0)
    elif random.random() < 0.5:
        lamp = list(LAMPS.values())[int(random.integers(len(LAMPS)))]
        gain *= random.uniform(1, 2)  # whoever films by such light opens the lens
    else:
        free = random.uniform(0, 1, 3) ** 2
        lamp = tuple((free / max(float(free.max()), 0.1)).tolist())
    luma = lit(image, lamp, gain)
    if random.random() < BEAMS:
        field = cv2.resize(
            random.uniform(0.2, 1.4, (3, 3)).astype(np.float32), luma.shape[1::-1], interpolation=cv2.INTER_CUBIC
        )
        luma = BLACK + (luma - BLACK) * np.clip(field, 0.1, 1.5)
    if random.random() < 0.5:
        curve = np.float32(np.exp(random.normal(0, 0.35)))
        luma = BLACK + RANGE * np.clip((luma - BLACK) / RANGE, 0, 1) ** curve
    return luma


def taped(luma: Luma, random: np.random.Generator) -> Luma:
    """What a tape leaves of a picture."""
    height, width = luma.shape
    if random.random() < COARSE:
        small = cv2.resize(luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        luma = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    sigma = random.uniform(0, 1.2, 2) * (random.random(2) < 0.6) + 0.01
    luma = cv2.GaussianBlur(luma, (0, 0), float(sigma[0]), sigmaY=float(sigma[1]))
    if random.random() < 0.7:
        noise = random.standard_normal(luma.shape, np.float32) * np.float32(min(random.gamma(2.0, 1.5), 14))
        if random.random() < 0.5:
            noise = cv2.GaussianBlur(noise, (5, 1), 0.7) * np.float32(1.4)
        luma = luma + noise
    if random.random() < FIELD:
        first = int(random.integers(2))
        field = np.ascontiguousarray(luma[first::2])
        matrix = np.array([[1, 0, 0], [0, 0.5, -first / 2]], np.float32)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        luma = cv2.warpAffine(field, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    luma = np.clip(luma, 1, 254)
    if random.random() < BLOCKS:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(12, 70))]
        coded: Any = cv2.imencode(".jpg", luma.astype(np.uint8), quality)[1]
        luma = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE))
    return np.asarray(luma, np.float32)


def occluded(image: Rgb, boxes: NDArray[np.float32], random: np.random.Generator) -> None:
    """Microphones, their stands, hands and heads before some faces, in place; at most a third of a face goes."""
    sides: list[list[float]] = boxes.tolist()
    for left, top, right, bottom in sides:
        width, height = right - left, bottom - top
        if min(width, height) < 16 or random.random() > OCCLUDED:
            continue
        colour = random.integers(0, 255, 3).tolist() if random.random() < 0.4 else [int(random.integers(0, 90))] * 3
        at = (left + width * random.uniform(0, 1), top + height * random.uniform(0.6, 1.05))
        centre = (round(float(at[0])), round(float(at[1])))
        if random.random() < 0.4:
            end = (
                round(float(at[0] + width * random.normal(0, 0.6))),
                round(float(bottom + height * random.uniform(0, 1.5))),
            )
            cv2.line(image, centre, end, colour, max(1, round(width * random.uniform(0.04, 0.14))), cv2.LINE_AA)
        axes = (max(1, round(width * random.uniform(0.06, 0.28))), max(1, round(height * random.uniform(0.06, 0.22))))
        if random.random() < 0.3:
            _copied(image, centre, axes, random)
        else:
            cv2.ellipse(image, centre, axes, random.uniform(0, 180), 0, 360, colour, -1, cv2.LINE_AA)


def lamps(image: Rgb, boxes: NDArray[np.float32], random: np.random.Generator) -> None:
    """Lanterns that shine into the camera, in place, but not before faces: as small and bright as faces far away."""
    height, width = (int(length) for length in image.shape[:2])
    for _ in range(int(random.integers(1, 14))):
        x, y = int(random.integers(width)), int(random.integers(height))
        radius = int(random.integers(1, 12))
        left, top, right, bottom = boxes.T
        near = (x > left - radius) & (x < right + radius) & (y > top - radius) & (y < bottom + radius)
        if near.any():
            continue
        colour = (255 * random.uniform(0.5, 1, 3) ** 0.5).tolist()
        axes = radius, max(1, round(radius * float(random.uniform(0.6, 1))))
        cv2.ellipse(image, (x, y), axes, float(random.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
        if radius > 4 and random.random() < 0.5:
            dim = [0.5 * share for share in colour]
            cv2.circle(image, (x, y), radius // 2, dim, -1, cv2.LINE_AA)


def _copied(image: Rgb, centre: tuple[int, int], axes: tuple[int, int], random: np.random.Generator) -> None:
    """An ellipse of another place of the picture: it has skin and cloth."""
    height, width = (int(length) for length in image.shape[:2])
    left, top = max(0, centre[0] - axes[0]), max(0, centre[1] - axes[1])
    right, bottom = min(width, centre[0] + axes[0] + 1), min(height, centre[1] + axes[1] + 1)
    if left >= right or top >= bottom:
        return
    high, wide = bottom - top, right - left
    y, x = (int(random.integers(most)) for most in (height - high + 1, width - wide + 1))
    part = image[y : y + high, x : x + wide].copy()
    rows, columns = np.arange(top, bottom)[:, None] - centre[1], np.arange(left, right)[None] - centre[0]
    inside = (columns / axes[0]) ** 2 + (rows / axes[1]) ** 2 <= 1
    image[top:bottom, left:right][inside] = part[inside]
