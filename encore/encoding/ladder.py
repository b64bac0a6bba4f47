"""The rungs of a stream: sizes and codecs, key frames that all share, and which rungs are worth their bits."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import log2
from typing import cast

from pydantic import Field

from encore.core.doc import Doc
from encore.core.errors import PlanError
from encore.core.time import Span
from encore.encoding.codecs import Av1, Avc

HEIGHTS: dict[str, tuple[int, ...]] = {"av1": (2160, 1440, 1080, 720, 540, 360), "avc": (1080, 720, 360)}
"""Lines of rungs by codec: AV1 for all who can play it, H.264 for the rest, who do not have large screens."""
CRFS: dict[str, tuple[int, ...]] = {"av1": (26, 34, 42), "avc": (19, 24, 29)}
"""Qualities tried for every rung: from hardly different to clearly worse, about 2 times the bits between neighbours."""
USUAL_CRF = {"av1": 34, "avc": 23}
"""Quality of a rung that is not measured."""
SMALLEST = 64
"""Samples that SVT-AV1 takes at least."""
OWN_SIZE = Fraction(9, 10)
"""A film whose own lines are further above the highest rung than this gets a rung of its own size."""
SEGMENT_S, KEY_S = 4, 2
"""Seconds of a segment, and between key frames: what Apple's HLS authoring specification asks of key frames, and a
length at which a player changes rungs soon and one request is worth its cost."""
APART_S = Fraction(1, 4)
"""Least distance of a key frame from one that must be, in seconds."""
JND = 6.0
"""Points of VMAF that half of all viewers just see (Ozer, "Just noticeable difference with VMAF"); closer rungs are
two for one."""
TOP_DROP = 5.0
"""Points of VMAF that the top rung may lie below the film itself: 95 of 100, where nothing more is visible."""

Streamed = Av1 | Avc


class Rung(Doc):
    """One size in one codec."""

    width: int = Field(ge=16, multiple_of=2)
    height: int = Field(ge=16, multiple_of=2)
    codec: Streamed = Field(discriminator="kind")

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.codec.kind}-{self.height}p"


class Point(Doc):
    """What a rung costs and how it looks, measured on windows of the film."""

    rung: Rung
    bits_per_s: float = Field(gt=0)
    quality: float
    """VMAF, enlarged to the film's size, 0 to 100."""


class Grid(Doc):
    """Where segments begin and where key frames are; the same for every rung and codec."""

    edges: tuple[int, ...]
    """First frame of every segment, and the number of frames."""
    keys: tuple[int, ...]
    """Frames that are key frames; first frames of segments are among them."""

    def keys_of(self, span: Span) -> tuple[int, ...]:
        """Key frames after the first frame of a span, counted from it."""
        return tuple(key - span.start for key in self.keys if span.start < key < span.stop)

    def stretches(self, segments: int) -> Iterable[Span]:
        """Runs of so many segments."""
        starts = self.edges[:-1:segments]
        for start, stop in zip(starts, (*starts[1:], self.edges[-1]), strict=True):
            yield Span(start=start, stop=stop)


def grid_of(frames: int, rate: Fraction, cuts: Sequence[int]) -> Grid:
    """Segments of equal length from the start; key frames every two seconds and at cuts, none close to another.

    Args:
        frames: of the film.
        rate: frames per second.
        cuts: first frames of shots.
    """
    length, half, apart = (max(1, round(seconds * rate)) for seconds in (SEGMENT_S, KEY_S, APART_S))
    edges = [*range(0, frames, length), frames]
    keys = edges[:-1]
    for wanted in (cuts, range(half, frames, length)):
        for at in wanted:
            place = bisect(keys, at)
            if all(abs(at - key) >= apart for key in keys[max(0, place - 1) : place + 1]):
                keys.insert(place, at)
    return Grid(edges=tuple(edges), keys=tuple(keys))


