"""How do the fields of a tape relate to each other? What the scan mode of every shot is told from."""

from __future__ import annotations

from dataclasses import fields

from encore.analysis.look import Look
from encore.analysis.question import Column, Question, Rows, Tape
from encore.core.time import Span
from encore.tape.fieldstats import FieldMeter, FieldStats

_WHAT = {
    "comb_same": "comb between the fields of the frame, squared codes",
    "comb_top_next": "comb between its bottom field and the next top field, squared codes",
    "comb_bottom_next": "comb between its top field and the next bottom field, squared codes",
    "top_change": "change of the top field to the next frame, squared codes",
    "bottom_change": "change of the bottom field to the next frame, squared codes",
    "detail": "energy of the top field's lines against their neighbours, squared codes",
    "error": "standard error of the difference of two combs, squared codes",
    "top_light": "mean of the top field, codes",
    "bottom_light": "mean of the bottom field, codes",
}


class FieldsQuestion(Question):
    """Notes `FieldStats`; the classification needs whole shots and is done where they are known."""

    name = "fields"
    before, after = 0, 1
    columns = tuple(Column(field.name, _WHAT[field.name]) for field in fields(FieldStats))

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        self._meter = FieldMeter(tape.video.depth)
        self._first: int | None = None

    def observe(self, now: Look) -> None:
        """See the next tape frame."""
        self._first = now.number if self._first is None else self._first
        self._meter.add(now.planes[0])

    def rows(self, span: Span) -> Rows:
        """What was measured about the frames of a span."""
        first = self._first or 0
        stats = self._meter.stats()
        return {
            field.name: getattr(stats, field.name)[span.start - first : span.stop - first].copy()
            for field in fields(stats)
        }
