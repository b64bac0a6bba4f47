"""Put every question to every frame, part by part: on all cores, to be continued after a kill, in flat memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from fractions import Fraction

import cv2
import numpy as np
from threadpoolctl import threadpool_limits  # pyright: ignore[reportMissingTypeStubs]

from encore.analysis.look import Look, Looker
from encore.analysis.part import Part, Parts, marks_table
from encore.analysis.question import Question, Tape
from encore.core.events import SECONDS_BETWEEN_PROGRESS
from encore.core.source import Source
from encore.core.time import Span
from encore.core.video import BT709, Plane
from encore.media.colour import working_planes
from encore.media.decode import Raw
from encore.tape.reader import Reader
from encore.tape.timeline import Clock

BEFORE, AFTER = 48, 72
"""Tape frames before and after a part that are shown to the questions but not counted: the longest dissolve is two
seconds, the longest memory 1.6."""
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
    seconds: dict[str, float] | None = None,
) -> None:
    """Measure all parts that are not known yet.

    Args:
        source: the tape.
        clock: its time line.
        questions: what to ask.
        parts: where finished parts are found and put.
        workers: parts measured at the same time, each on its own thread.
        tell: hears, a few times a second and on this thread, how far it is.
        seconds: where given, CPU seconds that each question took are added to it; `read` is decoding.

    Raises:
        InputError: the tape can no longer be read; OutputError: a part cannot be written.
    """
    todo = [span for span in parts.spans if parts.known(span) is None]
    known = parts.spans[-1].stop - sum(len(span) for span in todo)
    work = _Work(source, clock, tuple(questions), parts, seconds)
    threads_before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    share = max(1, min(workers, len(todo)))
    one_core = threadpool_limits(1)  # parts run side by side; numpy's own threads only get into their way
    pool = ThreadPoolExecutor(share, thread_name_prefix="scan")
    try:
        running = {pool.submit(work.measure, todo[n::share]) for n in range(share)}
        while running:
            done, running = wait(running, timeout=SECONDS_BETWEEN_PROGRESS, return_when=FIRST_COMPLETED)
            for one in done:
                one.result()
            tell(work.frames, known)
    finally:
        work.stopped = True
        pool.shutdown(wait=True, cancel_futures=True)
        one_core.restore_original_limits()
        cv2.setNumThreads(threads_before)


class _Work:
    """What the threads of one run share: the orders, a count of finished frames, and the wish to stop."""

    def __init__(
        self,
        source: Source,
        clock: Clock,
        questions: tuple[type[Question], ...],
        parts: Parts,
        seconds: dict[str, float] | None,
    ) -> None:
        self.source, self.clock, self.questions, self.parts, self.seconds = source, clock, questions, parts, seconds
        self.stopped = False
        self.frames = 0
        self._lock = threading.Lock()

    def measure(self, mine: Sequence[Span]) -> None:
        """Measure some parts, one after the other, with one reader that only goes forward."""
        sample_aspect = self.source.video.sample_aspect or Fraction(1)
        reader = Reader(self.source, self.clock, crop=None, sample_aspect=sample_aspect, quantisers=True)
        try:
            for span in mine:
                part = self._part(reader, span)
                if part is None:
                    return
                self.parts.add(part)
        finally:
            reader.close()

    def _part(self, reader: Reader, span: Span) -> Part | None:
        """One part; None where the work was stopped."""
        tape = tape_of(self.source, self.clock)
        questions = [kind(tape) for kind in self.questions]
        laps = _Laps()
        for look in _looks(self.source, self.clock, reader, span):
            if self.stopped:
                return None
            laps.lap("read")
            for question in questions:
                question.observe(look)
                laps.lap(question.name)
            with self._lock:
                self.frames += look.counted
        for question in questions:
            question.finish()
            laps.lap(question.name)
        if self.seconds is not None:
            with self._lock:
                for what, seconds in laps.seconds.items():
                    self.seconds[what] = self.seconds.get(what, 0.0) + seconds
        return part_from(questions, span)


class _Laps:
    """CPU seconds of this thread, by what they were spent on."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.thread_time()

    def lap(self, what: str) -> None:
        """Add the time since the last lap to `what`."""
        now = time.thread_time()
        self.seconds[what] = self.seconds.get(what, 0.0) + now - self._last
        self._last = now


def tape_of(source: Source, clock: Clock) -> Tape:
    """What questions may know; R'G'B' tapes are shown to them as studio codes of BT.709."""
    video = source.video
    if video.colour.matrix == "rgb":
        video = video.model_copy(update={"colour": BT709, "chroma": "444"})
    return Tape(video, clock.timeline.rate)


def _component(frame: Raw, source: Source) -> tuple[Plane, ...]:
    """Luma and chroma planes of a frame, in codes of its depth."""
    if not frame.rgb:
        return frame.planes
    y, cb, cr = working_planes(frame, source.video.colour)
    unit = np.float32(1 << (frame.depth - 8))
    planes = y * 219 * unit + 16 * unit, cb * 224 * unit + 128 * unit, cr * 224 * unit + 128 * unit
    most = (1 << frame.depth) - 1
    return tuple(np.clip(np.rint(plane), 0, most).astype(frame.planes[0].dtype) for plane in planes)


def part_from(questions: Sequence[Question], span: Span) -> Part:
    """What the questions say about a span of the frames they saw."""
    rows = {f"{one.name}.{column}": rows for one in questions for column, rows in one.rows(span).items()}
    sums = {f"{one.name}.{name}": np.asarray(numbers) for one in questions for name, numbers in one.sums().items()}
    marks = [mark for one in questions for mark in one.marks()]
    return Part(span, rows, marks_table(marks, span), sums)


def _looks(source: Source, clock: Clock, reader: Reader, span: Span) -> Iterator[Look]:
    shown = Span(start=max(0, span.start - BEFORE), stop=min(clock.timeline.frames, span.stop + AFTER))
    looker = Looker(source.video.depth, shown.start)
    for number in range(shown.start, shown.stop):
        frame = reader.frame(number)
        look = looker.look(_component(frame, source))
        look.quantiser = frame.quantiser
        look.counted = number in span
        look.own = number == 0 or bool(
            clock.top[number] != clock.top[number - 1] or clock.bottom[number] != clock.bottom[number - 1]
        )
        yield look
