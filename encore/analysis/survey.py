"""Run every question over a tape: its clock first, then everything that is seen in its frames."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import get_args

import psutil

from encore.analysis.measure import measure, parts_of
from encore.analysis.part import Parts
from encore.analysis.question import Question, ShotFrames, Tape
from encore.analysis.questions import QUESTIONS
from encore.analysis.shots import Cut, cuts_in
from encore.core.errors import InputError
from encore.core.events import SECONDS_BETWEEN_PROGRESS, Event, Found, Progress, Warned
from encore.core.findings import Analysis, DamageKind, Scan, Shot, Transition
from encore.core.source import Source, VideoStream
from encore.core.time import TICKS_PER_FRAME, Span, timecode
from encore.media.decode import Stamp, decoded
from encore.tape.edges import EdgeMeter
from encore.tape.fieldstats import FieldStats
from encore.tape.scan import classify, majority
from encore.tape.shape import settle_sample_aspect
from encore.tape.timeline import Clock, make_clock, unsteady_frames

HARDLY_SURE = 0.35
"""Confidence below which a shot follows the rest of the tape, and a whole tape its flags. Real tapes: 0.5 and more."""
CLOCK_SHARE = 0.1
"""Share of a survey's time that its first pass takes, which only decodes."""
FEW_FRAMES = 3
"""Tape frames that a shot must have outside its dissolves to be measured there alone."""
SHORTER_THAN_PROMISED = Fraction(8, 10)
"""A tape this much shorter than its header says was cut off; headers count other streams too, which may be longer."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Facts about a tape and the per-frame numbers behind them."""

    analysis: Analysis
    clock: Clock
    stats: FieldStats
    parts: Parts | None = None
    """All rows; None where a survey was read back without them."""


def survey(
    source: Source,
    version: str,
    watch: Callable[[Event], None],
    *,
    stop_frame: int | None = None,
    folder: Path | None = None,
    workers: int | None = None,
) -> Survey:
    """Measure a tape.

    Args:
        source: the tape.
        version: of Encore, noted in the analysis.
        watch: hears progress and findings.
        stop_frame: look at no more than the tape frames before this one; None for all.
        folder: keeps measured parts, so that a killed survey continues; None: in memory.
        workers: threads; None: as many as there are cores.

    Raises:
        InputError: no frame can be decoded, or the picture changes its size.
        OutputError: the folder cannot be written.
    """
    told = _Teller(watch, _expected_frames(source) if stop_frame is None else stop_frame)
    clock = _clock(source, stop_frame, told)
    frames = clock.timeline.frames
    told.second_pass(frames)
    parts = Parts(parts_of(frames), folder)
    measure(source, clock, QUESTIONS, parts, workers=workers or cores(), tell=told.more)
    return conclude(source, clock, parts, version, whole=stop_frame is None)


def conclude(source: Source, clock: Clock, parts: Parts, version: str, *, whole: bool) -> Survey:
    """Turn what was noted frame by frame into facts about shots and tape.

    Args:
        source: the tape.
        clock: its time line.
        parts: all of them.
        version: of Encore.
        whole: False where only the start of the tape was measured.
    """
    stats = FieldStats(**parts.rows("fields"))
    unsteady = unsteady_frames(clock, source.video.time_base)
    seen = stats if clock.timeline.kind == "hybrid" else stats.without(unsteady)
    cuts = cuts_in(parts.rows("shots"))
    shots = _shots(clock.timeline.frames, cuts, seen, flagged_scan(source.video))
    sample_aspect, guessed = settle_sample_aspect(source.video)
    analysis = Analysis(
        source=source.fingerprint, timeline=clock.timeline, edges=EdgeMeter.merged(parts.sums("borders")).edges(),
        shots=shots, damage=clock.damage, sample_aspect=sample_aspect, aspect_guessed=guessed, version=version,
    )  # fmt: skip
    analysis = answered(analysis, parts, Tape(source.video, clock.timeline.rate), QUESTIONS)
    warnings = tuple(_warnings(source, analysis, whole=whole))
    return Survey(analysis.model_copy(update={"warnings": warnings}), clock, stats, parts)


