"""From finished chunks to a published film: joined aside, checked frame by frame, then renamed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from encore.core.doc import writing
from encore.core.errors import OutputError, PlanError, ToolError, VerifyError
from encore.core.events import SECONDS_BETWEEN_PROGRESS, Event, Fellback, Progress, Warned
from encore.core.findings import Timeline
from encore.core.result import Carried, Check, ChunkResult, Result, Timing
from encore.core.source import Source
from encore.encoding.codecs import AnyCodec, Container
from encore.execution.store import Store
from encore.media.carry import Window
from encore.media.mux import Chunk, mux
from encore.media.verify import Promise, checked
from encore.planning.plan import Plan


def film_path(
    source: Source, out: Path | None, codec: AnyCodec, *, overwrite: bool, ours: Callable[[Path], bool]
) -> Path:
    """Where the film will be, checked before any work is done.

    Args:
        source: the tape.
        out: as the user said; None: `<name>.restored.<container>` beside the tape.
        codec: decides which containers will do.
        overwrite: whether a film of that name may be replaced.
        ours: tells whether an existing film is a result of the same workspace.

    Raises:
        PlanError: the codec does not fit the container.
        OutputError: the folder is missing or cannot be written, the film is the tape, or there is one already.
    """
    path = out.absolute() if out else source.path.with_name(f"{source.path.stem}.restored.{codec.containers[0]}")
    if path.suffix.lower().lstrip(".") not in codec.containers:
        fits = ", ".join(f".{name}" for name in codec.containers)
        raise PlanError(
            f"{codec.kind} does not go into {path.suffix or 'a file without suffix'}", todo=f"name the film with {fits}"
        )
    if path.is_dir() or not path.parent.is_dir():
        problem = "is a folder" if path.is_dir() else "its folder does not exist"
        raise OutputError(f"{path}: {problem}", todo="choose another -o")
    if path.exists() and path.samefile(source.path):
        raise OutputError(f"{path}: is the tape itself", todo="choose another -o")
    if path.exists() and not overwrite and not ours(path):
        raise OutputError(f"{path}: exists already", todo="choose another -o, or give --overwrite")
    aside = aside_of(path)
    with writing(path.parent, todo="choose another -o"):
        aside.touch()
        aside.unlink()
    return path


def aside_of(path: Path) -> Path:
    """The name that a film has until it has been checked."""
    return path.with_name(f".{path.name}.part")


def container_of(path: Path) -> Container:
    """Container by suffix, which `film_path` has checked."""
    return cast(Container, path.suffix.lower().lstrip("."))


def publish(
    source: Source,
    timeline: Timeline,
    plan: Plan,
    chunks: Sequence[ChunkResult],
    path: Path,
    store: Store,
    watch: Callable[[Event], None],
) -> tuple[tuple[Check, ...], tuple[Carried, ...], tuple[Timing, ...]]:
    """Join, check, rename.

    Returns:
        Every promise and how it was kept; what became of the tape's other streams; what it cost.

    Raises:
        VerifyError: a promise was broken; the film was not published and faulty chunks were thrown away.
        ToolError, OutputError: joining failed, the disk is full.
    """
    delivery, aside = plan.delivery, aside_of(path)
    frames = sum(len(chunk.span) for chunk in chunks)
    window = Window(
        start_s=timeline.start_s + plan.span.start / timeline.tick_rate,
        duration_s=frames / delivery.rate,
        jumps=timeline.jumps,
    )
    files = [Chunk(store.path / "chunks" / chunk.file, len(chunk.span), chunk.delay) for chunk in chunks]
    started = time.perf_counter(), time.process_time()
    watch(Progress(stage="join", done=0, total=frames))
    try:
        carried, heard = mux(files, delivery.rate, source, window, container_of(path), aside, store.scratch)
        joined = _timing("join", started)
        _tell_carried(carried, watch)
        started = time.perf_counter(), time.process_time()
        promise = Promise(
            frames, delivery.rate, delivery.width, delivery.height, tuple((h.start_s, h.end_s) for h in heard)
        )
        checks = _checked(aside, promise, chunks, store, watch)
        with writing(path):
            _durable(aside)
            aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)  # gone already when it was published
    return checks, tuple(carried), (joined, _timing("verify", started))


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


def _timing(part: str, started: tuple[float, float]) -> Timing:
    return Timing(part=part, wall_s=time.perf_counter() - started[0], cpu_s=time.process_time() - started[1])


def _durable(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def summed(results: Sequence[ChunkResult], extra: Sequence[Timing]) -> tuple[Timing, ...]:
    """What every part cost over the whole film, work of earlier runs included."""
    wall: dict[str, float] = {}
    cpu: dict[str, float] = {}
    for timing in (*(t for chunk in results for t in chunk.timings), *extra):
        wall[timing.part] = wall.get(timing.part, 0.0) + timing.wall_s
        cpu[timing.part] = cpu.get(timing.part, 0.0) + timing.cpu_s
    return tuple(Timing(part=part, wall_s=wall[part], cpu_s=cpu[part]) for part in wall)


def make_result(
    plan: Plan, path: Path, chunks: Sequence[ChunkResult], reused: int,
    parts: tuple[tuple[Check, ...], tuple[Carried, ...]],
    timings: tuple[Timing, ...], events: Sequence[Event], version: str,
) -> Result:  # fmt: skip
    """The record of a published film."""
    delivery = plan.delivery
    return Result(
        source=plan.source, plan=plan.digest, output=path,
        bytes=path.stat().st_size, frames=sum(len(c.span) for c in chunks),
        rate=delivery.rate, width=delivery.width, height=delivery.height, chunks=tuple(chunks), reused=reused,
        checks=parts[0], carried=parts[1], fallbacks=tuple(e for e in events if isinstance(e, Fellback)),
        warnings=tuple(e for e in events if isinstance(e, Warned)), timings=timings, version=version,
    )  # fmt: skip
