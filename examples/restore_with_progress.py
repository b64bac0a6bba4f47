"""Restore a tape and show how far it is.

python examples/restore_with_progress.py TAPE
"""

from __future__ import annotations

import sys
from pathlib import Path

import encore
from encore.core.events import Event, Progress, Warned


def show(event: Event) -> None:
    """Print progress on one line, and every warning on a line of its own."""
    if isinstance(event, Progress):
        left = f", {event.left_s:.0f} s left" if event.left_s is not None else ""
        print(f"\r{event.stage}: {event.done} of {event.total} frames{left}    ", end="", flush=True)
    if isinstance(event, Warned):
        print(f"\nwarning: {event.what}")


def restore(tape: Path, intent: encore.Intent) -> encore.Result:
    """Restore, then say what was promised and what was kept."""
    result = encore.restore(tape, intent=intent, watch=show)
    print(f"\n{result.output}: {result.frames} frames at {result.rate} per second")
    for check in result.checks:
        print(f"  {'kept' if check.kept else 'BROKEN'}: {check.promise}, {check.found}")
    return result


if __name__ == "__main__":
    restore(Path(sys.argv[1]), encore.Intent(preset="concert", height=2160))
