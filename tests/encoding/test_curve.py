"""Curves never turn back, pass through what was measured, and answer with a CRF of the grid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encore.encoding.curve import TYPICAL_SLOPE, Curve, Point, hermite, rising, tangents

GRID = np.arange(14, 58.25, 0.25)
points = st.lists(
    st.builds(
        Point,
        crf=st.integers(14, 58).map(float),
        drop=st.floats(0, 60),
        strain=st.floats(0, 60),
        bytes=st.floats(1e3, 1e7),
    ),
    min_size=1,
    max_size=4,
)


def point(crf: float, drop: float, weight: float = 1e5, strain: float = 0.0) -> Point:
    return Point(crf=crf, drop=drop, strain=strain, bytes=weight)


@given(points)
def test_curves_are_monotone_whatever_was_measured(found: list[Point]) -> None:
    curve = Curve(found)
    assert np.all(np.diff(curve.drop(GRID)) >= 0) and np.all(np.diff(curve.strain(GRID)) >= 0)
    assert np.all(np.diff(curve.bytes(GRID)) < 0)
    assert np.all(np.isfinite(curve.drop(GRID))) and np.all(curve.drop(GRID) >= 0)


@given(points, st.floats(0, 20), st.floats(0, 20))
def test_the_largest_crf_keeps_both_limits_or_is_the_smallest(found: list[Point], drop: float, strain: float) -> None:
    curve = Curve(found)
    crf = curve.largest(GRID, drop, strain)
    assert crf in GRID
    kept = curve.drop(crf) <= drop and curve.strain(crf) <= strain
    assert kept or crf == GRID[0]
    if kept and crf < GRID[-1]:
        assert curve.drop(crf + 0.25) > drop or curve.strain(crf + 0.25) > strain


def test_a_curve_passes_through_its_probes_and_bends_as_vmaf_does() -> None:
    true = {crf: float(np.exp(0.1 * (crf - 32)) * 3 - 0.5) for crf in (24, 32, 40)}
    curve = Curve([point(crf, drop, 2e6 * 2 ** (-0.12 * crf)) for crf, drop in true.items()])
    for crf, drop in true.items():
        assert curve.drop(crf) == pytest.approx(drop, abs=1e-6)
    assert curve.drop(36) == pytest.approx(np.exp(0.4) * 3 - 0.5, rel=1e-3)
    assert curve.drop(46) == pytest.approx(np.exp(1.4) * 3 - 0.5, rel=1e-3)
    assert curve.bits == pytest.approx(-0.12) and curve.slope == pytest.approx(0.1)


def test_saturated_probes_say_nothing_about_the_slope() -> None:
    curve = Curve([point(14, 0.0), point(30, 2.0), point(36, 4.0)])
    assert curve.slope == pytest.approx(np.log(4.5 / 2.5) / 6)


def test_one_probe_is_extended_by_what_is_typical() -> None:
    assert Curve([point(30, 4.5)]).drop(34) == pytest.approx(np.exp(4 * TYPICAL_SLOPE) * 5 - 0.5)


def test_contradicting_probes_are_averaged() -> None:
    made = rising(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0]))
    assert made[0] == pytest.approx(1.0) and made[1:] == pytest.approx([2.5, 2.5], abs=0.01) and made[2] > made[1]


def test_pchip_is_the_published_one() -> None:
    interpolate = pytest.importorskip("scipy.interpolate")
    x, y = np.array([0.0, 1.0, 3.0, 4.0, 8.0]), np.array([0.0, 2.0, 2.5, 6.0, 6.5])
    inside = np.linspace(1, 4, 31)  # at the ends, SciPy chooses other slopes
    assert np.allclose(hermite(x, y, tangents(x, y), inside), interpolate.PchipInterpolator(x, y)(inside))
