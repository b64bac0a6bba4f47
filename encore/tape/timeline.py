"""One constant clock for a tape, made from whatever timestamps its frames carry."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from encore.core.doc import write_atomically
from encore.core.errors import DocumentError, InputError
from encore.core.findings import Damage, DamageKind, Timeline
from encore.core.time import Span
from encore.media.decode import Stamp

ClockKind = Literal["constant", "soft telecine", "hybrid", "variable", "untimed"]
STANDARD_RATES = tuple(
    Fraction(n, d)
    for n, d in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (50, 1), (60000, 1001), (60, 1),
                 (12, 1), (25, 2), (15000, 1001), (15, 1), (48, 1), (48000, 1001))
)  # fmt: skip
"""Frame rates of film and television systems and their halves."""
RATE_TOLERANCE = Fraction(4, 1000)
"""A measured rate this near a standard one is that one; 24 and 24000/1001 differ by 1/1000, PAL film by 4 %."""
UNSTEADY = 0.6
"""Frames off their place, above the 3:2 pattern of repeat flags (0.25) and millisecond rounding."""
MOST_SHARED = 0.02
"""Share of frames that may be left out to make an uneven clock even."""
NTSC_FRAME_S = Fraction(1001, 30000)
LONGEST_HOLD_S = 5
"""A picture is held over gaps up to this; longer ones are where a capture was paused, and are closed."""
STRAY_FRAMES = 3
"""So few frames beyond a gap at either end were torn from their neighbours by reordering; the gap is closed."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Which decoded frame every tape frame shows: its even lines from `top`, its odd lines from `bottom`."""

    timeline: Timeline
    top: NDArray[np.int32]
    bottom: NDArray[np.int32]
    pts: tuple[int | None, ...]
    damage: tuple[Damage, ...]

    def save(self, path: Path) -> None:
        """Keep the arrays; the rest is in the analysis. Missing timestamps are stored as the smallest int64."""
        missing = np.iinfo(np.int64).min
        stamps = np.array([missing if p is None else p for p in self.pts], np.int64)
        packed = io.BytesIO()
        np.savez_compressed(packed, top=self.top, bottom=self.bottom, pts=stamps)
        write_atomically(path, packed.getvalue())

    @staticmethod
    def load(path: Path, timeline: Timeline, damage: tuple[Damage, ...]) -> Clock:
        """Read the arrays back.

        Raises:
            DocumentError: the file is missing, no npz, or of something else.
        """
        missing = np.iinfo(np.int64).min
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                pts = tuple(None if p == missing else int(p) for p in arrays["pts"])
                return Clock(timeline, arrays["top"], arrays["bottom"], pts, damage)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise DocumentError(f"{path}: cannot be read as a clock ({error})") from error


def unsteady_frames(clock: Clock, time_base: Fraction) -> NDArray[np.int64]:
    """Tape frames that are not followed by the moment after them: where frames are missing, held or out of order.

    What changes from such a frame to the next says nothing about how the tape was scanned.
    """
    pts = clock.pts
    steps = [
        1.0 if after is None or before is None else float((after - before) * time_base * clock.timeline.rate)
        for before, after in pairwise(pts)
    ]
    next_is_steady = np.append(np.abs(np.array(steps) - 1) < UNSTEADY, True)
    follows = np.diff(clock.bottom) == 1
    return np.flatnonzero(~(follows & next_is_steady[clock.bottom[:-1]]))


def make_clock(stamps: Sequence[Stamp], time_base: Fraction, flagged_rate: Fraction | None) -> Clock:
    """The constant clock of a tape.

    Args:
        stamps: of all decoded frames, in display order.
        time_base: seconds per timestamp unit.
        flagged_rate: frames per second as the container says; decides only where timestamps leave a doubt.

    Raises:
        InputError: there are no frames.
    """
    if not stamps:
        raise InputError("the tape holds no picture that can be decoded", todo="check that the capture is complete")
    times, kind = _times(stamps, time_base, flagged_rate)
    deltas = np.diff(times)
    rate, kind = _rate(deltas, flagged_rate, kind)
    if kind == "hybrid":
        return _by_fields(stamps, times, rate)
    places, taken_out, jumps = _places(times, rate)
    start = _start(stamps, time_base, times, places, rate, taken_out)
    return _laid_out(stamps, places, rate, start, kind, jumps)


