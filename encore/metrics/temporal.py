"""How steady pictures are in time: what is left of noise along motion, and whether motion itself is smooth."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from encore.core.video import Plane
from encore.motion.flow import Flow, Follower, disagreement, fetched

BLOCK = 16
"""Samples and lines of a block: holds 256 samples, so that its deviation is sure to 4 %."""
QUIETEST = 30
"""Percentile of the blocks that is told: in a third of a picture motion is followed well enough for noise to rule."""
LIGHT = (15, 15)
"""Samples over which a difference is levelled, since light is no noise."""
GRID = (90, 60)
"""Columns and lines to which flows are averaged before they are compared (as on 59.94p truth at noise 0 to 8)."""
SEEN = 1.0
"""Samples by which flow there and back may miss its start where both pictures show a place."""


def static_flicker(pictures: Sequence[Plane], where: Plane) -> float | None:
    """Standard deviation over time at one place, where nothing moves; unit of the pictures.

    Args:
        pictures: consecutive (H, W).
        where: (H, W) bool, the places that rest.

    Returns:
        Root mean square over these places; None with fewer than two pictures or no such place.
    """
    if len(pictures) < 2 or not where.any():
        return None
    values = np.stack([picture[where] for picture in pictures]).astype(np.float32)
    return float(np.sqrt(values.var(axis=0, ddof=1).mean()))


def seen_by_both(onward: Flow, back: Flow) -> Plane:
    """(H, W) bool: places of a picture that the next one shows too.

    Args:
        onward: flow to the next picture.
        back: flow from there.
    """
    height, width = onward.shape[:2]
    x, y = (
        onward[..., 0] + np.arange(width, dtype=np.float32),
        onward[..., 1] + np.arange(height, dtype=np.float32)[:, None],
    )
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return inside & (disagreement(onward, back) < SEEN)


def warping_error(pictures: Sequence[Plane], onward: Sequence[Flow], seen: Sequence[Plane]) -> float | None:
    """Mean squared change along motion where both pictures of a pair show a place; squared unit of the pictures.

    Args:
        pictures: consecutive (H, W) float32.
        onward: flow from each to the next, best that of the truth.
        seen: (H, W) bool of each, as `seen_by_both` tells.

    Returns:
        The mean over pairs; None without one.
    Source: Lai et al. 2018, E_warp.
    """
    found: list[float] = []
    for one, other, flow, both in zip(pictures[:-1], pictures[1:], onward, seen, strict=False):
        if both.any():
            change = (fetched(other, flow) - one)[both]
            found.append(float(np.mean(change * change)))
    return float(np.mean(found)) if found else None


def noise_left(pictures: Sequence[Plane], onward: Sequence[Flow | None]) -> float:
    """Standard deviation of the noise in pictures, from what changes along motion; unit of the pictures.

    Args:
        pictures: consecutive (H, W) float32.
        onward: flow from each to the next, None where there is none.

    Returns:
        The mean over all pairs; 0 without a pair.
    """
    found: list[float] = []
    for one, other, flow in zip(pictures[:-1], pictures[1:], onward, strict=False):
        if flow is None:
            continue
        change = one - fetched(other, flow)
        change = change - cv2.blur(change, LIGHT)
        high, wide = change.shape[0] // BLOCK, change.shape[1] // BLOCK
        if not high or not wide:
            continue
        blocks = change[: high * BLOCK, : wide * BLOCK].reshape(high, BLOCK, wide, BLOCK).std((1, 3))
        found.append(float(np.percentile(blocks, QUIETEST)) / np.sqrt(2))
    return float(np.mean(found)) if found else 0.0


def motion_roughness(pictures: Sequence[Plane]) -> float:
    """How much motion changes from picture to picture, samples: large where fields were put in the wrong order.

    Args:
        pictures: at least three consecutive ones, (H, W) float32 codes.

    Returns:
        Mean distance of successive flows; with the wrong field order 3 to 50 times that with the right one.
    Source: the J-test, own; on 40 fields at noise 0 to 8 it was never below 3.2 times.
    """
    follower = Follower()
    flows: list[Flow] = [
        cv2.resize(follower.between(one, other)[0], GRID, interpolation=cv2.INTER_AREA)
        for one, other in pairwise(pictures)
    ]
    steps = [float(np.hypot((b - a)[..., 0], (b - a)[..., 1]).mean()) for a, b in pairwise(flows)]
    return float(np.mean(steps)) if steps else 0.0
