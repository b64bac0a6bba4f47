"""Stages under lights that do known things: flashes, strobes, blackouts, chases, beams, and what passes for none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.scan.material import HEIGHT, RATE, WIDTH, Picture, Scene, photographs
from encore.core.answers import LightKind

Rgb = NDArray[np.float32]
Lamp = Callable[[int], Any]
"""From the tick to linear light: a number, (3,) R, G, B, or (H, W, 1 or 3)."""
Known = tuple[LightKind, int, int]
"""An event with its first tape frame and the one after its last."""

LIGHTS: dict[str, tuple[float, float, float]] = {
    "white": (1, 1, 1), "red": (1, 0.05, 0.07), "deep red": (1, 0.01, 0.01), "blue": (0.06, 0.1, 1),
    "deep blue": (0.01, 0.02, 1), "magenta": (1, 0.06, 0.9), "amber": (1, 0.55, 0.08), "green": (0.08, 1, 0.15),
    "cyan": (0.06, 0.8, 1),
}  # fmt: skip
"""Linear R, G, B of what stage lanterns and LEDs give."""
FIELDS_PER_S = 2 * float(RATE)


@dataclass(frozen=True)
class Stage:
    """A scene under a lamp, and what that lamp does.

    Attributes:
        name: kind of the case.
        scene: what stands there.
        lamp: its light.
        events: true events.
        hz: true rate of its strobe.
    """

    name: str
    scene: Scene
    lamp: Lamp
    events: tuple[Known, ...] = ()
    hz: float | None = None
    noise: float = 3.0

    def at(self, tick: int) -> Picture:
        """The progressive picture at a tick, R'G'B'; display gamma 2."""
        light = np.asarray(self.scene.at(tick)) ** 2 * np.asarray(self.lamp(tick), np.float32)
        return np.sqrt(np.clip(light, 0, 1)).astype(np.float32)

    def pictures(self, frames: int) -> Iterator[tuple[Picture, Picture]]:
        """For `material.film`."""
        return ((self.at(2 * k), self.at(2 * k + 1)) for k in range(frames))


@cache
def stage_worlds(folder: Path | None) -> tuple[NDArray[np.uint8], ...]:
    """Photographs with most of their colour taken out: stages are dark, and their colour is that of the light."""
    return tuple(
        np.asarray(0.25 * world + 0.75 * world.mean(2, keepdims=True), np.uint8) for world in photographs(folder)
    )


