from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from encore.analysis.questions import QUESTIONS
from encore.reporting.plots import HEIGHT, POINTS, TRACKS, Track, envelope, plot, plots_of

TRACK = Track("noise.luma", "Noise", "codes", "Noise", "")


def _coordinates(path):
    return [tuple(map(float, pair.split())) for pair in re.split("[MLZ]", path) if pair]


@given(stn.arrays(np.float64, st.integers(1, 400), elements=st.floats(-1e6, 1e6) | st.just(np.nan)), st.integers(1, 90))
def test_envelope_loses_no_peak(numbers, most):
    low, high = envelope(numbers, most)
    assert len(low) == len(high) == min(most, len(numbers))
    if np.isnan(numbers).all():
        assert np.isnan(low).all()
    else:
        assert np.nanmin(low) == np.nanmin(numbers) and np.nanmax(high) == np.nanmax(numbers)
    assert (np.isnan(low) == np.isnan(high)).all() and (low <= high)[~np.isnan(low)].all()


@given(stn.arrays(np.float32, st.integers(0, 300), elements=st.floats(width=32)), st.integers(1, 90))
def test_any_column_can_be_drawn(column, most):
    drawn = plot(TRACK, column, most)
    if drawn is None:
        assert not np.isfinite(column).any()
        return
    points = _coordinates(drawn.path)
    assert all(0 <= x <= drawn.points and -0.1 <= y <= HEIGHT + 0.1 for x, y in points)
    assert drawn.floor < drawn.ceiling and drawn.floor <= 0


def test_long_tapes_are_short_curves_with_every_flash():
    column = np.zeros(216_000, np.float32)
    column[123_456] = 1
    drawn = plot(TRACK, column)
    assert drawn.points == POINTS and drawn.high[123_456 * POINTS // 216_000] == 1
    assert drawn.peak == 1 and len(drawn.path) < 60_000


def test_sampled_columns_are_lines_and_gaps_are_gaps():
    column = np.full(300, np.nan, np.float32)
    column[0:100:5] = 2
    column[200:300:5] = 3
    path = plot(TRACK, column).path
    assert path.count("M") == 2
    assert not any(101 < x < 199 for x, _ in _coordinates(path))


def test_new_shots_are_spikes_and_not_joined():
    column = np.full(500, np.nan, np.float32)
    column[[100, 400]] = 0.9
    (drawn,) = plots_of({"shots.cut": column})
    assert drawn.path.count("M") == 1 and drawn.high[99:102] == (0, 0.9, 0) and drawn.low[250] == 0


def test_a_single_peak_does_not_press_the_rest_flat():
    column = np.full(1000, 2, np.float32)
    column[500] = 200
    drawn = plot(TRACK, column)
    assert drawn.ceiling == pytest.approx(5) and drawn.peak == 200
    assert min(y for _, y in _coordinates(drawn.path)) == 0


def test_factors_and_digits():
    drawn = plot(Track("light.top", "Exposure", "%", "Light", "", 100), np.array([0.123456, 0.5], np.float32))
    assert drawn.low == (12.35, 50.0)


def test_several_numbers_per_frame_and_lengths():
    clipped = np.array([[0.1, 0.3, np.nan], [np.nan] * 3, [0.0, 0.0, 0.2]], np.float32)
    series = {"light.clipped": clipped, "motion.right": np.float32([3, -3, 0]), "motion.down": np.float32([4, 4, -2])}
    light, camera = plots_of(series)
    assert light.high == (30, None, 20) and camera.low == (5, 5, 2)
    assert plots_of({"motion.right": series["motion.right"]}) == ()


def test_only_known_columns_are_drawn_in_the_order_of_the_page():
    series = {
        "sharpness.blur": np.ones(9, np.float32), "light.top": np.ones(9, np.float32),
        "fields.detail": np.ones(9, np.float32), "noise.luma": np.full(9, np.nan, np.float32),
        "light.clipped": np.zeros((9, 0), np.float32), "noise.chroma": np.zeros(0, np.float32),
    }  # fmt: skip
    assert [one.track.column for one in plots_of(series)] == ["light.top", "sharpness.blur"]
    assert plots_of({}) == ()


def test_every_curve_has_a_column_that_the_scan_keeps():
    kept = {f"{question.name}.{column.name}" for question in QUESTIONS for column in question.columns if column.kept}
    assert {name for track in TRACKS for name in (track.column, track.across) if name} <= kept
    assert len({track.column for track in TRACKS}) == len(TRACKS)
