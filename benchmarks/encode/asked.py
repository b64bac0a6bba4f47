"""What the benchmark of encoding is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.scan.table import Settings


@dataclass(frozen=True)
class Asked(Settings):
    """Settings of all benchmarks, and those of this one.

    Attributes:
        keep: folder for shots and encodes, so that another run need not make them again; None throws them away.
        speed: SVT-AV1 preset.
    """

    keep: Path | None = None
    speed: int = 8
