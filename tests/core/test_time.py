"""Spans cover without overlap; timecodes read as people expect."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from encore.core.time import Span, timecode

spans = st.tuples(st.integers(0, 500), st.integers(0, 500)).map(lambda e: Span(start=min(e), stop=max(e)))


@given(spans)
def test_length_and_members_agree(span: Span) -> None:
    assert len(span) == sum(n in span for n in range(510))
    assert span.stop not in span


@given(spans, spans)
def test_within_is_the_intersection(a: Span, b: Span) -> None:
    both = a.within(b)
    assert [n for n in range(510) if n in both] == [n for n in range(510) if n in a and n in b]
    assert b.start <= both.start <= both.stop <= b.stop


@given(spans, st.integers(0, 50), spans)
def test_grown_stays_within(span: Span, halo: int, other: Span) -> None:
    whole = Span(start=min(span.start, other.start), stop=max(span.stop, other.stop))
    grown = span.grown(halo, whole)
    assert whole.start <= grown.start <= span.start
    assert span.stop <= grown.stop <= whole.stop
    assert span.start - grown.start in (halo, span.start - whole.start)
    assert grown.stop - span.stop in (halo, whole.stop - span.stop)


@given(spans, st.integers(1, 100))
def test_pieces_cover_without_overlap(span: Span, longest: int) -> None:
    pieces = list(span.pieces(longest))
    assert pieces[0].start == span.start and pieces[-1].stop == span.stop
    assert all(a.stop == b.start for a, b in pairwise(pieces))
    lengths = [len(piece) for piece in pieces]
    assert max(lengths) <= longest
    assert max(lengths) - min(lengths) <= 1
    assert len(pieces) == max(1, -(-len(span) // longest))


@pytest.mark.parametrize(("start", "stop"), [(2, 1), (-1, 3)])
def test_no_span_runs_backwards_or_before_zero(start: int, stop: int) -> None:
    with pytest.raises(ValidationError):
        Span(start=start, stop=stop)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (Fraction(0), "0:00:00.000"),
        (Fraction(1001, 30000), "0:00:00.033"),
        (Fraction(3661), "1:01:01.000"),
        (Fraction(36_000) + Fraction(9999, 10000), "10:00:00.999"),
        (Fraction(-3, 2), "-0:00:01.500"),
    ],
)
def test_timecode(seconds: Fraction, text: str) -> None:
    assert timecode(seconds) == text
