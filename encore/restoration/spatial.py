"""Light smoothing in space, for noise that a mean over time has left."""

from __future__ import annotations

import cv2
import numpy as np

from encore.core.video import Plane


def smoothed(plane: Plane, sigma: Plane, window: int) -> Plane:
    """The local Wiener filter: towards the mean of the window by as much of its variance as noise explains.

    Args:
        plane: (H, W) float32.
        sigma: (H, W) standard deviation of the noise in it, same unit.
        window: samples across and down.
    Source: Lee 1980, "Digital image enhancement and noise filtering by use of local statistics".
    """
    size = (window, window)
    mean = cv2.blur(plane, size)
    spread = cv2.blur(plane * plane, size) - mean * mean
    noise = sigma * sigma
    share = np.maximum(spread - noise, 0) / np.maximum(spread, np.float32(1e-6))
    return mean + (plane - mean) * share
