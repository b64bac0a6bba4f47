"""Tapes with frames and fields repeated, frozen, dropped or black at known places, under all kinds of movement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.scan.material import HEIGHT, WIDTH
from encore.core.findings import FaultKind
from encore.core.video import LUMA_CODES
from encore.synthetic.signal import Planes

KINDS = ("pan", "fast", "turn", "zoom", "actor", "hand", "shake", "mixed", "strobe", "still")
"""Kinds of shots: a camera that pans slowly, fast, or turns back; zooms; stands before an actor; is held by hand, or
trembles while it pans; everything at once; under flashes; and nothing moving at all."""
SPACING = (9, 15)
"""Tape frames from one fault to the next."""
_RIM = 160
"""Samples of the picture kept around the raster, so that cameras can move."""

Path = Callable[[float], tuple[float, float, float]]
"""Where the camera looks at a tick: samples right, samples down, magnification."""


@dataclass(frozen=True)
class Moving:
    """A grey photograph before a moving camera, and perhaps an actor before it; ticks are fields."""

    kind: str
    world: NDArray[np.uint8]
    camera: Path
    actor: NDArray[np.uint8] | None = None
    swing: tuple[float, float] = (90.0, 50.0)
    """Samples to either side, and ticks per swing."""

    def at(self, tick: float) -> NDArray[np.float32]:
        """(H, W) codes at a moment."""
        x, y, scale = self.camera(tick)
        high, wide = self.world.shape
        move = np.array(
            [[scale, 0, WIDTH / 2 - scale * (wide / 2 + x)], [0, scale, HEIGHT / 2 - scale * (high / 2 + y)]]
        )
        flat = cv2.warpAffine(self.world, move, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        picture = np.asarray(cv2.GaussianBlur(flat, (0, 0), 0.7), np.float32)
        if self.actor is not None:
            at = self._place(tick)
            high, wide = self.actor.shape
            move = np.array([[1, 0, at[0] - wide / 2], [0, 1, at[1] - high / 2]])
            actor = cv2.warpAffine(self.actor, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
            cover = np.zeros((HEIGHT, WIDTH), np.float32)
            centre = (int(at[0] * 16), int(at[1] * 16))
            cv2.ellipse(cover, centre, (int(wide * 7.5), int(high * 7.5)), 0, 0, 360, 1.0, -1, cv2.LINE_8, 4)
            cover = cv2.blur(cover, (5, 5))
            picture += (actor.astype(np.float32) - picture) * cover
        return picture

    def motion(self, tick: float, ticks: float = 2.0) -> float:
        """Samples that camera or actor, whichever more, moves up to a moment in so many ticks."""
        (x, y, s), (u, v, r) = self.camera(tick), self.camera(tick - ticks)
        zoomed = abs(s / r - 1) * 0.38 * float(np.hypot(WIDTH / 2, HEIGHT / 2))
        moved = float(np.hypot(x - u, y - v)) + zoomed
        if self.actor is not None:
            now, then = self._place(tick), self._place(tick - ticks)
            moved = max(moved, float(np.hypot(now[0] - then[0], now[1] - then[1])))
        return moved

    def _place(self, tick: float) -> tuple[float, float]:
        turn = 2 * np.pi * tick / self.swing[1]
        return WIDTH / 2 + self.swing[0] * float(np.sin(turn)), HEIGHT * (0.6 + 0.05 * float(np.sin(1.7 * turn)))


def moving(kind: str, worlds: Sequence[NDArray[np.uint8]], seed: int) -> Moving:
    """A shot of one kind; reproducible."""
    random = np.random.default_rng((seed, KINDS.index(kind), 11))
    pick = [worlds[int(n)] for n in random.permutation(len(worlds))[:2]]
    grey = [np.asarray(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY), np.uint8) for one in pick]
    world = np.asarray(cv2.copyMakeBorder(grey[0], _RIM, _RIM, _RIM, _RIM, cv2.BORDER_REFLECT), np.uint8)
    tall = int(random.uniform(0.35, 0.7) * HEIGHT)
    actor = np.asarray(cv2.resize(grey[1], (int(0.7 * tall), tall), interpolation=cv2.INTER_AREA), np.uint8)
    acts = kind in ("actor", "mixed") or (kind in ("pan", "hand", "strobe") and random.random() < 0.4)
    swing = float(random.uniform(40, 160)), float(random.uniform(60, 200))
    return Moving(kind, world, _camera(kind, random), actor if acts else None, swing)


def _camera(kind: str, random: np.random.Generator) -> Path:
    turn = float(random.uniform(0, 2 * np.pi))
    speed = {"pan": (0.3, 1.5), "fast": (2.5, 5.0), "shake": (0.8, 2.0), "mixed": (0.3, 1.5), "strobe": (0.5, 2.0)}
    pace = float(random.uniform(*speed.get(kind, (0.0, 0.0))))
    right, down = pace * float(np.cos(turn)), 0.5 * pace * float(np.sin(turn))
    grow = float(random.choice([-1, 1]) * random.uniform(0.0008, 0.003)) if kind in ("zoom", "mixed") else 0.0
    waves = random.uniform((1.0, 15, 0), (4.0, 80, 6.28), (5, 3)) if kind == "hand" else np.zeros((0, 3))
    back = float(random.uniform(20, 80)), float(random.uniform(60, 160))
    trembling = random.normal(0, 0.35, (4000, 2)) if kind == "shake" else np.zeros((4000, 2))

    def camera(tick: float) -> tuple[float, float, float]:
        x, y = right * tick, down * tick
        for number, (size, ticks, phase) in enumerate(waves):
            sway = size * np.sin(2 * np.pi * tick / ticks + phase) * ticks / 60
            x, y = (x + sway, y) if number % 2 else (x, y + sway)
        if kind == "turn":
            x += back[0] * np.sin(2 * np.pi * tick / back[1])
        jump = trembling[int(tick) % 4000]
        return float(x + jump[0]), float(y + jump[1]), float(np.exp(grow * (tick - 60)))

    return camera


@dataclass(frozen=True)
class Made:
    """A fault that was made."""

    kind: FaultKind
    frame: int
    motion: float
    """Samples that moved where it is: between the frames on both sides of it."""


@dataclass
class FaultyTape:
    """Clean tape frames with known faults.

    Attributes:
        shots: kind and first tape frame of each shot.
        fields: per tape frame, index into `made` for its top and for its bottom field.
    """

    made: list[Planes] = field(default_factory=list[Planes])
    fields: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    faults: list[Made] = field(default_factory=list[Made])
    shots: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])

    def noisy(self, sigma: float, seed: int) -> list[Planes]:
        """The tape with noise of the camera, which a frame shown twice shows twice."""
        random = np.random.default_rng((seed, 5))
        bank = random.standard_normal((HEIGHT + 160, WIDTH + 240)).astype(np.float32) * np.float32(sigma)
        shown = [_grainy(planes, bank, random) for planes in self.made] if sigma else self.made
        tape: list[Planes] = []
        for top, bottom in self.fields:
            if top == bottom:
                tape.append(shown[top])
                continue
            planes = [plane.copy() for plane in shown[top]]
            for plane, other in zip(planes, shown[bottom], strict=True):
                plane[1::2] = other[1::2]
            tape.append((planes[0], planes[1], planes[2]))
        return tape


def _grainy(planes: Planes, bank: NDArray[np.float32], random: np.random.Generator) -> Planes:
    made: list[NDArray[Any]] = []
    for plane in planes:
        high, wide = (int(size) for size in plane.shape)
        y, x = int(random.integers(0, HEIGHT + 160 - high)), int(random.integers(0, WIDTH + 240 - wide))
        made.append(np.clip(np.rint(plane + bank[y : y + high, x : x + wide]), 1, 254).astype(np.uint8))
    return made[0], made[1], made[2]


def shoot(tape: FaultyTape, scene: Moving, frames: int, faults: Sequence[FaultKind | str], seed: int) -> None:
    """Film a shot onto the end of a tape, with faults at random places at least four frames from its ends.

    Args:
        tape: gets the shot.
        scene: what is filmed.
        frames: the camera takes.
        faults: what to make, in random order; "pair": a duplicate and a drop near by; "held": a frame that is shown
            instead of the next one.
        seed: of places, scan and flashes.
    """
    random = np.random.default_rng((seed, 3))
    way = str(random.choice(["tff", "tff", "bff", "progressive"]))
    first, base = len(tape.fields), len(tape.made)
    flashes = random.permutation(frames)[: frames // 10 if scene.kind == "strobe" else 0].tolist()
    for k in range(frames):
        a, b = scene.at(2 * k), scene.at(2 * k + (way != "progressive"))
        luma = np.empty((HEIGHT, WIDTH), np.float32)
        luma[0::2], luma[1::2] = (b[0::2], a[1::2]) if way == "bff" else (a[0::2], b[1::2])
        tape.made.append(_planes(luma * random.uniform(1.4, 2.5) + 20 if k in flashes else luma))
    tape.shots.append((scene.kind, first))
    fields = [(base + k, base + k) for k in range(frames)]
    at = 4 + int(random.integers(0, 6))
    for fault in faults:
        if at > len(fields) - 5:
            break
        at = _break(tape, scene, fields, fault, at, random, first) + int(random.integers(*SPACING))
    tape.fields += fields


def _planes(luma: NDArray[np.float32]) -> Planes:
    """Codes, with some colour that follows brightness."""
    height, width = luma.shape
    colour = np.empty((height // 2, width // 2), np.float32)
    for parity in (0, 1):
        colour[parity::2] = cv2.resize(luma[parity::2], (width // 2, height // 4), interpolation=cv2.INTER_AREA)
    blue, red = 128 + (colour - 110) * np.float32(0.25), 128 - (colour - 110) * np.float32(0.3)
    codes = [
        np.clip(np.rint(plane), 1, 254).astype(np.uint8)
        for plane in (luma * np.float32(LUMA_CODES / 255) + 16, blue, red)
    ]
    return codes[0], codes[1], codes[2]


def _break(
    tape: FaultyTape,
    scene: Moving,
    fields: list[tuple[int, int]],
    fault: str,
    at: int,
    random: np.random.Generator,
    first: int,
) -> int:
    """Make one fault at frame `at` of a shot; returns the last frame that it touches."""
    base = fields[0][0]
    source = fields[at][0] - base
    steady = min(scene.motion(2 * source), scene.motion(2 * source - 2))  # the steps on both sides of a repeat

    def note(kind: FaultKind, frame: int, moved: float) -> None:
        tape.faults.append(Made(kind, first + frame, moved))

    if fault in ("duplicate", "pair", "frozen"):
        times = int(random.integers(3, 7)) if fault == "frozen" else 1
        fields[at:at] = [fields[at - 1]] * times
        for n in range(times):
            note("frozen" if times > 1 else "duplicate", at + n, steady)
        at += times - 1
        later = at + 1 + int(random.integers(3, 9))
        if fault == "pair" and later < len(fields) - 5:
            at, fault, source = later, "dropped", fields[later][0] - base
    if fault == "dropped":
        del fields[at]
        note("dropped", at, min(scene.motion(2 * source), scene.motion(2 * source + 2)))
    elif fault == "held":
        fields[at] = fields[at - 1]
        note("duplicate", at, steady)
    elif fault == "field repeat":
        top = bool(random.random() < 0.5)
        fields[at] = (fields[at - 1][0], fields[at][1]) if top else (fields[at][0], fields[at - 1][1])
        note("field repeat", at, steady)
    elif fault == "field drop":
        for n in range(at, len(fields) - 1):
            fields[n] = (fields[n + 1][0], fields[n][1])
        del fields[-1]
        note("field drop", at, min(scene.motion(2 * source), scene.motion(2 * source + 2)))
    elif fault == "black":
        dark = len(tape.made)
        tape.made.append(_planes(np.full((HEIGHT, WIDTH), 0, np.float32)))
        times = int(random.integers(1, 6))
        for n in range(times):
            fields[at + n] = (dark, dark)
            note("black", at + n, 0)
        at += times
    return at + 1
