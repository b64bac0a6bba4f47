"""What we did and how well: per chunk, and for the whole film."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from pydantic import Field

from encore.core.doc import Doc
from encore.core.events import Fellback, Warned
from encore.core.time import Span


class Timing(Doc):
    """Processor and wall time of one part of the work."""

    part: str
    """`read`, a stage's kind, `encode`, `scan`, `join`, `verify`, ..."""
    wall_s: float
    cpu_s: float
    """All threads of the part together; 0 where it could not be told apart."""


class ChunkResult(Doc):
    """A finished chunk: some output frames of one shot, encoded."""

    key: str
    """Digest of everything that decided its content."""
    shot: int
    span: Span
    """Output frames."""
    file: str
    """Name inside the workspace's `chunks` folder."""
    bytes: int
    sha256: str
    delay: int = 0
    """Frames by which decoding order runs ahead of display order."""
    pictures: int
    """Pictures restored; fewer than frames where pictures are shown more than once."""
    timings: tuple[Timing, ...] = ()
    counts: dict[str, dict[str, int]] = Field(default_factory=dict[str, dict[str, int]])
    """What stages counted while they worked, by stage and by what was counted."""


class Carried(Doc):
    """What became of a stream of the tape that is not the restored picture."""

    index: int
    kind: str
    codec: str
    language: str = ""
    how: str
    """`copied`, `converted to ...`, or `left out: ...`."""


class Check(Doc):
    """One promise of the finished film and how it was kept."""

    promise: str
    expected: str
    found: str
    kept: bool


class Result(Doc):
    """A finished film."""

    source: str
    """Fingerprint of the tape."""
    plan: str
    """Digest of the plan."""
    output: Path
    bytes: int
    frames: int
    rate: Fraction
    width: int
    height: int
    chunks: tuple[ChunkResult, ...]
    reused: int
    """Chunks that an earlier run had finished."""
    carried: tuple[Carried, ...]
    checks: tuple[Check, ...]
    also: tuple[Path, ...] = ()
    """Further deliveries of the same pictures."""
    fallbacks: tuple[Fellback, ...] = ()
    warnings: tuple[Warned, ...] = ()
    timings: tuple[Timing, ...] = ()
    version: str

    def is_still(self, path: Path, plan: str, version: str) -> bool:
        """Whether this is the film that `plan` would make at `path`, and it lies there unchanged in size."""
        asked = (self.output, self.plan, self.version) == (path, plan, version)
        there = all(other.is_file() for other in (path, *self.also))
        return asked and there and path.stat().st_size == self.bytes
