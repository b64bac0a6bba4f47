"""Report: everything a person may ask about a finished film, as one document; the page shows the same facts."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from encore.core.doc import Doc
from encore.core.events import Fellback, Warned
from encore.core.findings import Damage, Edges, Scan, ScanMode
from encore.core.result import Carried, Check
from encore.core.source import Chapter, Stream, VideoStream
from encore.core.time import Span
from encore.planning.plan import Choice, Decision, Delivery, Reading


class Verdict(Doc):
    """Whether the film is what was promised."""

    state: Literal["kept", "broken", "unchecked"]
    """`kept`: all promises. `broken`: at least one not. `unchecked`: nothing was promised or looked at."""
    kept: int
    """Promises kept."""
    promised: int
    """Promises checked."""
    headline: str
    """The verdict in one sentence."""
    summary: str
    """What became of what, in one or two sentences."""


class ScanShare(Doc):
    """How much of the tape was scanned in one way, as measured."""

    mode: ScanMode
    words: str
    """With field order: `interlaced, bottom field first`."""
    frames: float
    """Tape frames; halves where a cut falls between two fields."""
    share: float
    """Part of the tape, 0 to 1."""


class DamageFacts(Doc):
    """Frames that could not be read whole."""

    damage: Damage
    """Kind, and span in tape frames."""
    start: str
    """Timecode `H:MM:SS.mmm` on the tape."""
    stop: str
    """Timecode of the first frame after."""


class TapeFacts(Doc):
    """What the tape is: claims of the file beside what was measured."""

    path: str
    bytes: int
    container: str
    """FFmpeg's name."""
    video: VideoStream
    """The picture stream as flagged."""
    scan: tuple[ScanShare, ...]
    """As measured, largest share first."""
    rate: Fraction
    """Tape frames per second, measured."""
    clock: str
    """Kind of time line, see `encore.core.findings.Timeline.kind`."""
    frames: int
    """Tape frames."""
    length_s: Fraction
    """Seconds."""
    length: str
    """Timecode `H:MM:SS.mmm`."""
    held: int
    """Tape frames without a picture of their own."""
    skipped: int
    """Decoded frames without a place of their own."""
    jumps: tuple[tuple[Fraction, Fraction], ...]
    """(tape second, seconds taken out)."""
    sample_aspect: Fraction
    """Width of a sample over its height, after doubt was settled."""
    shape: Fraction
    """Width of the whole picture over its height."""
    shape_guessed: bool
    edges: Edges
    """Samples."""
    streams: tuple[Stream, ...]
    """Sound and all else beside the picture."""
    chapters: tuple[Chapter, ...]
    metadata: tuple[tuple[str, str], ...]
    damage: tuple[DamageFacts, ...]
    damaged_frames: int
    """Tape frames with any damage, each counted once per entry."""


class FilmFacts(Doc):
    """What the film is."""

    path: str
    width: int
    height: int
    rate: Fraction
    """Frames per second, constant."""
    frames: int
    length_s: Fraction
    """Seconds."""
    length: str
    """Timecode `H:MM:SS.mmm`."""
    container: str
    delivery: Delivery
    """Codec with its settings, and why."""
    bytes: int
    """Whole file."""
    bits_per_s: float
    """Whole file over its length."""
    picture_bytes: int
    """Encoded pictures alone."""
    carried: tuple[Carried, ...]
    """What became of every other stream."""
    chunks: int
    reused_chunks: int
    """Chunks that an earlier run had finished."""


class ShotFacts(Doc):
    """What was done to one shot, and why."""

    number: int
    """From 0, as in the plan."""
    span: Span
    """Ticks of the tape (two per tape frame)."""
    start: str
    """Timecode on the tape, `H:MM:SS.mmm`."""
    stop: str
    """Timecode of the first picture after."""
    length_s: Fraction
    """Seconds."""
    film: Span | None
    """Frames of the film; None when nothing was made of the shot."""
    scan: Scan | None
    """As measured; None when analysis knew no such shot."""
    reading: Reading
    reading_choice: Choice
    decisions: tuple[Decision, ...]
    """Stages in running order."""


class PartFacts(Doc):
    """Time that one part of the work took, over all chunks."""

    part: str
    wall_s: float
    """Seconds; parts that ran side by side are added up. 0: the part had no time of its own, it ran beside others."""
    core_s: float | None
    """Core-seconds, all threads; None where they could not be told apart."""
    core_ms_per_frame: float | None
    """Core-milliseconds per frame of the film."""
    share: float | None
    """Of all core-seconds that are known, 0 to 1."""


class Origin(Doc):
    """Which documents and versions this film comes from."""

    what: str
    value: str
    note: str = ""
    """Why it may matter; says so when documents do not belong together."""


class Report(Doc):
    """All facts about a finished film, in reading order."""

    verdict: Verdict
    tape: TapeFacts
    film: FilmFacts
    checks: tuple[Check, ...]
    warnings: tuple[Warned, ...]
    """Of analysis and restoration; `at_s` in tape seconds."""
    fallbacks: tuple[Fellback, ...]
    span: Span
    """Ticks of the tape that became film."""
    tick_rate: Fraction
    """Ticks per second."""
    shots: tuple[ShotFacts, ...]
    timings: tuple[PartFacts, ...]
    """Most expensive first."""
    origins: tuple[Origin, ...]
