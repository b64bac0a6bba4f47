"""Film grain that a player makes: what was measured on the tape, as AV1 carries it beside a clean picture."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from encore.core.answers import Noise
from encore.encoding.grainfilter import Fit, fitted
from encore.media.av1grain import GrainTable, Point
from encore.media.grainsplice import splice

FIRST, LAST = 16.0, 235.0
"""8-bit codes of black and white, between which `Noise` tells levels in equal bins (BT.601-7)."""
LEVELS = 8
"""Bins of luma in `Noise`."""
FADED = 4
"""Codes from black and from white over which luma's grain fades: it would lighten black; chosen, as where it is made
as pixels."""
FAINT = 0.1
"""Codes of grain below which there is nothing to say: a step of 10 bits is 0.25 codes, its rounding 0.07."""
COLOUR = 0.5
"""Share of chroma's grain that comes back where a codec left little of it; chosen: colour noise is not missed."""
STEP = 0.05
"""To which correlations are rounded: shots of one tape then share a filter, and it is below what grain's own chance
makes of a correlation."""


class FilmGrain(GrainTable):
    """A shot's grain at the film's size."""

    @classmethod
    def of(cls, noise: Noise, share: float, scale: tuple[float, float], *, woven: bool) -> Self | None:
        """Grain like that of the tape, as coarse as enlarging makes it; None: there is none to speak of.

        Args:
            noise: what was measured.
            share: of its strength that comes back.
            scale: samples and lines of the film for one of the tape's picture.
            woven: a picture of the tape holds two fields of one moment; otherwise every field becomes a picture.
        """
        if noise.kind == "none":
            return None
        fit = fit_of(noise, scale, woven=woven)
        luma = share * fit.strength * _levels(noise.luma_by_level, noise.luma_sigma)
        left = COLOUR if noise.kind == "codec" else 1.0
        chroma = left * share * fit.strength * _levels(noise.chroma_by_level, noise.chroma_sigma)
        if luma.max() < FAINT:
            return None
        shift = _scaling_shift(max(float(luma.max()) / fit.luma, float(chroma.max()) / fit.chroma))
        colour = _points(chroma / fit.chroma, shift, 0) if chroma.max() >= FAINT else ()
        return cls(
            luma=_points(luma / fit.luma, shift, FADED), chroma=colour, scaling_shift=shift,
            luma_filter=fit.weights, chroma_filter=fit.weights, filter_shift=fit.shift, grain_shift=fit.grain_shift,
        )  # fmt: skip


def fit_of(noise: Noise, scale: tuple[float, float], *, woven: bool) -> Fit:
    """The filter for a shot's grain, with what is wanted of it and what it makes; arguments as `FilmGrain.of`."""
    across, down = (round(value / STEP) * STEP for value in (noise.correlation_across, noise.correlation_down))
    return fitted(across, down, scale, woven=woven)


def regrained(chunk: Path, grain: FilmGrain | None, seed: int) -> None:
    """Give an encoded chunk its grain; it is replaced when that is done, or stays as it was.

    Args:
        chunk: AV1 without film grain.
        grain: of its shot; None: none, but it can be joined to chunks that have some.
        seed: any whole number; the first frame's place in the film makes every chunk another.

    Raises:
        ToolError: the chunk cannot be read, or has film grain already.
        OutputError: the disk is full.
    """
    splice(chunk, grain, seed)


def _levels(by_level: tuple[float | None, ...], everywhere: float) -> NDArray[np.float64]:
    """Sigma in each of eight bins of luma; those that were not seen are like their neighbours."""
    known = [(n, sigma) for n, sigma in enumerate(by_level) if sigma is not None]
    bins = np.arange(LEVELS)
    if not known:
        return np.full(len(bins), everywhere)
    return np.interp(bins, [n for n, _ in known], [sigma for _, sigma in known])


def _scaling_shift(most: float) -> int:
    """The finest scaling in which a share of `most` can be told."""
    return max(8, min(11, math.floor(math.log2(255 / most))))


def _points(shares: NDArray[np.float64], shift: int, fade: int) -> tuple[Point, ...]:
    """Shares in the middles of their bins as points, with none at black and at white."""
    width = (LAST - FIRST) / len(shares)
    scalings = [min(255, round(float(share) * 2**shift)) for share in shares]
    middles = [round(FIRST + (n + 0.5) * width) for n in range(len(shares))]
    inner = list(zip(middles, scalings, strict=True))
    if fade:
        inner = [(int(FIRST) + fade, scalings[0]), *inner, (int(LAST) - fade, scalings[-1])]
    return (int(FIRST), 0), *inner, (int(LAST), 0)
