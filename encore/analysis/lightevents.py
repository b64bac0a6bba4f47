"""What did the light do: flashes, strobes, blackouts, chases, beams?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encore.analysis import lightbeam
from encore.analysis.part import Numbers
from encore.analysis.question import Rows
from encore.core.answers import LightEvent, LightKind
from encore.core.findings import FieldOrder
from encore.core.time import Span

Series = NDArray[np.float64]

_RISE = 0.18
"""Rise of the logarithm of light that is a flash, a fifth. Below: generated cameras and people 0.03, tapes of stages
mostly 0.02, 0.10 where a bright face moves before a dark hall, 0.16 where lamps in the picture blink."""
_LONGEST_FLASH = 16
"""Ticks, 8 tape frames."""
_REACH = 20
"""Ticks within which light is back after a flash; slow fades are not."""
_GAP = 36
"""Ticks between flashes of one strobe at most: 1.7 flashes a second."""
_FLASHES = 3
"""That make a strobe."""
_DARK, _DARK_EXPOSURE = 1.1, 0.035
"""Fall of the logarithm of light, and brightness (share of black to white), from which a stage is dark."""
_SUDDEN = 8
"""Tape frames within which the light of a blackout goes; a slow fade takes longer."""
_SHORTEST_BLACKOUT = 2
"""Tape frames."""
_TURN = 0.12
"""Change of the logarithm of colour, three parts together, mean of the lit picture, that is another light."""
_TURNS, _TURN_GAP = 3, 45
"""Changes of colour that make a chase, and tape frames between them at most."""
_BEAM_GAP, _BEAM_SIGHTS, _BEAM_SHARE = 16, 6, 0.2
"""Tape frames between sightings of one beam at most: actors hide it; sightings that make a beam, on every second
frame, and their share of those frames. Tapes without beams gave four at most, where a face moved through the
picture."""
_STEADY = 0.8
"""Resultant length of the directions in which a beam goes on, 1 always the same: 0.89-1 on generated beams."""


@dataclass(frozen=True, slots=True)
class Swings:
    """How the light of a shot goes up and down.

    Attributes:
        ticks: logarithm of its light, movement undone, one per field in the order of time.
        exposure: share of black to white, one per tape frame.
        hue: change of colour since the frame before.
        sweep: (frames, 2) direction in which a beam goes, 0 where none was seen.
    """

    ticks: Series
    exposure: Series
    hue: Series
    sweep: Series

    @classmethod
    def of(cls, rows: Rows, order: FieldOrder) -> Swings:
        """From what was noted of the frames of a shot; changes into the shot are left out."""
        gain, hue, sweep = (_inner(rows[name]) for name in ("gain", "hue", "sweep"))
        top = np.cumsum(gain)
        between = np.nan_to_num(rows["between"].astype(np.float64))
        bottom = top + between - np.median(between)
        pair = (top, bottom) if order == "tff" else (bottom, top)
        exposure = np.nan_to_num((rows["top"] + rows["bottom"]).astype(np.float64)) / 2
        return cls(np.stack(pair, 1).ravel(), exposure, hue, sweep)


def _inner(column: Numbers) -> Series:
    known = np.nan_to_num(column.astype(np.float64))
    known[0] = 0
    return known


def light_events(swings: Swings, span: Span, rate: float) -> tuple[LightEvent, ...]:
    """All events of a shot, in order.

    Args:
        swings: of its frames.
        span: its tape frames.
        rate: tape frames per second.
    """
    flashes = _peaks(swings.ticks)
    strobes = [run for run in _runs(flashes) if len(run) >= _FLASHES]
    found = [_strobe(run, swings.ticks, rate) for run in strobes]
    taken = [event.span for event in found]
    singles = [one for run in _runs(flashes) if len(run) < _FLASHES for one in run]
    found += [_event("flash", start // 2, (stop + 1) // 2) for start, stop in singles]
    found += [_event("blackout", *dark) for dark in _blackouts(swings) if not _inside(dark, taken)]
    found += [_event("chase", *chase) for chase in _chases(swings.hue) if not _inside(chase, taken)]
    taken = [event.span for event in found]
    found += [_event("beam", *beam) for beam in _beams(swings.sweep) if not _inside(beam, taken)]
    moved = (
        one.model_copy(update={"span": Span(start=one.span.start + span.start, stop=one.span.stop + span.start)})
        for one in found
    )
    return tuple(sorted(moved, key=lambda one: (one.span.start, one.span.stop, one.kind)))


def _event(kind: LightKind, start: int, stop: int, rate_hz: float | None = None) -> LightEvent:
    return LightEvent(kind=kind, span=Span(start=start, stop=stop), rate_hz=rate_hz)


def _inside(one: tuple[int, int], spans: Sequence[Span]) -> bool:
    """Whether half of a run is covered."""
    covered = sum(len(Span(start=one[0], stop=one[1]).within(span)) for span in spans)
    return covered > 0.5 * (one[1] - one[0])


def _peaks(ticks: Series) -> list[tuple[int, int]]:
    """Ticks [start, stop) that are brighter than what comes before and after."""
    found: list[tuple[int, int]] = []
    at = 1
    while at < len(ticks) - 1:
        peak = _peak(ticks, at)
        if peak is None:
            at += 1
            continue
        found.append(peak)
        at = peak[1]
    return found


def _peak(ticks: Series, at: int) -> tuple[int, int] | None:
    """The flash whose brightest tick this is."""
    before, after = ticks[max(0, at - _REACH) : at], ticks[at + 1 : at + 1 + _REACH]
    # up to the next brighter tick on either side: what lies beyond belongs to that one
    higher = np.flatnonzero(before > ticks[at])
    before = before[higher[-1] + 1 :] if len(higher) else before
    higher = np.flatnonzero(after > ticks[at])
    after = after[: higher[0]] if len(higher) else after
    if not len(before) or not len(after):
        return None
    base = max(before.min(), after.min())
    rise = ticks[at] - base
    if rise < _RISE:
        return None
    bright = ticks > base + rise / 2
    start, stop = at, at + 1
    while start and bright[start - 1]:
        start -= 1
    while stop < len(ticks) and bright[stop]:
        stop += 1
    return (start, stop) if stop - start <= _LONGEST_FLASH else None


def _runs(flashes: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Flashes that follow each other closely."""
    runs: list[list[tuple[int, int]]] = []
    for one in flashes:
        if runs and one[0] - runs[-1][-1][0] <= _GAP:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _strobe(run: Sequence[tuple[int, int]], ticks: Series, rate: float) -> LightEvent:
    """A run of flashes, with the frequency at which their light has most energy near their mean distance."""
    start, stop = run[0][0], run[-1][1]
    middles = [(a + b - 1) / 2 for a, b in run]
    per_tick = (len(run) - 1) / max(1.0, middles[-1] - middles[0])
    light = ticks[start:stop] - ticks[start:stop].mean()
    tried = per_tick * np.linspace(0.8, 1.25, 181)
    waves = np.exp(-2j * np.pi * tried[:, None] * np.arange(len(light)))
    energy = np.abs((waves * light * np.hanning(len(light) + 2)[1:-1]).sum(1))
    sharpest = float(tried[int(np.argmax(energy))]) if len(run) > _FLASHES else per_tick
    return _event("strobe", start // 2, (stop + 1) // 2, round(min(sharpest, 0.5) * 2 * rate, 3))


def _stretches(where: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], where.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _blackouts(swings: Swings) -> list[tuple[int, int]]:
    """Tape frames [start, stop) that are dark after the light went suddenly."""
    level = swings.ticks[::2]
    found: list[tuple[int, int]] = []
    dark = swings.exposure < _DARK_EXPOSURE
    for start, stop in _stretches(dark):
        before = slice(max(0, start - _SUDDEN), start)
        lit = start > 0 and level[before].max() - level[start:stop].min() > _DARK
        if lit and stop - start >= _SHORTEST_BLACKOUT:
            found.append((start, stop))
    return found


def _chases(hue: Series) -> list[tuple[int, int]]:
    """Tape frames [start, stop) from the first to the last of several changes of colour."""
    usual = np.median(hue)
    changes = [a for a, _ in _stretches(hue - usual > _TURN)]
    runs: list[list[int]] = []
    for one in changes:
        if runs and one - runs[-1][-1] <= _TURN_GAP:
            runs[-1].append(one)
        else:
            runs.append([one])
    return [(run[0], run[-1] + 1) for run in runs if len(run) >= _TURNS]


def _beams(sweep: Series) -> list[tuple[int, int]]:
    """Tape frames [start, stop) in which a beam goes steadily one way."""
    seen = np.flatnonzero(np.hypot(*sweep.T) > 0)
    if not len(seen):
        return []
    found: list[tuple[int, int]] = []
    for run in np.split(seen, np.flatnonzero(np.diff(seen) > _BEAM_GAP) + 1):
        start, stop = int(run[0]), int(run[-1]) + 1
        steady = float(np.hypot(*sweep[run].mean(0)))
        often = len(run) >= max(_BEAM_SIGHTS, _BEAM_SHARE * (stop - start) / lightbeam.EVERY)
        if often and steady > _STEADY:
            found.append((start, stop))
    return found
