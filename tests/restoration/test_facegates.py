"""How strongly faces are restored: by size, turn and doubt, slowly, and never at all where they are tiny."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from encore.core.findings import SeenFace
from encore.core.time import Span
from encore.restoration.facegates import CHANGE, TINY, eyes_of, gated, strengths, yaw_of
from encore.restoration.facespace import transform_of
from tests.restoration.test_facespace import landmarks

SHOT = Span(start=100, stop=400)


def track(
    eyes: Sequence[float], start: int = 100, number: int = 1, confidence: float = 0.9, aside: float = 0.0
) -> list[SeenFace]:
    """A face of so many samples between its eyes from tick to tick, with its nose moved aside by halves of that."""
    found: list[SeenFace] = []
    for n, size in enumerate(eyes):
        points = landmarks(size, (200.0, 150.0))
        points[2] = (points[2][0] + aside * size / 2, points[2][1])
        found.append(SeenFace(start + n, number, 180, 120, 220, 180, tuple(points), confidence))
    return found


def test_a_face_through_its_whole_shot_is_restored_whole_and_evenly() -> None:
    assert np.allclose(strengths(track([14] * 300), 1, SHOT), 1)


@pytest.mark.parametrize(("eyes", "share"), [(6, 0), (9.99, 0), (12, 0.5), (14, 1), (24, 0.715), (45, 0), (80, 0)])
def test_size_decides(eyes: float, share: float) -> None:
    assert strengths(track([eyes] * 300), 1, SHOT) == pytest.approx(share, abs=0.01)


def test_eyes_are_measured_in_lines_whatever_the_shape_of_samples() -> None:
    for aspect in (8 / 9, 1.0, 64 / 45):
        assert eyes_of(transform_of(landmarks(20, aspect=aspect), aspect)) == pytest.approx(20, rel=1e-3)


def test_from_far_to_near_nothing_pops() -> None:
    eyes = np.geomspace(5, 80, 300)
    found = strengths(track([float(one) for one in eyes]), 1, SHOT)
    assert (found[eyes < TINY] == 0).all() and found.max() == pytest.approx(0.98, abs=0.03) and found[-1] == 0
    assert np.abs(np.diff(found)).max() <= CHANGE + 1e-9
    sudden = strengths(track([8.0] * 150 + [14.0] * 150), 1, SHOT)
    assert (
        (sudden[:150] == 0).all() and sudden[-1] == pytest.approx(1) and np.abs(np.diff(sudden)).max() <= CHANGE + 1e-9
    )


def test_it_begins_and_ends_softly_unless_a_cut_hides_it() -> None:
    whole, early, late = (
        strengths(track([14] * count, start), 1, SHOT) for count, start in ((300, 100), (200, 100), (200, 200))
    )
    assert whole[[0, -1]].min() > 0.999
    assert early[0] > 0.999 > CHANGE >= early[-1] and late[0] <= CHANGE < 0.999 < late[-1]
    assert np.abs(np.diff(early)).max() <= CHANGE + 1e-9
    assert strengths(track([14] * 300), 1, Span(start=99, stop=401))[[0, -1]].max() <= CHANGE
    assert strengths(track([40], 150), 1, SHOT).max() <= CHANGE


def test_turned_heads_get_less() -> None:
    shares = [strengths(track([14] * 300, aside=aside), 1, SHOT)[150] for aside in (0, 0.3, 1.0, 1.6, 6)]
    assert min(shares[:2]) > 0.99 and 0.5 < shares[2] < 0.9 and shares[3] <= 0.36 and shares[4] < 0.05
    points = landmarks(40)
    assert yaw_of(points, 1) < 1
    points[2] = (points[2][0] - 18, points[2][1])
    assert yaw_of(points, 1) == pytest.approx(45, abs=1)


def test_doubt_counts_when_it_lasts() -> None:
    rows = track([14] * 300)
    short = [face._replace(confidence=0.0) if 150 <= n < 156 else face for n, face in enumerate(rows)]
    long = [face._replace(confidence=0.0) if 100 <= n < 200 else face for n, face in enumerate(rows)]
    assert strengths(short, 1, SHOT).min() > 0.999
    assert strengths(long, 1, SHOT)[150] == 0 and strengths(long, 1, SHOT)[0] > 0.999


def test_every_face_has_its_own() -> None:
    rows = [*track([14] * 300, number=2), *track([7] * 300, number=1), *track([14] * 100, 150, number=3)]
    found = gated(rows, 1, SHOT)
    assert [(face.tick, face.track) for face in found] == sorted((face.tick, face.track) for face in rows)
    most = {number: max(face.strength for face in found if face.track == number) for number in (1, 2, 3)}
    assert most[1] == 0 and most[2] > 0.999 and most[3] > 0.999
    assert gated([], 1, SHOT) == []
