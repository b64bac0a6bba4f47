"""What a survey says aloud: warnings about a tape, and its findings as events."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import get_args

from encore.core.events import Event, Found, Warned
from encore.core.findings import Analysis, DamageKind
from encore.core.source import Source
from encore.core.time import timecode

SHORTER_THAN_PROMISED = Fraction(8, 10)
"""A tape this much shorter than its header says was cut off; headers count other streams too, which may be longer."""


def warnings_of(source: Source, analysis: Analysis, *, whole: bool) -> list[str]:
    """What a person should know before believing or restoring the tape."""
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
    if analysis.shots and all(shot.faces is None for shot in analysis.shots):
        found.append("faces were not looked for: no network that finds them is at hand")
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
