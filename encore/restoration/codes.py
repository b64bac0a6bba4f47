"""Pictures of a clip in 8-bit codes, in which motion is followed and noise is told."""

from __future__ import annotations

import cv2
import numpy as np

from encore.core.video import CHROMA_CODES, LUMA_CODES, Clip, Plane
from encore.motion.light import BLACK

Colours = tuple[Plane, Plane]
"""(H, W) luma and (h, w, 2) chroma about 0."""


def codes_of(clip: Clip, at: int) -> Colours:
    """The picture at a position of a clip."""
    y = clip.y[at] * np.float32(LUMA_CODES) + np.float32(BLACK)
    return y, cv2.merge([clip.cb[at], clip.cr[at]]) * np.float32(CHROMA_CODES)
