"""Pack: patches of many clips in shards that a training reads; run as `python -m training.pack`."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.restoration.window import CHANNELS, CHROMA_CHANNELS
from training.clips import GIVEN, Example, clip, compressed_clip
from training.scenes import TIMES
from training.stills import Stills

SIDE = 56
"""Lines and samples of a patch on the tape."""
PER_PICTURE = 3
"""Patches of every picture."""
CLIPS = 20
"""Of a shard: 480 patches."""
LIVELY = 0.5
"""Share of patches that lie where the truth has much detail; the others lie anywhere."""
ARRAYS: dict[str, tuple[tuple[int, ...], type[np.generic]]] = {
    "luma": ((CHANNELS, SIDE, SIDE), np.float16),
    "luma_missing": ((SIDE * TIMES, SIDE * TIMES), np.float16),
    "luma_base": ((SIDE * TIMES, SIDE * TIMES), np.uint8),
    "chroma": ((CHROMA_CHANNELS, SIDE // 2, SIDE // 2), np.float16),
    "chroma_missing": ((2, SIDE * TIMES // 2, SIDE * TIMES // 2), np.float16),
}
"""Shape and type of one patch in each array of a shard. `missing` is truth less base in 8-bit codes; `luma_base` is
rounded, and only there for what is to be shown or told of whole pictures."""
CLEAN: dict[str, tuple[tuple[int, ...], type[np.generic]]] = {"clean_missing": ((SIDE, SIDE), np.float16)}
"""What shards of compressed clips have beside them: luma without noise and codec, less the tape's."""
GRID = 8
"""Lines and samples of a codec's blocks; patches of compressed clips begin where blocks do, as whole pictures do."""


@dataclass(frozen=True)
class Patch:
    """A place of a picture."""

    top: int
    left: int

    def cut(self, example: Example) -> dict[str, NDArray[Any]]:
        """Of every array."""
        luma, chroma = self._part(1), self._part(0.5)
        film, film_chroma = self._part(TIMES), self._part(TIMES / 2)
        clean = {} if example.clean_missing is None else {"clean_missing": example.clean_missing[luma]}
        return clean | {
            "luma": example.luma[:, *luma],
            "luma_missing": example.missing[film],
            "luma_base": np.clip(np.rint(example.base[film]), 0, 255),
            "chroma": example.chroma[:, *chroma],
            "chroma_missing": example.chroma_missing[:, *film_chroma],
        }

    def _part(self, times: float) -> tuple[slice, slice]:
        down, across = (slice(int(start * times), int((start + SIDE) * times)) for start in (self.top, self.left))
        return down, across


def places(example: Example, random: np.random.Generator) -> Iterator[Patch]:
    """Where patches of a picture are taken; even lines and samples, for chroma has half as many."""
    height, width = example.luma.shape[1:]
    truth = example.base + example.missing
    detail = cv2.absdiff(truth, cv2.blur(truth, (9, 9)))
    lively = cv2.blur(cv2.resize(detail, (width, height), interpolation=cv2.INTER_AREA), (SIDE, SIDE))
    half = SIDE // 2
    chance: NDArray[np.float64] = (
        lively[half : height - half + 1 : 2, half : width - half + 1 : 2].astype(np.float64) + 1e-3
    )
    shares: NDArray[np.float64] = np.cumsum(chance) / chance.sum()
    for _ in range(PER_PICTURE):
        anywhere = random.random() >= LIVELY
        at = int(random.integers(len(shares)) if anywhere else np.searchsorted(shares[:-1], random.random()))
        top, left = divmod(at, chance.shape[1])
        yield Patch(2 * top, 2 * left)


def on_grid(patch: Patch) -> Patch:
    """The patch above and left of it that begins with a codec's blocks."""
    return Patch(patch.top // GRID * GRID, patch.left // GRID * GRID)


def shard(folder: Path, seed: int, clips: range, stills: Stills, *, compressed: bool = False) -> None:
    """Write one shard; it appears when it is whole.

    A shard is a folder with one .npy file for each of ARRAYS, the patch first, and shard.json: `clips` with recipe and
    noise, and `patches` with their clip, picture, place (top, left). Those of compressed clips have CLEAN, too.
    """
    making = folder.with_suffix(".part")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    count = len(clips) * len(GIVEN) * PER_PICTURE
    arrays = {
        name: np.lib.format.open_memmap(making / f"{name}.npy", "w+", dtype=kind, shape=(count, *shape))
        for name, (shape, kind) in (ARRAYS | CLEAN if compressed else ARRAYS).items()
    }
    told: dict[str, list[dict[str, Any]]] = {"clips": [], "patches": []}
    for number in clips:
        random = np.random.default_rng((seed, number, 7))
        known, examples = (compressed_clip if compressed else clip)((seed, number), stills)
        told["clips"].append({"seed": [seed, number], **known.told()})
        for example in examples:
            for place in places(example, random):
                patch = on_grid(place) if compressed else place
                parts = patch.cut(example)
                for name, array in arrays.items():
                    array[len(told["patches"])] = parts[name]
                about = {"clip": len(told["clips"]) - 1, "picture": example.number, "place": [patch.top, patch.left]}
                told["patches"].append(about)
    for array in arrays.values():
        array.flush()
    (making / "shard.json").write_text(json.dumps(told, indent=1))
    making.rename(folder)


def main(words: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.pack", description=__doc__)
    parser.add_argument("--pictures", type=Path, required=True, help="folder with photos/, faces_cc/ and faces_ai/")
    parser.add_argument("--out", type=Path, required=True, help="folder for shards; finished ones are kept")
    parser.add_argument("--clips", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--validation", action="store_true", help="of photographs that are never trained on")
    parser.add_argument("--compressed", action="store_true", help="tapes that a codec has damaged, and how they were")
    asked = parser.parse_args(words)
    cv2.setNumThreads(1)
    stills = Stills.under(asked.pictures, validation=asked.validation)
    for first in range(0, asked.clips, CLIPS):
        folder = asked.out / f"shard-{asked.seed:03d}-{first // CLIPS:04d}"
        if folder.exists():
            continue
        started = time.monotonic()
        clips = range(first, min(first + CLIPS, asked.clips))
        shard(folder, asked.seed, clips, stills, compressed=asked.compressed)
        sys.stdout.write(f"{folder.name}: {(time.monotonic() - started) / len(clips):.1f} s a clip\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
