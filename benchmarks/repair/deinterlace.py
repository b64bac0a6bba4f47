"""Are fields made into better pictures than by FFmpeg's de-interlacers?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.repair.asked import Asked, unavailable
from benchmarks.repair.playing import Player, codes_of, deinterlacers, filtered
from benchmarks.repair.recording import Hiss, Planes, interlaced, planes_of, record
from benchmarks.repair.scenes import HEIGHT, KINDS, WIDTH, scene, softened
from benchmarks.repair.scores import chroma, line_flicker, luma, resting, unsteadiness
from benchmarks.scan.table import Row

PICTURES = 16
SCORED = slice(4, 12)
"""Pictures that have neighbours on both sides."""
SIGMAS = (0.0, 4.0, 8.0)
MEGABITS = 6.0


@dataclass(frozen=True)
class Case:
    """A tape to be played."""

    kind: str
    soft: bool
    sigma: float
    megabits: float = 0.0

    @property
    def name(self) -> str:
        """For the table."""
        return f"{self.kind}{' soft' if self.soft else ''} sigma {self.sigma:g}{' MPEG-2' if self.megabits else ''}"


@dataclass
class Scores:
    """PSNR of every de-interlacer for one tape; `ours` is Encore's."""

    case: Case
    luma: dict[str, float] = field(default_factory=dict[str, float])
    chroma: dict[str, float] = field(default_factory=dict[str, float])
    unsteadiness: dict[str, float] = field(default_factory=dict[str, float])
    flicker: dict[str, float] = field(default_factory=dict[str, float])

    def gain(self, over: str = "bwdif") -> float:
        """Of ours, luma, dB."""
        return self.luma["ours"] - self.luma[over]


def bench(asked: Asked) -> Iterator[Row]:
    """Rows of the table."""
    if asked.weights is None:
        yield unavailable("deinterlace", "nnedi, whose weights were not given")
    found: list[Scores] = []
    for case, truth in _cases(asked):
        found.append(scores := _played(case, truth, asked))
        yield Row("deinterlace", f"{case.name}: {told(scores.luma)}; over bwdif, dB", scores.gain(), ">=", -0.1, 2)
    yield from _gains(found)
    yield from _flicker(found)


def told(figures: dict[str, float]) -> str:
    """PSNR of all, ours first, in one line."""
    return ", ".join(f"{name} {value:.2f}" for name, value in figures.items())


def _gains(found: Sequence[Scores]) -> Iterator[Row]:
    def mean(some: Sequence[Scores], what: str, over: str = "bwdif", asked: float | None = None) -> Iterator[Row]:
        if some:
            figure = float(np.mean([one.gain(over) for one in some]))
            yield Row("deinterlace", f"over {over}, {what}{len(some)} tapes, mean, dB", figure, ">=", asked, 2)

    for rival in [name for name in found[0].luma if name != "ours"]:
        yield from mean(found, "", rival, 2.0 if rival == "bwdif" else None)
    for sigma in SIGMAS:
        for soft in (False, True):
            some = [one for one in found if (one.case.sigma, one.case.soft, one.case.megabits) == (sigma, soft, 0)]
            yield from mean(some, f"sigma {sigma:g}{' soft' if soft else ''}, ")
    yield from mean([one for one in found if one.case.megabits], "MPEG-2, ")
    yield Row("deinterlace", "over bwdif, smallest, dB", min(one.gain() for one in found), ">=", -0.1, 2)
    gains = [one.chroma["ours"] - one.chroma["bwdif"] for one in found]
    yield Row("deinterlace", "chroma over bwdif, mean, dB", float(np.mean(gains)), ">=", 0.0, 2)
    yield Row("deinterlace", "chroma over bwdif, smallest, dB", float(np.min(gains)), digits=2)


def _flicker(found: Sequence[Scores]) -> Iterator[Row]:
    """On what rests, with noise: without it, bwdif weaves and nothing flickers."""
    resting_ones = [one for one in found if one.flicker and one.case.sigma]
    clean = [one for one in found if one.flicker and not one.case.sigma]
    for one in resting_ones:
        name = f"line flicker, {one.case.name}: {told(one.flicker)}; over that of bwdif"
        yield Row("deinterlace", name, one.flicker["ours"] / max(one.flicker["bwdif"], 1e-3), "<=", 0.6)
    for one in clean:
        name = f"line flicker, {one.case.name}: bwdif {one.flicker['bwdif']:.2f}; ours, codes"
        yield Row("deinterlace", name, one.flicker["ours"], "<=", 0.3)
    moving = [one for one in found if not one.case.sigma]
    ratios = [one.unsteadiness["ours"] / one.unsteadiness["bwdif"] for one in moving]
    name = f"error that changes over time over that of bwdif, sigma 0, {len(moving)} tapes, mean"
    yield Row("deinterlace", name, float(np.mean(ratios)) if ratios else float("nan"), "<=", 0.6)


def _cases(asked: Asked) -> Iterator[tuple[Case, list[Planes]]]:
    """Every kind, sharp and soft, with all noises, and once on MPEG-2; or every kind once with one of these."""
    for number, kind in enumerate(KINDS):
        sharp = scene(kind, PICTURES, asked.pictures)
        for soft in (False, True) if asked.full else (number % 4 == 3,):
            truth = [planes_of(picture) for picture in (softened(sharp) if soft else sharp)]
            for sigma in SIGMAS if asked.full else (4.0 if kind == "static" else SIGMAS[number % 3],):
                yield Case(kind, soft, sigma), truth
            if soft and asked.full:
                yield Case(kind, soft, 4.0, MEGABITS), truth


def _played(case: Case, truth: Sequence[Planes], asked: Asked) -> Scores:
    scores = Scores(case)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("tape.mpg" if case.megabits else "tape.mkv")
        record(path, interlaced(truth, Hiss(case.sigma)), megabits=case.megabits)
        made = dict(all_played(path, (WIDTH, HEIGHT), asked.weights))
    for name, pictures in made.items():
        assert len(pictures) == len(truth), f"{name} gave {len(pictures)} pictures for {len(truth)}"
        some, true = pictures[SCORED], truth[SCORED]
        scores.luma[name], scores.chroma[name] = luma(some, true), chroma(some, true)
        scores.unsteadiness[name] = unsteadiness(some, true)
        if case.kind == "static":
            scores.flicker[name] = line_flicker(some, true, resting(truth))
    return scores


def all_played(path: Path, size: tuple[int, int], weights: Path | None) -> Iterator[tuple[str, list[Planes]]]:
    """A tape's pictures by every de-interlacer, ours first."""
    with Player(path) as player:
        yield "ours", codes_of(player.read(player.take.pictures))
    for name, graph in deinterlacers(weights).items():
        yield name, filtered(path, graph, size)
