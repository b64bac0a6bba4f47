"""How far apart two pictures are in colour, as people see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab  # pyright: ignore[reportUnknownVariableType]

from encore.core.video import Plane

LIGHT = 16.0
"""Samples of chroma: standard deviation of the blur after which hue is that of light and large surfaces; four samples
of a tape whose film is four times as large, since finer colour is lost on the tape itself."""
COLOURED = 24.0
"""8-bit codes from neutral from which a place has a hue: there 0.4 codes turn it by a degree, which is about what is
left of rounding and noise after the blur."""
LEAST = 0.01
"""Share of the places that must have a hue."""


def colour_difference(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float32]:
    """CIEDE2000 of every sample of two pictures; 1 is about the smallest difference seen side by side.

    Args:
        a: (H, W, 3) R'G'B', uint8 or float in [0, 1], BT.709 primaries.
        b: the same shape.

    Returns:
        (H, W).
    Source: CIE 142-2001, as in scikit-image.

    Raises:
        ValueError: different shapes.
    """
    if a.shape != b.shape:
        raise ValueError(f"pictures of {a.shape} and {b.shape} cannot be compared")
    lab: list[Any] = [rgb2lab(picture) for picture in (a, b)]
    difference: Any = deltaE_ciede2000(lab[0], lab[1])
    return np.asarray(difference, np.float32)


def hue_drift(found: Sequence[Plane], truth: Sequence[Plane]) -> float | None:
    """By how many degrees the hue of coloured places is off, where Cb and Cr are axes; the mean of amounts.

    Args:
        found: Cb and Cr of a picture, (h, w) 8-bit codes about 0.
        truth: the same.

    Returns:
        None where hardly anything has a colour.

    Raises:
        ValueError: different shapes.
    """
    if found[0].shape != truth[0].shape:
        raise ValueError(f"planes of {found[0].shape} and {truth[0].shape} cannot be compared")
    (b, r), (true_b, true_r) = ([_of_light(plane) for plane in planes] for planes in (found, truth))
    coloured = np.hypot(true_b, true_r) >= COLOURED
    if coloured.mean() < LEAST:
        return None
    turned = np.arctan2(r * true_b - b * true_r, b * true_b + r * true_r)
    return float(np.degrees(np.abs(turned[coloured])).mean())


def _of_light(plane: Plane) -> Plane:
    return cv2.GaussianBlur(plane.astype(np.float32), (0, 0), LIGHT, borderType=cv2.BORDER_REPLICATE)
