"""Moving pictures with sharp detail, made from photographs: cameras, an actor, a dancer, thin lines; field by field."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage
from numpy.typing import NDArray

Picture = NDArray[Any]
"""(H, W, 3) float32 R'G'B' in [0, 1]."""
Where = tuple[float, float]
"""Samples to the right, lines down."""

WIDTH, HEIGHT = 720, 480
WORLD = (1000, 680)
"""Width and height that photographs have at least: the raster and some way to pan."""
MOST_PHOTOGRAPHS = 24
BUNDLED = (
    "astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "motorcycle_left.png", "hubble_deep_field.jpg",
    "ihc.png", "camera.png", "brick.png", "grass.png", "gravel.png", "coins.png",
)  # fmt: skip
"""Photographs that come with scikit-image and are sharp."""


@cache
def photographs(folder: Path | None = None) -> tuple[Picture, ...]:
    """Photographs as sharp as the raster: reduced, never enlarged; small ones are continued by their mirror image."""
    if folder is None:
        places = [Path(skimage.__file__).parent / "data" / name for name in BUNDLED]
    else:
        every = sorted(folder.glob("*.*"))
        places = every[:: max(1, len(every) // MOST_PHOTOGRAPHS)]
    read = (cv2.imread(str(place), cv2.IMREAD_COLOR_RGB) for place in places[:MOST_PHOTOGRAPHS])
    return tuple(_reduced(codes) for codes in read if codes is not None)


def _reduced(codes: NDArray[Any]) -> Picture:
    high, wide = codes.shape[:2]
    shrink = min(1.0, max(WORLD[0] / wide, WORLD[1] / high))
    size = (round(wide * shrink), round(high * shrink))
    small = np.asarray(cv2.resize(codes, size, interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)
    right, below = max(0, WORLD[0] - size[0]), max(0, WORLD[1] - size[1])
    edges = (below // 2, below - below // 2, right // 2, right - right // 2)
    return cv2.copyMakeBorder(small, *edges, cv2.BORDER_REFLECT)


class Stage:
    """What a scene is made of: a world behind, a texture in front, and chance.

    Args:
        folder: photographs; None: the bundled ones.
        seed: chooses among them.
        fine: the world is the photograph with the finest texture.
    """

    def __init__(self, folder: Path | None, seed: int, *, fine: bool = False) -> None:
        worlds = photographs(folder)
        self.random = np.random.default_rng((seed, 41))
        order: list[int] = self.random.permutation(len(worlds)).tolist()
        if fine:
            order = sorted(order, key=lambda number: -_activity(worlds[number]))[seed % 3 :]
        self.world, self.front = worlds[order[0]], worlds[order[1]]
        self.phases = self.random.uniform(0, 2 * np.pi, (2, 4))

    def view(self, at: Where, scale: float = 1.0, turn: float = 0.0) -> Picture:
        """The world by a camera `at` this far from its middle, enlarged and turned (radians)."""
        high, wide = self.world.shape[:2]
        c, s = np.cos(turn) / scale, np.sin(turn) / scale
        left, top = wide / 2 + at[0] - c * WIDTH / 2 + s * HEIGHT / 2, high / 2 + at[1] - s * WIDTH / 2 - c * HEIGHT / 2
        flags, matrix = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP, np.array([[c, -s, left], [s, c, top]])
        return cv2.warpAffine(self.world, matrix, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REFLECT)

    def body(self, picture: Picture, at: Where, size: Where, bend: float = 0.0, phase: float = 0.0) -> None:
        """Draw an ellipse of the front's texture, bent sideways by up to `bend` samples."""
        x, y, box = _around(at, (size[0] / 2 + bend + 1, size[1] / 2 + bend + 1))
        u, v = x - np.float32(at[0]), y - np.float32(at[1])
        u, v = (
            u - np.float32(bend) * np.sin(v / 90 + np.float32(phase)),
            v - np.float32(0.5 * bend) * np.sin(u / 60 + np.float32(1.3 * phase)),
        )
        high, wide = self.front.shape[:2]
        texture = cv2.remap(self.front, u + wide / 2, v + high / 2, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        inside = 1 - np.hypot(2 * u / np.float32(size[0]), 2 * v / np.float32(size[1]))
        _cover(picture[box], texture, inside * np.float32(min(size) / 2) + np.float32(0.5))

    def limb(self, picture: Picture, start: Where, end: Where, thick: float, patch: Where) -> None:
        """Draw a rounded bar of texture from `start` to `end`; its texture sticks to it as it turns."""
        length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
        c, s = (end[0] - start[0]) / length, (end[1] - start[1]) / length
        middle, far = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2), length / 2 + thick
        x, y, box = _around(middle, (far, far))
        right, below = x - np.float32(start[0]), y - np.float32(start[1])
        u, v = right * np.float32(c) + below * np.float32(s), below * np.float32(c) - right * np.float32(s)
        where = u + np.float32(patch[0]), v + np.float32(patch[1])
        texture = cv2.remap(self.front, *where, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        beyond = u - np.clip(u, 0, np.float32(length))
        _cover(picture[box], texture, np.float32(thick / 2 + 0.5) - np.hypot(beyond, v))

    def hand(self, tick: float) -> Where:
        """How far a hand-held camera is off, samples; smooth, at most 2.5 samples per field."""
        swing = np.array([6.0, 3.0, 1.2, 0.5]) * np.sin(
            2 * np.pi * np.array([1.3, 2.9, 5.3, 8.0]) * tick / 59.94 + self.phases
        )
        across, down = swing.sum(axis=1)
        return float(across), float(down)


def _activity(world: Picture) -> float:
    green: Picture = world[..., 1]
    return float(np.abs(np.diff(green, axis=0)).mean()) + float(np.abs(np.diff(green, axis=1)).mean())


def _around(at: Where, far: Where) -> tuple[Picture, Picture, tuple[slice, slice]]:
    """Columns and lines of the samples around a place, and where they are."""
    left, right = (int(np.clip(at[0] + side * far[0] + (side > 0), 0, WIDTH)) for side in (-1, 1))
    top, bottom = (int(np.clip(at[1] + side * far[1] + (side > 0), 0, HEIGHT)) for side in (-1, 1))
    x, y = np.meshgrid(np.arange(left, right, dtype=np.float32), np.arange(top, bottom, dtype=np.float32))
    return x, y, (slice(top, bottom), slice(left, right))


def _cover(picture: Picture, texture: Picture, share: Picture) -> None:
    picture += (texture - picture) * np.clip(share, 0, 1)[..., None]


def _actor(stage: Stage, tick: float) -> Picture:
    picture = stage.view((0, 0))
    stage.body(picture, (WIDTH / 2 + 3.1 * (tick - 8), HEIGHT * 0.55 + 14 * np.sin(tick / 5)), (170, 300))
    return picture


def _lines(stage: Stage, tick: float) -> Picture:
    picture = stage.view((0, 0)) * np.float32(0.5) + np.float32(0.2)
    x, y, _ = _around((WIDTH / 2, HEIGHT / 2), (WIDTH, HEIGHT))
    for number in range(12):
        start, end = 40 * number + 10 + 0.35 * tick * (1 + number % 3), 30 - 6 * number
        off = np.abs(y - np.float32(start) - x * np.float32(end / WIDTH)) / np.float32(np.hypot(1, end / WIDTH))
        colour = np.array([0.95, 0.9 - 0.04 * number, 0.4 + 0.05 * number], np.float32)
        _cover(picture, colour, np.float32(1.1) - off)
    return picture


def _dancer(stage: Stage, tick: float) -> Picture:
    """Arms and legs swing in their joints by up to twenty samples per field, before and behind a body that bends."""
    hip = (WIDTH / 2 + 60 * np.sin(tick / 9), HEIGHT * 0.52 + 10 * np.sin(tick / 4))
    shoulder = (hip[0] + 14 * np.sin(tick / 6), hip[1] - 90)
    picture, swing = stage.view((0.2 * tick, 0)), tick / 7

    def bent(joint: Where, angle: float, fold: float, thick: float, patch: Where) -> None:
        middle = (joint[0] + 85 * np.sin(angle), joint[1] + 85 * np.cos(angle))
        end = (middle[0] + 80 * np.sin(angle + fold), middle[1] + 80 * np.cos(angle + fold))
        stage.limb(picture, middle, end, 0.8 * thick, (patch[0] + 90, patch[1]))
        stage.limb(picture, joint, middle, thick, patch)

    bent(shoulder, 1.9 + 0.7 * np.sin(swing), 0.8 + 0.6 * np.sin(1.3 * swing), 24, (200, 150))
    bent(hip, 0.3 + 0.4 * np.sin(swing + 1), -0.3 * np.cos(swing), 38, (300, 400))
    stage.body(picture, (hip[0], hip[1] - 30), (120, 190), 9, tick / 5)
    bent(hip, -0.4 + 0.4 * np.sin(swing + 3), 0.4 * np.cos(swing), 38, (400, 250))
    bent(shoulder, -1.1 + 0.9 * np.sin(swing + 2), -1.0 + 0.5 * np.sin(swing), 24, (350, 350))
    return picture


def _shake(stage: Stage, tick: float) -> Picture:
    hand = stage.hand(tick)
    return stage.view(hand, 1.0, 0.002 * hand[0])


KINDS: dict[str, Callable[[Stage, float], Picture]] = {
    "static": _actor,
    "slow": lambda stage, tick: stage.view((0.6 * tick, 0.23 * tick)),
    "fast": lambda stage, tick: stage.view((5.3 * (tick - 8), 0.9 * tick)),
    "texture": lambda stage, tick: stage.view((0.9 * tick, 0.57 * tick)),
    "lines": _lines,
    "dancer": _dancer,
    "shake": _shake,
    "zoom": lambda stage, tick: stage.view((0, 0), 1 + 0.006 * tick, 0.003 * tick),
}
"""What moves: an actor before a resting camera; pans of 0.6 and 5.4 samples per field; fine texture; thin lines that
drift; arms, legs and a bending body that hide each other; a hand-held camera; a zoom that turns."""


def scene(kind: str, pictures: int, folder: Path | None = None, seed: int = 1) -> list[Picture]:
    """So many pictures of a kind, a field apart; reproducible."""
    stage = Stage(folder, seed + list(KINDS).index(kind), fine=kind == "texture")
    return [np.clip(KINDS[kind](stage, float(tick)), 0, 1).astype(np.float32) for tick in range(pictures)]


def softened(pictures: list[Picture]) -> list[Picture]:
    """As a camera filters them against line flicker: [1 2 1] / 4 down."""
    taps = np.array([0.25, 0.5, 0.25], np.float32)
    return [cv2.sepFilter2D(picture, -1, np.ones(1, np.float32), taps) for picture in pictures]
