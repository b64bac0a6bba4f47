"""What looks like tape damage and is none, and damage itself: put into pictures, and into woven frames with truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.scan.material import Picture, Scene
from encore.synthetic.signal import Planes

Random = np.random.Generator
Effect = Callable[[Picture, int], Picture]
"""Changes the progressive picture of a tick."""


def strobe(picture: Picture, tick: int) -> Picture:
    """Flashes of one to three fields, now and then all black."""
    random = np.random.default_rng((1, tick // 2))
    gain = float(random.choice([1.0, 1.0, 0.3, 2.5, 0.05]))
    return np.clip(picture * np.float32(gain), 0, 1)


def beams(picture: Picture, tick: int) -> Picture:
    """Coloured beams that sweep quickly."""
    height, width = picture.shape[:2]
    light = np.zeros_like(picture)
    for number, colour in enumerate(((0.2, 0.3, 1.0), (1.0, 0.2, 0.3), (0.9, 0.9, 0.7))):
        foot = width * (0.5 + 0.45 * np.sin(0.11 * tick * (1 + 0.3 * number) + number))
        corners = np.array([[width * 0.5, 0], [foot - 40, height], [foot + 40, height]], np.int32)
        cv2.fillConvexPoly(light, corners, colour, cv2.LINE_AA)
    return np.clip(picture + cv2.GaussianBlur(light, (0, 0), 4) * np.float32(0.5), 0, 1)


def confetti(picture: Picture, tick: int) -> Picture:
    """Turning scraps that fall, 3-16 samples by 2-8 lines."""
    random = np.random.default_rng(2)
    height, width = picture.shape[:2]
    shown = picture.copy()
    for _ in range(150):
        x, y, vx, vy = random.uniform((0, 0, -6, 2), (width, height, 6, 9))
        size, turn, phase = random.uniform(3, 16), random.uniform(0.1, 0.8), random.uniform(0, 6)
        colour = tuple(float(c) for c in random.uniform(0.2, 1.0, 3))
        at = ((x + vx * tick) % width, (y + vy * tick) % height)
        flat = abs(np.sin(turn * tick + phase))
        box = (at, (size, 1 + 0.5 * size * flat), float(np.degrees(0.3 * turn * tick + phase)))
        cv2.fillConvexPoly(shown, cv2.boxPoints(box).astype(np.int32), colour, cv2.LINE_AA)
    return shown


def sparkles(picture: Picture, tick: int) -> Picture:
    """A costume of sequins: glints of one or two fields where the picture is bright."""
    random = np.random.default_rng((3, tick))
    height, width = picture.shape[:2]
    shown = picture.copy()
    for x, y, size in random.uniform((width * 0.3, height * 0.2, 1), (width * 0.7, height, 5), (60, 3)):
        at = (int(x), int(y))
        cv2.ellipse(shown, at, (int(size), max(1, int(size * 0.6))), 0, 0, 360, (1.0, 1.0, 0.9), -1, cv2.LINE_AA)
    return shown


def strings(picture: Picture, tick: int) -> Picture:
    """Six vibrating strings, level and slanted, and a pair of drum sticks."""
    height, width = picture.shape[:2]
    shown = picture.copy()
    for number in range(6):
        swing = 3 * np.sin(2.1 * tick + number)
        y = height * 0.4 + 14 * number
        points = [[x, y + swing * np.sin(np.pi * x / width) + 0.05 * number * x] for x in range(0, width, 8)]
        cv2.polylines(shown, [np.array(points, np.int32)], False, (0.8, 0.75, 0.6), 1 + number % 2, cv2.LINE_AA)
    for side in (-1, 1):
        angle = 0.9 * np.sin(0.9 * tick + side)
        hand = np.array([width / 2 + 120 * side, height * 0.7])
        tip = hand + 110 * np.array([-side * np.cos(angle), np.sin(angle)])
        ends = [(int(p[0]), int(p[1])) for p in (hand, tip)]
        cv2.line(shown, ends[0], ends[1], (0.85, 0.7, 0.5), 4, cv2.LINE_AA)
    return shown


def credits(picture: Picture, tick: int) -> Picture:
    """Text that rolls up, and more that crawls along the bottom."""
    height, width = picture.shape[:2]
    text = np.zeros((height, width), np.uint8)
    for number in range(14):
        y = int(height + 40 * number - 2.5 * tick) % (height + 120)
        cv2.putText(text, f"TITLE {number} = E F T - live", (150, y), 0, 0.8, 255, 1 + number % 2, cv2.LINE_AA)
    x = int(width - 7 * tick) % (width + 600) - 600
    cv2.putText(text, "EVENING EDITION - FEET = LEFT", (x, height - 40), 0, 0.9, 230, 2, cv2.LINE_AA)
    return np.maximum(picture, (text / np.float32(255))[..., None].astype(np.float32))


EFFECTS: dict[str, Effect] = {
    "strobe": strobe, "beams": beams, "confetti": confetti, "sparkles": sparkles, "strings": strings,
    "credits": credits,
}  # fmt: skip


def moments(scene: Scene, frames: int, effect: Effect | None) -> Iterator[tuple[Picture, Picture]]:
    """Like `interlaced`, with an effect in front of the scene."""
    for frame in range(frames):
        pair = [scene.at(2 * frame), scene.at(2 * frame + 1)]
        if effect:
            pair = [effect(picture, 2 * frame + n) for n, picture in enumerate(pair)]
        yield pair[0], pair[1]


def _size(plane: NDArray[Any]) -> tuple[int, int]:
    return int(plane.shape[0]), int(plane.shape[1])


def copied(planes: Planes) -> Planes:
    """To be written into."""
    return planes[0].copy(), planes[1].copy(), planes[2].copy()


def with_dropouts(frames: Sequence[Planes], each: float, seed: int) -> tuple[list[Planes], list[NDArray[np.bool_]]]:
    """Dropouts of 1-3 field lines and 10-300 samples: white, black, grey, coloured; sharp, or fading like comets.

    Args:
        frames: woven 4:2:0.
        each: dropouts per frame, mean.
        seed: of their places.

    Returns:
        Damaged frames, and per frame where samples lie that were part of a dropout.
    """
    random = np.random.default_rng((seed, 11))
    damaged: list[Planes] = []
    places: list[NDArray[np.bool_]] = []
    for frame in frames:
        planes, place = copied(frame), np.zeros(frame[0].shape, np.bool_)
        for _ in range(random.poisson(each)):
            _drop(planes, place, random)
        damaged.append(planes)
        places.append(place)
    return damaged, places


def _drop(planes: Planes, place: NDArray[np.bool_], random: Random) -> None:
    height, width = _size(place)
    parity, tall = int(random.integers(2)), int(random.integers(1, 4))
    long = int(10 * 30 ** random.uniform(0, 1))
    line, left = int(random.integers(height // 2 - tall)), int(random.integers(0, width - 10))
    kind = str(random.choice(["white", "black", "grey", "colour"]))
    level = {"white": random.uniform(200, 250), "black": random.uniform(1, 30), "grey": random.uniform(60, 180)}
    comet = bool(random.random() < 0.4)
    tint = random.uniform(40, 216, 2)
    for row in range(line, line + tall):
        start = max(0, left + int(random.integers(-3, 4)))
        stop = min(width, start + long)
        count = stop - start
        fade = np.exp(-np.arange(count) / (0.35 * long)) if comet else np.ones(count)
        woven = 2 * row + parity
        place[woven, start:stop] = True
        new = np.float64(level.get(kind, 0.0)) + random.normal(0, 4, count)
        if kind != "colour":
            _mix(planes[0][woven, start:stop], new, fade)
        for plane, shade in zip(planes[1:], tint, strict=True):
            part = plane[2 * (row // 2) + parity, start // 2 : stop // 2]
            _mix(part, np.full(part.size, shade if kind == "colour" else 128.0), fade[: 2 * part.size : 2])


def _mix(line: NDArray[Any], new: NDArray[np.float64], share: NDArray[np.float64]) -> None:
    line[:] = np.clip(np.rint(line + (new - line) * share), 1, 254)


def with_snow(frames: Sequence[Planes], seed: int) -> tuple[list[Planes], list[float]]:
    """A third of the frames all static, as between recordings, a third a band of it; and the share that is snow."""
    random = np.random.default_rng((seed, 12))
    snowy: list[Planes] = []
    shares: list[float] = []
    for number, frame in enumerate(frames):
        planes, (height, width) = copied(frame), _size(frame[0])
        tall = (0, height, int(random.integers(64, 200)))[number * 3 // len(frames)]
        top = int(random.integers(0, (height - tall) // 4 + 1)) * 4
        for plane in planes:
            down, across = height // plane.shape[0], width // plane.shape[1]
            part = plane[top // down : (top + tall) // down]
            if part.size:
                noise = cv2.GaussianBlur(random.normal(0, 1, part.shape), (0, 0), 1.2 / across, sigmaY=0.01)
                noise = noise / noise.std() * (55 if down == 1 else 12)
                part[:] = np.clip(np.rint((110 if down == 1 else 128) + noise), 1, 254)
        snowy.append(planes)
        shares.append(tall / height)
    return snowy, shares


def _shifted(plane: NDArray[Any], by: NDArray[np.float64]) -> None:
    """Move lines to the right, in place."""
    high, wide = _size(plane)
    x = np.arange(wide, dtype=np.float32)[None] - by[:, None].astype(np.float32)
    y = np.repeat(np.arange(high, dtype=np.float32)[:, None], wide, axis=1)
    plane[:] = cv2.remap(plane, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def with_jitter(frames: Sequence[Planes], sigma: float, seed: int) -> list[Planes]:
    """Every line moved sideways by a time-base error of that standard deviation, in samples, of its own."""
    random = np.random.default_rng((seed, 13))
    moved = [copied(frame) for frame in frames]
    for planes in moved:
        height = _size(planes[0])[0]
        by = random.normal(0, sigma, height)
        _shifted(planes[0], by)
        for plane in planes[1:]:
            rows = np.arange(_size(plane)[0])
            _shifted(plane, by[np.minimum(4 * (rows // 2) + rows % 2, height - 1)] / 2)
    return moved


def with_heads(frames: Sequence[Planes], lines: int, seed: int) -> list[Planes]:
    """The last lines torn sideways, differently in every frame, as where a recorder switches heads."""
    random = np.random.default_rng((seed, 14))
    torn = [copied(frame) for frame in frames]
    for planes in torn:
        by = random.uniform(20, 40) * np.linspace(0.5, 1, lines) + random.normal(0, 1, lines)
        _shifted(planes[0][-lines:], by)
        planes[0][-2:] = np.clip(random.normal(90, 40, planes[0][-2:].shape), 1, 254)
    return torn


def with_scratches(frames: Sequence[Planes], columns: Sequence[float], seed: int) -> list[Planes]:
    """Upright lines, dark and bright, 1-3 samples wide, that swing by half a sample and vary in strength."""
    random = np.random.default_rng((seed, 15))
    scratched = [copied(frame) for frame in frames]
    for number, column in enumerate(columns):
        width, depth = random.uniform(0.5, 1.2), random.uniform(15, 40) * (1 if number % 2 else -1)
        for planes in scratched:
            x = np.arange(_size(planes[0])[1]) - column - random.normal(0, 0.3)
            line = depth * random.uniform(0.7, 1.2) * np.exp(-0.5 * (x / width) ** 2)
            planes[0][:] = np.clip(np.rint(planes[0] + line[None]), 1, 254)
    return scratched
