"""Job: one chunk of one shot; its key is the digest of everything that decides its content."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np

from encore.core.doc import digest_of
from encore.core.findings import Mark, SeenFace
from encore.core.time import Span
from encore.encoding.codecs import AnyCodec
from encore.encoding.deliveries import FILM, HASHED
from encore.execution.outlets import Ordered
from encore.planning.losses import Losses, torn_by
from encore.planning.plan import Plan, ShotPlan
from encore.restoration import AnyStage, Rebuild, Upscale
from encore.restoration import Faces as FacesStage
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
    orders: Mapping[str, Ordered]
    """Chunks that are wanted of it, by delivery; `FILM` is always there."""

    @property
    def key(self) -> str:
        """Of the film's own chunk."""
        return self.orders[FILM].key


class Faces(Protocol):
    """The faces of a tape."""

    def of(self, take: Take, /) -> Mapping[int, tuple[SeenFace, ...]]:
        """By picture of a shot."""
        ...

    def digest(self, ticks: Span, /) -> str:
        """Of all that is known of the faces in ticks [start, stop)."""
        ...


def take_of(shot: ShotPlan, stats: FieldStats, marks: Iterable[Mark] = (), faces: Faces | None = None) -> Take:
    """How the pictures of a shot lie on the tape.

    Args:
        shot: how it is to be read, and what of it is lost.
        stats: of the tape's fields.
        marks: damaged places in its frames.
        faces: of the tape; only asked if a stage needs them.
    """
    reading = shot.reading
    if reading.method == "film":
        starts = np.array([start for start, _ in film_pictures(stats, shot.span, reading.order)], np.int64)
    else:
        starts = picture_starts(reading.method, shot.span, reading.offset)
    before, after = shot.reach
    context = Span(start=max(0, shot.span.start - before), stop=shot.span.stop + after)
    mended = any(isinstance(decision.stage, Rebuild) for decision in shot.decisions)
    losses = shot.losses if mended else Losses()
    take = Take(
        method=reading.method, order=reading.order, span=shot.span, starts=starts, context=context,
        lost=losses.lost, moved=losses.moved, torn=torn_by(marks, losses) if mended else {},
    )  # fmt: skip
    return replace(take, faces=faces.of(take)) if faces is not None and _needs_faces(shot) else take


def _needs_faces(shot: ShotPlan) -> bool:
    return any(isinstance(decision.stage, FacesStage) for decision in shot.decisions)


def output_span(shot: Span, plan: Plan) -> Span:
    """Output frames that show a shot: those that begin inside it."""
    step = plan.delivery.ticks_per_frame
    start, stop = (math.ceil((tick - plan.span.start) / step) for tick in (shot.start, shot.stop))
    return Span(start=start, stop=stop)


def jobs(
    plan: Plan, stats: FieldStats, version: str, marks: Callable[[Span], Iterable[Mark]] = lambda _frames: (),
    weights: Mapping[str, str] | None = None, faces: Faces | None = None, also: Mapping[str, AnyCodec] | None = None,
) -> Iterator[Job]:  # fmt: skip
    """All chunks of a plan, in the order of the film.

    Args:
        plan: what to do.
        stats: of the tape's fields.
        version: of Encore; another one makes everything anew.
        marks: gives the damaged places in a span of tape frames.
        weights: digests of networks by name; others of the same name make their chunks anew.
        faces: of the tape, for shots whose faces are restored.
        also: codecs of further deliveries by name.
    """
    step = plan.delivery.ticks_per_frame
    longest = max(1, math.floor(CHUNK_S * plan.delivery.rate))
    for number, shot in enumerate(plan.shots):
        take = take_of(shot, stats, marks(_near(shot)), faces)
        known = faces.digest(shot.span) if faces is not None and take.faces is not None else ""
        frames = output_span(shot.span, plan)
        for piece in frames.pieces(longest) if len(frames) else ():
            shown = take.shown(piece, plan.span.start, step)
            needed = _needed(plan, shot, take, shown, version, weights or {}, known, piece.start)
            yield Job(number, piece, take, shown, shot, _orders(needed, shot, plan.delivery.codec, also or {}))


def _near(shot: ShotPlan) -> Span:
    """Tape frames that a shot is made of or looks at."""
    return Span(start=max(0, shot.span.start - shot.reach[0]) // 2, stop=-(-(shot.span.stop + shot.reach[1]) // 2))


def _needed(
    plan: Plan, shot: ShotPlan, take: Take, shown: tuple[int, ...], version: str, weights: Mapping[str, str],
    faces: str, start: int,
) -> dict[str, object]:  # fmt: skip
    delivery = plan.delivery
    networks = {name for decision in shot.decisions for name in decision.stage.networks()}
    needed: dict[str, object] = {
        "source": plan.source,
        "version": version,
        "span": shot.span.model_dump(),
        "reach": shot.reach,
        "reading": shot.reading.model_dump(),
        "losses": shot.losses.model_dump(mode="json"),
        "torn": sorted((frame, places) for frame, places in take.torn.items()),
        "stages": [decision.stage.model_dump(mode="json") for decision in shot.decisions],
        "codec": delivery.codec.model_dump(mode="json"),
        "rate": str(delivery.rate),
        "starts": hashlib.sha256(take.starts.astype("<i8").tobytes()).hexdigest(),
        "shown": shown,
        "networks": {name: weights.get(name, "") for name in sorted(networks)},
        "faces": faces,
    }
    if delivery.grain == "stream":  # where a chunk begins in the film makes its grain another
        needed["film grain"] = shot.film_grain.model_dump(mode="json") if shot.film_grain else None, start
    return needed


def _orders(
    needed: dict[str, object], shot: ShotPlan, codec: AnyCodec, also: Mapping[str, AnyCodec]
) -> dict[str, Ordered]:
    """Chunks by delivery. Where one takes finer chroma than the film, all that are made together are made of that."""
    stages = [stage.model_dump(mode="json") for stage in with_chroma(shot, "422")]

    def key(codec: AnyCodec, *, fine: bool) -> str:
        changed = {"codec": codec.model_dump(mode="json"), **({"stages": stages} if fine else {})}
        return digest_of({**needed, **changed})[:24]

    same = key(codec, fine=True) if codec.chroma == "420" else ""
    film = Ordered(key(codec, fine=False), codec, same=same)
    return {FILM: film, **{n: Ordered(key(c, fine=True), c, hashed=n == HASHED) for n, c in also.items()}}


def with_chroma(shot: ShotPlan, chroma: Literal["420", "422"] | None) -> list[AnyStage]:
    """The stages of a shot, its pictures made with that chroma; None: as planned."""
    stages = [decision.stage for decision in shot.decisions]
    if chroma is None:
        return stages
    return [s.model_copy(update={"chroma": chroma}) if isinstance(s, Upscale) else s for s in stages]
