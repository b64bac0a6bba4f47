"""Where does the picture end and tape begin?"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from encore.analysis.look import Look
from encore.analysis.question import Question, Tape
from encore.tape.edges import EdgeMeter


class BordersQuestion(Question):
    """Sums up what `EdgeMeter` sees; borders are black through the whole tape, so no row says anything alone."""

    name = "borders"
    before, after = 0, 0

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        self._meter = EdgeMeter(tape.video.depth)

    def observe(self, now: Look) -> None:
        """See the next tape frame."""
        if now.counted:
            self._meter.add(now.planes[0])

    def sums(self) -> dict[str, NDArray[Any]]:
        """What this part saw."""
        return self._meter.state()
