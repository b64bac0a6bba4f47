"""Measure the scan on material whose truth is known, and print one table.

python -m benchmarks.scan [PART ...] [--quick] [--pictures FOLDER] [--tapes FOLDER] [--markdown FILE]
"""

from __future__ import annotations

from benchmarks.parts import arguments, run
from benchmarks.scan.table import Settings

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


def main() -> None:
    """Run the parts that were asked for, or all."""
    given = arguments(__doc__, PARTS).parse_args()
    settings = Settings(full=not given.quick, pictures=given.pictures, tapes=given.tapes)
    run([f"benchmarks.scan.{part}" for part in given.parts or PARTS], settings, given.markdown)


if __name__ == "__main__":
    main()
