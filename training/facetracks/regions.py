"""Regions of face space: the face, its eyes and its mouth, and how much each counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from encore.restoration.facespace import SIDE, TEMPLATE

FACE = ((128.0, 143.0), (74.0, 90.0))
"""Middle and half axes of an ellipse from the hair to the chin, by eye on twelve faces."""
EYE, MOUTH = (23.0, 15.0), (37.0, 21.0)
"""Half axes about an eye and about the middle of the mouth; open ones lie within."""
OUTSIDE, FEATURES = 0.3, 3.0
"""What counts of hair and background, and of eyes and mouth; the face itself counts 1."""


def within(middle: tuple[float, float], axes: tuple[float, float]) -> NDArray[np.bool_]:
    """(SIDE, SIDE): inside of an ellipse."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    return ((x - middle[0]) / axes[0]) ** 2 + ((y - middle[1]) / axes[1]) ** 2 <= 1


def regions() -> dict[str, NDArray[np.bool_]]:
    """By name: `face`, `eyes`, `mouth`."""
    right, left, _, *corners = TEMPLATE
    (x, y), (x1, y1) = corners
    mouth = ((x + x1) / 2, (y + y1) / 2)
    return {"face": within(*FACE), "eyes": within(right, EYE) | within(left, EYE), "mouth": within(mouth, MOUTH)}


def weights() -> NDArray[Any]:
    """(SIDE, SIDE) float32: what an error counts."""
    places = regions()
    made = np.where(places["face"], 1.0, OUTSIDE)
    made[places["eyes"] | places["mouth"]] = FEATURES
    return made.astype(np.float32)
