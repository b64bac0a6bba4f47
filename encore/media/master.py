"""Pictures of a finished film, decoded strictly and in order: a fault anywhere is an error, never a guess."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av.error
import numpy as np
from av.video.frame import VideoFrame

from encore.core.errors import InputError
from encore.core.source import Source
from encore.core.time import Span, timecode
from encore.core.video import Plane
from encore.media.inspect import open_container

MATRIX_POINTS, PRIMARIES_POINTS, TRANSFER_POINTS = {0, 1, 2, 5, 6, 7}, {1, 2, 5, 6, 7}, {1, 2, 5, 6, 7}
"""H.273 code points of standard-definition and HD television, 2 for not told; 0 is R'G'B'. All have one transfer
function and differ little in primaries; wide gamuts and high dynamic range have others."""
STRICT = {"err_detect": "explode"}
"""FFmpeg by itself conceals damage and goes on."""
SD_LINES = 576
"""Lines of a picture that is not told to be HD; above, what is not told is BT.709."""
WHOLE = "check that the file is complete; an older one may be damaged"


@dataclass(frozen=True, slots=True)
class Times:
    """When every picture of a film is shown, in units of its own clock, and where decoding may begin."""

    tick_s: Fraction
    shown: tuple[int, ...]
    keys: tuple[int, ...]
    """Numbers of key frames, in order of display."""


def times_of(source: Source) -> Times:
    """The clock of a film, read from its packets without decoding.

    Raises:
        InputError: a picture has no time, or two have the same.
    """
    with open_container(source.path) as container:
        packets = container.demux(container.streams[source.video.index])
        found = [(p.pts, p.is_keyframe) for p in packets if p.size and not p.is_discard]
    if not found or any(pts is None for pts, _ in found):
        raise InputError(f"{source.path}: pictures without times", todo="give a finished film, not a capture")
    rows = sorted((pts, key) for pts, key in found if pts is not None)
    shown = tuple(pts for pts, _ in rows)
    if len(set(shown)) != len(shown):
        raise InputError(f"{source.path}: two pictures at one time", todo="give a finished film, not a capture")
    return Times(source.video.time_base, shown, tuple(number for number, (_, key) in enumerate(rows) if key))


@dataclass(frozen=True, slots=True)
class ColourPoints:
    """How a film describes its colour, in code points of H.273."""

    matrix: int
    primaries: int
    transfer: int
    full_range: bool
    lines: int

    @property
    def ours(self) -> bool:
        """Whether it is BT.709 in studio range, told or by its number of lines."""
        told = {self.matrix, self.primaries, self.transfer}
        high = self.matrix == 1 or self.lines > SD_LINES
        return told <= {1, 2} and high and not self.full_range

    @property
    def known(self) -> bool:
        """Whether it can become BT.709."""
        points = ((self.matrix, MATRIX_POINTS), (self.primaries, PRIMARIES_POINTS), (self.transfer, TRANSFER_POINTS))
        return all(point in points_ for point, points_ in points)

    def __str__(self) -> str:
        kind = "full" if self.full_range else "studio"
        return f"matrix {self.matrix}, primaries {self.primaries}, transfer {self.transfer} of H.273, {kind} range"


def colour_points(source: Source) -> ColourPoints:
    """What the stream of pictures says of its colour."""
    with open_container(source.path) as container:
        context: Any = container.streams[source.video.index].codec_context
        matrix = 0 if context.format.is_rgb else int(context.colorspace)
        return ColourPoints(
            matrix, int(context.color_primaries), int(context.color_trc), source.video.colour.full_range, context.height
        )


def pictures(source: Source, times: Times, start: int = 0) -> Generator[VideoFrame]:
    """Every picture from number `start` on, in order of display.

    Raises:
        InputError: one cannot be decoded without error, or is not where it should be.
    """
    number = start
    with open_container(source.path) as container:
        stream = container.streams[source.video.index]
        context: Any = stream.codec_context
        # one thread: PyAV's log takes Python's lock in decoder threads, and closing waits for them with it held
        context.thread_count, context.options = 1, STRICT
        before = _entry(times, start)
        if before:
            container.seek(times.shown[before], stream=stream, backward=True)
        try:
            for frame in _decoded(container, stream):
                if frame.pts is not None and frame.pts < times.shown[start]:
                    continue
                if number >= len(times.shown) or frame.pts != times.shown[number] or frame.is_corrupt:
                    raise InputError(f"{_where(source, times, number)} is damaged or missing", todo=WHOLE)
                yield frame
                number += 1
        except av.error.FFmpegError as error:
            why = f"cannot be decoded ({error.strerror})"
            raise InputError(f"{_where(source, times, number)} {why}", todo=WHOLE) from error
    if number != len(times.shown):
        raise InputError(f"{_where(source, times, number)} and all after it are missing", todo=WHOLE)


class Player:
    """Gives spans of pictures; goes on where it stands when the next span follows the last.

    Args:
        source: the film.
        times: its clock.
    """

    def __init__(self, source: Source, times: Times) -> None:
        self._source, self._times = source, times
        self._coming: Generator[VideoFrame] | None = None
        self._next = -1

    def play(self, span: Span) -> Iterator[VideoFrame]:
        """The pictures [start, stop).

        Raises:
            InputError: as `pictures`.
        """
        if self._coming is None or self._next != span.start:
            self.close()
            self._coming = pictures(self._source, self._times, span.start)
        for number in range(span.start, span.stop):
            self._next = -1
            yield next(self._coming)
            self._next = number + 1

    def close(self) -> None:
        """Let go of the film."""
        if self._coming is not None:
            self._coming.close()
            self._coming = None


def _entry(times: Times, start: int) -> int:
    """The key frame before the last one: what an open group shows before its key frame needs the group before."""
    before = [key for key in times.keys if key <= start]
    return before[-2] if len(before) > 1 else 0


def _decoded(container: Any, stream: Any) -> Iterator[VideoFrame]:
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.error.EOFError:
            return


def _where(source: Source, times: Times, number: int) -> str:
    at = times.shown[min(number, len(times.shown) - 1)] - times.shown[0]
    return f"{source.path}: frame {number} at {timecode(at * times.tick_s)}"


def luma_of(frame: VideoFrame, depth: int) -> Plane:
    """Luma of a planar frame as it lies in memory, valid as long as the frame is."""
    plane: Any = frame.planes[0]
    kind = np.dtype(np.uint8 if depth == 8 else "<u2")
    rows = np.frombuffer(plane, kind).reshape(-1, plane.line_size // kind.itemsize)
    return rows[: plane.height, : plane.width]
