"""Pack: examples of faces in shards that a training reads; run as `python -m training.facetracks.pack`."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from encore.inference.zoo import Zoo
from encore.restoration.networks import Network
from training.facetracks.clips import Example, clip
from training.facetracks.faces import Faces
from training.stills import Stills

CLIPS = 20
"""Of a shard."""
UPSCALER = "sr-balanced"
"""The network that enlarges pictures of most plans."""


def shard(folder: Path, seed: int, clips: range, sources: tuple[Stills, Faces], network: Network, taken: int) -> int:
    """Write one shard, and tell how many examples it has; it appears when it is whole.

    A shard is a folder with `own.npy` and `true.npy`, (n, 256, 256) codes as 16-bit floats, `beside.npy`, (n, 2, 256,
    256) rounded codes of the pictures before and after, and shard.json, a list of what is told of every example.
    """
    making = folder.with_suffix(".part")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    found: list[Example] = []
    told: list[dict[str, object]] = []
    for number in clips:
        for example in clip((seed, number), *sources, network, taken):
            found.append(example)
            told.append({"clip": number, **example.told})
    beside = np.stack([one.crops[[0, 2]] for one in found])
    np.save(making / "beside.npy", np.clip(np.rint(beside), 0, 255).astype(np.uint8))
    np.save(making / "own.npy", np.stack([one.crops[1] for one in found]).astype(np.float16))
    np.save(making / "true.npy", np.stack([one.true for one in found]).astype(np.float16))
    (making / "shard.json").write_text(json.dumps(told))
    making.rename(folder)
    return len(found)


def main(words: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m training.facetracks.pack", description=__doc__)
    parser.add_argument("--pictures", type=Path, required=True, help="folder with photos/, faces_cc/ and faces_ai/")
    parser.add_argument("--out", type=Path, required=True, help="folder for shards; finished ones are kept")
    parser.add_argument("--clips", type=int, default=900)
    parser.add_argument("--taken", type=int, default=6, help="pictures of every face, at most six")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--validation", action="store_true", help="of stills that are never trained on")
    asked = parser.parse_args(words)
    cv2.setNumThreads(1)
    sources = (
        Stills.under(asked.pictures, validation=asked.validation),
        Faces.under(asked.pictures, validation=asked.validation),
    )
    network = Zoo().open(UPSCALER, threads=1, device="cpu")
    for first in range(0, asked.clips, CLIPS):
        folder = asked.out / f"shard-{asked.seed:03d}-{first // CLIPS:04d}"
        if folder.exists():
            continue
        started = time.monotonic()
        clips = range(first, min(first + CLIPS, asked.clips))
        count = shard(folder, asked.seed, clips, sources, network, asked.taken)
        sys.stdout.write(f"{folder.name}: {count} faces, {(time.monotonic() - started) / len(clips):.1f} s a clip\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
