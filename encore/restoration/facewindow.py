"""Face window: what a face network sees of a face, and how its answer is read."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from encore.core.video import Plane
from encore.motion.light import gain_between, lit_like
from encore.restoration.denoise import FETCHED

CHANNELS = 3 + 1 + 2
"""Three pictures of a face, noise, two worths."""
LEAST_STD = 4.0
"""Codes: a face of less contrast is not brought to the contrast of others, since that would bring up noise."""
ANSWER = 0.25
"""Standard deviations of a face that are 1 in the answer, so that what is missing is of the size of what is seen."""
TOLERANCE, FLOOR = 1.0, 2.0
"""Sigmas, and codes, of error at which a neighbour counts exp(-1/2): those of `encore.restoration.window`."""
COMPARED = (7, 7)
"""Samples of face space over which pictures are compared; a third of an eye's width, so that a blink is told."""


def face_window(crops: Sequence[Plane | None] | Plane, sigma: Plane | float) -> tuple[Plane, float]:
    """The input of a face network for one picture of a face.

    Where a neighbour shows something else, the picture itself stands in its place, and its worth there is 0.

    Args:
        crops: the face in the picture before, in its own and in the one after, each (256, 256) codes in face space,
            from our enlarged luma; None: there is no such picture.
        sigma: codes of noise in the pictures that were enlarged, as the enlarging network was told; one for all of the
            face, or (256, 256).

    Returns:
        (CHANNELS, 256, 256) float32: the three less the mean of the middle one, noise, both over the middle one's
        standard deviation; worths 0 to 1 of the one before and the one after. And that deviation, codes: the network's
        answer times `ANSWER` times it is what is missing, in codes.
    """
    before, own, after = crops
    assert own is not None
    mean, std = float(own.mean()), max(float(own.std()), LEAST_STD)
    made = np.empty((CHANNELS, *own.shape), np.float32)
    made[1] = own
    for place, other in ((0, before), (2, after)):
        found, worth = (own, None) if other is None else agreeing(own, other, sigma)
        made[place] = own if worth is None else own + (found - own) * worth
        made[4 + place // 2] = 0 if worth is None else worth
    made[:3] -= np.float32(mean)
    made[3] = sigma
    made[:4] *= np.float32(1 / std)
    return made, std


def agreeing(own: Plane, other: Plane, sigma: Plane | float) -> tuple[Plane, Plane]:
    """Another picture of the same face, lit like `own`, and what it is worth, 0 to 1, both place by place."""
    found = lit_like(other, gain_between(own, other))
    return found, worth_of(own, found, sigma)


def worth_of(own: Plane, found: Plane, sigma: Plane | float) -> Plane:
    """What a picture of a face that is lit like `own` is worth, 0 to 1, place by place."""
    missed = found - own
    sigma = np.asarray(sigma, np.float32)
    error = cv2.blur(missed * missed, COMPARED) - sigma * sigma * np.float32(FETCHED)
    scale = np.float32(-0.5) / (sigma * np.float32(TOLERANCE) + np.float32(FLOOR)) ** 2
    return cv2.exp(np.maximum(error, 0) * scale)