def rungs_of(width: int, height: int, codecs: Sequence[str] = ("av1", "avc")) -> tuple[Rung, ...]:
    """All rungs that a film of that size can have, the largest first; never larger than the film.

    Args:
        width: samples per line of the film.
        height: its lines.
        codecs: kinds, in the order in which players are to try them.

    Raises:
        PlanError: a codec that streams do not have, or a film that is too small for any.
    """
    made: list[Rung] = []
    for kind in codecs:
        if kind not in HEIGHTS:
            raise PlanError(f"{kind} is no codec of a stream", todo=f"choose from {', '.join(HEIGHTS)}")
        heights = [lines for lines in HEIGHTS[kind] if lines <= height]
        if height < HEIGHTS[kind][0] and (not heights or heights[0] < OWN_SIZE * height):
            heights.insert(0, height)
        for lines in heights:
            wide = width if lines == height else 2 * round(Fraction(width * lines, 2 * height))
            if min(wide, lines) >= SMALLEST:
                made.append(Rung(width=wide, height=lines, codec=recipe(kind, USUAL_CRF[kind])))
    if not made:
        raise PlanError(f"{width}x{height} is too small to be streamed", todo=f"{SMALLEST} samples are needed")
    return tuple(made)


def recipe(kind: str, crf: int) -> Streamed:
    """The codec of a rung."""
    return Av1(crf=crf) if kind == "av1" else Avc(crf=crf)


def candidates(rungs: Iterable[Rung]) -> tuple[Rung, ...]:
    """Every rung at every quality that is tried."""
    return tuple(
        rung.model_copy(update={"codec": recipe(rung.codec.kind, crf)})
        for rung in rungs
        for crf in CRFS[rung.codec.kind]
    )


def hull(points: Iterable[Point]) -> list[Point]:
    """The points that no mixture of others beats: upper convex hull of quality over the logarithm of bits.

    Returns:
        The cheapest first.
    """
    kept: list[Point] = []
    for point in sorted(points, key=lambda p: (p.bits_per_s, -p.quality)):
        if kept and point.quality <= kept[-1].quality:
            continue
        while len(kept) > 1 and _slope(kept[-2], point) >= _slope(kept[-2], kept[-1]):
            kept.pop()
        kept.append(point)
    return kept


def _slope(one: Point, other: Point) -> float:
    return (other.quality - one.quality) / max(1e-9, log2(other.bits_per_s) - log2(one.bits_per_s))


def pruned(points: Sequence[Point], best: float) -> tuple[Rung, ...]:
    """The rungs worth having, the best first in every codec: on the hull, and a visible step apart.

    Args:
        points: measured.
        best: VMAF of the film against itself; banded films do not reach 100.
    """
    chosen: list[Rung] = []
    for kind in dict.fromkeys(cast(str, point.rung.codec.kind) for point in points):
        steps = hull(point for point in points if point.rung.codec.kind == kind)
        last = next((p for p in steps if p.quality >= best - TOP_DROP), steps[-1])
        chosen.append(last.rung)
        for point in reversed(steps):
            if point.quality <= last.quality - JND and point.rung.height < last.rung.height:
                chosen.append(point.rung)
                last = point
    return tuple(chosen)


def windows(motion: Sequence[float], rate: Fraction, frames: int, length: int) -> tuple[Span, ...]:
    """Frames on which rungs are measured: where half of the film moves less, and where all but a tenth does.

    Args:
        motion: for every second of the film.
        rate: frames per second.
        frames: of the film.
        length: frames of a window.
    """
    ranked = sorted(range(len(motion)), key=lambda second: motion[second])
    chosen = {ranked[len(ranked) // 2], ranked[len(ranked) * 9 // 10]}
    starts = (max(0, min(round(second * rate), frames - length)) for second in sorted(chosen))
    return tuple(Span(start=start, stop=min(frames, start + length)) for start in sorted(set(starts)))
