"""Faces come back from the disk as they were told, for any span of ticks and any way of reading pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from encore.analysis import facepaths
from encore.analysis.faces import FacesQuestion
from encore.analysis.facetold import face_rows
from encore.core.errors import DocumentError
from encore.core.findings import Analysis
from encore.core.time import Span
from encore.execution import facetable
from encore.execution.facetable import FaceTable, write_faces
from encore.restoration.facegates import gated
from encore.tape.reader import Take
from tests.analysis.people import Person, found, parts_of
from tests.planning.facts import INTERLACED, analysis_of

SQUARE = Fraction(1)
PEOPLE = [
    Person(lambda t: 150 + 1.0 * t + 300j, eyes=lambda _t: 30),
    Person(lambda _t: 400 + 200j, seen=lambda frame: 30 < frame < 70),
]


@pytest.fixture
def analysis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Analysis:
    """Of a tape whose `faces.parquet` lies in the folder, in several groups of rows."""
    monkeypatch.setattr(facepaths, "PIECE", 40)
    parts, analysis = parts_of(found(PEOPLE, 120), 120), analysis_of((INTERLACED, INTERLACED), (160,), 120)
    analysis = analysis.model_copy(update=dict(FacesQuestion.over_tape(parts, analysis, ())))
    write_faces(parts, analysis, tmp_path)
    return analysis


def take(span: Span, step: int = 1, context: Span | None = None) -> Take:
    return Take("compensated", "tff", span, np.arange(span.start, span.stop, step), context=context)


def test_every_row_comes_back(tmp_path: Path, analysis: Analysis) -> None:
    table = FaceTable(tmp_path / "faces.parquet", SQUARE)
    parts = parts_of(found(PEOPLE, 120), 120)
    rows = [
        (int(tick), int(track), *numbers)
        for group in face_rows(parts, analysis)
        for tick, track, numbers in zip(group.tick, group.track, group.numbers, strict=True)
    ]
    faces = table.within(Span(start=0, stop=240))
    assert len(faces) == len(rows) > 240
    for face, row in zip(faces, rows, strict=True):
        flat = [face.tick, face.track, *face[2:6], *(axis for point in face.landmarks for axis in point)]
        assert flat == pytest.approx(list(row[:16])) and face.confidence == pytest.approx(row[16])
    some = table.within(Span(start=75, stop=85))
    assert some == tuple(face for face in faces if 75 <= face.tick < 85) and {face.track for face in some} == {0, 1}


@pytest.mark.usefixtures("analysis")
def test_pictures_have_their_faces(tmp_path: Path) -> None:
    table = FaceTable(tmp_path / "faces.parquet", SQUARE)
    span = Span(start=0, stop=160)
    fields, woven = table.of(take(span)), table.of(take(span, 2))
    assert len(fields) == 160 and len(woven) == 80 and list(woven)[-1] == 79
    assert [face.track for face in fields[100]] == [0, 1] and [face.track for face in fields[10]] == [0]
    (one, other), (both,) = (fields[20][0], fields[21][0]), woven[10]
    assert both.left == pytest.approx((one.left + other.left) / 2) and both.tick == 20
    assert np.allclose(both.landmarks, (np.array(one.landmarks) + other.landmarks) / 2)
    assert fields.get(160) is None and 159 in fields


@pytest.mark.usefixtures("analysis")
def test_strengths_are_those_of_the_whole_shot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = FaceTable(tmp_path / "faces.parquet", SQUARE)
    span = Span(start=0, stop=160)
    whole = {(face.tick, face.track): face for face in gated(table.within(span), SQUARE, span)}
    monkeypatch.setattr(facetable, "BLOCK", 48)
    faces = table.of(take(span))
    seen = [face for picture in (150, *range(160), 3) for face in faces[picture]]
    assert {face.strength > 0.5 for face in seen} == {True, False}
    for face in seen:
        assert face.strength == pytest.approx(whole[face.tick, face.track].strength)
    ramped = table.of(take(span, context=Span(start=0, stop=200)))
    assert ramped[159][0].strength < 0.1 < faces[159][0].strength


@pytest.mark.usefixtures("analysis")
def test_the_digest_is_of_the_rows_of_its_span(tmp_path: Path) -> None:
    table = FaceTable(tmp_path / "faces.parquet", SQUARE)
    spans = [Span(start=0, stop=160), Span(start=160, stop=240), Span(start=0, stop=159)]
    digests = [table.digest(span) for span in spans]
    assert len(set(digests)) == 3 and digests == [table.digest(span) for span in spans]
    assert table.digest(Span(start=500, stop=600)) == ""
    moved = [Person(lambda t: 151 + 1.0 * t + 300j, eyes=lambda _t: 30, seen=lambda frame: frame >= 80)]
    parts, analysis = parts_of(found(moved, 120), 120), analysis_of((INTERLACED, INTERLACED), (160,), 120)
    analysis = analysis.model_copy(update=dict(FacesQuestion.over_tape(parts, analysis, ())))
    write_faces(parts, analysis, tmp_path)
    other = FaceTable(tmp_path / "faces.parquet", SQUARE)
    assert other.digest(spans[0]) == "" and other.digest(spans[1]) not in ("", digests[1])


def test_nobody_makes_an_empty_table(tmp_path: Path) -> None:
    write_faces(parts_of({}, 60), analysis_of(frames=60), tmp_path)
    table = FaceTable(tmp_path / "faces.parquet", SQUARE)
    assert table.within(Span(start=0, stop=120)) == () and table.of(take(Span(start=0, stop=120)))[5] == ()
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]


@pytest.mark.parametrize("content", [None, b"PAR1 and no more"])
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "faces.parquet").write_bytes(content)
    with pytest.raises(DocumentError, match="cannot be read"):
        FaceTable(tmp_path / "faces.parquet", SQUARE)
