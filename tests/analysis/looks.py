"""Tapes and looks for questions."""

from __future__ import annotations

from fractions import Fraction

from encore.analysis.question import ShotFrames, Tape
from encore.core.findings import Scan
from encore.core.source import VideoStream
from encore.core.time import Span
from encore.core.video import Colour


def tape_of(width: int = 720, height: int = 480, depth: int = 8) -> Tape:
    """What a question may know of an NTSC tape of that size."""
    video = VideoStream(
        index=0, codec="mpeg2video", width=width, height=height, pixel_format="yuv420p", chroma="420", depth=depth,
        sample_aspect=Fraction(8, 9), flagged="tff", rate=Fraction(30000, 1001), time_base=Fraction(1, 90000),
        colour=Colour(matrix="bt601", primaries="smpte170m"),
    )  # fmt: skip
    return Tape(video, Fraction(30000, 1001))


def shot_of(frames: int, start: int = 0) -> ShotFrames:
    """An interlaced shot of that many tape frames."""
    scan = Scan(mode="interlaced", order="tff", confidence=1)
    return ShotFrames(Span(start=start, stop=start + frames), scan, tape_of())
