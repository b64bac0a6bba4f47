"""Job: one chunk of one shot; its key is the digest of everything that decides its content."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from encore.core.doc import digest_of
from encore.core.time import Span
from encore.planning.plan import Plan, ShotPlan
from encore.tape.ivtc import film_pictures
from encore.tape.reader import Take, picture_starts
from encore.tape.scan import FieldStats

CHUNK_S = 10
"""Longest chunk in seconds: what a kill can cost; longer ones compress no better, since key frames come every 5 s."""


@dataclass(frozen=True, slots=True)
class Job:
    """Some output frames of a shot."""

    shot: int
    span: Span
    """Output frames of the film."""
    take: Take
    shown: tuple[int, ...]
    """Picture number of every output frame."""
    plan: ShotPlan
    key: str


def take_of(shot: ShotPlan, stats: FieldStats) -> Take:
    """How the pictures of a shot lie on the tape."""
    reading = shot.reading
    if reading.method == "film":
        starts = np.array([start for start, _ in film_pictures(stats, shot.span, reading.order)], np.int64)
    else:
        starts = picture_starts(reading.method, shot.span, reading.offset)
    before, after = shot.reach
    context = Span(start=max(0, shot.span.start - before), stop=shot.span.stop + after)
    return Take(method=reading.method, order=reading.order, span=shot.span, starts=starts, context=context)


def output_span(shot: Span, plan: Plan) -> Span:
    """Output frames that show a shot: those that begin inside it."""
    step = plan.delivery.ticks_per_frame
    start, stop = (math.ceil((tick - plan.span.start) / step) for tick in (shot.start, shot.stop))
    return Span(start=start, stop=stop)


def jobs(plan: Plan, stats: FieldStats, version: str) -> Iterator[Job]:
    """All chunks of a plan, in the order of the film."""
    step = plan.delivery.ticks_per_frame
    longest = max(1, math.floor(CHUNK_S * plan.delivery.rate))
    for number, shot in enumerate(plan.shots):
        take = take_of(shot, stats)
        frames = output_span(shot.span, plan)
        for piece in frames.pieces(longest) if len(frames) else ():
            shown = take.shown(piece, plan.span.start, step)
            yield Job(number, piece, take, shown, shot, _key(plan, shot, take, shown, version))


def _key(plan: Plan, shot: ShotPlan, take: Take, shown: tuple[int, ...], version: str) -> str:
    delivery = plan.delivery
    needed = {
        "source": plan.source,
        "version": version,
        "span": shot.span.model_dump(),
        "reach": shot.reach,
        "reading": shot.reading.model_dump(),
        "stages": [decision.stage.model_dump(mode="json") for decision in shot.decisions],
        "codec": delivery.codec.model_dump(mode="json"),
        "rate": str(delivery.rate),
        "starts": hashlib.sha256(take.starts.astype("<i8").tobytes()).hexdigest(),
        "shown": shown,
    }
    return digest_of(needed)[:24]
