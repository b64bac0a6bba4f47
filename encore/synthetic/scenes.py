"""What is filmed: the shots of an evening, with their cameras, lights and people, exact at any moment."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.synthetic.props import STAGE_HEIGHT, STAGE_WIDTH
from encore.synthetic.sprites import Picture, Rgb, Sprite

SceneName = Literal["wide", "close", "medium", "guest", "crowd", "strobe", "blackout"]
"""`wide`: the whole stage, pan and moving beams. `close`: the singer's face under red light that clips red.
`medium`: singer at the keyboard, magenta. `guest`: close-up of fine hair under blue. `crowd`: over raised arms.
`strobe`: white flashes of two fields every five. `blackout`: the lights go out for a moment and come back."""

Matrix = NDArray[np.float64]
"""3x3, takes homogeneous pixel positions (centres at whole numbers) to others."""

HAZE = 16
"""Stage pixels per sample of the maps of light: light in haze has no finer detail."""
STROBE_PERIOD, STROBE_ON = 5, 2
"""Ticks. Twelve flashes a second as a stage strobe; the odd period lets flashes start in either field."""
BLACKOUT = (16, 46)
"""Ticks from the start of the shot: when the lamps are out, and when they come back."""
LAMPS_Y = 188.0
"""Where the lamps hang, in stage pixels."""


def _positions() -> tuple[Picture, Picture]:
    x = (np.arange(STAGE_WIDTH // HAZE, dtype=np.float32) + np.float32(0.5)) * HAZE
    y = (np.arange(STAGE_HEIGHT // HAZE, dtype=np.float32) + np.float32(0.5)) * HAZE
    grid = np.meshgrid(x, y)
    return np.asarray(grid[0], np.float32), np.asarray(grid[1], np.float32)


@dataclass(frozen=True, slots=True)
class Frame:
    """The raster of a tape: lines, samples per line, width of a sample over its height."""

    width: int
    height: int
    aspect: Fraction


@dataclass(frozen=True, slots=True)
class Rows:
    """Which lines of the raster are wanted: `first`, then every `step`-th."""

    first: int = 0
    step: int = 1

    def count(self, height: int) -> int:
        """How many of `height` lines that are."""
        return len(range(self.first, height, self.step))


@dataclass(frozen=True, slots=True)
class Wave:
    """centre + reach * sin(2 pi (t / period + phase)): everything on our stage swings, so no shot runs out of stage."""

    centre: float
    reach: float = 0.0
    period: float = 4.0
    phase: float = 0.0

    def at(self, t: float) -> float:
        """Its value after `t` seconds."""
        return self.centre + self.reach * math.sin(2 * math.pi * (t / self.period + self.phase))


@dataclass(frozen=True, slots=True)
class Camera:
    """Where a camera looks (stage pixels), how close (1: 960 stage pixels high), how it tilts, how its hand shakes."""

    x: Wave
    y: Wave
    zoom: Wave
    shake: float = 1.5
    """Stage pixels."""

    def matrix(self, t: float, frame: Frame, rows: Rows) -> Matrix:
        """From the wanted samples of the raster to the stage."""
        shake = [sum(math.sin(t * w + i) for w in (5.3, 8.9 + i, 15.1 - i)) * self.shake / 2 for i in range(3)]
        down = 960 / frame.height / self.zoom.at(t)
        across = down * float(frame.aspect)
        roll = shake[2] * 0.0008
        cos, sin = math.cos(roll), math.sin(roll)
        turn = np.array([[cos, -sin, self.x.at(t) + shake[0]], [sin, cos, self.y.at(t) + shake[1]], [0, 0, 1]])
        left, top = (0.5 - frame.width / 2) * across, (0.5 + rows.first - frame.height / 2) * down
        return turn @ np.array([[across, 0, left], [0, down * rows.step, top], [0, 0, 1]])


@dataclass(frozen=True, slots=True)
class Actor:
    """A sprite on the stage that sways, bobs and leans."""

    sprite: Sprite
    x: Wave
    y: Wave
    lean: Wave = Wave(0.0)
    """Degrees."""
    scale: float = 1.0
    """Stage pixels per pixel of the sprite."""

    def draw(self, canvas: Picture, matrix: Matrix, t: float, light: Rgb = (1.0, 1.0, 1.0)) -> None:
        """Lay it, in this light, over `canvas` (h, w, 4), whose samples `matrix` takes to the stage."""
        angle = math.radians(self.lean.at(t))
        cos, sin = math.cos(angle) / self.scale, math.sin(angle) / self.scale
        x, y = self.x.at(t), self.y.at(t)
        foot = self.sprite.foot
        to_sprite = np.array(
            [[cos, sin, foot[0] - cos * x - sin * y], [-sin, cos, foot[1] + sin * x - cos * y], [0, 0, 1]]
        )
        whole = to_sprite @ matrix
        height, width = self.sprite.pixels.shape[:2]
        corners = np.linalg.inv(whole) @ np.array([[-1, width, -1, width], [-1, -1, height, height], [1, 1, 1, 1]])
        left, right = _clamped(corners[0], canvas.shape[1])
        top, bottom = _clamped(corners[1], canvas.shape[0])
        if left >= right or top >= bottom:
            return
        moved = whole @ np.array([[1, 0, left], [0, 1, top], [0, 0, 1.0]])
        piece = warp(self.sprite.pixels, moved, right - left, bottom - top, cv2.BORDER_CONSTANT)
        under = canvas[top:bottom, left:right]
        under *= cv2.merge([1 - piece[..., 3]] * 4)
        piece[..., 3] = 0  # what stands before a lamp does not shine
        under += tinted(piece, light)


def _clamped(values: NDArray[np.float64], size: int) -> tuple[int, int]:
    return max(0, math.floor(float(values.min()))), min(size, math.ceil(float(values.max())) + 1)


@dataclass(frozen=True, slots=True)
class Pool:
    """A spotlight's pool: where (stage pixels), how wide, in what linear R, G, B."""

    x: Wave
    y: Wave
    radius: float
    colour: Rgb


