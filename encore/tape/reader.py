"""The one way anyone reads frames: a tape, a shot, a reading; progressive pictures in the working format."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from encore.core.findings import FieldOrder
from encore.core.source import Source
from encore.core.time import Span
from encore.core.video import BT709, Clip, VideoFormat
from encore.media.colour import working_planes
from encore.media.decode import Deck, Raw, raw
from encore.tape.deinterlace import bob, deinterlaced, field_parity, weave
from encore.tape.timeline import Clock


@dataclass(frozen=True, slots=True)
class Take:
    """A shot as it is to be read: which ticks every picture covers, and how it is made of fields."""

    method: Literal["bwdif", "weave", "film"]
    order: FieldOrder
    span: Span
    """Ticks of the shot."""
    starts: NDArray[np.int64]
    """First tick of every picture; the last one ends with the shot."""
    context: Span | None = None
    """Ticks whose fields `bwdif` may look at: the shot, and beyond it where no cut is; None: the shot."""

    @property
    def pictures(self) -> Span:
        """All picture numbers of the shot."""
        return Span(start=0, stop=len(self.starts))

    def ticks(self, picture: int) -> Span:
        """Ticks that a picture covers."""
        stop = int(self.starts[picture + 1]) if picture + 1 < len(self.starts) else self.span.stop
        return Span(start=int(self.starts[picture]), stop=stop)

    def shown(self, frames: Span, origin: int, step: Fraction) -> tuple[int, ...]:
        """The picture that each frame of the film shows: the one whose middle is nearest, of two the earlier.

        Args:
            frames: of the film; frame n lasts from tick origin + n * step for `step` ticks.
            origin: tick at which the film starts.
            step: ticks per frame.
        """
        # everything in units of 1 / (2 * denominator) ticks, so that it stays exact
        edges = np.append(self.starts, self.span.stop)
        middles = (edges[:-1] + edges[1:]) * step.denominator
        wanted = 2 * step.denominator * origin + (2 * np.arange(frames.start, frames.stop) + 1) * step.numerator
        after = np.searchsorted(middles, wanted).clip(1, max(1, len(middles) - 1))
        if len(middles) == 1:
            return (0,) * len(frames)
        nearest = np.where(wanted - middles[after - 1] <= middles[after] - wanted, after - 1, after)
        return tuple(int(picture) for picture in nearest)


class Reader:
    """Reads pictures of a tape. Not for sharing between threads; close it after use.

    Args:
        source: the tape.
        clock: its constant clock.
        crop: (left, top, right, bottom) to keep, in tape samples; None keeps all.
        sample_aspect: width of a sample over its height.
        quantisers: let `frame` tell the quantisers of the stream.
    """

    def __init__(
        self,
        source: Source,
        clock: Clock,
        *,
        crop: tuple[int, int, int, int] | None,
        sample_aspect: Fraction,
        quantisers: bool = False,
    ) -> None:
        self.source, self._clock = source, clock
        self._deck = Deck(source.path, source.video.index, list(clock.pts), quantisers=quantisers)
        left, top, right, bottom = crop or (0, 0, source.video.width, source.video.height)
        self._rows, self._columns = slice(top, bottom), slice(left, right)
        self._held: dict[int, Raw] = {}
        self.format = VideoFormat(
            width=right - left, height=bottom - top, sample_aspect=sample_aspect, chroma="444", colour=BT709
        )

    def frame(self, number: int) -> Raw:
        """Tape frame `number` as it is on the tape, woven."""
        top, bottom = int(self._clock.top[number]), int(self._clock.bottom[number])
        return weave(self._decoded(top), self._decoded(bottom))

    def read(self, take: Take, pictures: Span) -> Clip:
        """Pictures [start, stop) of a shot, progressive, Y'CbCr BT.709 4:4:4 float32."""
        if take.method == "bwdif":
            ticks = Span(start=int(take.starts[pictures.start]), stop=take.ticks(pictures.stop - 1).stop)
            order = take.order
            found = deinterlaced(self.frame, ticks, take.context or take.span, self.source.video.chroma, order)
            raws = [found[int(take.starts[p]) - ticks.start] for p in range(pictures.start, pictures.stop)]
        else:
            raws = [self._woven(take, p) for p in range(pictures.start, pictures.stop)]
        planes = [working_planes(picture, self.source.video.colour) for picture in raws]
        y, cb, cr = (np.stack([p[n][self._rows, self._columns] for p in planes]) for n in range(3))
        return Clip(y=y, cb=cb, cr=cr, at=tuple(range(pictures.start, pictures.stop)), format=self.format)

    def close(self) -> None:
        """Let go of the tape."""
        self._deck.close()
        self._held.clear()

    def _woven(self, take: Take, picture: int) -> Raw:
        ticks = take.ticks(picture)
        fields = {field_parity(tick, take.order): tick // 2 for tick in reversed(range(ticks.start, ticks.stop))}
        if len(fields) == 1:
            ((parity, number),) = fields.items()
            return bob(self.frame(number), parity)
        return weave(self.frame(fields[0]), self.frame(fields[1]))

    def _decoded(self, number: int) -> Raw:
        if number not in self._held:
            while len(self._held) >= 8:
                self._held.pop(next(iter(self._held)))
            self._held[number] = raw(self._deck.frame(number))
        return self._held[number]


def picture_starts(method: str, span: Span, offset: int) -> NDArray[np.int64]:
    """First ticks of the pictures of a shot read by `bwdif` (every tick) or `weave` (every other)."""
    if method == "bwdif":
        return np.arange(span.start, span.stop)
    first = span.start if (span.start - offset) % 2 == 0 else span.start + 1
    starts = np.arange(first, span.stop, 2)
    return starts if first == span.start else np.insert(starts, 0, span.start)
