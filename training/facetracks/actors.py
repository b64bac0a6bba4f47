"""Actors: a moving face with its landmarks, and what comes before it: a microphone, a hand, a bar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.cutouts import Cutout, blob
from training.facetracks.expression import Expression
from training.facetracks.faces import Face, Points
from training.moves import Matrix, Move
from training.scenes import TIMES

SPEED = 0.012
"""Eye distances per field: the mean of a face's speed; a face of 40 samples on the tape goes half a sample a field."""
SWAY = 0.06
"""Eye distances: the mean of how far a face sways."""
FASTEST = 6.0 * TIMES
"""Samples of the truth per field."""
WOBBLE = 0.025
"""Eye distances: standard deviation of a detector's error of one landmark, after smoothing along the track."""


@dataclass(frozen=True)
class MovingFace(Cutout):
    """A still of a face that moves, bends, and knows where its landmarks are."""

    points: Points
    """(5, 2) in the still."""
    expression: Expression
    distance: float
    """Between the eyes, lines of the tape, when it does not zoom."""
    aspect: float
    """Width of the tape's samples over their height."""

    def landmarks(self, time: float) -> Points:
        """(5, 2) in samples of the tape."""
        height, width = self.texture.shape[:2]
        still = self.expression.moved(self.points, (height, width), time)
        matrix = self.move.matrix(time, (width / 2, height / 2))
        seen = np.linalg.solve(matrix[:, :2], (still - matrix[:, 2]).T).T
        return (seen + 0.5) / TIMES - 0.5

    def _warped(self, matrix: Matrix, box: tuple[int, int, int, int], time: float) -> NDArray[Any]:
        left, top, right, bottom = box
        moved = matrix.copy()
        moved[:, 2] += matrix[:, :2] @ (left, top)
        height, width = self.texture.shape[:2]
        size = (bottom - top, right - left)
        u, v = self.expression.looked_up(self.points, (height, width), time, moved, size)
        return cv2.remap(self.texture, u, v, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT)


def moving_face(
    random: np.random.Generator, face: Face, distance: float, aspect: float, place: tuple[float, float]
) -> MovingFace:
    """A face on its way.

    Args:
        random: chooses how it moves, bends and is lit.
        face: the still.
        distance: between the eyes, lines of the tape.
        aspect: width of the tape's samples over their height.
        place: of the middle of the face at time 10, samples of the truth.
    """
    picture, points = face.cut(distance * TIMES, aspect)
    picture = _shaded(random, picture, points.mean(0), distance * TIMES)
    apart = distance * TIMES
    speed = min(random.exponential(SPEED) * apart, FASTEST)
    way = random.uniform(0, 6.28)
    velocity = speed * np.cos(way), 0.6 * speed * np.sin(way)
    middle = np.array(picture.shape[1::-1]) / 2
    start = np.array(place) - points.mean(0) + middle - 10 * np.array(velocity)
    period = random.uniform(20, 90)
    move = Move(
        (float(start[0]), float(start[1])), (float(velocity[0]), float(velocity[1])), (0.0, 0.0),
        tuple((random.exponential(SWAY, 2) * apart * min(1.0, period / 60)).tolist()), period,
        random.uniform(0, 6.28), random.normal(0, 0.12), random.normal(0, 0.003), random.normal(0, 0.0015),
    )  # fmt: skip
    matte = _matte(random, (picture.shape[0], picture.shape[1]), points.mean(0), apart)
    plain = Cutout.of(picture, matte, move)
    return MovingFace(plain.texture, move, points, Expression.drawn(random), distance, aspect)


def occluder(random: np.random.Generator, face: MovingFace, skin: Face) -> Cutout:
    """A microphone, a hand, or a bar before a face, which moves nearly as the face does."""
    apart = face.distance * TIMES
    texture, place = (_microphone, _hand, _bar)[int(random.integers(3))](random, apart, skin)
    height, width = face.texture.shape[:2]
    points = face.points
    anchor = points[3:].mean(0) * (1 - place[2]) + points[:3].mean(0) * place[2] + np.array(place[:2]) * apart
    start = np.array(face.move.start) + anchor - (width / 2, height / 2)
    sway = tuple(float(s * random.uniform(0.3, 1.3)) for s in face.move.sway)
    way = replace(face.move, start=(float(start[0]), float(start[1])), sway=sway, zooming=0.0, bend=0.0)
    return Cutout(texture, replace(way, turn=random.uniform(-0.5, 0.5), phase=way.phase + random.normal(0, 0.4)))


def wobble(random: np.random.Generator, moments: NDArray[Any]) -> NDArray[Any]:
    """(moments, 5, 2): a detector's error at these times, eye distances: some always the same, some slow waves."""
    made = np.repeat(random.normal(0, 0.6, (1, 5, 2)), len(moments), 0)
    for _ in range(2):
        strength, phase = random.normal(0, 0.8, (2, 5, 2)), random.uniform(0, 6.28, (5, 2))
        turn = 2 * np.pi * moments / random.uniform(10, 60)
        made += strength[0] * np.sin(turn[:, None, None] + phase)
    return made * WOBBLE


