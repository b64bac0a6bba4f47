"""Pictures between two good ones: where was everything in between, given how it moved before and after?

Planes are float32 in 8-bit codes; chroma is about 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import cv2
import numpy as np

from encore.core.video import Plane
from encore.motion.flow import Flow, disagreement, fetched, places, scaled
from encore.motion.light import alike, gain_between, lit_like
from encore.restoration.spread import carried, filled

MISMATCH = 0.3
"""Per code of mean difference by which content counts less where flow brings it: occluded content loses to what hides
it (softmax splatting, Niklaus and Liu 2020, with their alpha fixed)."""
OCCLUDED = 2.0
"""Samples by which flow there and back may miss before content counts as hidden in the other picture."""
HIDDEN = 1e-3
"""Weight that remains to content that should not be seen, so that places nobody sees are still filled."""
SMOOTH = 6.0
"""Standard deviation in samples over which acceleration is averaged: 6 and 15 differed by under 0.1 dB."""
WINDOW = 3.0
"""Standard deviation in samples of the window in which two guesses at the motion are compared."""
CHOICE = 1.0
"""Codes of mean difference by which a guess must be worse to count exp(-1); 0.5 and 2 were within 0.1 dB."""
RUN_OUT = 0.5
"""Share of its speed that content keeps from picture to picture where nothing is known of what comes after."""


@dataclass(frozen=True, slots=True)
class Known:
    """A good picture at the side of a gap.

    Attributes:
        y: (H, W) luma.
        c: (h, w, 2) chroma.
        away: flow to the picture on the far side from the gap; None where there is none.
    """

    y: Plane
    c: Plane
    away: Flow | None


class Gap:
    """The pictures between two good ones of one shot.

    Motion is found once from one side to the other; every picture in between is then placed by the cubic through four
    moments: the pictures at both sides and those beyond them. On real triplets this is worth up to 9 dB against
    straight motion.
    Source: own; forward projection of flow after Niklaus and Liu (2020), intermediate flows of Jiang et al.
    (SuperSloMo, 2018), quadratic motion after Xu et al. (2019).

    Args:
        one: the picture before the gap.
        other: the one after it.
        steps: from `one` to `other`, in pictures; 2 is a single picture in between.
    """

    def __init__(self, one: Known, other: Known, steps: int) -> None:
        self._one, self._other, self._steps = one, other, steps
        self._alike = alike(one.y, other.y)

    def picture(self, step: int) -> tuple[Plane, Plane]:
        """(luma, chroma) `step` pictures after the first side."""
        share = step / self._steps
        (y, c, cost), (other_y, other_c, other_cost) = (self._seen(*flows, share) for flows in self._guesses(step))
        better = np.clip((cost - other_cost) * np.float32(1 / CHOICE), np.float32(-20), np.float32(20))
        weight = 1 / (1 + cv2.exp(-better))
        small = cv2.resize(weight, c.shape[1::-1], interpolation=cv2.INTER_AREA)[..., None]
        return self._lit(y + (other_y - y) * weight, c + (other_c - c) * small, share)

    @cached_property
    def _flows(self) -> tuple[Flow, Flow]:
        """Between the sides, at the finest scale."""
        finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        finder.setFinestScale(0)
        finder.setPatchStride(4)
        a, b = (cv2.convertScaleAbs(plane) for plane in self._alike)
        return cast(Flow, finder.calc(a, b, cast(Any, None))), cast(Flow, finder.calc(b, a, cast(Any, None)))

    @cached_property
    def _gains(self) -> tuple[Plane, Plane] | None:
        """What brings each side to the light of the darker one; None: lit alike. Compared along motion."""
        there, back = self._flows
        gain = gain_between(self._one.y, fetched(self._other.y, there))
        if gain is None:
            return None
        return 1 / np.maximum(gain, 1), np.minimum(_taken(gain, back), 1)

    @cached_property
    def _y(self) -> tuple[Plane, Plane]:
        """The luma of both sides in the light of the darker one."""
        one, other = self._gains or (None, None)
        return lit_like(self._one.y, one), lit_like(self._other.y, other)

    @cached_property
    def _c(self) -> tuple[Plane, Plane]:
        """The chroma of both sides in that light."""
        if self._gains is None:
            return self._one.c, self._other.c
        one, other = (cv2.resize(gain, self._one.c.shape[1::-1])[..., None] for gain in self._gains)
        return self._one.c * one, self._other.c * other

    @cached_property
    def _hidden(self) -> tuple[Plane, Plane]:
        """How far content of each side is from being seen in the other."""
        there, back = self._flows
        return disagreement(there, back), disagreement(back, there)

    @cached_property
    def _trust(self) -> tuple[Plane, Plane]:
        """Weights of content when it is carried into the gap."""
        (a, b), (there, back) = self._y, self._flows
        miss = (cv2.absdiff(a, fetched(b, there)), cv2.absdiff(b, fetched(a, back)))
        one, other = (
            cv2.exp(-cv2.blur(m, (5, 5)) * np.float32(MISMATCH) - h) for m, h in zip(miss, self._hidden, strict=True)
        )
        return one, other

    def _guesses(self, step: int) -> list[tuple[Flow, Flow]]:
        """Flows from the picture in between to both sides: by projection, and by what lies in the same place."""
        there, back = self._flows
        share = np.float32(step / self._steps)
        bends = self._bends(step)
        carry = (
            carried(np.dstack([there, bends[0]]), share * there + bends[0], self._trust[0]),
            carried(np.dstack([-back, bends[1]]), (1 - share) * back + bends[1], self._trust[1]),
        )
        found = filled(carry[0][0] + carry[1][0], carry[0][1] + carry[1][1])
        whole, bend = found[..., :2], found[..., 2:]
        left = (1 - share) * there - share * back
        return [
            (-share * whole - bend, (1 - share) * whole - bend),
            (-share * left - bend, (1 - share) * left - bend),
        ]

    def _bends(self, step: int) -> tuple[Flow, Flow]:
        """How far content is off the straight way, at its places in both sides."""
        there, back = self._flows
        if self._one.away is None or self._other.away is None:
            return np.zeros_like(there), np.zeros_like(back)
        before, after = self._one.away, self._other.away
        first, straight, last = cubic(self._steps, step)
        bends = (
            first * before + straight * there + last * fetched(after, there),
            first * fetched(before, back) - straight * back + last * after,
        )
        weights = (cv2.exp(-h * h) for h in self._hidden)
        one, other = (_averaged(bend, weight) for bend, weight in zip(bends, weights, strict=True))
        return one, other

    def _seen(self, to_one: Flow, to_other: Flow, share: float) -> tuple[Plane, Plane, Plane]:
        """(luma, chroma, how badly the sides agree), with what is hidden in one side taken from the other."""
        a, b = fetched(self._y[0], to_one), fetched(self._y[1], to_other)
        hidden = [_taken(h, flow) for h, flow in zip(self._hidden, (to_one, to_other), strict=True)]
        for_one = ((1 - share) * _clear(hidden[1]) + HIDDEN) * _inside(to_one)
        for_other = (share * _clear(hidden[0]) + HIDDEN) * _inside(to_other)
        weight = for_other / (for_one + for_other)
        size = self._one.c.shape[:2]
        one, other = (fetched(c, scaled(flow, size)) for c, flow in zip(self._c, (to_one, to_other), strict=True))
        small = cv2.resize(weight, size[::-1], interpolation=cv2.INTER_AREA)[..., None]
        cost = cv2.GaussianBlur(cv2.absdiff(a, b), (0, 0), WINDOW)
        return a + (b - a) * weight, one + (other - one) * small, cost

    def _lit(self, y: Plane, c: Plane, share: float) -> tuple[Plane, Plane]:
        """Structure in the light between that of the sides; light goes straight from one to the other, as faders do."""
        if self._gains is None:
            return y, c
        light = np.float32(1 - share) / self._gains[0] + np.float32(share) / self._gains[1]
        return lit_like(y, light), c * cv2.resize(light, c.shape[1::-1])[..., None]


def beyond(side: Known, steps: int) -> tuple[Plane, Plane]:
    """(luma, chroma) `steps` pictures beyond the last good one: its motion runs out, and it is held."""
    if side.away is None:
        return side.y, side.c
    pace = np.float32((1 - RUN_OUT**steps) / (1 - RUN_OUT))
    moved = -side.away * pace
    flow = -filled(*carried(moved, moved, np.ones(side.y.shape, np.float32)))
    return fetched(side.y, flow), fetched(side.c, scaled(flow, side.c.shape[:2]))


def cubic(steps: int, step: int) -> tuple[np.float32, np.float32, np.float32]:
    """Weights of (flow back from the first side, flow across, flow on from the other side) in the bend at `step`.

    The cubic goes through the moments -1, 0, `steps` and `steps` + 1; the bend is what it differs from the straight
    way from 0 to `steps`.
    """
    moments = np.array([-1.0, 0.0, steps, steps + 1.0])
    away = step - moments
    lagrange = [
        float(np.prod(np.delete(away, k)) / np.prod(np.delete(moments[k] - moments, k))) for k in range(len(moments))
    ]
    straight = lagrange[2] + lagrange[3] - step / steps
    return np.float32(lagrange[0]), np.float32(straight), np.float32(lagrange[3])


def _averaged(bend: Flow, weight: Plane) -> Flow:
    total = cv2.GaussianBlur(weight, (0, 0), SMOOTH) + np.float32(HIDDEN)
    return cv2.GaussianBlur(bend * weight[..., None], (0, 0), SMOOTH) / total[..., None]


def _taken(plane: Plane, flow: Flow) -> Plane:
    """By straight lines, which do not overshoot as the bicubic does."""
    where = flow + places(*flow.shape[:2])
    return cv2.remap(plane, where, cast(Any, None), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _clear(hidden: Plane) -> Plane:
    missed = np.minimum(hidden * np.float32(1 / OCCLUDED), np.float32(8))
    return cv2.exp(-missed * missed)


def _inside(flow: Flow) -> Plane:
    """1 where a flow ends in the picture, down to `HIDDEN` a sample beyond its edge."""
    height, width = flow.shape[:2]
    at = flow + places(height, width)
    x, y = at[..., 0], at[..., 1]
    over = np.maximum(np.maximum(-x, x - (width - 1)), np.maximum(-y, y - (height - 1)))
    return np.clip(1 - over, np.float32(HIDDEN), np.float32(1))
