"""Face fuse: what was found for a face in the pictures around, together, where they show the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from encore.core.video import Plane
from encore.motion.light import BLACK, gain_between, lit_like
from encore.restoration.facemask import eyes_mask
from encore.restoration.facewindow import worth_of

AROUND = 2
"""Pictures on each side: five in all. With right landmarks they counted 0.6 to 0.9 each, on generated tapes at sigma 1
to 4 and faces of 14 to 50 samples between the eyes: random error of a network falls to half."""
FLASH, SAME = 0.25, 0.1
"""Change of mean light beyond which another picture counts nothing, and up to which it counts in full; chosen. Light
that trembles stays below a tenth."""
BLINK, OPEN = 0.3, 0.6
"""Mean worth of the eyes below which they show something else, a blink, and count nothing, and from which they count as
they are; chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A picture of a face, and what is missing from it; codes in face space."""

    crop: Plane
    missing: Plane


def fused(own: Found, before: list[Found], after: list[Found], sigma: float) -> Plane:
    """What is missing from a face, averaged with what was found in other pictures where those agree with it.

    Args:
        own: of the picture.
        before: of those before it, nearest first.
        after: of those after it, nearest first.
        sigma: codes of noise in the pictures.
    """
    total, weight = own.missing.copy(), np.ones_like(own.missing)
    for side in (before, after):
        for other in side[:AROUND]:
            lasting = _lasting(own.crop, other.crop)
            if lasting == 0:
                break  # what lies beyond a flash is not looked at either
            gain = gain_between(own.crop, other.crop)
            worth = _awake(worth_of(own.crop, lit_like(other.crop, gain), sigma)) * np.float32(lasting)
            total += (other.missing if gain is None else other.missing * gain) * worth
            weight += worth
    total /= weight
    return total


def _lasting(own: Plane, other: Plane) -> float:
    """1 while the light on a face stays, 0 after a flash."""
    one, two = (max(float(plane.mean()) - BLACK, 1.0) for plane in (own, other))
    return float(np.interp(abs(np.log(one / two)), (SAME, FLASH), (1, 0)))


def _awake(worth: Plane) -> Plane:
    """The worth of another picture of a face, nothing at eyes that blink."""
    eyes = eyes_mask()
    seen = float(np.vdot(worth, eyes)) / float(eyes.sum())
    return worth * (1 - eyes * np.float32(1 - np.interp(seen, (BLINK, OPEN), (0, 1))))
