"""The evening's script: the seven scenes as they are lit and filmed, and the order in which we see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from encore.synthetic.props import Props
from encore.synthetic.scenes import Actor, Beam, Camera, Frame, Pool, Rows, Scene, SceneName, Wave
from encore.synthetic.sprites import Picture, Rgb, at_scale

DISSOLVE_TICKS = 30
"""Half a second, the mixer's usual pace."""
SOFT = 4
"""A backdrop out of focus is kept that many times smaller."""


@dataclass(frozen=True, slots=True)
class Act:
    """A scene between two ticks, entered by a cut or by a dissolve."""

    scene: Scene
    start: int
    dissolve: bool


@dataclass(frozen=True, slots=True)
class Concert:
    """The whole evening, seen at any moment.

    Attributes:
        acts: in order of `start`; the first starts at 0.
        frame: the tape's raster.
        tick_rate: ticks per second.
    """

    acts: tuple[Act, ...]
    frame: Frame
    tick_rate: Fraction

    def index(self, at: Fraction) -> int:
        """Which act is on at a moment (in ticks; a film picture may lie between two)."""
        return max(i for i, act in enumerate(self.acts) if act.start <= max(at, Fraction(0)))

    def moment(self, at: Fraction, rows: Rows) -> Picture:
        """R'G'B' in [0, 1] of the wanted lines at a moment in ticks, (lines, width, 3) float32."""
        number = self.index(at)
        act = self.acts[number]
        picture = self._act(act, at, rows)
        mixed = (at - act.start) / DISSOLVE_TICKS
        if act.dissolve and mixed < 1:
            before = self._act(self.acts[number - 1], at, rows)
            picture = np.asarray(before + (picture - before) * np.float32(float(mixed)), np.float32)
        return picture

    def _act(self, act: Act, at: Fraction, rows: Rows) -> Picture:
        since = max(at - act.start, Fraction(0))
        return act.scene.picture(float(since / self.tick_rate), int(since), self.frame, rows)


def evening(entries: tuple[tuple[SceneName, int, bool], ...], frame: Frame, tick_rate: Fraction, seed: int) -> Concert:
    """Set the stage and film `entries`: (scene, first tick, whether it is entered by a dissolve)."""
    props = Props(seed)
    random = np.random.default_rng((seed, 2))
    wanted = {name for name, _, _ in entries}
    scenes = {name: make(props, random) for name, make in MAKERS.items() if name in wanted}
    acts = tuple(Act(scene=scenes[name], start=start, dissolve=dissolve) for name, start, dissolve in entries)
    return Concert(acts=acts, frame=frame, tick_rate=tick_rate)


