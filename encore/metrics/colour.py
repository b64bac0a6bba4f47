"""How far apart two pictures are in colour, as people see it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab  # pyright: ignore[reportUnknownVariableType]


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
