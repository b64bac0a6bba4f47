"""Beams: does a long strip of light come on one side, and a like strip go on the other?"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.look import Image

SIZE = (180, 120)
"""Samples across and down in which strips are sought: 4x4 samples of 720x480, fine enough for a beam's sides."""
EVERY = 2
"""Tape frames between two comparisons; a beam that is told moves for many."""
_BACK = 2
"""Comparisons back, 4 tape frames: strips are as wide as the beam went meanwhile, and wide enough to have a shape."""
_ASPECT = 4 / 3
"""Width of the whole picture in its heights: shapes are measured as they are shown."""
_RIM = (9, 6)
"""Samples left out at the sides, and above and below: blanking and what the camera uncovers, 5 % each."""
_FLOOR = 16.0
"""Codes added before logarithms: noise of sigma 8 in luma and chroma moves a black sample by 0.26 (standard deviation,
before it is averaged over 3x3)."""
_FINE, _STRUCTURE = 7, 0.15
"""Width (samples) of structure that camera movement is refined on, and where its logarithm is cut off, chosen: the side
of a beam may be a step of more than 1, and would be taken for structure that moves."""
_ROUNDS, _NEAR, _SOFT = 3, 0.02, 0.05
"""Of refining the camera's movement; step (samples) that ends it; difference of logarithms that counts half."""
_CHANGE = 0.15
"""Change of the logarithm of light that belongs to a strip: reached on 0.3-0.4 % of a picture by pans of 2.5 samples a
field, on 6-16 % by beams (generated stages)."""
_LEAST = 60
"""Samples of a strip; chosen, a third of a percent of the picture."""
_SLENDER, _BOTH_SLENDER = 2.5, 3.75
"""Length over width of either strip, and their geometric mean: 7-9 beside beams, 2.3-5 where an actor or dark ground
hides a part of one, 2-3 beside people who move on generated stages, 2-4 on tapes of stages (medians)."""
_LENGTH = 0.38
"""Length of either strip in heights of the picture: 0.5-1.0 beside beams, 0.2-0.6 beside people who move, 0.9 beside a
face that fills the picture (medians)."""
_PARALLEL = 0.45
"""Radians between the strips: 0.14-0.27 as a median beside beams, which turn about their lantern."""
_FILLED = 0.55
"""Share of the rectangle of the same moments: 0.68-0.93 as a median beside beams."""
_BESIDE = 0.5
"""Offset of the strips along themselves, share of the longer one's length; chosen: they lie side by side."""
_ALONE = 0.4
"""Share of all that changed that the two strips hold; chosen: where a camera is lost or a crowd moves, much else
changes."""


@dataclass(frozen=True, slots=True)
class _Strip:
    """The largest stretch of places whose light changed in one direction; lengths in heights of the picture."""

    area: int
    slender: float
    length: float
    filled: float
    angle: float
    at: tuple[float, float]


class BeamMeter:
    """Compares the light with that of four frames before, once the camera's movement is undone.

    A shaft of light that turns or wanders leaves two long parallel strips: one got lighter, one darker. People leave
    short and ragged ones. A round spot leaves crescents and is not told.
    """

    def __init__(self) -> None:
        self._before: deque[tuple[Image, Image, NDArray[np.float64]]] = deque(maxlen=_BACK)
        self._moved = np.zeros(2)

    def follow(self, right: float, down: float) -> None:
        """Hear of the camera's movement since the frame before: where the picture was, in shares of its size."""
        self._moved = self._moved + np.array([right, down]) * SIZE

    def sweep(self, light: Image, luma: Image) -> tuple[float, float] | None:
        """Where a beam goes: the direction across it (right, down), length 1; (0, 0) where there is none.

        Args:
            light: (120, 180) light above black, codes.
            luma: the same of luma.

        Returns:
            None until there is a frame to compare with.
        """
        level, fine = np.log(light + np.float32(_FLOOR)), _structure(luma)
        found = None
        if len(self._before) == _BACK:
            old_level, old_fine, was = self._before[0]
            shift = _refined(fine, old_fine, self._moved - was)
            change = cv2.blur(level - _moved(old_level, shift), (3, 3))
            found = _direction(_image(change[_RIM[1] : -_RIM[1], _RIM[0] : -_RIM[0]]))
        self._before.append((level, fine, self._moved))
        return found


def _structure(luma: Image) -> Image:
    logs = np.log(np.maximum(luma, 0) + np.float32(_FLOOR))
    return np.clip(logs - _image(cv2.blur(logs, (_FINE, _FINE))), -np.float32(_STRUCTURE), np.float32(_STRUCTURE))


