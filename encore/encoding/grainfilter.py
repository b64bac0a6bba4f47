"""How coarse is a tape's grain in the film, and which of AV1's filters comes nearest to it?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Line = NDArray[np.float64]
"""Covariances at distances 0, 1, 2 ... samples along a line."""
LAG = 3
"""Samples that AV1's filter looks back and up at most."""
_ABOVE = tuple((-up, across) for up in range(LAG, 0, -1) for across in range(-LAG, LAG + 1))
NEAR = (*_ABOVE, *((0, -back) for back in range(LAG, 0, -1)))
"""(lines, samples) of the 24 neighbours a sample of grain is made from, in the order of the stream."""
LANCZOS = 4
"""Samples on each side that the film's enlarging looks at (`encore.media.colour.resample`)."""
TAPE_LAGS = 8
"""Distances on the tape over which grain is taken to be correlated: 0.8 to the eighth is 0.17."""
WINDOW = 11
"""Samples of the film over which correlations are compared: 4K is 4 to 4.5 times the tape."""
SIDE = 64
"""Samples along the square of frequencies on which filters are compared: what lies 32 samples away does not matter."""
SHIFTS = (6, 7)
"""filter_shift that are tried: weights up to 2 in steps of 1/64, or to 1 in steps of 1/128; finer ones reach less."""
WHITENED = (0.03, 0.1, 0.3)
"""Shares of white noise that the wanted grain is mixed with to start from: without it the neighbours tell a sample so
well that weights alternate, and rounding them changes the grain altogether (0.01 and less; measured)."""
STEADY = 1.25
"""Times what its spectrum tells, which a filter's grain may be: one that runs away makes far more, or far less."""
STEPS = 60
"""Improvements of a filter by one step of one weight at most; 2 to 40 were taken."""
ENOUGH = 1e-3
"""Share of the error that a step must gain."""
COARSEST = 2.2
"""Samples over which a correlation may fall to half. AV1 cuts grain into blocks of 32 samples and lets them run into
each other over 2: coarser grain breaks at their edges and shows bricks. Seen in flat grey at 2.2 was nothing, at 3.0
lines, at 4.0 and more bricks; steps there had 1.9, 2.6 and 5.9 times the energy of those elsewhere."""
TEMPLATES = ((73, 82, 9), (38, 44, 6))
"""Lines and samples of the field of grain of luma and of chroma, and where the blocks cut from it start (7.18.3)."""
TRIALS = 24
"""Fields of grain by which a filter's strength is measured: it is then known within 2 %."""
WHITE, MOST = 31.5, 128.0
"""Standard deviation of the noise a filter is given, and the largest grain, in 8-bit codes (7.18.3)."""
ROOM = 4.0
"""Standard deviations that must lie below the largest grain."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A filter of AV1, and the grain that it makes.

    Attributes:
        weights: of `NEAR`, times 2 ** `shift`.
        shift: filter_shift.
        grain_shift: of the white noise.
        luma: standard deviation of luma's grain, 8-bit codes.
        chroma: of chroma's, whose field is smaller.
        strength: standard deviation of grain in the film over that on the tape; enlarging smooths.
        finer: how many times finer than the tape's grain in the film it has to be, across and down; at least 1.
        wanted: correlation of neighbouring samples and lines that it should have.
        made: the same of this grain.
    """

    weights: tuple[int, ...]
    shift: int
    grain_shift: int
    luma: float
    chroma: float
    strength: float
    finer: tuple[float, float]
    wanted: tuple[float, float]
    made: tuple[float, float]


@dataclass(frozen=True, slots=True, order=True)
class _Tried:
    """What a filter makes in fields as small as AV1's; the error is infinite where it runs away."""

    error: float
    weights: tuple[int, ...] = ()
    shift: int = 0
    grain_shift: int = 0
    sigma: float = 0.0
    near: tuple[float, float] = (0.0, 0.0)


