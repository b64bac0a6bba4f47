"""Mixes: where does one shot become the next little by little, by a dissolve or through black?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]

_LENGTHS = (8, 9, 10, 11, 12, 13, 15, 16, 18, 20, 22, 24, 27, 30, 33, 36, 40, 44, 48)
"""Tape frames that a mix may last, a tenth apart; it must end within what a part sees around itself."""
_HOLDS = (None, 0.0, 0.25, 0.5)
"""Share of a fade that is black; None stands for the dissolve."""
_POINTS = 9
"""Moments at which the energy is compared with its model."""
_WHOLE, _BLOCKS = 0.93, 0.6
"""How much of the residual of a steady change the model must remove, from the energy of the whole picture and from
that of six parts of it. On a generated edit list 11 dissolves reached 0.97 and 0.74 at the least, everything else,
moving cameras and light, 0.88 and 0.70 at the most; two dissolves of a real tape 0.98 and 0.94."""
_SURE = 0.83
"""Mean of both, at least: 32 dissolves and fades of an edit list reached 0.86, beams in a club 0.79."""
_UNLIKE = 0.32
"""Likeness below which the frames around it are of two shots."""
_LEAST = 25.0
"""Mean energy, squared codes, below which a picture shows too little to tell."""
_DARK = 0.1
"""Energy of the darkest frame of a fade as a share of that of the fainter shot, at most."""

_RAMP, _TIME = (0.15, 0.85), 0.45
"""Contrast between which a fade is under way, and the share of its ramps that this takes at least; 0.7 if even."""


@dataclass(frozen=True, slots=True)
class Mix:
    """A dissolve or a fade, tape frames."""

    start: int
    """The first frame that shows both, or the old shot dimmed."""
    stop: int
    """The first that shows the new shot alone."""
    score: float
    """How sure, 0-1."""
    black: bool
    """Through black: a fade."""

    @property
    def middle(self) -> int:
        """The frame in its middle."""
        return (self.start + self.stop) // 2


def mixes(energies: Numbers, breaks: Sequence[int], alike: Callable[[int, int], float]) -> list[Mix]:
    """Find dissolves and fades.

    Where two unrelated pictures are mixed with shares 1 - a and a, the energy of the gradient is (1 - a)^2 that of
    the first and a^2 that of the second: it dips to half in the middle, however the camera moves. Light that
    changes shows the same scene before and after. (Variance of the picture: Alattar, ISCAS 1993.)

    Args:
        energies: (frames, lines of blocks, columns of blocks); an even number of both.
        breaks: first frames of new shots that are unlike the very frame before: a mix has none, but for a flash
            that ends where a dissolve begins.
        alike: how like two frames are, -1 to 1.

    Returns:
        In order, without overlap.
    """
    frames, down, across = energies.shape
    parts = energies.reshape(frames, down // 2, 2, across // 2, 2).mean((2, 4)).reshape(frames, -1)
    whole = parts.mean(axis=1, keepdims=True)
    found: list[Mix] = []
    refused: list[Mix] = []
    for mix in sorted(_candidates(whole, parts), key=lambda one: (-one.score, one.start, one.stop)):
        if any(mix.start < other.stop and other.start < mix.stop for other in found):
            continue
        if any(abs(mix.middle - other.middle) <= 3 and mix.black == other.black for other in refused):
            continue
        if any(mix.start - mix.black < at <= mix.stop for at in breaks):
            continue
        (found if _unlike(mix, frames, alike) else refused).append(mix)
    return sorted(found, key=lambda one: one.start)


def _candidates(whole: Numbers, parts: Numbers) -> Iterator[Mix]:
    """Everything that fits, overlapping."""
    for length in _LENGTHS:
        if len(whole) < length + 2:
            return
        for hold in _HOLDS:
            fit, fit_parts = _fit(whole, length, hold), _fit(parts, length, hold)
            good = (fit > _WHOLE) & (fit_parts > _BLOCKS) & _bright(whole, length)
            if hold is not None:
                good &= _goes_dark(whole, length) & _ramps(whole, length, hold)
            for start in np.flatnonzero(good):
                score = float(fit[start] + fit_parts[start]) / 2
                if score >= _SURE:
                    yield Mix(int(start) + 1, int(start) + 1 + length, score, hold is not None)


def _fit(energies: Numbers, length: int, hold: float | None) -> Numbers:
    """For mixes that start at frame 1, 2...: 1 less the residual of the model over that of a steady change."""
    steps = np.rint(np.linspace(0, length, _POINTS + 2)[1:-1]).astype(np.int64)
    share = (steps / length).astype(np.float32)[None, :, None]
    old, new = _ends(energies, length)
    seen = np.sqrt(energies[np.arange(1, len(old) + 1)[:, None] + steps[None]])
    if hold is None:
        less, more = 1 - share, share
    else:
        ramp = (1 - hold) / 2
        less, more = np.maximum(1 - share / ramp, 0), np.maximum(1 - (1 - share) / ramp, 0)
    model = np.sqrt(less**2 * old[:, None] + more**2 * new[:, None])
    steady = np.sqrt((1 - share) * old[:, None] + share * new[:, None])
    missed, plain = (((seen - one) ** 2).sum(axis=(1, 2)) for one in (model, steady))
    return np.asarray(1 - missed / (plain + 1e-3), np.float32)


def _ends(energies: Numbers, length: int) -> tuple[Numbers, Numbers]:
    """Energies before and after mixes that start at frame 1, 2..., each the mean of two frames."""
    count = len(energies) - length - 1
    pairs = np.asarray((energies[:-1] + energies[1:]) / 2, np.float32)
    return pairs[:count], pairs[length : length + count]


def _bright(whole: Numbers, length: int) -> NDArray[np.bool_]:
    old, new = _ends(whole, length)
    return np.minimum(old, new)[:, 0] > _LEAST


def _goes_dark(whole: Numbers, length: int) -> NDArray[np.bool_]:
    old, new = _ends(whole, length)
    inside = np.lib.stride_tricks.sliding_window_view(whole[:, 0], length)[1 : len(old) + 1]
    return inside.min(axis=1) < _DARK * np.minimum(old, new)[:, 0]


def _ramps(whole: Numbers, length: int, hold: float) -> NDArray[np.bool_]:
    """Where the picture takes its time to go dark and to come back, as no blackout does."""
    old, new = _ends(whole, length)
    inside = np.lib.stride_tricks.sliding_window_view(whole[:, 0], length)[1 : len(old) + 1]
    half = length // 2
    enough = max(2.0, _TIME * (1 - hold) * length / 2)
    slow = np.ones(len(old), bool)
    for part, end in ((inside[:, :half], old), (inside[:, -half:], new)):
        height = np.sqrt(part / np.maximum(end, 1e-3))
        slow &= ((height > _RAMP[0]) & (height < _RAMP[1])).sum(axis=1) >= enough
    return slow


def _unlike(mix: Mix, frames: int, alike: Callable[[int, int], float]) -> bool:
    """Whether two shots are around it."""
    olds = {max(0, mix.start - back) for back in (1, 5)}
    news = {min(frames - 1, mix.stop + on) for on in (0, 4)}
    return all(alike(old, new) < _UNLIKE for old, new in product(sorted(olds), sorted(news)))
