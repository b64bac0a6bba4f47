"""Put every question to every frame, part by part: on all cores, to be continued after a kill, in flat memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from fractions import Fraction

import cv2
import numpy as np

from encore.analysis.look import Look, Looker
from encore.analysis.part import Part, Parts, marks_table
from encore.analysis.question import Question, Tape
from encore.core.source import Source
from encore.core.time import Span
from encore.tape.reader import Reader
from encore.tape.timeline import Clock

CONTEXT = Span(start=48, stop=72)
"""Tape frames before and after a part that are shown to the questions but not counted: the longest dissolve is two
seconds, the longest memory 1.6."""
SHORTEST, LONGEST = 450, 1800
"""Tape frames of a part: a minute at most, so that a kill costs little, a quarter at least, so that context does."""

_SQUARE = Fraction(1)
Tell = Callable[[int], None]


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
    seconds: dict[str, float] | None = None,
) -> None:
    """Measure all parts that are not known yet.

    Args:
        source: the tape.
        clock: its time line.
        questions: what to ask.
        parts: where finished parts are found and put.
        workers: parts measured at the same time, each on its own thread.
        tell: hears how many more frames are done.
        seconds: where given, CPU seconds that each question took are added to it; `read` is decoding.

    Raises:
        InputError: the tape can no longer be read; OutputError: a part cannot be written.
    """
    todo = [span for span in parts.spans if parts.known(span) is None]
    tell(sum(len(span) for span in parts.spans) - sum(len(span) for span in todo))
    stopped = threading.Event()
    threads_before = cv2.getNumThreads()
    cv2.setNumThreads(1)

    def work(mine: Sequence[Span]) -> None:
        reader = Reader(source, clock, crop=None, sample_aspect=source.video.sample_aspect or _SQUARE)
        try:
            for span in mine:
                part = _measured(source, clock, reader, questions, span, _Watch(stopped, tell, seconds))
                if part is not None:
                    parts.add(part)
        finally:
            reader.close()

    pool = ThreadPoolExecutor(max(1, min(workers, len(todo))), thread_name_prefix="scan")
    try:
        share = max(1, min(workers, len(todo)))
        for done in as_completed([pool.submit(work, todo[n::share]) for n in range(share)]):
            done.result()
    finally:
        stopped.set()
        pool.shutdown(wait=True, cancel_futures=True)
        cv2.setNumThreads(threads_before)


class _Watch:
    """What a part's work reports, and whether it is still wanted."""

    def __init__(self, stopped: threading.Event, tell: Tell, seconds: dict[str, float] | None) -> None:
        self.stopped, self.tell, self.seconds = stopped, tell, seconds
        self._last = 0.0

    def start(self) -> None:
        """Start the clock."""
        if self.seconds is not None:
            self._last = time.thread_time()

    def lap(self, what: str) -> None:
        """Add the time since the last lap to `what`."""
        if self.seconds is not None:
            now = time.thread_time()
            self.seconds[what] = self.seconds.get(what, 0.0) + now - self._last
            self._last = now


def _measured(
    source: Source, clock: Clock, reader: Reader, kinds: Sequence[type[Question]], span: Span, watch: _Watch
) -> Part | None:
    """One part; None where the work was stopped."""
    tape = Tape(source.video, clock.timeline.rate)
    questions = [kind(tape) for kind in kinds]
    watch.start()
    for look in _looks(source, clock, reader, span):
        if watch.stopped.is_set():
            return None
        watch.lap("read")
        for question in questions:
            question.observe(look)
            watch.lap(question.name)
        if look.counted:
            watch.tell(1)
    for question in questions:
        question.finish()
    return part_from(questions, span)


def part_from(questions: Sequence[Question], span: Span) -> Part:
    """What the questions say about a span of the frames they saw."""
    rows = {f"{one.name}.{column}": rows for one in questions for column, rows in one.rows(span).items()}
    sums = {f"{one.name}.{name}": np.asarray(numbers) for one in questions for name, numbers in one.sums().items()}
    marks = [mark for one in questions for mark in one.marks()]
    return Part(span, rows, marks_table(marks, span), sums)


def _looks(source: Source, clock: Clock, reader: Reader, span: Span) -> Iterator[Look]:
    shown = Span(start=max(0, span.start - CONTEXT.start), stop=min(clock.timeline.frames, span.stop + CONTEXT.stop))
    looker = Looker(source.video.depth, shown.start)
    for number in range(shown.start, shown.stop):
        look = looker.look(reader.frame(number).planes)
        look.counted = number in span
        look.own = number == 0 or bool(
            clock.top[number] != clock.top[number - 1] or clock.bottom[number] != clock.bottom[number - 1]
        )
        yield look