@lru_cache(maxsize=256)
def fitted(across: float, down: float, scale: tuple[float, float], *, woven: bool) -> Fit:
    """The filter whose grain is nearest to the tape's as the film shows it.

    Least squares whiten the grain, then single weights are moved while correlations come nearer.
    Cost: 0.4 core-s, once for each kind of grain.

    Args:
        across: correlation of neighbouring samples of a field.
        down: of neighbouring lines of a field.
        scale: samples and lines of the film for one of the tape's picture.
        woven: a picture holds both fields; otherwise every field is a picture and half of its lines are made.
    """
    tape = _along(across), _of_lines(down, woven=woven)
    film = enlarged(tape[0], scale[0]), enlarged(tape[1], scale[1])
    finer = max(1.0, _half(film[0]) / COARSEST), max(1.0, _half(film[1]) / COARSEST)
    lines = (_COARSEST if finer[0] > 1 else film[0]), (_COARSEST if finer[1] > 1 else film[1])
    wanted = _plane(lines[1])[:, None] * _plane(lines[0])[None, WINDOW - 1 :]
    whites, tried = WHITENED, [_Tried(error=math.inf)]
    while math.isinf(min(tried).error):
        tried = [_tried(_improved(_solved(lines, white), n, wanted), n, wanted) for n in SHIFTS for white in whites]
        whites = (2 * whites[-1],)
    best = min(tried)
    chroma = grain(np.array(best.weights), best.shift, WHITE / 2**best.grain_shift, TEMPLATES[1])
    return Fit(
        best.weights, best.shift, best.grain_shift, best.sigma, float(np.sqrt(np.mean(chroma**2))),
        strength=math.sqrt(film[0][0] * film[1][0]),
        finer=finer,
        wanted=(float(lines[0][1] / lines[0][0]), float(lines[1][1] / lines[1][0])),
        made=best.near,
    )  # fmt: skip


def _along(correlation: float) -> Line:
    """Of grain whose correlation falls by the same factor from sample to sample."""
    return np.power(max(correlation, 0.0), np.arange(TAPE_LAGS), dtype=np.float64)


def _of_lines(correlation: float, *, woven: bool) -> Line:
    """The same along the lines of a picture, two of which lie on one of a field."""
    if woven:
        return _along(math.sqrt(max(correlation, 0.0)))
    field = _along(correlation)
    own, next_, far = field[: TAPE_LAGS // 2], field[1 : TAPE_LAGS // 2 + 1], np.abs(np.arange(TAPE_LAGS // 2) - 1)
    made = (2 * own + next_ + field[far]) / (2 + 2 * field[1])  # lines between are means of two, made as strong
    between = (own + next_) / math.sqrt(2 + 2 * field[1])
    return np.stack([(own + made) / 2, between], 1).ravel()


def enlarged(tape: Line, scale: float) -> Line:
    """Mean covariances in the film of what has covariances `tape`, after Lanczos enlarging by `scale`."""
    if scale == 1:
        return np.concatenate([tape, np.zeros(max(0, WINDOW + LAG - len(tape)))])
    fine = 64
    places = np.arange(-LANCZOS * fine, LANCZOS * fine + 1) / fine
    kernel = np.sinc(places) * np.sinc(places / LANCZOS)
    spread = np.correlate(kernel, kernel, "full") / fine
    far = np.arange(1 - len(tape), len(tape))
    away = np.arange(WINDOW + LAG)[:, None] / scale - far[None]
    at = np.arange(len(spread)) / fine - 2 * LANCZOS
    return np.asarray(np.interp(away, at, spread, 0, 0) @ tape[np.abs(far)], np.float64)


def _half(film: Line) -> float:
    """Samples over which a correlation falls to half."""
    line = film / film[0]
    below = int(np.argmax(line < 0.5)) or len(line) - 1
    return float(below - (0.5 - line[below]) / max(line[below - 1] - line[below], 1e-9))


_COARSEST = enlarged(_along(0.0), 4 * COARSEST / _half(enlarged(_along(0.0), 4)))
"""White noise enlarged as far as goes: a long tail of correlation would show as lines."""


def _plane(line: Line) -> Line:
    """Correlations at distances -10 to 10."""
    return np.concatenate([line[WINDOW - 1 : 0 : -1], line[:WINDOW]]) / line[0]


def _solved(lines: tuple[Line, Line], white: float) -> Line:
    """Weights that tell a sample from its neighbours with the least squares."""
    far = np.array(NEAR)
    apart = np.abs(far[:, None] - far[None])
    inside = lines[1][apart[..., 0]] * lines[0][apart[..., 1]]
    towards = lines[1][np.abs(far[:, 0])] * lines[0][np.abs(far[:, 1])]
    whitened = inside + white * lines[0][0] * lines[1][0] * np.eye(len(far))
    return np.asarray(np.linalg.solve(whitened, towards), np.float64)


def _waves() -> NDArray[np.complex128]:
    """(24, 64, 33) what each neighbour is, at every frequency, of the sample itself."""
    down, across = np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None]
    turns = np.stack([down * line + across * sample for line, sample in NEAR])
    return np.asarray(np.exp(2j * np.pi * turns), np.complex128)


_WAVES = _waves()
_WEIGHT = 1 / (1 + np.hypot(np.arange(1 - WINDOW, WINDOW)[:, None], np.arange(WINDOW)[None])) ** 2
"""Of the error of a correlation: the nearer the samples, the more it is seen. Of powers 1 to 3 the second kept
neighbours within 0.1 and everything else within 0.15 for grain of correlations 0, 0.4 and 0.7 on the tape."""


