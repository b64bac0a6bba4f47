"""Edited concert film whose every edit is known: cuts, dissolves, fades, and stage light that is no edit at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.scan.material import Picture, Scene, film, mpeg2, scenes
from encore.core.time import Span
from encore.synthetic.signal import Planes

SIZE = (360, 240)
"""Raster: half of NTSC's either way, since cuts are looked for in 180x120 samples; bit rates are a quarter."""
_VIOLET = np.array([0.5, 0.3, 0.6], np.float32)
Event = Literal["strobe", "flash", "chase", "blackout", "beams", "white", "swap"]
EVENTS: tuple[Event, ...] = ("strobe", "flash", "chase", "blackout", "beams", "white", "swap")
EDITS, EDIT_SHARES = ("cut", "stage cut", "dissolve", "fade"), (0.74, 0.12, 0.10, 0.04)
"""`stage cut`: to another crop of the same picture."""
LIT_SHARE = 0.3
"""Shots under changing light."""
AT_RIM = 0.35
"""Share of those shots whose strobe or blackout lies on the cut itself."""


@dataclass(frozen=True)
class Edit:
    """A true edit.

    Attributes:
        kind: cut, dissolve or fade.
        span: ticks; of a cut from the last that it may be on to the first, both the same unless it is in the dark.
    """

    kind: Literal["cut", "dissolve", "fade"]
    span: tuple[int, int]


@dataclass(frozen=True)
class Montage:
    """A reel of film and its truth; `lit` are the tape frames under changing light."""

    frames: list[Planes]
    edits: list[Edit]
    lit: list[Span]


class Lights:
    """Changing light over a stretch of ticks; deterministic."""

    def __init__(self, kind: Event, start: int, ticks: int, seed: Sequence[int]) -> None:
        self.kind, self.start, self.stop = kind, start, start + ticks
        random = np.random.default_rng(seed)
        self._gain = np.ones((ticks, 3), np.float32)
        self._add = np.zeros(ticks, np.float32)
        self._masks = [_pool(random) for _ in range(2)] if kind in ("chase", "beams") else []
        self._sway = float(random.uniform(0.03, 0.12))
        if kind in ("strobe", "flash", "white"):
            self._flashes(random)
        elif kind == "blackout":
            self._gain[:] = float(random.choice([0.0, 0.0, 0.02]))
        elif kind in ("chase", "swap"):
            every = int(random.integers(4, 16)) if kind == "chase" else ticks
            colours = random.uniform(0.08, 1.3, (ticks // every + 2, 3)) ** 1.5
            share = (np.arange(ticks) / every)[:, None]
            part = share % 1 if kind == "swap" else 0.0
            low = share.astype(int)[:, 0]
            self._gain[:] = colours[low] * (1 - part) + colours[low + 1] * part

    def _flashes(self, random: np.random.Generator) -> None:
        """Flashes; between those of a strobe it is dark."""
        kind, at = self.kind, 0
        if kind == "strobe":
            self._gain[:] = float(random.uniform(0.05, 0.4))
        while at < len(self._gain):
            long = int({"strobe": random.integers(1, 7), "flash": random.integers(2, 17)}.get(kind, len(self._gain)))
            white = kind == "white" or random.random() < 0.2
            self._gain[at : at + long] = float(random.uniform(1.0, 3.0))
            self._add[at : at + long] = float(random.uniform(0.4, 0.75) if white else random.uniform(0.0, 0.2))
            at += long + int(random.integers(2, 9) if kind == "strobe" else random.integers(16, 60))

    def on(self, picture: Picture, tick: int) -> Picture:
        """The picture under this light."""
        if not self.start <= tick < self.stop:
            return picture
        gain, add = self._gain[tick - self.start], self._add[tick - self.start]
        lit = np.asarray(picture * gain, np.float32)
        for number, mask in enumerate(self._masks):
            turn = np.sin(self._sway * tick + 2 * number)
            if self.kind == "beams":
                moved = np.array([[1, 0, 120 * turn], [0, 1, 0]], np.float32)
                lit += cv2.warpAffine(mask, moved, SIZE)[..., None] * _VIOLET
            elif (tick // 12 + number) % 2:
                lit *= (np.float32(0.15) + mask)[..., None]
        return np.asarray(lit + add, np.float32)


def _pool(random: np.random.Generator) -> NDArray[np.float32]:
    """A pool of light that widens downwards, 0-1."""
    mask = np.zeros((SIZE[1], SIZE[0]), np.float32)
    top, below, wide = random.integers(60, 300), random.integers(30, 330), random.integers(20, 90)
    corners = np.array([[top - 8, 0], [top + 8, 0], [below + wide, 240], [below - wide, 240]], np.int32)
    cv2.fillConvexPoly(mask, corners, 1.0)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), float(random.uniform(2, 10))), np.float32)


