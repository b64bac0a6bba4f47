"""Runs that belong to a lost piece are kept with it; slanted things are told from it."""

from __future__ import annotations

import numpy as np

from encore.analysis.linepieces import continued, grown, long_runs


def test_gaps_are_closed_and_short_runs_dropped() -> None:
    strength = np.zeros((20, 120), np.uint8)
    strength[5, 10:30] = 2
    strength[5, 34:60] = 1
    strength[12, 50:56] = 2
    runs, strong = long_runs(strength, 10, 9)
    assert runs.tolist() == [[5, 10, 60]]
    assert strong.tolist() == [True]


def test_a_faint_run_is_kept_beside_a_lost_one_only() -> None:
    strength = np.zeros((20, 120), np.uint8)
    strength[5, 10:50] = 2
    strength[6, 12:50] = 1
    strength[14, 12:50] = 1
    runs, strong = long_runs(strength, 10, 9)
    assert strong.tolist() == [True, False, False]
    assert grown(runs, strong, (20, 120), 9).tolist() == [True, True, False]
    assert not grown(runs, np.zeros(3, np.bool_), (20, 120), 9).any()


def test_a_loss_grows_over_two_lines_to_either_side_at_most() -> None:
    runs = np.array([[line, 10, 50] for line in range(10)])
    kept = grown(runs, runs[:, 0] == 4, (10, 60), 9)
    assert np.flatnonzero(kept).tolist() == [2, 3, 4, 5, 6]


def test_what_goes_on_a_line_lower_is_slanted() -> None:
    thin = np.zeros((20, 120), np.uint8)
    thin[5, 20:50], thin[6, 50:90] = 80, 80
    thin[12:15, 20:50] = 80
    runs = np.array([[5, 20, 50], [13, 20, 50]])
    assert continued(runs, thin, chroma=False).tolist() == [True, False]
    assert not continued(runs[1:], thin, chroma=True).any()
