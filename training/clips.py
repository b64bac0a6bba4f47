"""Clips: a scene put on a simulated tape and played by Encore, beside its truth, picture by picture."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from encore.core.answers import Composite, Noise
from encore.core.time import Span
from encore.core.video import Clip, Plane
from encore.motion.light import BLACK
from encore.planning.stagerules import QUIET_CODES
from encore.restoration.codes import codes_of
from encore.restoration.noisemap import Sigma, sigma_of
from encore.restoration.window import NOISE_LEFT, REACH, chroma_window, window
from training.chroma import film_chroma, true_chroma
from training.played import Player
from training.recording import Codec, record
from training.scenes import TIMES, Scene
from training.stills import Stills
from training.tape import TO_CODES, Lines, Recipe, fields_of, filmed, recorded

PICTURES = 20
"""Of a clip: those given away, and on each side four that Denoise looks at and two of a window."""
GIVEN = Span(start=6, stop=14)
"""Pictures given away."""
DENOISED = 0.6
"""Share of clips that are denoised before a network sees them."""
COMPRESSED_DENOISED = 0.9
"""The same of clips for a network that works after Denoise: the others are those too quiet for it."""
MEGABITS, COPIED, CRFS = (2.5, 6.0), 0.25, (20, 31)
"""Of compressed clips: MPEG-2 at 720x480 per second (long-play discs to good ones), share of those copied to H.264,
and its quality, from careful to poor."""
MISJUDGED = 0.22
"""Logarithm of the factor by which the noise told to a network is wrong at most: 0.8 to 1.25."""


@dataclass(frozen=True)
class Example:
    """One picture: what the networks see and what is missing from the classical film."""

    number: int
    luma: Plane
    """(11, H, W) window."""
    base: Plane
    """(4H, 4W) codes: bicubic enlargement."""
    missing: Plane
    """(4H, 4W) codes: truth less base."""
    chroma: Plane
    """(7, H / 2, W / 2) window."""
    chroma_missing: Plane
    """(2, 2H, 2W) codes: truth less what is made without a network."""
    clean_missing: Plane | None = None
    """(H, W) codes: luma as the tape would have it without noise, codec and fields, less what it has."""


@dataclass(frozen=True)
class Known:
    """What is told about a clip beside its pictures."""

    recipe: Recipe
    noise: Noise
    composite: Composite | None
    denoised: bool
    factor: float
    """Of the noise measured, that was told to the networks."""

    def told(self) -> dict[str, Any]:
        """For a sidecar."""
        noise = {"luma": self.noise.luma_sigma, "chroma": self.noise.chroma_sigma, "kind": self.noise.kind}
        more = None if self.composite is None else [self.composite.dot_crawl, self.composite.rainbow]
        known = {"noise": noise, "crawl_and_rainbow": more, "denoised": self.denoised, "factor": self.factor}
        return {"recipe": self.recipe.told(), **known}


@dataclass(frozen=True)
class Truth:
    """Planes of a picture of a scene, 8-bit codes."""

    y: Plane
    """(4H, 4W)."""
    c: Plane
    """(2, 2H, 2W) at the film's chroma places, about 0."""
    tape: Plane
    """(H, W): luma through the tape's optics and band, without its noise and its codec."""


def clip(seed: tuple[int, int], stills: Stills) -> tuple[Known, Iterator[Example]]:
    """A clip of random scene and recipe."""
    random = np.random.default_rng(seed)
    scene, recipe = Scene.drawn(random, stills), Recipe.drawn(random)
    return _drawn(scene, recipe, random, DENOISED)


def compressed_clip(seed: tuple[int, int], stills: Stills) -> tuple[Known, Iterator[Example]]:
    """The same of a recipe that always has a codec with losses."""
    random = np.random.default_rng(seed)
    scene, recipe = Scene.drawn(random, stills), Recipe.drawn(random)
    crf = int(random.integers(*CRFS)) if random.random() < COPIED else None
    recipe = replace(recipe, codec=Codec(megabits=float(random.uniform(*MEGABITS)), crf=crf))
    return _drawn(scene, recipe, random, COMPRESSED_DENOISED)


