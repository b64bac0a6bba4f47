"""Torn places of a picture: filled with what its neighbours show there, where they fit what is around the place.

Planes are float32 in 8-bit codes; chroma is about 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.video import Clip, Plane
from encore.motion.align import chained
from encore.motion.flow import Flow, Follower, fetched, places, scaled
from encore.motion.light import BLACK, COARSE, FLOOR, LIMITS, STEADY, lit_like
from encore.restoration.codes import Colours, codes_of
from encore.restoration.spread import filled
from encore.tape.patch import TALLEST

REACH = 3
"""Pictures looked at on each side: a torn tape frame is two pictures of an interlaced shot."""
ALIKE = 8.0
"""Codes off what all neighbours say together at which one of them counts exp(-1/2); the scale at which fields are
compared when they are made pictures (`encore.tape.compensate`)."""
NOISE = 1.0
"""Codes of error that are expected at least, of whatever is fetched or interpolated."""
MISLED = 17
"""Samples across by which torn places are widened where flow is not believed: twice the patch of the flow search."""
SPOILT = 5
"""Samples across by which they are widened where nothing is fetched, since interpolation looks around."""
WINDOW = 3.0
"""Standard deviation in samples over which errors around torn places are averaged."""
FEATHER = 1.5
"""Standard deviation in samples of the slope over which a filled place goes over into the picture."""


class _Found(NamedTuple):
    """What a neighbour has for the picture."""

    y: Plane
    c: Plane
    weight: Plane


class Mender:
    """Fills the torn places of the pictures of a clip that knows its motion; asked by position in the clip."""

    def __init__(self, clip: Clip) -> None:
        self._clip, self._follower = clip, Follower()
        self._pictures: dict[int, Colours] = {}

    def taken(self, at: int) -> Colours:
        """A picture as it is, in codes."""
        if at not in self._pictures:
            self._pictures[at] = codes_of(self._clip, at)
        return self._pictures[at]

    def mended(self, at: int) -> Colours:
        """A picture with its torn places filled; all else stays as it is."""
        y, c = self.taken(at)
        torn = self._torn(at, 1)
        found = [self._fitting(at, *one, torn) for one in self._candidates(at)] if torn.any() else []
        if not found:
            return y, c
        weights = _agreeing(found)
        total = np.add.reduce([*weights, _spatial(y, torn)])
        edge = np.clip(cv2.GaussianBlur(self._torn(at, SPOILT), (0, 0), FEATHER), torn, 1)
        small = c.shape[1::-1]
        mended_y, mended_c = y.copy(), c.copy()
        for one, weight in zip(found, weights, strict=True):
            share = weight / total * edge
            mended_y += (one.y - y) * share
            mended_c += (one.c - c) * _resized(share, small)[..., None]
        return mended_y, mended_c

    def _torn(self, at: int, size: int) -> Plane:
        """1 in torn places, widened to all sides by half of `size`; 0 elsewhere."""
        mask = np.zeros(self._clip.y.shape[1:], np.float32)
        for left, top, right, bottom in self._clip.torn[at] if self._clip.torn else ():
            mask[top:bottom, left:right] = 1
        return cv2.dilate(mask, np.ones((size, size), np.uint8)) if size > 1 else mask

    def _candidates(self, at: int) -> Iterator[tuple[int, Flow]]:
        """(offset, flow) to neighbours: along motion seen around the place, and seen between intact neighbours."""
        nearest: dict[int, int] = {}
        torn = self._torn(at, 1)
        for offset, flow in chained(self._step, at, REACH):
            yield offset, flow
            if float((torn * self._torn(at + offset, 1)).sum()) < 0.5 * float(torn.sum()):
                nearest.setdefault(int(np.sign(offset)), offset)
        if len(nearest) == 2:
            before, after = nearest[-1], nearest[1]
            there, back = self._follower.between(self.taken(at + before)[0], self.taken(at + after)[0])
            share = np.float32(before / (before - after))
            across = (1 - share) * there - share * back
            yield before, -share * across
            yield after, (1 - share) * across

    def _step(self, at: int, side: int) -> Flow | None:
        """To the next picture on that side; over torn places of both as around them."""
        motion = self._clip.motion
        if motion is None or not 0 <= at + side < len(self._clip):
            return None
        flow = (motion.onward if side == 1 else motion.back)[at]
        if flow is None or not self._clip.torn or not (self._clip.torn[at] or self._clip.torn[at + side]):
            return flow
        sure = 1 - np.maximum(self._torn(at, MISLED), self._torn(at + side, MISLED))
        return filled(flow * sure[..., None], sure)

    def _fitting(self, at: int, offset: int, flow: Flow, torn: Plane) -> _Found:
        """What a neighbour has, in this picture's light, weighed by how well it fits around the torn places."""
        y, _ = self.taken(at)
        other_y, other_c = self.taken(at + offset)
        ends = flow + places(*y.shape)
        spoilt = self._torn(at + offset, SPOILT)
        there: Plane = 1 - cv2.remap(spoilt, ends, cast(Any, None), cv2.INTER_LINEAR, borderValue=1.0)
        known: Plane = there * (1 - cv2.dilate(torn, np.ones((SPOILT, SPOILT), np.uint8)))
        found, colour = fetched(other_y, flow), fetched(other_c, scaled(flow, other_c.shape[:2]))
        gain = _gain_around(y, found, known)
        if gain is not None:
            found, colour = lit_like(found, gain), colour * cv2.resize(gain, colour.shape[1::-1])[..., None]
        weight = (there > 0.99) * _weight(_around(cv2.absdiff(y, found), known)) * np.float32(1 / abs(offset))
        return _Found(found, colour, weight)


