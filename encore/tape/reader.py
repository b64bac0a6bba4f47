"""The one way anyone reads frames: a tape, a shot, a reading; progressive pictures in the working format."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from encore.core.findings import FieldOrder, SeenFace
from encore.core.source import Source
from encore.core.time import Span
from encore.core.video import LUMA_CODES, Clip, Motion, Patch, Plane, VideoFormat
from encore.media.colour import normalised, tape_colour, tape_planes
from encore.media.decode import Deck, Raw, raw
from encore.motion.flow import Flow, Follower
from encore.motion.light import BLACK
from encore.tape.compensate import Compensator, Fields
from encore.tape.deinterlace import bob, deinterlaced, field_parity, weave
from encore.tape.patch import patched, places_of
from encore.tape.timeline import Clock

HELD_FRAMES = 8
"""Decoded frames held for neighbours."""
HELD_FLOWS = 16
"""Pairs of flows held for pictures that are read twice, as context and for themselves."""


ReadingMethod = Literal["compensated", "bwdif", "weave", "film"]
"""How fields become pictures; see `encore.planning.plan.Reading`."""


@dataclass(frozen=True, slots=True)
class Take:
    """A shot as it is to be read: which ticks every picture covers, and how it is made of fields."""

    method: ReadingMethod
    order: FieldOrder
    span: Span
    """Ticks of the shot."""
    starts: NDArray[np.int64]
    """First tick of every picture; the last one ends with the shot."""
    context: Span | None = None
    """Ticks whose fields may be looked at: the shot, and beyond it where no cut is; None: the shot."""
    lost: frozenset[int] = frozenset()
    """Ticks whose fields are not to be believed."""
    torn: Mapping[int, tuple[Patch, ...]] = field(default_factory=dict[int, tuple[Patch, ...]])
    """By tape frame: places that the tape did not give, in lines of the woven frame."""
    moved: Mapping[int, int] = field(default_factory=dict[int, int])
    """Tape frames in whose place another one is shown, and which; `lost` and `torn` speak of the place."""
    faces: Mapping[int, tuple[SeenFace, ...]] | None = None
    """By picture: the faces in it; None: nobody needs them."""

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
        sample_aspect: width of a sample over its height.
        quantisers: let `frame` tell the quantisers of the stream.
    """

    def __init__(self, source: Source, clock: Clock, *, sample_aspect: Fraction, quantisers: bool = False) -> None:
        self.source, self._clock = source, clock
        self._deck = Deck(source.path, source.video.index, list(clock.pts), quantisers=quantisers)
        self._held: dict[int, Raw] = {}
        self._compensated: tuple[Take, Compensator] | None = None
        self._flows: OrderedDict[int, tuple[Flow, Flow]] = OrderedDict()
        self._flows_of: Take | None = None
        self._follower = Follower()
        self.format = VideoFormat(
            width=source.video.width, height=source.video.height, sample_aspect=sample_aspect,
            chroma=source.video.chroma, colour=tape_colour(source.video.colour),
        )  # fmt: skip

    def frame(self, number: int) -> Raw:
        """Tape frame `number` as it is on the tape, woven."""
        top, bottom = int(self._clock.top[number]), int(self._clock.bottom[number])
        return weave(self._decoded(top), self._decoded(bottom))

    def read(self, take: Take, pictures: Span, *, follow: bool = False) -> Clip:
        """Pictures [start, stop) of a shot, progressive, in the tape's own colour, chroma places and size.

        Args:
            take: the shot and how it is read.
            pictures: which, by number in the shot.
            follow: give their motion too.
        """
        if take.method == "compensated":
            return self._along(take, pictures, follow=follow)
        numbers = range(pictures.start, pictures.stop)
        raws = self._bwdif(take, pictures) if take.method == "bwdif" else [self._woven(take, n) for n in numbers]
        made = self._clip(take, pictures, [tape_planes(picture, self.source.video.colour) for picture in raws])
        return replace(made, motion=self._motion(take, made)) if follow else made

    def close(self) -> None:
        """Let go of the tape."""
        self._deck.close()
        self._held.clear()
        self._flows.clear()
        self._compensated = None

    def _along(self, take: Take, pictures: Span, *, follow: bool) -> Clip:
        """By `compensated`; motion is asked for picture by picture, as long as it is at hand."""
        maker = self._compensator(take)
        planes: list[tuple[Plane, Plane, Plane]] = []
        onward: list[Flow | None] = []
        back: list[Flow | None] = []
        for number in range(pictures.start, pictures.stop):
            tick = int(take.starts[number])
            planes.append(self._planes(*maker.picture(tick)))
            if follow:
                to_next, to_previous = maker.motion(tick, take.span)
                onward.append(to_next)
                back.append(to_previous)
        made = self._clip(take, pictures, planes)
        return replace(made, motion=Motion(tuple(onward), tuple(back))) if follow else made

    def _clip(self, take: Take, pictures: Span, planes: list[tuple[Plane, Plane, Plane]]) -> Clip:
        numbers = range(pictures.start, pictures.stop)
        y, cb, cr = (np.stack([p[n] for p in planes]) for n in range(3))
        return Clip(
            y=y, cb=cb, cr=cr, at=tuple(numbers), format=self.format, parity=self._parity(take, pictures),
            lost=tuple(self._lost(take, n) for n in numbers) if take.lost else (),
            torn=tuple(self._torn(take, n) for n in numbers) if take.torn else (),
            faces=tuple(take.faces.get(n, ()) for n in numbers) if take.faces is not None else (),
        )  # fmt: skip

    def _compensator(self, take: Take) -> Compensator:
        if self._compensated is None or self._compensated[0] is not take:
            shot = take.context or take.span
            fields = Fields(lambda k: self._mended(take, k), shot, self.source.video.chroma, take.order, take.lost)
            self._compensated = take, Compensator(fields)
        return self._compensated[1]

    def _planes(self, y: Plane, c: Plane | None) -> tuple[Plane, Plane, Plane]:
        codes = [y] if c is None else [y, c[..., 0], c[..., 1]]
        depth = self.source.video.depth
        return normalised(codes, self.source.video.colour, ((1 << depth) - 1) / (1 << (depth - 8)))

    def _bwdif(self, take: Take, pictures: Span) -> list[Raw]:
        ticks = Span(start=int(take.starts[pictures.start]), stop=take.ticks(pictures.stop - 1).stop)
        shot = take.context or take.span
        found = deinterlaced(lambda k: self._mended(take, k), ticks, shot, self.source.video.chroma, take.order)
        return [found[int(take.starts[p]) - ticks.start] for p in range(pictures.start, pictures.stop)]

    def _parity(self, take: Take, pictures: Span) -> tuple[int | None, ...]:
        if take.method not in ("compensated", "bwdif"):
            return ()
        return tuple(field_parity(int(take.starts[n]), take.order) for n in range(pictures.start, pictures.stop))

    def _lost(self, take: Take, picture: int) -> bool:
        ticks = take.ticks(picture)
        return any(tick in take.lost for tick in range(ticks.start, ticks.stop))

    def _torn(self, take: Take, picture: int) -> tuple[Patch, ...]:
        ticks = take.ticks(picture)
        return places_of(take.torn, ticks, take.order if take.method in ("compensated", "bwdif") else None)

    def _motion(self, take: Take, clip: Clip) -> Motion:
        """Between the pictures of the clip and one beyond each end, within the shot."""
        onward: list[Flow | None] = []
        back: list[Flow | None] = []
        for number, lost in zip(clip.at, clip.lost or (False,) * len(clip), strict=True):
            there = None if lost else self._between(take, clip, number)
            here = None if lost else self._between(take, clip, number - 1)
            onward.append(there[0] if there else None)
            back.append(here[1] if here else None)
        return Motion(tuple(onward), tuple(back))

    def _between(self, take: Take, clip: Clip, number: int) -> tuple[Flow, Flow] | None:
        """Flows between pictures `number` and the next."""
        ends = number, number + 1
        if not all(end in take.pictures and not self._lost(take, end) for end in ends):
            return None
        if self._flows_of is not take:
            self._flows.clear()
            self._flows_of = take
        if number not in self._flows:
            one, other = (self._luma_codes(take, clip, end) for end in ends)
            self._flows[number] = self._follower.between(one, other)
            while len(self._flows) > HELD_FLOWS:
                self._flows.popitem(last=False)
        return self._flows[number]

    def _luma_codes(self, take: Take, clip: Clip, number: int) -> Plane:
        if number in clip.at:
            y = clip.y[clip.at.index(number)]
        else:
            y = self.read(take, Span(start=number, stop=number + 1)).y[0]
        return y * np.float32(LUMA_CODES) + np.float32(BLACK)

    def _woven(self, take: Take, picture: int) -> Raw:
        ticks = take.ticks(picture)
        fields = {field_parity(tick, take.order): tick // 2 for tick in reversed(range(ticks.start, ticks.stop))}
        if len(fields) == 1:
            ((parity, number),) = fields.items()
            return bob(self._mended(take, number), parity)
        return weave(self._mended(take, fields[0]), self._mended(take, fields[1]))

    def _mended(self, take: Take, number: int) -> Raw:
        frame = self.frame(take.moved.get(number, number))
        return patched(frame, take.torn[number], self.source.video.chroma) if number in take.torn else frame

    def _decoded(self, number: int) -> Raw:
        if number not in self._held:
            while len(self._held) >= HELD_FRAMES:
                self._held.pop(next(iter(self._held)))
            self._held[number] = raw(self._deck.frame(number))
        return self._held[number]


def picture_starts(method: str, span: Span, offset: int) -> NDArray[np.int64]:
    """First ticks of the pictures of a shot read field by field (every tick) or by `weave` (every other)."""
    if method in ("compensated", "bwdif"):
        return np.arange(span.start, span.stop)
    first = span.start if (span.start - offset) % 2 == 0 else span.start + 1
    starts = np.arange(first, span.stop, 2)
    return starts if first == span.start else np.insert(starts, 0, span.start)
