"""Measure the scan on material whose truth is known, and print one table.

python -m benchmarks.scan [PART ...] [--quick] [--pictures FOLDER] [--tapes FOLDER] [--markdown FILE]
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from benchmarks.machine import heading
from benchmarks.scan.table import Bench, Row, Settings

PARTS = (
    "edits",
    "scanmodes",
    "frames",
    "corrupt",
    "damage",
    "noise",
    "compression",
    "sharpness",
    "composite",
    "light",
    "motion",
    "real",
)
"""Modules of this folder, in the order of the table."""
HEAD = ("part", "what", "figure", "asked", "kept")


def table(rows: Sequence[Row]) -> str:
    """As Markdown, which is readable on a terminal too."""
    cells = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[n]) for line in cells) for n in range(len(HEAD))]
    lines = [
        "| " + " | ".join(cell.ljust(wide) for cell, wide in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (wide + 2) for wide in widths) + "|", *lines[1:]])


def main() -> None:
    """Run the parts that were asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="a small part of the material")
    parser.add_argument("--pictures", type=Path, help="photographs to use instead of the bundled ones")
    parser.add_argument("--tapes", type=Path, help="real tapes with known truth")
    parser.add_argument("--markdown", type=Path, help="write the table there too")
    asked = parser.parse_args()
    settings = Settings(full=not asked.quick, pictures=asked.pictures, tapes=asked.tapes)
    rows: list[Row] = []
    for part in asked.parts or PARTS:
        started = time.perf_counter()
        bench = cast(Bench, importlib.import_module(f"benchmarks.scan.{part}").bench)
        for row in bench(settings):
            rows.append(row)
            print(" · ".join(row.cells()), flush=True)
        print(f"({part}: {time.perf_counter() - started:.0f} s)", flush=True)
    page = f"{heading()}\n\n{table(rows)}\n"
    print(f"\n{page}")
    if asked.markdown:
        asked.markdown.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
