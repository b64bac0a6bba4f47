"""Does the grain come back as it was recorded: as strong, as fine, and new in every picture?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.repair.asked import Asked, unavailable
from benchmarks.repair.playing import Player, stage_of
from benchmarks.repair.recording import Hiss, Planes, interlaced, planes_of, record
from benchmarks.repair.scenes import scene, softened
from benchmarks.repair.scores import Array, blocks_of, correlation, radial_spectrum, steepness
from benchmarks.scan.table import Row
from encore.core.time import Span
from encore.core.video import LUMA_CODES, Clip
from encore.motion.light import BLACK
from encore.restoration.stage import Stage

PICTURES = 24
SCORED = Span(start=8, stop=16)
BLOCK = 32
"""Samples, and lines of a field, of the blocks that are looked at."""
FLATTEST = 0.1
"""Share of the blocks that are looked at: there the noise is not mistaken for the picture."""
NOISES: dict[str, tuple[Hiss, float]] = {
    "sigma 4": (Hiss(4.0), 0.0),
    "sigma 4 coloured": (Hiss(4.0, coloured=True), 0.0),
    "sigma 8": (Hiss(8.0), 0.0),
    "sigma 4 after MPEG-2": (Hiss(4.0), 6.0),
}
"""Noise of the tape, and Mb/s of MPEG-2."""


@dataclass
class Scores:
    """Of one tape: level over the true one, distance of the spectra in dB, correlation from picture to picture."""

    level: float
    made_level: float
    spectrum: float
    lag: float


def bench(asked: Asked) -> Iterator[Row]:
    """Rows of the table."""
    stages = [stage_of("denoise"), stage_of("grain", era=1.0)]
    present = [stage for stage in stages if stage is not None]
    if len(present) < len(stages):
        yield unavailable("grain", "the stages denoise and grain")
        return
    kinds = ("static", "slow", "dancer", "shake", "zoom", "fast") if asked.full else ("static", "shake")
    found: dict[str, list[Scores]] = {}
    for number, kind in enumerate(kinds):
        pictures = scene(kind, PICTURES, asked.pictures)
        truth = [planes_of(picture) for picture in (softened(pictures) if number % 2 else pictures)]
        for name in list(NOISES) if asked.full else list(NOISES)[number::2]:
            hiss, megabits = NOISES[name]
            scores = _played(truth, hiss, megabits, present)
            found.setdefault(name, []).append(scores)
            what = f"{kind} {name}: spectrum {scores.spectrum:.2f} dB off, lag-1 {scores.lag:+.3f}; level"
            yield Row("grain", what, scores.level)
    for name, some in found.items():
        off = [abs(one.level - 1) for one in some]
        yield Row("grain", f"{name}, {len(some)} tapes, level off on true lines, mean", float(np.mean(off)), "<=", 0.1)
        off = [abs(one.made_level - 1) for one in some]
        yield Row("grain", f"{name}, level off on made lines, mean", float(np.mean(off)), "<=", 0.1)
        far = float(np.mean([one.spectrum for one in some]))
        yield Row("grain", f"{name}, distance of radial spectra, mean, dB", far, "<=", 1.5, 2)
        yield Row("grain", f"{name}, lag-1 correlation, largest", max(abs(one.lag) for one in some), "<=", 0.1)


def _played(truth: Sequence[Planes], hiss: Hiss, megabits: float, stages: Sequence[Stage]) -> Scores:
    frames = interlaced(truth, hiss)
    with tempfile.TemporaryDirectory() as folder:
        path = record(Path(folder) / ("tape.mpg" if megabits else "tape.mkv"), frames, megabits=megabits)
        with Player(path) as player:
            player.listen()
            made = player.restored(stages, SCORED)
    return _scored(_whole(made), frames, truth)


def _whole(made: Clip) -> list[Array]:
    """Luma with its grain, in codes."""
    y = made.y + made.grain[0] if made.grain else made.y
    return list(y * np.float32(LUMA_CODES) + np.float32(BLACK))


def _scored(made: Sequence[Array], frames: Sequence[Planes], truth: Sequence[Planes]) -> Scores:
    """What is on the pictures beside the truth, against what was put on the tape, in flat blocks of fields."""
    own: list[Array] = []
    others: list[Array] = []
    put: list[Array] = []
    lags: list[float] = []
    before: Array | None = None
    for tick, picture in zip(range(SCORED.start, SCORED.stop), made, strict=True):
        true, parity = truth[tick][0], tick % 2
        rest = picture - true
        flat = _flat(true[parity::2])
        own.append(blocks_of(rest[parity::2], BLOCK)[flat])
        others.append(blocks_of(rest[1 - parity :: 2], BLOCK)[flat])
        put.append(blocks_of(frames[tick // 2][0][parity::2] - true[parity::2], BLOCK)[flat])
        if before is not None:
            lags += [correlation(*(blocks_of(one[n::2], BLOCK)[flat] for one in (before, rest))) for n in (0, 1)]
        before = rest
    a, b, c = (np.concatenate(blocks) for blocks in (own, others, put))
    spectra = [10 * np.log10(radial_spectrum(blocks)) for blocks in (a, c)]
    distance = float(np.abs(spectra[0] - spectra[1]).mean())
    return Scores(float(a.std() / c.std()), float(b.std() / c.std()), distance, float(np.mean(lags)))


def _flat(lines: Array) -> Array:
    """Numbers of the flattest blocks of a field of truth."""
    steep = blocks_of(steepness(lines), BLOCK).mean(axis=(1, 2))
    return np.argsort(steep)[: max(1, round(FLATTEST * len(steep)))]
