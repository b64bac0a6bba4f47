"""Run the command line from another program and follow its events.

python examples/read_events.py TAPE
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from encore.core.events import EVENT, ChunkDone, Done, Event, Failed


def events(*arguments: str) -> Iterator[Event]:
    """Every event of `encore restore --json`, while it works."""
    command = [sys.executable, "-m", "encore", "restore", *arguments, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            yield EVENT.validate_json(line)


if __name__ == "__main__":
    for event in events(*sys.argv[1:]):
        match event:
            case ChunkDone():
                print(f"shot {event.shot}: frames {event.start} to {event.stop} are safe on disk")
            case Done():
                print(f"film: {event.output}\nreport: {event.report}")
            case Failed():
                sys.exit(f"{event.kind}: {event.message}")
            case _:
                pass
