"""Inverse telecine: which fields of a film shot show the same picture, found over the whole shot at once."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encore.core.findings import FieldOrder
from encore.core.time import Span
from encore.tape.fieldstats import FieldStats

Floats = NDArray[np.float64]

_COMBED = 4.0
"""Cost of two fields in one picture that comb as much as two pictures do: more than any cadence is worth."""
_SMOOTH = 1.5
"""Cost of a picture's edge between two fields that weave without comb; less than `_COMBED`, for two film pictures may
be alike, while one picture never combs."""
_UNLIKE = 2.0
"""Cost of a third field that differs from the first as much as another picture would."""
_LENGTH = {1: 1.5, 2: 0.0, 3: 0.0, 4: 3.0}
"""Cost of a picture by its fields; 1 and 4 come from edits after the telecine."""
_EDGE = {1: 0.4, 2: 0.0, 3: 0.0, 4: 3.0}
"""The same for the first and the last picture, of which a cut may have taken fields."""
_OFF_BEAT = 0.6
"""Cost of 2-2 or 3-3: carries the cadence over still stretches and still lets 2:3:3:2 and breaks through. On 36
synthetic cadence breaks at noise 0-8 every value tried, 0.1 to 2, found all pictures to the field."""
_FAINT = 1.0
"""Squared codes at which a comb difference counts half; hard telecine of slow counters measured 15 and more."""


@dataclass(frozen=True, slots=True)
class _Fields:
    """Costs along the fields of one shot; entry i speaks of field i and the field (or two) after it."""

    inside: Floats
    """Fields i and i + 1 in one picture, (n - 1,)."""
    edge: Floats
    """A picture ends between fields i and i + 1, (n - 1,)."""
    unlike: Floats
    """Fields i and i + 2 in one picture, (n - 2,)."""


def film_pictures(stats: FieldStats, span_ticks: Span, order: FieldOrder) -> tuple[tuple[int, int], ...]:
    """Group the fields of a telecined shot into film pictures.

    A dynamic programme over all ways of cutting the fields into pictures of 2 or 3 (at a price 1 or 4), in the
    spirit of Viterbi field matching: two neighbouring fields in one picture must not comb, a picture's edge should,
    a third field must equal the first, and 3 should follow 2.

    Args:
        stats: of the whole tape.
        span_ticks: ticks of one shot; tick 2k is the field of tape frame k that comes first in `order`.
        order: which field comes first.

    Returns:
        Half-open ranges of ticks, in order, without gap, covering the span exactly.

    Raises:
        ValueError: the span is longer than what was measured.
    """
    if span_ticks.stop > 2 * len(stats):
        raise ValueError(f"ticks up to {span_ticks.stop} were asked for, {2 * len(stats)} were measured")
    count = len(span_ticks)
    if count == 0:
        return ()
    fields = _fields(stats, span_ticks, order)
    bounds = _cheapest(fields, count)
    return tuple((span_ticks.start + start, span_ticks.start + stop) for start, stop in itertools.pairwise(bounds))


def _fields(stats: FieldStats, span: Span, order: FieldOrder) -> _Fields:
    """Costs from combs and changes, each against what is smooth and what is combed around it.

    Of three neighbouring pairs of fields at least one is inside a picture (of five even where an edit left a picture
    two single fields), and fields three apart never share one: these give the scale at every place, without a
    threshold in codes. On 90 cadence breaks at noise 0, 4 and 8 no picture was lost or moved.
    """
    near, far, change, error = _sequences(stats, span, order)
    smooth = np.fmin.reduce(_around(near, (-2, -1, 0, 1, 2)))
    combed = np.fmax(np.fmin.reduce(_around(far, (-2, -1, 0))), near)
    height = np.nan_to_num(np.maximum(combed - smooth, 0))
    noise = np.nan_to_num(np.fmin.reduce(_around(error, (-2, -1, 0, 1, 2)))) + 0.03
    trust = height / (height + _FAINT) * np.clip((height / noise - 3) / 6, 0, 1)
    level = np.sqrt(np.clip(np.nan_to_num(near - smooth - 2 * noise) / (height + noise), 0, 1))
    held = np.fmin.reduce(_around(change, tuple(range(-5, 6))))
    unlike = trust * np.clip(np.nan_to_num(change - held) / (height + noise), 0, 1)
    return _Fields(
        (_COMBED * trust * np.minimum(2 * level, 1))[:-1], (_SMOOTH * trust * (1 - level))[:-1], _UNLIKE * unlike[:-2]
    )


def _sequences(stats: FieldStats, span: Span, order: FieldOrder) -> tuple[Floats, Floats, Floats, Floats]:
    """Per field i of the span: comb with i + 1, comb with i + 3 (even ticks), change to i + 2, error; nan outside."""
    top_next, bottom_next = stats.comb_top_next, stats.comb_bottom_next
    first, second = stats.top_change, stats.bottom_change
    if order == "bff":
        top_next, bottom_next, first, second = bottom_next, top_next, second, first
    unknown = np.full(len(stats), np.nan, np.float32)

    def along(even: NDArray[np.float32], odd: NDArray[np.float32], reach: int) -> Floats:
        line = np.stack([even, odd], 1).ravel()[span.start : span.stop].astype(np.float64)
        line[max(0, len(line) - reach) :] = np.nan
        return line

    return (
        along(stats.comb_same, top_next, 1),
        along(bottom_next, unknown, 3),
        along(first, second, 2),
        along(stats.error, stats.error, 1),
    )


def _around(values: Floats, offsets: tuple[int, ...]) -> Floats:
    """(offsets, n): for every place the values that far from it, nan beyond the ends."""
    reach = max(abs(offset) for offset in offsets)
    padded = np.pad(values, reach, constant_values=np.nan)
    return np.stack([padded[reach + offset : reach + offset + len(values)] for offset in offsets])


def _cheapest(fields: _Fields, count: int) -> list[int]:
    """Bounds of the pictures, 0 to `count`, by a dynamic programme over (place, fields of the last picture)."""
    total = np.full((count + 1, 5), np.inf)
    came = np.zeros((count + 1, 5), np.int64)
    total[0, 0] = 0
    for at in range(1, count + 1):
        for length in range(1, min(4, at) + 1):
            start = at - length
            price = _EDGE if start == 0 or at == count else _LENGTH
            own = price[length] + float(fields.inside[start : at - 1].sum())
            own += float(fields.unlike[start : at - 2].sum()) if length > 2 else 0.0
            own += float(fields.edge[at - 1]) if at < count else 0.0
            ways = total[start].copy()
            if length in (2, 3) and at < count and start > length:  # a first or last picture may be cut short
                ways[length] += _OFF_BEAT
            came[at, length] = int(ways.argmin())
            total[at, length] = ways[came[at, length]] + own
    bounds, length = [count], int(total[count].argmin())
    while bounds[-1] > 0:
        before = int(came[bounds[-1], length])
        bounds.append(bounds[-1] - length)
        length = before
    return bounds[::-1]
