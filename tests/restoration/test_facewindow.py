"""What a face network sees: neighbours that agree, worths that tell where, and contrast brought to one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from encore.restoration.facewindow import CHANNELS, LEAST_STD, agreeing, face_window
from tests.restoration.filmed import Picture


def face(seed: int = 1, noise: float = 0.0) -> Picture:
    random = np.random.default_rng(5)
    white: Picture = random.normal(0, 1, (256, 256)).astype(np.float32)
    made: Picture = np.asarray(cv2.GaussianBlur(white, (0, 0), 4), np.float32) * 300 + 110
    return (made + np.random.default_rng(seed).normal(0, noise, made.shape)).astype(np.float32)


def test_one_face_seen_three_times() -> None:
    crops = np.stack([face(n, 1.0) for n in range(3)])
    made, std = face_window(crops, 1.0)
    assert made.shape == (CHANNELS, 256, 256) and made.dtype == np.float32
    assert std == pytest.approx(float(crops[1].std()), rel=1e-4)
    assert np.abs(made[1] - (crops[1] - crops[1].mean()) / std).max() < 1e-4
    assert abs(made[1].mean()) < 1e-4 and made[1].std() == pytest.approx(1, abs=1e-3)
    assert np.allclose(made[3], 1 / std) and made[4:].mean() > 0.9
    assert np.abs(made[0] - (crops[0] - crops[1].mean()) / std).mean() < 0.02


def test_missing_neighbours_are_worth_nothing() -> None:
    made, _ = face_window((None, face(), None), 2.0)
    assert np.array_equal(made[0], made[1]) and np.array_equal(made[2], made[1]) and not made[4:].any()


def test_where_something_else_is_seen_the_picture_stands_for_it() -> None:
    own, other = face(), face()
    other[40:90, 60:120] += 90
    made, _ = face_window((other, own, own.copy()), 2.0)
    assert made[4, 50:80, 70:110].max() < 1e-3 and np.array_equal(made[5], np.ones_like(made[5]))
    assert np.abs(made[0] - made[1])[50:80, 70:110].max() < 1e-3
    assert made[4, 150:, 150:].min() > 0.99


def test_another_light_is_no_other_face() -> None:
    own = face()
    found, worth = agreeing(own, (own - 16) * 0.8 + 16, 1.0)
    assert worth.mean() > 0.8 and np.abs(found - own).mean() < 1.5


def test_noise_can_differ_from_place_to_place() -> None:
    sigma = np.linspace(1, 4, 256 * 256, dtype=np.float32).reshape(256, 256)
    made, std = face_window((face(), face(), face()), sigma)
    assert np.allclose(made[3], sigma / std)


def test_flat_faces_are_not_brought_up() -> None:
    made, std = face_window(np.full((3, 256, 256), 20, np.float32), 1.0)
    assert std == LEAST_STD and np.abs(made[:3]).max() < 1e-6 and np.isfinite(made).all()
