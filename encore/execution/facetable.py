"""The faces of a tape tick by tick as a Parquet file, and read back for the pictures of a shot."""

# pyarrow has no types: what comes from it is unknown to the checker
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from encore.analysis.facetold import FaceRows, face_rows
from encore.analysis.part import Parts
from encore.core.errors import DocumentError
from encore.core.findings import Analysis, SeenFace
from encore.core.time import Span
from encore.execution.table import outside, write_groups
from encore.restoration.facegates import gated
from encore.tape.reader import Take

NAME = "faces.parquet"
_POINTS = ("right_eye", "left_eye", "nose", "mouth_right", "mouth_left")
_COLUMNS = {
    **{side: "of the box, samples or lines of the woven frame" for side in ("left", "top", "right", "bottom")},
    **{f"{point}_{axis}": f"{point.replace('_', ' ')} of the subject, {unit} of the woven frame, smoothed"
       for point in _POINTS for axis, unit in (("x", "samples"), ("y", "lines"))},
    "confidence": "score of the search, 0 where the track was bridged",
    "sharpness": "0 mush, 1 as sharp as the raster can carry",
}  # fmt: skip
"""Numbers of a row, in their order on disk, and what they mean."""
_HELD = 2
"""Row groups held while spans are read in order: where a span lies in two. Each is a minute, 0.3 MB per face."""

BLOCK, MARGIN = 600, 64
"""Ticks whose strengths are told at once, and how many around them are looked at: strengths rise to whole within 40
ticks and depend on confidence within 15 (`encore.restoration.facegates`), so that they are those of the whole shot."""


def write_faces(parts: Parts, analysis: Analysis, folder: Path) -> None:
    """Write `faces.parquet`, one row per face and tick, aside and then renamed; no rows where nobody looked for faces.

    Raises:
        OutputError: the folder is not writable or the disk is full.
    """
    schema = pa.schema(
        [
            pa.field("tick", pa.int32(), metadata={"what": "field of the tape, two per tape frame, from 0"}),
            pa.field("track", pa.int32(), metadata={"what": "number of the face in its shot"}),
            *(pa.field(name, pa.float32(), metadata={"what": what}) for name, what in _COLUMNS.items()),
        ]
    )
    groups = ([rows.tick, rows.track, *rows.numbers.T] for rows in face_rows(parts, analysis))
    write_groups(folder / NAME, schema, ([pa.array(np.ascontiguousarray(one)) for one in group] for group in groups))


class FaceTable:
    """Faces from `faces.parquet`, read a minute at a time.

    Args:
        path: the file.
        sample_aspect: width of a sample of the tape over its height, for strengths.

    Raises:
        DocumentError: it is missing or no such table.
    """

    def __init__(self, path: Path, sample_aspect: Fraction) -> None:
        self.sample_aspect = sample_aspect
        self._held: OrderedDict[int, FaceRows] = OrderedDict()
        try:
            self._file = pq.ParquetFile(path)
        except (OSError, pa.ArrowException) as error:
            raise DocumentError(f"{path}: cannot be read as a table ({error})", todo="scan the tape again") from error
        if self._file.schema_arrow.names != ["tick", "track", *_COLUMNS]:
            raise DocumentError(f"{path}: is no table of faces", todo="scan the tape again")

    def within(self, ticks: Span) -> tuple[SeenFace, ...]:
        """Faces in ticks [start, stop), in their order."""
        return tuple(face for rows in self._rows(ticks) for face in _seen(rows))

    def of(self, take: Take) -> PictureFaces:
        """The faces of every picture of a shot."""
        return PictureFaces(self, take)

    def digest(self, ticks: Span) -> str:
        """Of all that is known of the faces in ticks [start, stop); empty: there are none."""
        summed, any_rows = hashlib.sha256(str(self.sample_aspect).encode()), False
        for rows in self._rows(ticks):
            any_rows = any_rows or bool(len(rows))
            for numbers, kind in ((rows.tick, "<i4"), (rows.track, "<i4"), (rows.numbers, "<f4")):
                summed.update(numbers.astype(kind).tobytes())
        return summed.hexdigest() if any_rows else ""

    def _rows(self, ticks: Span) -> Iterator[FaceRows]:
        for number in range(self._file.num_row_groups):
            if outside(self._file.metadata.row_group(number).column(0).statistics, ticks):
                continue
            rows = self._group(number)
            first, stop = np.searchsorted(rows.tick, (ticks.start, ticks.stop))
            yield FaceRows(rows.tick[first:stop], rows.track[first:stop], rows.numbers[first:stop])

    def _group(self, number: int) -> FaceRows:
        if number not in self._held:
            while len(self._held) >= _HELD:
                self._held.popitem(last=False)
            table = self._file.read_row_group(number)
            tick, track, *numbers = (column.to_numpy() for column in table.columns)
            self._held[number] = FaceRows(tick, track, np.stack(numbers, 1))
        return self._held[number]


