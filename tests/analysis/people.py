"""People who walk through a shot: where their faces truly are, and what a search for faces finds of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encore.analysis.facelook import FaceLook
from encore.analysis.faces import MOST
from encore.analysis.facesmooth import EYES, TEMPLATE
from encore.analysis.facetracks import Sights
from encore.analysis.part import Part, Parts
from encore.core.time import Span

LOOK = FaceLook(0.5, 0.4, 0.1, 0.2, 0.4, 0.01)
MIDDLE = TEMPLATE.mean()


@dataclass(frozen=True)
class Person:
    """Somebody whose middle is at x + iy at a tick, with eyes that far apart, seen in some frames only."""

    at: Callable[[float], complex]
    eyes: Callable[[float], float] = lambda _tick: 24.0
    seen: Callable[[int], bool] = lambda _frame: True
    score: float = 0.9

    def landmarks(self, tick: float) -> NDArray[np.complex128]:
        return self.at(tick) + (TEMPLATE - MIDDLE) * self.eyes(tick) / EYES

    def box(self, tick: float) -> NDArray[np.float64]:
        middle, reach = self.at(tick), self.eyes(tick)
        return np.array(
            [middle.real - reach, middle.imag - 1.3 * reach, middle.real + reach, middle.imag + 1.2 * reach]
        )


STANDING = Person(lambda _tick: 0j)


def found(
    people: Sequence[Person], frames: int, noise: float = 0.02, false: float = 0.0, seed: int = 0, parity: int = 0
) -> dict[int, list[NDArray[np.float64]]]:
    """Rows of 15 numbers by tape frame: every second frame, with errors of `noise` eye distances in each number."""
    random = np.random.default_rng(seed)
    rows: dict[int, list[NDArray[np.float64]]] = {}
    for frame in range(0, frames, 2):
        tick = 2.0 * frame + parity
        rows[frame] = []
        for one in people:
            if one.seen(frame):
                shaken = random.normal(0, noise * one.eyes(tick), 14)
                points = one.landmarks(tick)
                places = np.concatenate([one.box(tick), np.stack([points.real, points.imag], 1).reshape(-1)])
                rows[frame].append(np.array([one.score, *(places + shaken)]))
        if random.random() < false:
            right, down = random.uniform(50, 450, 2)
            points = STANDING.landmarks(0) + right + down * 1j
            places = np.concatenate(
                [STANDING.box(0) + [right, down] * 2, np.stack([points.real, points.imag], 1).reshape(-1)]
            )
            rows[frame].append(np.array([random.uniform(0.4, 0.9), *places]))
    return rows


def sights_of(rows: dict[int, list[NDArray[np.float64]]]) -> Sights:
    flat = [(frame, row) for frame, several in rows.items() for row in several]
    numbers = np.array([row for _, row in flat]).reshape(-1, 15)
    points = numbers[:, 5:].reshape(-1, 5, 2)
    landmarks = points[..., 0] + 1j * points[..., 1]
    frames = np.array([frame for frame, _ in flat], np.int64)
    return Sights(frames, numbers[:, 0], numbers[:, 1:5], landmarks, np.tile(LOOK, (len(flat), 1))).ordered()


def parts_of(rows: dict[int, list[NDArray[np.float64]]], frames: int, longest: int = 10_000) -> Parts:
    """What the question would have noted, in parts."""
    spans = list(Span(start=0, stop=frames).pieces(longest))
    parts = Parts(spans)
    for span in spans:
        count = np.full(len(span), np.nan, np.float32)
        table = np.full((len(span), MOST, 15), np.nan, np.float32)
        look = np.full((len(span), MOST, 6), np.nan, np.float32)
        for frame, several in rows.items():
            if frame in span:
                count[frame - span.start] = len(several)
                for slot, row in enumerate(several):
                    table[frame - span.start, slot], look[frame - span.start, slot] = row, LOOK
        parts.add(Part(span, {"faces.count": count, "faces.found": table, "faces.look": look}))
    return parts
