"""What is wrong with a tape, and what only looks so: wounds to heal and patina to keep, in plain language."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal

from pydantic import Field

from encore.core.doc import Doc
from encore.core.findings import Analysis, FaultKind, Scan
from encore.core.source import VideoStream
from encore.core.time import TICKS_PER_FRAME, Span
from encore.reporting.traits import TRAITS, Trait
from encore.reporting.words import ORDER_WORDS, count_words, number_words

SURE = 0.5
"""Confidence, or score, below which something is called doubtful: the middle of their scale."""
HEAVY_FAULTS = 4.0
"""Faults a minute that count as severe, doubtful ones by their score: one every 15 s, a judgement."""
EVENT_DENSITY = 0.2
"""Share of the tape under strobes, beams or the like that counts as a strong trait: a judgement; clubs exceed it."""

Kind = Literal["wound", "patina"]

FAULTS: dict[FaultKind, tuple[str, str]] = {
    "duplicate": ("Frames shown twice", "The recorder missed a frame and showed the one before again."),
    "frozen": ("Frozen picture", "The picture stands still while the sound goes on."),
    "dropped": ("Frames missing", "Movement jumps: a frame was never written."),
    "black": ("Black frames", "Frames went black within the running picture, without the light on stage going out."),
    "corrupt": ("Broken frames", "Blocks of the picture are wrong or grey."),
    "half picture": ("Half pictures", "Only part of the frame belongs to this moment."),
    "field repeat": ("Fields shown twice", "One of the two fields repeats an earlier one, movement stutters."),
    "field drop": ("Fields missing", "One of the two fields is lost, movement jumps."),
    "cadence break": ("Breaks of the film pattern", "An edit after the 3:2 transfer disturbs its order of fields."),
}  # fmt: skip
UNREADABLE = {
    "corrupt": ("Damaged data", "The file could not be decoded without errors here."),
    "spread": ("Damage that spreads", "Built on a damaged frame, until the next one that stands alone."),
    "held": ("Frames without a picture", "The file has no picture for this moment; the one before is shown."),
}
EVENTS = {
    "flash": ("Flashes", "Single flashes, of cameras or of the stage; they are part of the evening."),
    "strobe": ("Strobe light", "Light that flashes in a beat; evening it out would end the effect."),
    "blackout": ("Blackouts", "The light goes out on purpose; dark stays dark."),
    "chase": ("Chasing lights", "Lights that run over the stage."),
    "beam": ("Moving beams", "Beams of light that sweep through the picture; they are no damage and no motion."),
}
SOFT_WAYS = {
    "dissolve": ("Dissolves", "Two shots overlap, as edited; both pictures are restored through it."),
    "fade": ("Fades", "A shot comes out of the dark or goes there, as edited."),
}
MODES = {
    "interlaced": ("Field motion", "Every field is a moment of its own: twice as many moments as frames. It stays."),
    "film": ("Film, 3:2 pulldown", "24 pictures a second, spread over the fields in a 3:2 pattern; it is undone, "
             "the film's own rhythm stays."),
    "progressive": ("Whole pictures", "Both fields of a frame show the same moment; the calm motion of it stays."),
}  # fmt: skip


class Finding(Doc):
    """One thing that a person should know about a tape."""

    kind: Kind
    title: str
    words: str
    """What it is, how much of it, in one to three sentences."""
    where: tuple[Span, ...] = ()
    """Ticks of the tape, in order, without overlap; none: the tape as a whole."""
    share: float = Field(ge=0, le=1)
    """Of the tape, as far as `where` covers it."""
    severity: float = Field(ge=0, le=1)
    """Of wounds: 0 hardly to be seen, 1 severe. Of patina: how marked it is."""
    threshold: str = ""
    """From where on it is told, and why from there; empty where nothing is weighed."""


def diagnose(analysis: Analysis, video: VideoStream | None = None) -> tuple[Finding, ...]:
    """All findings: wounds first, within each kind the most severe first, of those the widest; pure.

    Args:
        analysis: of the tape.
        video: what the file claims about its picture; None leaves out what needs that.
    """
    findings = [
        *(found for trait in TRAITS if (found := _trait(trait, analysis)) is not None),
        *_faults(analysis),
        *_unreadable(analysis),
        *_clock(analysis),
        *_events(analysis),
        *_ways(analysis),
        *_modes(analysis),
        *(_flags(analysis, video) if video is not None else ()),
    ]
    return tuple(sorted(findings, key=lambda found: (found.kind == "patina", -2 * found.severity - found.share)))


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order, those that touch or overlap as one."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.stop)):
        if joined and span.start <= joined[-1].stop:
            joined[-1] = Span(start=joined[-1].start, stop=max(joined[-1].stop, span.stop))
        else:
            joined.append(span)
    return tuple(joined)


def _finding(
    kind: Kind, titled: tuple[str, str], more: str, spans: Iterable[Span], analysis: Analysis, severity: float
) -> Finding:
    where = merged(spans)
    share = sum(len(span) for span in where) / max(1, len(analysis.timeline.span))
    return Finding(
        kind=kind,
        title=titled[0],
        words=" ".join(part for part in (titled[1], more) if part),
        where=where,
        share=min(1.0, share),
        severity=min(1.0, max(0.0, severity)),
    )


def _ticks(frames: Span) -> Span:
    return Span(start=frames.start * TICKS_PER_FRAME, stop=frames.stop * TICKS_PER_FRAME)


def _trait(trait: Trait, analysis: Analysis) -> Finding | None:
    """What a number of many shots says, as one finding."""
    sign = 1 if trait.strong >= trait.seen else -1
    told = ((shot, number) for shot in analysis.shots if (number := trait.number(shot)) is not None)
    hit = [(shot, number) for shot, number in told if math.isfinite(number) and (number - trait.seen) * sign >= 0]
    if not hit:
        return None
    mean = sum(number * len(shot.span) for shot, number in hit) / (sum(len(shot.span) for shot, _ in hit) or 1)
    most = sign * max(sign * number for _, number in hit)
    more = _shots(len(hit), analysis)
    if trait.unit:
        usual, extreme = (number_words(float(f"{value * trait.factor:.2g}")) for value in (mean, most))
        worst = f", at {'most' if sign > 0 else 'least'} {extreme}" if extreme != usual else ""
        more += f": {usual}\N{NO-BREAK SPACE}{trait.unit}{' on average' if worst else ''}{worst}"
    severity = (mean - trait.seen) / (trait.strong - trait.seen) if trait.strong != trait.seen else 0.5
    found = _finding(trait.kind, (trait.title, trait.words), more + ".", (s.span for s, _ in hit), analysis, severity)
    start = f"{number_words(trait.seen * trait.factor)} {trait.unit}".strip()
    return found.model_copy(update={"threshold": f"Told from {start}: {trait.origin}."})


def _shots(count: int, analysis: Analysis) -> str:
    total = len(analysis.shots)
    return f"In {count:,} of {count_words(total, 'shot')}" if count < total else "In every shot"


def _faults(analysis: Analysis) -> Iterable[Finding]:
    for kind, titled in FAULTS.items():
        faults = [fault for fault in analysis.faults if fault.kind == kind]
        if faults:
            doubtful = sum(fault.score < SURE for fault in faults)
            more = _places([fault.span for fault in faults], "frame")
            more += f" {doubtful:,} of them {'is' if doubtful == 1 else 'are'} doubtful." if doubtful else ""
            minutes = max(1.0, float(analysis.timeline.frames / analysis.timeline.rate) / 60)
            severity = math.sqrt(sum(fault.score for fault in faults) / minutes / HEAVY_FAULTS)
            yield _finding("wound", titled, more, (_ticks(fault.span) for fault in faults), analysis, severity)


def _places(spans: Sequence[Span], noun: str) -> str:
    total = sum(max(1, len(span)) for span in spans)
    return f"{count_words(total, noun)} in {count_words(len(spans), 'place')}."


def _unreadable(analysis: Analysis) -> Iterable[Finding]:
    for kind, titled in UNREADABLE.items():
        spans = [damage.span for damage in analysis.damage if damage.kind == kind]
        if spans:
            yield _finding("wound", titled, _places(spans, "frame"), map(_ticks, spans), analysis, 1.0)


def _clock(analysis: Analysis) -> Iterable[Finding]:
    jumps, ticks = analysis.timeline.jumps, analysis.timeline.tick_rate
    if jumps:
        gone = sum(float(length) for _, length in jumps)
        titled = ("Gaps in time", "The file's clock jumps; picture and sound were closed up alike.")
        more = f"{gone:.1f} s in {count_words(len(jumps), 'place')}."
        spans = (Span(start=max(0, int(at * ticks)), stop=max(0, int(at * ticks))) for at, _ in jumps)
        yield _finding("wound", titled, more, spans, analysis, 0.5)


def _events(analysis: Analysis) -> Iterable[Finding]:
    events = [event for shot in analysis.shots if shot.light for event in shot.light.events]
    events.sort(key=lambda event: (event.kind, event.span.start))
    for kind, group in groupby(events, key=lambda event: event.kind):
        same = list(group)
        rates = [event.rate_hz for event in same if event.rate_hz]
        more = f"{len(same):,} in all."
        if rates:
            low, high = f"{min(rates):.1f}", f"{max(rates):.1f}"
            more = f"{more[:-1]}, {low if low == high else f'{low} to {high}'} flashes a second."
        found = _finding("patina", EVENTS[kind], more, (_ticks(event.span) for event in same), analysis, 0)
        yield found.model_copy(update={"severity": min(1.0, found.share / EVENT_DENSITY)})


def _ways(analysis: Analysis) -> Iterable[Finding]:
    for kind, titled in SOFT_WAYS.items():
        spans = [way.span for way in analysis.transitions if way.kind == kind]
        if spans:
            yield _finding("patina", titled, f"{len(spans):,} in all.", spans, analysis, 0.2)


def _modes(analysis: Analysis) -> Iterable[Finding]:
    for mode, titled in MODES.items():
        shots = [shot for shot in analysis.shots if shot.scan.mode == mode]
        if shots:
            more = f"{_shots(len(shots), analysis)}."
            yield _finding("patina", titled, more, (shot.span for shot in shots), analysis, 0.3)


def _flags(analysis: Analysis, video: VideoStream) -> Iterable[Finding]:
    """Shots that are scanned otherwise than the file claims."""
    wrong = [shot for shot in analysis.shots if shot.scan.confidence >= SURE and _belies(shot.scan, video.flagged)]
    if wrong:
        claim = ORDER_WORDS.get(video.flagged, video.flagged)
        titled = (
            "Wrong scan flag",
            f"The file says “{claim}”; the pictures say otherwise. Players that trust it comb.",
        )
        more = f"{_shots(len(wrong), analysis)}."
        yield _finding("wound", titled, more, (shot.span for shot in wrong), analysis, 0.5)


def _belies(scan: Scan, flagged: str) -> bool:
    if flagged == "unknown":
        return False
    if scan.mode == "progressive":
        # Progressive pictures under an interlaced flag are common on discs and harmless unless shifted by a field.
        return bool(scan.offset)
    return flagged != scan.order