def answered(analysis: Analysis, parts: Parts, tape: Tape, questions: Sequence[type[Question]]) -> Analysis:
    """Let every question answer for every shot, and for the tape as a whole."""
    about = [ShotFrames(_frames_of(shot, analysis.transitions), shot.scan, tape) for shot in analysis.shots]
    shots = list(analysis.shots)
    for question in questions:
        if question.name not in Shot.model_fields:
            continue
        for number, shot in enumerate(about):
            answer = question.answer(parts.rows(question.name, shot.span), shot) if len(shot.span) else None
            shots[number] = shots[number].model_copy(update={question.name: answer})
    analysis = analysis.model_copy(update={"shots": tuple(shots)})
    for question in questions:
        update = question.over_tape(parts, analysis, about)
        analysis = analysis.model_copy(update=dict(update)) if update else analysis
    return analysis


def _frames_of(shot: Shot, transitions: Sequence[Transition]) -> Span:
    """Tape frames that show this shot alone, or all of it where that leaves hardly any."""
    start, stop = shot.span.start // TICKS_PER_FRAME, shot.span.stop // TICKS_PER_FRAME
    alone_from, alone_to = start, stop
    for transition in transitions:
        first, after = transition.span.start // TICKS_PER_FRAME, -(-transition.span.stop // TICKS_PER_FRAME)
        if first <= start < after:
            alone_from = after
        if first < stop <= after:
            alone_to = first
    if alone_to - alone_from < FEW_FRAMES:
        return Span(start=start, stop=max(start, stop))
    return Span(start=alone_from, stop=alone_to)


def _clock(source: Source, stop_frame: int | None, told: _Teller) -> Clock:
    stamps: list[Stamp] = []
    size = (source.video.width, source.video.height)
    for stamp, frame in decoded(source.path, source.video.index):
        if (frame.width, frame.height) != size:
            raise InputError(
                f"{source.path}: the picture becomes {frame.width}x{frame.height} at frame {len(stamps)}",
                todo="split the tape there and restore the parts one by one",
            )
        stamps.append(stamp)
        told.progress(CLOCK_SHARE * len(stamps))
        if stop_frame is not None and len(stamps) >= stop_frame:
            break
    if not stamps:
        raise InputError(f"{source.path}: no frame can be decoded", todo="check that the capture is complete")
    return make_clock(stamps, source.video.time_base, source.video.rate)


def _expected_frames(source: Source) -> int:
    return int(source.promised_s * (source.video.rate or Fraction(30000, 1001))) if source.promised_s else 0


def flagged_scan(video: VideoStream) -> Scan:
    """What the flags say, for tapes on which nothing ever moves; DV is always bottom field first."""
    if video.flagged == "progressive":
        return Scan(mode="progressive", confidence=0)
    if video.flagged == "unknown":
        return Scan(mode="interlaced", order="bff" if video.codec == "dvvideo" else "tff", confidence=0)
    return Scan(mode="interlaced", order=video.flagged, confidence=0)


def _shots(frames: int, cuts: Sequence[Cut], stats: FieldStats, flagged: Scan) -> tuple[Shot, ...]:
    """Shots between cuts, each with its scan; where a shot changes its scan it becomes two."""
    rims = [0, *(cut.frame for cut in cuts), frames]
    spans = [Span(start=a, stop=b) for a, b in pairwise(rims)]
    first_look = [run for span in spans for run in classify(stats, span, flagged)]
    usual = majority(((scan, len(span)) for span, scan in first_look), flagged)
    sure = sum(scan.confidence * len(span) for span, scan in first_look) / max(1, frames)
    if sure < HARDLY_SURE:
        usual = flagged
    ticks = [0, *(cut.tick(usual.order) for cut in cuts), frames * TICKS_PER_FRAME]
    scores = [0.0, *(cut.score for cut in cuts)]
    shots: list[Shot] = []
    for span, start, stop, score in zip(spans, ticks, ticks[1:], scores, strict=False):
        runs = classify(stats, span, usual)
        for number, (run, scan) in enumerate(runs):
            begins = start if number == 0 else run.start * TICKS_PER_FRAME
            ends = stop if number == len(runs) - 1 else run.stop * TICKS_PER_FRAME
            span_ticks = Span(start=begins, stop=ends)
            shots.append(Shot(span=span_ticks, scan=_settled(scan, usual), cut_score=score if number == 0 else 0.0))
    return tuple(shots)


