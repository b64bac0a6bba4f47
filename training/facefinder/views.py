"""Views: squares of crowds, and of portraits before photographs, as a tape would show them, with their faces."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.facefinder import levelled
from training.facefinder.labels import MIRRORED, Labelled
from training.facefinder.light import Rgb, lamps, occluded, stage, taped

SIDE = 256
"""Samples of a view."""
CROWDED, STAGED, STAGE = 0.66, 0.25, 0.15
"""Shares of views of crowds, and of portraits; the others show no face. Share of all that lamps shine into."""
SIZES = (9.0, 200.0)
"""Heights of faces that views are made for, samples; all sizes on a scale of logarithms equally often."""
LEAST = 7.0
"""Height below which a face is neither right nor wrong."""
SEEN = 0.5
"""Share of a face that must lie in the view."""
ENLARGED, COVERED = 2.5, 0.85
"""Most that a picture is enlarged, and least share of the view's side that its longer side covers."""

Matrix = NDArray[Any]
"""(2, 3) from a picture to a view."""


@dataclass(frozen=True)
class View:
    """What the network sees and what is true of it.

    Attributes:
        level: (SIDE, SIDE) uint8, see `levelled`.
        boxes: (n, 4).
        landmarks: (n, 5, 2).
        worth: (n,) of the landmarks.
        sure: (n,) whether a face counts.
    """

    level: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    worth: NDArray[np.float32]
    sure: NDArray[np.bool_]


@dataclass(frozen=True)
class Views:
    """Makes views of pictures in memory.

    Attributes:
        crowds: annotated.
        portraits: one face each.
        photographs: without faces.
    """

    crowds: list[Labelled]
    portraits: list[Labelled]
    photographs: list[Rgb]

    def drawn(self, random: np.random.Generator) -> View:
        """Any view."""
        kind = random.random()
        if kind < CROWDED or not self.portraits:
            seen = of_crowd(self.crowds[int(random.integers(len(self.crowds)))], random)
        elif kind < CROWDED + STAGED:
            seen = self._staged(random)
        else:
            seen = _nobody(self._backdrop(random))
        if random.random() < 0.5:
            seen = mirrored(seen)
        image = np.ascontiguousarray(seen.image)
        occluded(image, seen.boxes[seen.sure], random)
        if random.random() < STAGE:
            lamps(image, seen.boxes, random)
        level = levelled(taped(stage(image, random), random))
        return View(level, seen.boxes, seen.landmarks, seen.worth, seen.sure)

    def _backdrop(self, random: np.random.Generator) -> Rgb:
        image = self.photographs[int(random.integers(len(self.photographs)))]
        scale = log_uniform(random, SIDE / min(image.shape[:2]), 1.3)
        matrix = about(_anywhere(image, random), scale, 0, random)
        return warped(image, within(matrix, image.shape, scale))

    def _staged(self, random: np.random.Generator) -> Labelled:
        """Some portraits cut out before a photograph, or one as it is."""
        if random.random() < 0.35:
            portrait = self._portrait(random)
            height = random.uniform(60, SIZES[1])
            return moved(portrait, _for_face(portrait, 0, height, random), cut=False)
        canvas = self._backdrop(random)
        seen = _nobody(canvas)
        for _ in range(int(random.integers(1, 6))):
            portrait = self._portrait(random)
            one = moved(portrait, _for_cutout(portrait, log_uniform(random, *SIZES), random), cut=False)
            if len(one.boxes):
                seen = pasted(seen, one, random)
        return seen

    def _portrait(self, random: np.random.Generator) -> Labelled:
        return self.portraits[int(random.integers(len(self.portraits)))]


