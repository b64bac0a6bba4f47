"""What does a film cost: frames per second, core-milliseconds and memory at a whole raster, each in a process alone."""

from __future__ import annotations

import importlib.util
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from threadpoolctl import threadpool_limits  # pyright: ignore[reportMissingTypeStubs]

from benchmarks.repair.asked import unavailable
from benchmarks.repair.playing import Player
from benchmarks.repair.recording import Hiss, interlaced, planes_of, record
from benchmarks.repair.scenes import scene
from benchmarks.restore.asked import Asked
from benchmarks.restore.contenders import RIVALS, graph, stages
from benchmarks.scan.table import Row
from encore.media.decode import decoded
from encore.media.inspect import inspect
from encore.media.process import run

FILM = (2880, 1920)
"""Four times 720x480."""
PICTURES, QUICK = 32, 20
WARM = 2
"""Batches that are not counted: the first have to read ahead."""
COMPACT = "Real-ESRGAN compact x4 (64 channels, 16 convolutions, random weights), PyTorch, 32-bit floats"
TIMES_FASTER = 20.0
"""Than the compact architecture of Real-ESRGAN in PyTorch with 32-bit floats, end to end."""


@dataclass(frozen=True)
class Cost:
    """Of one picture, on one thread, from the file to codes in memory."""

    wall_ms: float
    core_ms: float
    peak_mib: float
    """Of the process that does the work."""


def bench(asked: Asked) -> Iterator[Row]:
    """Rows of the table."""
    count = PICTURES if asked.full else QUICK
    networks: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        pictures = [planes_of(picture) for picture in scene("dancer", count)]
        path = record(Path(folder) / "tape.mkv", interlaced(pictures, Hiss(2.5)))
        for name in asked.upscalers:
            if stages(name, FILM) is None:
                yield unavailable("cost", f"the network {name}")
                continue
            cost = _alone(_ours, path, name)
            yield from _told(f"ours {name}", cost)
            if name != "lanczos":
                networks[name] = cost.core_ms
        for name, strengths in RIVALS.items():
            yield from _told(name, _alone(_theirs, path, graph(*strengths[0], FILM, cut=False)))
    if networks:
        yield from _against(networks, asked)


def _told(by: str, cost: Cost) -> Iterator[Row]:
    yield Row("cost", f"{by}, frames/s on one thread, 720x480 to {FILM[0]}x{FILM[1]}", 1000 / cost.wall_ms, digits=2)
    yield Row("cost", f"{by}, core-ms per picture", cost.core_ms, digits=0)
    yield Row("cost", f"{by}, peak memory, MiB", cost.peak_mib, digits=0)


def _against(networks: dict[str, float], asked: Asked) -> Iterator[Row]:
    """How many times as fast as the compact architecture every network is, by core-ms per picture."""
    if importlib.util.find_spec("torch") is None:
        yield unavailable("cost", f"{COMPACT}: PyTorch is not installed")
        return
    compact = _alone(_compact, Path(), "full" if asked.full else "quick").core_ms
    yield Row("cost", f"{COMPACT}, core-ms per picture", compact, digits=0)
    for name, core_ms in networks.items():
        yield Row("cost", f"the same, over ours {name} from file to film", compact / core_ms, ">=", TIMES_FASTER, 1)


def _alone(work: Callable[[Path, str], Cost], path: Path, what: str) -> Cost:
    """In a new process, so that memory is its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_one_thread) as pool:
        return pool.submit(work, path, what).result()


def _one_thread() -> None:
    cv2.setNumThreads(1)
    threadpool_limits(1)


def _ours(path: Path, upscaler: str) -> Cost:
    chain = stages(upscaler, FILM)
    assert chain, f"{upscaler} is there, it was asked before"
    walls: list[float] = []
    cores: list[float] = []
    with Player(path) as player:
        player.listen()
        wall, core = time.perf_counter(), time.process_time()
        for batch in player.batches(chain):
            walls.append((time.perf_counter() - wall) / len(batch))
            cores.append((time.process_time() - core) / len(batch))
            wall, core = time.perf_counter(), time.process_time()
    return Cost(float(np.median(walls[WARM:])) * 1000, float(np.median(cores[WARM:])) * 1000, _peak())


def _theirs(path: Path, filters: str) -> Cost:
    made = 2 * sum(1 for _ in decoded(path, inspect(path).video.index))
    wall, core = time.perf_counter(), _of_children()
    run("filtering", ["-filter_threads", "1", "-threads", "1", "-i", str(path), "-vf", filters, "-f", "null", "-"])
    wall, core = time.perf_counter() - wall, _of_children() - core
    return Cost(wall / made * 1000, core / made * 1000, _peak(resource.RUSAGE_CHILDREN))


def _compact(_path: Path, much: str) -> Cost:
    from benchmarks.restore.compact import spent

    wall_ms, core_ms = spent(1.0 if much == "full" else 0.25)
    return Cost(wall_ms, core_ms, _peak())


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peak(whose: int = resource.RUSAGE_SELF) -> float:
    return resource.getrusage(whose).ru_maxrss / 1024
