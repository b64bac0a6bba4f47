"""Restore simulated tapes at four times their size, compare with the truth and with FFmpeg's ways, print one table.

python -m benchmarks.restore [PART ...] [--quick] [--pictures FOLDER] [--tapes FOLDER] [--markdown FILE]
                             [--upscalers NAME ...] [--strength STRENGTH] [--stills FOLDER]
"""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import cv2

from benchmarks.parts import arguments, run
from benchmarks.restore.asked import UPSCALERS, Asked
from benchmarks.restore.taping import Strength

PARTS = ("geometry", "generated", "real", "cost")
"""Modules of this folder, in the order of the table."""


def main() -> None:
    """Run the parts that were asked for, or all."""
    parser = arguments(__doc__, PARTS)
    parser.add_argument("--upscalers", nargs="+", default=UPSCALERS, metavar="NAME", help=", ".join(UPSCALERS))
    parser.add_argument("--strength", choices=get_args(Strength), default="mid", help="of the tapes' faults")
    parser.add_argument("--stills", type=Path, help="pictures side by side are written there")
    given = parser.parse_args()
    asked = Asked(
        not given.quick,
        given.pictures,
        given.tapes,
        upscalers=tuple(given.upscalers),
        stills=given.stills,
        strength=given.strength,
    )
    cv2.setNumThreads(1)
    run([f"benchmarks.restore.{part}" for part in given.parts or PARTS], asked, given.markdown, threads=1)


if __name__ == "__main__":
    main()
