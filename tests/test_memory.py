"""A longer tape needs no more memory: neither to scan it, part by part, nor to restore it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow
_SHORT_PARTS = (
    "from encore.analysis import measure, survey; "
    "measure.SHORTEST = measure.LONGEST = 60; survey.cores = lambda: 2; from encore.cli import main; main()"
)
"""Two processes measure the short tape in a part each, and the long one in ten."""


def peak_bytes(*command: str) -> int:
    """Most memory that a process and its children used at one time, looked at every 10 ms."""
    running = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
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


def test_memory_of_a_scan_does_not_grow_with_the_tape(make: Callable[..., Path], tmp_path: Path) -> None:
    tapes = [make(".mpg", frames=frames, scenes=("wide",)) for frames in (120, 1200)]
    few, many = (
        peak_bytes("-c", _SHORT_PARTS, "scan", str(tape), "--workspace", str(tmp_path / tape.stem)) for tape in tapes
    )
    assert many < 1.1 * few, f"{few / 1e6:.0f} MB became {many / 1e6:.0f} MB"


@pytest.mark.parametrize(("quality", "lengths"), [("fast", (480, 1440)), ("best", (40, 160))])
def test_memory_of_a_restoration_does_not_grow_with_the_tape(
    make: Callable[..., Path], tmp_path: Path, quality: str, lengths: tuple[int, int]
) -> None:
    """But for the 22 kB a frame that cuts are found by within a part of 1800 frames."""
    tapes = [make(".mpg", frames=frames, scenes=("wide",)) for frames in lengths]
    few, many = (
        peak_bytes(
            "-m", "encore", "restore", str(tape), "-o", str(tmp_path / f"{tape.stem}.mp4"), "--height", "240",
            "--codec", "avc", "--quality", quality,
        )
        for tape in tapes
    )  # fmt: skip
    assert many < 1.1 * few, f"{few / 1e6:.0f} MB became {many / 1e6:.0f} MB"
