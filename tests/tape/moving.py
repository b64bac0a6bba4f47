"""Synthetic tapes with known truth: a moving scene, filmed at field times and woven into tape frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from encore.tape.fieldstats import FieldMeter, FieldStats

Frames = list[NDArray[np.uint8]]
Scene = Callable[[float], NDArray[np.float32]]
WIDTH, HEIGHT = 360, 240


def scene(name: str = "coffee", pan: tuple[float, float] = (1.7, 0.4), zoom: float = 0.0, ball: bool = True) -> Scene:
    """A picture panned by `pan` pixels per field time with a ball that moves on its own; (H, W) codes 0-255."""
    world = cv2.cvtColor(getattr(data, name)(), cv2.COLOR_RGB2GRAY).astype(np.float32)
    world = cv2.GaussianBlur(cv2.resize(world, (720, 480), interpolation=cv2.INTER_AREA), (0, 0), 0.7)

    def at(time: float) -> NDArray[np.float32]:
        grow = 1 + zoom * time
        matrix = np.float32([[grow, 0, -160 - pan[0] * time], [0, grow, -110 - pan[1] * time]])
        frame = cv2.warpAffine(world, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        if ball:
            place = 180 + 120 * np.cos(time / 17), 120 + 70 * np.sin(time / 13)
            cv2.circle(frame, (int(place[0] * 8), int(place[1] * 8)), 24 * 8, 210.0, -1, cv2.LINE_AA, 3)
        return frame

    return at


def pictures(mode: str, fields: int, phase: int = 0) -> list[int]:
    """Which picture each field shows, in time: `interlaced`, `progressive`, `offset`, `film` or `film2332`."""
    if mode == "interlaced":
        return list(range(fields))
    groups = {"progressive": (2,), "offset": (2,), "film": (3, 2), "film2332": (2, 3, 3, 2)}[mode]
    skip = phase + (mode == "offset")
    cycle = [n for n, count in enumerate(groups * (fields // 2 + 8)) for _ in range(count)]
    return cycle[skip : skip + fields]


def times(mode: str, numbers: Sequence[int]) -> list[float]:
    """Field times at which the pictures were filmed."""
    return [number * {"interlaced": 1.0, "progressive": 2.0, "offset": 2.0}.get(mode, 2.5) for number in numbers]


def tape(at: Scene, when: Sequence[float], order: str = "tff", noise: float = 0.0, seed: int = 0) -> Frames:
    """Weave fields filmed at the given times, first field first, with independent noise of `noise` codes."""
    random = np.random.default_rng(seed)
    parity = 0 if order == "tff" else 1
    frames: Frames = []
    made: dict[float, NDArray[np.float32]] = {}
    for first, second in zip(when[0::2], when[1::2], strict=True):
        made = {time: made[time] if time in made else at(time) for time in (first, second)}
        frame = np.empty((HEIGHT, WIDTH), np.float32)
        frame[parity::2], frame[1 - parity :: 2] = made[first][parity::2], made[second][1 - parity :: 2]
        if noise:
            frame = frame + random.standard_normal(frame.shape, np.float32) * np.float32(noise)
        frames.append(np.clip(np.round(frame), 0, 255).astype(np.uint8))
    return frames


def filmed(
    mode: str, order: str = "tff", frames: int = 30, phase: int = 0, noise: float = 0.0, at: Scene | None = None
) -> Frames:
    """A tape of one way of scanning."""
    numbers = pictures(mode, 2 * frames, phase)
    return tape(at or scene(), times(mode, numbers), order, noise)


def measured(frames: Sequence[NDArray[np.generic]], depth: int = 8) -> FieldStats:
    """The field statistics of a tape."""
    meter = FieldMeter(depth)
    for frame in frames:
        meter.add(frame)
    return meter.stats()
