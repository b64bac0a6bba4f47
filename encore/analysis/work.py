"""Work: what it takes to put all questions to some parts of a tape, in this process or in another."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from threadpoolctl import threadpool_limits  # pyright: ignore[reportMissingTypeStubs]

from encore.analysis.look import Look, Looker
from encore.analysis.part import Part, Parts, marks_table
from encore.analysis.question import Question, Tape
from encore.core.source import Source
from encore.core.time import Span
from encore.core.video import BT709, CHROMA_CODES, LUMA_CODES, Plane
from encore.media.colour import working_planes
from encore.media.decode import Raw
from encore.tape.reader import Reader
from encore.tape.timeline import Clock

_TELL_FRAMES = 4
"""Tape frames between two words about progress."""


@dataclass(frozen=True, slots=True)
class Work:
    """Orders for measuring; can be sent to another process.

    Attributes:
        source: the tape.
        clock: its time line.
        questions: what to ask.
        before: tape frames before a part that are shown but not counted.
        after: the same after it.
    """

    source: Source
    clock: Clock
    questions: tuple[type[Question], ...]
    before: int
    after: int

    def measure(self, todo: Sequence[Span], parts: Parts, tell: Callable[[int], None]) -> dict[str, float]:
        """Measure some parts, one after the other, with one reader that only goes forward.

        Args:
            todo: parts to measure, in order.
            parts: where to put them.
            tell: hears, every few frames, how many tape frames are done.

        Returns:
            CPU seconds that each question took; `read` is decoding.

        Raises:
            InputError: the tape can no longer be read; OutputError: a part cannot be written.
        """
        sample_aspect = self.source.video.sample_aspect or Fraction(1)
        reader = Reader(self.source, self.clock, sample_aspect=sample_aspect, quantisers=True)
        laps, done = _Laps(), 0
        try:
            with _one_core():
                for span in todo:
                    parts.add(self._part(reader, span, laps, lambda frames, before=done: tell(before + frames)))
                    done += len(span)
                    tell(done)
        finally:
            reader.close()
        return laps.seconds

    def _part(self, reader: Reader, span: Span, laps: _Laps, tell: Callable[[int], None]) -> Part:
        tape = tape_of(self.source, self.clock)
        questions = [kind(tape) for kind in self.questions]
        laps.lap("read")
        for look in self._looks(reader, span):
            laps.lap("read")
            for question in questions:
                if question.wants(look.number, span):
                    question.observe(look)
                    laps.lap(question.name)
            if look.number % _TELL_FRAMES == 0:
                tell(min(len(span), max(0, look.number - span.start)))
        for question in questions:
            question.finish()
            laps.lap(question.name)
        return part_from(questions, span)

    def _looks(self, reader: Reader, span: Span) -> Iterator[Look]:
        clock = self.clock
        shown = Span(start=max(0, span.start - self.before), stop=min(clock.timeline.frames, span.stop + self.after))
        looker = Looker(self.source.video.depth, shown.start)
        for number in range(shown.start, shown.stop):
            frame = reader.frame(number)
            look = looker.look(_component(frame, self.source))
            look.quantiser = frame.quantiser
            look.counted = number in span
            look.own = number == 0 or bool(
                clock.top[number] != clock.top[number - 1] or clock.bottom[number] != clock.bottom[number - 1]
            )
            yield look


@contextmanager
def _one_core() -> Generator[None]:
    """Parts run side by side; the threads of OpenCV and numpy only get into their way."""
    threads_before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    limits = threadpool_limits(1)
    try:
        yield
    finally:
        limits.restore_original_limits()
        cv2.setNumThreads(threads_before)


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
    blue, red = (plane * CHROMA_CODES * unit + 128 * unit for plane in (cb, cr))
    planes = y * LUMA_CODES * unit + 16 * unit, blue, red
    most = (1 << frame.depth) - 1
    return tuple(np.clip(np.rint(plane), 0, most).astype(frame.planes[0].dtype) for plane in planes)


def part_from(questions: Sequence[Question], span: Span) -> Part:
    """What the questions say about a span of the frames they saw."""
    rows = {f"{one.name}.{column}": rows for one in questions for column, rows in one.rows(span).items()}
    sums = {f"{one.name}.{name}": np.asarray(numbers) for one in questions for name, numbers in one.sums().items()}
    marks = (mark for one in questions for mark in one.marks())
    return Part(span, rows, marks_table(marks, span), sums)