def _seen(rows: FaceRows) -> Iterator[SeenFace]:
    for tick, track, numbers in zip(rows.tick.tolist(), rows.track.tolist(), rows.numbers.tolist(), strict=True):
        yield _face(tick, track, numbers)


def _face(tick: int, track: int, numbers: Any) -> SeenFace:  # noqa: ANN401 - a list of floats
    left, top, right, bottom, *points, confidence, _sharpness = numbers
    landmarks = tuple(zip(points[0::2], points[1::2], strict=True))
    return SeenFace(tick, track, left, top, right, bottom, landmarks, confidence)


class PictureFaces(Mapping[int, tuple[SeenFace, ...]]):
    """The faces of every picture of a shot, by its number, with their strength; read when they are asked for.

    A picture of several ticks has the mean of each face over them. Strengths are told for some seconds at once.

    Args:
        table: of the tape.
        take: how the pictures of the shot lie on the tape.
    """

    def __init__(self, table: FaceTable, take: Take) -> None:
        self._table, self._take = table, take
        around = take.context or take.span
        # a shot that dissolves is shown with the other one at that end: for its strengths it ends beyond its last tick
        self._shot = Span(
            start=max(0, take.span.start - (around.start < take.span.start)),
            stop=take.span.stop + (around.stop > take.span.stop),
        )
        self._block = Span(start=0, stop=0)
        self._faces: dict[int, list[SeenFace]] = {}

    def __getitem__(self, picture: int) -> tuple[SeenFace, ...]:
        if picture not in self._take.pictures:
            raise KeyError(picture)
        tracks: dict[int, list[SeenFace]] = {}
        ticks = self._take.ticks(picture)
        for tick in range(ticks.start, ticks.stop):
            for face in self._at(tick):
                tracks.setdefault(face.track, []).append(face)
        return tuple(_mean(faces) for _, faces in sorted(tracks.items()))

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def __len__(self) -> int:
        return len(self._take.pictures)

    def _at(self, tick: int) -> Sequence[SeenFace]:
        if tick not in self._block:
            shot = self._take.span
            first = shot.start + (tick - shot.start) // BLOCK * BLOCK
            self._block = Span(start=first, stop=min(first + BLOCK, shot.stop))
            self._faces = {}
            near = self._table.within(self._block.grown(MARGIN, shot))
            for face in gated(near, self._table.sample_aspect, self._shot):
                self._faces.setdefault(face.tick, []).append(face)
        return self._faces.get(tick, ())


def _mean(faces: Sequence[SeenFace]) -> SeenFace:
    if len(faces) == 1:
        return faces[0]
    points = np.array([face.landmarks for face in faces]).mean(0)
    left, top, right, bottom, confidence, strength = np.array([(*face[2:6], *face[7:]) for face in faces]).mean(0)
    landmarks = tuple((float(x), float(y)) for x, y in points)
    box = float(left), float(top), float(right), float(bottom)
    return SeenFace(faces[0].tick, faces[0].track, *box, landmarks, float(confidence), float(strength))
