"""Encode shots by every strategy with the same encoder, compare bytes, quality, error and cost, and print one table.

python -m benchmarks.encode [PART ...] [--quick] [--tapes FOLDER] [--markdown FILE] [--keep FOLDER] [--speed PRESET]
"""

from __future__ import annotations

from pathlib import Path

import cv2

from benchmarks.encode.asked import Asked
from benchmarks.parts import arguments, run

PARTS = ("compared", "places")
"""Modules of this folder, in the order of the table."""


def main() -> None:
    """Run the parts that were asked for, or all."""
    parser = arguments(__doc__, PARTS)
    parser.add_argument("--keep", type=Path, help="folder for encodes, so that they are made once")
    parser.add_argument("--speed", type=int, default=8, help="SVT-AV1 preset")
    given = parser.parse_args()
    asked = Asked(not given.quick, given.pictures, given.tapes, keep=given.keep, speed=given.speed)
    cv2.setNumThreads(1)
    run([f"benchmarks.encode.{part}" for part in given.parts or PARTS], asked, given.markdown, threads=1)


if __name__ == "__main__":
    main()
