"""Repeats with a beat are a cadence, repeats without one are faults."""

from hypothesis import given
from hypothesis import strategies as st

from encore.analysis.cadence import sort_repeats
from encore.core.time import Span


def single(starts: list[int]) -> list[Span]:
    return [Span(start=at, stop=at + 1) for at in starts]


@given(beat=st.integers(2, 8), first=st.integers(1, 50), count=st.integers(8, 60))
def test_a_beat_is_no_fault(beat: int, first: int, count: int) -> None:
    told = sort_repeats(single([first + beat * n for n in range(count)]))
    assert told.faults == ()
    assert told.breaks == ()


@given(starts=st.lists(st.integers(1, 2000), max_size=12, unique=True))
def test_every_fault_is_one_of_the_runs(starts: list[int]) -> None:
    runs = single(sorted(starts))
    told = sort_repeats(runs)
    assert set(told.faults) <= set(runs)


def test_a_few_repeats_are_faults() -> None:
    runs = single([10, 17, 48, 90])
    assert sort_repeats(runs).faults == tuple(runs)
    assert sort_repeats([]).faults == ()


def test_a_slow_picture_without_a_beat_is_no_fault() -> None:
    starts = [3, 5, 8, 10, 12, 15, 17, 20, 22, 24, 27, 29, 32, 34, 37, 39]
    assert sort_repeats(single(starts)).faults == ()


def test_a_beat_that_starts_anew_is_a_break() -> None:
    starts = [5 * n for n in range(1, 9)] + [43 + 5 * n for n in range(8)]
    assert sort_repeats(single(starts)).breaks == (43,)


def test_a_beat_that_pauses_in_a_still_moment_is_none() -> None:
    starts = [5 * n for n in range(1, 30) if n not in (12, 13)]
    assert sort_repeats(single(starts)) == sort_repeats(single(starts[:0]))
