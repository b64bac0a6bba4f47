"""Clips of faces: a scene on a tape, played and enlarged by Encore, and its faces brought to face space."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from encore.core.video import Clip, Plane
from encore.planning.stagerules import QUIET_CODES
from encore.restoration.codes import codes_of
from encore.restoration.detail import LEAST_NOISE
from encore.restoration.facespace import into, transform_of
from encore.restoration.invention import enlarged
from encore.restoration.networks import Network
from encore.restoration.noisemap import Sigma, sigma_of
from encore.restoration.superres import luma_detail
from encore.restoration.window import NOISE_LEFT, REACH
from training.clips import DENOISED, GIVEN, MISJUDGED, Truth, filming, told_by
from training.facetracks.actors import MovingFace, wobble
from training.facetracks.faces import Faces, Points, distance_of
from training.facetracks.scenes import FaceScene, drawn
from training.played import Player
from training.recording import record
from training.stills import Stills
from training.tape import Recipe, fields_of

ENLARGED = range(GIVEN.start, GIVEN.stop)
"""Pictures that are enlarged."""


@dataclass(frozen=True)
class Example:
    """A face in one picture."""

    crops: Plane
    """(3, 256, 256) codes in face space: the picture before, its own, the one after, enlarged by Encore."""
    true: Plane
    """(256, 256) codes: the truth, by the same transform as its own picture."""
    told: dict[str, Any]
    """`sigma` of noise that the enlarging network was told, codes; `distance` between the eyes, lines of the tape;
    `light`; `face`, a number within the clip; `picture`; `transform`."""


def clip(seed: tuple[int, int], stills: Stills, faces: Faces, network: Network, taken: int) -> Iterator[Example]:
    """Examples of a clip of random scene and recipe."""
    random = np.random.default_rng(seed)
    yield from played(drawn(random, stills, faces), Recipe.drawn(random), random, network, taken)


def played(
    made: FaceScene, recipe: Recipe, random: np.random.Generator, network: Network, taken: int
) -> Iterator[Example]:
    """A scene on a tape of a recipe, played by Encore.

    Args:
        made: its moments from 0 on are filmed.
        recipe: of the tape.
        random: of the tape's noise, of what is denoised, of errors of landmarks and of the pictures taken.
        network: that enlarges luma.
        taken: pictures of every face that become examples, at most six.
    """
    pictures, truths, sigma = _restored(made, recipe, random)
    codes = [codes_of(pictures, at)[0] for at in range(len(pictures))]
    fine: dict[int, Plane] = {}
    noise: dict[int, Plane] = {}
    for number in ENLARGED:
        at = pictures.at.index(number)
        noise[number] = sigma.maps(codes[at], (1, 1))[0]
        fine[number] = enlarged(codes[at]) + luma_detail(network, pictures, codes, at, noise[number])
    ticks = 2 if recipe.progressive else 1
    for face, actor in enumerate(made.faces):
        track = _track(actor, ticks, random)
        for number in sorted(random.choice(ENLARGED[1:-1], taken, replace=False).tolist()):
            seen = actor.landmarks(number * ticks)
            if _inside(seen, codes[0].shape):
                about = {"face": face, "picture": number, "light": made.light, "aspect": made.aspect}
                about |= {"distance": distance_of(seen, made.aspect), "sigma": _about(noise[number], seen)}
                yield _example(fine, truths[number].y, track, number, about)


def _example(
    fine: dict[int, Plane], true: Plane, track: dict[int, Points], number: int, about: dict[str, Any]
) -> Example:
    crops = [into(fine[n], transform_of(track[n].tolist(), about["aspect"])) for n in (number - 1, number, number + 1)]
    transform = transform_of(track[number].tolist(), about["aspect"])
    return Example(np.stack(crops), into(true, transform), about | {"transform": transform.tolist()})


def _restored(made: FaceScene, recipe: Recipe, random: np.random.Generator) -> tuple[Clip, dict[int, Truth], Sigma]:
    """Pictures as an enlarging network gets them, the truth, and the noise it is told."""
    lines, truths = filming(made.scene, recipe)
    seed, denoised = int(random.integers(1 << 30)), bool(random.random() < DENOISED)
    factor = float(np.exp(random.uniform(-MISJUDGED, MISJUDGED)))
    with tempfile.TemporaryDirectory() as folder:
        frames = fields_of([one for one in lines for _ in range(2)] if recipe.progressive else lines, recipe, seed)
        path = record(Path(folder), frames, recipe.codec, progressive=recipe.progressive)
        with Player(path, progressive=recipe.progressive) as player:
            noise = player.noise or told_by(recipe)
            denoised &= player.noise is not None and max(noise.luma_sigma, noise.chroma_sigma) >= QUIET_CODES
            around = GIVEN.grown(REACH, player.pictures)
            pictures = player.denoised(around) if denoised else player.read(around)
    found = sigma_of(noise, player.composite, factor * (NOISE_LEFT if denoised else 1.0))
    return pictures, truths, Sigma(np.maximum(found.luma, np.float32(LEAST_NOISE)), max(found.chroma, LEAST_NOISE))


def _track(actor: MovingFace, ticks: int, random: np.random.Generator) -> dict[int, Points]:
    """(5, 2) landmarks of every picture, as wrong as a detector's."""
    moments = np.array([number * ticks for number in ENLARGED])
    off = wobble(random, moments) * actor.distance / (actor.aspect, 1)
    return {number: actor.landmarks(t) + one for number, t, one in zip(ENLARGED, moments, off, strict=True)}


def _inside(points: Points, size: tuple[int, ...]) -> bool:
    return bool((points >= 0).all() and (points[:, 0] < size[1]).all() and (points[:, 1] < size[0]).all())


def _about(noise: Plane, points: Points) -> float:
    """Noise at the face."""
    (left, top), (right, bottom) = points.min(0).astype(int), points.max(0).astype(int) + 1
    return float(noise[top:bottom, left:right].mean())