def of_crowd(crowd: Labelled, random: np.random.Generator) -> Labelled:
    """A view of a crowd that has one of its faces in a size that was drawn."""
    heights = crowd.boxes[:, 3] - crowd.boxes[:, 1]
    liked = np.where(crowd.sure, np.clip(heights, 0, 64), 0) * (heights >= LEAST)
    if not liked.any():
        scale = random.uniform(0.6, 1.2)
        return moved(crowd, within(about(_anywhere(crowd.image, random), scale, 0, random), crowd.image.shape, scale))
    chosen = int(random.choice(len(liked), p=liked / liked.sum()))
    return moved(crowd, _for_face(crowd, chosen, log_uniform(random, *SIZES), random))


def _for_face(seen: Labelled, number: int, height: float, random: np.random.Generator) -> Matrix:
    left, top, right, bottom = seen.boxes[number].tolist()
    scale = min(max(height / (bottom - top), COVERED * SIDE / max(seen.image.shape[:2])), ENLARGED)
    angle = random.normal(0, 10) if random.random() < 0.8 else random.normal(0, 30)
    matrix = about(((left + right) / 2, (top + bottom) / 2), scale, angle, random)
    return within(matrix, seen.image.shape, scale) if len(seen.boxes) > 1 or random.random() < 0.5 else matrix


def _for_cutout(portrait: Labelled, height: float, random: np.random.Generator) -> Matrix:
    left, top, right, bottom = portrait.boxes[0].tolist()
    middle = ((left + right) / 2, (top + bottom) / 2)
    return about(middle, height / (bottom - top), random.normal(0, 12), random)


def _anywhere(image: Rgb, random: np.random.Generator) -> tuple[float, float]:
    return random.random() * image.shape[1], random.random() * image.shape[0]


def about(place: tuple[float, float], scale: float, angle: float, random: np.random.Generator) -> Matrix:
    """A turn and a scale that bring a place somewhere into the view; one side a little squeezed."""
    squeeze = math.exp(random.normal(0, 0.1))
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    turn = np.array([[cos * squeeze, -sin], [sin, cos / squeeze]]) * scale
    aim = random.uniform(0.08 * SIDE, 0.92 * SIDE, 2)
    return np.column_stack([turn, aim - turn @ place])


def within(matrix: Matrix, shape: tuple[int, ...], scale: float) -> Matrix:
    """Moved so that the view shows as little as possible beyond the picture, as far as that goes without turning."""
    made = matrix.copy()
    for axis, length in enumerate((shape[1], shape[0])):
        if length * scale > SIDE:
            made[axis, 2] = min(max(made[axis, 2], SIDE - length * scale), 0)
    return made


