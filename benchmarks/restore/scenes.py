"""Scenes at four times the size of a tape: the motion of `benchmarks.repair.scenes` before sharper photographs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import skimage

from benchmarks.repair.scenes import BUNDLED, KINDS, Picture, Stage, Where
from benchmarks.repair.scenes import HEIGHT as SMALL_HEIGHT
from benchmarks.repair.scenes import WIDTH as SMALL_WIDTH

TIMES = 2
"""Samples of these scenes for one of those whose motion they have."""
WIDTH, HEIGHT = SMALL_WIDTH * TIMES, SMALL_HEIGHT * TIMES
"""1440x960, four times a tape of 360x240: a quarter of a real raster, and as large as photographs are sharp."""
WORLD = (1560, 1080)
"""Width and height to which photographs are reduced, and to which smaller ones are continued by their mirror image."""
DETAILED = (2, 3)
"""Share of the photographs, those with most detail, that are worlds: in mist every way of enlarging is equal."""
STROKE = 2.0
"""Half the width of the thin lines, samples: about one of the tape's."""
LIT = ("slow", "dancer", "shake", "static")
"""Kinds that are filmed in coloured light."""
LAMPS = np.array([[1.15, 0.35, 0.5], [0.4, 0.55, 1.2]], np.float32)
"""R'G'B' of a red lamp on the left and a blue one on the right."""


@cache
def photographs(folder: Path | None = None) -> tuple[tuple[Picture, ...], tuple[Picture, ...]]:
    """Worlds, and what stands before them: pictures that no network was trained on.

    Args:
        folder: as `training` has it, of which only what is kept for validation is taken; None: what comes with
            scikit-image.
    """
    if folder is None:
        bundled = [Path(skimage.__file__).parent / "data" / name for name in BUNDLED]
        return _read(bundled, 1.0), _read(bundled, 1.0)
    from training.stills import Stills

    stills = Stills.under(folder, validation=True)
    worlds = _read(stills.photographs, 1.0)
    return worlds, _read([face for face in stills.faces if face.parent.name == "faces_cc"], 0.6) or worlds


def _read(files: tuple[Path, ...] | list[Path], shrink: float) -> tuple[Picture, ...]:
    """Of the first photographs, each reduced to WORLD and `shrink`, never enlarged."""
    made: list[Picture] = []
    for file in files[:24]:
        codes = cv2.imread(str(file), cv2.IMREAD_COLOR_RGB)
        if codes is None:
            continue
        high, wide = codes.shape[:2]
        share = min(1.0, max(WORLD[0] / wide, WORLD[1] / high)) * shrink
        small = cv2.resize(codes, (round(wide * share), round(high * share)), interpolation=cv2.INTER_AREA)
        made.append(small.astype(np.float32) / np.float32(255))
    return tuple(made)


