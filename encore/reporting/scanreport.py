"""Scan report: one page about what a tape is, what hurts it, what to keep, and what happens in it, shot by shot."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
from jinja2 import Environment, StrictUndefined

from encore.core.answers import FaceTrack, LightEvent
from encore.core.doc import write_atomically, writing
from encore.core.findings import Analysis, Damage, Fault, Shot
from encore.core.source import Source
from encore.core.time import TICKS_PER_FRAME, Span, timecode
from encore.reporting import words
from encore.reporting.build import axis, scan_shares
from encore.reporting.diagnosis import EVENTS, FAULTS, UNREADABLE, Finding, diagnose
from encore.reporting.pictures import address_of, jpeg_within
from encore.reporting.plots import HEIGHT, Series, plots_of
from encore.reporting.tapewide import means, untold

THUMB_BYTES = 5_000_000
"""Budget of all thumbnails as JPEG; with it in base64, a page of 2000 shots stays below 15 MB."""
THUMB_MOST = 12_000
"""Most bytes of one thumbnail: 160x120 at the best quality that is tried takes 5 to 10 kB."""
MANY_SHOTS = 150
"""Shots above which each has one picture rather than three."""
PLACES = 200
"""Places of a finding that the page lists; all are in analysis.json."""
FACE_ROWS = 4
"""Faces above each other on the time line; more share the last row."""
UNSURE = 0.5
"""Confidence of the scan mode below which a shot counts as unsure: the middle of its scale."""
SHORTEST_BAR = 0.1
"""Percent of the time line that a single frame takes at least: a pixel of a usual window."""
CAMERA_WORDS = {"still": "still", "pan": "pans", "zoom": "zooms", "shake": "hand-held", "moving": "moves"}

Thumb = Callable[[int], bytes | None]


@dataclass(frozen=True, slots=True)
class Bar:
    """Something with a length on the time line: left and width in percent, a class of colour, and its name."""

    left: float
    width: float
    look: str
    name: str
    top: float = 0.0
    """In percent of the lane, and so is its height."""
    height: float = 100.0


@dataclass(frozen=True, slots=True)
class Row:
    """A shot with what happens in it and its pictures as data addresses."""

    number: int
    shot: Shot
    start: str
    stop: str
    length_s: float
    thumbs: tuple[str, ...]
    faults: tuple[tuple[str, int], ...]
    """Kind in words, and how many."""


def build_scan_report(source: Source, analysis: Analysis, series: Series, thumb: Thumb, into: Path) -> Path:
    """Write `scan.html` about a measured tape.

    Args:
        source: the tape.
        analysis: what was measured on it.
        series: `question.column` to one number per tape frame, nan where nothing was noted; any may be missing.
        thumb: a small JPEG in the shape of the picture, of the sampled tape frame nearest to this one, or None.
        into: folder of the page, made where it does not exist.

    Returns:
        Path of the page.

    Raises:
        OutputError: the folder is not writable or the disk is full.
    """
    page = into / "scan.html"
    with writing(page, "choose another folder or free some space"):
        into.mkdir(parents=True, exist_ok=True)
        write_atomically(page, render(source, analysis, series, thumb).encode())
    return page


def render(source: Source, analysis: Analysis, series: Series, thumb: Thumb) -> str:
    """The page as HTML text that needs nothing from outside; everything that is not ours is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["light_words"] = words.light_words
    template = environment.from_string(files("encore.reporting").joinpath("scan.html").read_text(encoding="utf-8"))
    findings, plots = diagnose(analysis, source.video), plots_of(series)
    line = analysis.timeline
    return template.render(
        source=source,
        a=analysis,
        w=words,
        timecode=timecode,
        name=words.printable(source.path.name),
        path=words.printable(str(source.path)),
        length=timecode(line.frames / line.rate),
        shape=analysis.sample_aspect * source.video.width / source.video.height,
        scan=scan_shares(analysis.shots),
        wounds=[found for found in findings if found.kind == "wound"],
        patina=[found for found in findings if found.kind == "patina"],
        places={found.title: places(found, analysis) for found in findings},
        most_places=PLACES,
        rows=rows(analysis, thumb),
        plots=plots,
        plot_height=HEIGHT,
        curves={"frames": line.frames, "rate": float(line.rate), "starts": _starts(analysis),
                "low": [one.low for one in plots], "high": [one.high for one in plots]},
        events=events(analysis),
        defects=defects(analysis),
        faces=faces(analysis),
        marks=axis(line.span, line.tick_rate),
        event_words=EVENTS,
        camera_words=CAMERA_WORDS,
        means=means(analysis.shots),
        untold=untold(analysis.shots),
        unsure=sum(shot.scan.confidence < UNSURE for shot in analysis.shots),
    )  # fmt: skip


def places(found: Finding, analysis: Analysis) -> tuple[tuple[int, str], ...]:
    """Where a finding is: number of the shot to go to, and timecodes."""
    starts, ticks = _starts(analysis), analysis.timeline.tick_rate
    return tuple(
        (max(0, bisect.bisect_right(starts, span.start) - 1), _when(span, ticks)) for span in found.where[:PLACES]
    )


