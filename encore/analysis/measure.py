"""Put every question to every frame, part by part: on all cores, to be continued after a kill, in flat memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from encore.analysis.part import Parts
from encore.analysis.question import Question
from encore.analysis.work import Work
from encore.analysis.workers import side_by_side
from encore.core.source import Source
from encore.core.time import Span
from encore.tape.timeline import Clock

BEFORE, AFTER = 48, 72
"""Tape frames before and after a part that are shown to the questions but not counted: the longest dissolve is two
seconds, the longest memory 1.6. Most questions need less of it (`Question.before`, `Question.after`)."""
SHORTEST, LONGEST = 450, 1800
"""Tape frames of a part: a minute at most, so that a kill costs little, a quarter at least, so that context does."""

Tell = Callable[[int, int], None]
"""Hears frames measured in this run, and frames that were known before."""


def parts_of(frames: int) -> tuple[Span, ...]:
    """The parts of a tape; they depend on its length alone, so that every machine measures the same."""
    longest = min(LONGEST, max(SHORTEST, -(-frames // 2)))
    return tuple(Span(start=0, stop=frames).pieces(longest))


def measure(
    source: Source,
    clock: Clock,
    questions: Sequence[type[Question]],
    parts: Parts,
    *,
    workers: int,
    tell: Tell,
) -> dict[str, float]:
    """Measure all parts that are not known yet.

    Args:
        source: the tape.
        clock: its time line.
        questions: what to ask.
        parts: where finished parts are found and put.
        workers: processes that measure at the same time; one where parts are kept in memory.
        tell: hears, a few times a second, how far it is.

    Returns:
        CPU seconds that each question took in this run; `read` is decoding.

    Raises:
        InputError: the tape can no longer be read; OutputError: a part cannot be written.
    """
    todo = [span for span in parts.spans if parts.known(span) is None]
    known = parts.spans[-1].stop - sum(len(span) for span in todo)
    work = Work(source, clock, tuple(questions), BEFORE, AFTER)

    def told(frames: int) -> None:
        tell(frames, known)

    told(0)
    share = max(1, min(workers, len(todo)))
    if share == 1 or parts.folder is None:
        return work.measure(todo, parts, told)
    return side_by_side(work, [todo[n::share] for n in range(share)], parts, told)
