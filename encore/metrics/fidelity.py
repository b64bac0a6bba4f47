"""How near a picture is to the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def psnr_db(picture: NDArray[Any], truth: NDArray[Any], peak: float) -> float:
    """Peak signal-to-noise ratio in dB; infinite for equal pictures.

    Args:
        picture: any shape.
        truth: the same shape.
        peak: largest possible value, 1.0 or 255 or 1023.

    Raises:
        ValueError: different shapes.
    """
    if picture.shape != truth.shape:
        raise ValueError(f"pictures of {picture.shape} and {truth.shape} cannot be compared")
    error = float(np.mean((picture.astype(np.float64) - truth.astype(np.float64)) ** 2))
    return float("inf") if error == 0 else 10 * float(np.log10(peak**2 / error))
