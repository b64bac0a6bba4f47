"""The machine as this process may use it: processor, cores, memory, disk; limits of containers counted in."""

from __future__ import annotations

import os
import platform
import re
import shutil
from pathlib import Path

import psutil

from encore.core.doc import Doc

CPU_FEATURES = ("avx2", "avx512", "avx512_bf16", "amx")
"""Instruction sets that decide how fast encoders and networks run on a processor."""
FLAGS_OF = {"avx512": "avx512f", "amx": "amx_tile"}
"""Feature to Linux's flag, where they differ."""
UNLIMITED_BYTES = 1 << 60
"""Memory limits above this mean none: cgroup version 1 writes nearly 2**63."""
MEMORY_FILES = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))
"""Limit and use of a control group's memory, versions 2 and 1."""


class Machine(Doc):
    """Processor and memory."""

    cpu: str
    """Model; "unknown" where the system does not tell."""
    cores: int
    """Threads of execution that exist."""
    usable_cores: float
    """Of these, what affinity and container leave to us; may be a fraction."""
    features: tuple[tuple[str, bool | None], ...]
    """(feature, there); None where the system does not tell."""
    memory_bytes: int
    """All that this process may use."""
    available_bytes: int
    """Of that, what is free now."""


def measure(root: Path = Path("/")) -> Machine:
    """Look at this machine; `root` holds `proc` and `sys` and is another one in tests."""
    info = _text(root / "proc/cpuinfo")
    memory = psutil.virtual_memory()
    limits = memory_limits(root)
    return Machine(
        cpu=_model(info),
        cores=os.cpu_count() or 1,
        usable_cores=_usable_cores(root),
        features=_features(info),
        memory_bytes=min([memory.total, *(limit for limit, _ in limits)]),
        available_bytes=max(0, min([memory.available, *(limit - used for limit, used in limits)])),
    )


def free_disk(folder: Path) -> int:
    """Free bytes where `folder` is or would be made.

    Raises:
        OSError: the disk cannot be looked at.
    """
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    return shutil.disk_usage(place).free


def memory_limits(root: Path) -> list[tuple[int, int]]:
    """(limit, used) in bytes of every container around this process that sets one; Linux only."""
    limits: list[tuple[int, int]] = []
    for folder in _groups(root, "memory"):
        for limit_name, used_name in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            limit, used = _number(folder / limit_name), _number(folder / used_name)
            if limit is not None and limit < UNLIMITED_BYTES:
                limits.append((limit, used or 0))
    return limits


def core_quotas(root: Path) -> list[float]:
    """Cores that containers around this process allow; Linux only."""
    quotas: list[float] = []
    for folder in _groups(root, "cpu"):
        words = _text(folder / "cpu.max").split()
        if len(words) == 2 and words[0].isdigit():
            quotas.append(int(words[0]) / int(words[1]))
        quota, period = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
        if quota and period and quota > 0:
            quotas.append(quota / period)
    return quotas


def _groups(root: Path, controller: str) -> list[Path]:
    """Folders of the control groups around this process, innermost first, for versions 2 and 1."""
    base = root / "sys/fs/cgroup"
    folders: list[Path] = []
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        top = base if not names else base / controller if controller in names.split(",") else None
        if top is None:
            continue
        inner = top / path.lstrip("/")
        folders += [inner, *(parent for parent in inner.parents if parent.is_relative_to(top))]
    return folders


def _usable_cores(root: Path) -> float:
    # the call exists on Linux only; elsewhere every core is ours
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min([float(affinity), *core_quotas(root)])


def _model(info: str) -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", info, re.MULTILINE)
    return found.group(1).strip() if found else platform.processor() or platform.machine() or "unknown"


def _features(info: str) -> tuple[tuple[str, bool | None], ...]:
    found = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", info, re.MULTILINE)
    flags = set(found.group(1).split()) if found else None
    return tuple((name, None if flags is None else FLAGS_OF.get(name, name) in flags) for name in CPU_FEATURES)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.lstrip("-").isdigit() else None
