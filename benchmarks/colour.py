"""Are the colours of a film those of its tape? CIEDE2000 after scaling the film back, against an independent path.

    python benchmarks/colour.py TAPE FILM [--order tff|bff]

The reference does not use Encore: ffmpeg deinterlaces the tape and converts it with zimg, once with the primaries
(what a calibrated display shows) and once without (what most players show).
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import heading
from encore.media.process import ffmpeg_path
from encore.metrics.colour import colour_difference

WIDTH, HEIGHT = 720, 480
TO_RGB = "zscale=matrixin=709:primariesin=709:transferin=709:rangein=limited:matrix=gbr:range=full:dither=none"


def frames(path: Path, filters: str, every: int) -> NDArray[np.uint8]:
    """Every n-th frame as (N, H, W, 3) R'G'B'."""
    chain = f"{filters},select='not(mod(n\\,{every}))',format=rgb24"
    decode = [ffmpeg_path(), "-v", "error", "-i", str(path), "-map", "0:v:0"]
    output = ["-vf", chain, "-fps_mode", "passthrough", "-f", "rawvideo", "-"]
    raw = subprocess.run(decode + output, check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 3)


def main() -> None:
    """Print mean, 95th percentile and worst frame for both ways of showing the tape."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tape", type=Path)
    parser.add_argument("film", type=Path)
    parser.add_argument("--order", default="tff")
    parser.add_argument("--every", type=int, default=12)
    given = parser.parse_args()
    print(heading())
    film = frames(given.film, f"zscale=w={WIDTH}:h={HEIGHT}:filter=spline36,{TO_RGB},format=gbrp", given.every)
    bob = f"bwdif=send_field:{given.order}:all"
    ways = {
        "matrix and primaries": "zscale=matrixin=170m:primariesin=170m:transferin=709:rangein=limited:matrix=gbr"
        ":primaries=709:transfer=709:range=full:filter=spline36:dither=none,format=gbrp",
        "matrix only": "zscale=matrixin=170m:rangein=limited:matrix=gbr:range=full:filter=spline36:dither=none"
        ",format=gbrp",
    }
    print(f"{'tape shown with':<24}{'frames':>7}{'mean dE':>9}{'p95 dE':>9}{'worst frame':>13}")
    for name, chain in ways.items():
        tape = frames(given.tape, f"{bob},{chain}", given.every)
        count = min(len(tape), len(film))
        differences = [colour_difference(a, b) for a, b in zip(tape[:count], film[:count], strict=True)]
        means = [float(d.mean()) for d in differences]
        p95 = float(np.percentile(np.stack(differences), 95))
        print(f"{name:<24}{count:>7}{np.mean(means):>9.3f}{p95:>9.3f}{max(means):>13.3f}")


if __name__ == "__main__":
    main()
