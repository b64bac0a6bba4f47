"""What every rung of a ladder costs and how it looks, tried on a few windows of the film."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol

from encore.core.time import Span
from encore.core.video import Plane
from encore.encoding.ladder import Point, Rung, windows
from encore.execution.mastered import Film
from encore.media.master import Player
from encore.media.scaling import Scaler
from encore.media.vmaf import scored
from encore.media.write import ChunkWriter
from encore.media.y4m import Y4mWriter, planes, raw_pictures

WINDOW_FRAMES = 48
"""Frames of a window: 1.2 GB raw at 3840x2160, 0.8 s at 59.94 Hz."""

Form = tuple[int, int, int]
"""Width, height and bits of a picture in 4:2:0."""


class Meter(Protocol):
    """Tells how good encoded pictures look."""

    def __call__(self, encoded: Path, reference: Path, /) -> float | None:
        """0 to 100 of an encoded file against raw pictures; None where they cannot be judged."""
        ...


def vmaf(encoded: Path, reference: Path) -> float | None:
    """Mean VMAF v1."""
    found = scored(encoded, reference).v1
    return None if found is None else float(found.mean())


def measured(
    film: Film, tried: Sequence[Rung], meter: Meter, tell: Callable[[int], None]
) -> tuple[tuple[Point, ...], float]:
    """Cost and quality of rungs on windows of a film, and the quality of the film itself.

    Args:
        film: the film.
        tried: rungs, each with a quality.
        meter: judges them.
        tell: hears how many were tried.

    Returns:
        A point for every rung, and the score of the film against itself; no points where it cannot be judged.
    """
    spans = windows(film.master.motion, film.master.rate, film.master.frames, WINDOW_FRAMES)
    scores: list[list[float]] = [[] for _ in tried]
    sizes, best, done = [0] * len(tried), 0.0, 0
    for span in spans:
        with closing(_Window(film, span, tried)) as window:
            own = meter(window.reference, window.reference)
            if own is None:
                return (), 0.0
            best += own / len(spans)
            for number, rung in enumerate(tried):
                path = window.encoded(rung)
                sizes[number] += path.stat().st_size
                scores[number].append(meter(path, window.reference) or 0.0)
                done += 1
                tell(done)
    seconds = float(sum(len(span) for span in spans) / film.master.rate)
    points = (
        Point(rung=rung, bits_per_s=8 * size / seconds, quality=sum(found) / len(found))
        for rung, size, found in zip(tried, sizes, scores, strict=True)
    )
    return tuple(points), best


class _Window:
    """Some frames of a film, kept raw in every size while rungs are tried on them."""

    def __init__(self, film: Film, span: Span, tried: Sequence[Rung]) -> None:
        self._rate, self._frames = film.master.rate, len(span)
        self._place = film.scratch
        own = (film.source.video.width, film.source.video.height, 10)
        forms = sorted({own, *(form_of(rung) for rung in tried)})
        self.reference = self._raw(own)
        self._made = [self._raw(form) for form in forms]
        with ExitStack() as open_, closing(film.player()) as player:
            writers = {
                form: open_.enter_context(Y4mWriter(self._raw(form), form[:2], self._rate, form[2])) for form in forms
            }
            for pictures in scaled(player, span, forms):
                for form, writer in writers.items():
                    writer.write(pictures[form])
            for writer in writers.values():
                writer.close()

    def _raw(self, form: Form) -> Path:
        return self._place / f"window-{form[0]}x{form[1]}-{form[2]}.y4m"

    def encoded(self, rung: Rung) -> Path:
        """The window as the rung would show it."""
        path, codec = self._place / "window.mp4", rung.codec
        arguments = codec.arguments(self._frames)
        with ChunkWriter(path, (rung.width, rung.height), self._rate, codec.chroma, codec.depth, arguments) as writer:
            for picture in planes(raw_pictures(self._raw(form_of(rung)))):
                writer.write(picture)
            writer.close()
        return path

    def close(self) -> None:
        """Remove the raw pictures."""
        for path in (*self._made, self._place / "window.mp4"):
            path.unlink(missing_ok=True)


def form_of(rung: Rung) -> Form:
    """What pictures a rung takes."""
    return rung.width, rung.height, rung.codec.depth


def scaled(player: Player, span: Span, forms: Sequence[Form]) -> Iterator[dict[Form, tuple[Plane, Plane, Plane]]]:
    """Every picture of a span in every form."""
    scalers = {form: Scaler(form[:2], form[2]) for form in forms}
    for frame in player.play(span):
        yield {form: scaler.scaled(frame) for form, scaler in scalers.items()}
