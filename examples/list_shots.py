"""Measure a tape and print its shots.

python examples/list_shots.py TAPE
"""

from __future__ import annotations

import sys
from pathlib import Path

import encore
from encore.core.time import timecode


def shots_of(tape: Path) -> list[str]:
    """One line per shot: when it starts, how long it lasts, how it was scanned, how sure that is."""
    analysis = encore.scan(tape)
    clock = analysis.timeline.tick_rate
    lines: list[str] = []
    for number, shot in enumerate(analysis.shots):
        start, length = timecode(shot.span.start / clock), float(len(shot.span) / clock)
        scan = shot.scan
        lines.append(f"{number:4}  {start}  {length:8.3f} s  {scan.mode:<12}{scan.order}  {scan.confidence:.2f}")
    return lines


if __name__ == "__main__":
    print("\n".join(shots_of(Path(sys.argv[1]))))
