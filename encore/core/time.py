"""Exact time: half-open spans of ticks, and timecodes for people."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Self

from pydantic import Field, model_validator

from encore.core.doc import Doc

TICKS_PER_FRAME = 2
"""A tick is one field of the tape; a tape frame, interlaced or not, is two ticks."""


class Span(Doc):
    """A half-open run [start, stop). The unit is said where it is used: ticks, tape frames or output frames."""

    start: int = Field(ge=0)
    """First one inside."""
    stop: int = Field(ge=0)
    """First one after."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.stop < self.start:
            raise ValueError(f"a span must not end before it starts ({self.start}:{self.stop})")
        return self

    def __len__(self) -> int:
        return self.stop - self.start

    def __contains__(self, at: int) -> bool:
        return self.start <= at < self.stop

    def within(self, other: Span) -> Span:
        """The part of this span that lies in `other`; empty spans sit at the nearer end."""
        start = min(max(self.start, other.start), other.stop)
        return Span(start=start, stop=max(start, min(self.stop, other.stop)))

    def grown(self, halo: int, within: Span) -> Span:
        """This span with `halo` more on each side, as far as `within` allows."""
        return Span(start=max(self.start - halo, within.start), stop=min(self.stop + halo, within.stop))

    def pieces(self, longest: int) -> Iterator[Span]:
        """Nearly equal consecutive pieces of at most `longest`, covering the span without overlap."""
        count = max(1, -(-len(self) // longest))
        edges = [self.start + len(self) * i // count for i in range(count + 1)]
        for start, stop in pairwise(edges):
            yield Span(start=start, stop=stop)


def timecode(seconds: Fraction) -> str:
    """Seconds as `H:MM:SS.mmm`, rounded down to the millisecond; for people, never for computing."""
    ms = int(seconds * 1000)
    sign, ms = ("-", -ms) if ms < 0 else ("", ms)
    return f"{sign}{ms // 3_600_000}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
