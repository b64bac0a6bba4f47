"""Restore every tape of a folder. What fails is reported at the end; run it again to continue.

python examples/batch_folder.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import encore

SUFFIXES = {".avi", ".dv", ".m2v", ".mkv", ".mov", ".mp4", ".mpg", ".ts", ".vob"}


def tapes_in(folder: Path) -> list[Path]:
    """Captures in a folder, without the films that Encore made of them."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    return [path for path in files if not path.stem.endswith(".restored")]


def restore_all(folder: Path, intent: encore.Intent) -> dict[Path, encore.Result | encore.EncoreError]:
    """Restore one after the other; an error of one tape does not stop the next."""
    outcome: dict[Path, encore.Result | encore.EncoreError] = {}
    for tape in tapes_in(folder):
        try:
            outcome[tape] = encore.restore(tape, intent=intent)
        except encore.EncoreError as error:
            outcome[tape] = error
    return outcome


if __name__ == "__main__":
    outcomes = restore_all(Path(sys.argv[1]), encore.Intent(preset="home", height=1080, crop=True, codec="avc"))
    for tape, result in outcomes.items():
        print(f"{tape.name}: {result.output if isinstance(result, encore.Result) else result}")
    sys.exit(any(isinstance(result, encore.EncoreError) for result in outcomes.values()))
