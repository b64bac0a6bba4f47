"""Tally: what stages have counted while they worked, for the report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Counts by stage and by what was counted; one per worker, emptied for every chunk."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    def add(self, stage: str, **counts: int) -> None:
        """Count something more.

        Args:
            stage: kind of the stage.
            counts: how many of what.
        """
        for what, number in counts.items():
            self.counts[stage, what] += number

    def take(self) -> dict[str, dict[str, int]]:
        """What was counted since the last time, by stage; then it is empty."""
        taken: dict[str, dict[str, int]] = {}
        for (stage, what), number in sorted(self.counts.items()):
            taken.setdefault(stage, {})[what] = number
        self.counts.clear()
        return taken