def _improved(start: Line, shift: int, wanted: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole weights from rounded ones on, one step of one weight at a time."""
    unit = 2.0**-shift
    weights = np.clip(np.rint(start / unit), -128, 127).astype(np.int64)
    left = 1 - np.einsum("n,nyx->yx", weights * unit, _WAVES)
    least = _distance(left, wanted)
    for _ in range(STEPS):
        steps = [(_distance(left - way * unit * _WAVES[n], wanted), n, way) for n in range(len(NEAR)) for way in (-1, 1)
                 if -128 <= weights[n] + way <= 127]  # fmt: skip
        error, n, way = min(steps)
        if error > least * (1 - ENOUGH):
            break
        weights[n] += way
        left, least = left - way * unit * _WAVES[n], error
    return weights


def _distance(left: NDArray[np.complex128], wanted: NDArray[np.float64]) -> float:
    found = _made_of(left)
    return _error(np.concatenate([found[1 - WINDOW :, :WINDOW], found[:WINDOW, :WINDOW]]) / found[0, 0], wanted)


def _made_of(left: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Covariances of the grain that a filter, of which `left` is the inverse, makes of white noise of 1."""
    power = 1 / np.maximum(left.real**2 + left.imag**2, 1e-9)
    return np.asarray(np.fft.irfft2(power, s=(SIDE, SIDE)), np.float64)


def _error(found: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    return float((_WEIGHT * (found - wanted) ** 2).sum())


def _tried(weights: NDArray[np.int64], shift: int, wanted: NDArray[np.float64]) -> _Tried:
    left = 1 - np.einsum("n,nyx->yx", weights * 2.0**-shift, _WAVES)
    told = WHITE * math.sqrt(_made_of(left)[0, 0])
    grain_shift = max(0, math.ceil(math.log2(told * ROOM / MOST)))
    if grain_shift > 3:
        return _Tried(error=math.inf)
    found = _covariances(grain(weights, shift, WHITE / 2**grain_shift, TEMPLATES[0]))
    power, across, down = (float(found[place]) for place in ((WINDOW - 1, 0), (WINDOW - 1, 1), (WINDOW, 0)))
    steady = 1 / STEADY < math.sqrt(power) * 2**grain_shift / told < STEADY
    return _Tried(
        _error(found / power, wanted) if steady else math.inf, tuple(int(weight) for weight in weights),
        shift, grain_shift, math.sqrt(power), (across / power, down / power),
    )  # fmt: skip


def grain(weights: NDArray[np.int64], shift: int, white: float, size: tuple[int, int, int]) -> NDArray[np.float64]:
    """(lines, samples, trials) fields of grain, 8-bit codes, as a decoder of 10 bits makes them, but for its numbers.

    Args:
        weights: of `NEAR`.
        shift: filter_shift.
        white: standard deviation of the noise it starts from, 8-bit codes.
        size: lines, samples, and how many of both at the start no block shows.
    """
    height, width, start = size
    random = np.random.Generator(np.random.SFC64((height, width)))
    field = np.rint(random.standard_normal((height, width, TRIALS)) * white * 4)
    share = weights * 2.0**-shift
    told = np.eye(width)  # what a line is told by the samples to the left, solved for all of them at once
    for back, weight in enumerate(share[:-4:-1], 1):
        told -= np.diag(np.full(width - back, weight), -back)
    told[:LAG], told[-LAG:] = np.eye(width)[:LAG], np.eye(width)[-LAG:]
    solved = np.linalg.inv(told)
    for y in range(LAG, height):
        line = field[y].copy()
        for weight, (up, sample) in zip(share, NEAR, strict=True):
            if up < 0:
                line[LAG:-LAG] += weight * field[y + up, LAG + sample : width - LAG + sample]
        field[y] = np.clip(np.rint(np.einsum("xn,nk->xk", solved, line)), -4 * MOST, 4 * MOST - 1)
    return field[start:, start : width - LAG] / 4


def _covariances(fields: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean products at -10 to 10 lines and 0 to 10 samples."""
    height, width, trials = fields.shape
    size = height + WINDOW, width + WINDOW
    power = np.square(np.abs(np.fft.rfft2(fields, size, (0, 1)))).sum(2)
    sums = np.fft.irfft2(power, size)
    sums = np.concatenate([sums[1 - WINDOW :, :WINDOW], sums[:WINDOW, :WINDOW]])
    pairs = np.multiply.outer(height - np.abs(np.arange(1 - WINDOW, WINDOW)), width - np.arange(WINDOW))
    return np.asarray(sums / (pairs * trials), np.float64)
