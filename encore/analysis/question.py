"""Question: what every question asked of a tape looks like: it sees each frame once and notes numbers about it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from encore.analysis.look import Look
from encore.analysis.part import Numbers, Parts
from encore.core.doc import Doc
from encore.core.findings import Analysis, Mark, Scan
from encore.core.source import VideoStream
from encore.core.time import Span

Rows = Mapping[str, Numbers]
"""Column name to (frames, *shape of the column), nan where nothing was noted."""
_PIECE = 256
"""Tape frames whose notes are made room for at once: 0.5 MB for all questions together."""


@dataclass(frozen=True, slots=True)
class Column:
    """One number (or a few) per tape frame, as the per-frame table has it.

    Attributes:
        name: within its question.
        what: one sentence with the unit.
        shape: of the entry of one frame; () is a single number.
        kept: False keeps the column out of the per-frame table; answers still see it.
    """

    name: str
    what: str
    shape: tuple[int, ...] = ()
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Tape:
    """What every question may know of the tape before it sees a frame."""

    video: VideoStream
    rate: Fraction
    """Tape frames per second."""


@dataclass(frozen=True, slots=True)
class ShotFrames:
    """A shot, as far as an answer needs it."""

    span: Span
    """Tape frames; a frame shared by two shots belongs to the later."""
    scan: Scan
    tape: Tape


class Question(ABC):
    """Answers one question about every shot of a tape from numbers that it notes frame by frame.

    A tape is measured in parts that know nothing of each other, each with some context before and after: so it runs
    on several cores, is found again after a kill, and gives the same numbers either way. Hence a question keeps no
    memory longer than the context (`measure.BEFORE`), and everything it finds leaves it as rows, marks or sums.

    Class attributes:
        name: of the columns (`noise.luma`) and of the field of `Shot` that `answer` fills.
        columns: what it notes.
        before: tape frames before a part that it must see to note what it would have noted on the whole tape; None:
            all that there are.
        after: the same after it.
    """

    name: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]] = ()
    before: ClassVar[int | None] = None
    after: ClassVar[int | None] = None

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._notes = _Notes(self.columns)

    @abstractmethod
    def observe(self, now: Look) -> None:
        """See the next tape frame; called in order, without gaps, for all that it `wants`."""

    @classmethod
    def wants(cls, frame: int, span: Span) -> bool:
        """Whether it must see a tape frame that is shown for a part."""
        early, late = span.start - frame, frame + 1 - span.stop
        return (cls.before is None or early <= cls.before) and (cls.after is None or late <= cls.after)

    def finish(self) -> None:  # noqa: B027 - most questions have nothing left to say
        """Called once, after the last frame of a part and its context."""

    def note(self, frame: int, **values: object) -> None:
        """Note numbers about a frame: this one or one that went before; later notes replace earlier ones."""
        self._notes.add(frame, values)

    def rows(self, span: Span) -> Rows:
        """What was noted about the tape frames of a span."""
        return {column.name: self._notes.rows(column, span) for column in self.columns}

    def marks(self) -> Iterable[Mark]:
        """Places that were found damaged, in any order."""
        return ()

    def sums(self) -> dict[str, NDArray[Any]]:
        """Numbers about the counted frames of this part as a whole; `over_tape` gets those of all parts."""
        return {}

    @classmethod
    def answer(cls, rows: Rows, shot: ShotFrames) -> Doc | None:
        """What the rows of one shot say; None where they say nothing. Pure."""
        del rows, shot
        return None

    @classmethod
    def over_tape(cls, parts: Parts, analysis: Analysis, shots: Sequence[ShotFrames]) -> Mapping[str, object]:
        """Fields of `Analysis` that this question fills, once every shot has its answers. Pure."""
        del parts, analysis, shots
        return {}


class _Notes:
    """Numbers by tape frame and column, side by side in pieces of many frames.

    As objects of their own they would lie scattered between the pictures of a part, which then find no room where
    earlier ones were: a process grew by 170 kB a frame for 5 kB of notes (measured, glibc).
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._dtype = np.dtype([(column.name, np.float32, column.shape) for column in columns])
        self._pieces: dict[int, NDArray[Any]] = {}

    def add(self, frame: int, values: Mapping[str, object]) -> None:
        """Note numbers about a frame."""
        number, at = divmod(frame, _PIECE)
        if number not in self._pieces:
            empty = np.full(_PIECE * self._dtype.itemsize // 4, np.nan, np.float32)
            self._pieces[number] = empty.view(self._dtype)
        piece = self._pieces[number]
        for name, value in values.items():
            piece[name][at] = value

    def rows(self, column: Column, span: Span) -> Numbers:
        """(frames, *shape) of a column."""
        table = np.full((len(span), *column.shape), np.nan, np.float32)
        for number, piece in self._pieces.items():
            common = Span(start=number * _PIECE, stop=(number + 1) * _PIECE).within(span)
            if len(common):
                noted = piece[column.name][common.start - number * _PIECE : common.stop - number * _PIECE]
                table[common.start - span.start : common.stop - span.start] = noted
        return table
