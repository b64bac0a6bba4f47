"""What is wrong with the frames of one shot, told from how its fields moved step by step? Pure arithmetic on rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from encore.analysis.cadence import sort_repeats
from encore.analysis.question import Rows
from encore.analysis.retiming import Times, times_of
from encore.analysis.timing import Flags, Floats, Timing
from encore.core.findings import Fault, FaultKind, RepairHint
from encore.core.time import Span

BLACK = 26.0
"""Codes: a frame whose brightest hundredth is darker is black (16, with noise 8 and MPEG-2 up to 19)."""
_PAIR = 12
"""Tape frames between a repeat and a drop that are one fault: a capture that lost its clock and found it again."""
_FROZEN = 3
"""Repeats in a row that are a freeze."""
_RESTS = 0.25
"""Samples below which a frame rests."""
_EVEN = 4.0
"""Gain of both fields that is scored one half more than a toss-up."""


def faults_of(rows: Rows, fields: Rows, start: int, *, judged: bool) -> list[Fault]:
    """Faults of a shot, in order.

    Args:
        rows: of the question `frames`, over the frames of one shot.
        fields: of the question `fields`, over the same frames.
        start: its first tape frame.
        judged: False tells black frames only, as where every picture is shown for two or three fields.
    """
    dark = rows["light"] < BLACK
    found = [_fault("black", start, run, 1.0, "none") for run in _runs(dark)]
    if judged and len(dark) > 4:
        own = rows["own"] > 0.5
        known = own & ~dark
        known[1:] &= ~dark[:-1]
        known[0] = False  # that step came over the cut
        whole = known.copy()
        whole[[1, -1]] = False  # a cut may lie between the fields of a frame
        times = times_of(_timing(rows, fields, "top", known), _timing(rows, fields, "bottom", whole))
        found += _frame_faults(times, rows["motion"].astype(np.float64), own, start)
        found += _field_faults(times, start)
    return sorted(found, key=lambda fault: (fault.span.start, fault.span.stop))


def _timing(rows: Rows, fields: Rows, name: str, known: Flags) -> Timing:
    change = np.concatenate([[np.nan], fields[f"{name}_change"][:-1]])
    return Timing(rows[name], change, fields[f"{name}_light"], known)


def _frame_faults(times: Times, motion: Floats, own: Flags, start: int) -> list[Fault]:
    """Repeats, freezes and drops of whole frames, and where a cadence stumbles."""
    stays = np.asarray((times.ticks == 0).all(axis=0), np.bool_)
    repeats = [run for run in _runs(stays) if _ends_in_motion(run, motion, own)]
    sorted_out = sort_repeats(repeats)
    jumps = np.asarray((times.ticks > 1).all(axis=0), np.bool_)
    jumps[1:] &= ~stays[:-1] & own[:-1]  # it catches up with the repeat before it: nothing else is missing
    places = np.flatnonzero(jumps).tolist()
    found = [_fault("cadence break", start, Span(start=at, stop=at + 1), 0.7, "look") for at in sorted_out.breaks]
    gains = times.gains.sum(axis=0)
    for run in sorted_out.faults:
        kind: FaultKind = "frozen" if len(run) >= _FROZEN else "duplicate"
        pair = any(abs(at - run.start) <= _PAIR for at in places)
        found.append(_fault(kind, start, run, _score(gains[run.start : run.stop].max(), pair), _hint(pair)))
    for at in places:
        pair = any(abs(at - run.start) <= _PAIR for run in sorted_out.faults)
        found.append(_fault("dropped", start, Span(start=at, stop=at + 1), _score(gains[at], pair), _hint(pair)))
    return found


def _score(gain: float, pair: bool = False) -> float:
    return 1 - 0.5 * float(np.exp2(-max(0.0, gain) / _EVEN)) + 0.3 * pair


def _hint(pair: bool) -> RepairHint:
    return "remove and rebuild the gap" if pair else "rebuild"


def _ends_in_motion(run: Span, motion: Floats, own: Flags) -> bool:
    """A repeat stops at once and goes on at once; a shot that comes to rest does not."""
    sides = [at for at in (run.start - 1, run.stop) if 1 <= at < len(motion) and own[at]]
    return bool(sides) and all(motion[at] > _RESTS for at in sides)


def _field_faults(times: Times, start: int) -> list[Fault]:
    """One field repeats or jumps while the other goes on."""
    found: list[Fault] = []
    for ticks, other, gains in zip(times.ticks, times.ticks[::-1], times.gains, strict=True):
        found += [
            _fault("field repeat", start, run, _score(gains[run.start]), "rebuild field")
            for run in sort_repeats(_runs((ticks == 0) & (other != 0))).faults
        ]
        jumps = (ticks > 1) & (other == 1)
        jumps[1:] &= ticks[:-1] != 0
        found += [
            _fault("field drop", start, Span(start=at, stop=at + 1), _score(gains[at]), "rebuild field")
            for at in np.flatnonzero(jumps).tolist()
        ]
    return found


def _runs(flags: NDArray[np.bool_]) -> list[Span]:
    """Where flags are set, as runs."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [Span(start=int(a), stop=int(b)) for a, b in zip(edges[0::2], edges[1::2], strict=True)]


def _fault(kind: FaultKind, start: int, run: Span, score: float, repair: RepairHint) -> Fault:
    span = Span(start=start + run.start, stop=start + run.stop)
    return Fault(kind=kind, span=span, score=round(float(np.clip(score, 0, 1)), 3), repair=repair)
