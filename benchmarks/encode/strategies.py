"""Ways to choose CRFs: one for all, searches as others do them, ours, and every CRF tried."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.encode.truth import Truth, spent
from encore.encoding.allocation import Options, constant, options, slope
from encore.encoding.curve import Curve, Point, hermite, rising, tangents
from encore.encoding.features import features_of
from encore.encoding.predict import Bias, Predictor
from encore.encoding.probe import FASTER, Prober, Window
from encore.encoding.quality import CEILING, FLOOR, Limits
from encore.encoding.search import Search, search
from encore.encoding.tuned import RANGES, STEP, Tuned
from encore.encoding.windows import windows
from encore.media.y4m import Raw, Y4mWriter, planes, raw_pictures

Numbers = NDArray[np.float64]
OTHERS_PROBES = 4
"""Most probes of Av1an, and typical ones of ab-av1."""
CALIBRATED = 2
"""Shots whose found CRF is tried once more at the encode's own preset, to learn what the faster one of probes hides."""


@dataclass
class Chosen:
    """What a strategy decided and what it cost to find."""

    crfs: list[float]
    predicted: list[float | None]
    """Drop that it expected."""
    probes: int = 0
    cpu_s: float = 0.0
    """Processor seconds of probes, encoding and measuring."""
    slopes: list[float] = field(default_factory=list[float])
    """Of ln(0.5 + drop) per CRF; empty where it knows none."""


def whole_film(truths: Sequence[Truth], limits: Limits, codec: Tuned) -> Chosen:
    """ab-av1 0.11: one CRF for the film, by bisection and straight lines between neighbours, on the mean score.

    So short a film is tried whole. Its target is a score; it gets the one that has the profile's drop.
    """
    grid, tried = RANGES[codec.kind].grid, dict[float, float]()
    low, high, tolerance = float(grid[0]), float(grid[-1]), 0.1
    crf = float(np.round((low + high) / 2 / STEP) * STEP)
    while len(tried) < OTHERS_PROBES + 2:
        tried[crf] = drop = _mean([one.at("drop", crf) for one in truths], truths)
        if limits.mean - tolerance * 2 ** (len(tried) - 1) <= drop <= limits.mean:
            break
        under = max((c for c in tried if tried[c] <= limits.mean), default=None)
        over = min((c for c in tried if tried[c] > limits.mean), default=None)
        if under is None or over is None:
            crf = float(np.round((low + 0.2 * (high - low)) if under is None else (high - 0.2 * (high - low))))
        else:
            share = (limits.mean - tried[under]) / (tried[over] - tried[under])
            crf = float(np.round((under + share * (over - under)) / STEP) * STEP)
        if crf in tried:
            break
    good = [c for c in tried if tried[c] <= limits.mean]
    best = max(good) if good else min(tried)
    cost = sum(_cost(one, crf) for one in truths for crf in tried)
    return Chosen([best] * len(truths), [tried[best]] * len(truths), len(tried) * len(truths), cost)


def chunk_target(truths: Sequence[Truth], limits: Limits, codec: Tuned) -> Chosen:
    """Av1an: every shot whole, up to four times, until the 1st percentile of VMAF lies within 1 % of a target.

    Its target is the percentile that the profile's p95 stands for. Probes are those of the encode's preset here, where
    Av1an's are faster ones: kind to its accuracy, unkind to its cost.
    """
    grid = RANGES[codec.kind].grid
    made = Chosen([], [])
    for one in truths:
        target, own = one.encodes[0].own - limits.p95, one.encodes[0].own
        low, high, tried = float(grid[0]), float(grid[-1]), dict[float, float]()
        crf = float(np.round((low + high) / 2 / STEP) * STEP)
        while len(tried) < OTHERS_PROBES:
            tried[crf] = score = one.at("first", crf)
            if abs(score - target) <= 0.01 * target:
                break
            low, high = (crf, high) if score > target else (low, crf)
            crf = _through(tried, target, low, high)
            if crf in tried:
                break
        made.crfs.append(min(tried, key=lambda crf: abs(tried[crf] - target)))
        made.predicted.append(own - one.at("vmaf", made.crfs[-1]))
        made.probes += len(tried)
        made.cpu_s += sum(_cost(one, crf) for crf in tried)
    return made


def boosted(base: float, truths: Sequence[Truth]) -> Chosen:
    """auto-boost 2: one fast encode of the film, then CRFs by how a shot's low XPSNR lies to the mean of all."""
    low = [one.at("xpsnr_low", base) for one in truths]
    mean = _mean([one.at("xpsnr", base) for one in truths], truths)
    steps = [float(np.clip(math.ceil((1 - x / mean) * 20 * 4) / 4, -5, 5)) for x in low]
    cost = sum(_cost(one, base) for one in truths)
    return Chosen([base - step for step in steps], [None] * len(truths), len(truths), cost)


