"""What of a shot did the tape not give, and what is done about it: rebuild, show at its true time, or leave it?"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from encore.core.doc import Doc
from encore.core.findings import Analysis, Fault, Mark, Shot
from encore.core.time import TICKS_PER_FRAME, Span
from encore.core.video import Patch

SURE = 0.75
"""Score from which a frame counts as shown twice: half as much doubt as where `encore.analysis.faults` finds one at all
(a gain of 4). A wrong one costs a good picture, a missed one only a stumble."""
SURE_PAIR = 0.9
"""Score from which a repeat and a missing frame are one fault; a wrong one moves up to twelve frames."""
PAIR = 12
"""Tape frames between the two, as the analysis pairs them."""
STILL = 0.5
"""Samples per tape frame: where nothing moves more, a repeat is not seen and a made picture is no better."""
CADENCE = 8
"""Repeats more often than one in so many frames are how the shot was filmed (25 pictures in 30 repeat one in six)."""
WHOLE = 0.5
"""Share of a frame covered by damage from which all of it is made anew; below, its intact places are kept."""
TORN_KINDS = ("dropout", "macroblock", "snow")
"""Marks whose places are filled; scratches stand in every frame, so that no neighbour shows what is behind them."""

Repair = Literal["rebuilt", "moved", "left"]


class Loss(Doc):
    """Tape frames that are not what the camera saw, and what is done about it."""

    span: Span
    """Tape frames of the film's time."""
    repair: Repair
    """`rebuilt`: made from good neighbours. `moved`: shown at their true time. `left`: as on the tape."""
    because: str


class Losses(Doc):
    """All of a shot."""

    losses: tuple[Loss, ...] = ()
    """In order."""
    shift: tuple[tuple[Span, int], ...] = ()
    """(tape frames, by how many to move on): at frame n, the tape's frame n + shift is shown."""

    @property
    def lost(self) -> frozenset[int]:
        """Ticks whose fields are not to be believed."""
        frames = [n for loss in self.losses if loss.repair == "rebuilt" for n in range(loss.span.start, loss.span.stop)]
        return frozenset(TICKS_PER_FRAME * n + field for n in frames for field in range(TICKS_PER_FRAME))

    @property
    def moved(self) -> dict[int, int]:
        """Tape frames in whose place another one is shown, and which."""
        return {n: n + by for span, by in self.shift for n in range(span.start, span.stop)}


@dataclass(frozen=True, slots=True)
class Marked:
    """Which tape frames are damaged in places.

    Attributes:
        covered: share of each that damaged blocks and snow cover, from `covered_by`.
        torn: those with places that can be filled, in order.
    """

    covered: Mapping[int, float]
    torn: Sequence[int]


UNMARKED = Marked({}, ())
"""No damage."""


