"""Do pictures between two good ones show what was there, at its place and in its light?"""

from __future__ import annotations

import numpy as np
import pytest

from encore.core.video import Plane
from encore.motion.flow import Flow, Follower
from encore.restoration.between import Gap, Known, beyond, cubic
from encore.restoration.spread import carried, filled
from tests.restoration.filmed import psnr, scene


def _chroma(y: Plane) -> Plane:
    half = y[::2, ::2] - np.float32(128)
    return np.ascontiguousarray(np.dstack([half, -half]))


def _gap(pictures: dict[int, Plane], steps: int) -> Gap:
    follower = Follower()
    before = follower.between(pictures[-1], pictures[0])[1]
    after = follower.between(pictures[steps], pictures[steps + 1])[0]
    one, other = pictures[0], pictures[steps]
    return Gap(Known(one, _chroma(one), before), Known(other, _chroma(other), after), steps)


@pytest.mark.parametrize("steps", [2, 3, 5])
def test_motion_is_met(steps: int) -> None:
    at = scene()
    gap = _gap({n: at(n) for n in (-1, 0, steps, steps + 1)}, steps)
    for step in range(1, steps):
        y, c = gap.picture(step)
        mean = at(0) + (at(steps) - at(0)) * np.float32(step / steps)
        assert psnr(y, at(step)) > max(30.0, psnr(mean, at(step)) + 5)
        assert psnr(c[..., 0], _chroma(at(step))[..., 0]) > psnr(_chroma(mean)[..., 0], _chroma(at(step))[..., 0]) + 3


def test_acceleration_is_met() -> None:
    at = scene(speed=1.0, gain=1.0)
    pictures = {n: at(n) for n in (-1, 0, 3, 4)}
    whole = _gap(pictures, 3).picture(1)[0]
    straight = Gap(
        Known(pictures[0], _chroma(pictures[0]), None), Known(pictures[3], _chroma(pictures[3]), None), 3
    ).picture(1)[0]
    assert psnr(whole, at(1)) > psnr(straight, at(1)) + 3


def test_a_flash_keeps_structure_and_light_lies_between() -> None:
    at = scene()
    light = {-1: 1.0, 0: 1.0, 2: 0.4, 3: 0.4}
    pictures = {n: (at(n) - 16) * np.float32(gain) + 16 for n, gain in light.items()}
    y, _ = _gap(pictures, 2).picture(1)
    expected = (at(1) - 16) * np.float32(np.sqrt(0.4)) + 16
    assert psnr(y, expected) > 28


def test_still_pictures_stay_as_they_are() -> None:
    one = scene()(0)
    y, c = _gap({-1: one, 0: one, 2: one, 3: one}, 2).picture(1)
    assert np.abs(y - one).max() < 0.1
    assert np.abs(c - _chroma(one)).max() < 0.1


def test_beyond_the_last_good_picture_motion_goes_on_and_runs_out() -> None:
    at = scene()
    away = Follower().between(at(0), at(1))[1]
    side = Known(at(1), _chroma(at(1)), away)
    assert psnr(beyond(side, 1)[0], at(2)) > psnr(at(1), at(2)) + 3
    far = beyond(side, 30)[0]
    assert psnr(far, at(3)) > 20
    held = Known(at(1), _chroma(at(1)), None)
    np.testing.assert_array_equal(beyond(held, 2)[0], at(1))


def test_the_cubic_is_exact_for_cubic_motion() -> None:
    def way(time: float) -> float:
        return 0.3 * time + 0.2 * time**2 - 0.05 * time**3

    for steps, step in ((2, 1), (5, 2)):
        first, straight, last = cubic(steps, step)
        bend = first * way(-1) + straight * way(steps) + last * (way(steps + 1) - way(steps))
        assert way(steps) * step / steps + bend == pytest.approx(way(step), abs=1e-5)


def test_odd_and_flat_pictures() -> None:
    flat = np.full((49, 65), 60, np.float32)
    flow: Flow = np.zeros((49, 65, 2), np.float32)
    chroma = np.zeros((25, 33, 2), np.float32)
    y, c = Gap(Known(flat, chroma, flow), Known(flat + 40, chroma, flow), 2).picture(1)
    assert y.shape == (49, 65) and c.shape == (25, 33, 2)
    assert 60 < y.mean() < 100 and np.isfinite(y).all()


def test_carried_content_lands_and_holes_are_filled() -> None:
    values = np.ones((20, 30, 1), np.float32)
    step = np.zeros((20, 30, 2), np.float32)
    step[:, 15:, 0] = 5
    sums, weight = carried(values, step, np.ones((20, 30), np.float32))
    assert weight[10, 16] == 0
    np.testing.assert_allclose(filled(sums, weight), 1, atol=1e-5)