@dataclass(frozen=True, slots=True)
class Beam:
    """A beam through haze from a lamp on the truss: its foot swings over the stage."""

    lamp: float
    """x of its lamp, stage pixels."""
    angle: Wave
    """Degrees from straight down."""
    colour: Rgb


@dataclass(frozen=True, slots=True)
class Scene:
    """One camera's view of one song: everything a moment needs."""

    name: SceneName
    backdrop: Picture
    """(H, W, 4): see `Props.stage`."""
    backdrop_scale: float
    """Backdrop pixels per stage pixel."""
    camera: Camera
    ambient: Rgb
    pools: tuple[Pool, ...]
    beams: tuple[Beam, ...] = ()
    actors: tuple[Actor, ...] = ()
    front: tuple[Actor, ...] = ()
    """Nearer than the light: silhouettes."""
    exposure: Rgb = (1.0, 1.0, 1.0)
    """This camera's gain for red, green, blue: no two of that year agreed."""
    lamp: float = 1.0
    """How bright things shine that shine by themselves."""
    maps: tuple[Picture, Picture] = field(default_factory=_positions)
    """x and y of every sample of the maps of light, stage pixels."""

    def level(self, n: int) -> float:
        """How bright the lamps are `n` ticks into the shot: 0 to 1, above 1 in a flash."""
        if self.name == "strobe":
            return 2.6 if n % STROBE_PERIOD < STROBE_ON else 0.07
        if self.name == "blackout":
            out, back = BLACKOUT
            return float(np.interp(n, [out - 8, out, back, back + 4], [1.0, 0.0, 0.0, 1.0]))
        return 1.0

    def picture(self, t: float, n: int, frame: Frame, rows: Rows) -> Picture:
        """R'G'B' in [0, 1] of the wanted lines, `t` seconds and `n` ticks into the shot, (lines, width, 3) float32."""
        matrix = self.camera.matrix(t, frame, rows)
        size = frame.width, rows.count(frame.height)
        canvas = warp(self.backdrop, _scaled(self.backdrop_scale) @ matrix, *size)
        for actor in self.actors:
            actor.draw(canvas, matrix, t)
        level = self.level(n)
        canvas = self._lit(canvas, matrix, t, np.float32(level))
        red, green, blue = (
            level * (0.15 + 2.2 * part) for part in self.ambient
        )  # what spills over the edge of the stage
        for actor in self.front:
            actor.draw(canvas, matrix, t, (red, green, blue))
        linear = cv2.cvtColor(tinted(canvas, self.exposure), cv2.COLOR_RGBA2RGB)
        return np.asarray(np.sqrt(np.clip(linear, 0, 1)), np.float32)

    def _lit(self, canvas: Picture, matrix: Matrix, t: float, level: np.float32) -> Picture:
        """Reflectance and shine as light, (h, w, 4); plane by plane, which is thrice as fast as pixel by pixel."""
        to_map = _scaled(1 / HAZE) @ matrix
        height, width = canvas.shape[:2]
        *things, shine = cv2.split(canvas)
        lights = cv2.split(warp(self._light(t) * level, to_map, width, height))
        haze = cv2.split(warp(self._haze(t) * level, to_map, width, height)) if self.beams else ()
        lamp = np.float32(self.lamp) * min(level, np.float32(1))
        planes = [thing * (light + (lamp - light) * shine) for thing, light in zip(things, lights, strict=True)]
        if haze:
            planes = [plane + ray for plane, ray in zip(planes, haze, strict=True)]
        return np.asarray(cv2.merge([*planes, shine]), np.float32)

    def _light(self, t: float) -> Picture:
        """Light that falls on things, linear, (h, w, 3), at `HAZE` stage pixels a sample."""
        xs, ys = self.maps
        light = np.full((*xs.shape, 3), self.ambient, np.float32)
        for pool in self.pools:
            x, y = pool.x.at(t), pool.y.at(t)
            fall = np.exp(-((xs - np.float32(x)) ** 2 + (ys - np.float32(y)) ** 2) / np.float32(pool.radius**2))
            light += fall[..., None] * np.array(pool.colour, np.float32)
        return light

    def _haze(self, t: float) -> Picture:
        """Light that haze throws at us on its way, linear, (h, w, 3)."""
        xs, ys = self.maps
        haze = np.zeros((*xs.shape, 3), np.float32)
        smoke = 1 + np.float32(0.25) * np.sin(xs / 170 + np.float32(t * 0.9)) * np.sin(ys / 110 - np.float32(t * 0.6))
        for beam in self.beams:
            angle = math.radians(beam.angle.at(t))
            cos, sin = np.float32(math.cos(angle)), np.float32(math.sin(angle))
            dx, dy = xs - np.float32(beam.lamp), ys - np.float32(LAMPS_Y)
            along, beside = dx * sin + dy * cos, dx * cos - dy * sin
            width = 14 + np.maximum(along, 0) * np.float32(0.075)
            ray = np.exp(-((beside / width) ** 2)) * (along > -6) / (1 + np.maximum(along, 0) / 420)
            haze += (ray * smoke)[..., None] * np.array(beam.colour, np.float32)
        return haze


def tinted(canvas: Picture, light: Rgb) -> Picture:
    """R, G, B of (h, w, 4) under a light; the fourth channel stays. A 4x4 matrix is OpenCV's fastest way."""
    return np.asarray(cv2.transform(canvas, np.diag([*light, 1.0])), np.float32)


def warp(layer: Picture, matrix: Matrix, width: int, height: int, border: int = cv2.BORDER_REPLICATE) -> Picture:
    """`layer` seen through `matrix` (from wanted samples to the layer's), bilinear, float32."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(layer, matrix[:2], (width, height), flags=flags, borderMode=border), np.float32)


def _scaled(scale: float) -> Matrix:
    """From stage pixels to a layer with `scale` samples per stage pixel; centres stay centres."""
    return np.array([[scale, 0, scale / 2 - 0.5], [0, scale, scale / 2 - 0.5], [0, 0, 1.0]])