def _around(error: Plane, known: Plane) -> Plane:
    """Mean error near every sample, from known places alone."""
    sums, shares = (cv2.GaussianBlur(plane, (0, 0), WINDOW) for plane in (error * known, known))
    return filled(sums[..., None], shares)[..., 0]


def _weight(error: Plane) -> Plane:
    """Of a guess with that mean error: the inverse of its variance."""
    return 1 / (error * error + np.float32(NOISE * NOISE))


def _spatial(y: Plane, torn: Plane) -> Plane:
    """Weight of what lies in torn places already, made of the lines around them: less the farther those are.

    Tall places were not filled from around (`encore.tape.patch`): nothing there is near an intact line.
    """
    padded = np.vstack([y[:1], y[:1], y, y[-1:], y[-1:]])
    error = cv2.absdiff(y, (padded[:-4] + padded[4:]) * np.float32(0.5))
    mask = torn.astype(np.uint8)
    far = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    tall = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((2 * TALLEST + 1, 1), np.uint8), borderValue=0)
    far = np.maximum(far, tall * np.float32(2 * TALLEST))
    return _weight(_around(error, 1 - cv2.dilate(torn, np.ones((SPOILT, SPOILT), np.uint8))) * far)


def _resized(plane: Plane, size: tuple[int, int]) -> Plane:
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def _agreeing(found: list[_Found]) -> list[Plane]:
    """The weights, less for neighbours that are unlike what all of them say together."""
    total = np.add.reduce([one.weight for one in found]) + np.float32(1e-6)
    mean = np.add.reduce([one.y * one.weight for one in found]) / total
    weights: list[Plane] = []
    for one in found:
        off = cv2.blur(cv2.absdiff(one.y, mean), (7, 7)) * np.float32(1 / ALIKE)
        weights.append(one.weight * cv2.exp(off * off * np.float32(-0.5)))
    return weights


def _gain_around(y: Plane, found: Plane, known: Plane) -> NDArray[Any] | None:
    """What `found` is to be multiplied by, about black, to be lit like `y` where both are known; None: lit alike."""
    share, one, other = (
        cv2.resize(plane, COARSE, interpolation=cv2.INTER_AREA)
        for plane in (known, (y - np.float32(BLACK)) * known, (found - np.float32(BLACK)) * known)
    )
    sums = np.dstack([np.maximum(one, 0), np.maximum(other, 0)]) + np.float32(FLOOR) * share[..., None]
    level = filled(cv2.GaussianBlur(sums, (0, 0), 1.0), cv2.GaussianBlur(share, (0, 0), 1.0))
    gain = np.clip(level[..., 0] / np.maximum(level[..., 1], np.float32(FLOOR / 2)), *LIMITS)
    if np.quantile(np.abs(gain - 1), 0.9) < STEADY:
        return None
    return cv2.resize(gain.astype(np.float32), y.shape[1::-1], interpolation=cv2.INTER_LINEAR)
