"""Strategies on the same shots with the same encoder: bytes at equal quality, error, spread, probes, cost."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from benchmarks.encode.asked import Asked
from benchmarks.encode.bdrate import bd_rate
from benchmarks.encode.material import PICTURES, shots
from benchmarks.encode.strategies import (
    Chosen,
    boosted,
    chunk_target,
    oracle,
    ours,
    repaired,
    whole_film,
)
from benchmarks.encode.truth import Truth, truth
from benchmarks.scan.table import Row
from encore.encoding.codecs import Av1
from encore.encoding.quality import LIMITS, Limits
from encore.encoding.tuned import RANGES, Tuned
from encore.encoding.windows import FRAMES_PER_WINDOW

MEASURES = {"VMAF v1": "vmaf", "VMAF-NEG": "neg", "XPSNR": "xpsnr"}
GAIN, LOSS, WITHIN, PROBES, COST = -8.0, 1.5, 0.95, 2.5, 0.25
"""Bounds: bytes against one CRF, %, and against the oracle; shots within `TOLERANCE`; probes per shot; their cost."""
TOLERANCE = 0.5
"""Points of VMAF v1."""
POINTS: tuple[Limits, ...] = (*LIMITS.values(), Limits(11, 16, 21))
"""Operating points: the profiles, and one below them, so that curves of all strategies overlap."""
Way = Callable[[Limits], Chosen]


def bench(asked: Asked) -> Iterator[Row]:
    """Rows of the table."""
    with ExitStack() as stack:
        folder = asked.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        codec = Av1(speed=asked.speed)
        clips = asked.tapes / "clean" if asked.tapes else None
        truths = [truth(shot, codec, folder) for shot in shots(folder, clips, full=asked.full)]
        yield from _compared(truths, codec, folder)


def _compared(truths: Sequence[Truth], codec: Tuned, folder: Path) -> Iterator[Row]:
    found = {limits: ours(truths, limits, codec, folder) for limits in POINTS}
    grid = RANGES[codec.kind].grid
    base = {limits: float(min(grid, key=lambda c: abs(_film(truths, "drop", [c] * len(truths)) - limits.mean)))
            for limits in POINTS}  # fmt: skip
    ways: dict[str, Way] = {
        "ab-av1": lambda limits: whole_film(truths, limits, codec),
        "Av1an": lambda limits: chunk_target(truths, limits, codec),
        "auto-boost": lambda limits: boosted(base[limits], truths),
        "ours, constant": lambda limits: found[limits].constant(limits, codec),
        "ours, slope": lambda limits: found[limits].slope(truths, limits, codec),
        "oracle": lambda limits: oracle(truths, limits, codec),
    }
    anchor = {name: [_point(truths, measure, [float(crf)] * len(truths)) for crf in np.arange(20, 57, 3)]
              for name, measure in MEASURES.items()}  # fmt: skip
    made = {name: [way(limits) for limits in POINTS] for name, way in ways.items()}
    for name, chosen in made.items():
        for metric, measure in MEASURES.items():
            rate = bd_rate(anchor[metric], [_point(truths, measure, one.crfs) for one in chosen])
            sign = ("<=", GAIN) if name == "ours, slope" and metric == "VMAF v1" else ("", None)
            what = f"{name}: bytes against one CRF at equal {metric}, %, {len(truths)} shots"
            yield Row("strategies", what, float("nan") if rate is None else rate, *sign, digits=1)  # type: ignore[arg-type]
    loss = bd_rate(*([_point(truths, "vmaf", one.crfs) for one in made[name]] for name in ("oracle", "ours, slope")))
    if loss is not None:
        yield Row("strategies", "ours, slope: bytes against the oracle at equal VMAF v1, %", loss, "<=", LOSS, 1)
    high = POINTS.index(LIMITS["high"])
    slow = ours(truths, LIMITS["high"], codec, folder, faster=0).slope(truths, LIMITS["high"], codec)
    yield from _accuracy("ours, slope, probes of the encode's own preset", [slow], truths, codec)
    yield from _cost("ours, slope, probes of the encode's own preset", slow, truths)
    yield Row("strategies", "one CRF: spread of drops between shots, points",
              _spread(truths, [base[POINTS[high]]] * len(truths)), digits=2)  # fmt: skip
    for name, chosen in made.items():
        yield from _accuracy(name, [c for c, _ in zip(chosen, LIMITS, strict=False)], truths, codec)
        yield Row("strategies", f"{name}: spread of drops between shots at `high`, points",
                  _spread(truths, chosen[high].crfs), digits=2)  # fmt: skip
        yield from _cost(name, chosen[high], truths)


def _accuracy(name: str, chosen: Sequence[Chosen], truths: Sequence[Truth], codec: Tuned) -> Iterator[Row]:
    errors = _errors(chosen, truths)
    if not errors.size:
        return
    told = f"mean {errors.mean():+.2f}, largest {np.abs(errors).max():.2f}"
    what = f"{name}: share of shots within {TOLERANCE} of the expected drop at first, all profiles ({told})"
    yield Row("strategies", what, float((np.abs(errors) <= TOLERANCE).mean()), digits=2)
    if not name.startswith("ours"):
        return
    again = [repaired(one, truths, TOLERANCE, codec) for one in chosen]
    errors = _errors([one for one, _ in again], truths)
    share = sum(count for _, count in again) / (len(chosen) * len(truths))
    what = f"{name}: the same after {share:.0%} of shots were encoded again (largest {np.abs(errors).max():.2f})"
    yield Row("strategies", what, float((np.abs(errors) <= TOLERANCE).mean()), ">=", WITHIN, 2)


def _errors(chosen: Sequence[Chosen], truths: Sequence[Truth]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([
        one.at("drop", crf) - wanted
        for each in chosen
        for one, crf, wanted in zip(truths, each.crfs, each.predicted, strict=True)
        if wanted is not None
    ])  # fmt: skip


def _cost(name: str, chosen: Chosen, truths: Sequence[Truth]) -> Iterator[Row]:
    if not chosen.probes:
        return
    asked = ("<=", PROBES) if name == "ours, slope" else ("", None)
    yield Row("strategies", f"{name}: probes per shot at `high`", chosen.probes / len(truths), *asked, digits=2)  # type: ignore[arg-type]
    encode = sum(one.at("encode_s", crf) for one, crf in zip(truths, chosen.crfs, strict=True))
    share = chosen.cpu_s / encode
    yield Row("strategies", f"{name}: processor time of probes, of that of the encode", share, digits=2)
    if name == "ours, slope":
        longer = share * PICTURES / FRAMES_PER_WINDOW
        what = f"{name}: the same for shots of {FRAMES_PER_WINDOW} frames, whose windows are a smaller part of them"
        yield Row("strategies", what, longer, "<=", COST, 2)


def _point(truths: Sequence[Truth], measure: str, crfs: Sequence[float]) -> tuple[float, float]:
    size = sum(one.at("bytes", crf) for one, crf in zip(truths, crfs, strict=True))
    return size, _film(truths, measure, crfs)


def _film(truths: Sequence[Truth], measure: str, crfs: Sequence[float]) -> float:
    values = [one.at(measure, crf) for one, crf in zip(truths, crfs, strict=True)]
    return float(np.average(values, weights=[one.shot.seconds for one in truths]))


def _spread(truths: Sequence[Truth], crfs: Sequence[float]) -> float:
    return float(np.std([one.at("drop", crf) for one, crf in zip(truths, crfs, strict=True)]))
