"""What the benchmark of the whole restoration is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.restore.taping import Strength
from benchmarks.scan.table import Settings

UPSCALERS = ("lanczos", "sr-fast", "sr-balanced", "sr-best-alone", "sr-best")
"""Ways to enlarge, the best one last; `sr-best-alone` is the twin of `sr-best` that sees one picture."""
TWIN = {"sr-best": "sr-best-alone"}
"""What a network would be without its neighbours."""


@dataclass(frozen=True)
class Asked(Settings):
    """Settings of all benchmarks, and those of this one.

    Attributes:
        upscalers: ways to enlarge that are compared.
        stills: folder for pictures side by side; None writes none.
        strength: of the faults of tapes; bounds are for the middle one.
    """

    upscalers: tuple[str, ...] = UPSCALERS
    stills: Path | None = None
    strength: Strength = "mid"
