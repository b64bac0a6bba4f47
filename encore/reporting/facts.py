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
from encore.planning.losses import Repair
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
    counts: dict[str, dict[str, int]]
    """What stages counted while they worked, by stage and by what was counted, over all chunks of the shot."""


class LossFacts(Doc):
    """Tape frames that are not what the camera saw, and what was done about them."""

    shot: int
    span: Span
    """Tape frames."""
    start: str
    """Timecode on the tape, `H:MM:SS.mmm`."""
    film: Span
    """Frames of the film that begin while these tape frames show."""
    repair: Repair
    done: str
    """What was done, in words."""
    because: str
    pictures: int = 0
    """Pictures made anew that show any of it, where `rebuilt`; of 3:2 film counted in tape frames."""
    held: int = 0
    """Of them, those with a good picture on one side only, from which they were continued."""
    stuck: int = 0
    """Of them, those without any good picture near, which stayed as on the tape."""


class WayFacts(Doc):
    """One way that was tried."""

    name: str
    score: float
    """The smaller the better."""
    unit: str
    taken: bool


class AuditionFacts(Doc):
    """What was tried on a few pictures of a shot before it was decided."""

    shot: int
    what: str
    """`field order`, or kind of the stage."""
    because: str
    ways: tuple[WayFacts, ...]


class StageFacts(Doc):
    """Where in the film a stage ran, and how strong."""

    kind: str
    shots: int
    share: float
    """Of the film, 0 to 1."""
    settings: tuple[str, ...]
    """Each with the range of its values over the shots."""


class RepairFacts(Doc):
    """What was lost on the tape and what became of it; which stages worked on the film."""

    summary: str
    """What became of what was lost, in one sentence or two."""
    rebuilt: int
    """Tape frames made anew."""
    moved: int
    """Tape frames in whose place another one is shown, so that all show at their true time."""
    left: int
    """Places that were left as on the tape."""
    losses: tuple[LossFacts, ...]
    """All that was rebuilt or moved, in order."""
    kept: tuple[LossFacts, ...]
    """What was left as on the tape, in order; of very many the first ones."""
    stages: tuple[StageFacts, ...]
    """In running order."""
    auditions: tuple[AuditionFacts, ...]
    blocks: int
    """Blocks of 32x32 samples in all pictures whose noise was taken off."""
    blended: int
    """Of them, those that were given something back."""
    detail_blocks: int
    """Blocks of 32x32 samples of the tape in all pictures that a network enlarged."""
    detail_blended: int
    """Of them, those whose detail was scaled down because it did not agree with the tape."""
    faces: int
    """Faces in pictures that a network restored."""
    faces_blended: int
    """Of those, how many were given less than it found."""


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
    repairs: RepairFacts
    shots: tuple[ShotFacts, ...]
    timings: tuple[PartFacts, ...]
    """Most expensive first."""
    origins: tuple[Origin, ...]
