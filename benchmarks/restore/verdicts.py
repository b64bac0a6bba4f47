"""What was asked of the films, in rows: means, gains over what people use, and whether any tape got worse."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.restore.asked import TWIN, UPSCALERS
from benchmarks.restore.contenders import LANCZOS, NLMEANS
from benchmarks.restore.scores import Scores
from benchmarks.scan.table import Row

OVER_LANCZOS_DB, OVER_NLMEANS_DB, OVER_TWIN_DB = 3.0, 1.5, 0.5
"""Of luma, that the best network must gain."""
OVER_VMAF = 10.0
"""Points of VMAF-NEG that it must gain over both."""
WARPING, FLICKER = 0.8, 0.35
"""Shares of the change along motion that bwdif and Lanczos have, and of the tape's own flicker."""
HUE_DEGREES, BACK_SIGMAS = 1.0, 1.2
"""Limits."""
COLUMNS: dict[str, tuple[Callable[[Scores], float | None], bool, float]] = {
    "PSNR-Y": (lambda one: one.psnr, True, 0.02),
    "SSIM": (lambda one: one.ssim, True, 0.0005),
    "VMAF-NEG": (lambda one: one.neg, True, 0.1),
    "VMAF v1": (lambda one: one.v1, True, 0.1),
    "warping error": (lambda one: one.warping, False, 0.1),
    "flicker": (lambda one: one.flicker, False, 0.02),
    "hue": (lambda one: one.hue, False, 0.1),
    "chroma": (lambda one: one.chroma, True, 0.02),
}
"""What no tape may lose against bwdif and Lanczos: the column, whether more is better, and how much less is no loss,
because nobody sees it. Back-projection is left out: who repeats the tape's noise agrees with it best."""


@dataclass(frozen=True)
class Found:
    """All films of one tape."""

    tape: str
    scores: dict[str, Scores]
    how: dict[str, str]
    """Filters of each at the strength that was best here; empty where there is one way only."""
    input_flicker: float | None
    """Of the tape's own samples, codes."""
    band_limited: float
    """PSNR of luma, dB, of the truth without what is finer than the tape's samples."""


def told(part: str, found: Found) -> Iterator[Row]:
    """A row for every film of a tape."""
    for by, scores in found.scores.items():
        how = f" ({found.how[by]})" if found.how[by] else ""
        yield Row(part, f"{found.tape}, {by}{how}: {scores.told()}; PSNR-Y, dB", scores.psnr, digits=2)


def verdicts(part: str, found: Sequence[Found]) -> Iterator[Row]:
    """Means of all films, and the bounds for the best way to enlarge that was tried everywhere."""
    limit = float(np.mean([one.band_limited for one in found]))
    what = f"mean of {len(found)} tapes, the truth itself with nothing finer than the tape has samples for; PSNR-Y, dB"
    yield Row(part, what, limit, digits=2)
    names = [name for name in found[0].scores if all(name in one.scores for one in found)]
    for name in names:
        yield Row(part, f"mean of {len(found)} tapes, {name}: {_means(found, name)}; PSNR-Y, dB",
                  _mean(found, name, lambda one: one.psnr), digits=2)  # fmt: skip
    tried = [name for name in UPSCALERS if f"ours {name}" in names and name not in TWIN.values()]
    if not tried:
        return
    best = f"ours {tried[-1]}"
    yield from _gains(part, found, best)
    twin = f"ours {TWIN.get(tried[-1], '')}"
    if twin in names:
        gain = _gain(found, best, twin, lambda one: one.psnr)
        yield Row(part, f"{best} over {twin}, PSNR-Y, dB", gain, ">=", OVER_TWIN_DB, 2)
    yield from _limits(part, found, best)
    for name in tried:
        worse = list(_worse(found, f"ours {name}"))
        what = f"ours {name}: columns of tapes worse than {LANCZOS}" + (f" ({'; '.join(worse)})" if worse else "")
        yield Row(part, what, len(worse), "<=", 0, 0)


def _gains(part: str, found: Sequence[Found], best: str) -> Iterator[Row]:
    for rival, asked in ((LANCZOS, OVER_LANCZOS_DB), (NLMEANS, OVER_NLMEANS_DB)):
        gain = _gain(found, best, rival, lambda one: one.psnr)
        yield Row(part, f"{best} over {rival}, PSNR-Y, dB", gain, ">=", asked, 2)
        gain = _gain(found, best, rival, lambda one: one.neg)
        yield Row(part, f"{best} over {rival}, VMAF-NEG", gain, ">=", OVER_VMAF, 1)


def _limits(part: str, found: Sequence[Found], best: str) -> Iterator[Row]:
    ratio = float(np.mean([one.scores[best].warping / one.scores[LANCZOS].warping for one in found]))
    yield Row(part, f"{best}, warping error over that of {LANCZOS}", ratio, "<=", WARPING, 2)
    flickers = [(one.scores[best].flicker or 0.0) / one.input_flicker for one in found if one.input_flicker is not None]
    if flickers:
        what = f"{best}, flicker over the tape's own, where nothing moves, {len(flickers)} tapes"
        yield Row(part, what, float(np.mean(flickers)), "<=", FLICKER, 2)
    hue, back = _mean(found, best, lambda one: one.hue), _mean(found, best, lambda one: one.back)
    yield Row(part, f"{best}, hue drift, degrees", hue, "<=", HUE_DEGREES, 2)
    yield Row(part, f"{best}, back-projection, sigmas", back, "<=", BACK_SIGMAS, 2)
    worst = _mean(found, best, lambda one: one.back_worst)
    yield Row(part, f"{best}, back-projection, 95th percentile of blocks, sigmas", worst, digits=2)


def _worse(found: Sequence[Found], name: str) -> Iterator[str]:
    for one in found:
        for column, (value, more, margin) in COLUMNS.items():
            ours, theirs = value(one.scores[name]), value(one.scores[LANCZOS])
            if ours is None or theirs is None:
                continue
            if (theirs - ours if more else ours - theirs) > margin:
                yield f"{one.tape} {column} {ours:.4g} for {theirs:.4g}"


def _means(found: Sequence[Found], name: str) -> str:
    figures = ((column, _mean(found, name, value)) for column, (value, *_) in COLUMNS.items() if column != "PSNR-Y")
    return ", ".join(f"{column} {figure:.4g}" for column, figure in figures if not math.isnan(figure))


def _mean(found: Sequence[Found], name: str, value: Callable[[Scores], float | None]) -> float:
    values = [figure for one in found if (figure := value(one.scores[name])) is not None]
    return float(np.mean(values)) if values else float("nan")


def _gain(found: Sequence[Found], name: str, over: str, value: Callable[[Scores], float | None]) -> float:
    return _mean(found, name, value) - _mean(found, over, value)
