"""What every benchmark prints first: date, machine, commit, version."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from pathlib import Path

from encore.version import VERSION


def heading() -> str:
    """One line that makes a figure comparable."""
    try:
        asked = ["git", "rev-parse", "--short", "HEAD"]
        commit = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        commit = "no git"
    today = datetime.datetime.now(datetime.UTC).date()
    return f"{today} · {processor()} · {len(os.sched_getaffinity(0))} cores · commit {commit} · Encore {VERSION}"


def processor() -> str:
    """Name of the processor, as far as the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