def _settled(scan: Scan, usual: Scan) -> Scan:
    """The scan itself, or the tape's usual one with this one's evidence where it is hardly sure of itself."""
    if scan.confidence >= HARDLY_SURE:
        return scan
    return usual.model_copy(update={"confidence": scan.confidence, "evidence": scan.evidence})


def _warnings(source: Source, analysis: Analysis, *, whole: bool) -> list[str]:
    found: list[str] = []
    timeline, video = analysis.timeline, source.video
    if video.colour.guessed:
        found.append(
            f"the tape does not name its colour matrix; {video.colour.matrix} was assumed by its {video.height} lines"
        )
    measured = {
        shot.scan.order if shot.scan.mode != "progressive" else "progressive"
        for shot in analysis.shots
        if shot.scan.confidence
    }
    if video.flagged != "unknown" and measured and measured != {video.flagged}:
        found.append(f"flagged as {video.flagged}, measured as {' and '.join(sorted(measured))}; measured wins")
    if timeline.kind == "variable":
        found.append(
            f"frames come at uneven times; made even at {timeline.rate} per second"
            f" ({timeline.held} held, {timeline.skipped} left out)"
        )
    if timeline.kind == "untimed":
        found.append(f"frames carry no times; {timeline.rate} per second was assumed")
    for at, gap in timeline.jumps:
        found.append(f"a gap of {float(gap):.2f} s at {timecode(at)} was closed")
    counts = {kind: 0 for kind in get_args(DamageKind)}
    for damage in analysis.damage:
        counts[damage.kind] += len(damage.span)
    lost, broken, built_on = counts["held"], counts["corrupt"], counts["spread"]
    if lost:
        found.append(f"{lost} frames are missing; the frame before is shown in their place")
    if broken:
        found.append(f"{broken} frames are damaged in the file, {built_on} more are built on them")
    promised = source.promised_s
    if whole and promised and timeline.frames / timeline.rate < promised * SHORTER_THAN_PROMISED:
        found.append(f"the file ends after {float(timeline.frames / timeline.rate):.1f} s of {float(promised):.1f} s")
    return found


def tell_findings(analysis: Analysis, watch: Callable[[Event], None]) -> None:
    """Say what was found, whether just now or by an earlier run."""
    timeline = analysis.timeline
    watch(Found(what="clock", value=f"{timeline.frames} tape frames at {timeline.rate} per second, {timeline.kind}"))
    for number, shot in enumerate(analysis.shots):
        scan = shot.scan
        value = f"{scan.mode} {scan.order}" if scan.mode != "progressive" else f"progressive, offset {scan.offset}"
        watch(Found(what=f"shot {number}", value=value, at_s=float(shot.span.start / timeline.tick_rate)))
    for damage in analysis.damage:
        watch(
            Found(
                what=f"{damage.kind} frames", value=str(len(damage.span)), at_s=float(damage.span.start / timeline.rate)
            )
        )
    for warning in analysis.warnings:
        watch(Warned(what=warning))


def cores() -> int:
    """Cores that this process may use."""
    return len(psutil.Process().cpu_affinity() or ()) or 1


class _Teller:
    """Progress of both passes as one count of frames; `more` may be called from any thread."""

    def __init__(self, watch: Callable[[Event], None], total: int) -> None:
        self._watch, self.total = watch, total
        self._told = 0.0
        self._done = 0
        self._measured = 0
        self._lock = threading.Lock()

    def second_pass(self, frames: int) -> None:
        self.total = frames

    def more(self, frames: int) -> None:
        with self._lock:
            self._measured += frames
            self.progress(CLOCK_SHARE * self.total + (1 - CLOCK_SHARE) * self._measured)

    def progress(self, done: float) -> None:
        now = time.perf_counter()
        if now - self._told < SECONDS_BETWEEN_PROGRESS and done < self.total:
            return
        self._told = now
        self._done = max(self._done, int(done))
        self._watch(Progress(stage="scan", done=self._done, total=max(self.total, self._done)))
