"""Transitions: every way in which one shot of a tape becomes the next, from the rows that were noted."""

from __future__ import annotations

import numpy as np

from encore.analysis.question import Rows
from encore.analysis.shots import Cut, cuts_in
from encore.core.findings import FieldOrder, Transition
from encore.core.time import TICKS_PER_FRAME, Span


def transitions_in(rows: Rows, order: FieldOrder) -> list[Transition]:
    """All cuts, dissolves and fades of a tape, in order, without overlap.

    Args:
        rows: of the question `shots`, from the tape's first frame on.
        order: which field comes first, which tells between what fields a cut lies.
    """
    gradual = _gradual(rows)
    cuts = [_cut(cut, order) for cut in cuts_in(rows)]
    alone = [cut for cut in cuts if not any(one.span.start <= cut.span.start <= one.span.stop for one in gradual)]
    return sorted([*gradual, *alone], key=lambda one: (one.span.start, one.span.stop))


def _cut(cut: Cut, order: FieldOrder) -> Transition:
    tick = max(0, cut.tick(order))
    return Transition(kind="cut", span=Span(start=tick, stop=tick), score=cut.score)


def _gradual(rows: Rows) -> list[Transition]:
    """Dissolves and fades; of two that overlap, found in two parts of the tape, the surer."""
    kept: list[Transition] = []
    for frame in np.flatnonzero(rows["mix"] > 0):
        start = max(0, int(frame - rows["mix_before"][frame]))
        span = Span(start=start * TICKS_PER_FRAME, stop=int(frame + rows["mix_after"][frame]) * TICKS_PER_FRAME)
        kind = "fade" if rows["mix_black"][frame] > 0 else "dissolve"
        one = Transition(kind=kind, span=span, score=float(rows["mix"][frame]))
        if kept and kept[-1].span.stop > span.start:
            kept[-1] = max(kept[-1], one, key=lambda two: two.score)
        else:
            kept.append(one)
    return kept
