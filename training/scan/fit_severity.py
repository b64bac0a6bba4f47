"""Fit `LEVEL` of `encore.analysis.compression`: how coarse was the codec, by what its grid shows?

python -m training.scan.fit_severity [--pictures FOLDER] [--scenes N]

Scenes with noise, every fourth progressive, are compressed with MPEG-2 at fixed quantisers and measured by the
question itself; ridge regression then says the log2 of the quantiser. The recipe and the seed are those of the shipped
numbers, which were fitted to the profiles of the steps folded at the true period of 8; the question searches the
period as on any tape, so the last digits differ.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.scan.compression import QUANTISERS, asked, coded, spearman
from benchmarks.scan.material import film, interlaced, scenes
from encore.analysis.compression import LEVEL
from encore.media.decode import Raw

SEED = 1
SCENES = 14
FRAMES = 12
MEASURED = slice(1, 7)
"""Frames shown to the question, which measures the first and the sixth of them: one of each kind but key frames."""
NOISES = (0.0, 0.7, 1.5, 3.0, 5.0)
"""Codes of luma, drawn for each scene."""
MPEG2 = ("-c:v", "mpeg2video", "-g", "15", "-bf", "2", "-flags", "+ildct+ilme")
LEAST_STEP = 0.01
"""Codes; as in the module that the numbers are for."""
RIDGE = 0.1


@dataclass(frozen=True)
class Sample:
    """A scene as it came back from the codec.

    Attributes:
        scene: number.
        quantiser: MPEG-2 code; 1: uncompressed.
        traits: ln of the step ratio across, ln of the step in codes, ln of the ratios down, and 1.
        ringing: ratio of activities, mean of the frames; nan where there are no edges.
    """

    scene: int
    quantiser: int
    traits: NDArray[np.float64]
    ringing: float


def samples(count: int, folder: Path | None) -> Iterator[Sample]:
    """Every scene uncompressed and at all quantisers."""
    random = np.random.default_rng(SEED)
    for number, scene in enumerate(scenes(count, SEED, folder)):
        noise = float(random.choice(NOISES))
        pictures = list(interlaced(scene, FRAMES))
        if number % 4 == 3:
            pictures = [(first, first) for first, _ in pictures]
        frames = film(pictures, noise, seed=number)
        yield sample(number, 1, [Raw(planes, 8) for planes in frames])
        for quantiser in QUANTISERS:
            yield sample(number, quantiser, coded(frames, [*MPEG2, "-qscale:v", str(quantiser)], "vob"))
        sys.stdout.write(f"scene {number + 1} of {count}\n")


def sample(scene: int, quantiser: int, frames: list[Raw]) -> Sample:
    """What the question notes."""
    _, rows = asked(frames[MEASURED], withheld=True)
    logs = [np.log(rows["across"]), np.log(np.maximum(rows["step"], LEAST_STEP)), np.log(rows["down"])]
    rings = rows["ringing"][np.isfinite(rows["ringing"])]
    traits = np.array([*(np.nanmean(one) for one in logs), 1.0], np.float64)
    return Sample(scene, quantiser, traits, float(rings.mean()) if len(rings) else float("nan"))


def fitted(some: list[Sample]) -> NDArray[np.float64]:
    """Weights of the traits that give log2 of the quantiser."""
    traits = np.stack([one.traits for one in some])
    truth = np.log2([one.quantiser for one in some])
    weights = np.linalg.solve(traits.T @ traits + RIDGE * np.eye(traits.shape[1]), traits.T @ truth)
    return np.asarray(weights, np.float64)


def held_out(some: list[Sample]) -> NDArray[np.float64]:
    """Level of every sample by weights fitted to the other scenes."""
    levels = np.zeros(len(some))
    for scene in {one.scene for one in some}:
        weights = fitted([one for one in some if one.scene != scene])
        for number, one in enumerate(some):
            if one.scene == scene:
                levels[number] = one.traits @ weights
    return levels


def quality(name: str, some: list[Sample], levels: NDArray[np.float64]) -> str:
    """Rank correlation with the quantiser over compressed samples, pooled and within scenes, and mean error."""
    truth = np.array([one.quantiser for one in some], np.float64)
    scene = np.array([one.scene for one in some])
    packed = truth > 1
    within = [
        spearman(list(levels[mine]), list(truth[mine])) for k in set(scene) if (mine := packed & (scene == k)).any()
    ]
    pooled, error = spearman(list(levels[packed]), list(truth[packed])), np.abs(levels - np.log2(truth)).mean()
    return (
        f"{name}: Spearman pooled {pooled:.3f}, within scenes {np.mean(within):.3f}, mean error {error:.2f} of log2\n"
    )


def main() -> None:
    """Make the material, fit, and print what the module holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, help="photographs to use instead of the bundled ones")
    parser.add_argument("--scenes", type=int, default=SCENES, help="at least 2")
    given = parser.parse_args()
    some = list(samples(given.scenes, given.pictures))
    weights = fitted(some)
    traits = np.stack([one.traits for one in some])
    sys.stdout.write(f"\nLEVEL = ({', '.join(f'{weight:.2f}' for weight in weights)})\n\n")
    sys.stdout.write(quality("fitted to these scenes", some, traits @ weights))
    sys.stdout.write(quality("fitted to the other scenes", some, held_out(some)))
    sys.stdout.write(quality("as shipped", some, traits @ np.array(LEVEL)))
    sys.stdout.write("\nlevel by quantiser, for CLEAN and COARSE: median, and range\n")
    for quantiser in (1, *QUANTISERS):
        levels = [float(one.traits @ weights) for one in some if one.quantiser == quantiser]
        sys.stdout.write(f"{quantiser:2d}: {np.median(levels):5.2f}  {min(levels):5.2f} to {max(levels):5.2f}\n")
    rings = [one.ringing for one in some if one.quantiser == 1]
    sys.stdout.write(f"\nratio of ringing in uncompressed pictures, median: {np.nanmedian(rings):.2f}\n")


if __name__ == "__main__":
    main()
