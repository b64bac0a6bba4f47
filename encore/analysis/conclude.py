"""From what was noted frame by frame to facts about shots and tape."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from encore.analysis.part import Parts
from encore.analysis.question import Question, Rows, ShotFrames, Tape
from encore.analysis.questions import QUESTIONS
from encore.analysis.transitions import transitions_in
from encore.analysis.work import tape_of
from encore.core.findings import Analysis, FieldOrder, Scan, Shot, Transition
from encore.core.source import Source, VideoStream
from encore.core.time import TICKS_PER_FRAME, Span
from encore.tape.edges import EdgeMeter
from encore.tape.fieldstats import FieldStats
from encore.tape.scan import classify, majority
from encore.tape.shape import settle_sample_aspect
from encore.tape.timeline import Clock, unsteady_frames

HARDLY_SURE = 0.35
"""Confidence below which a shot follows the rest of the tape, and a whole tape its flags. Real tapes: 0.5 and more."""
FEW_FRAMES = 3
"""Tape frames that a shot must have outside its dissolves to be measured there alone."""


def conclude(source: Source, clock: Clock, parts: Parts, version: str) -> tuple[Analysis, FieldStats]:
    """Turn what was noted frame by frame into facts about shots and tape.

    Args:
        source: the tape.
        clock: its time line.
        parts: all of them.
        version: of Encore.

    Returns:
        The analysis without its warnings, and the field statistics of the whole tape.
    """
    stats = FieldStats(**parts.rows("fields"))
    unsteady = unsteady_frames(clock, source.video.time_base)
    seen = stats if clock.timeline.kind == "hybrid" else stats.without(unsteady)
    shots, ways = _shots(clock.timeline.frames, parts.rows("shots"), seen, flagged_scan(source.video))
    sample_aspect, guessed = settle_sample_aspect(source.video)
    analysis = Analysis(
        source=source.fingerprint, timeline=clock.timeline, edges=EdgeMeter.merged(parts.sums("borders")).edges(),
        shots=shots, transitions=ways, damage=clock.damage, sample_aspect=sample_aspect, aspect_guessed=guessed,
        version=version,
    )  # fmt: skip
    return answered(analysis, parts, tape_of(source, clock), QUESTIONS), stats


def answered(analysis: Analysis, parts: Parts, tape: Tape, questions: Sequence[type[Question]]) -> Analysis:
    """Let every question answer for every shot, and for the tape as a whole."""
    about = [ShotFrames(span, shot.scan, tape) for span, shot in zip(_alone(analysis), analysis.shots, strict=True)]
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


def _alone(analysis: Analysis) -> list[Span]:
    """Whole tape frames of every shot that show it alone, or all of them where dissolves leave hardly any."""
    soft = {one.middle: one.span for one in analysis.transitions if one.kind != "cut"}
    spans: list[Span] = []
    for shot in analysis.shots:
        start, stop = -(-shot.span.start // TICKS_PER_FRAME), shot.span.stop // TICKS_PER_FRAME
        into, out = soft.get(shot.span.start), soft.get(shot.span.stop)
        first = -(-into.stop // TICKS_PER_FRAME) if into else start
        after = out.start // TICKS_PER_FRAME if out else stop
        spans.append(
            Span(start=first, stop=after) if after - first >= FEW_FRAMES else Span(start=start, stop=max(start, stop))
        )
    return spans


def flagged_scan(video: VideoStream) -> Scan:
    """What the flags say, for tapes on which nothing ever moves; DV is always bottom field first."""
    if video.flagged == "progressive":
        return Scan(mode="progressive", confidence=0)
    if video.flagged == "unknown":
        return Scan(mode="interlaced", order="bff" if video.codec == "dvvideo" else "tff", confidence=0)
    return Scan(mode="interlaced", order=video.flagged, confidence=0)


def _shots(
    frames: int, rows: Rows, stats: FieldStats, flagged: Scan
) -> tuple[tuple[Shot, ...], tuple[Transition, ...]]:
    """Shots between transitions, each with its scan; where a shot changes its scan it becomes two."""
    spans = _between(_ways(rows, "tff", frames), frames)
    first_look = [run for span in spans for run in classify(stats, span, flagged)]
    usual = majority(((scan, len(span)) for span, scan in first_look), flagged)
    sure = sum(scan.confidence * len(span) for span, scan in first_look) / max(1, frames)
    if sure < HARDLY_SURE:
        usual = flagged
    ways = _ways(rows, usual.order, frames)
    ticks = [0, *(way.middle for way in ways), frames * TICKS_PER_FRAME]
    scores = [0.0, *(way.score for way in ways)]
    shots: list[Shot] = []
    for span, start, stop, score in zip(_between(ways, frames), ticks, ticks[1:], scores, strict=False):
        runs = classify(stats, span, usual)
        for number, (run, scan) in enumerate(runs):
            begins = start if number == 0 else run.start * TICKS_PER_FRAME
            ends = stop if number == len(runs) - 1 else run.stop * TICKS_PER_FRAME
            span_ticks = Span(start=begins, stop=ends)
            shots.append(Shot(span=span_ticks, scan=_settled(scan, usual), cut_score=score if number == 0 else 0.0))
    return tuple(shots), tuple(ways)


def _ways(rows: Rows, order: FieldOrder, frames: int) -> list[Transition]:
    """Transitions that leave at least one whole tape frame to every shot."""
    kept: list[Transition] = []
    last = 0
    for way in transitions_in(rows, order):
        if last + TICKS_PER_FRAME <= way.middle <= (frames - 1) * TICKS_PER_FRAME:
            kept.append(way)
            last = way.middle
    return kept


def _between(ways: Sequence[Transition], frames: int) -> list[Span]:
    """Tape frames of the shots; one that shows two belongs to the earlier."""
    rims = [0, *((way.middle + 1) // TICKS_PER_FRAME for way in ways), frames]
    return [Span(start=a, stop=b) for a, b in pairwise(rims)]


def _settled(scan: Scan, usual: Scan) -> Scan:
    """The scan itself, or the tape's usual one with this one's evidence where it is hardly sure of itself."""
    if scan.confidence >= HARDLY_SURE:
        return scan
    return usual.model_copy(update={"confidence": scan.confidence, "evidence": scan.evidence})
