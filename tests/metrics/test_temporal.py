"""Noise is told from motion, and a zigzag from a pan."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from encore.metrics.temporal import motion_roughness, noise_left, seen_by_both, static_flicker, warping_error
from encore.motion.flow import Follower
from tests.motion.scenes import pan


@pytest.mark.parametrize("sigma", [1.0, 3.0, 6.0])
def test_noise_is_found_in_motion(sigma: float) -> None:
    truth = pan((1.5, 0.5), 4, grain=3)
    random = np.random.default_rng(1)
    pictures = [p + random.normal(0, sigma, p.shape).astype(np.float32) for p in truth]
    onward = [Follower().between(a, b)[0] for a, b in pairwise(pictures)]
    # the fetch has averaged a part of its own noise
    assert 0.65 * sigma < noise_left(pictures, onward) < 1.15 * sigma
    assert noise_left(truth, onward) < 0.75


def test_nothing_to_compare() -> None:
    one = pan((0, 0), 1)
    assert noise_left(one, [None]) == 0
    assert noise_left(one * 2, [None]) == 0
    assert motion_roughness(one * 2) == 0


def test_swapped_pictures_zigzag() -> None:
    right = pan((1.5, 0.4), 8, grain=2)
    wrong = [right[n + 1 if n % 2 == 0 else n - 1] for n in range(8)]
    assert motion_roughness(wrong) > 3 * motion_roughness(right)


def test_flicker_is_told_where_nothing_moves() -> None:
    random = np.random.default_rng(1)
    truth = np.tile(np.linspace(20, 200, 64, dtype=np.float32), (48, 1))
    pictures = [truth + random.normal(0, 3, truth.shape).astype(np.float32) for _ in range(12)]
    for number, picture in enumerate(pictures):
        picture[:, :20] += 10 * number
    where = np.zeros(truth.shape, bool)
    where[:, 24:] = True
    assert static_flicker(pictures, where) == pytest.approx(3, rel=0.03)
    assert static_flicker([truth] * 4, where) == 0
    assert static_flicker(pictures[:1], where) is None
    assert static_flicker(pictures, np.zeros_like(where)) is None


def test_warping_error_is_that_of_noise_along_motion() -> None:
    truth = pan((3, 1), 4, grain=3)
    shape = truth[0].shape
    onward, back = (np.broadcast_to(np.float32([s * 3, s * 1]), (*shape, 2)).copy() for s in (-1, 1))
    seen = [seen_by_both(onward, back)] * 3
    still = warping_error(truth, [onward] * 3, seen)
    random = np.random.default_rng(1)
    noisy = [one + random.normal(0, 4, shape).astype(np.float32) for one in truth]
    found = warping_error(noisy, [onward] * 3, seen)
    assert still is not None and found is not None
    assert found - still == pytest.approx(2 * 4**2, rel=0.05)
    assert warping_error(truth[:1], [], []) is None


def test_what_leaves_or_disagrees_is_not_seen_by_both() -> None:
    right = np.zeros((20, 30, 2), np.float32)
    right[..., 0] = 4
    seen = seen_by_both(right, -right)
    assert seen[:, :26].all() and not seen[:, 26:].any()
    assert not seen_by_both(right, right)[:, 5:20].any()
