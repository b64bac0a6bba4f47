"""What the maps of the face network say: from numbers at places to faces, each told once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from encore.core.video import Plane

STEP = 8
"""Samples of the picture from one place of the maps to the next: the smallest face that counts, 10, has one."""
UNIT = 16.0
"""Samples that a distance of e^0 stands for: the middle of the sizes that are learned, on a scale of logarithms."""
CHANNELS = 15
"""Score, four distances, five landmarks of two."""
FURTHEST = 5.0
"""Largest logarithm of a distance, 2,375 samples: keeps a network that is not trained from overflowing."""
MOST = 600
"""Places that may tell a face, the best of a picture: a close-up has some hundred."""
SAME = 0.4
"""Share of their union that two boxes have in common when they are one face: people's heads in a crowd overlap less."""
AGREEING = 0.6
"""Share of their union that boxes must have in common for their mean to be told. A mean of several places moves less
from picture to picture than the best of them."""


class Found(NamedTuple):
    """A face in a picture; places in samples of it, where edges of samples are whole numbers."""

    score: float
    """0 to 1."""
    left: float
    top: float
    right: float
    bottom: float
    landmarks: tuple[tuple[float, float], ...]
    """Subject's right eye, left eye, nose tip, right and left corner of the mouth."""


def told(maps: Plane, least: float, times: float = 1.0) -> NDArray[np.float32]:
    """Faces of one picture, several times each: every place whose score is high enough tells one.

    Args:
        maps: (CHANNELS, h, w) what the network gave.
        least: score.
        times: size of the picture over that of what the network saw.

    Returns:
        (n, CHANNELS): score, left, top, right, bottom, and x, y of five landmarks; best first.
    """
    score = 1 / (1 + np.exp(-np.clip(maps[0], -30, 30)))
    y, x = np.nonzero(score >= least)
    values = maps[:, y, x].T.astype(np.float32)
    at = (np.stack([x, y], 1).astype(np.float32) + 0.5) * STEP
    sides = UNIT * np.exp(np.minimum(values[:, 1:5], FURTHEST))
    size = np.sqrt((sides[:, 0] + sides[:, 2]) * (sides[:, 1] + sides[:, 3]))
    points = at[:, None] + values[:, 5:].reshape(-1, 5, 2) * size[:, None, None]
    places = np.concatenate([at - sides[:, :2], at + sides[:, 2:], points.reshape(-1, 10)], 1) * np.float32(times)
    faces = np.concatenate([score[y, x, None].astype(np.float32), places], 1)
    return faces[np.argsort(-faces[:, 0], kind="stable")[:MOST]]


def once(faces: Sequence[NDArray[np.float32]], size: tuple[int, int]) -> list[Found]:
    """Every face once, best first: the mean of those that agree with the best of those that are the same.

    Args:
        faces: what `told` gave, of one picture in several sizes and exposures.
        size: height and width of the picture; what has its middle beyond is a mirrored face.
    """
    left = np.concatenate(faces)
    middle = (left[:, 1:3] + left[:, 3:5]) / 2
    left = left[((middle > 0) & (middle < (size[1], size[0]))).all(1)]
    left = left[np.argsort(-left[:, 0], kind="stable")]
    found: list[Found] = []
    while len(left):
        union = overlap(left[0, 1:5], left[:, 1:5])
        union[0] = 1  # also a box of no size
        agree = left[(union >= AGREEING) & (left[:, 0] >= left[0, 0] / 2)]
        mean = (agree * agree[:, :1]).sum(0) / agree[:, 0].sum()
        sides = (float(value) for value in mean[1:5])
        points = tuple((float(x), float(y)) for x, y in mean[5:].reshape(5, 2))
        found.append(Found(float(left[0, 0]), *sides, landmarks=points))
        left = left[union < SAME]
    return found


def overlap(box: Plane, boxes: Plane) -> Plane:
    """What boxes have in common with one, as a share of their union.

    Args:
        box: (4,) left, top, right, bottom.
        boxes: (n, 4).

    Returns:
        (n,).
    """
    width = np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0])
    height = np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1])
    common = np.maximum(width, 0) * np.maximum(height, 0)
    one = (box[2] - box[0]) * (box[3] - box[1])
    other = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return common / np.maximum(one + other - common, np.float32(1e-6))
