"""Faces are told once, where the maps say, at any size and in any light."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from encore.analysis.facefinder import SIZES, FaceFinder, extreme, given, levelled
from encore.analysis.facemaps import CHANNELS, STEP, UNIT, Found, once, overlap, told

RELATIVE = ((-0.2, -0.2), (0.2, -0.2), (0.0, 0.0), (-0.15, 0.25), (0.15, 0.25))
"""Landmarks about the middle of a face, in roots of its box's area."""


@dataclass
class OneCard:
    name: str = "faces"
    task: str = "faces"


def said(faces: list[tuple[float, float, float, float]], shape: tuple[int, int], around: int = 1) -> Any:
    """Maps that tell of faces (score, x, y of the middle, side) at the places about their middles."""
    maps = np.zeros((1, CHANNELS, -(-shape[0] // STEP), -(-shape[1] // STEP)), np.float32)
    maps[:, 0] = -10
    for score, x, y, side in faces:
        column, row = int(x / STEP), int(y / STEP)
        for i in range(max(0, row - around), min(maps.shape[2], row + around + 1)):
            for j in range(max(0, column - around), min(maps.shape[3], column + around + 1)):
                here = score if (i, j) == (row, column) else 0.8 * score
                dx, dy = x - (j + 0.5) * STEP, y - (i + 0.5) * STEP
                away = np.array([side / 2 - dx, side / 2 - dy, side / 2 + dx, side / 2 + dy])
                if (away <= 1).any():
                    continue
                points = [((dx + a * side) / side, (dy + b * side) / side) for a, b in RELATIVE]
                maps[0, :, i, j] = [np.log(here / (1 - here)), *np.log(away / UNIT), *np.ravel(points)]
    return maps


@dataclass
class Says:
    """A network that finds bright discs: it tells where the brightest sample is, if it is bright."""

    side: float = 40.0
    seen: list[Any] = field(default_factory=list[Any])
    card: OneCard = field(default_factory=OneCard)

    def __call__(self, planes: Any) -> Any:
        self.seen.append(planes)
        height, width = planes.shape[2:]
        y, x = np.unravel_index(int(planes[0, 0].argmax()), (height, width))
        scale = SIZES[(len(self.seen) - 1) % len(SIZES)]
        return said([(0.9, float(x), float(y), self.side * scale)], (height, width))


def test_a_face_lies_where_its_maps_say() -> None:
    faces = once([told(said([(0.9, 60, 52, 32)], (120, 160))[0], 0.4)], (120, 160))
    assert len(faces) == 1
    face = faces[0]
    assert face.score == pytest.approx(0.9, abs=1e-4)
    assert face[1:5] == pytest.approx((44, 36, 76, 68), abs=1e-3)
    for point, (a, b) in zip(face.landmarks, RELATIVE, strict=True):
        assert point == pytest.approx((60 + 32 * a, 52 + 32 * b), abs=1e-3)


def test_faces_beside_each_other_are_two_and_a_face_in_two_sizes_is_one() -> None:
    shape = (160, 240)
    whole = told(said([(0.9, 60, 60, 40), (0.7, 104, 60, 40)], shape)[0], 0.4)
    half = told(said([(0.8, 30, 30, 20)], (80, 120))[0], 0.4, 2.0)
    faces = once([whole, half], shape)
    assert [round(face.score, 2) for face in faces] == [0.9, 0.7]
    assert faces[0].left == pytest.approx(40, abs=0.5) and faces[1].left == pytest.approx(84, abs=0.5)


def test_the_mean_moves_less_than_a_single_place() -> None:
    random = np.random.default_rng(1)
    best, mean = [], []
    for _ in range(40):
        maps = said([(0.9, 84, 84, 60)], (160, 160))[0]
        maps[5:] += random.normal(0, 0.05, maps[5:].shape)
        faces = told(maps, 0.4)
        best.append(faces[0, 5])
        mean.append(once([faces], (160, 160))[0].landmarks[0][0])
    assert np.std(mean) < 0.6 * np.std(best)
    assert np.mean(mean) == pytest.approx(84 - 0.2 * 60, abs=1)


def test_what_lies_beyond_the_picture_and_what_is_unlikely_is_not_told() -> None:
    maps = said([(0.9, 150, 60, 30), (0.3, 40, 40, 30)], (120, 160))
    assert once([told(maps[0], 0.4)], (120, 140)) == []
    assert len(once([told(maps[0], 0.2)], (120, 160))) == 2


def test_maps_of_a_network_without_training_do_no_harm() -> None:
    maps = np.random.default_rng(0).normal(0, 1e4, (CHANNELS, 6, 8)).astype(np.float32)
    assert all(np.isfinite(face[:5]).all() for face in once([told(maps, 0.4)], (48, 64)))


def test_overlap_is_a_share_of_the_union() -> None:
    union = overlap(np.array([0, 0, 10, 10.0]), np.array([[0, 0, 10, 10], [0, 0, 5, 5], [20, 20, 30, 30.0]]))
    assert union == pytest.approx([1, 0.25, 0])


@pytest.mark.parametrize("shape", [(120, 160), (97, 131)])
@pytest.mark.parametrize(("exposures", "runs"), [(1, 2), (3, 6)])
def test_a_finder_looks_at_two_sizes_and_some_exposures(shape: tuple[int, int], exposures: Any, runs: int) -> None:
    luma = np.full(shape, 90, np.float32)
    luma[60:66, 80:86] = 200
    network = Says()
    faces = FaceFinder(network).found(luma, exposures)
    assert len(network.seen) == runs
    for seen, size in zip(network.seen, SIZES, strict=False):
        assert seen.shape == (1, 1, round(shape[0] * size), round(shape[1] * size))
    assert len(faces) == 1 and isinstance(faces[0], Found)
    assert abs((faces[0].left + faces[0].right) / 2 - 83) < 8


def test_extreme_light_is_looked_at_three_times() -> None:
    even = np.full((96, 128), 100, np.float32)
    dark, burnt = even.copy(), even.copy()
    dark[:] = 30
    burnt[:10] = 235
    assert [extreme(one) for one in (even, dark, burnt)] == [False, True, True]
    network = Says()
    FaceFinder(network).found(dark)
    assert len(network.seen) == 6


def test_light_hardly_changes_what_the_network_sees() -> None:
    random = np.random.default_rng(5)
    scene = np.kron(random.uniform(0.3, 1, (12, 16)), np.ones((16, 16))).astype(np.float32)
    bright, dim = (given(levelled(16 + 219 * scene * gain)) for gain in (1.0, 0.3))
    assert np.corrcoef(bright.ravel(), dim.ravel())[0, 1] > 0.95
    assert dim.std() > 0.5 * bright.std() and (16 + 219 * scene * 0.3).std() < 0.31 * (16 + 219 * scene).std()
    assert levelled(np.full((5, 7), 16, np.uint8)).shape == (5, 7)


def test_a_network_for_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="luma-x4"):
        FaceFinder(Says(card=OneCard("sr", "luma-x4")))
