"""No other choice of CRFs looks as good for fewer bytes, and no shot leaves its limits."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encore.encoding.allocation import Options, constant, options, slope
from encore.encoding.curve import Curve, Point
from encore.encoding.quality import CEILING, FLOOR, LIMITS

GRID = np.arange(14, 58.25, 0.25)
HIGH = LIMITS["high"]


def curve(drop: float, grows: float, weight: float, shrinks: float, strain: float = 0.1) -> Curve:
    """A shot that loses `drop` points at CRF 32."""
    return Curve(
        [
            Point(
                crf=crf,
                drop=np.exp(grows * (crf - 32)) * (0.5 + drop) - 0.5,
                strain=strain * drop,
                bytes=weight * 2 ** (shrinks * (crf - 32)),
            )
            for crf in (24.0, 32.0, 40.0)
        ]
    )


shots = st.builds(curve, st.floats(1, 12), st.floats(0.04, 0.2), st.floats(1e4, 1e7), st.floats(-0.2, -0.06))
small = st.builds(
    lambda drops, sizes, seconds: Options(
        np.arange(4.0), np.cumsum(drops), np.cumsum(sizes)[::-1].copy(), seconds
    ),
    st.lists(st.floats(0.1, 3), min_size=4, max_size=4),
    st.lists(st.floats(10, 1e4), min_size=4, max_size=4),
    st.floats(0.5, 10),
)  # fmt: skip


def cost(shots: list[Options], taken: tuple[int, ...]) -> tuple[float, float]:
    seconds = sum(shot.seconds for shot in shots)
    drop = sum(shot.seconds * shot.drops[n] for shot, n in zip(shots, taken, strict=True)) / seconds
    return float(drop), float(sum(shot.bytes[n] for shot, n in zip(shots, taken, strict=True)))


@given(st.lists(small, min_size=1, max_size=4), st.floats(0.5, 9))
def test_no_better_choice_exists_by_more_than_one_step(shots: list[Options], target: float) -> None:
    taken = tuple(int(crf) for crf in slope(shots, target))
    drop, size = cost(shots, taken)
    everything = [cost(shots, choice) for choice in product(range(4), repeat=len(shots))]
    reachable = min(one for one, _ in everything) <= target
    assert drop <= target + 1e-9 or not reachable
    if not reachable:
        assert taken == (0,) * len(shots)
        return
    best = min(bytes_ for one, bytes_ in everything if one <= target + 1e-12)
    step = max(float(np.max(shot.bytes[:-1] - shot.bytes[1:])) for shot in shots)
    assert best <= size + 1e-6 and size - best <= 3 * step


@given(st.lists(shots, min_size=1, max_size=6))
def test_no_shot_leaves_floor_and_ceiling(found: list[Curve]) -> None:
    given_ = [options(one, GRID, HIGH, 4.0) for one in found]
    for one, allowed, crf in zip(found, given_, slope(given_, HIGH.mean), strict=True):
        assert allowed.crfs[0] <= crf <= allowed.crfs[-1]
        assert one.drop(crf) <= HIGH.mean + CEILING or crf == GRID[0]
        assert one.drop(crf) >= HIGH.mean - FLOOR - 0.6 or crf in (allowed.crfs[0], GRID[-1])


@given(st.lists(shots, min_size=2, max_size=6))
def test_slope_is_never_larger_than_constant_at_the_same_mean(found: list[Curve]) -> None:
    same = constant(found, GRID, HIGH)
    allowed = [options(one, GRID, HIGH, 4.0) for one in found]
    if any(crf not in one.crfs for crf, one in zip(same, allowed, strict=True)):
        return
    mean = float(np.mean([one.drop(crf) for one, crf in zip(found, same, strict=True)]))
    spent = sum(float(one.bytes(crf)) for one, crf in zip(found, same, strict=True))
    best = slope(allowed, mean + 1e-9)
    step = max(float(np.max(one.bytes[:-1] - one.bytes[1:], initial=0)) for one in allowed)
    assert sum(float(one.bytes(crf)) for one, crf in zip(found, best, strict=True)) <= spent + step


def test_bytes_go_where_they_show_most() -> None:
    cheap, dear = curve(5, 0.12, 1e5, -0.12), curve(5, 0.06, 4e6, -0.16)
    first, second = slope([options(one, GRID, HIGH, 4.0) for one in (cheap, dear)], HIGH.mean)
    assert first < 32 < second


def test_strain_limits_what_a_shot_may_have() -> None:
    easy, strained = curve(2, 0.1, 1e5, -0.12), curve(2, 0.1, 1e5, -0.12, strain=3)
    one, other = constant([easy, strained], GRID, HIGH)
    assert one > other and float(strained.strain(other)) <= HIGH.mean
    assert slope([], 5.0) == []


def test_shots_that_cannot_keep_the_limits_get_their_best() -> None:
    allowed = options(curve(400, 0.05, 1e6, -0.1), GRID, HIGH, 4.0)
    assert slope([allowed], HIGH.mean) == pytest.approx([GRID[0]])