def _start(
    stamps: Sequence[Stamp], time_base: Fraction, times: NDArray[np.float64], places: NDArray[np.int64],
    rate: Fraction, taken_out: NDArray[np.int64],
) -> Fraction:  # fmt: skip
    """When tape frame 0 shows: by the frame in the middle of the field, so that one odd timestamp moves nothing."""
    lead = times - (taken_out + places) / float(rate)
    lead[places < 0] = np.inf
    middle = int(np.argsort(lead, kind="stable")[int((places >= 0).sum() - 1) // 2])
    pts = stamps[middle].pts
    exact = pts * time_base if pts is not None else Fraction(float(times[middle])).limit_denominator(10**9)
    return exact - Fraction(int(taken_out[middle] + places[middle])) / rate


def _times(stamps: Sequence[Stamp], time_base: Fraction, flagged: Fraction | None) -> tuple[NDArray[Any], ClockKind]:
    """Seconds of each frame; missing timestamps continue from their neighbours, going back in time is refused."""
    step = float(1 / nearest_standard(flagged)) if flagged else float(NTSC_FRAME_S)
    known = [(n, float(s.pts * time_base)) for n, s in enumerate(stamps) if s.pts is not None]
    if len(known) < max(2, len(stamps) // 4):
        start = known[0][1] - known[0][0] * step if known else 0.0
        return start + step * np.arange(len(stamps)), "untimed"
    numbers, seconds = (np.array(column) for column in zip(*known, strict=True))
    return np.interp(np.arange(len(stamps)), numbers, seconds) + step * (
        np.maximum(np.arange(len(stamps)) - numbers[-1], 0) - np.maximum(numbers[0] - np.arange(len(stamps)), 0)
    ), "constant"


def nearest_standard(rate: Fraction) -> Fraction:
    """The television or film rate that `rate` means, or `rate` itself when it means none of them."""
    best = min(STANDARD_RATES, key=lambda standard: abs(rate - standard))
    return best if abs(rate - best) <= best * RATE_TOLERANCE else rate


def _rate(deltas: NDArray[np.float64], flagged: Fraction | None, kind: ClockKind) -> tuple[Fraction, ClockKind]:
    """Frames per second and kind of clock, from the distances between frames."""
    believed = nearest_standard(flagged) if flagged and 1 <= flagged <= 120 else Fraction(30000, 1001)
    steady = deltas[(deltas > 1e-4) & (deltas < 1.0)]
    if kind == "untimed" or len(steady) == 0:
        return believed, kind
    units = steady / float(NTSC_FRAME_S)
    long, short = np.abs(units - 1.5) < 0.1, np.abs(units - 1.0) < 0.1
    if long.sum() >= 2 and (long | short).mean() > 0.9:
        if 0.4 <= long.mean() <= 0.6 and _alternates(long):
            return Fraction(24000, 1001), "soft telecine"
        return Fraction(30000, 1001), "hybrid"
    typical = float(np.median(steady))
    even = steady[np.abs(steady - typical) < 0.25 * typical]
    if len(even) < 0.9 * len(steady):
        return _even_rate(deltas, believed), "variable"
    mean = Fraction(float(1 / even.mean())).limit_denominator(100_000)
    if abs(mean - believed) <= believed * RATE_TOLERANCE:
        return believed, kind
    return nearest_standard(mean), kind


def _even_rate(deltas: NDArray[np.float64], believed: Fraction) -> Fraction:
    """The slowest constant rate, the flagged one first, at which hardly any frame shares its place with another."""
    times = np.concatenate([[0.0], np.cumsum(deltas)])
    for rate in (believed, *sorted(set(STANDARD_RATES))):
        shared = len(times) - len(np.unique(np.rint(times * float(rate))))
        if rate <= 60 and shared <= MOST_SHARED * len(times):
            return rate
    return Fraction(60)


def _alternates(long: NDArray[np.bool_]) -> bool:
    """Nearly every long step is followed by a short one, as 3:2 flags do it."""
    return bool((long[1:] != long[:-1]).mean() > 0.9)


def _places(
    times: NDArray[np.float64], rate: Fraction
) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[tuple[Fraction, Fraction], ...]]:
    """The place of every frame on the constant clock, -1 where it has none; places closed before it; the jumps."""
    ideal = np.rint((times - times[0]) * float(rate)).astype(np.int64)
    steps = np.diff(ideal, prepend=ideal[0] - 1)
    jumps: list[tuple[Fraction, Fraction]] = []
    places = np.empty_like(ideal)
    taken_out = np.zeros_like(ideal)
    shift, last = 0, -1
    for number, place in enumerate(ideal):
        gap = int(steps[number]) - 1
        stray = number <= STRAY_FRAMES or number >= len(ideal) - STRAY_FRAMES
        paused = gap < -1 or gap > LONGEST_HOLD_S * rate
        if number and (paused or (gap > 0 and stray)):
            closed = int(place) - shift - (last + 1)
            shift += closed
            if paused and not stray:
                jumps.append((Fraction(float(times[number])).limit_denominator(10**6), closed / rate))
                taken_out[number:] += closed
        wanted = int(place) - shift
        if wanted <= last - 1:
            places[number] = -1
            continue
        last = max(last + 1, wanted)
        places[number] = last
    return places, taken_out, tuple(jumps)


def _laid_out(
    stamps: Sequence[Stamp], places: NDArray[np.int64], rate: Fraction, start: Fraction, kind: ClockKind,
    jumps: tuple[tuple[Fraction, Fraction], ...],
) -> Clock:  # fmt: skip
    frames = int(places.max()) + 1
    shown = np.full(frames, -1, np.int32)
    kept = places >= 0
    shown[places[kept]] = np.flatnonzero(kept).astype(np.int32)
    held = shown < 0
    shown = np.maximum.accumulate(shown)
    skipped = int((~kept).sum())
    timeline = Timeline(
        rate=rate, frames=frames, start_s=start, kind=_kind(kind, int(held.sum()), skipped), decoded=len(stamps),
        held=int(held.sum()), skipped=skipped, jumps=jumps,
    )  # fmt: skip
    damage = _damages(stamps, shown, held)
    return Clock(timeline, shown, shown, tuple(s.pts for s in stamps), damage)


def _kind(kind: ClockKind, held: int, skipped: int) -> ClockKind:
    return "variable" if kind == "constant" and skipped > held + 2 else kind


def _damages(stamps: Sequence[Stamp], shown: NDArray[np.int32], held: NDArray[np.bool_]) -> tuple[Damage, ...]:
    """Damage of every kind, in the order of the tape."""
    corrupt = np.zeros(len(stamps), np.bool_)
    spread = np.zeros(len(stamps), np.bool_)
    spreading = False
    for number, stamp in enumerate(stamps):
        spreading = stamp.corrupt or (spreading and not stamp.key)
        corrupt[number], spread[number] = stamp.corrupt, spreading and not stamp.corrupt
    found = (
        *_damage(corrupt[shown] & ~held, "corrupt"),
        *_damage(spread[shown] & ~held, "spread"),
        *_damage(held, "held"),
    )
    return tuple(sorted(found, key=lambda damage: damage.span.start))


def _damage(flags: NDArray[np.bool_], kind: DamageKind) -> tuple[Damage, ...]:
    """Runs of flagged tape frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return tuple(
        Damage(span=Span(start=int(a), stop=int(b)), kind=kind) for a, b in zip(edges[::2], edges[1::2], strict=True)
    )


def _by_fields(stamps: Sequence[Stamp], times: NDArray[np.float64], rate: Fraction) -> Clock:
    """Frames that last two or three fields each: lay out fields, as the player's 3:2 pulldown would."""
    steps = np.diff(times)
    paused = (steps > LONGEST_HOLD_S) | (steps < 0)
    closed = np.where(paused, np.rint((steps - 1 / float(rate)) * float(rate * 2)), 0).astype(np.int64)
    ticks = np.rint((times - times[0]) * float(rate * 2)).astype(np.int64)
    ticks[1:] -= np.cumsum(closed)
    ticks = np.maximum.accumulate(ticks)
    jumps = tuple(
        (Fraction(float(times[n + 1])).limit_denominator(10**6), Fraction(int(closed[n])) / (rate * 2))
        for n in np.flatnonzero(paused)
    )
    total = int(ticks[-1]) + 2 + int(ticks[-1]) % 2
    shown = np.full(total, -1, np.int32)
    shown[ticks] = np.arange(len(stamps))
    shown = np.maximum.accumulate(shown)
    held = np.bincount(shown, minlength=len(stamps)) > 3
    timeline = Timeline(
        rate=rate, frames=total // 2, start_s=Fraction(float(times[0])).limit_denominator(10**9), kind="hybrid",
        decoded=len(stamps), held=int(held.sum()), jumps=jumps,
    )  # fmt: skip
    top, bottom = shown[0::2], shown[1::2]
    damage = _damages(stamps, top, np.zeros(len(top), np.bool_))
    return Clock(timeline, top, bottom, tuple(s.pts for s in stamps), damage)
