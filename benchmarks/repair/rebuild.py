"""Are pictures and places that the tape did not give made up better than by interpolation?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.repair.asked import Asked, unavailable
from benchmarks.repair.playing import Player, codes_of, filtered, stage_of
from benchmarks.repair.recording import Hiss, Planes, interlaced, noisy, planes_of, record
from benchmarks.repair.scenes import KINDS, Picture, scene
from benchmarks.repair.scores import Array, luma, psnr
from benchmarks.scan.table import Row
from encore.core.time import Span
from encore.core.video import Patch
from encore.restoration.stage import Stage

PICTURES = 20
MISSING = 10
"""Picture, or first of two, that is lost; the first field of a tape frame."""
MINTERPOLATE = "minterpolate=fps={rate}:mi_mode=mci:mc_mode=aobmc:me_mode=bidir:vsbmc=1:scd=none"
RATE = Fraction(60000, 1001)
SIGMA = 2.0
"""Noise of the tapes, codes."""
FADE = (1.0, 0.7, 0.4)
"""Light before, in and after the gap where it changes."""


@dataclass(frozen=True)
class Gap:
    """What is lost: tape frames are pictures where `progressive`, else pairs of fields."""

    progressive: bool
    first: int
    count: int

    @property
    def pictures(self) -> range:
        """Lost pictures."""
        return range(self.first, self.first + self.count)

    @property
    def ticks(self) -> frozenset[int]:
        """Lost ticks."""
        each = 2 if self.progressive else 1
        return frozenset(range(self.first * each, (self.first + self.count) * each))


def bench(asked: Asked) -> Iterator[Row]:
    """Rows of the table."""
    stage = stage_of("rebuild")
    if stage is None:
        yield unavailable("rebuild", "the stage rebuild")
        return
    over: dict[str, list[float]] = {}
    kinds = [kind for kind in KINDS if kind != "lines"] if asked.full else ["slow", "dancer", "zoom"]
    for kind in kinds:
        pictures = scene(kind, PICTURES, asked.pictures)
        truth = [planes_of(picture) for picture in pictures]
        yield from _gap(f"{kind}, a picture", truth, Gap(True, MISSING, 1), stage, over)
        yield from _gap(f"{kind}, a frame of two fields", truth, Gap(False, MISSING, 2), stage, over)
        if asked.full or kind == "slow":
            yield from _gap(f"{kind}, a field", truth, Gap(False, MISSING, 1), stage, over)
            faded = [planes_of(picture) for picture in _faded(pictures)]
            yield from _gap(f"{kind}, a picture while light fades", faded, Gap(True, MISSING, 1), stage, over)
        yield from _dropouts(kind, truth, stage, over)
    for name, asked_of in (("minterpolate", 0.5), ("mean of neighbours", 3.0), ("lines around", None)):
        some = over[name]
        yield Row("rebuild", f"over {name}, {len(some)} times, mean, dB", float(np.mean(some)), ">=", asked_of, 2)
        yield Row("rebuild", f"over {name}, smallest, dB", min(some), digits=2)


def triplets(name: str, truth: Sequence[Planes]) -> Iterator[Row]:
    """A real clip with every fourth picture lost, one at a time."""
    stage = stage_of("rebuild")
    if stage is None:
        yield unavailable("real", f"{name}: the stage rebuild")
        return
    over: dict[str, list[float]] = {}
    for first in range(6, len(truth) - 6, 4):
        list(_gap(name, truth, Gap(True, first, 1), stage, over, sigma=0.0))
    for rival, asked in (("minterpolate", 0.5), ("mean of neighbours", 3.0)):
        what = f"{name}: a picture rebuilt, over {rival}, {len(over[rival])} times, mean, dB"
        yield Row("real", what, float(np.mean(over[rival])), ">=", asked, 2)


def _gap(
    name: str, truth: Sequence[Planes], gap: Gap, stage: Stage, over: dict[str, list[float]], *, sigma: float = SIGMA
) -> Iterator[Row]:
    """Pictures lost on a tape, and what the rivals make of the same good neighbours."""
    frames = [noisy(p, Hiss(sigma), n) for n, p in enumerate(truth)] if gap.progressive else None
    frames = frames or interlaced(truth, Hiss(sigma))
    for frame in {tick // 2 for tick in gap.ticks}:
        frames[frame] = _spoilt(frames[frame], None if gap.count == 2 or gap.progressive else gap.first % 2)
    with tempfile.TemporaryDirectory() as folder:
        path = record(Path(folder) / "tape.mkv", frames)
        with Player(path, "weave" if gap.progressive else "compensated", lost=gap.ticks) as player:
            around = Span(start=max(0, gap.first - 6), stop=min(len(truth), gap.first + gap.count + 6))
            given = dict(zip(range(around.start, around.stop), codes_of(player.restored([], around)), strict=True))
            made = codes_of(player.restored([stage], Span(start=gap.first, stop=gap.first + gap.count)))
        others = {
            "minterpolate": _interpolated(given, gap, Path(folder)),
            "mean of neighbours": [_mixed(given, gap, picture) for picture in gap.pictures],
        }
    true = [truth[picture] for picture in gap.pictures]
    ours = luma(made, true)
    figures = {rival: luma(pictures, true) for rival, pictures in others.items()}
    for rival, figure in figures.items():
        over.setdefault(rival, []).append(ours - figure)
    what = f"{name}: ours {ours:.2f}, {', '.join(f'{rival} {figure:.2f}' for rival, figure in figures.items())}"
    yield Row("rebuild", f"{what}; over minterpolate, dB", ours - figures["minterpolate"], ">=", 0.0, 2)


def _spoilt(frame: Planes, parity: int | None) -> Planes:
    """Garbage on all lines, or on those of one field."""
    made = [plane.copy() for plane in frame]
    random = np.random.default_rng(3)
    for plane in made:
        lines = plane if parity is None else plane[parity::2]
        lines[:] = random.integers(16, 235, lines.shape, np.uint8)
    return made[0], made[1], made[2]


def _mixed(given: dict[int, Planes], gap: Gap, picture: int) -> Planes:
    """A straight mix of the good pictures before and after."""
    before, after = given[gap.first - 1], given[gap.first + gap.count]
    share = np.float32((picture - gap.first + 1) / (gap.count + 1))
    y, cb, cr = (a + (b - a) * share for a, b in zip(before, after, strict=True))
    return y, cb, cr


def _interpolated(given: dict[int, Planes], gap: Gap, folder: Path) -> list[Planes]:
    """By FFmpeg, from good pictures as far apart as those around the gap; two on each side, which it wants."""
    step = gap.count + 1
    good = [n for n in range(gap.first - 1 - step, gap.first + 2 * step, step) if n in given]
    frames = [_rounded(given[n]) for n in good]
    path = record(folder / "neighbours.mkv", frames, RATE / step)
    graph = "setfield=prog," + MINTERPOLATE.format(rate=RATE)
    height, width = frames[0][0].shape
    made = filtered(path, graph, (width, height))
    first = good.index(gap.first - 1) * step + 1
    return made[first : first + gap.count]


def _rounded(planes: Planes) -> Planes:
    y, cb, cr = (np.clip(np.rint(plane), 1, 254).astype(np.uint8) for plane in planes)
    return y, cb, cr


def _faded(pictures: Sequence[Picture]) -> list[Picture]:
    lights = [FADE[int(np.clip(number - MISSING + 1, 0, 2))] for number in range(len(pictures))]
    return [picture * np.float32(light) for picture, light in zip(pictures, lights, strict=True)]


def _dropouts(kind: str, truth: Sequence[Planes], stage: Stage, over: dict[str, list[float]]) -> Iterator[Row]:
    """White streaks of one to three lines of a field, and broken macroblocks."""
    random, frame = np.random.default_rng(9), MISSING // 2
    frames = interlaced(truth, Hiss(SIGMA))
    height, width = truth[0][0].shape
    places: list[Patch] = []
    for number in range(24):
        broken = number % 4 == 0
        wide, high = (48, 32) if broken else (int(random.integers(40, 240)), int(random.integers(1, 6)))
        grid = 16 if broken else 1
        left = int(random.integers(8, int(width) - wide - 8)) // grid * grid
        top = int(random.integers(16, int(height) - high - 16)) // grid * grid
        places.append((left, top, left + wide, top + high))
    damaged = frames[frame]
    for left, top, right, bottom in places:
        damaged[0][top:bottom, left:right] = 235
        for plane in damaged[1:]:
            plane[top // 2 : -(-bottom // 2), left // 2 : -(-right // 2)] = 128
    inside = np.zeros((height, width), np.bool_)
    for left, top, right, bottom in places:
        inside[top:bottom, left:right] = True
    with tempfile.TemporaryDirectory() as folder:
        path = record(Path(folder) / "tape.mkv", frames)
        wanted = Span(start=2 * frame, stop=2 * frame + 2)
        with Player(path, torn={frame: tuple(places)}) as player:
            made = codes_of(player.restored([stage], wanted))
    score = _on_torn_lines(inside, truth, wanted)
    filled = _filled(damaged[0], inside)
    ours, before = score([planes[0] for planes in made]), score([filled, filled])
    over.setdefault("lines around", []).append(ours - before)
    what = f"{kind}, {len(places)} places: ours {ours:.2f}, from the lines around {before:.2f}; gain, dB"
    yield Row("rebuild", what, ours - before, ">=", 0.0, 2)


def _filled(woven: Array, inside: Array) -> Array:
    """Torn samples by a straight line from the next whole lines of their field above and below."""
    made = woven.astype(np.float32)
    for parity in (0, 1):
        field, torn = made[parity::2], inside[parity::2]
        lines = np.arange(len(field))
        for column in np.flatnonzero(torn.any(axis=0)):
            bad = torn[:, column]
            field[bad, column] = np.interp(lines[bad], lines[~bad], field[~bad, column])
    return made


def _on_torn_lines(inside: Array, truth: Sequence[Planes], wanted: Span) -> Callable[[Sequence[Array]], float]:
    """PSNR of luma where lines of the tape are torn."""

    def score(made: Sequence[Array]) -> float:
        found: list[Array] = []
        true: list[Array] = []
        for tick, plane in zip(range(wanted.start, wanted.stop), made, strict=True):
            lines = slice(tick % 2, None, 2)
            found.append(plane[lines][inside[lines]])
            true.append(truth[tick][0][lines][inside[lines]])
        return psnr(np.concatenate(found)[None], np.concatenate(true)[None], rim=0)

    return score
