"""What does the repair cost: core-milliseconds per picture of 720x480, and memory that does not grow."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import psutil

from benchmarks.repair.asked import Asked, unavailable
from benchmarks.repair.playing import Player, stage_of
from benchmarks.repair.recording import Hiss, Planes, interlaced, planes_of, record
from benchmarks.repair.scenes import scene
from benchmarks.scan.table import Row
from encore.core.time import Span
from encore.restoration import STAGES, Upscale
from encore.restoration.stage import Stage
from encore.tape.reader import ReadingMethod

PICTURES = 48
WARM = 2
"""Batches that are not counted: the first have to read ahead."""
LOST = frozenset({20, 21, 32, 33})
"""Ticks, of two tape frames."""
LONG, QUICK_LONG = (60, 600), (60, 160)
"""Pictures after which memory is looked at."""
MOST_MIB = 32.0
"""By which it may have grown: less than eight working pictures of 4:2:0 with their flows."""


def bench(asked: Asked) -> Iterator[Row]:
    """Rows of the table."""
    pictures = [planes_of(picture) for picture in scene("dancer", PICTURES, asked.pictures)]
    denoise, rebuild = stage_of("denoise"), stage_of("rebuild")
    with tempfile.TemporaryDirectory() as folder:
        path = record(Path(folder) / "tape.mkv", interlaced(pictures, Hiss(4.0)))
        fast, best = _spent(path, [], "bwdif"), _spent(path, [])
        yield Row("cost", "reading by bwdif, core-ms per picture", fast, digits=0)
        yield Row("cost", "reading compensated, core-ms per picture", best, digits=0)
        if denoise is not None:
            both = _spent(path, [denoise])
            yield Row("cost", "denoise, core-ms per picture", both - best, digits=0)
            yield Row("cost", "reading compensated and denoise, core-ms per picture", both, "<=", 250, 0)
        else:
            yield unavailable("cost", "the stage denoise")
        if rebuild is not None:
            yield Row("cost", "rebuild, core-ms per rebuilt picture", _of_rebuilding(path, rebuild), digits=0)
        else:
            yield unavailable("cost", "the stage rebuild")
        every = [kind() for kind in STAGES if kind is not Upscale]
        names = ", ".join(type(stage).__name__ for stage in every) or "no stages yet"
        yield Row(
            "cost", f"reading and all before upscaling ({names}), core-ms per picture", _spent(path, every), "", 0
        )
        yield from _memory(Path(folder), pictures, [stage for stage in (rebuild, denoise) if stage], asked)


def _spent(path: Path, stages: Sequence[Stage], method: ReadingMethod = "compensated") -> float:
    """Median over batches of the processor time per picture, ms."""
    with Player(path, method) as player:
        player.listen()
        times: list[float] = []
        started = time.process_time()
        for batch in player.batches(stages):
            times.append((time.process_time() - started) / len(batch) * 1000)
            started = time.process_time()
    return float(np.median(times[WARM:]))


def _of_rebuilding(path: Path, stage: Stage) -> float:
    """Time of the whole tape with pictures to rebuild, less that of reading it with the same pictures lost."""
    spent: list[float] = []
    for stages in ([stage], []):
        with Player(path, lost=LOST) as player:
            started = time.process_time()
            player.restored(stages)
            spent.append(time.process_time() - started)
    return (spent[0] - spent[1]) / len(LOST) * 1000


def _memory(folder: Path, pictures: Sequence[Planes], stages: Sequence[Stage], asked: Asked) -> Iterator[Row]:
    """Of a tape that goes forth and back."""
    early, late = LONG if asked.full else QUICK_LONG
    frames = interlaced(pictures, Hiss(4.0))
    there_and_back = [*frames, *frames[::-1]]
    path = record(folder / "long.mkv", (there_and_back[n % len(there_and_back)] for n in range(late // 2 + 8)))
    seen: dict[int, float] = {}
    with Player(path) as player:
        player.listen()
        done = 0
        for batch in player.batches(stages, Span(start=0, stop=late)):
            done += len(batch)
            if done in (early, late):
                seen[done] = psutil.Process().memory_full_info().pss / 2**20
    for count, size in seen.items():
        yield Row("cost", f"memory (PSS) after {count} pictures, MiB", size, digits=0)
    yield Row("cost", f"growth from {early} to {late} pictures, MiB", seen[late] - seen[early], "<=", MOST_MIB, 0)
