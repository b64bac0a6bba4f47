"""What the benchmark of the repair is asked to do, and how it says that something could not be measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from benchmarks.scan.table import Row, Settings


@dataclass(frozen=True)
class Asked(Settings):
    """Settings of all benchmarks, and those of this one.

    Attributes:
        stills: folder for the hardest pictures of the real clips; None writes none.
        weights: nnedi's weights; None leaves nnedi out.
    """

    stills: Path | None = None
    weights: Path | None = None


def unavailable(part: str, what: str) -> Row:
    """A row that says so, without a figure."""
    return Row(part, f"{what}: NOT AVAILABLE", math.nan)
