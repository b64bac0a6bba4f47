"""Run the stages of a shot over its pictures, batch by batch, with the context they need and never across a cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from encore.core.errors import StageError
from encore.core.findings import Shot
from encore.core.time import Span
from encore.core.video import Clip, VideoFormat
from encore.restoration.stage import Runtime, Stage

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
) -> Iterator[Clip]:
    """The pictures `pictures` of a shot, restored, in batches.

    Args:
        stages: in running order.
        shot: what is known about it.
        pictures: which to deliver, by number in the shot.
        whole: all pictures of the shot; context is taken from here and from nowhere else.
        read: gives the unrestored pictures of a span.
        runtime: what filters may use.

    Raises:
        StageError: a stage gave back another number of pictures than it got.
    """
    filters = [stage.open(runtime) for stage in stages]
    halo = sum(stage.halo() for stage in stages)
    for start in range(pictures.start, pictures.stop, BATCH_PICTURES):
        batch = Span(start=start, stop=min(start + BATCH_PICTURES, pictures.stop))
        grown = batch.grown(halo, whole)
        clip = read(grown)
        for stage, work in zip(stages, filters, strict=True):
            clip = work(clip, shot)
            if len(clip) != len(grown):
                raise StageError(f"stage {type(stage).__name__} gave {len(clip)} pictures for {len(grown)}")
        yield clip.cut(Span(start=batch.start - grown.start, stop=batch.stop - grown.start))
