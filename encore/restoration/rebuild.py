"""Rebuild: lost pictures and torn places are made anew from good neighbours on both sides, along motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from encore.core.findings import Shot
from encore.core.time import Span
from encore.core.video import CHROMA_CODES, LUMA_CODES, Clip
from encore.restoration.between import Gap, Known, beyond
from encore.restoration.codes import Colours
from encore.restoration.stage import Filter, Runtime, Stage
from encore.restoration.torn import REACH, Mender

LONGEST = 8
"""Pictures that can be made between two good ones: four tape frames of an interlaced shot, 0.13 s; beyond that motion
seen at the ends says little about the middle."""

Fate = Literal["between", "held", "left"]
"""Of a lost picture: made from both sides; continued from the one good side; nothing good is near, left as it is."""


class Sides(NamedTuple):
    """Good pictures beside a lost one, by position; None: none is near enough."""

    before: int | None
    after: int | None


class Rebuild(Stage):
    """Make lost pictures and torn places anew."""

    kind: Literal["rebuild"] = "rebuild"
    longest: int = Field(default=LONGEST, ge=1, le=30)
    """Pictures of the longest gap that is bridged."""

    def halo(self) -> int:
        """The good pictures beside the longest gap, and what their own torn places are filled from."""
        return self.longest + REACH

    def follows(self) -> bool:
        """Content is followed from picture to picture."""
        return True

    def open(self, runtime: Runtime) -> Filter:
        """Nothing to load."""
        del runtime
        return _Rebuilder(self.longest)


@dataclass(frozen=True, slots=True)
class _Rebuilder:
    longest: int

    def __call__(self, clip: Clip, shot: Shot, wanted: Span) -> Clip:
        del shot
        positions = range(wanted.start, wanted.stop)
        broken = [at for at in positions if (clip.lost and clip.lost[at]) or (clip.torn and clip.torn[at])]
        kept = clip.cut(wanted)
        if not broken:
            return kept
        work = _Work(clip, self.longest)
        y, cb, cr = kept.y.copy(), kept.cb.copy(), kept.cr.copy()
        for at in broken:
            more_y, more_c = work.change(at)
            here = at - wanted.start
            y[here] += more_y * np.float32(1 / LUMA_CODES)
            cb[here] += more_c[..., 0] * np.float32(1 / CHROMA_CODES)
            cr[here] += more_c[..., 1] * np.float32(1 / CHROMA_CODES)
        return replace(kept, y=y, cb=cb, cr=cr)


class _Work:
    """What is shared among the pictures of one call."""

    def __init__(self, clip: Clip, longest: int) -> None:
        self._clip, self._longest, self._mender = clip, longest, Mender(clip)
        self._mended: dict[int, Colours] = {}
        self._gaps: dict[Sides, Gap] = {}

    def change(self, at: int) -> Colours:
        """What is to be added to a lost or torn picture, in codes; 0 where it stays as it is."""
        (y, c), (old_y, old_c) = self._made(at), self._mender.taken(at)
        return y - old_y, c - old_c

    def _made(self, at: int) -> Colours:
        if not (self._clip.lost and self._clip.lost[at]):
            return self._good(at)
        sides = sides_of(self._clip.lost, at, self._longest)
        before, after = sides
        if before is not None and after is not None and after - before - 1 <= self._longest:
            return self._gap(sides, before, after).picture(at - before)
        if before is not None and (after is None or at - before <= after - at):
            return beyond(self._known(before, -1), at - before)
        return self._mender.taken(at) if after is None else beyond(self._known(after, 1), after - at)

    def _gap(self, sides: Sides, before: int, after: int) -> Gap:
        if sides not in self._gaps:
            self._gaps[sides] = Gap(self._known(before, -1), self._known(after, 1), after - before)
        return self._gaps[sides]

    def _known(self, at: int, away: int) -> Known:
        motion = self._clip.motion
        flow = None if motion is None else (motion.back if away == -1 else motion.onward)[at]
        return Known(*self._good(at), flow)

    def _good(self, at: int) -> Colours:
        if at not in self._mended:
            self._mended[at] = self._mender.mended(at)
        return self._mended[at]


def sides_of(lost: Sequence[bool], at: int, longest: int) -> Sides:
    """The nearest good pictures beside a lost one, at most `longest` away."""
    before = next((n for n in range(at - 1, max(-1, at - longest - 1), -1) if not lost[n]), None)
    after = next((n for n in range(at + 1, min(len(lost), at + longest + 1)) if not lost[n]), None)
    return Sides(before, after)


def fates(lost: Sequence[bool], longest: int) -> dict[int, Fate]:
    """What becomes of every lost picture of a shot, by its number.

    Args:
        lost: of all pictures of the shot.
        longest: of the stage.
    """
    found: dict[int, Fate] = {}
    for at in np.flatnonzero(np.asarray(lost, np.bool_)).tolist():
        before, after = sides_of(lost, at, longest)
        if before is not None and after is not None and after - before - 1 <= longest:
            found[at] = "between"
        else:
            found[at] = "left" if before is None and after is None else "held"
    return found
