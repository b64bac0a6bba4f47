"""Noise is told from motion, and a zigzag from a pan."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from encore.metrics.temporal import motion_roughness, noise_left
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
