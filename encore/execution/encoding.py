"""The encoding stage alone, on any finished progressive film: exact frames, exact clock, its sound carried along."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from encore.core.doc import Doc, digest_of
from encore.core.errors import DocumentError, InputError, PlanError
from encore.core.events import SECONDS_BETWEEN_PROGRESS, ChunkDone, Event, Fellback, Progress
from encore.core.result import Carried, Check, ChunkResult
from encore.core.source import Source
from encore.core.time import Span
from encore.core.video import BT709, Clip, VideoFormat
from encore.encoding.codecs import AnyCodec, Av1
from encore.encoding.deliveries import FILM, HASHED, also_of, beside
from encore.execution.archive import write_hashes
from encore.execution.job import CHUNK_S
from encore.execution.joining import Joined, Joining, join
from encore.execution.mastered import Film, master_source, mastered
from encore.execution.outlets import Ordered, encode_ordered, keep, missing_of
from encore.execution.publish import film_path
from encore.execution.store import Store
from encore.media.colour import gather_chroma, studio_codes, working_planes
from encore.media.decode import Raw, raw
from encore.media.master import ColourPoints, Player, colour_points

ENCODING = "encode"
"""Stage of the progress events."""

Chooser = Callable[[Span], AnyCodec]
"""Gives the codec of a span of frames, which is a chunk; all of one kind."""


def always(codec: AnyCodec) -> Callable[[Film], Chooser]:
    """The same codec for all chunks."""
    return lambda _film: lambda _span: codec


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made of a film."""

    codec: AnyCodec = field(default_factory=Av1)
    """Of the film; decides which containers will do."""
    chooser: Callable[[Film], Chooser] | None = None
    """Finds the codec of every chunk, given the film and a folder for its trials; None: `codec` for all."""
    also: tuple[str, ...] = ()
    """Further deliveries by name."""
    overwrite: bool = False


class Encoded(Doc):
    """A published film, and what else was made of it. Kept in the workspace."""

    source: str
    order: str
    """Digest of every chunk's key."""
    output: Path
    also: tuple[Path, ...]
    frames: int
    rate: Fraction
    bytes: int
    chunks: tuple[ChunkResult, ...]
    carried: tuple[Carried, ...]
    checks: tuple[Check, ...]
    """Of the film."""
    version: str

    def is_still(self, order: str) -> bool:
        """Whether this is what `order` would make, and it lies there unchanged in size."""
        there = all(path.is_file() for path in (self.output, *self.also))
        return self.order == order and there and self.output.stat().st_size == self.bytes


def encoded(
    path: Path, out: Path, workspace: Path, version: str, order: Order, watch: Callable[[Event], None]
) -> Encoded:
    """Encode a film; what is finished is kept in the workspace and found again.

    Args:
        path: a progressive film at a constant rate.
        out: the film to make.
        workspace: folder for documents and chunks.
        version: of Encore.
        order: codecs.
        watch: hears every event.

    Raises:
        InputError: the film cannot be encoded as it is; PlanError: the codec does not fit the container.
        OutputError: a result exists, or the disk is full; VerifyError: a result is not what was promised.
    """
    source = master_source(path)
    points = colour_points(source)
    if not points.known:
        raise InputError(f"{path}: its colour is not that of television ({points})", todo="convert it to BT.709 first")
    before = _before(workspace)
    targets = _targets(source, out, order, before)
    with closing(Store(workspace, source, version)) as store:
        film = mastered(source, store, version, watch)
        orders = _orders(film, order, version)
        wanted = digest_of([[one.key for one in orders_.values()] for _, orders_ in orders])
        if before is not None and before.output == targets[FILM] and before.is_still(wanted):
            return before
        if not points.ours:
            watch(Fellback(asked="keep the film's colour", used="BT.709", why=f"it is {points}"))
        chunks = _Encoder(film, points, store, watch).run(orders)
        joined = {name: _joined(film, chunks[name], target, store, watch) for name, target in targets.items()}
        if HASHED in targets:
            size = (source.video.width, source.video.height)
            write_hashes(targets[HASHED], chunks[HASHED], film.master.rate, size, store)
        made = Encoded(
            source=source.fingerprint, order=wanted, output=targets[FILM],
            also=tuple(target for name, target in targets.items() if name != FILM), frames=film.master.frames,
            rate=film.master.rate, bytes=targets[FILM].stat().st_size, chunks=tuple(chunks[FILM]),
            carried=joined[FILM].carried, checks=joined[FILM].checks, version=version,
        )  # fmt: skip
        store.keep("encoded.json", made)
    return made


def _before(workspace: Path) -> Encoded | None:
    try:
        return Encoded.load(workspace / "encoded.json")
    except DocumentError:
        return None


