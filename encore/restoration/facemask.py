"""Face mask: which part of face space is face, softly, and where in it the eyes are."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from encore.core.video import Plane
from encore.restoration.facespace import SIDE, TEMPLATE, Points, Transform, placed

WIDE, HIGH = 1.1, 1.32
"""Half axes of the face, across in distances between the eyes of the template, down in distances from eyes to mouth:
from the hairline to the chin and from cheek to cheek of faces at the template."""
BELOW = 0.42
"""Of the distance from eyes to mouth, that the middle of the face lies below the eyes."""
BESIDE = 1.3
"""Times that the tip of the nose lies beside the line from eyes to mouth, that the middle lies on its other side: of a
turned head more is seen of the near cheek. By eye on twelve heads turned by 30 degrees."""
NARROWER = 0.5
"""Share by which a turned face, whose eyes come nearer to each other, becomes narrower with them."""
ROUND = 2.5
"""Exponent of the superellipse: a chin and temples are fuller than an ellipse."""
FEATHER = 0.24
"""Of the half axes, over which the mask ends: 12 % of the width on each side."""
EYE_WIDE, EYE_HIGH = 0.36, 0.24
"""Half axes of an eye with its lids, in distances between the eyes of the template."""
EYES = TEMPLATE[1][0] - TEMPLATE[0][0]
"""Samples between the eyes of the template."""


def mask_of(landmarks: Points, transform: Transform) -> Plane:
    """(SIDE, SIDE) 0 to 1: the face without its hair, ending softly, as steady as its landmarks are.

    Args:
        landmarks: in samples and lines of the tape's woven frame.
        transform: of the face.
    """
    points = placed(transform, landmarks)
    eyes, mouth = points[:2].mean(0), points[3:].mean(0)
    down = mouth - eyes
    x, y = eyes + BELOW * down
    x -= BESIDE * (points[2, 0] - (eyes[0] + mouth[0]) / 2)
    apart = float(np.hypot(*(points[1] - points[0])))
    half = WIDE * (EYES + NARROWER * min(apart - EYES, 0.0))
    high = HIGH * float(np.hypot(*down))
    across, lines = _places()
    radius = (np.abs(across - x) / half) ** ROUND + (np.abs(lines - y) / max(high, 1.0)) ** ROUND
    inside = np.clip((1 - radius ** (1 / ROUND)) * (1 / FEATHER), 0, 1)
    return (inside * inside * (3 - 2 * inside)).astype(np.float32)


@cache
def eyes_mask() -> Plane:
    """(SIDE, SIDE) 0 to 1: both eyes, ending softly."""
    made = np.zeros((SIDE, SIDE), np.float32)
    axes = int(EYE_WIDE * EYES), int(EYE_HIGH * EYES)
    for x, y in TEMPLATE[:2]:
        cv2.ellipse(made, (round(x), round(y)), axes, 0, 0, 360, (1.0,), -1)
    made = cv2.GaussianBlur(made, (0, 0), EYES / 16)
    made.flags.writeable = False
    return made


@cache
def _places() -> tuple[Plane, Plane]:
    across = np.arange(SIDE, dtype=np.float32)
    return across[None], across[:, None]
