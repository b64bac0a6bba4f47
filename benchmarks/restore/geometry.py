"""Do all films lie on the truth? Shifts of the ways that only enlarge, on a tape without blur, noise or motion."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path

import cv2
import numpy as np

from benchmarks.repair.playing import Player
from benchmarks.repair.recording import Planes
from benchmarks.restore.asked import Asked
from benchmarks.restore.contenders import LANCZOS, filtered, graph, ours
from benchmarks.restore.scenes import scene
from benchmarks.restore.scores import inner
from benchmarks.restore.taping import PICTURES, taped
from benchmarks.scan.table import Row
from encore.core.video import Plane

BLUR = 6.0
"""Samples: what is finer than the tape must not weigh."""
MOST = 0.05
"""Samples of the film by which luma may lie aside; of chroma, where a sample counts two, by which chroma may."""


def bench(asked: Asked) -> Iterator[Row]:
    """Rows of the table."""
    picture = next(scene("slow", 1, asked.pictures))
    with tempfile.TemporaryDirectory() as folder:
        tape = taped("still", repeat(picture, PICTURES), Path(folder), "clean")
        with Player(tape.path) as player:
            film = ours(player, "lanczos", tape.size)
        assert film, "Lanczos is always there"
        made = {film.by: film.planes, LANCZOS: filtered(tape.path, graph("", "", tape.size), tape.size)}
    for by, planes in made.items():
        for name, numbers, step in (("luma", (0,), 1), ("chroma", (1, 2), 2)):
            right, below = shift(planes[0], tape.truth[0], numbers, step)
            what = f"{by}: {name} lies {right:+.3f} to the right and {below:+.3f} lower than the truth; most"
            yield Row("geometry", what, max(abs(right), abs(below)), "<=", MOST)


def shift(found: Planes, truth: Planes, numbers: Sequence[int], step: int) -> tuple[float, float]:
    """Samples by which planes lie right of and below the truth, least squares over their slopes."""
    slopes: list[Plane] = []
    missed: list[Plane] = []
    for number in numbers:
        a, b = (_soft(planes[number].astype(np.float32), BLUR / step) for planes in (found, truth))
        down, across = np.gradient(b)
        slopes.append(np.stack([inner(across, step).ravel(), inner(down, step).ravel()], 1))
        missed.append(inner(b - a, step).ravel())
    right, below = np.linalg.lstsq(np.concatenate(slopes), np.concatenate(missed))[0].tolist()
    return right, below


def _soft(plane: Plane, sigma: float) -> Plane:
    return cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