@dataclass
class Builder:
    """Makes stages from random choices; reproducible."""

    seed: int
    frames: int
    folder: Path | None = None
    made: int = 0
    random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng((self.seed, 11))

    def scene(self, *, speed: float | None = None, actor: bool | None = None, shake: float | None = None) -> Scene:
        """A stage before a camera that may pan slowly or be held by hand."""
        worlds = stage_worlds(self.folder)
        self.made += 1
        world, other = worlds[(5 * self.seed + self.made) % len(worlds)], worlds[int(self.random.integers(len(worlds)))]
        speed = float(self.random.choice([0, 0.3, 1.0])) if speed is None else speed
        turn = float(self.random.uniform(0, 6.28))
        return Scene(
            world, pan=(speed * np.cos(turn), 0.4 * speed * np.sin(turn)), seed=100 * self.seed + self.made,
            shake=float(self.random.choice([0, 0.6])) if shake is None else shake,
            actor=other if (self.random.random() < 0.6 if actor is None else actor) else None,
            swing=(float(self.random.uniform(40, 160)), float(self.random.uniform(80, 160))),
        )  # fmt: skip

    def colour(self) -> Rgb:
        """One of the lights."""
        return np.array(list(LIGHTS.values())[int(self.random.integers(len(LIGHTS)))], np.float32)

    def strobe(self, hz: float) -> Stage:
        """Flashes a sixtieth long, or half of the period, over some light."""
        start, stop = 20, self.frames - 16
        low, colour = float(self.random.uniform(0.02, 0.2)), self.colour()
        duty = max(1.0 / FIELDS_PER_S * hz, 0.5 if self.random.random() < 0.4 else 0.0)
        phase = float(self.random.random())

        def on(tick: int) -> float:
            if not 2 * start <= tick < 2 * stop:
                return 0.0
            # a field collects light for its whole sixtieth of a second
            fine = (tick + (np.arange(8) + 0.5) / 8) * hz / FIELDS_PER_S + phase
            return float(((fine % 1.0) < duty).mean())

        return Stage("strobe", self.scene(), lambda t: low * colour + on(t), (("strobe", start, stop),), hz)

    def flash(self) -> Stage:
        """One to six frames brighter, up to white-out."""
        start, length = int(self.random.integers(15, self.frames - 25)), int(self.random.integers(1, 7))
        gain = float(self.random.uniform(1.5, 8))
        shown = range(2 * start, 2 * (start + length))
        return Stage(
            "flash", self.scene(), lambda t: 0.25 * (1 + gain * (t in shown)), (("flash", start, start + length),)
        )

    def blackout(self) -> Stage:
        """Dark, after a fall of three fields, for some frames or to the end."""
        start, ends = int(self.random.integers(15, self.frames // 2)), self.random.random() < 0.3
        stop = self.frames if ends else start + int(self.random.integers(4, 25))
        colour = self.colour()

        def lamp(tick: int) -> Rgb:
            away = max(2 * start - tick, tick - (2 * stop - 1))
            return 0.4 * colour * float(np.clip(away / 3, 0, 1))

        return Stage("blackout", self.scene(), lamp, (("blackout", start, stop),))

    def chase(self) -> Stage:
        """Colours change several times, all over or side by side."""
        names = [str(one) for one in self.random.permutation([name for name in LIGHTS if "deep" not in name])]
        period, sides = int(self.random.integers(6, 17)), self.random.random() < 0.5
        colours = np.array([LIGHTS[name] for name in names[: int(self.random.integers(2, 5))]], np.float32)
        first, count = 12, int(self.random.integers(4, 9))
        count = min(count, (self.frames - 8 - first) // period)
        share = np.linspace(0, 1, WIDTH, dtype=np.float32)[None, :, None] * np.ones((HEIGHT, 1, 1), np.float32)
        soft = 1 / (1 + np.exp(-(share - 0.5) * 30))

        def lamp(tick: int) -> Rgb:
            step = int(np.clip((tick - 2 * first) // (2 * period) + 1, 0, count + 1))
            one, other = (colours[(step + n) % len(colours)] for n in (0, 1))
            return 0.6 * (one * (1 - soft) + other * soft) if sides else 0.6 * one

        return Stage("chase", self.scene(), lamp, (("chase", first, first + count * period + 1),))

    def beam(self) -> Stage:
        """A cone of light sweeps over a dim stage."""
        start, stop = 14, self.frames - 12
        from_, to = float(self.random.uniform(-0.1, 0.3)) * WIDTH, float(self.random.uniform(0.7, 1.1)) * WIDTH
        wide, colour = float(self.random.uniform(30, 80)), self.colour()
        top, strength = float(self.random.uniform(0.2, 0.8)) * WIDTH, float(self.random.uniform(0.5, 1.2))

        def lamp(tick: int) -> Rgb:
            share = float(np.clip((tick - 2 * start) / (2 * (stop - start)), 0, 1))
            foot = from_ + (to - from_) * share
            corners = [(top - 6, -4), (top + 6, -4), (foot + wide, HEIGHT + 4), (foot - wide, HEIGHT + 4)]
            cone = np.zeros((HEIGHT, WIDTH), np.float32)
            cv2.fillConvexPoly(cone, np.array([corners], np.int32), 1.0)
            return 0.1 + strength * colour * cv2.GaussianBlur(cone, (0, 0), 6)[..., None]

        return Stage("beam", self.scene(), lamp, (("beam", start, stop),))

    def mixture(self) -> Stage:
        """A strobe, then a blackout."""
        stage = self.strobe(float(self.random.uniform(4, 12)))
        cut, back = self.frames - 14, self.frames - 5
        before = stage.lamp

        def lamp(tick: int) -> Rgb:
            return np.asarray((before(tick) + 0.1) * float(not 2 * cut <= tick < 2 * back), np.float32)

        return replace(stage, name="mixture", lamp=lamp, events=(*stage.events, ("blackout", cut, back)))

    def quiet(self) -> list[Stage]:
        """What is no event: pans, actors, fades, a shaking hand, noise, all in one light or between two soft ones."""
        length = 2 * self.frames

        def fade(tick: int) -> float:
            return 0.05 + 0.7 * tick / length

        def pool(tick: int) -> Rgb:
            del tick
            across, down = np.meshgrid(np.linspace(-1, 1, WIDTH), np.linspace(-1, 1, HEIGHT))
            return (0.08 + np.exp(-4 * (across**2 + down**2)))[..., None].astype(np.float32)

        flat = 0.5 * self.colour()
        return [
            Stage("pan", self.scene(speed=2.5, actor=False), lambda _: flat),
            Stage("actor", self.scene(speed=0, actor=True, shake=0), lambda _: flat),
            Stage("fade", self.scene(speed=0.3), fade),
            Stage("hand-held", self.scene(speed=0.3, shake=1.2, actor=True), lambda _: flat),
            Stage("noise", self.scene(), lambda _: 0.15, noise=8),
            Stage("spotlight", self.scene(speed=0, actor=True, shake=0), pool),
        ]


def stages(seed: int, frames: int, folder: Path | None, rates: Sequence[float], rounds: int) -> list[Stage]:
    """Cases of all kinds."""
    builder = Builder(seed, frames, folder)
    made = [builder.strobe(hz) for hz in rates]
    for _ in range(rounds):
        made += [builder.flash(), builder.blackout(), builder.chase(), builder.beam()]
    made += [builder.mixture() for _ in range(max(1, rounds // 2))]
    return made + builder.quiet()
