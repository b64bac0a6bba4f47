"""Tables: every frame a row, every kept column with its meaning, places as boxes; broken files are refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from encore.analysis.look import Look
from encore.analysis.part import Part, Parts, marks_table
from encore.analysis.question import Column, Question
from encore.core.errors import DocumentError, OutputError
from encore.core.findings import Mark
from encore.core.time import Span
from encore.execution.table import FrameTable, MarkTable, write_tables
from tests.planning.facts import INTERLACED, analysis_of

SPANS = (Span(start=0, stop=4), Span(start=4, stop=10))


class Light(Question):
    """Not asked; only its columns count."""

    name = "light"
    columns = (
        Column("level", "mean, codes"),
        Column("rgb", "share of each", shape=(3,)),
        Column("own", "-", kept=False),
    )

    def observe(self, now: Look) -> None:
        """Nothing."""


def parts(marks: Sequence[Mark] = ()) -> Parts:
    made = Parts(SPANS)
    for span in SPANS:
        level = np.arange(span.start, span.stop, dtype=np.float32)
        level[0] = np.nan
        rgb = np.stack([level, level + 1, level + 2], 1)
        rows = {"light.level": level, "light.rgb": rgb, "light.own": level}
        made.add(Part(span, rows, marks_table(marks, span)))
    return made


def test_every_frame_is_a_row(tmp_path: Path) -> None:
    analysis = analysis_of((INTERLACED, INTERLACED), (6,), frames=10)
    write_tables(parts(), analysis, [Light], tmp_path)
    table = pq.read_table(tmp_path / "frames.parquet")
    assert table.column_names == ["frame", "seconds", "shot", "light.level", "light.rgb"]
    assert table["frame"].to_pylist() == list(range(10))
    assert table["shot"].to_pylist() == [0, 0, 0, 1, 1, 1, 1, 1, 1, 1]
    assert table["seconds"][3].as_py() == pytest.approx(3 * 1001 / 30000)
    assert table["light.level"].to_pylist()[:6] == [None, 1, 2, 3, None, 5]
    assert table.schema.field("light.level").metadata[b"what"] == b"mean, codes"
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]


def test_columns_are_read_back_by_name(tmp_path: Path) -> None:
    write_tables(parts(), analysis_of(frames=10), [Light], tmp_path)
    frames = FrameTable(tmp_path / "frames.parquet")
    assert set(frames) == {"light.level", "light.rgb"} and len(frames) == 2
    assert frames["light.level"].dtype == np.float32 and np.isnan(frames["light.level"][[0, 4]]).all()
    assert frames["light.rgb"].shape == (10, 3) and frames["light.rgb"][9].tolist() == [9, 10, 11]
    with pytest.raises(KeyError):
        frames["light.own"]


def test_places_are_boxes(tmp_path: Path) -> None:
    marks = [Mark(5, "snow", 0, 0, 720, 480), Mark(2, "dropout", 8, 100, 40, 102)]
    write_tables(parts(marks), analysis_of(frames=10), [Light], tmp_path)
    found = pq.read_table(tmp_path / "marks.parquet").to_pylist()
    assert [tuple(row.values()) for row in found] == [(2, "dropout", 8, 100, 40, 102), (5, "snow", 0, 0, 720, 480)]


def test_the_same_tables_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_tables(parts(), analysis_of(frames=10), [Light], tmp_path / name)
    assert (tmp_path / "a/frames.parquet").read_bytes() == (tmp_path / "b/frames.parquet").read_bytes()


@pytest.mark.parametrize("content", [None, b"", b"PAR1 and no more"])
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "frames.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DocumentError, match="no table of frames"):
        FrameTable(path)


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"frames\.parquet"):
        write_tables(parts(), analysis_of(frames=10), [Light], tmp_path / "gone")


def test_places_are_found_by_frame(tmp_path: Path) -> None:
    marks = [Mark(n, kind, 4, 2 * n, 20, 2 * n + 2) for n, kind in ((1, "dropout"), (3, "macroblock"), (8, "scratch"))]  # type: ignore[arg-type]
    write_tables(parts(marks), analysis_of((INTERLACED,), frames=10), [Light], tmp_path)
    table = MarkTable(tmp_path / "marks.parquet")
    assert table.within(Span(start=0, stop=10)) == marks
    assert table.within(Span(start=3, stop=8)) == marks[1:2]
    assert table.within(Span(start=4, stop=8)) == []
    known = table.marked(area=320)
    assert known.covered == {3: pytest.approx(0.1)} and list(known.torn) == [1, 3]


def test_a_table_of_places_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        MarkTable(tmp_path / "marks.parquet")
