"""What makes a shot hard to encode, as six numbers from a few of its pictures."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.video import Patch, Plane
from encore.encoding.probe import Window
from encore.media.y4m import planes, raw_pictures

Numbers = NDArray[np.float64]
NAMES = ("texture", "change", "luma", "flat share", "noise", "face share")
LINES = 540
"""Pictures are looked at in that size, whatever that of the film, so that figures mean the same."""
BLOCK = 8
FLAT = 1.0
"""8-bit codes: blocks that vary less show banding before anything else."""
EVERY = 8
"""So manieth pair of pictures is looked at: four of a window."""
IMMERKAER = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
"""Answers to noise and not to edges (Immerkaer 1996)."""


def features_of(windows: Sequence[Window]) -> tuple[float, ...]:
    """Figures in the order of `NAMES`, weighted as the windows are."""
    rows = np.array([_of(window) for window in windows])
    weights = np.array([window.weight for window in windows])
    return tuple(float(value) for value in (rows * weights[:, None]).sum(axis=0) / weights.sum())


def _of(window: Window) -> Numbers:
    raw = raw_pictures(window.path)
    scale = 1 << (raw.depth - 8)
    found: list[Numbers] = []
    before: Plane | None = None
    for number, (luma, _, _) in enumerate(planes(raw)):
        if number % EVERY > 1 and raw.frames > 1:
            continue
        picture = _small(luma, scale)
        if number % EVERY == 1 and before is not None:
            found.append(_figures(picture, before))
        before = picture
    if not found and before is not None:
        found.append(_figures(before, before))
    share = _face_share(window.faces, raw.width * raw.height)
    return np.append(np.mean(found, axis=0), share)


def _small(luma: Plane, scale: int) -> Plane:
    picture = luma.astype(np.float32) / np.float32(scale)
    if picture.shape[0] <= LINES:
        return picture
    wide = round(picture.shape[1] * LINES / picture.shape[0])
    return cv2.resize(picture, (wide, LINES), interpolation=cv2.INTER_AREA)


def _figures(picture: Plane, before: Plane) -> Numbers:
    """Texture, change, luma, flat share, noise; logarithms where a figure spans powers of ten."""
    high, wide = picture.shape[0] // BLOCK, picture.shape[1] // BLOCK
    spread = picture[: high * BLOCK, : wide * BLOCK].reshape(high, BLOCK, wide, BLOCK).std(axis=(1, 3))
    change = float(np.abs(picture - before).mean())
    noise = float(np.abs(cv2.filter2D(picture, -1, IMMERKAER)).mean()) * np.sqrt(np.pi / 2) / 6
    texture, flat = float(np.log(0.1 + spread.mean())), float((spread < FLAT).mean())
    return np.array([texture, np.log(0.1 + change), float(picture.mean()) / 255, flat, np.log(0.1 + noise)])


def _face_share(faces: Sequence[Patch], area: int) -> float:
    return min(1.0, sum((right - left) * (bottom - top) for left, top, right, bottom in faces) / area)
