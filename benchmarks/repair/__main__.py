"""Measure de-interlacing, noise reduction, rebuilding and grain on material whose truth is known, and print one table.

python -m benchmarks.repair [PART ...] [--quick] [--pictures FOLDER] [--tapes FOLDER] [--markdown FILE]
                            [--stills FOLDER] [--weights FILE]
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import cv2
from threadpoolctl import threadpool_limits  # pyright: ignore[reportMissingTypeStubs]

from benchmarks.machine import heading
from benchmarks.repair.asked import Asked
from benchmarks.scan.__main__ import table
from benchmarks.scan.table import Row

PARTS = ("deinterlace", "denoise", "rebuild", "grain", "real", "cost")
"""Modules of this folder, in the order of the table."""


def main() -> None:
    """Run the parts that were asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="a small part of the material")
    parser.add_argument("--pictures", type=Path, help="photographs to use instead of the bundled ones")
    parser.add_argument("--tapes", type=Path, help="real tapes; their progressive clips are the truth of `real`")
    parser.add_argument("--markdown", type=Path, help="write the table there too")
    parser.add_argument("--stills", type=Path, help="`real` writes its hardest pictures there")
    parser.add_argument("--weights", type=Path, help="nnedi3_weights.bin, to compare with FFmpeg's nnedi")
    given = parser.parse_args()
    asked = Asked(not given.quick, given.pictures, given.tapes, stills=given.stills, weights=given.weights)
    cv2.setNumThreads(1)
    rows: list[Row] = []
    for part in given.parts or PARTS:
        started = time.perf_counter()
        bench = cast(Callable[[Asked], Iterator[Row]], importlib.import_module(f"benchmarks.repair.{part}").bench)
        with threadpool_limits(1):
            for row in bench(asked):
                rows.append(row)
                print(" · ".join(row.cells()), flush=True)
        print(f"({part}: {time.perf_counter() - started:.0f} s)", flush=True)
    page = f"{heading()}\n\n{table(rows)}\n"
    print(f"\n{page}")
    if given.markdown:
        given.markdown.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