@dataclass
class Shot:
    """A scene on air from `start` to `stop`, ticks of the reel; dissolves reach beyond."""

    scene: Scene
    start: int
    stop: int
    edit: str
    overlap: int
    """Ticks of the dissolve or fade that it begins with."""
    lights: tuple[Lights, ...] = ()

    def at(self, tick: int) -> Picture:
        """R'G'B' in [0, 1], its own light on it; only the actor and the world are drawn, without lens blur."""
        scene, moment = self.scene, tick - self.start
        high, wide = scene.world.shape[:2]
        random = np.random.default_rng((scene.seed, 1000 + moment))
        hand = random.normal(0, scene.shake / 2, 2) if scene.shake else (0.0, 0.0)
        scale = 1 + scene.zoom * moment
        place = [
            (size - shown) / 2 + pan / 2 * moment + push + shown / 2 * (1 - 1 / scale)
            for size, shown, pan, push in zip((wide, high), SIZE, scene.pan, hand, strict=True)
        ]
        matrix = np.array([[1 / scale, 0, place[0]], [0, 1 / scale, place[1]]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        codes = np.asarray(
            cv2.warpAffine(scene.world, matrix, SIZE, flags=flags, borderMode=cv2.BORDER_REFLECT), np.uint8
        )
        if scene.actor is not None:
            _act(scene, scene.actor, codes, moment)
        picture = np.asarray(codes, np.float32) * np.float32(1 / 255)
        for light in self.lights:
            picture = light.on(picture, tick)
        return np.clip(picture, 0, 1)


def _act(scene: Scene, actor: NDArray[np.uint8], codes: NDArray[np.uint8], moment: int) -> None:
    """Draw a small actor, already cut to size, who swings through the picture."""
    turn = 2 * np.pi * moment / scene.swing[1]
    tall, broad = actor.shape[:2]
    left = int(SIZE[0] / 2 + scene.swing[0] / 2 * np.sin(turn) - broad / 2)
    top = int(0.62 * SIZE[1] + 0.06 * SIZE[1] * np.sin(1.7 * turn) - tall / 2)
    first, last = max(0, left), min(SIZE[0], left + broad)
    lowest = min(SIZE[1], top + tall)
    part = actor[: lowest - top, first - left : last - left]
    cv2.copyTo(part, cv2.inRange(part, (1, 1, 1), (255, 255, 255)), codes[top:lowest, first:last])


def reels(edits: int, seed: int, folder: Path | None, per_reel: int = 12) -> Iterator[Montage]:
    """Reels with that many edits in all; noise of sigma 1-6, every third reel off an MPEG-2 disc of 4-6 Mb/s."""
    worlds: dict[int, NDArray[np.uint8]] = {}
    small = [_shrunk(scene, worlds) for scene in scenes(60, seed, folder)]
    for number in range(-(-edits // per_reel)):
        random = np.random.default_rng((seed, 11, number))
        shots = _script(small, min(per_reel, edits - number * per_reel), random)
        length = shots[-1].stop // 2
        pictures = ((_moment(shots, 2 * k), _moment(shots, 2 * k + 1)) for k in range(length))
        frames = film(pictures, float(random.uniform(1, 6)), seed=1000 * seed + number)
        if number % 3 == 2:
            frames = mpeg2(frames, float(random.uniform(4, 6)) / 4)
        lit = [Span(start=on.start // 2, stop=-(-on.stop // 2)) for shot in shots for on in shot.lights]
        yield Montage(frames, [_truth(a, b) for a, b in pairwise(shots)], lit)


def _shrunk(scene: Scene, worlds: dict[int, NDArray[np.uint8]]) -> Scene:
    """At half size, each world once, the actor cut out as an ellipse on black."""
    world = worlds.get(id(scene.world))
    if world is None:
        world = np.asarray(cv2.resize(scene.world, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
        worlds[id(scene.world)] = world
    actor = None
    if scene.actor is not None:
        tall = int(0.55 * SIZE[1])
        actor = np.maximum(cv2.resize(scene.actor, (int(0.7 * tall), tall), interpolation=cv2.INTER_AREA), 1)
        mask = np.zeros(actor.shape[:2], np.uint8)
        middle = (actor.shape[1] // 2, tall // 2)
        cv2.ellipse(mask, (middle, (actor.shape[1] - 2.0, tall - 2.0), 0.0), 1, -1)
        actor = np.asarray(actor * mask[..., None], np.uint8)
    return replace(scene, world=world, actor=actor)


def _script(places: Sequence[Scene], edits: int, random: np.random.Generator) -> list[Shot]:
    """Shots of 0.5-6 s, short ones more often, one after the other."""
    shots: list[Shot] = []
    at, last = 0, int(random.integers(len(places)))
    for number in range(edits + 1):
        edit = str(random.choice(EDITS, p=EDIT_SHARES)) if number else "cut"
        overlap = {"dissolve": int(random.integers(16, 91)), "fade": int(random.integers(20, 81))}.get(edit, 0)
        if edit != "stage cut" or number == 0:
            before = places[last].world
            while places[last].world is before:
                last = int(random.integers(len(places)))
            scene = places[last]
        else:
            scene = _other_crop(shots[-1].scene, random)
        scene = replace(scene, seed=int(random.integers(1 << 30)))
        length = int(30 * 12 ** random.beta(1.0, 2.0)) + overlap
        shot = Shot(scene, at, at + length, edit, overlap)
        if random.random() < LIT_SHARE:
            shot.lights = _lights(shot, random)
        shots.append(shot)
        at = shot.stop
    shots[-1].stop += shots[-1].stop % 2
    return shots


def _other_crop(scene: Scene, random: np.random.Generator) -> Scene:
    """The same place through another lens, its actor too."""
    grow = float(random.uniform(1.5, 2.2))
    actor = scene.actor
    if actor is not None:
        tall = min(int(0.75 * SIZE[1]), int(grow * actor.shape[0]))
        large = cv2.resize(actor, (int(0.7 * tall), tall), interpolation=cv2.INTER_LINEAR)
        actor = np.asarray(large[:, ::-1], np.uint8)
    high, wide = (int(size) for size in scene.world.shape[:2])
    lines, samples = int(high / grow), int(wide / grow)
    top, left = int(random.integers(high - lines + 1)), int(random.integers(wide - samples + 1))
    crop = scene.world[top : top + lines, left : left + samples]
    world = np.asarray(cv2.resize(crop, (wide, high), interpolation=cv2.INTER_CUBIC), np.uint8)
    return replace(scene, world=world, actor=actor, swing=(scene.swing[0], 0.6 * scene.swing[1]))


def _lights(shot: Shot, random: np.random.Generator) -> tuple[Lights, ...]:
    """One event of light in a shot, after its dissolve; some of them lie on its first or last tick."""
    kind = EVENTS[int(random.integers(len(EVENTS)))]
    most = {"blackout": 90, "white": 24}.get(kind, 360)
    room = shot.stop - shot.start - shot.overlap
    long = min(room if kind not in ("blackout", "white") else room - 24, int(random.integers(8, most + 1)))
    if long < 8:
        return ()
    first = shot.start + shot.overlap
    if random.random() < AT_RIM:
        start = first if random.random() < 0.5 and not shot.overlap else shot.stop - long
    else:
        start = first + int(random.integers(room - long + 1))
    return (Lights(kind, start, long, (int(random.integers(1 << 30)), 3)),)


def _moment(shots: Sequence[Shot], tick: int) -> Picture:
    """What is on air."""
    number = next(n for n, shot in enumerate(shots) if tick < shot.stop)
    shot = shots[number]
    since = tick - shot.start
    if since >= shot.overlap:
        return shot.at(tick)
    share = (since + 0.5) / shot.overlap
    if shot.edit == "dissolve":
        return np.asarray(cv2.addWeighted(shots[number - 1].at(tick), 1 - share, shot.at(tick), share, 0), np.float32)
    dim = np.float32(abs(2 * share - 1))
    return (shot.at(tick) if share > 0.5 else shots[number - 1].at(tick)) * dim


def _truth(before: Shot, after: Shot) -> Edit:
    """The edit between two shots; where one of them is dark there, anywhere in the dark."""
    if after.edit in ("dissolve", "fade"):
        return Edit("dissolve" if after.edit == "dissolve" else "fade", (after.start, after.start + after.overlap))
    start = stop = after.start
    for light in before.lights:
        if light.kind == "blackout" and light.stop == before.stop:
            start = light.start
    for light in after.lights:
        if light.kind == "blackout" and light.start == after.start:
            stop = light.stop
    return Edit("cut", (start, stop))
