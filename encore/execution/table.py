"""The per-frame table and the list of damaged places as Parquet files."""

# pyarrow has no types: what comes from it is unknown to the checker, here and nowhere else
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from encore.analysis.part import Part, Parts
from encore.analysis.question import Column, Question
from encore.core.doc import writing
from encore.core.errors import DocumentError
from encore.core.findings import MARK_KINDS, Analysis, Mark
from encore.core.time import TICKS_PER_FRAME, Span
from encore.planning.losses import TORN_KINDS, Marked, covered_by
from encore.version import VERSION

TABLES = ("frames.parquet", "marks.parquet")


def write_tables(parts: Parts, analysis: Analysis, questions: Sequence[type[Question]], folder: Path) -> None:
    """Write `frames.parquet`, one row per tape frame, and `marks.parquet`, one row per damaged place.

    Both are written part by part, aside and then renamed. Every column carries what it means, with its unit.

    Raises:
        OutputError: the folder is not writable or the disk is full.
    """
    columns = [(f"{one.name}.{column.name}", column) for one in questions for column in one.columns if column.kept]
    schema = pa.schema(
        [
            pa.field("frame", pa.int32(), metadata={"what": "tape frame, from 0"}),
            pa.field("seconds", pa.float64(), metadata={"what": "from the start of the tape"}),
            pa.field("shot", pa.int32(), metadata={"what": "number of the shot, from 0"}),
            *(pa.field(name, _kind(column), metadata={"what": column.what}) for name, column in columns),
        ]
    )
    rate, starts = analysis.timeline.rate, _starts(analysis)
    write_groups(folder / TABLES[0], schema, (_frames(part, columns, starts, rate) for part in parts.each()))
    marks = pa.schema(
        [
            pa.field("frame", pa.int32(), metadata={"what": "tape frame"}),
            pa.field("kind", pa.string(), metadata={"what": "dropout, macroblock, scratch or snow"}),
            *(
                pa.field(name, pa.int32(), metadata={"what": "samples or lines of the woven frame, half-open"})
                for name in _BOX
            ),
        ]
    )
    write_groups(folder / TABLES[1], marks, (_marks(part) for part in parts.each()))


_BOX = ("left", "top", "right", "bottom")


def _kind(column: Column) -> Any:  # noqa: ANN401 - pyarrow has no types of its own
    size = int(np.prod(column.shape, dtype=np.int64))
    return pa.list_(pa.float32(), size) if column.shape else pa.float32()


def _starts(analysis: Analysis) -> list[int]:
    return [shot.span.start // TICKS_PER_FRAME for shot in analysis.shots]


def _frames(part: Part, columns: Sequence[tuple[str, Column]], starts: Sequence[int], rate: Fraction) -> list[Any]:
    at = np.arange(part.span.start, part.span.stop, dtype=np.int32)
    shot = np.searchsorted(starts, at, side="right") - 1
    found: list[Any] = [pa.array(at), pa.array(at / float(rate)), pa.array(shot.astype(np.int32))]
    for name, column in columns:
        rows = part.rows[name]
        flat = pa.array(rows.reshape(-1), mask=np.isnan(rows.reshape(-1)))
        size = int(np.prod(column.shape, dtype=np.int64))
        found.append(pa.FixedSizeListArray.from_arrays(flat, size) if column.shape else flat)
    return found


def _marks(part: Part) -> list[Any]:
    kinds = np.array(MARK_KINDS)[part.marks[:, 1]]
    return [
        pa.array(part.marks[:, 0]),
        pa.array(kinds, pa.string()),
        *(pa.array(part.marks[:, n]) for n in range(2, 6)),
    ]


def write_groups(path: Path, schema: Any, groups: Iterator[list[Any]]) -> None:  # noqa: ANN401 - as above
    """Write a table group by group, aside and then renamed.

    Raises:
        OutputError: the folder is not writable or the disk is full.
    """
    schema = schema.with_metadata({"encore": VERSION})
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with writing(path):
            with pq.ParquetWriter(aside, schema, compression="zstd") as file:
                for arrays in groups:
                    file.write_table(pa.Table.from_arrays(arrays, schema=schema))
            with aside.open("rb") as done:
                os.fsync(done.fileno())
            aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


class MarkTable:
    """Damaged places from `marks.parquet`, read a few tape frames at a time.

    Args:
        path: the file.

    Raises:
        DocumentError: it is missing or no such table.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = pq.ParquetFile(path)
        except (OSError, pa.ArrowException) as error:
            raise DocumentError(f"{path}: cannot be read as a table ({error})") from error

    def within(self, frames: Span) -> list[Mark]:
        """Places in tape frames [start, stop)."""
        return [mark for group in self._groups(frames) for mark in group if mark.frame in frames]

    def marked(self, area: int) -> Marked:
        """What planning needs to know of all of them.

        Args:
            area: samples of a tape frame.
        """
        covered: dict[int, float] = {}
        torn: set[int] = set()
        for group in self._groups(None):
            for frame, share in covered_by(group, area).items():
                covered[frame] = covered.get(frame, 0.0) + share
            torn.update(mark.frame for mark in group if mark.kind in TORN_KINDS)
        return Marked(covered, sorted(torn))

    def _groups(self, frames: Span | None) -> Iterator[list[Mark]]:
        for number in range(self._file.num_row_groups):
            numbers = self._file.metadata.row_group(number).column(0).statistics
            if frames is not None and outside(numbers, frames):
                continue
            columns = self._file.read_row_group(number).to_pydict()
            yield [
                Mark(*row) for row in zip(columns["frame"], columns["kind"], *(columns[n] for n in _BOX), strict=True)
            ]


def outside(numbers: Any, frames: Span) -> bool:  # noqa: ANN401 - as above
    """Whether the numbers of a row group's frames or ticks, as its statistics tell them, all lie elsewhere."""
    return numbers is not None and numbers.has_min_max and (numbers.max < frames.start or numbers.min >= frames.stop)


class FrameTable(Mapping[str, NDArray[np.float32]]):
    """Columns of `frames.parquet` by name, read one at a time when they are asked for; nan where nothing was noted.

    Columns of several numbers are (frames, n), shapes of more than one axis flattened.

    Args:
        path: the file.

    Raises:
        DocumentError: it is missing or no such table.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = pq.ParquetFile(path)
        except (OSError, pa.ArrowException) as error:
            raise DocumentError(f"{path}: is no table of frames ({error})", todo="scan the tape again") from error
        fields = self._file.schema_arrow
        self._sizes = {
            one.name: one.type.list_size if pa.types.is_fixed_size_list(one.type) else 0
            for one in fields
            if one.type == pa.float32() or pa.types.is_fixed_size_list(one.type)
        }

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        size = self._sizes[name]
        column = self._file.read(columns=[name]).column(0).combine_chunks()
        if not size:
            return np.asarray(column.to_numpy(zero_copy_only=False), np.float32)
        return np.asarray(column.flatten().to_numpy(zero_copy_only=False), np.float32).reshape(-1, size)

    def __iter__(self) -> Iterator[str]:
        return iter(self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)
