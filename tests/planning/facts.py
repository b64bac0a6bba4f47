"""Tapes on paper: sources and analyses without a file."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from encore.core.findings import Analysis, Box, Edges, Scan, Shot, Timeline
from encore.core.source import Source, VideoStream
from encore.core.time import Span
from encore.core.video import Colour

NTSC, PAL = Fraction(30000, 1001), Fraction(25)
INTERLACED = Scan(mode="interlaced", order="tff", confidence=0.9)
BOTTOM = Scan(mode="interlaced", order="bff", confidence=0.9)
PROGRESSIVE = Scan(mode="progressive", confidence=0.9)
OFFSET = Scan(mode="progressive", offset=1, confidence=0.9)
FILM = Scan(mode="film", confidence=0.9)
STILL = Scan(mode="interlaced", confidence=0)
ACTIVE = Box(left=8, top=2, right=712, bottom=470)


def source_of(height: int = 480, width: int = 720, fingerprint: str = "f" * 64) -> Source:
    return Source(
        path=Path("/tapes/a.mpg"), bytes=1, fingerprint=fingerprint, container="mpeg",
        video=VideoStream(
            index=0, codec="mpeg2video", width=width, height=height, pixel_format="yuv420p", chroma="420", depth=8,
            sample_aspect=None, flagged="tff", rate=NTSC if height == 480 else PAL, time_base=Fraction(1, 90000),
            colour=Colour(matrix="bt601", primaries="bt709"),
        ),
    )  # fmt: skip


def analysis_of(
    scans: Sequence[Scan] = (INTERLACED,), cuts: Sequence[int] = (), frames: int = 60, rate: Fraction = NTSC,
    shape: Fraction = Fraction(8, 9),
) -> Analysis:  # fmt: skip
    edges = (0, *cuts, 2 * frames)
    spans = [Span(start=a, stop=b) for a, b in pairwise(edges)]
    return Analysis(
        source="f" * 64,
        timeline=Timeline(rate=rate, frames=frames, start_s=Fraction(1, 2), kind="constant", decoded=frames),
        edges=Edges(active=ACTIVE, full=Box(left=0, top=0, right=720, bottom=480), head_switching_lines=8),
        shots=tuple(Shot(span=span, scan=scan) for span, scan in zip(spans, scans, strict=True)),
        sample_aspect=shape,
        version="test",
    )  # fmt: skip