def _targets(source: Source, out: Path, order: Order, before: Encoded | None) -> dict[str, Path]:
    """Files to make by delivery, all checked before any work is done."""
    ours = {before.output, *before.also} if before else set[Path]()

    def checked(path: Path, codec: AnyCodec) -> Path:
        return film_path(source, path, codec, overwrite=order.overwrite, ours=lambda p: p in ours)

    also = also_of(order.also)
    film = checked(out, order.codec)
    return {FILM: film, **{name: checked(beside(film, name), codec) for name, codec in also.items()}}


def _orders(film: Film, order: Order, version: str) -> list[tuple[Span, dict[str, Ordered]]]:
    """Every chunk of every delivery; chunks end at cuts."""
    longest = max(1, math.floor(CHUNK_S * film.master.rate))
    choose = (order.chooser or always(order.codec))(film)
    also = also_of(order.also)
    found: list[tuple[Span, dict[str, Ordered]]] = []
    for shot in film.master.shots:
        for span in shot.pieces(longest):
            codec = choose(span)
            if codec.kind != order.codec.kind:
                raise PlanError(f"{codec.kind} was chosen for a film in {order.codec.kind}")
            wanted = {FILM: codec, **also}
            orders = {
                name: Ordered(_key(film, span, one, version), one, hashed=name == HASHED)
                for name, one in wanted.items()
            }
            found.append((span, orders))
    return found


def _key(film: Film, span: Span, codec: AnyCodec, version: str) -> str:
    needed = [
        film.source.fingerprint, version, span.model_dump(), str(film.master.rate), codec.model_dump(mode="json"),
        "encode",
    ]  # fmt: skip
    return digest_of(needed)[:24]


def _joined(film: Film, chunks: list[ChunkResult], path: Path, store: Store, watch: Callable[[Event], None]) -> Joined:
    video, master = film.source.video, film.master
    what = Joining(film.source, master.start_s, master.rate, video.width, video.height)
    return join(what, chunks, path, store, watch)


class _Encoder:
    """Makes the chunks that are missing, each from one decoding of its pictures."""

    def __init__(self, film: Film, points: ColourPoints, store: Store, watch: Callable[[Event], None]) -> None:
        self._film, self._points, self._store, self._watch = film, points, store, watch
        self._told = 0.0

    def run(self, orders: list[tuple[Span, dict[str, Ordered]]]) -> dict[str, list[ChunkResult]]:
        """All chunks by delivery."""
        made: dict[str, list[ChunkResult]] = {name: [] for name in orders[0][1]}
        with closing(self._film.player()) as player:
            for number, (span, wanted) in enumerate(orders):
                started = time.perf_counter()
                found, missing = missing_of(self._store, wanted)
                if missing:
                    clips = pictures_of(player, span, self._film.source, self._points)
                    rate, step = self._film.master.rate, self._step(span)
                    fresh = encode_ordered(clips, range(len(span)), missing, rate, self._store, step)
                    found |= keep(self._store, fresh, number, span, len(span))
                for name, results in made.items():
                    results.append(found[name])
                seconds, size = time.perf_counter() - started, sum(result.bytes for result in found.values())
                self._watch(
                    ChunkDone(
                        shot=number, start=span.start, stop=span.stop, reused=not missing, bytes=size,
                        seconds=seconds if missing else 0.0,
                    )
                )  # fmt: skip
        return made

    def _step(self, span: Span) -> Callable[[int], None]:
        def heard(frames: int) -> None:
            if time.perf_counter() - self._told >= SECONDS_BETWEEN_PROGRESS:
                self._told = time.perf_counter()
                self._watch(Progress(stage=ENCODING, done=span.start + frames, total=self._film.master.frames))

        return heard


def pictures_of(player: Player, span: Span, source: Source, points: ColourPoints) -> Iterator[Clip]:
    """Pictures of a film in 16-bit codes of BT.709, one by one, numbered from the start of the span."""
    video = source.video
    plain = points.ours and video.chroma in ("420", "422", "444") and video.colour.siting == "left"
    for number, frame in enumerate(player.play(span)):
        given = raw(frame)
        yield (
            _as_it_is(given, number, source) if plain and len(given.planes) == 3 else _converted(given, number, source)
        )


def _as_it_is(given: Raw, number: int, source: Source) -> Clip:
    y, cb, cr = ((plane.astype(np.uint16) << (16 - given.depth))[None] for plane in given.planes)
    return Clip(y=y, cb=cb, cr=cr, at=(number,), format=_format(source, source.video.chroma))


def _converted(given: Raw, number: int, source: Source) -> Clip:
    y, cb, cr = working_planes(given, source.video.colour)
    made = _format(source, "422")
    cb, cr = (gather_chroma(plane, made.chroma_size, 2) for plane in (cb, cr))
    codes = studio_codes(y, luma=True), studio_codes(cb, luma=False), studio_codes(cr, luma=False)
    return Clip(y=codes[0][None], cb=codes[1][None], cr=codes[2][None], at=(number,), format=made)


def _format(source: Source, chroma: str) -> VideoFormat:
    video = source.video
    return VideoFormat.model_validate(
        {"width": video.width, "height": video.height, "chroma": chroma, "sample": "u16", "colour": BT709}
    )
