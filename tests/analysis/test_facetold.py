"""Tracks end with their shots, keep their numbers from piece to piece, and are told as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encore.analysis import facepaths
from encore.analysis.facepaths import Scene
from encore.analysis.faces import FacesQuestion
from encore.analysis.facetold import FaceRows, face_rows, face_tracks, yaws
from encore.analysis.part import Part, Parts
from encore.core.findings import Analysis, Transition
from encore.core.time import Span
from tests.analysis.people import Person, found, parts_of
from tests.planning.facts import BOTTOM, INTERLACED, OFFSET, PROGRESSIVE, analysis_of

STANDING = Person(lambda _t: 300 + 200j)
WALKING = Person(lambda t: 150 + 1.0 * t + 300j, eyes=lambda _t: 30)


def told(parts: Parts, analysis: Analysis) -> Analysis:
    return analysis.model_copy(update=dict(FacesQuestion.over_tape(parts, analysis, ())))


def rows_of(parts: Parts, analysis: Analysis) -> FaceRows:
    rows = list(face_rows(parts, told(parts, analysis)))
    return FaceRows(*(np.concatenate([getattr(one, name) for one in rows]) for name in ("tick", "track", "numbers")))


def test_every_tick_of_the_shot_has_its_face() -> None:
    parts, analysis = parts_of(found([WALKING], 60), 60), analysis_of(frames=60)
    rows = rows_of(parts, analysis)
    assert rows.tick.tolist() == list(range(120)) and set(rows.track) == {0}
    shape = float(analysis.sample_aspect)
    true = np.array([WALKING.landmarks(tick) for tick in range(120)])
    places = rows.numbers[:, 4:14].reshape(-1, 5, 2)
    # the tape's samples are those in which the search tells places: here the samples of the truth
    assert np.abs(places[..., 0] + 1j * places[..., 1] - true)[4:-4].max() < 1.5
    assert rows.numbers[:, 14] == pytest.approx(0.9) and rows.numbers[:, 15] == pytest.approx(0.5)
    assert shape != 1


def test_the_summary_says_who_it_is() -> None:
    analysis = analysis_of(frames=60, shape=1)  # type: ignore[arg-type]
    (track,) = told(parts_of(found([WALKING], 60), 60), analysis).shots[0].faces or ()
    assert (track.number, track.span) == (0, Span(start=0, stop=120))
    assert track.size == pytest.approx(30, rel=0.02) and track.smallest <= track.size <= track.largest
    assert (track.sharpness, track.exposure, track.clipped) == pytest.approx((0.5, 0.4, 0.01))
    assert track.light == pytest.approx((0.25, 0.5, 1.0)) and track.confidence == pytest.approx(0.9)
    assert abs(track.yaw_deg) < 2 and track.turned_deg < 8 and track.occluded == 0


def test_turned_heads_are_told_from_their_nose() -> None:
    for turn in (-40, 0, 25):
        angle = np.radians(turn)
        points = np.array([-0.5 * np.cos(angle), 0.5 * np.cos(angle), 0.44 * np.sin(angle) + 0.5j, 1j, 1j])
        assert yaws(points[None] * np.exp(0.3j)) == pytest.approx([turn], abs=0.1)


@pytest.mark.parametrize("scan", [INTERLACED, BOTTOM, PROGRESSIVE, OFFSET])
def test_faces_are_where_they_were_when_their_field_was_taken(scan) -> None:
    analysis = analysis_of((scan,), frames=60, shape=1)  # type: ignore[arg-type]
    rows = rows_of(parts_of(found([WALKING], 60, noise=0.0, parity=int(scan.order == "bff")), 60), analysis)
    middle = rows.numbers[:, 4:14:2].mean(1) - 150
    moment = {INTERLACED: 0.0, BOTTOM: 0.0, PROGRESSIVE: -0.5, OFFSET: 0.5}[scan]  # of a picture's two ticks together
    assert (middle - rows.tick)[4:-4] == pytest.approx(moment, abs=0.05)


@settings(max_examples=15)
@given(st.integers(13, 100), st.integers(0, 100))
def test_no_track_crosses_a_cut(cut: int, seed: int) -> None:
    analysis = analysis_of((INTERLACED, INTERLACED), (cut,), frames=60)
    parts = parts_of(found([STANDING, WALKING], 60, noise=0.04, false=0.2, seed=seed), 60)
    known = told(parts, analysis)
    for shot in known.shots:
        for track in shot.faces or ():
            assert shot.span.start <= track.span.start < track.span.stop <= shot.span.stop
    first, second = (shot.faces or () for shot in known.shots)
    for shot, faces in zip(known.shots, (first, second), strict=True):
        assert sum(face.span == shot.span for face in faces) == 2


def test_a_dissolve_leaves_one_track_to_each_shot() -> None:
    """The other shot's face is seen before the middle of the dissolve, and this one's after it."""
    first = Person(lambda _t: 200 + 200j, seen=lambda frame: frame < 66)
    second = Person(lambda _t: 450 + 220j, seen=lambda frame: frame >= 54)
    analysis = analysis_of((INTERLACED, INTERLACED), (120,), frames=120)
    way = Transition(kind="dissolve", span=Span(start=100, stop=140), score=1.0)
    analysis = analysis.model_copy(update={"transitions": (way,)})
    known = told(parts_of(found([first, second], 120), 120), analysis)
    assert [[track.span for track in shot.faces or ()] for shot in known.shots] == [
        [Span(start=0, stop=120)], [Span(start=120, stop=240)]
    ]  # fmt: skip


def test_what_is_short_or_never_sure_is_dropped() -> None:
    short = Person(lambda _t: 200 + 200j, seen=lambda frame: 20 <= frame < 26)
    unsure = Person(lambda _t: 400 + 200j, score=0.45)
    known = told(parts_of(found([short, unsure], 60), 60), analysis_of(frames=60))
    assert known.shots[0].faces == ()


def test_what_is_mostly_faint_is_dropped_and_faint_ends_are_cut() -> None:
    rows = found([STANDING, WALKING], 90)
    for frame, several in rows.items():
        several[0][0] = 0.9 if frame % 8 == 0 else 0.3
        several[1][0] = 0.9 if frame < 50 else 0.3
    (track,) = told(parts_of(rows, 90), analysis_of(frames=90)).shots[0].faces or ()
    assert track.size == pytest.approx(30, rel=0.1) and track.span == Span(start=0, stop=2 * 60 + 3)


def test_nobody_looked() -> None:
    nobody = Parts([Span(start=0, stop=60)])
    nobody.add(Part(Span(start=0, stop=60), {}))
    unseen = parts_of({}, 60)
    for parts in (nobody, unseen):
        known = told(parts, analysis_of(frames=60))
        assert known.shots[0].faces is None and list(face_rows(parts, known)) == []
    empty = told(parts_of(found([], 60), 60), analysis_of(frames=60))
    assert empty.shots[0].faces == ()


def test_pieces_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers and places are the same, however long a shot may be followed at once, and in whatever parts it lies."""
    people = [WALKING, STANDING, Person(lambda _t: 550 + 100j, seen=lambda frame: 230 < frame < 260)]
    rows = found(people, 400, noise=0.03, false=0.1)
    analysis = analysis_of(frames=400)
    whole, parts = rows_of(parts_of(rows, 400), analysis), parts_of(rows, 400, longest=75)
    known = face_tracks(parts, Scene.of(analysis, 0))
    monkeypatch.setattr(facepaths, "PIECE", 90)
    pieces = rows_of(parts, analysis)
    assert np.array_equal(whole.tick, pieces.tick) and np.array_equal(whole.track, pieces.track)
    # how much the search errs is told anew for every piece, so windows may differ
    assert np.sqrt(((whole.numbers - pieces.numbers) ** 2).mean()) < 0.2 and set(whole.track) == {0, 1, 2}
    assert [one.span for one in face_tracks(parts, Scene.of(analysis, 0)) or ()] == [one.span for one in known or ()]


def test_an_occluded_face_is_bridged_without_belief() -> None:
    hidden = replace(STANDING, seen=lambda frame: not 20 < frame < 32)
    parts, analysis = parts_of(found([hidden], 60), 60), analysis_of(frames=60)
    rows = rows_of(parts, analysis)
    assert rows.tick.tolist() == list(range(120))
    assert (rows.numbers[44:60, 14] == 0).all() and rows.numbers[70:, 14] == pytest.approx(0.9)
    (track,) = told(parts, analysis).shots[0].faces or ()
    assert track.occluded == pytest.approx(5 / 30)
