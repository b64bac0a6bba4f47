"""Cut-outs: pictures from scikit-image's wheel and drawings of our own, ready to stand on a stage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import skimage
from numpy.typing import NDArray

from encore.core.errors import InputError

Picture = NDArray[np.float32]
"""Light or signal, (H, W, channels)."""
Codes = NDArray[np.uint8]
"""An 8-bit R'G'B' drawing, (H, W, 3)."""
Rgb = tuple[float, float, float]

LENS = (0.9, 1.3)
"""Blur across and down, stage pixels: about half a sample and two thirds of a line of the wide shot."""

SINGER = (
    (276, 31), (248, 18), (227, 16), (201, 23), (189, 35), (174, 43), (156, 58), (153, 68), (157, 104),
    (170, 116), (174, 128), (182, 132), (186, 152), (168, 150), (146, 156), (128, 170), (119, 188), (113, 202),
    (90, 227), (76, 235), (65, 246), (49, 273), (40, 290), (28, 340), (22, 400), (34, 440), (80, 480),
    (110, 511), (290, 511), (276, 495), (276, 460), (289, 415), (306, 391), (312, 377), (330, 361), (363, 350),
    (360, 328), (352, 287), (347, 282), (340, 262), (318, 246), (305, 240), (302, 216), (290, 192), (274, 176),
    (257, 166), (264, 149), (266, 137), (275, 134), (290, 117), (300, 93), (296, 58), (286, 40),
)  # fmt: skip
"""Outline of the astronaut in her 512x512 portrait: GrabCut, then mended by hand at collar and sleeve."""
CAMERAMAN = (
    (215, 65), (250, 72), (270, 105), (268, 128), (262, 140), (325, 138), (327, 190), (330, 212), (318, 240),
    (300, 245), (304, 275), (270, 312), (215, 290), (150, 385), (150, 511), (0, 511), (0, 250), (45, 200),
    (75, 150), (130, 120), (165, 100), (172, 82), (190, 68),
)  # fmt: skip
"""Outline of the cameraman in his 512x512 picture, by hand."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """A cut-out thing.

    Attributes:
        pixels: (H, W, 4) float32, linear R, G, B premultiplied by the coverage in channel 3, all in [0, 1].
        foot: the point (x, y) in `pixels` that is placed on the stage and around which it sways.
    """

    pixels: Picture
    foot: tuple[float, float]


def photograph(name: str) -> Codes:
    """A picture that is bundled with scikit-image, (H, W, 3) R'G'B' codes.

    Raises:
        InputError: this scikit-image came without it.
    """
    path = Path(skimage.__file__).parent / "data" / name
    codes = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if codes is None:
        raise InputError(f"{path}: not there", todo="reinstall scikit-image from its wheel")
    return np.asarray(codes, np.uint8)


def linear(codes: NDArray[np.uint8]) -> Picture:
    """R'G'B' codes as linear light in [0, 1]; a square undoes the square root of our cameras."""
    return np.square(codes.astype(np.float32) / np.float32(255))


def sized(codes: NDArray[np.uint8], width: int, height: int) -> Codes:
    """A drawing in another size, without aliasing."""
    way = cv2.INTER_AREA if width < codes.shape[1] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(codes, (width, height), interpolation=way), np.uint8)


def through_lens(light: Picture) -> Picture:
    """What a camera resolves: softer down than across, as an interlaced camera must be lest thin lines flicker."""
    return np.asarray(cv2.GaussianBlur(light, (0, 0), sigmaX=LENS[0], sigmaY=LENS[1]), np.float32)


def at_scale(sprite: Sprite, scale: float) -> Sprite:
    """The sprite resampled to `scale` of its size without aliasing, as a lens would see it from afar."""
    height, width = (max(1, round(side * scale)) for side in sprite.pixels.shape[:2])
    small = np.asarray(cv2.resize(sprite.pixels, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    return Sprite(pixels=through_lens(small), foot=(sprite.foot[0] * scale, sprite.foot[1] * scale))


def cut_out(name: str, outline: tuple[tuple[int, int], ...]) -> Sprite:
    """A person cut out of a photograph at twice its size, with an edge as soft as a camera's."""
    codes = photograph(name)
    height, width = codes.shape[:2]
    cover = np.zeros((2 * height, 2 * width), np.uint8)
    cv2.fillPoly(cover, [2 * np.array(outline, np.int32)], 255, cv2.LINE_AA)
    alpha = cv2.GaussianBlur(cover, (0, 0), 2.0).astype(np.float32)[..., None] / 255
    pixels = np.concatenate([linear(sized(codes, 2 * width, 2 * height)) * alpha, alpha], axis=2)
    return Sprite(pixels=pixels.astype(np.float32), foot=(float(width), 2.0 * height))


def drawn(height: int, width: int, foot: tuple[float, float], drawing: Codes, cover: NDArray[np.uint8]) -> Sprite:
    """A sprite from a drawing (R'G'B' codes) and its coverage (0 to 255), both `height` x `width`."""
    alpha = cover.reshape(height, width, 1).astype(np.float32) / 255
    pixels = np.concatenate([linear(drawing) * alpha, alpha], axis=2, dtype=np.float32)
    return Sprite(pixels=pixels, foot=foot)
