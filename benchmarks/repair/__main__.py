"""Measure de-interlacing, noise reduction, rebuilding and grain on material whose truth is known, and print one table.

python -m benchmarks.repair [PART ...] [--quick] [--pictures FOLDER] [--tapes FOLDER] [--markdown FILE]
                            [--stills FOLDER] [--weights FILE]
"""

from __future__ import annotations

from pathlib import Path

import cv2

from benchmarks.parts import arguments, run
from benchmarks.repair.asked import Asked

PARTS = ("deinterlace", "denoise", "rebuild", "grain", "real", "cost")
"""Modules of this folder, in the order of the table."""


def main() -> None:
    """Run the parts that were asked for, or all."""
    parser = arguments(__doc__, PARTS)
    parser.add_argument("--stills", type=Path, help="`real` writes its hardest pictures there")
    parser.add_argument("--weights", type=Path, help="nnedi3_weights.bin, to compare with FFmpeg's nnedi")
    given = parser.parse_args()
    asked = Asked(not given.quick, given.pictures, given.tapes, stills=given.stills, weights=given.weights)
    cv2.setNumThreads(1)
    run([f"benchmarks.repair.{part}" for part in given.parts or PARTS], asked, given.markdown, threads=1)


if __name__ == "__main__":
    main()
