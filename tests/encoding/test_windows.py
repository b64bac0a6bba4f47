"""Windows lie inside their shot, do not overlap, and stand for all of it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encore.encoding.windows import LENGTH, MOST, windows


@settings(max_examples=40)
@given(st.integers(1, 2000), st.integers(0, 3))
def test_windows_lie_in_the_shot(frames: int, seed: int) -> None:
    change = np.random.default_rng(seed).gamma(1.5, 2.0, frames) if seed else None
    found = windows(frames, None if change is None else list(change))
    spans = [span for span, _ in found]
    assert 1 <= len(found) <= MOST and sum(weight for _, weight in found) == pytest.approx(1)
    assert spans[0].start >= 0 and spans[-1].stop <= frames
    assert all(a.stop <= b.start for a, b in pairwise(spans))
    assert all(len(span) == LENGTH for span in spans) or len(found) == 1


def test_short_shots_are_tried_whole() -> None:
    assert [(span.start, span.stop) for span, _ in windows(3)] == [(0, 3)]
    assert [(span.start, span.stop) for span, _ in windows(48)] == [(0, 48)]


def test_hard_passages_get_their_share() -> None:
    change = np.ones(900)
    change[600:] = 10
    levels = [change[span.start : span.stop].mean() for span, _ in windows(900, list(change))]
    assert sorted(levels) == pytest.approx([1, 1, 10])
    assert windows(900, [float("nan")] * 900) == windows(900, [1.0] * 900)
