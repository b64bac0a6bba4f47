"""The chunks that are wanted of some frames: which are whole in the workspace, which must be made, and making them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from encore.core.result import ChunkResult, Timing
from encore.core.time import Span
from encore.core.video import Clip
from encore.encoding.codecs import AnyCodec
from encore.encoding.encode import SUFFIX_OF, Outlet, encode_outlets
from encore.execution.archive import listed, listing_of
from encore.execution.store import Store, sha256_of


@dataclass(frozen=True, slots=True)
class Ordered:
    """A chunk that is wanted."""

    key: str
    codec: AnyCodec
    hashed: bool = False
    """Whether the MD5 of every frame is wanted with it."""
    same: str = ""
    """Key of a chunk that will do as well; empty: none."""


@dataclass(frozen=True, slots=True)
class Made:
    """Delay of a chunk that was made now, and where it lies."""

    path: Path
    delay: int


def finished(store: Store, wanted: Ordered) -> ChunkResult | None:
    """The chunk, or the one that will do as well, if it is whole on disk with all that is wanted."""
    for key in filter(None, (wanted.key, wanted.same)):
        result = store.finished(key)
        if result is not None and (not wanted.hashed or listed(store, result)):
            return result
    return None


def missing_of(store: Store, wanted: Mapping[str, Ordered]) -> tuple[dict[str, ChunkResult], dict[str, Ordered]]:
    """What is there and what is not, by name of the delivery."""
    found = {name: finished(store, one) for name, one in wanted.items()}
    there = {name: result for name, result in found.items() if result is not None}
    return there, {name: wanted[name] for name in wanted if name not in there}


def encode_ordered(
    clips: Iterable[Clip], shown: Sequence[int], orders: Mapping[str, Ordered], rate: Fraction, store: Store,
    watch: Callable[[int], None],
) -> dict[str, Made]:  # fmt: skip
    """Feed the same frames to an encoder for every order; as `encode_outlets`."""
    paths = {name: store.chunk_path(one.key, SUFFIX_OF.get(one.codec.kind, ".mp4")) for name, one in orders.items()}
    outlets = [
        Outlet(paths[name], one.codec, listing_of(store, one.key) if one.hashed else None)
        for name, one in orders.items()
    ]
    delays = encode_outlets(clips, shown, outlets, rate, watch)
    return {name: Made(path, delay) for (name, path), delay in zip(paths.items(), delays, strict=True)}


def keep(
    store: Store, made: Mapping[str, Made], shot: int, span: Span, pictures: int, timings: tuple[Timing, ...] = (),
    counts: dict[str, dict[str, int]] | None = None,
) -> dict[str, ChunkResult]:  # fmt: skip
    """Write down chunks that were made together; timings and counts are the first one's, for they were spent once."""
    results: dict[str, ChunkResult] = {}
    for name, one in made.items():
        first = not results
        results[name] = ChunkResult(
            key=one.path.stem, shot=shot, span=span, file=one.path.name, bytes=one.path.stat().st_size,
            sha256=sha256_of(one.path), delay=one.delay, pictures=pictures, timings=timings if first else (),
            counts=(counts or {}) if first else {},
        )  # fmt: skip
        store.keep(f"chunks/{one.path.stem}.json", results[name])
    return results
