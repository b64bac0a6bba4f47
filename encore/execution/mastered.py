"""A finished film looked at once, before it is encoded: its exact clock, its cuts, where it moves."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from encore.core.doc import Doc
from encore.core.errors import InputError
from encore.core.events import SECONDS_BETWEEN_PROGRESS, Event, Found, Progress
from encore.core.source import Source
from encore.core.time import Span, timecode
from encore.encoding.cuts import CutFinder
from encore.execution.store import Store
from encore.media.inspect import inspect
from encore.media.master import Player, Times, luma_of, pictures, times_of
from encore.media.verify import MKV_TICK_S
from encore.tape.timeline import STANDARD_RATES

SMALLEST = 64
"""Samples and lines that every encoder takes (SVT-AV1 and x265 refuse fewer)."""
STEADY_TICKS = 1
"""Units of the container's clock by which a time may be rounded; Matroska's are milliseconds."""
FULL_CLOCK = "re-encode it at a constant rate first, or give the tape to `encore restore`"


class Master(Doc):
    """What is known of a finished film. The document is kept in the workspace."""

    source: str
    """Fingerprint of the film."""
    version: str
    frames: int = Field(ge=1)
    rate: Fraction = Field(gt=0)
    start_s: Fraction
    """Time of the first picture on the film's own clock."""
    cuts: tuple[int, ...]
    """First frames of shots, the first shot's left out."""
    motion: tuple[float, ...]
    """Mean change of a small picture for every whole or begun second, 8-bit codes."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if list(self.cuts) != sorted({cut for cut in self.cuts if 0 < cut < self.frames}):
            raise ValueError("cuts must be frames of the film, in order")
        return self

    @property
    def shots(self) -> tuple[Span, ...]:
        """Frames of every shot."""
        edges = (0, *self.cuts, self.frames)
        return tuple(Span(start=a, stop=b) for a, b in pairwise(edges))

    @property
    def duration_s(self) -> Fraction:
        """Exact length."""
        return self.frames / self.rate


@dataclass(frozen=True, slots=True)
class Film:
    """A finished film, and a folder for what may vanish."""

    source: Source
    master: Master
    times: Times
    scratch: Path

    def player(self) -> Player:
        """A player of it."""
        return Player(self.source, self.times)


def master_source(path: Path) -> Source:
    """Look at a film without decoding it.

    Raises:
        InputError: missing, no video, of an odd or tiny size, with samples that are not square, flagged as interlaced.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file", todo="check the name")
    source = inspect(path)
    video = source.video
    size = f"{video.width}x{video.height}"
    if video.width % 2 or video.height % 2 or min(video.width, video.height) < SMALLEST:
        raise InputError(f"{path}: {size} cannot be encoded", todo=f"width and height must be even, {SMALLEST} or more")
    if (video.sample_aspect or Fraction(1)) != 1:
        raise InputError(
            f"{path}: its samples are {video.sample_aspect} as wide as high", todo="scale it to square ones"
        )
    if video.flagged in ("tff", "bff"):
        raise InputError(f"{path}: is interlaced", todo="`encore restore` makes a progressive film of it")
    return source


def mastered(source: Source, store: Store, version: str, watch: Callable[[Event], None]) -> Film:
    """The film with its clock, cuts and motion; from the workspace if they are there.

    Raises:
        InputError: the rate is not constant, a frame cannot be decoded, or pictures are interlaced.
    """
    times = times_of(source)
    known = store.document("master.json", Master)
    if known is None or (known.source, known.version) != (source.fingerprint, version):
        known = _looked_at(source, times, version, watch)
        store.keep("master.json", known)
    watch(Found(what="film", value=f"{known.frames} frames at {known.rate}/s, {len(known.shots)} shots"))
    return Film(source, known, times, store.scratch)


def exact_rate(shown: Sequence[int], tick_s: Fraction, flagged: Fraction | None, name: str) -> Fraction:
    """Frames per second of a clock that is constant up to the rounding of its container.

    Args:
        shown: times of all pictures, rising.
        tick_s: their unit.
        flagged: what the file says; tried first.
        name: of the file, for the error.

    Raises:
        InputError: the clock is not constant; says where.
    """
    count = len(shown) - 1
    if not count:
        if flagged is None:
            raise InputError(f"{name}: one picture, and no rate is told", todo="remux it with a rate")
        return flagged
    mean = count / ((shown[-1] - shown[0]) * tick_s)
    steps = [b - a for a, b in pairwise(shown)]
    standard = sorted(STANDARD_RATES, key=lambda rate: abs(rate - mean))[:2]
    told, even = ((flagged,) if flagged else ()), ((mean,) if len(set(steps)) == 1 and tick_s != MKV_TICK_S else ())
    for rate in (*told, *even, *standard, mean):
        if all(abs((at - shown[0]) * tick_s - n / rate) <= STEADY_TICKS * tick_s for n, at in enumerate(shown)):
            return rate
    usual = sorted(steps)[count // 2]
    first = next((n for n, step in enumerate(steps) if abs(step - usual) > STEADY_TICKS), 0)
    where = f"frame {first} at {timecode((shown[first] - shown[0]) * tick_s)}"
    lasts = f"lasts {float(steps[first] * tick_s):.4f} s where others last {float(usual * tick_s):.4f} s"
    raise InputError(f"{name}: its rate is not constant: {where} {lasts}", todo=FULL_CLOCK)


def _looked_at(source: Source, times: Times, version: str, watch: Callable[[Event], None]) -> Master:
    rate = exact_rate(times.shown, times.tick_s, source.video.rate, str(source.path))
    finder, told, total = CutFinder(), 0.0, len(times.shown)
    for number, frame in enumerate(pictures(source, times)):
        if frame.interlaced_frame:
            raise InputError(_combed(source, number, rate), todo="`encore restore` makes a progressive film of it")
        if not frame.format.is_rgb:
            finder.add(luma_of(frame, source.video.depth), source.video.depth)
        if time.perf_counter() - told > SECONDS_BETWEEN_PROGRESS:
            told = time.perf_counter()
            watch(Progress(stage="scan", done=number + 1, total=total))
    if finder.interlaced:
        raise InputError(
            f"{_combed(source, finder.first_combed or 0, rate)}, though it is flagged as progressive",
            todo="`encore restore` makes a progressive film of it",
        )
    seconds = math.ceil(total / rate)
    edges = [math.ceil(n * rate) for n in range(seconds)]
    motion = [finder.motion[a:b] for a, b in zip(edges, [*edges[1:], total], strict=True)]
    return Master(
        source=source.fingerprint, version=version, frames=total, rate=rate, start_s=times.shown[0] * times.tick_s,
        cuts=tuple(finder.cuts), motion=tuple(round(sum(m) / max(1, len(m)), 3) for m in motion),
    )  # fmt: skip


def _combed(source: Source, number: int, rate: Fraction) -> str:
    return f"{source.path}: is interlaced, as frame {number} at {timecode(number / rate)} shows"
