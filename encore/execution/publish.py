"""Where a film will be, what its chunks become, and the record of what was made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from encore.core.doc import writing
from encore.core.errors import OutputError, PlanError
from encore.core.events import Event, Fellback, Warned
from encore.core.findings import Timeline
from encore.core.result import Carried, Check, ChunkResult, Result, Timing
from encore.core.source import Source
from encore.encoding.codecs import AnyCodec
from encore.execution.joining import Joining, aside_of
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


def joining_of(source: Source, timeline: Timeline, plan: Plan) -> Joining:
    """What the chunks of a plan become."""
    delivery = plan.delivery
    start_s = timeline.start_s + plan.span.start / timeline.tick_rate
    return Joining(source, start_s, delivery.rate, delivery.width, delivery.height, timeline.jumps)


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
