"""The windows of a shot, restored ahead of it and kept raw until its quality is known."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from encore.core.errors import StageError
from encore.core.time import Span
from encore.core.video import Patch, Plane
from encore.encoding.probe import Window
from encore.encoding.windows import windows
from encore.media.y4m import Y4mWriter

Planes = tuple[Plane, Plane, Plane]
Render = Callable[[Span], Generator[Planes]]
"""Gives the pictures of a span of a shot's output frames in the encoder's own samples; a picture that is shown for
several frames comes as often."""


@dataclass(frozen=True, slots=True)
class Form:
    """What the encoder gets."""

    size: tuple[int, int]
    rate: Fraction
    depth: int


def restored_windows(
    frames: int,
    form: Form,
    folder: Path,
    render: Render,
    change: Sequence[float] | None = None,
    faces: Callable[[Span], tuple[Patch, ...]] = lambda _span: (),
) -> list[Window]:
    """Restore the windows of a shot and write them to disk.

    Args:
        frames: of the shot.
        form: what the encoder gets.
        folder: for files that may vanish at any time.
        render: restores pictures.
        change: of every frame, to choose windows by.
        faces: where faces are in a span of frames, in samples of the film.

    Raises:
        StageError: a stage failed or gave too few pictures; OutputError: the disk is full.
    """
    made: list[Window] = []
    for number, (span, weight) in enumerate(windows(frames, change)):
        path = folder / f"window{number}.y4m"
        with Y4mWriter(path, form.size, form.rate, form.depth) as writer, closing(render(span)) as pictures:
            count = 0
            for planes in pictures:
                writer.write(planes)
                count += 1
            if count != len(span):
                raise StageError(f"{len(span) - count} frames of a window had no picture")
            writer.close()
        made.append(Window(path, weight, tuple(_even(place) for place in faces(span))))
    return made


def _even(place: Patch) -> Patch:
    left, top, right, bottom = place
    return left & ~1, top & ~1, (right + 1) & ~1, (bottom + 1) & ~1
