"""Shots with noise of known strength, raw and after MPEG-2, as the question of noise measures them."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.scan.material import HEIGHT, WIDTH, Picture, Scene, film, interlaced, looks, mpeg2, scenes, tape_of
from encore.analysis.codecloss import features, grown_by
from encore.analysis.grain import LEVELS
from encore.analysis.noise import NoiseQuestion, evidence
from encore.analysis.question import Rows
from encore.core.time import Span
from encore.synthetic.signal import CHROMA_NOISE, Planes

Plane = Literal["luma", "chroma"]
PLANES: tuple[Plane, ...] = ("luma", "chroma")
SETS = ((1, False), (3, True))
"""Seeds of scenes and noise, and whether their strobed scenes are used."""
PER_SCENE = 4
"""Shots of a scene; the first of them is not compressed."""
FRAMES = 18
RATES = (3.0, 4.0, 4.5, 5.0, 5.5, 6.0, 7.0, 8.0, 9.0)
"""Mb/s."""
FLOOR = 0.01
"""Squared codes added to energies before logarithms, as in `encore.analysis.codecloss`."""


@dataclass(frozen=True)
class Hiss:
    """Noise to be added, and the disc that it goes on.

    Attributes:
        sigma: codes of luma.
        across: Gaussian that colours the noise, samples; 0 is white.
        down: the same, lines of a field.
        slope: noise of white over that of mid-grey, less 1.
        rate: Mb/s; 0 is not compressed.
        gop: pictures from one key frame to the next.
        frames: coded as frames rather than fields.
    """

    sigma: float
    across: float
    down: float
    slope: float
    rate: float
    gop: int
    frames: bool


@dataclass(frozen=True)
class Sample:
    """One plane of one shot.

    Attributes:
        scene: number, different in all sets.
        plane: which.
        rate: Mb/s; 0 is not compressed.
        true: sigma over the same picture, codes.
        measured: sigma before correction, codes.
        shipped: the factor by which the package corrects it.
        features: what the correction goes by.
    """

    scene: int
    plane: Plane
    rate: float
    true: float
    measured: float
    shipped: float
    features: dict[str, float]


def samples(shots: int, folder: Path | None) -> Iterator[Sample]:
    """Both planes of all shots, half of them of each set."""
    count = -(-shots // (PER_SCENE * len(SETS)))
    for part, (seed, strobes) in enumerate(SETS):
        for number, scene in enumerate(scenes(count, seed, folder)):
            random = np.random.default_rng((seed, number, 5))
            pictures, strobed = lit(scene, random)
            sys.stdout.write(f"scene {part * count + number + 1} of {len(SETS) * count}\n")
            if strobed and not strobes:
                continue
            progressive = bool(random.random() < 0.15)
            clean = film([(first, first) for first, _ in pictures] if progressive else pictures)
            for turn in range(PER_SCENE):
                hiss = drawn(random, turn, progressive)
                frames = noisy(clean, hiss, 10 * number + turn, progressive)
                if hiss.rate:
                    frames = mpeg2(frames, hiss.rate, gop=hiss.gop, interlaced=not hiss.frames)
                yield from measured(rows_of(frames), hiss, 1000 * part + number)


def lit(scene: Scene, random: np.random.Generator) -> tuple[list[tuple[Picture, Picture]], bool]:
    """Pictures of a scene, one in five under a strobe, one in seven dark but for a spot; and whether it is strobed."""
    pictures = list(interlaced(scene, FRAMES))
    kind = random.random()
    if kind < 0.2:
        period = int(random.integers(3, 9))
        lights = [np.float32(1 if n % period < period // 2 else 0.35) for n in range(FRAMES)]
        return [(a * light, b * light) for (a, b), light in zip(pictures, lights, strict=True)], True
    if kind < 0.35:
        spot = np.zeros((HEIGHT, WIDTH), np.float32)
        spot[150:400, 250:460] = 1
        soft = np.asarray(cv2.GaussianBlur(spot, (0, 0), 20), np.float32)[..., None] * np.float32(0.8)
        return [(dimmed(a, soft), dimmed(b, soft)) for a, b in pictures], False
    return pictures, False


def dimmed(picture: Picture, spot: NDArray[np.float32]) -> Picture:
    """What a spot lights, and a little of the rest."""
    return np.asarray(picture * spot + np.float32(0.004), np.float32)


def drawn(random: np.random.Generator, turn: int, progressive: bool) -> Hiss:
    """Noise of sigma 0.7-14, sometimes none, white or coloured, and a rate."""
    sigma = 0.0 if random.random() < 0.06 else math.exp(random.uniform(math.log(0.7), math.log(14)))
    colour, across, down = random.random(), 0.0, 0.0
    if colour >= 0.85:
        across, down = float(random.uniform(0.3, 0.9)), float(random.uniform(0.3, 0.7))
    elif colour >= 0.5:
        across = float(random.uniform(0.3, 1.2))
    slope = 0.0 if random.random() < 0.6 else float(random.uniform(-0.5, 0.5))
    rate = float(random.choice(RATES)) if turn else 0.0
    gop = int(random.choice([12, 15]))
    return Hiss(sigma, across, down, slope, rate, gop, bool(rate and progressive and random.random() < 0.5))


def noisy(clean: Sequence[Planes], hiss: Hiss, seed: int, progressive: bool) -> list[Planes]:
    """Frames with noise; fields have noise of their own unless the picture is progressive."""
    random = np.random.default_rng((seed, 99))
    made: list[Planes] = []
    for planes in clean:
        out: list[NDArray[np.uint8]] = []
        for plane in planes:
            share = CHROMA_NOISE if out else 1.0  # of the strength, and of the width too: chroma has fewer samples
            noise = np.empty(plane.shape, np.float32)
            for lines in [noise] if progressive else [noise[0::2], noise[1::2]]:
                lines[:] = coloured(random.standard_normal(lines.shape, np.float32), share * hiss.across, hiss.down)
            luma = cv2.resize(planes[0].astype(np.float32), plane.shape[::-1], interpolation=cv2.INTER_AREA)
            follows = 1 + hiss.slope * (np.clip((luma - 16) / 219, 0, 1) * 2 - 1)
            out.append(np.clip(np.rint(plane + noise * follows * share * hiss.sigma), 1, 254).astype(np.uint8))
        made.append((out[0], out[1], out[2]))
    return made


def coloured(noise: NDArray[np.float32], across: float, down: float) -> NDArray[np.float32]:
    """Noise of variance 1 whose neighbours are alike."""
    if across:
        kernel = (0, 0) if down else (int(8 * across) | 1, 1)
        noise = np.asarray(cv2.GaussianBlur(noise, kernel, across, sigmaY=down), np.float32)
    return noise / noise.std()


def rows_of(frames: Sequence[Planes]) -> Rows:
    """What the question notes of a shot."""
    question = NoiseQuestion(tape_of())
    for look in looks(frames):
        question.observe(look)
    question.finish()
    return question.rows(Span(start=0, stop=len(frames)))


def measured(rows: Rows, hiss: Hiss, scene: int) -> Iterator[Sample]:
    """Samples of a shot; the truth is that of the levels of luma which the shot shows."""
    edges = np.linspace(*LEVELS[:2], LEVELS[2] + 1)
    level = ((edges[:-1] + edges[1:]) / 2 - 16) / 219 * 2 - 1
    for plane in PLANES:
        found = evidence(rows, plane)
        if found is None:
            continue
        seen, _ = found
        added = hiss.sigma * (1 if plane == "luma" else CHROMA_NOISE) * (1 + hiss.slope * level)
        true = float(np.sqrt((seen.areas * added**2).sum() / max(float(seen.areas.sum()), 1)))
        sigma = float(np.sqrt(seen.over_picture + FLOOR))
        yield Sample(scene, plane, hiss.rate, true, sigma, grown_by(seen, plane), features(seen))