def torn_frames(marked: Marked, losses: Losses, span: Span) -> int:
    """How many tape frames of a span of ticks have places to be filled, besides those that are made anew."""
    first, last = (
        bisect_left(marked.torn, span.start // TICKS_PER_FRAME),
        bisect_left(marked.torn, -(-span.stop // TICKS_PER_FRAME)),
    )
    return sum(TICKS_PER_FRAME * frame not in losses.lost for frame in marked.torn[first:last])


def losses_of(analysis: Analysis, shot: Shot, longest: int, covered: Mapping[int, float]) -> Losses:
    """Decide about one shot.

    Args:
        analysis: of the tape.
        shot: one of its shots.
        longest: tape frames of the longest gap that can be rebuilt.
        covered: share of each damaged tape frame that is covered by marks, from `covered_by`.
    """
    frames = _whole_frames(shot.span)
    faults = [fault for fault in analysis.faults if fault.span.start in frames and fault.span.stop <= frames.stop]
    still = shot.motion is not None and max(shot.motion.global_motion, shot.motion.local_motion) < STILL
    told: list[Loss] = []
    shift: list[tuple[Span, int]] = []
    if not still:
        pairs = _pairs(faults)
        for repeat, missing in pairs:
            hole, moved = _retimed(repeat.span.start, missing.span.start)
            told.append(Loss(span=hole, repair="rebuilt", because="a frame is missing here"))
            if moved is not None:
                shift.append(moved)
                told.append(Loss(span=moved[0], repair="moved", because="a repeat and a missing frame beside them"))
        paired = {id(one) for pair in pairs for one in pair}
        told += _repeats([fault for fault in faults if id(fault) not in paired], longest, len(frames))
        told += _held(analysis, frames, longest)
    moved_to = {n + by: n for span, by in shift for n in range(span.start, span.stop)}
    spoilt = {moved_to.get(n, n) for n, share in covered.items() if n in frames and share >= WHOLE}
    told += [_within(run, longest, "hardly anything of it could be read") for run in _runs(spoilt)]
    return Losses(
        losses=tuple(sorted(told, key=lambda loss: (loss.span.start, loss.span.stop))),
        shift=tuple(sorted(shift, key=_start)),
    )


def covered_by(marks: Iterable[Mark], area: int) -> dict[int, float]:
    """Share of each tape frame, of `area` samples, that damaged blocks and snow cover."""
    found: dict[int, float] = {}
    for mark in marks:
        if mark.kind in ("macroblock", "snow"):
            size = (mark.right - mark.left) * (mark.bottom - mark.top)
            found[mark.frame] = found.get(mark.frame, 0.0) + size / area
    return found


def torn_by(marks: Iterable[Mark], losses: Losses) -> dict[int, tuple[Patch, ...]]:
    """Torn places by the tape frame in whose place they are shown; none of frames that are made anew."""
    moved_to = {source: at for at, source in losses.moved.items()}
    lost = losses.lost
    found: dict[int, list[Patch]] = {}
    for mark in marks:
        at = moved_to.get(mark.frame, mark.frame)
        if mark.kind in TORN_KINDS and TICKS_PER_FRAME * at not in lost:
            found.setdefault(at, []).append((mark.left, mark.top, mark.right, mark.bottom))
    return {at: tuple(places) for at, places in sorted(found.items())}


def film_frames(frames: Span, origin: int, step: Fraction) -> Span:
    """Frames of the film that begin while these tape frames show, for a report of what was made anew.

    Args:
        frames: of the tape, as in `Loss.span`.
        origin: tick at which the film starts.
        step: ticks per frame of the film.
    """
    first, last = (TICKS_PER_FRAME * n - origin for n in (frames.start, frames.stop))
    return Span(start=max(0, math.ceil(first / step)), stop=max(0, math.ceil(last / step)))


def _whole_frames(ticks: Span) -> Span:
    """Tape frames that lie in a shot with both fields."""
    start = -(-ticks.start // TICKS_PER_FRAME)
    return Span(start=start, stop=max(start, ticks.stop // TICKS_PER_FRAME))


def _pairs(faults: Sequence[Fault]) -> list[tuple[Fault, Fault]]:
    """Repeats and the missing frames that belong to them, each used once, the nearest first."""
    sure = [fault for fault in faults if fault.repair == "remove and rebuild the gap" and fault.score >= SURE_PAIR]
    repeats = [fault for fault in sure if fault.kind == "duplicate" and len(fault.span) == 1]
    missing = [fault for fault in sure if fault.kind == "dropped"]
    near = sorted(
        (abs(b.span.start - a.span.start), i, k) for i, a in enumerate(repeats) for k, b in enumerate(missing)
    )
    found: dict[int, int] = {}
    for far, i, k in near:
        if far <= PAIR and i not in found and k not in found.values():
            found[i] = k
    spans = [(repeats[i], missing[k]) for i, k in sorted(found.items())]
    stretches = [sorted((a.span.start, b.span.start)) for a, b in spans]
    apart = [all(x is y or x[1] < y[0] or y[1] < x[0] for y in stretches) for x in stretches]
    return [pair for pair, alone in zip(spans, apart, strict=True) if alone]


def _retimed(repeat: int, missing: int) -> tuple[Span, tuple[Span, int] | None]:
    """(the hole that is rebuilt, the frames that move and by how many), so that all frames show at their true time.

    Args:
        repeat: tape frame that shows the one before again.
        missing: tape frame before which one is missing.
    """
    if repeat < missing:
        hole, late = Span(start=missing - 1, stop=missing), Span(start=repeat, stop=missing - 1)
        return hole, (late, 1) if len(late) else None
    hole, early = Span(start=missing, stop=missing + 1), Span(start=missing + 1, stop=max(missing + 1, repeat))
    return hole, (early, -1) if len(early) else None


def _repeats(faults: Sequence[Fault], longest: int, frames: int) -> list[Loss]:
    """Repeats and freezes that are no cadence."""
    found = [one for one in faults if one.kind in ("duplicate", "frozen", "field repeat") and one.score >= SURE]
    if CADENCE * sum(len(one.span) for one in found if one.kind == "duplicate") > max(frames, 2 * CADENCE):
        return [Loss(span=one.span, repair="left", because="repeats are too many to be faults") for one in found]
    words = {"duplicate": "shows the frame before again", "frozen": "the picture is frozen"}
    return [
        _within(one.span, longest, words.get(one.kind, "one of its fields shows the frame before")) for one in found
    ]


def _held(analysis: Analysis, frames: Span, longest: int) -> list[Loss]:
    """Frames that the tape's clock asks for and the file does not have."""
    if analysis.timeline.kind not in ("constant", "untimed"):
        return []
    runs = [damage.span.within(frames) for damage in analysis.damage if damage.kind == "held"]
    if CADENCE * sum(map(len, runs)) > max(len(frames), 2 * CADENCE):
        return []
    return [_within(run, longest, "the file has no frame for this time") for run in runs if len(run)]


def _within(span: Span, longest: int, because: str) -> Loss:
    if len(span) > longest:
        return Loss(span=span, repair="left", because=f"{because}, for too long to be rebuilt")
    return Loss(span=span, repair="rebuilt", because=because)


def _runs(frames: Iterable[int]) -> list[Span]:
    found: list[Span] = []
    for n in sorted(frames):
        if found and found[-1].stop == n:
            found[-1] = Span(start=found[-1].start, stop=n + 1)
        else:
            found.append(Span(start=n, stop=n + 1))
    return found


def _start(moved: tuple[Span, int]) -> int:
    return moved[0].start
