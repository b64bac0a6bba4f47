"""Sigma: how strong the noise is at every sample of a picture, from what was measured on its shot."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from encore.core.answers import Composite, Noise
from encore.core.video import Plane

FIRST, LAST = 16.0, 235.0
"""Codes of black and white, between which `Noise` tells levels in equal bins."""
CODEC_LEFT = 0.8
"""Share of the noise that is still in the pictures where a codec has eaten from it: at sigma 8 and 4-8 Mb/s MPEG-2 the
temporal difference of fields shows 6.2 to 6.5."""
BLUR = 2.0
"""Samples: noise itself must not decide at which level a sample lies."""


@dataclass(frozen=True, slots=True)
class Sigma:
    """Standard deviations in 8-bit codes; luma by code (256,)."""

    luma: Plane
    chroma: float

    def maps(self, y: Plane, chroma_size: tuple[int, int]) -> tuple[Plane, Plane]:
        """Of every sample of luma `y` (H, W) codes, and of chroma of that size; float32."""
        level = cv2.convertScaleAbs(cv2.GaussianBlur(y, (0, 0), BLUR))
        luma = np.asarray(cv2.LUT(level, self.luma), np.float32)
        return luma, np.full(chroma_size, self.chroma, np.float32)


def sigma_of(noise: Noise, composite: Composite | None, strength: float) -> Sigma:
    """What the noise of a shot is in its pictures, times `strength`.

    Dot crawl and rainbow are added to it: they change sign from frame to frame, so that a mean over time cancels
    them as soon as it takes them for noise.
    """
    left = strength * (CODEC_LEFT if noise.kind == "codec" else 1.0)
    known = [(n, s) for n, s in enumerate(noise.luma_by_level) if s is not None]
    codes = np.arange(256)
    if known:
        width = (LAST - FIRST) / len(noise.luma_by_level)
        middles = [FIRST + (n + 0.5) * width for n, _ in known]
        luma = np.interp(codes, middles, [s for _, s in known])
    else:
        luma = np.full(256, noise.luma_sigma)
    crawl = composite.dot_crawl if composite else 0.0
    rainbow = composite.rainbow if composite else 0.0
    total = left * np.hypot(luma, crawl)
    return Sigma(total.astype(np.float32), float(left * np.hypot(noise.chroma_sigma, rainbow)))
