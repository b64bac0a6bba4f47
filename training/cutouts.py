"""Cut-outs: what moves before the background of a scene, faces, blobs of photographs, strokes and bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.moves import Matrix, Move
from training.stills import Picture

Matte = NDArray[Any]
"""(H, W) float32, 0 to 1."""
LETTERS = "ENCORELIVETOUR0123456789&"


@dataclass(frozen=True)
class Cutout:
    """A texture with a matte, and how it moves."""

    texture: NDArray[Any]
    """(H, W, 4) float32: R'G'B' and the matte."""
    move: Move

    @staticmethod
    def of(picture: Picture, matte: Matte, move: Move) -> Cutout:
        """Outside of the matte the texture goes on, so that edges are no mixture with black."""
        return Cutout(np.dstack([picture, matte]).astype(np.float32), move)

    def draw(self, canvas: Picture, time: float, shaken: tuple[float, float]) -> None:
        """Onto a picture, in place."""
        height, width = self.texture.shape[:2]
        matrix = self.move.matrix(time, (width / 2, height / 2), shaken)
        box = _box(matrix, (height, width), canvas.shape, self.move.bend)
        if box is None:
            return
        left, top, right, bottom = box
        drawn = self._warped(matrix, box, time)
        share = np.clip(drawn[..., 3:], 0, 1)
        part = canvas[top:bottom, left:right]
        part += (drawn[..., :3] - part) * share

    def _warped(self, matrix: Matrix, box: tuple[int, int, int, int], time: float) -> NDArray[Any]:
        left, top, right, bottom = box
        moved = matrix.copy()
        moved[:, 2] += matrix[:, :2] @ (left, top)
        if not self.move.bend:
            flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
            return cv2.warpAffine(
                self.texture, moved, (right - left, bottom - top), flags=flags, borderMode=cv2.BORDER_CONSTANT
            )
        x, y = np.arange(right - left, dtype=np.float32)[None], np.arange(bottom - top, dtype=np.float32)[:, None]
        phase, bend = 2 * np.pi * time / self.move.period, np.float32(self.move.bend)
        m = moved.astype(np.float32)
        u = m[0, 0] * x + (m[0, 1] * y + m[0, 2] + bend * np.sin(y / 55 + np.float32(phase)))
        v = (m[1, 0] * x + m[1, 2] + bend * np.sin(x / 70 + np.float32(phase))) + m[1, 1] * y
        return cv2.remap(
            self.texture, u.astype(np.float32), v.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT
        )


def blob(random: np.random.Generator, size: tuple[int, int]) -> Matte:
    """An ellipse with a smooth random outline and a soft edge; (height, width) of its box."""
    height, width = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    dx, dy = (x - width / 2) / (0.46 * width), (y - height / 2) / (0.46 * height)
    angle = np.arctan2(dy, dx)
    edge = np.ones_like(angle)
    for wave in range(2, 6):  # a few low ones: no outline of a body has more at this size
        edge -= random.normal(0, 0.12 / wave) * np.cos(wave * angle + random.uniform(0, 6.28))
    radius = np.hypot(dx, dy) / np.clip(edge, 0.5, 1.1)
    soft = random.uniform(0.6, 3.0) / (0.46 * min(width, height))
    return np.clip((1 - radius) / soft, 0, 1).astype(np.float32)


def strokes(random: np.random.Generator, size: tuple[int, int], frame: tuple[int, int]) -> Cutout:
    """Words, thin lines or a stand's bars, as sharp as the truth can carry.

    Args:
        random: chooses them.
        size: (height, width) of what they are drawn on.
        frame: (height, width) of the picture.
    """
    height, width = size
    scale = 4
    small = cv2.resize(_drawn(random, (height * scale, width * scale)), (width, height), interpolation=cv2.INTER_AREA)
    matte = small.astype(np.float32) / 255
    colour = np.full((height, width, 3), random.uniform(0, 1, 3) ** 0.5 if random.random() < 0.5 else random.random())
    colour = colour * np.linspace(random.uniform(0.4, 1), 1, width)[None, :, None]
    start = (random.uniform(0.15, 0.85) * frame[1], random.uniform(0.2, 0.8) * frame[0])
    return Cutout.of(colour.astype(np.float32), matte, Move.drawn(random, start))


def _drawn(random: np.random.Generator, size: tuple[int, int]) -> NDArray[np.uint8]:
    height, width = size
    made = np.zeros(size, np.uint8)
    kind = int(random.integers(3))
    if kind == 0:
        words, thick = "".join(random.choice(list(LETTERS), 9).tolist()), int(random.integers(4, 24))
        at, font = (8, height * 2 // 3), cv2.FONT_HERSHEY_DUPLEX
        cv2.putText(made, words, at, font, height / 60, (255,), thick, cv2.LINE_AA)
        return made
    for _ in range(int(random.integers(2, 10))):
        x, y, right, below = (int(random.integers(most)) for most in (width, height, width, height))
        end = (x if kind == 2 else right, below)
        cv2.line(made, (x, y), end, (255,), int(random.integers(4, 40)), cv2.LINE_AA)
    return made


def actor(random: np.random.Generator, picture: Picture, frame: tuple[int, int]) -> Cutout:
    """A blob of a picture, somewhere in a frame of (height, width)."""
    height, width = (int(size) for size in picture.shape[:2])
    high, wide = min(height, int(random.integers(120, 620))), min(width, int(random.integers(120, 620)))
    top, left = int(random.integers(height - high + 1)), int(random.integers(width - wide + 1))
    part = picture[top : top + high, left : left + wide]
    start = (random.uniform(0, frame[1]), random.uniform(0, frame[0]))
    return Cutout.of(part, blob(random, (high, wide)), Move.drawn(random, start))


def _box(
    matrix: Matrix, texture: tuple[int, int], canvas: tuple[int, ...], bend: float
) -> tuple[int, int, int, int] | None:
    """The part of a canvas that a texture can reach."""
    square = np.vstack([matrix, [0, 0, 1]])
    height, width = texture
    corners = np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]], float)
    corners[0] += [-bend, bend, -bend, bend]
    corners[1] += [-bend, -bend, bend, bend]
    x, y = (np.linalg.inv(square) @ corners)[:2]
    left, top = max(0, int(x.min()) - 1), max(0, int(y.min()) - 1)
    right, bottom = min(canvas[1], int(x.max()) + 2), min(canvas[0], int(y.max()) + 2)
    return (left, top, right, bottom) if left < right and top < bottom else None