def _soft(props: Props) -> Picture:
    """The stage out of focus, for close-ups."""
    height, width = props.stage.shape[:2]
    small = cv2.resize(props.stage, (width // SOFT, height // SOFT), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 4.0), np.float32)


def _people(props: Props, random: np.random.Generator, floor: float, scale: float, step: int) -> tuple[Actor, ...]:
    """A row of the crowd; everyone hops to the beat, nearly together."""
    row: list[Actor] = []
    for i, x in enumerate(range(120, 2300, step)):
        size = scale * float(random.uniform(0.9, 1.15))
        phase = float(random.uniform(0, 0.35))
        row.append(
            Actor(
                sprite=props.crowd[int(random.integers(len(props.crowd)))],
                x=Wave(x + float(random.uniform(-20, 20)), 9.0, 1.9, phase + i / 3),
                y=Wave(floor, 14.0 * scale, 0.5, phase),
                lean=Wave(0.0, 4.0, 1.0, phase + i / 5),
                scale=size,
            )
        )
    return tuple(row)


def _beams(colours: tuple[Rgb, ...], random: np.random.Generator, reach: float = 26.0) -> tuple[Beam, ...]:
    return tuple(
        Beam(
            lamp=140.0 + 163 * (2 * i + 1),
            angle=Wave(0.0, reach, 3.1, float(random.uniform())),
            colour=colours[i % len(colours)],
        )
        for i in range(7)
    )


def _band(props: Props, x: float) -> tuple[Actor, ...]:
    """Singer, keyboard and microphone as the whole stage is seen."""
    return (
        Actor(at_scale(props.singer, 0.42), Wave(x, 16.0, 1.0), Wave(950.0, 7.0, 0.5), Wave(0.0, 5.0, 2.0)),
        Actor(at_scale(props.microphone, 0.36), Wave(x - 60), Wave(905.0)),
        Actor(at_scale(props.desk, 0.72), Wave(x - 42), Wave(958.0)),
    )


def _wide(props: Props, random: np.random.Generator) -> Scene:
    pools = (
        Pool(Wave(1180.0, 50.0, 2.6), Wave(680.0), 230.0, (1.5, 1.35, 1.2)),
        Pool(Wave(560.0, 240.0, 3.3), Wave(620.0, 90.0, 2.1), 420.0, (1.5, 0.10, 1.1)),
        Pool(Wave(1850.0, 240.0, 3.7), Wave(620.0, 90.0, 2.4), 420.0, (0.10, 0.55, 1.9)),
    )
    crew = Actor(at_scale(props.crew, 0.42), Wave(760.0, 30.0, 3.0), Wave(1215.0))
    return Scene(
        name="wide", backdrop=props.stage, backdrop_scale=1.0, ambient=(0.10, 0.13, 0.42), pools=pools,
        beams=_beams(((0.10, 0.25, 0.75), (0.65, 0.07, 0.50)), random), actors=_band(props, 1190.0),
        front=(crew, *_people(props, random, 1175.0, 0.68, 134)),
        camera=Camera(Wave(1200.0, 320.0, 7.0, -0.2), Wave(640.0, 25.0, 5.0), Wave(1.0, 0.10, 9.0)),
        exposure=(1.0, 1.0, 1.12),
    )  # fmt: skip


def _close(props: Props, random: np.random.Generator) -> Scene:
    pools = (
        Pool(Wave(1120.0, 60.0, 2.0), Wave(470.0), 620.0, (3.4, 0.20, 0.13)),
        Pool(Wave(1650.0), Wave(500.0), 260.0, (0.5, 0.05, 0.45)),
    )
    actors = (
        Actor(props.singer, Wave(1319.0, 22.0, 1.0), Wave(2005.0, 14.0, 0.5), Wave(0.0, 2.2, 2.0), scale=1.75),
        Actor(props.microphone, Wave(1060.0, 6.0, 2.0), Wave(1480.0), Wave(9.0, 0.8, 1.0), scale=1.12),
    )
    phase = float(random.uniform())
    return Scene(
        name="close", backdrop=_soft(props), backdrop_scale=1 / SOFT, ambient=(0.55, 0.03, 0.04), pools=pools,
        beams=_beams(((0.5, 0.03, 0.02),), random, 10.0)[1::3], actors=actors,
        camera=Camera(Wave(1180.0, 26.0, 3.0, phase), Wave(620.0, 12.0, 4.0), Wave(1.05, 0.09, 8.0), 2.5),
        exposure=(1.1, 1.0, 0.9), lamp=0.9,
    )  # fmt: skip


def _medium(props: Props, random: np.random.Generator) -> Scene:
    pools = (
        Pool(Wave(1130.0, 80.0, 1.7), Wave(600.0), 520.0, (1.25, 0.75, 0.95)),
        Pool(Wave(700.0, 120.0, 2.3), Wave(500.0), 420.0, (1.3, 0.05, 1.2)),
        Pool(Wave(1750.0, 120.0, 2.9), Wave(560.0), 420.0, (0.15, 0.12, 1.5)),
    )
    actors = (
        Actor(props.singer, Wave(1228.0, 34.0, 1.0), Wave(1479.0, 12.0, 0.5), Wave(0.0, 4.0, 2.0), scale=1.15),
        Actor(props.microphone, Wave(1010.0), Wave(1330.0), Wave(7.0), scale=0.98),
        Actor(props.desk, Wave(1190.0), Wave(1335.0), scale=1.5),
    )
    return Scene(
        name="medium", backdrop=props.stage, backdrop_scale=1.0, ambient=(0.30, 0.04, 0.32), pools=pools,
        beams=_beams(((0.50, 0.04, 0.55), (0.18, 0.10, 0.6)), random), actors=actors,
        camera=Camera(Wave(1230.0, 190.0, 5.0, -0.25), Wave(650.0, 20.0, 3.0), Wave(1.15, 0.08, 6.0), 3.0),
        exposure=(1.05, 0.96, 1.0),
    )  # fmt: skip


def _guest(props: Props, random: np.random.Generator) -> Scene:
    pools = (
        Pool(Wave(620.0, 160.0, 2.2), Wave(430.0), 420.0, (0.25, 0.55, 2.3)),
        Pool(Wave(1250.0, 130.0, 1.6), Wave(560.0), 330.0, (1.2, 0.10, 0.9)),
    )
    phase = float(random.uniform())
    return Scene(
        name="guest", backdrop=props.guest, backdrop_scale=0.8, ambient=(0.10, 0.13, 0.26), pools=pools,
        camera=Camera(Wave(850.0, 60.0, 4.0, phase), Wave(520.0, 18.0, 3.0), Wave(1.16, 0.06, 7.0), 2.0),
        exposure=(0.95, 1.0, 1.05),
    )  # fmt: skip


def _crowd(props: Props, random: np.random.Generator) -> Scene:
    pools = (
        Pool(Wave(1190.0), Wave(640.0), 260.0, (1.9, 1.5, 0.9)),
        Pool(Wave(1200.0, 500.0, 4.0), Wave(500.0), 500.0, (1.2, 0.45, 0.05)),
    )
    front = (*_people(props, random, 1195.0, 1.05, 170), *_people(props, random, 1290.0, 1.5, 250))
    return Scene(
        name="crowd", backdrop=_soft(props), backdrop_scale=1 / SOFT, ambient=(0.20, 0.08, 0.05), pools=pools,
        beams=_beams(((0.85, 0.42, 0.05), (0.6, 0.5, 0.35)), random, 34.0), actors=_band(props, 1190.0), front=front,
        camera=Camera(Wave(1200.0, 240.0, 6.0, 0.1), Wave(680.0, 30.0, 2.0), Wave(1.02, 0.05, 5.0), 5.0),
        exposure=(1.1, 1.0, 0.85),
    )  # fmt: skip


def _strobe(props: Props, random: np.random.Generator) -> Scene:
    return Scene(
        name="strobe", backdrop=props.stage, backdrop_scale=1.0, ambient=(0.42, 0.45, 0.5),
        pools=(Pool(Wave(1200.0), Wave(600.0), 620.0, (0.35, 0.35, 0.38)),),
        beams=_beams(((0.10, 0.10, 0.12),), random), actors=_band(props, 1190.0),
        front=_people(props, random, 1150.0, 0.72, 140),
        camera=Camera(Wave(1220.0, 150.0, 5.0), Wave(660.0, 20.0, 3.0), Wave(1.2, 0.08, 6.0), 3.0),
    )  # fmt: skip


def _blackout(props: Props, random: np.random.Generator) -> Scene:
    pools = (
        Pool(Wave(1190.0), Wave(640.0), 300.0, (1.6, 1.5, 1.3)),
        Pool(Wave(700.0, 200.0, 4.0), Wave(560.0), 520.0, (0.1, 0.9, 0.9)),
        Pool(Wave(1700.0, 200.0, 4.0, 0.5), Wave(560.0), 520.0, (0.9, 0.5, 0.05)),
    )
    return Scene(
        name="blackout", backdrop=props.stage, backdrop_scale=1.0, ambient=(0.09, 0.16, 0.16), pools=pools,
        beams=_beams(((0.05, 0.45, 0.42), (0.45, 0.25, 0.03)), random), actors=_band(props, 1190.0),
        front=_people(props, random, 1180.0, 0.7, 138),
        camera=Camera(Wave(1200.0, 200.0, 8.0, 0.2), Wave(640.0, 20.0, 4.0), Wave(1.08, 0.08, 6.0), 2.0),
        exposure=(1.0, 1.06, 0.98),
    )  # fmt: skip


MAKERS: dict[SceneName, Callable[[Props, np.random.Generator], Scene]] = {
    "wide": _wide, "close": _close, "medium": _medium, "guest": _guest, "crowd": _crowd, "strobe": _strobe,
    "blackout": _blackout,
}  # fmt: skip
"""How each scene is set up."""
