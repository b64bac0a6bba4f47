"""Chunks to a film under its name: joined aside, every frame decoded, every promise checked, then renamed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

from encore.core.doc import writing
from encore.core.errors import ToolError, VerifyError
from encore.core.events import SECONDS_BETWEEN_PROGRESS, Event, Fellback, Progress, Warned
from encore.core.result import Carried, Check, ChunkResult, Timing
from encore.core.source import Source
from encore.encoding.codecs import Container
from encore.execution.store import Store
from encore.media.carry import Window
from encore.media.mux import Chunk, mux
from encore.media.verify import Promise, checked


@dataclass(frozen=True, slots=True)
class Joining:
    """What chunks become."""

    source: Source
    """Whose sound, subtitles and chapters are carried."""
    start_s: Fraction
    """Second of the source at which the film starts."""
    rate: Fraction
    width: int
    height: int
    jumps: tuple[tuple[Fraction, Fraction], ...] = ()
    """(second, seconds taken out there) of closed gaps of the source."""


@dataclass(frozen=True, slots=True)
class Joined:
    """How every promise of a published film was kept, and what it cost."""

    checks: tuple[Check, ...]
    carried: tuple[Carried, ...]
    timings: tuple[Timing, ...]


def aside_of(path: Path) -> Path:
    """The name that a film has until it has been checked."""
    return path.with_name(f".{path.name}.part")


def container_of(path: Path) -> Container:
    """Container by suffix, which was checked before."""
    return cast(Container, path.suffix.lower().lstrip("."))


def join(
    what: Joining, chunks: Sequence[ChunkResult], path: Path, store: Store, watch: Callable[[Event], None]
) -> Joined:
    """Join, check, rename.

    Args:
        what: the film.
        chunks: in order; they lie in the store.
        path: the film's name.
        store: of the chunks.
        watch: hears progress, and which streams could not be copied.

    Raises:
        VerifyError: a promise was broken; the film was not published and faulty chunks were thrown away.
        ToolError, OutputError: joining failed, the disk is full.
    """
    aside = aside_of(path)
    frames = sum(len(chunk.span) for chunk in chunks)
    window = Window(start_s=what.start_s, duration_s=frames / what.rate, jumps=what.jumps)
    files = [Chunk(store.path / "chunks" / chunk.file, len(chunk.span), chunk.delay) for chunk in chunks]
    started = time.perf_counter(), time.process_time()
    watch(Progress(stage="join", done=0, total=frames))
    try:
        carried, heard = mux(files, what.rate, what.source, window, container_of(path), aside, store.scratch)
        joined = timing("join", started)
        _tell_carried(carried, watch)
        started = time.perf_counter(), time.process_time()
        sound = tuple((h.start_s, h.end_s) for h in heard)
        checks = _checked(aside, Promise(frames, what.rate, what.width, what.height, sound), chunks, store, watch)
        with writing(path):
            _durable(aside)
            aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)  # gone already when it was published
    return Joined(checks, tuple(carried), (joined, timing("verify", started)))


def _checked(
    aside: Path, promise: Promise, chunks: Sequence[ChunkResult], store: Store, watch: Callable[[Event], None]
) -> tuple[Check, ...]:
    told = 0.0

    def step(frames: int) -> None:
        nonlocal told
        if time.perf_counter() - told > SECONDS_BETWEEN_PROGRESS:
            told = time.perf_counter()
            watch(Progress(stage="verify", done=frames, total=promise.frames))

    try:
        checks = checked(aside, promise, step)
        broken = [f"{check.promise}: {check.found} instead of {check.expected}" for check in checks if not check.kept]
    except ToolError as error:
        checks, broken = (), [f"a frame does not decode ({' '.join(error.stderr.split())[-160:]})"]
    if broken:
        thrown = _throw_away_faulty(chunks, store)
        advice = (
            f"run again; {thrown} faulty chunks will be made anew" if thrown else "run again; if it stays, report it"
        )
        raise VerifyError(f"the film was not published: {'; '.join(broken)}", todo=advice)
    return checks


def _throw_away_faulty(chunks: Sequence[ChunkResult], store: Store) -> int:
    """Forget chunks whose bytes are no longer those that were written."""
    faulty = [chunk.key for chunk in chunks if store.finished(chunk.key) is None]
    for key in faulty:
        store.forget(key)
    return len(faulty)


def _tell_carried(carried: Sequence[Carried], watch: Callable[[Event], None]) -> None:
    for stream in carried:
        name = f"{stream.kind} stream {stream.index} ({stream.codec or 'unknown'})"
        if stream.how.startswith("left out"):
            watch(Warned(what=f"{name}: {stream.how}"))
        elif stream.how.startswith("converted"):
            watch(Fellback(asked=f"copy {name}", used=stream.how, why="the container cannot hold it as it is"))


def timing(part: str, started: tuple[float, float]) -> Timing:
    """Wall and processor time since `started`, a pair of both clocks."""
    return Timing(part=part, wall_s=time.perf_counter() - started[0], cpu_s=time.process_time() - started[1])


def _durable(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