def ours(truths: Sequence[Truth], limits: Limits, codec: Tuned, folder: Path, *, faster: int = FASTER) -> Found:
    """Our probes: windows of every shot, searched in the order of the film, learning as they go."""
    limits_of, predictor, bias = RANGES[codec.kind], Predictor(RANGES[codec.kind].first), Bias()
    made = Found([], 0, 0.0)
    for number, one in enumerate(truths):
        cut = _windows(one, folder)
        started = spent()
        prober, features = Prober(cut, codec, one.shot.frames, limits, folder), features_of(cut)
        memory = dict[float, Point]()

        def probe(crf: float, prober: Prober = prober, memory: dict[float, Point] = memory) -> Point:
            memory[crf] = prober.probe(crf, faster=faster).point
            return bias.corrected(memory[crf])

        found = search(probe, limits, predictor.guess(features), limits_of.grid)
        made.probes += len(found.points)
        if faster and number < CALIBRATED:
            nearest = min(memory, key=lambda crf: abs(crf - found.crf))
            bias.learn(memory[nearest], prober.probe(nearest, faster=0).point)
            points = tuple(bias.corrected(memory[point.crf]) for point in found.points)
            curve = Curve(points)
            found = Search(points, curve, curve.largest(limits_of.grid, limits.mean, limits.mean), found.reasons)
            made.probes += 1
        predictor.learn(features, found.crf, found.curve)
        made.searches.append(found)
        made.cpu_s += spent() - started
    return made


@dataclass
class Found:
    """Searches of all shots."""

    searches: list[Search]
    probes: int
    cpu_s: float

    def constant(self, limits: Limits, codec: Tuned) -> Chosen:
        """The same limits for every shot."""
        curves = [one.curve for one in self.searches]
        return self._chosen(constant(curves, RANGES[codec.kind].grid, limits))

    def slope(self, truths: Sequence[Truth], limits: Limits, codec: Tuned) -> Chosen:
        """Equal slopes."""
        grid = RANGES[codec.kind].grid
        given = [options(one.curve, grid, limits, t.shot.seconds) for one, t in zip(self.searches, truths, strict=True)]
        return self._chosen(slope(given, limits.mean))

    def _chosen(self, crfs: list[float]) -> Chosen:
        predicted: list[float | None] = [
            float(one.curve.drop(crf)) for one, crf in zip(self.searches, crfs, strict=True)
        ]
        return Chosen(crfs, predicted, self.probes, self.cpu_s, [one.curve.slope for one in self.searches])


def oracle(truths: Sequence[Truth], limits: Limits, codec: Tuned) -> Chosen:
    """Equal slopes over what every CRF really costs."""
    grid = RANGES[codec.kind].grid
    given: list[Options] = []
    for one in truths:
        drops = rising(grid, np.array([one.at("drop", float(crf)) for crf in grid]))
        allowed = (drops <= limits.mean + CEILING) & (drops >= min(limits.mean - FLOOR, drops[-1]))
        kept = [n for n in range(len(grid)) if allowed[n]] or [0]
        weight = np.array([one.at("bytes", float(crf)) for crf in grid[kept]])
        given.append(Options(grid[kept], drops[kept], weight, one.shot.seconds))
    crfs = slope(given, limits.mean)
    cost = sum(_cost(one, encode.crf) for one in truths for encode in one.encodes)
    return Chosen(crfs, [None] * len(crfs), sum(len(one.encodes) for one in truths), cost)


def repaired(chosen: Chosen, truths: Sequence[Truth], tolerance: float, codec: Tuned) -> tuple[Chosen, int]:
    """Shots that miss what was predicted by more than a tolerance are encoded once more, a step along the curve."""
    grid, crfs, again = RANGES[codec.kind].grid, list(chosen.crfs), 0
    for number, (one, crf, wanted) in enumerate(zip(truths, chosen.crfs, chosen.predicted, strict=True)):
        real = one.at("drop", crf)
        if wanted is None or abs(real - wanted) <= tolerance:
            continue
        curve = Curve([Point(crf=crf, drop=real, strain=0.0, bytes=1.0)], chosen.slopes[number])
        crfs[number] = float(grid[np.argmin(np.abs(curve.drop(grid) - wanted))])
        again += 1
    return Chosen(crfs, chosen.predicted, chosen.probes, chosen.cpu_s, chosen.slopes), again


def _windows(one: Truth, folder: Path) -> list[Window]:
    raw = raw_pictures(one.shot.path)
    made: list[Window] = []
    for number, (span, weight) in enumerate(windows(raw.frames, _change(raw))):
        path = folder / f"{one.shot.path.stem}-window{number}-{span.start}.y4m"
        if not path.exists():
            with Y4mWriter(path, (raw.width, raw.height), raw.rate, raw.depth) as writer:
                for at, picture in enumerate(planes(raw)):
                    if at in span:
                        writer.write(picture)
                writer.close()
        made.append(Window(path, weight))
    return made


def _change(raw: Raw) -> list[float]:
    """How much changes in every picture, as the scan's rows would tell."""
    found, before = list[float](), None
    for luma, _, _ in planes(raw):
        picture = luma.astype(np.float32)
        found.append(0.0 if before is None else float(np.abs(picture - before).mean()))
        before = picture
    return [*found[1:2], *found[1:]]


def _mean(values: Sequence[float], truths: Sequence[Truth]) -> float:
    return float(np.average(values, weights=[one.shot.seconds for one in truths]))


def _cost(one: Truth, crf: float) -> float:
    """Processor seconds of encoding and measuring a whole shot."""
    read: Callable[[str], float] = lambda name: one.at(name, crf)  # noqa: E731
    return read("encode_s") + read("measure_s")


def _through(tried: dict[float, float], target: float, low: float, high: float) -> float:
    """Where a curve through all probes meets the target: bisection, a line, then PCHIP, inside what is left."""
    crf = (low + high) / 2
    if len(tried) > 1:
        crfs = sorted(tried)
        falling = np.array([tried[crf] for crf in crfs])
        x = rising(np.arange(len(crfs), dtype=float), -falling)
        crf = float(hermite(x, np.array(crfs), tangents(x, np.array(crfs)), np.array([-target]))[0])
    return round(min(max(crf, low), high) / STEP) * STEP
