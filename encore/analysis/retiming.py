"""Which steps of a shot take no time or too much of it? Both fields are asked, together and each on its own.

Bounds without another origin were chosen on seeds 10, 11 and 13 of `benchmarks/scan/faulty.py` after MPEG-2 at noise 2
and 8; accuracy is told on other seeds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from encore.analysis.timing import ODD, REACH, Floats, Timing

_REPEAT, _JUMP = 2.0, 0.9
"""Gain of both fields together from which a frame is a repeat, or one is missing before it. Chosen on
material after MPEG-2 at noise 2 and 8: drops under a panning camera gain 10 and more, under hands and actors 1 to 6."""
_AGAINST = -1.0
"""Gain of one field below which the other cannot carry the frame."""
_FIELD = 2.0
"""Gain of a single field from which it repeats or jumps while the other loses as much."""
_ANY = 0.5
"""Gain of movement in both fields without which the likeness of two frames says nothing."""
_MISLED = 0.7
"""Share that a jump loses of the gain that it would be to disbelieve the step: flashes and noise deceive the flow."""
_SWEEPS = 2
"""How often everything is asked: repeats change what is thought of jumps and the other way round."""


@dataclass(frozen=True, slots=True)
class Times:
    """What each step of a shot takes, in frames of camera time, and how sure that is.

    Attributes:
        ticks: (2, frames) of the top and the bottom field: 1 as it should be, 0 repeats, 2 and 3 miss frames.
        gains: (2, frames) log likelihood ratios of these times against 1, 0 where they are 1.
    """

    ticks: Floats
    gains: Floats


def times_of(top: Timing, bottom: Timing) -> Times:
    """Find the likeliest times, step by step."""
    fields = (top, bottom)
    gains = np.zeros((2, len(top.ticks)))
    for _ in range(_SWEEPS):
        _repeats(fields, gains)
        _repeats(fields, gains)
        _jumps(fields, gains)
    return Times(np.stack([top.ticks, bottom.ticks]), gains)


def _repeats(fields: tuple[Timing, Timing], gains: Floats) -> None:
    """Judge every step that may repeat, given what is thought of all others."""
    for at in np.flatnonzero(fields[0].quiet | fields[1].quiet).tolist():
        found = [_repeat(one, at) for one in fields]
        score = [one[0] for one in found]
        alike = [one.likeness(at) for one in fields]
        whole = min(score) > _AGAINST and sum(score) > _ANY and sum(score) + min(alike) > _REPEAT
        for number, (one, (gain, changes)) in enumerate(zip(fields, found, strict=True)):
            alone = gain + alike[number] > _FIELD and gain > 0 and score[1 - number] < -_FIELD
            _set(one, changes if whole or alone else {at: 1.0}, at, gain + max(0, alike[number]), gains[number])


def _repeat(one: Timing, at: int) -> tuple[float, dict[int, float]]:
    """Gain of a repeat over going on, with the step after it as it is, or catching up."""
    one.ticks[at] = 1
    after = at + 1 < len(one.ticks) and one.ticks[at + 1] in (1, 2)
    went_on = one.gain({at: 1.0, at + 1: 1.0}) if after and one.ticks[at + 1] == 2 else 0.0
    best = one.gain({at: 0.0}), {at: 0.0}
    if after:
        for ticks in (1.0, 2.0):
            changes = {at: 0.0, at + 1: ticks}
            gain = one.gain(changes)
            best = (gain, changes) if gain > best[0] + 0.5 else best
    return best[0] - max(0.0, went_on), best[1]


def _set(one: Timing, changes: dict[int, float], at: int, gain: float, gains: Floats) -> None:
    for k, ticks in changes.items():
        one.ticks[k] = ticks
    gains[at] = gain if one.ticks[at] == 0 else 0.0


def _jumps(fields: tuple[Timing, Timing], gains: Floats) -> None:
    """The surest jump first, then what is sure given that one."""
    frames = len(gains[0])
    table = np.full((2, 2, frames), -np.inf)
    stale = np.ones(frames, np.bool_)
    for _ in range(frames):
        for at in np.flatnonzero(stale).tolist():
            for number, one in enumerate(fields):
                for row, ticks in enumerate((2.0, 3.0)):
                    table[row, number, at] = _jump(one, at, ticks)
        stale[:] = False
        both = np.where(table.min(axis=1) > _AGAINST, table.sum(axis=1), -np.inf)
        alone = np.where((table[:, ::-1] < -_FIELD) & (table > _FIELD), table, -np.inf)
        alone[~np.isfinite(table[:, ::-1])] = -np.inf
        whole, single = both.max(), alone.max()
        if whole > _JUMP and whole >= single:
            row, at = np.unravel_index(int(both.argmax()), both.shape)
            chosen = [0, 1]
        elif single > _FIELD:
            row, number, at = np.unravel_index(int(alone.argmax()), alone.shape)
            chosen = [int(number)]
        else:
            return
        for number in chosen:
            fields[number].ticks[at] = float(row) + 2
            gains[number, at] = table[row, number, at]
        stale[max(0, int(at) - REACH) : int(at) + REACH + 1] = True


def _jump(one: Timing, at: int, ticks: float) -> float:
    """Gain of a jump over going on, and over a step, or two, that mean nothing."""
    gain = one.gain({at: ticks}) if one.ticks[at] == 1 else -np.inf
    if gain <= 0:
        return gain
    pairs = [{at: ODD}] + [{at: ODD, k: ODD} for k in (at - 1, at + 1) if 0 <= k < len(one.ticks) and one.ticks[k] == 1]
    return gain - _MISLED * max(0.0, *(one.gain(pair) for pair in pairs))