def _drawn(scene: Scene, recipe: Recipe, random: np.random.Generator, share: float) -> tuple[Known, Iterator[Example]]:
    denoised = bool(random.random() < share)
    wrong = float(np.exp(random.uniform(-MISJUDGED, MISJUDGED)))
    return played(scene, recipe, seed=int(random.integers(1 << 30)), denoised=denoised, wrong=wrong)


def played(
    scene: Scene, recipe: Recipe, *, seed: int, denoised: bool, wrong: float = 1.0
) -> tuple[Known, Iterator[Example]]:
    """A scene on a tape of a recipe, played by Encore.

    Args:
        scene: its moments from 0 on are filmed.
        recipe: of the tape.
        seed: of noise.
        denoised: after Denoise and Keep; where a restoration would not denoise, it is not done.
        wrong: factor by which the noise is misjudged.
    """
    lines, truths = filming(scene, recipe)
    with tempfile.TemporaryDirectory() as folder:
        frames = fields_of([one for one in lines for _ in range(2)] if recipe.progressive else lines, recipe, seed)
        path = record(Path(folder), frames, recipe.codec, progressive=recipe.progressive)
        with Player(path, progressive=recipe.progressive) as player:
            noise = player.noise or told_by(recipe)
            denoised = (
                denoised and player.noise is not None and max(noise.luma_sigma, noise.chroma_sigma) >= QUIET_CODES
            )
            around = GIVEN.grown(REACH, player.pictures)
            pictures = player.denoised(around) if denoised else player.read(around)
    factor = wrong * (NOISE_LEFT if denoised else 1.0)
    known = Known(recipe, noise, player.composite, denoised, factor)
    return known, _examples(pictures, truths, sigma_of(noise, player.composite, factor))


def filming(scene: Scene, recipe: Recipe) -> tuple[list[Lines], dict[int, Truth]]:
    """What the camera gives of every moment, and the truth of the pictures that are given away."""
    lines: list[Lines] = []
    truths: dict[int, Truth] = {}
    for number in range(PICTURES):
        picture = scene.picture(number * (2 if recipe.progressive else 1))
        lines.append(filmed(picture, recipe))
        if number in GIVEN:
            codes = cv2.transform(picture, TO_CODES)
            truth = codes[..., 0] + np.float32(BLACK)
            truths[number] = Truth(truth, true_chroma(codes[..., 1:]), _without_faults(lines[-1], recipe))
    return lines, truths


def _without_faults(lines: Lines, recipe: Recipe) -> Plane:
    """Luma of a whole picture as the tape's recorders pass it, had they no noise and the lines no faults, codes."""
    for analog in recipe.analog:
        passed = replace(analog, luma_sigma=0.0, chroma_sigma=0.0, composite=0.0, wobble=0.0, delay=0.0)
        lines = recorded(lines, passed, 0, np.random.default_rng(0))
    return lines[..., 0] + np.float32(BLACK)


def told_by(recipe: Recipe) -> Noise:
    """The noise of a recipe, where it cannot be measured."""
    luma = math.hypot(*(one.luma_sigma for one in recipe.analog))
    chroma = math.hypot(*(one.chroma_sigma for one in recipe.analog))
    return Noise(
        luma_sigma=luma, chroma_sigma=chroma, spatial_sigma=luma, kind="grain", correlation_across=0.0,
        correlation_down=0.0, correlation_time=0.0,
    )  # fmt: skip


def _examples(pictures: Clip, truths: dict[int, Truth], sigma: Sigma) -> Iterator[Example]:
    colours = [codes_of(pictures, at) for at in range(len(pictures))]
    for number, truth in truths.items():
        at = pictures.at.index(number)
        y, c = colours[at]
        luma_sigma, _ = sigma.maps(y, (1, 1))
        base = cv2.resize(y, None, fx=TIMES, fy=TIMES, interpolation=cv2.INTER_CUBIC)
        yield Example(
            number=number,
            luma=window(pictures, [one for one, _ in colours], at, luma_sigma),
            base=base,
            missing=truth.y - base,
            chroma=chroma_window(y, (c[..., 0], c[..., 1]), sigma.chroma),
            chroma_missing=truth.c - film_chroma(c),
            clean_missing=truth.tape - y,
        )
