"""Faces of any size, turn and sample shape come to the same place, and what is added there comes back to them."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
import pytest

from encore.restoration.facespace import SIDE, TEMPLATE, Transform, back, into, placed, reach, scale_of, transform_of
from tests.restoration.filmed import Picture

ASPECT = Fraction(8, 9)


def landmarks(
    eyes: float, at: tuple[float, float] = (90.0, 70.0), turn: float = 0.0, aspect: float = 1.0
) -> list[tuple[float, float]]:
    """The template with so many samples (as high as wide) between its eyes, about a place, in samples of the tape."""
    away = (np.array(TEMPLATE) - np.mean(TEMPLATE, axis=0)) @ np.array([1, 1j])
    away = away * (eyes / 62.96) * np.exp(1j * turn)
    return [(at[0] + point.real / aspect, at[1] + point.imag) for point in away]


def world(height: int, width: int, period: float = 40.0) -> Picture:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return (120 + 50 * np.sin(2 * np.pi * x / period) * np.cos(2 * np.pi * y / period)).astype(np.float32)


@pytest.mark.parametrize("aspect", [1.0, 8 / 9, 64 / 45])
@pytest.mark.parametrize("turn", [0.0, 0.4, -1.2])
@pytest.mark.parametrize("eyes", [8.0, 16.0, 90.0])
def test_landmarks_come_to_the_template(eyes: float, turn: float, aspect: float) -> None:
    points = landmarks(eyes, turn=turn, aspect=aspect)
    transform = transform_of(points, aspect)
    assert np.abs(placed(transform, points) - np.array(TEMPLATE)).max() < 1e-6
    across, down = scale_of(transform)
    assert down == pytest.approx(62.96 / (4 * eyes), rel=1e-4) and across == pytest.approx(down * aspect)


def test_what_is_no_similarity_is_fitted() -> None:
    points = landmarks(20)
    points[2] = (points[2][0] + 3, points[2][1])
    transform = transform_of(points, 1)
    assert np.linalg.det(transform[:, :2]) > 0
    assert abs(transform[0, 0] - transform[1, 1]) + abs(transform[0, 1] + transform[1, 0]) < 1e-12
    assert np.abs((placed(transform, points) - np.array(TEMPLATE)).mean(0)).max() < 1e-6
    assert np.isfinite(transform_of([(5.0, 5.0)] * 5, 1)).all()


@pytest.mark.parametrize("eyes", [12.0, 15.0, 17.0, 31.0, 33.0, 70.0])
def test_a_face_lies_where_its_landmarks_say(eyes: float) -> None:
    """A ramp in the picture is the ramp of its places in face space, at any reduction."""
    transform = transform_of(landmarks(eyes, (180.0, 130.0), 0.2, float(ASPECT)), ASPECT)
    y, x = np.mgrid[0 : 4 * 261, 0 : 4 * 363].astype(np.float32)
    inverse = np.asarray(cv2.invertAffineTransform(transform))
    for plane, row in ((x, inverse[0]), (y, inverse[1])):
        found = into(plane, transform)
        down, across = np.mgrid[0:SIDE, 0:SIDE]
        wanted = row[0] * across + row[1] * down + row[2]
        inside = (wanted > 40) & (wanted < plane.max() - 40)
        assert inside.sum() > 1000 and np.abs(found - wanted)[inside].max() < 0.3


@pytest.mark.parametrize("eyes", [9.0, 25.0, 60.0])
@pytest.mark.parametrize("at", [(45.0, 30.0), (2.0, 3.0), (88.0, 58.0)])
def test_a_part_gives_the_same_as_the_whole(eyes: float, at: tuple[float, float]) -> None:
    plane = world(4 * 61, 4 * 91, 15)
    transform = transform_of(landmarks(eyes, at, 0.3), 1)
    left, top, right, bottom = reach(transform, (plane.shape[0], plane.shape[1]))
    assert 0 <= left < right <= plane.shape[1] and 0 <= top < bottom <= plane.shape[0]
    part = plane[top:bottom, left:right]
    assert np.array_equal(into(part, transform, (left, top)), into(plane, transform))


def test_what_is_too_fine_does_not_fold() -> None:
    """A pattern of three samples of the picture is beyond a face space of six samples each."""
    transform = transform_of(landmarks(90, (180.0, 130.0)), 1)
    fine, coarse = (into(world(1040, 1440, period), transform)[64:192, 64:192].std() for period in (3.1, 60))
    assert fine < 0.5 and coarse > 10


def test_sharpness_does_not_jump_with_size() -> None:
    """From far to near, what face space keeps of a pattern of its own changes little from size to size."""
    kept: list[float] = []
    for eyes in np.arange(20, 72, 4.0):
        transform = transform_of(landmarks(eyes, (180.0, 130.0)), 1)
        kept.append(float(into(world(1040, 1440, 6 / scale_of(transform)[0]), transform)[64:192, 64:192].std()))
    assert max(abs(a - b) for a, b in pairwise(kept)) < 0.12 * max(kept)


@pytest.mark.parametrize("eyes", [11.0, 16.0, 40.0])
def test_there_and_back(eyes: float) -> None:
    """What face space can hold comes back as it was; outside of the patch nothing is said."""
    size = (4 * 130, 4 * 180)
    plane = world(*size, 90.0) - 120
    transform = transform_of(landmarks(eyes, (90.0, 65.0), 0.1), 1)
    patch, (left, top, right, bottom) = back(into(plane, transform), transform, size)
    assert patch.shape == (bottom - top, right - left)
    inner = tuple(slice(n // 4, 3 * n // 4) for n in patch.shape)
    assert np.abs(patch - plane[top:bottom, left:right])[inner].max() < 3.5
    assert not back(np.zeros((SIDE, SIDE), np.float32), transform, size)[0].any()


def test_faces_beyond_the_picture() -> None:
    for at in ((-300.0, 50.0), (400.0, 400.0)):
        transform: Transform = transform_of(landmarks(20, at), 1)
        assert np.isfinite(into(world(64, 80), transform)).all()
        patch, (left, top, right, bottom) = back(np.zeros((SIDE, SIDE), np.float32), transform, (64, 80))
        assert patch.shape == (bottom - top, right - left) and left < right <= 80 and top < bottom <= 64
