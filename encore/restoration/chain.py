"""Run the stages of a shot over its pictures, batch by batch, with the context they need and never across a cut."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from encore.core.errors import StageError
from encore.core.findings import Shot
from encore.core.time import Span
from encore.core.video import Clip, VideoFormat, stack
from encore.restoration.stage import Filter, Runtime, Stage

BATCH_PICTURES = 4
"""Pictures worked on at once: at 2880x2160 about 75 MB, and four share one decode."""


def output_format(stages: Sequence[Stage], given: VideoFormat) -> VideoFormat:
    """The format after all stages, known before anything runs."""
    for stage in stages:
        given = stage.output(given)
    return given


def restored(
    stages: Sequence[Stage],
    shot: Shot,
    pictures: Span,
    whole: Span,
    read: Callable[[Span], Clip],
    runtime: Runtime,
) -> Generator[Clip]:
    """The pictures `pictures` of a shot, restored, in batches.

    Every stage makes every picture once: what the next one looks back at is held, as much as its halo. While the last
    stage works on a batch, all that is before it works on the next one in another thread.

    Args:
        stages: in running order.
        shot: what is known about it.
        pictures: which to deliver, by number in the shot.
        whole: all pictures of the shot; context is taken from here and from nowhere else.
        read: gives the unrestored pictures of a span.
        runtime: what filters may use.

    Raises:
        StageError: a stage gave back other pictures than it was asked for.
    """
    with ThreadPoolExecutor(1) as other:
        get = _Ahead(read)
        for number, stage in enumerate(stages):
            made = _worked(stage, stage.open(runtime), shot, whole, get)
            if number == len(stages) - 2:
                get = _Early(made, pictures.grown(stages[-1].halo(), whole).stop, other)
            else:
                get = _Ahead(made)
        for start in range(pictures.start, pictures.stop, BATCH_PICTURES):
            yield get(Span(start=start, stop=min(start + BATCH_PICTURES, pictures.stop)))


def _worked(stage: Stage, work: Filter, shot: Shot, whole: Span, get: Callable[[Span], Clip]) -> Callable[[Span], Clip]:
    def make(span: Span) -> Clip:
        grown = span.grown(stage.halo(), whole)
        given = get(grown)
        made = work(given, shot, Span(start=span.start - grown.start, stop=span.stop - grown.start))
        if made.at != tuple(range(span.start, span.stop)):
            raise StageError(f"stage {type(stage).__name__} gave {len(made)} pictures for {len(span)}")
        return made

    return make


class _Ahead:
    """Pictures by number, each made once as long as spans go forward."""

    def __init__(self, make: Callable[[Span], Clip]) -> None:
        self._make = make
        self._held: Clip | None = None

    def __call__(self, span: Span) -> Clip:
        held = self._held
        if held is None or not held.at[0] <= span.start <= held.at[-1] + 1:
            held = self._make(span)
        elif held.at[-1] + 1 < span.stop:
            held = stack([held, self._make(Span(start=held.at[-1] + 1, stop=span.stop))])
        self._held = held.cut(Span(start=span.start - held.at[0], stop=len(held)))
        return self._held.cut(Span(start=0, stop=len(span)))


class _Early:
    """The same, made in another thread: while a batch is worked on, the next one is made.

    Args:
        make: only ever called in that thread.
        last: no picture from there on will be asked for.
        other: one thread.
    """

    def __init__(self, make: Callable[[Span], Clip], last: int, other: ThreadPoolExecutor) -> None:
        self._ahead = _Ahead(self._made)
        self._make, self._last, self._other = make, last, other
        self._next: tuple[Span, Future[Clip]] | None = None

    def __call__(self, span: Span) -> Clip:
        given = self._ahead(span)
        following = Span(start=span.stop, stop=min(span.stop + BATCH_PICTURES, self._last))
        if self._next is None and len(following):
            self._next = following, self._other.submit(self._make, following)
        return given

    def _made(self, span: Span) -> Clip:
        begun, self._next = self._next, None
        if begun is None:
            return self._other.submit(self._make, span).result()
        early, clip = begun[0], begun[1].result()
        if early.start != span.start or early.stop > span.stop:
            return self._other.submit(self._make, span).result()
        if early.stop < span.stop:
            rest = self._other.submit(self._make, Span(start=early.stop, stop=span.stop)).result()
            clip = stack([clip, rest])
        return clip