def rows(analysis: Analysis, thumb: Thumb) -> tuple[Row, ...]:
    """All shots, in order."""
    clock, starts = analysis.timeline.tick_rate, _starts(analysis)
    faults: list[dict[str, int]] = [{} for _ in analysis.shots]
    for span, name in _named_faults(analysis):
        if starts:
            counts = faults[max(0, bisect.bisect_right(starts, span.start * TICKS_PER_FRAME) - 1)]
            counts[name] = counts.get(name, 0) + max(1, len(span))
    thumbs = _thumbs(analysis.shots, thumb)
    return tuple(
        Row(
            number=number,
            shot=shot,
            start=timecode(shot.span.start / clock),
            stop=timecode(shot.span.stop / clock),
            length_s=float(len(shot.span) / clock),
            thumbs=thumbs[number],
            faults=tuple(sorted(faults[number].items(), key=lambda item: -item[1])),
        )
        for number, shot in enumerate(analysis.shots)
    )


def events(analysis: Analysis) -> tuple[Bar, ...]:
    """What the light did, along the time line."""
    found = (event for shot in analysis.shots if shot.light for event in shot.light.events)
    return tuple(_bar(analysis, _ticks(event.span), event.kind, _event_name(event)) for event in found)


def defects(analysis: Analysis) -> tuple[Bar, ...]:
    """Faults and damage along the time line; those of the same frame once."""
    named = {(span.start, span.stop, name) for span, name in _named_faults(analysis)}
    return tuple(
        _bar(analysis, _ticks(Span(start=start, stop=stop)), "hurt", name) for start, stop, name in sorted(named)
    )


def faces(analysis: Analysis) -> tuple[Bar, ...] | None:
    """Faces along the time line, those seen together above each other; None where nobody looked for them."""
    if all(shot.faces is None for shot in analysis.shots):
        return None
    tracks = sorted(
        (track for shot in analysis.shots for track in shot.faces or ()), key=lambda track: track.span.start
    )
    ends: list[int] = []
    placed: list[tuple[FaceTrack, int]] = []
    for track in tracks:
        row = next((n for n, end in enumerate(ends) if end <= track.span.start), len(ends))
        ends[row : row + 1] = [track.span.stop]
        placed.append((track, min(row, FACE_ROWS - 1)))
    height = 100 / max(1, min(len(ends), FACE_ROWS))
    return tuple(
        replace(_bar(analysis, track.span, "face", _face_name(track)), top=row * height, height=height * 0.85)
        for track, row in placed
    )


def _face_name(track: FaceTrack) -> str:
    return f"face {track.number}, {track.size:.0f} lines between the eyes"


def _named_faults(analysis: Analysis) -> Iterator[tuple[Span, str]]:
    for fault in analysis.faults:
        yield fault.span, _fault_name(fault)
    for damage in analysis.damage:
        yield damage.span, _fault_name(damage)


def _fault_name(fault: Fault | Damage) -> str:
    titled = FAULTS[fault.kind] if isinstance(fault, Fault) else UNREADABLE[fault.kind]
    return titled[0].lower()


def _event_name(event: LightEvent) -> str:
    return event.kind + (f" at {event.rate_hz:.1f} flashes/s" if event.rate_hz else "")


def _bar(analysis: Analysis, ticks: Span, look: str, name: str) -> Bar:
    """A span of ticks on the time line, wide enough to be seen and pointed at."""
    whole, clock = max(1, len(analysis.timeline.span)), analysis.timeline.tick_rate
    left = min(100 - SHORTEST_BAR, ticks.start / whole * 100)
    width = min(100 - left, max(SHORTEST_BAR, len(ticks) / whole * 100))
    return Bar(left, width, look, f"{name}, {_when(ticks, clock)}")


def _ticks(frames: Span) -> Span:
    return Span(start=frames.start * TICKS_PER_FRAME, stop=frames.stop * TICKS_PER_FRAME)


def _when(span: Span, ticks_per_s: Fraction) -> str:
    if len(span) <= TICKS_PER_FRAME:
        return timecode(span.start / ticks_per_s)
    return words.span_words(span.start / ticks_per_s, span.stop / ticks_per_s)


def _starts(analysis: Analysis) -> list[int]:
    return [shot.span.start for shot in analysis.shots]


def _thumbs(shots: Sequence[Shot], thumb: Thumb) -> list[tuple[str, ...]]:
    """One picture from the middle of every shot, or three along it where there are few shots; none twice."""
    parts = (1, 3, 5) if len(shots) <= MANY_SHOTS else (3,)
    budget = min(THUMB_MOST, THUMB_BYTES // max(1, len(shots) * len(parts)))
    made: list[tuple[str, ...]] = []
    for shot in shots:
        frames = [(shot.span.start * (6 - part) + shot.span.stop * part) // 6 // TICKS_PER_FRAME for part in parts]
        found = dict.fromkeys(data for frame in dict.fromkeys(frames) if (data := thumb(frame)) is not None)
        small = (_within(data, budget) for data in found)
        made.append(tuple(address_of(data) for data in small if data))
    return made


def _within(data: bytes, budget: int) -> bytes:
    """The JPEG as it is, or made smaller; nothing where it cannot be read."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if image is None:
        return b""
    return data if len(data) <= budget else jpeg_within(np.asarray(image, np.uint8), budget)
