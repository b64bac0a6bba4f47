"""What analysis found: the tape's clock, its shots, how each was scanned, its frame, its damage."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, NamedTuple

from pydantic import Field

from encore.core.answers import (
    Complexity,
    Composite,
    Compression,
    FaceTrack,
    Light,
    Motion,
    Noise,
    Sharpness,
    TapeDamage,
)
from encore.core.doc import Doc
from encore.core.time import TICKS_PER_FRAME, Span

ScanMode = Literal["interlaced", "progressive", "film"]
FieldOrder = Literal["tff", "bff"]
DamageKind = Literal["corrupt", "spread", "held"]
TransitionKind = Literal["cut", "dissolve", "fade"]
FaultKind = Literal[
    "duplicate", "frozen", "dropped", "black", "corrupt", "half picture", "field repeat", "field drop", "cadence break"
]
RepairHint = Literal["none", "rebuild", "rebuild field", "remove and rebuild the gap", "look"]
MarkKind = Literal["dropout", "macroblock", "scratch", "snow"]
MARK_KINDS: tuple[MarkKind, ...] = ("dropout", "macroblock", "scratch", "snow")
"""In the order of their numbers on disk."""


class Evidence(Doc):
    """One measured number behind a decision."""

    what: str
    value: float | str
    unit: str = ""


class Scan(Doc):
    """How a shot was scanned, as measured from its pixels."""

    mode: ScanMode
    """`interlaced`: every field its own moment. `progressive`: the fields of a frame share one moment
    (also segmented frames). `film`: 24 pictures a second in a 3:2 pattern of fields."""
    order: FieldOrder = "tff"
    """Which field comes first in time; for progressive pictures only how they are cut into fields."""
    offset: Literal[0, 1] = 0
    """Progressive only: 1 when a picture is the second field of a tape frame with the first of the next."""
    confidence: float = Field(ge=0, le=1)
    """0: nothing moved, the tape's majority or its flags decided. 1: beyond doubt."""
    evidence: tuple[Evidence, ...] = ()


class Transition(Doc):
    """How one shot becomes the next."""

    kind: TransitionKind
    span: Span
    """Ticks that show both, or for a cut none: it starts and stops with the new shot's first tick."""
    score: float
    """How sure: 0 hardly, 1 beyond doubt."""

    @property
    def middle(self) -> int:
        """The tick at which the new shot begins: the cut, or the middle of the span, on a whole tape frame."""
        if self.kind == "cut":
            return self.span.start
        return (self.span.start + self.span.stop) // (2 * TICKS_PER_FRAME) * TICKS_PER_FRAME


class Fault(Doc):
    """Tape frames that are not what the camera saw, measured from pixels."""

    kind: FaultKind
    """`duplicate`: shows the frame before again. `frozen`: three or more of them. `dropped`: a frame is missing
    before this one. `field repeat`, `field drop`: the same of single fields."""
    span: Span
    """Tape frames."""
    score: float
    """How sure: 0 hardly, 1 beyond doubt."""
    repair: RepairHint = "none"


class Mark(NamedTuple):
    """A damaged place in one tape frame; half-open, tape samples and lines of the woven frame."""

    frame: int
    kind: MarkKind
    left: int
    top: int
    right: int
    bottom: int


class SeenFace(NamedTuple):
    """A face in one picture, followed through its shot and smoothed; places in samples and lines of the woven frame."""

    tick: int
    track: int
    """`FaceTrack.number` in the shot that the tick belongs to."""
    left: float
    top: float
    right: float
    bottom: float
    landmarks: tuple[tuple[float, float], ...]
    """Five (x, y): the subject's right eye, left eye, tip of the nose, right and left corner of the mouth."""
    confidence: float
    """0: bridged, nobody saw it here. 1: beyond doubt."""
    strength: float = 0.0
    """Share of what is found missing that is added, 0 to 1; 0 where nobody has decided."""


class Shot(Doc):
    """What happens between two transitions; where two shots dissolve, they meet in its middle."""

    span: Span
    """Ticks of the tape (two per tape frame); a cut between two fields of one frame has an odd tick."""
    scan: Scan
    cut_score: float = 0.0
    """How unlike the shot before it starts: 0 the same scene, 1 nothing in common; 0 for the first."""
    noise: Noise | None = None
    compression: Compression | None = None
    sharpness: Sharpness | None = None
    composite: Composite | None = None
    light: Light | None = None
    motion: Motion | None = None
    complexity: Complexity | None = None
    damage: TapeDamage | None = None
    faces: tuple[FaceTrack, ...] | None = None
    """None: not looked for. Answers are None where a shot is too short or dark to say."""


class Timeline(Doc):
    """The tape's clock: constant frames of two ticks, made from whatever timestamps the tape has."""

    rate: Fraction
    """Tape frames per second."""
    frames: int
    """Tape frames, each two ticks."""
    start_s: Fraction
    """When tape frame 0 shows, on the clock of the tape's container."""
    kind: Literal["constant", "soft telecine", "hybrid", "variable", "untimed"]
    """`soft telecine`: film frames with repeat flags, read at their own rate. `hybrid`: some with, some
    without. `variable`: frames were held or dropped to make the clock constant. `untimed`: no timestamps."""
    decoded: int
    """Frames that came out of the decoder."""
    held: int = 0
    """Tape frames that had no decoded frame of their own and show the one before."""
    skipped: int = 0
    """Decoded frames that had no place of their own."""
    jumps: tuple[tuple[Fraction, Fraction], ...] = ()
    """(tape second, seconds taken out): gaps too long to hold a picture, closed for picture and sound alike."""

    @property
    def tick_rate(self) -> Fraction:
        """Ticks per second."""
        return self.rate * TICKS_PER_FRAME

    @property
    def span(self) -> Span:
        """All ticks of the tape."""
        return Span(start=0, stop=self.frames * TICKS_PER_FRAME)


class Box(Doc):
    """A rectangle in source pixels, half-open."""

    left: int
    top: int
    right: int
    bottom: int


class Edges(Doc):
    """Where the picture ends and tape begins."""

    active: Box
    """Picture without black edges and head-switching lines."""
    full: Box
    head_switching_lines: int = 0
    """Disturbed lines at the bottom, tape frame lines."""


class Damage(Doc):
    """Frames that the decoder could not read whole."""

    span: Span
    """Tape frames."""
    kind: DamageKind
    """`corrupt`: decoded with errors. `spread`: built on a corrupt frame, up to the next key frame, and as a rule
    visibly damaged too. `held`: no frame of its own, the one before is shown."""


class Analysis(Doc):
    """Everything measured about a tape."""

    source: str
    """Fingerprint of the tape."""
    timeline: Timeline
    edges: Edges
    shots: tuple[Shot, ...]
    damage: tuple[Damage, ...] = ()
    transitions: tuple[Transition, ...] = ()
    """All ways from one shot to the next, in order."""
    faults: tuple[Fault, ...] = ()
    """Tape frames that are not what the camera saw, in order."""
    medium: str = ""
    """What the tape probably is, by its bandwidth, in words; empty where that cannot be told."""
    sample_aspect: Fraction
    """Width of a tape sample over its height, after doubt was settled."""
    aspect_guessed: bool = False
    warnings: tuple[str, ...] = ()
    version: str
    """Encore that measured."""
