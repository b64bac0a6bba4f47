"""Part: what was noted about a stretch of a tape; parts are found again after a kill, and read in any span."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from encore.core.doc import write_atomically
from encore.core.findings import MARK_KINDS, Mark
from encore.core.time import Span

Numbers = NDArray[np.float32]
_OPEN = 4
"""Parts kept in memory while a span is read."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows, marks and sums of the tape frames of one span.

    Attributes:
        span: tape frames.
        rows: `question.column` to (frames, ...) numbers.
        marks: (n, 6) int32: frame, number of the kind, left, top, right, bottom.
        sums: `question.name` to numbers about all frames of the span.
    """

    span: Span
    rows: Mapping[str, Numbers]
    marks: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 6), np.int32))
    sums: Mapping[str, NDArray[Any]] = field(default_factory=dict[str, NDArray[Any]])

    def packed(self) -> bytes:
        """As npz; the same part gives the same bytes."""
        arrays = {f"row/{name}": rows for name, rows in self.rows.items()}
        arrays |= {f"sum/{name}": numbers for name, numbers in self.sums.items()}
        file = io.BytesIO()
        np.savez(file, allow_pickle=False, marks=self.marks, **arrays)
        return file.getvalue()

    @classmethod
    def load(cls, path: Path, span: Span) -> Part | None:
        """Read back; None where the file is missing or broken."""
        try:
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None
        rows = {name[4:]: rows for name, rows in arrays.items() if name.startswith("row/")}
        if "marks" not in arrays or any(len(one) != len(span) for one in rows.values()):
            return None
        sums = {name[4:]: numbers for name, numbers in arrays.items() if name.startswith("sum/")}
        return cls(span, rows, arrays["marks"], sums)


def marks_table(marks: Iterable[Mark], span: Span) -> NDArray[np.int32]:
    """Marks of a span of frames as numbers, in order."""
    inside = ((m.frame, MARK_KINDS.index(m.kind), *m[2:]) for m in marks if m.frame in span)
    table = np.fromiter(chain.from_iterable(inside), np.int32).reshape(-1, 6)
    return np.ascontiguousarray(table[np.lexsort(table.T[::-1])])


class Parts:
    """All parts of a tape: on disk where a folder is given, else in memory. Safe for several threads.

    Args:
        spans: of the parts, in order, without gaps.
        folder: where `part-<first frame>.npz` lie; None keeps everything in memory.
    """

    def __init__(self, spans: Sequence[Span], folder: Path | None = None) -> None:
        self.spans, self.folder = tuple(spans), folder
        self._kept: OrderedDict[int, Part] = OrderedDict()
        self._lock = threading.Lock()

    def known(self, span: Span) -> Part | None:
        """A part that was measured before, whole."""
        with self._lock:
            part = self._kept.get(span.start)
        if part is not None or self.folder is None:
            return part
        part = Part.load(self._path(span), span)
        if part is not None:
            self._keep(part)
        return part

    def add(self, part: Part) -> None:
        """Take a measured part; it is safe on disk when this returns.

        Raises:
            OutputError: the folder is not writable or the disk is full.
        """
        if self.folder is not None:
            write_atomically(self._path(part.span), part.packed())
            return
        self._keep(part)

    def complete(self) -> bool:
        """Whether no part is missing; their files are trusted to be whole until they are read."""
        if self.folder is None:
            return all(span.start in self._kept for span in self.spans)
        return all(self._path(span).is_file() for span in self.spans)

    def each(self) -> Iterator[Part]:
        """All parts in order.

        Raises:
            KeyError: one of them is missing.
        """
        for span in self.spans:
            part = self.known(span)
            if part is None:
                raise KeyError(f"frames {span.start}:{span.stop} were not measured")
            yield part

    def rows(self, question: str, span: Span | None = None) -> dict[str, Numbers]:
        """All columns of a question over a span of tape frames, or the whole tape."""
        wanted = span or Span(start=0, stop=self.spans[-1].stop)
        found: dict[str, list[Numbers]] = {}
        for at in self.spans:
            common = at.within(wanted)
            if not len(common):
                continue
            part = self.known(at)
            if part is None:
                raise KeyError(f"frames {at.start}:{at.stop} were not measured")
            for name, rows in part.rows.items():
                asked, _, column = name.partition(".")
                if asked == question:
                    found.setdefault(column, []).append(rows[common.start - at.start : common.stop - at.start])
        return {column: np.concatenate(pieces) for column, pieces in found.items()}

    def sums(self, question: str) -> list[dict[str, NDArray[Any]]]:
        """The sums of a question, one dictionary per part, in order."""
        mine = f"{question}."
        return [
            {name.removeprefix(mine): numbers for name, numbers in part.sums.items() if name.startswith(mine)}
            for part in self.each()
        ]

    def _path(self, span: Span) -> Path:
        assert self.folder is not None
        return self.folder / f"part-{span.start:07d}-{span.stop:07d}.npz"

    def _keep(self, part: Part) -> None:
        with self._lock:
            self._kept[part.span.start] = part
            while self.folder is not None and len(self._kept) > _OPEN:
                self._kept.popitem(last=False)
