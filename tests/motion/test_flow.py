"""Flow finds known motion, through changes of light too; fetching and composing follow it."""

from __future__ import annotations

import numpy as np
import pytest

from encore.motion.flow import Follower, composed, disagreement, fetched, places, scaled
from encore.motion.light import BLACK
from tests.motion.scenes import HEIGHT, WIDTH, pan, view, world

INSIDE = (slice(12, -12), slice(12, -12))


def constant(right: float, down: float, size: tuple[int, int] = (HEIGHT, WIDTH)) -> np.ndarray:
    return np.broadcast_to(np.array([right, down], np.float32), (*size, 2)).copy()


@pytest.mark.parametrize("step", [(0.0, 0.0), (1.0, 0.5), (-2.0, 1.0), (0.4, -0.3)])
@pytest.mark.parametrize("light", [1.0, 0.5, 1.8])
def test_motion_is_found_whatever_the_light_does(step: tuple[float, float], light: float) -> None:
    one, other = pan(step, 2)
    there, back = Follower().between(one, (other - BLACK) * np.float32(light) + np.float32(BLACK))
    wanted = constant(-step[0], -step[1])
    near = 0.2 + 0.15 * float(np.hypot(*step))  # these pictures are small: the search starts at an eighth of their size
    assert np.abs(there - wanted)[INSIDE].mean() < near
    assert np.abs(back + wanted)[INSIDE].mean() < near
    assert np.median(disagreement(there, back)[INSIDE]) < 0.3


def test_a_fetch_brings_content_back() -> None:
    whole = world()
    one, other = view(whole), view(whole, 2.5, 1.25)
    found = fetched(other, constant(-2.5, -1.25))
    assert np.abs(found - one)[INSIDE].mean() < 1.0
    both = fetched(np.dstack([other, other * 2]), constant(-2.5, -1.25))
    assert np.allclose(both[..., 0], found) and np.allclose(both[..., 1], 2 * found, rtol=1e-5)


def test_nothing_moves_nothing_changes() -> None:
    one = view(world())
    assert np.array_equal(fetched(one, constant(0, 0)), one)
    assert np.allclose(composed(constant(1.5, -2), constant(0.5, 1)), constant(2, -1))
    assert np.allclose(disagreement(constant(3, 1), constant(-3, -1)), 0)


def test_a_flow_for_chroma_is_in_its_samples() -> None:
    assert np.allclose(scaled(constant(4, 2), (HEIGHT // 2, WIDTH // 2)), constant(2, 1, (HEIGHT // 2, WIDTH // 2)))
    assert np.allclose(scaled(constant(4, 2), (HEIGHT, WIDTH // 4)), constant(1, 2, (HEIGHT, WIDTH // 4)))
    flow = constant(1, 1)
    assert scaled(flow, (HEIGHT, WIDTH)) is flow


def test_places_are_shared_and_safe() -> None:
    assert places(3, 5)[2, 4].tolist() == [4, 2]
    with pytest.raises(ValueError, match="read-only"):
        places(3, 5)[0, 0] = 1
