"""Documents to report: one page to look at and one document to compute with, saying the same."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from encore.core.doc import write_atomically
from encore.core.errors import OutputError
from encore.core.events import Warned
from encore.core.findings import Analysis, Shot
from encore.core.result import Result, Timing
from encore.core.source import Source
from encore.core.time import TICKS_PER_FRAME, Span, timecode
from encore.planning.plan import Plan
from encore.reporting import words
from encore.reporting.facts import (
    DamageFacts,
    FilmFacts,
    Origin,
    PartFacts,
    Report,
    ScanShare,
    ShotFacts,
    TapeFacts,
    Verdict,
)
from encore.reporting.pictures import pairs_of, thumbs_of
from encore.reporting.repairs import counts_of, repairs_of

AXIS_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
"""Distances between marks of a time axis that people can count in."""
AXIS_MARKS = 8
"""Most marks along the time line before they touch on a narrow screen."""


def build_report(source: Source, analysis: Analysis, plan: Plan, result: Result, previews: Path, into: Path) -> Path:
    """Write `report.html` and `report.json` about a finished film.

    Args:
        source: the tape.
        analysis: what was measured on it.
        plan: what was to be done.
        result: what was done.
        previews: folder with `<chunk key>.before.jpg` (tape frame as it is) and `<chunk key>.after.jpg`;
            some or all may be missing.
        into: folder of the report, made where it does not exist.

    Returns:
        Path of `report.html`.

    Raises:
        OutputError: the folder is not writable or the disk is full.
    """
    report = gather(source, analysis, plan, result)
    page = into / "report.html"
    try:
        into.mkdir(parents=True, exist_ok=True)
        write_atomically(into / "report.json", report.to_json().encode())
        write_atomically(page, render(report, result, previews).encode())
    except OSError as error:
        raise OutputError(
            f"{page}: cannot be written ({error.strerror or error})", todo="choose another folder or free some space"
        ) from error
    return page


def gather(source: Source, analysis: Analysis, plan: Plan, result: Result) -> Report:
    """All facts of the report, without pictures; pure."""
    tape, film = _tape(source, analysis), _film(plan, result)
    warned = (*(Warned(what=what) for what in analysis.warnings), *result.warnings)
    return Report(
        verdict=_verdict(tape, film, plan, result),
        tape=tape,
        film=film,
        checks=result.checks,
        warnings=tuple(dict.fromkeys(warned)),
        fallbacks=result.fallbacks,
        span=plan.span,
        tick_rate=analysis.timeline.tick_rate,
        repairs=repairs_of(analysis, plan, result),
        shots=_shots(analysis, plan, result),
        timings=_timings(result),
        origins=_origins(source, analysis, plan, result),
    )


def render(report: Report, result: Result, previews: Path) -> str:
    """The page as HTML text that needs nothing from outside; everything that is not ours is escaped."""
    shape = Fraction(report.film.width, report.film.height)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(files("encore.reporting").joinpath("report.html").read_text(encoding="utf-8"))
    return template.render(
        r=report,
        w=words,
        timecode=timecode,
        pairs=pairs_of(result, previews),
        thumbs=thumbs_of(result, previews, shape),
        marks=axis(report.span, report.tick_rate),
    )


def axis(span: Span, tick_rate: Fraction) -> tuple[tuple[float, str], ...]:
    """Marks of the time line as (percent of its width, `H:MM:SS` on the tape), at most `AXIS_MARKS`."""
    start, length = span.start / tick_rate, len(span) / tick_rate
    if not length:
        return ()
    step = next((step for step in AXIS_STEPS_S if length / step <= AXIS_MARKS), -(-int(length) // AXIS_MARKS))
    first = -(-start // step) * step
    seconds = range(int(first), int(start + length) + 1, step)
    return tuple(
        (float((at - start) / length * 100), timecode(Fraction(at))[:-4]) for at in seconds if at - start <= length
    )


def _verdict(tape: TapeFacts, film: FilmFacts, plan: Plan, result: Result) -> Verdict:
    promised, kept = len(result.checks), sum(check.kept for check in result.checks)
    broken = promised - kept
    if not promised:
        state, headline = "unchecked", "Nobody checked this film yet"
    elif broken:
        state = "broken"
        headline = f"{broken} of {promised} promises {'was' if broken == 1 else 'were'} not kept"
    else:
        state, headline = "kept", f"All {promised} promises were kept" if promised > 1 else "The one promise was kept"
    shots = f"{len(plan.shots)} shot{'s' if len(plan.shots) != 1 else ''}"
    summary = (
        f"{tape.length} of {tape.video.width}×{tape.video.height} tape in {shots} became a film of {film.length}, "
        f"{film.width}×{film.height} at {words.rate_words(film.rate)}, {words.size_words(film.bytes)}."
    )
    return Verdict(state=state, kept=kept, promised=promised, headline=headline, summary=summary)


def _tape(source: Source, analysis: Analysis) -> TapeFacts:
    line, video = analysis.timeline, source.video
    length = line.frames / line.rate
    damage = tuple(
        DamageFacts(damage=d, start=timecode(d.span.start / line.rate), stop=timecode(d.span.stop / line.rate))
        for d in analysis.damage
    )
    return TapeFacts(
        path=words.printable(str(source.path)),
        bytes=source.bytes,
        container=source.container,
        video=video,
        scan=scan_shares(analysis.shots),
        rate=line.rate,
        clock=line.kind,
        frames=line.frames,
        length_s=length,
        length=timecode(length),
        held=line.held,
        skipped=line.skipped,
        jumps=line.jumps,
        sample_aspect=analysis.sample_aspect,
        shape=analysis.sample_aspect * video.width / video.height,
        shape_guessed=analysis.aspect_guessed,
        edges=analysis.edges,
        streams=source.others,
        chapters=source.chapters,
        metadata=source.metadata,
        damage=damage,
        damaged_frames=sum(len(d.span) for d in analysis.damage),
    )


def scan_shares(shots: Sequence[Shot]) -> tuple[ScanShare, ...]:
    """How much of a tape was scanned in which way, largest share first."""
    ticks: dict[tuple[str, str], int] = {}
    for shot in shots:
        key = (shot.scan.mode, words.scan_words(shot.scan.mode, shot.scan.order, shot.scan.offset))
        ticks[key] = ticks.get(key, 0) + len(shot.span)
    total = sum(ticks.values()) or 1
    shares = [
        ScanShare.model_validate(
            {"mode": mode, "words": text, "frames": count / TICKS_PER_FRAME, "share": count / total}
        )
        for (mode, text), count in ticks.items()
    ]
    return tuple(sorted(shares, key=lambda share: -share.share))


def _film(plan: Plan, result: Result) -> FilmFacts:
    length = result.frames / result.rate
    return FilmFacts(
        path=words.printable(str(result.output)),
        width=result.width,
        height=result.height,
        rate=result.rate,
        frames=result.frames,
        length_s=length,
        length=timecode(length),
        container=result.output.suffix.lstrip("."),
        delivery=plan.delivery,
        bytes=result.bytes,
        bits_per_s=float(result.bytes * 8 / length) if length else 0.0,
        picture_bytes=sum(chunk.bytes for chunk in result.chunks),
        carried=result.carried,
        chunks=len(result.chunks),
        reused_chunks=result.reused,
    )


def _shots(analysis: Analysis, plan: Plan, result: Result) -> tuple[ShotFacts, ...]:
    frames: dict[int, Span] = {}
    for chunk in result.chunks:
        known = frames.get(chunk.shot, chunk.span)
        frames[chunk.shot] = Span(start=min(known.start, chunk.span.start), stop=max(known.stop, chunk.span.stop))
    clock, counts = analysis.timeline.tick_rate, counts_of(result)
    starts = [shot.span.start for shot in analysis.shots]
    return tuple(
        ShotFacts(
            number=number,
            span=shot.span,
            start=timecode(shot.span.start / clock),
            stop=timecode(shot.span.stop / clock),
            length_s=len(shot.span) / clock,
            film=frames.get(number),
            scan=measured.scan if (measured := _measured(analysis.shots, starts, shot.span)) else None,
            reading=shot.reading,
            reading_choice=shot.reading_choice,
            decisions=shot.decisions,
            counts=counts.get(number, {}),
        )
        for number, shot in enumerate(plan.shots)
    )


def _measured(shots: Sequence[Shot], starts: Sequence[int], span: Span) -> Shot | None:
    """The measured shot that a planned span shares most with: a person may have moved or joined shots."""
    first = max(0, bisect.bisect_right(starts, span.start) - 1)
    last = bisect.bisect_left(starts, span.stop)
    near = shots[first:last]
    return max(near, key=lambda shot: len(shot.span.within(span)), default=None)


def _timings(result: Result) -> tuple[PartFacts, ...]:
    """Parts of the whole film as given; parts that only chunks know are added up over chunks."""
    totals = _added(result.timings)
    for part, spent in _added([timing for chunk in result.chunks for timing in chunk.timings]).items():
        totals.setdefault(part, spent)
    all_cores = sum(core for _, core in totals.values())
    parts = [
        PartFacts(
            part=part,
            wall_s=wall,
            core_s=core or None,
            core_ms_per_frame=core * 1000 / result.frames if core and result.frames else None,
            share=core / all_cores if core else None,
        )
        for part, (wall, core) in totals.items()
    ]
    return tuple(sorted(parts, key=lambda part: (-(part.core_s or 0), -part.wall_s)))


def _added(timings: Sequence[Timing]) -> dict[str, tuple[float, float]]:
    totals: dict[str, tuple[float, float]] = {}
    for timing in timings:
        wall, core = totals.get(timing.part, (0.0, 0.0))
        totals[timing.part] = (wall + timing.wall_s, core + timing.cpu_s)
    return totals


def _origins(source: Source, analysis: Analysis, plan: Plan, result: Result) -> tuple[Origin, ...]:
    def same(*pairs: tuple[str, str]) -> str:
        return "" if all(a == b for a, b in pairs) else "made for another document than the one above"

    return (
        Origin(
            what="Tape, fingerprint",
            value=source.fingerprint,
            note="sha256 over its size and 17 blocks spread over the file",
        ),
        Origin(what="Analysis, digest", value=analysis.digest, note=same((analysis.source, source.fingerprint))),
        Origin(
            what="Plan, digest",
            value=plan.digest,
            note=same((plan.source, source.fingerprint), (plan.analysis, analysis.digest)),
        ),
        Origin(
            what="Result, digest",
            value=result.digest,
            note=same((result.source, source.fingerprint), (result.plan, plan.digest)),
        ),
        Origin(what="Measured by Encore", value=analysis.version),
        Origin(what="Restored by Encore", value=result.version),
        Origin(what="Plan layout", value=str(plan.version)),
    )