def warped(image: Rgb, matrix: Matrix) -> Rgb:
    """A view of a picture, averaged over areas where it shrinks."""
    scale = math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))
    if scale < 0.75:
        sides = np.array([[0, SIDE, 0, SIDE], [0, 0, SIDE, SIDE], [1.0] * 4])
        corners = np.asarray(cv2.invertAffineTransform(matrix), float) @ sides
        low = np.clip(corners.min(1) - 2, 0, None).astype(int)
        part = image[low[1] : int(corners[1].max()) + 3, low[0] : int(corners[0].max()) + 3]
        if min(part.shape[:2]) > 8:
            size = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
            share = np.diag([part.shape[1] / size[0], part.shape[0] / size[1]])
            image = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
            matrix = np.column_stack([matrix[:, :2] @ share, matrix[:, :2] @ low + matrix[:, 2]])
    half = matrix.copy()
    half[:, 2] += half[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts from the middles of samples
    return np.asarray(cv2.warpAffine(image, half, (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.uint8)


def moved(seen: Labelled, matrix: Matrix, *, cut: bool = True) -> Labelled:
    """A view with its faces; those that lie mostly beyond, or are tiny, count no more or are dropped.

    Args:
        seen: a picture.
        matrix: from it to the view.
        cut: boxes end where the view does, as those that people draw end where the picture does.
    """
    landmarks = seen.landmarks @ matrix[:, :2].T.astype(np.float32) + matrix[:, 2].astype(np.float32)
    middle = (seen.boxes[:, :2] + seen.boxes[:, 2:]) / 2 @ matrix[:, :2].T + matrix[:, 2]
    half = (seen.boxes[:, 2:] - seen.boxes[:, :2]) / 2 * np.linalg.norm(matrix[:, :2], axis=0)
    boxes = np.concatenate([middle - half, middle + half], 1).astype(np.float32)
    inside = np.clip(boxes, 0, SIDE)
    area = np.maximum(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1), 1e-3)
    share = np.prod(inside[:, 2:] - inside[:, :2], axis=1) / area
    sure = seen.sure & (share >= SEEN) & (boxes[:, 3] - boxes[:, 1] >= LEAST)
    kept = share > 0.05
    return replace(
        seen, image=warped(seen.image, matrix), boxes=(inside if cut else boxes)[kept], landmarks=landmarks[kept],
        worth=seen.worth[kept], sure=sure[kept], hidden=seen.hidden[kept],
    )  # fmt: skip


def pasted(below: Labelled, above: Labelled, random: np.random.Generator) -> Labelled:
    """A view with the head of another one before it; faces that it hides are dropped, or no longer count."""
    left, top, right, bottom = (float(value) for value in above.boxes[0])
    width, height = right - left, bottom - top
    matte = np.zeros((SIDE, SIDE), np.uint8)
    centre = (round((left + right) / 2), round((top + bottom) / 2 - 0.06 * height))
    axes = max(1, round(width * random.uniform(0.6, 0.8))), max(1, round(height * random.uniform(0.6, 0.75)))
    cv2.ellipse(matte, centre, axes, 0, 0, 360, (255,), -1, cv2.LINE_AA)
    if random.random() < 0.5:  # shoulders
        foot = (centre[0], round(bottom + 0.9 * height))
        cv2.ellipse(
            matte, foot, (max(1, round(width * 1.1)), max(1, round(height * 0.9))), 0, 0, 360, (255,), -1, cv2.LINE_AA
        )
    matte[(above.image == 0).all(2)] = 0  # beyond the portrait
    share = matte.astype(np.float32)[..., None] * np.float32(random.uniform(0.9, 1) / 255)
    head = above.image * np.float32(random.uniform(0.6, 1.15))
    image = np.clip(below.image + (head - below.image) * share, 0, 255).astype(np.uint8)
    boxes = np.clip(below.boxes, 0, SIDE - 1).astype(int)
    hidden = np.array([float(share[y0 : y1 + 1, x0 : x1 + 1].mean()) for x0, y0, x1, y1 in boxes])
    stays, sure = hidden < 0.8, below.sure & (hidden < 0.35)

    def both(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([one[stays], other]) if len(one) else other

    return replace(
        below, image=image, boxes=both(below.boxes, above.boxes), landmarks=both(below.landmarks, above.landmarks),
        worth=both(below.worth, above.worth), sure=both(sure, above.sure), hidden=both(below.hidden, above.hidden),
    )  # fmt: skip


def mirrored(seen: Labelled) -> Labelled:
    """Left and right exchanged; an eye that was the right one is the left one."""
    width = seen.image.shape[1]
    boxes = seen.boxes[:, [2, 1, 0, 3]] * np.array([-1, 1, -1, 1], np.float32) + np.array(
        [width, 0, width, 0], np.float32
    )
    landmarks = seen.landmarks[:, MIRRORED] * np.array([-1, 1], np.float32) + np.array([width, 0], np.float32)
    return replace(seen, image=seen.image[:, ::-1], boxes=boxes, landmarks=landmarks)


def log_uniform(random: np.random.Generator, low: float, high: float) -> float:
    """A size; all doublings equally often."""
    return float(low * (high / low) ** random.random())


def _nobody(image: Rgb) -> Labelled:
    none = np.zeros(0, np.float32)
    return Labelled(
        image, np.zeros((0, 4), np.float32), np.zeros((0, 5, 2), np.float32), none, none.astype(bool),
        none.astype(np.int64), "",
    )  # fmt: skip