class Large(Stage):
    """A stage whose pictures have twice as many lines and samples; places and sizes are told as for the small one.

    Args:
        folder: photographs; None: the bundled ones.
        seed: chooses among them.
        fine: the world is one of the photographs with the finest texture.
    """

    def __init__(self, folder: Path | None, seed: int, *, fine: bool = False) -> None:
        worlds, fronts = photographs(folder)
        self.random = np.random.default_rng((seed, 41))
        finest = np.argsort([-_activity(world) for world in worlds]).tolist()
        chosen: int = (
            finest[seed % 3] if fine else finest[self.random.integers(len(finest) * DETAILED[0] // DETAILED[1])]
        )
        self.world = worlds[chosen]
        self.front = fronts[self.random.integers(len(fronts))]
        self.phases = self.random.uniform(0, 2 * np.pi, (2, 4))

    def view(self, at: Where, scale: float = 1.0, turn: float = 0.0) -> Picture:
        """The world by a camera `at` this far from its middle, enlarged and turned (radians)."""
        high, wide = self.world.shape[:2]
        c, s = np.cos(turn) / scale, np.sin(turn) / scale
        left = wide / 2 + TIMES * at[0] - c * WIDTH / 2 + s * HEIGHT / 2
        top = high / 2 + TIMES * at[1] - s * WIDTH / 2 - c * HEIGHT / 2
        flags, matrix = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP, np.array([[c, -s, left], [s, c, top]])
        return cv2.warpAffine(self.world, matrix, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REFLECT)

    def body(self, picture: Picture, at: Where, size: Where, bend: float = 0.0, phase: float = 0.0) -> None:
        """Draw an ellipse of the front's texture, bent sideways by up to `bend` samples."""
        at, size, sway = (TIMES * at[0], TIMES * at[1]), (TIMES * size[0], TIMES * size[1]), np.float32(TIMES * bend)
        x, y, box = around(at, (size[0] / 2 + float(sway) + 1, size[1] / 2 + float(sway) + 1))
        u, v = x - np.float32(at[0]), y - np.float32(at[1])
        u, v = (
            u - sway * np.sin(v / (90 * TIMES) + np.float32(phase)),
            v - sway * np.float32(0.5) * np.sin(u / (60 * TIMES) + np.float32(1.3 * phase)),
        )
        high, wide = self.front.shape[:2]
        texture = cv2.remap(self.front, u + wide / 2, v + high / 2, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        inside = 1 - np.hypot(2 * u / np.float32(size[0]), 2 * v / np.float32(size[1]))
        cover(picture[box], texture, inside * np.float32(min(size) / 2) + np.float32(0.5))

    def limb(self, picture: Picture, start: Where, end: Where, thick: float, patch: Where) -> None:
        """Draw a rounded bar of texture from `start` to `end`; its texture sticks to it as it turns."""
        (sx, sy), (ex, ey) = ((TIMES * x, TIMES * y) for x, y in (start, end))
        length, thick = float(np.hypot(ex - sx, ey - sy)), TIMES * thick
        c, s = (ex - sx) / length, (ey - sy) / length
        far = length / 2 + thick
        x, y, box = around(((sx + ex) / 2, (sy + ey) / 2), (far, far))
        right, below = x - np.float32(sx), y - np.float32(sy)
        u, v = right * np.float32(c) + below * np.float32(s), below * np.float32(c) - right * np.float32(s)
        where = u + np.float32(TIMES * patch[0]), v + np.float32(TIMES * patch[1])
        texture = cv2.remap(self.front, *where, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        beyond = u - np.clip(u, 0, np.float32(length))
        cover(picture[box], texture, np.float32(thick / 2 + 0.5) - np.hypot(beyond, v))


def around(at: Where, far: Where) -> tuple[Picture, Picture, tuple[slice, slice]]:
    """Columns and lines of the samples around a place, and where they are."""
    left, right = (int(np.clip(at[0] + side * far[0] + (side > 0), 0, WIDTH)) for side in (-1, 1))
    top, bottom = (int(np.clip(at[1] + side * far[1] + (side > 0), 0, HEIGHT)) for side in (-1, 1))
    x, y = np.meshgrid(np.arange(left, right, dtype=np.float32), np.arange(top, bottom, dtype=np.float32))
    return x, y, (slice(top, bottom), slice(left, right))


def cover(picture: Picture, texture: Picture, share: Picture) -> None:
    """Lay a texture over a picture, in place."""
    picture += (texture - picture) * np.clip(share, 0, 1)[..., None]


def scene(kind: str, pictures: int, folder: Path | None = None, seed: int = 1) -> Iterator[Picture]:
    """So many pictures of a kind, a field apart; reproducible."""
    stage = Large(folder, seed + list(KINDS).index(kind), fine=kind == "texture")
    draw = _lines if kind == "lines" else KINDS[kind]
    for tick in range(pictures):
        picture = draw(stage, float(tick))
        if kind in LIT:
            picture *= _light(0 if kind == "static" else tick)
        yield np.clip(picture, 0, 1).astype(np.float32)


def _lines(stage: Stage, tick: float) -> Picture:
    picture = stage.view((0, 0)) * np.float32(0.5) + np.float32(0.2)
    for number in range(12):
        start, fall = TIMES * (40 * number + 10 + 0.35 * tick * (1 + number % 3)), TIMES * (30 - 6 * number)
        x, y, box = around((WIDTH / 2, start + fall / 2), (WIDTH, abs(fall) / 2 + 4))
        rise = np.float32(fall / WIDTH)
        off = np.abs(y - np.float32(start) - x * rise) / np.hypot(np.float32(1), rise)
        colour = np.array([0.95, 0.9 - 0.04 * number, 0.4 + 0.05 * number], np.float32)
        cover(picture[box], colour, np.float32(STROKE) - off)
    return picture


def _light(tick: int) -> Picture:
    """(1, WIDTH, 3): two lamps that swell and fade, one against the other, by a fifth within a second."""
    beat = 0.1 * math.sin(2 * math.pi * tick / 60)
    across = np.linspace(0, 1, WIDTH, dtype=np.float32)[None, :, None]
    return LAMPS[0] * (1 - across) * (1 + beat) + LAMPS[1] * across * (1 - beat)


def _activity(world: Picture) -> float:
    green: Picture = world[..., 1]
    return float(np.abs(np.diff(green, axis=0)).mean()) + float(np.abs(np.diff(green, axis=1)).mean())