def _moved(picture: Image, shift: NDArray[np.float64]) -> Image:
    move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return _image(cv2.warpAffine(picture, move, SIZE, flags=flags, borderMode=cv2.BORDER_REPLICATE))


def _refined(now: Image, old: Image, shift: NDArray[np.float64]) -> NDArray[np.float64]:
    """The shift at which the structures fit best (Lucas and Kanade, IJCAI 1981, with Cauchy weights).

    The median of a flow is disturbed by the very beams that are sought.
    """
    inner = (slice(_RIM[0], -_RIM[0]), slice(_RIM[0], -_RIM[0]))
    for _ in range(_ROUNDS):
        there = _moved(old, shift)
        across, down = (_image(cv2.Sobel(there, cv2.CV_32F, *way, ksize=1))[inner] / 2 for way in ((1, 0), (0, 1)))
        off = (now - there)[inner]
        weights = 1 / (1 + (off / np.float32(_SOFT)) ** 2)
        slopes = np.stack([across.ravel(), down.ravel()])
        weighted = slopes * weights.ravel()
        normal, right = (weighted @ slopes.T).astype(np.float64), (weighted @ off.ravel()).astype(np.float64)
        if np.linalg.det(normal) < 1e-6 * np.trace(normal) ** 2 + 1e-9:
            break
        step = np.clip(np.linalg.solve(normal, right), -1, 1)
        shift = shift + step
        if np.abs(step).max() < _NEAR:
            break
    return shift


def _direction(change: Image) -> tuple[float, float]:
    """From the strip that got darker to the one that got lighter, if they are those of a beam."""
    lighter, darker = (_strip(sign * change > _CHANGE) for sign in (1, -1))
    if lighter is None or darker is None:
        return 0.0, 0.0
    changed = float((np.abs(change) > _CHANGE).sum())
    apart = abs(lighter.angle - darker.angle)
    turned = min(apart, np.pi - apart)
    middle = (lighter.angle + darker.angle) / 2 + (np.pi / 2 if apart > np.pi / 2 else 0)
    right, down = lighter.at[0] - darker.at[0], lighter.at[1] - darker.at[1]
    along = abs(right * np.cos(middle) + down * np.sin(middle))
    beam = (
        min(lighter.slender, darker.slender) > _SLENDER
        and lighter.slender * darker.slender > _BOTH_SLENDER**2
        and min(lighter.length, darker.length) > _LENGTH
        and min(lighter.filled, darker.filled) > _FILLED
        and turned < _PARALLEL
        and along < _BESIDE * max(lighter.length, darker.length)
        and lighter.area + darker.area > _ALONE * changed
    )
    length = float(np.hypot(right, down))
    return (right / length, down / length) if beam and length > 0 else (0.0, 0.0)


def _strip(where: NDArray[np.bool_]) -> _Strip | None:
    """Shape of the largest connected stretch, from its second moments."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(where.astype(np.uint8), connectivity=8)
    if count < 2:
        return None
    largest = 1 + int(np.argmax(boxes[1:, cv2.CC_STAT_AREA]))
    left, top, wide, high, area = (int(one) for one in boxes[largest])
    if area < _LEAST:
        return None
    shape = (labels[top : top + high, left : left + wide] == largest).astype(np.uint8)
    sums = cv2.moments(shape, True)
    stretch = _ASPECT * SIZE[1] / SIZE[0]
    xx, yy, xy = (sums[name] / area * stretch**power for name, power in (("mu20", 2), ("mu02", 0), ("mu11", 1)))
    mean, spread = (xx + yy) / 2, float(np.hypot((xx - yy) / 2, xy))
    # a twelfth is the variance within one sample: one row of samples is not endlessly slender
    long, short = float(np.sqrt(mean + spread)), float(np.sqrt(max(mean - spread, 1 / 12)))
    at = ((left + sums["m10"] / area) * stretch / SIZE[1], (top + sums["m01"] / area) / SIZE[1])
    return _Strip(
        area=area, slender=long / short, length=long * float(np.sqrt(12)) / SIZE[1],
        filled=area * stretch / (12 * long * short), angle=0.5 * float(np.arctan2(2 * xy, xx - yy)), at=at,
    )  # fmt: skip


def _image(found: Any) -> Image:  # noqa: ANN401 - OpenCV's own
    return np.asarray(found, np.float32)
