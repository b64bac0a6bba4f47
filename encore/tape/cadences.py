"""Cadence: the ways in which fields show pictures, one after the other, that a tape can have been scanned in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from encore.core.findings import FieldOrder, ScanMode


@dataclass(frozen=True, slots=True)
class Cadence:
    """A way of scanning: how many fields show each picture, in turn, from which field on, in which order."""

    mode: ScanMode
    order: FieldOrder
    fields: tuple[int, ...]
    phase: int
    """Fields of the cycle that lie before tape frame 0."""

    @property
    def offset(self) -> Literal[0, 1]:
        """1 where a picture is the second field of a tape frame with the first of the next."""
        return 1 if self.mode == "progressive" and self.phase else 0

    @property
    def label(self) -> tuple[ScanMode, FieldOrder | None, Literal[0, 1]]:
        """What makes two cadences the same answer; order says nothing when whole frames are pictures."""
        return self.mode, None if self.mode == "progressive" and not self.offset else self.order, self.offset

    def next(self) -> Cadence:
        """The same cadence one tape frame later."""
        return Cadence(self.mode, self.order, self.fields, (self.phase + 2) % sum(self.fields))

    def pictures(self) -> tuple[int, int, int, int]:
        """Which picture T_0, B_0, T_1 and B_1 show."""
        cycle = [number for number, count in enumerate(self.fields * 8) for _ in range(count)]
        a, b, c, d = cycle[self.phase : self.phase + 4]
        return (a, b, c, d) if self.order == "tff" else (b, a, d, c)


def _cadences() -> tuple[Cadence, ...]:
    """All ways of scanning we know: 59.94i/50i, whole pictures at 0 and 1, 3:2 and 2:3:3:2 telecine at any phase."""
    found = [Cadence("progressive", "tff", (2,), 0)]
    orders: tuple[FieldOrder, FieldOrder] = ("tff", "bff")
    for order in orders:
        found += [Cadence("interlaced", order, (1, 1), 0), Cadence("progressive", order, (2,), 1)]
        found += [Cadence("film", order, (3, 2), phase) for phase in range(5)]
        found += [Cadence("film", order, (2, 3, 3, 2), phase) for phase in range(0, 10, 2)]
    return tuple(found)


CADENCES = _cadences()
"""Every state a tape frame can be in."""
FOLLOW = tuple(CADENCES.index(cadence.next()) for cadence in CADENCES)
"""The state after each state in a cadence that does not break; every cadence is back after at most 5 tape frames."""