def _shaded(random: np.random.Generator, picture: NDArray[Any], middle: NDArray[Any], apart: float) -> NDArray[Any]:
    """Any exposure; light from one side in four of ten faces; darkness around the head in half of them."""
    made = picture * np.float32(random.uniform(0.75, 1.15))
    if random.random() < 0.4:
        dark = random.uniform(0.2, 0.8)
        ramp = np.linspace(dark, 1, picture.shape[1], dtype=np.float32)
        made *= (ramp if random.random() < 0.5 else ramp[::-1])[None, :, None]
    if random.random() < 0.5:
        y, x = np.ogrid[0 : picture.shape[0], 0 : picture.shape[1]]
        away = np.sqrt(((x - middle[0]) / (1.35 * apart)) ** 2 + ((y - middle[1] + 0.3 * apart) / (1.8 * apart)) ** 2)
        inside = np.clip((1 - away) / random.uniform(0.1, 0.4) + 0.5, random.uniform(0, 0.5), 1)
        made *= inside.astype(np.float32)[..., None]
    return np.clip(made, 0, 1)


def _matte(random: np.random.Generator, size: tuple[int, int], middle: NDArray[Any], apart: float) -> NDArray[Any]:
    """A head without its background, or with much of it."""
    high, wide = random.uniform(3.8, 4.8) * apart, random.uniform(3.0, 4.2) * apart
    shape = blob(random, (int(high), int(wide)))
    x, y = middle - (wide / 2, high / 2)
    placed = np.array([[1.0, 0, x], [0, 1.0, y]])
    made = cv2.warpAffine(shape, placed, size[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    rim = max(2, int(0.05 * apart))  # the still's own end is no edge
    ramps = [np.clip(np.minimum(np.arange(n), np.arange(n)[::-1]) / rim, 0, 1).astype(np.float32) for n in size]
    return made * ramps[0][:, None] * ramps[1][None]


_Placed = tuple[NDArray[Any], tuple[float, float, float]]
"""A texture, and where: eye distances from a place between the mouth (0) and the upper face (1), and which."""


def _microphone(random: np.random.Generator, apart: float, skin: Face) -> _Placed:
    """A ball of mesh on a stick that leads down."""
    side, radius = int(3 * apart), random.uniform(0.3, 0.6) * apart
    y, x = (np.mgrid[0:side, 0:side] - side / 2).astype(np.float32)
    ball = np.clip(radius - np.sqrt(x * x + y * y), 0, 1)
    stick = np.clip(0.5 * radius - np.abs(x), 0, 1) * np.clip(y, 0, 1)
    mesh = 0.7 + 0.3 * np.sin(x * 2.2) * np.sin(y * 2.2)
    round_off = np.clip(1 - np.sqrt((x + 0.3 * radius) ** 2 + (y + 0.3 * radius) ** 2) / (1.6 * radius), 0.1, 1)
    grey = np.where(ball > 0, mesh * round_off, 0.25) * np.float32(random.uniform(0.15, 1.0))
    texture = np.dstack([grey, grey, grey, np.maximum(ball, stick)]).astype(np.float32)
    return texture, (float(random.normal(0, 0.3)), float(random.uniform(0.0, 0.7)), 0.0)


def _hand(random: np.random.Generator, apart: float, skin: Face) -> _Placed:
    """A blob of another face's skin."""
    picture, points = skin.cut(float(apart * random.uniform(1.2, 2.0)), 1.0)
    x, y = (int(n) for n in points.mean(0))
    side = int(min(x, y, picture.shape[1] - x, picture.shape[0] - y, random.uniform(0.5, 0.8) * apart))
    part = picture[y - side : y + side, x - side : x + side]
    part = part * np.float32(random.uniform(0.5, 1.1))
    texture = np.dstack([part, blob(random, (part.shape[0], part.shape[1]))]).astype(np.float32)
    place = float(random.uniform(-1, 1)), float(random.uniform(-0.2, 0.6)), float(random.uniform(0, 1))
    return texture, place


def _bar(random: np.random.Generator, apart: float, skin: Face) -> _Placed:
    """A stand, a cable, a strand of hair."""
    length, width = int(5 * apart), max(2, int(random.uniform(0.03, 0.25) * apart))
    colour = np.full((length, width, 3), random.uniform(0, 0.9, 3) if random.random() < 0.3 else random.uniform(0, 0.7))
    colour = colour * np.linspace(random.uniform(0.4, 1), 1, width)[None, :, None]
    matte = np.pad(np.ones((length, width)), 2)
    texture = np.dstack([np.pad(colour, ((2, 2), (2, 2), (0, 0)), mode="edge"), matte]).astype(np.float32)
    return texture, (float(random.normal(0, 0.6)), float(random.normal(0, 0.5)), float(random.uniform(0, 1)))
