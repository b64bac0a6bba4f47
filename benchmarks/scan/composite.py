"""Faults of composite video and of wrong flags: found on pictures that have them, and nowhere else?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.scan.material import Picture, Scene, film, looks, mpeg2, scenes, tape_of
from benchmarks.scan.table import Row, Settings
from encore.analysis.composite import CompositeQuestion
from encore.analysis.question import ShotFrames, Tape
from encore.core.answers import Composite
from encore.core.findings import Scan
from encore.core.time import Span
from encore.core.video import LUMA_CODES
from encore.synthetic.signal import BT601, Planes

FRAMES = 11
"""Of a shot; three of them are measured."""
SEED = 2
BACK = np.linalg.inv(BT601.astype(np.float64)).astype(np.float32)
SUBCARRIER = 3.579545 / 13.5
"""Cycles per sample; half a cycle more per line and per frame (NTSC, SMPTE 170M)."""
CHROMA_BAND, NOTCH = 1.3 / 6.75, 1.0 / 6.75
"""Shares of Nyquist: of the modulated chroma, and to either side of the subcarrier that a decoder takes for chroma."""
Change = Callable[[Picture, int], Picture]


def still(scene: Scene) -> Scene:
    """The same before a camera on a tripod."""
    return replace(scene, pan=(0.0, 0.0), zoom=0.0, shake=0.0)


def composite(picture: Picture, tick: int, strength: float) -> Picture:
    """A picture that has been through an NTSC composite cable and a notch decoder, mixed with itself."""
    height, width = (int(size) for size in picture.shape[:2])
    y, b, r = (np.asarray(plane, np.float32) for plane in cv2.split(cv2.transform(picture, BT601)))
    lines: NDArray[np.float64] = np.arange(0.0, height, 1.0).reshape(-1, 1)
    frame = tick // 2
    phase: NDArray[Any] = SUBCARRIER * np.arange(width) + 0.5 * (lines // 2) + 0.25 * (lines % 2) + 0.5 * frame
    sine, cosine = np.sin(2 * np.pi * phase), np.cos(2 * np.pi * phase)
    blue, red = 0.493 * 1.772, 0.877 * 1.402
    sent = y + _band(b, 0, CHROMA_BAND) * blue * sine + _band(r, 0, CHROMA_BAND) * red * cosine
    colour = _band(sent, 2 * SUBCARRIER, NOTCH)
    got = [
        sent - colour,
        _band(2 * colour * sine, 0, CHROMA_BAND) / blue,
        _band(2 * colour * cosine, 0, CHROMA_BAND) / red,
    ]
    decoded = cv2.transform(cv2.merge([plane.astype(np.float32) for plane in got]), BACK)
    return np.asarray(picture * (1 - strength) + decoded * strength, np.float32)


def _band(plane: NDArray[np.floating], centre: float, reach: float) -> NDArray[np.floating]:
    """What lies within `reach` of a frequency, shares of Nyquist; soft edges."""
    frequency = np.fft.rfftfreq(plane.shape[1] + 64) * 2
    response = 1 / (1 + (np.abs(frequency - centre) / reach) ** 8)
    wide = np.pad(plane, ((0, 0), (32, 32)), mode="edge")
    return np.fft.irfft(np.fft.rfft(wide, axis=1) * response, wide.shape[1], axis=1)[:, 32:-32]


def shifted(picture: Picture, right: float, down: float) -> Picture:
    """Chroma beside its place."""
    y, b, r = cv2.split(cv2.transform(picture, BT601))
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float64)
    size = picture.shape[1::-1]
    moved = [
        cv2.warpAffine(plane, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE) for plane in (b, r)
    ]
    return np.asarray(cv2.transform(cv2.merge([y, *moved]), BACK), np.float32)


def shot(scene: Scene, change: Change, noise: float, seed: int, megabits: float = 0) -> list[Planes]:
    """Tape frames of it."""
    moments = ((change(scene.at(2 * k), 2 * k), change(scene.at(2 * k + 1), 2 * k + 1)) for k in range(FRAMES))
    frames = film(moments, noise, seed)
    return mpeg2(frames, megabits) if megabits else frames


def measured(frames: Sequence[Planes], tape: Tape | None = None) -> Composite | None:
    """The answer about a shot."""
    tape = tape or tape_of()
    question = CompositeQuestion(tape)
    for look in looks(frames):
        question.observe(look)
    span = Span(start=0, stop=len(frames))
    return CompositeQuestion.answer(question.rows(span), ShotFrames(span, Scan(mode="interlaced", confidence=1), tape))


def bench(settings: Settings) -> Iterator[Row]:
    """All figures of this question."""
    made = [scene for scene in scenes(14 if settings.full else 5, SEED, settings.pictures) if _coloured(scene)]
    yield from _subcarrier(made)
    yield from _shifts(made, settings.full)
    yield from _flags(made)


def _coloured(scene: Scene) -> bool:
    """Whether a photograph has colours that composite video could spoil."""
    parts = scene.world.astype(np.float32)
    return float((parts.max(2) - parts.min(2)).mean()) > 15


def _subcarrier(made: Sequence[Scene]) -> Iterator[Row]:
    dots: list[bool] = []
    rainbows: list[bool] = []
    for number, scene in enumerate(made):
        strength, megabits = (0.5, 1.0)[number % 2], (0.0, 5.0)[number // 2 % 2]
        frames = shot(still(scene), lambda p, tick, s=strength: composite(p, tick, s), 2, number, megabits)
        answer = measured(frames)
        dots += [bool(answer and answer.dot_crawl)]
        rainbows += [bool(answer and answer.rainbow)]
    yield Row("composite", f"dot crawl found, {len(dots)} still shots through NTSC", float(np.mean(dots)), ">=", 0.8)
    yield Row("composite", "rainbows found there", float(np.mean(rainbows)), ">=", 0.8)
    dots, rainbows = [], []
    for number, scene in enumerate(made):
        for light in LIGHTS:
            dim = lit(light)
            camera = still(scene) if number % 2 else scene
            answer = measured(shot(camera, dim, 3, number, (0.0, 5.0)[number // 2 % 2]))
            dots += [bool(answer and answer.dot_crawl)]
            rainbows += [bool(answer and answer.rainbow)]
    what = f"{len(dots)} shots without, still and moving, under {len(LIGHTS)} lights"
    yield Row("composite", f"dot crawl: false alarms, {what}", float(np.mean(dots)), "<=", 0.02)
    yield Row("composite", "rainbows: false alarms there", float(np.mean(rainbows)), "<=", 0.02)


LIGHTS = ("white", "blue", "red", "dark", "strobe", "alternating")
"""Light of shots that have no fault."""


def lit(kind: str) -> Change:
    """Stage light; `alternating` changes with every frame, as a subcarrier does."""
    colour = np.array(
        {"blue": (0.08, 0.12, 0.9), "red": (0.9, 0.06, 0.1), "dark": (0.2, 0.2, 0.25)}.get(kind, (1, 1, 1)), np.float32
    )

    def change(picture: Picture, tick: int) -> Picture:
        off = (kind == "strobe" and tick // 6 % 2) or (kind == "alternating" and tick // 2 % 2)
        return picture * colour * np.float32(0.4 if off else 1)

    return change


def _shifts(made: Sequence[Scene], full: bool) -> Iterator[Row]:
    errors: dict[str, list[float]] = {"across": [], "down": []}
    random = np.random.default_rng(SEED)
    asked = 0
    for number, scene in enumerate(made):
        for megabits in (0.0, 5.0) if full else (0.0,):
            right, down = float(random.uniform(-3, 3)), float(random.uniform(-2, 2))
            frames = shot(scene, lambda p, _, r=right, d=down: shifted(p, r, d), 3, number, megabits)
            answer = measured(frames)
            for way, truth in (("across", right), ("down", down)):
                seen = getattr(answer, f"chroma_shift_{way}") if answer else None
                errors[way] += [] if seen is None else [abs(seen - truth)]
            asked += 1
    for way, unit in (("across", "samples"), ("down", "lines")):
        what = f"chroma shift {way}: mean error, {unit}, {len(errors[way])} of {asked} shots with a shift answered"
        yield Row("composite", what, float(np.mean(errors[way] or [np.nan])), "<=", 0.25)
        yield Row("composite", f"chroma shift {way}: median error, {unit}", float(np.median(errors[way])), "<=", 0.25)
    still_there = [measured(shot(scene, lit("white"), 3, n)) for n, scene in enumerate(made)]
    for way in ("across", "down"):
        said = [getattr(one, f"chroma_shift_{way}") for one in still_there if one]
        zero = [abs(one) for one in said if one is not None]
        yield Row("composite", f"chroma shift {way} where there is none: mean", float(np.mean(zero)), "<=", 0.25)


def _flags(made: Sequence[Scene]) -> Iterator[Row]:
    tape = tape_of()
    colour = tape.video.colour
    wide = Tape(tape.video.model_copy(update={"colour": colour.model_copy(update={"full_range": True})}), tape.rate)
    high = Tape(tape.video.model_copy(update={"colour": colour.model_copy(update={"matrix": "bt709"})}), tape.rate)
    found: dict[str, list[bool]] = {name: [] for name in ("full", "studio", "matrix", "none", "matrix none")}
    for number, scene in enumerate(made):
        frames = shot(scene, lit("white"), 3, number)
        full = [
            (np.clip((f[0].astype(np.float32) - 16) * (255 / LUMA_CODES), 0, 255).astype(np.uint8), *f[1:])
            for f in frames
        ]
        plain, as_studio, as_full = measured(frames), measured(full), measured(frames, wide)
        as_high = measured(frames, high)
        dim = measured(shot(scene, lit("dark"), 6, number, 5))
        assert plain and as_studio and as_full and as_high and dim
        found["full"] += [as_studio.range_suspect == "full as studio"]
        found["studio"] += [as_full.range_suspect == "studio as full"]
        found["matrix"] += [as_high.matrix_suspect == "bt601"]
        found["none"] += [plain.range_suspect != "", dim.range_suspect != ""]
        found["matrix none"] += [plain.matrix_suspect != "", dim.matrix_suspect != ""]
    for name, what in (("full", "full range flagged as studio"), ("studio", "studio range flagged as full")):
        yield Row("composite", f"{what}: found", float(np.mean(found[name])))
    yield Row("composite", "BT.601 flagged as BT.709: found", float(np.mean(found["matrix"])))
    yield Row("composite", "range suspected where it is right", float(np.mean(found["none"])), "<=", 0.02)
    yield Row("composite", "matrix suspected where it is right", float(np.mean(found["matrix none"])), "<=", 0.02)
