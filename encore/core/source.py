"""Which file, which streams, which bytes: what probing finds before a frame is decoded."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Literal

from encore.core.doc import Doc
from encore.core.video import Chroma, Colour


class Stream(Doc):
    """A stream that is carried over rather than restored."""

    index: int
    """Its number inside the tape."""
    kind: Literal["audio", "subtitle", "data", "attachment", "video"]
    codec: str
    """FFmpeg's codec name; empty when unknown."""
    language: str = ""
    start_s: Fraction | None = None
    """First timestamp in seconds on the tape's clock."""
    duration_s: Fraction | None = None


class VideoStream(Doc):
    """The picture stream as its container and codec describe it. Descriptions are hints, never facts."""

    index: int
    codec: str
    width: int
    height: int
    pixel_format: str
    """FFmpeg's name of the decoded samples."""
    chroma: Chroma
    depth: int
    """Bits per sample."""
    sample_aspect: Fraction | None
    """As flagged; None when missing."""
    flagged: Literal["progressive", "tff", "bff", "unknown"]
    """Scan type as flagged."""
    rate: Fraction | None
    """Frames per second as flagged."""
    time_base: Fraction
    colour: Colour


class Chapter(Doc):
    """A named part of the tape."""

    start_s: Fraction
    end_s: Fraction
    title: str = ""


class Source(Doc):
    """A tape: identity, picture stream, everything else in it."""

    path: Path
    bytes: int
    fingerprint: str
    """sha256 over size and 17 blocks of 256 KiB spread over the file: identity without reading 20 GB."""
    container: str
    video: VideoStream
    others: tuple[Stream, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    promised_s: Fraction | None = None
    """Length that the file's header states; None where it states none."""
