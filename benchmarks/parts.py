"""A benchmark made of parts: its command line, its loop, and the one table that it prints."""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Sequence
from pathlib import Path

from threadpoolctl import threadpool_limits  # pyright: ignore[reportMissingTypeStubs]

from benchmarks.machine import heading
from benchmarks.scan.table import Bench, Row, Settings

HEAD = ("part", "what", "figure", "asked", "kept")


def arguments(doc: str | None, parts: Sequence[str]) -> argparse.ArgumentParser:
    """What every such benchmark can be told.

    Args:
        doc: of its module.
        parts: that it has.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    parser.add_argument("--quick", action="store_true", help="a small part of the material")
    parser.add_argument("--pictures", type=Path, help="photographs to use instead of the bundled ones")
    parser.add_argument("--tapes", type=Path, help="real tapes, for `real`")
    parser.add_argument("--markdown", type=Path, help="write the table there too")
    return parser


def run(modules: Sequence[str], settings: Settings, markdown: Path | None, threads: int | None = None) -> None:
    """Measure part after part, telling every figure as it comes, and the table in the end.

    Args:
        modules: the parts, by their full names; each has `bench`, which takes the settings and gives rows.
        settings: for all of them.
        markdown: file for the table; None writes none.
        threads: of numerical libraries; None leaves them as they are.
    """
    rows: list[Row] = []
    for module in modules:
        started = time.perf_counter()
        bench: Bench = importlib.import_module(module).bench
        with threadpool_limits(threads):
            for row in bench(settings):
                rows.append(row)
                print(" · ".join(row.cells()), flush=True)
        print(f"({module.rpartition('.')[2]}: {time.perf_counter() - started:.0f} s)", flush=True)
    page = f"{heading()}\n\n{table(rows)}\n"
    print(f"\n{page}")
    if markdown:
        markdown.write_text(page, encoding="utf-8")


def table(rows: Sequence[Row]) -> str:
    """As Markdown, which is readable on a terminal too."""
    cells = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[n]) for line in cells) for n in range(len(HEAD))]
    lines = [
        "| " + " | ".join(cell.ljust(wide) for cell, wide in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (wide + 2) for wide in widths) + "|", *lines[1:]])
