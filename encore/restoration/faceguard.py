"""Face guard: does a restored face still agree with the tape, place by place?"""

from __future__ import annotations

import cv2
import numpy as np

from encore.core.video import Plane
from encore.restoration.invention import NOTHING, SCALE

NEAR = (9, 9)
"""Samples and lines of the tape over which a face has to agree: an eye in close-up, or a microphone before a face."""
BLENDED = 0.9
"""Share of the energy of what was added below which a face counts as blended."""


def held(added: Plane, film: Plane, own: Plane, allowed: Plane) -> tuple[Plane, bool]:
    """What may be added to a face, and whether that is clearly less than what was to be added.

    Where the enlarged picture with the addition, made small again by areas of 4x4, would differ from the tape by more
    than is allowed and more than it did before, the addition is scaled down to the largest share that does not. Hands
    and microphones, which a network for faces does not expect, are such places.

    It is asked after `encore.restoration.invention.truthful`. If that were asked about both at once, a face would lose
    what the enlarging network does wrong around it: of a third of what was truly missing from faces of six generated
    tapes, 1.0 to 2.8 dB stay this way, 0.6 to 1.4 dB that way.

    Args:
        added: (4h, 4w) codes.
        film: the enlarged picture there, codes.
        own: (h, w) the tape's picture there, codes.
        allowed: (h, w) codes.
    """
    worth = np.float32(1) / allowed
    size = own.shape[::-1]
    off = (cv2.resize(film, size, interpolation=cv2.INTER_AREA) - own) * worth
    more = cv2.resize(added, size, interpolation=cv2.INTER_AREA) * worth
    c, b, a = (cv2.blur(plane, NEAR) for plane in (off * off, off * more, more * more))
    # the largest share k for which c + 2kb + k^2 a stays below 1, or below what it is without
    share = (np.sqrt(np.maximum(b * b + a * np.maximum(1 - c, 0), 0)) - b) / np.maximum(a, NOTHING)
    share = np.clip(np.where(a > NOTHING, share, 1), 0, 1).astype(np.float32)
    if (share == 1).all():
        return added, False
    kept = float((share * share * a).sum()) < BLENDED * float(a.sum())
    large = cv2.resize(share, (SCALE * size[0], SCALE * size[1]), interpolation=cv2.INTER_LINEAR)
    return added * large, kept
