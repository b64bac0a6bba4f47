"""Flows over several pictures are put together from steps and end where a step is missing."""

from __future__ import annotations

import numpy as np
import pytest

from encore.motion.align import chained, trueness


def step_of(size: tuple[int, int], ends: set[tuple[int, int]]):
    def step(at: int, side: int) -> np.ndarray | None:
        if (at, side) in ends:
            return None
        return np.broadcast_to(np.array([side * (at + 1.0), 0.5 * side], np.float32), (*size, 2)).copy()

    return step


def test_steps_add_up() -> None:
    found = dict(chained(step_of((8, 8), set()), 3, 3))
    assert list(found) == [1, 2, 3, -1, -2, -3]
    assert found[3][4, 4].tolist() == [4 + 5 + 6, 1.5]
    assert found[-2][4, 4].tolist() == [-(4 + 3), -1.0]


def test_a_missing_step_ends_its_side_only() -> None:
    assert [offset for offset, _ in chained(step_of((8, 8), {(4, 1)}), 3, 3)] == [1, -1, -2, -3]
    assert list(chained(step_of((8, 8), {(3, 1), (3, -1)}), 3, 3)) == []


@pytest.mark.parametrize("parity", [0, 1])
def test_trueness_is_highest_on_true_lines(parity: int) -> None:
    flow = np.zeros((10, 4, 2), np.float32)
    still = trueness(flow, parity)
    assert np.allclose(still[parity::2], 1) and (still[1 - parity :: 2] < 0.05).all()
    flow[..., 1] = 1
    assert np.allclose(trueness(flow, parity)[1 - parity :: 2], 1)
    flow[..., 1] = 0.5
    assert np.ptp(trueness(flow, parity)) < 1e-5
    assert np.array_equal(trueness(flow, parity, slice(1, None, 2)), trueness(flow, parity)[1::2])
