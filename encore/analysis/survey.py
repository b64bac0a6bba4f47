"""Run every question over a tape: its clock first, then everything that is seen in its frames."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import get_args

from encore.analysis.shots import Cut, CutMeter
from encore.core.errors import InputError
from encore.core.events import SECONDS_BETWEEN_PROGRESS, Event, Found, Progress, Warned
from encore.core.findings import Analysis, DamageKind, Scan, Shot
from encore.core.source import Source, VideoStream
from encore.core.time import TICKS_PER_FRAME, Span, timecode
from encore.media.decode import Stamp, decoded
from encore.tape.edges import EdgeMeter
from encore.tape.fieldstats import FieldMeter, FieldStats
from encore.tape.reader import Reader
from encore.tape.scan import classify, majority
from encore.tape.shape import settle_sample_aspect
from encore.tape.timeline import Clock, make_clock, unsteady_frames

HARDLY_SURE = 0.35
"""Confidence below which a shot follows the rest of the tape, and a whole tape its flags. Real tapes: 0.5 and more."""
CLOCK_SHARE = 0.2
"""Share of a survey's time that its first pass takes, which only decodes: 1.9 of 9.8 ms on H.264, less on MPEG-2."""
SHORTER_THAN_PROMISED = Fraction(8, 10)
"""A tape this much shorter than its header says was cut off; headers count other streams too, which may be longer."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Facts about a tape and the per-frame numbers behind them."""

    analysis: Analysis
    clock: Clock
    stats: FieldStats


def survey(source: Source, version: str, watch: Callable[[Event], None], *, stop_frame: int | None = None) -> Survey:
    """Measure a tape.

    Args:
        source: the tape.
        version: of Encore, noted in the analysis.
        watch: hears progress and findings.
        stop_frame: look at no more than the tape frames before this one; None for all.

    Raises:
        InputError: no frame can be decoded, or the picture changes its size.
    """
    told = _Teller(watch, _expected_frames(source) if stop_frame is None else stop_frame)
    clock = _clock(source, stop_frame, told)
    reader = Reader(source, clock, crop=None, sample_aspect=Fraction(1))
    depth = source.video.depth
    fields, edges, cuts = FieldMeter(depth), EdgeMeter(depth), CutMeter(depth)
    told.total = clock.timeline.frames
    try:
        for number in range(clock.timeline.frames):
            luma = reader.frame(number).planes[0]
            fields.add(luma)
            edges.add(luma)
            cuts.add(luma)
            told.progress(CLOCK_SHARE * clock.timeline.frames + (1 - CLOCK_SHARE) * (number + 1))
    finally:
        reader.close()
    stats = fields.stats()
    unsteady = unsteady_frames(clock, source.video.time_base)
    seen = stats if clock.timeline.kind == "hybrid" else stats.without(unsteady)
    shots = _shots(clock.timeline.frames, cuts.cuts(), seen, flagged_scan(source.video))
    sample_aspect, guessed = settle_sample_aspect(source.video)
    analysis = Analysis(
        source=source.fingerprint, timeline=clock.timeline, edges=edges.edges(), shots=shots, damage=clock.damage,
        sample_aspect=sample_aspect, aspect_guessed=guessed, version=version,
    )  # fmt: skip
    warnings = tuple(_warnings(source, analysis, whole=stop_frame is None))
    analysis = analysis.model_copy(update={"warnings": warnings})
    return Survey(analysis, clock, stats)


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


class _Teller:
    """Progress of both passes as one count of frames."""

    def __init__(self, watch: Callable[[Event], None], total: int) -> None:
        self._watch, self.total = watch, total
        self._told = 0.0
        self._done = 0

    def progress(self, done: float) -> None:
        now = time.perf_counter()
        if now - self._told < SECONDS_BETWEEN_PROGRESS and done < self.total:
            return
        self._told = now
        self._done = max(self._done, int(done))
        self._watch(Progress(stage="scan", done=self._done, total=max(self.total, self._done)))
