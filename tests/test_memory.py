"""A longer tape needs no more memory than the rows of its parts take, and parts end at 1800 frames."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow
ROW_BYTES = 200_000
"""Of a tape frame in a part that is being measured; 150 000 were measured. Two processes hold 3600 frames at most."""


def peak_bytes(tape: Path, film: Path) -> int:
    """Most memory that a restoration and its encoders used at one time, looked at every 10 ms."""
    command = [
        sys.executable,
        "-m",
        "encore",
        "restore",
        str(tape),
        "-o",
        str(film),
        "--height",
        "240",
        "--codec",
        "avc",
    ]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    me, peak = psutil.Process(running.pid), 0
    while running.poll() is None:
        total = 0
        for process in (me, *_children(me)):
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        peak = max(peak, total)
        time.sleep(0.01)
    assert running.returncode == 0
    return peak


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def test_memory_does_not_grow_with_the_tape(make: Callable[..., Path], tmp_path: Path) -> None:
    short = make(".mpg", frames=480, scenes=("wide",))
    long = make(".mpg", frames=1440, scenes=("wide",))
    few, many = (peak_bytes(tape, tmp_path / f"{tape.stem}.mp4") for tape in (short, long))
    assert many < few + ROW_BYTES * (1440 - 480), f"{few / 1e6:.0f} MB became {many / 1e6:.0f} MB"
