"""How far does every line of a picture stand sideways to where the pictures around it have it?"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.video import LUMA_CODES, Clip, Plane
from encore.motion.align import chained
from encore.motion.flow import Flow, fetched, scaled

Shifts = NDArray[Any]
"""(lines,) float32 samples to the right."""

NEIGHBOURS = 3
"""Pictures on each side whose mean tells where a line belongs: their own jitter remains in it by 1/sqrt(6)."""
_PIECES = 12
"""Pieces of a line that are measured on their own: what jitters moves all of them, what moves only some."""
_COARSE_LINES = 4
"""Lines over which motion is averaged before it is followed; DIS follows a tenth of jitter that holds over two
lines, a quarter over three, up to half over five (standard deviations; photographs, one sample of jitter)."""
_SLOW = 6.0
"""Lines (standard deviation) from which on displacement is motion: flow is followed with its changes over four lines
and more."""
_BLURS = (3.0, 1.2)
"""Half-width samples: coarse, for displacements of several samples, then fine."""
_FIRM = 8.0
"""Squared codes per half-width sample: energy of the gradient at which a piece of a line counts half; noise of sigma
4 has about 1 of it after the finer blur, calculated."""
_STEEP = np.float32(2.0)
"""How much less a sample tells whose content also changes from line to line: of 0.5 and 2, the one that moved
clean pictures of thin moving lines less, 0.48 against 0.69 samples; it lost 0.1 dB at most elsewhere."""
_TRUSTED = (0.06, 0.12)
"""Root mean square of what pieces share, samples: none, and jitter; 0.05 is what clean pictures may get."""
_GAIN = (0.1, 0.3)
"""Share of the difference from the pictures around that goes when lines are put back: of things that move by
themselves, and of jitter. Without this, clean thin moving lines were displaced by 0.5 samples, with it by 0.05."""
_WIDEST = 4.0
"""Samples; lines further off are torn rather than displaced."""


class LineMeter:
    """Measures the lines of the pictures of one clip, which has motion or else tells nothing.

    Cost: 24 core-ms for a picture of 720x480.
    """

    def __init__(self, clip: Clip) -> None:
        self._motion = clip.motion
        self._planes = [half_width(plane) for plane in clip.y]
        height, width = self._planes[0].shape
        self._coarse = (max(1, height // _COARSE_LINES), width)
        self._followed: dict[tuple[int, int], Flow | None] = {}

    def shifts(self, at: int) -> Shifts:
        """Displacement of the lines of the picture at this position, luma samples; 0 where nothing tells."""
        here, there = self._planes[at], self._expected(at)
        shifts = np.zeros(len(here), np.float32)
        if there is None:
            return shifts
        fall = cv2.max(_fall(here), _fall(there))
        pieces = weights = np.zeros((len(here), _PIECES), np.float32)
        for blur in _BLURS:
            step, weights = _steps(shifted(here, shifts), there, fall, blur)
            pieces = _quick(shifts[:, None] + step, weights)
            shifts = np.clip(_middle(pieces, weights), -_WIDEST, _WIDEST)
        if not shifts.any():
            return shifts
        return 2 * shifts * _trust(pieces, shifts, weights) * _explained(here, there, shifts)

    def _expected(self, at: int) -> Plane | None:
        """The mean of the pictures around, brought here along motion that does not follow single lines."""
        height, width = self._planes[at].shape
        total, count = np.zeros((height, width), np.float32), 0
        for offset, flow in chained(self._step, at, NEIGHBOURS):
            fine = cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR)
            fine *= np.array([1, height / self._coarse[0]], np.float32)
            total += fetched(self._planes[at + offset], fine)
            count += 1
        return total * np.float32(1 / count) if count > 1 else None

    def _step(self, number: int, side: int) -> Flow | None:
        if self._motion is None or not 0 <= number + side < len(self._planes):
            return None
        if (number, side) not in self._followed:
            flow = (self._motion.onward if side > 0 else self._motion.back)[number]
            if flow is not None:
                tall = (1, 2 * round(3 * _SLOW / _COARSE_LINES) + 1)
                flow = cv2.GaussianBlur(scaled(flow, self._coarse), tall, 0.1, sigmaY=_SLOW / _COARSE_LINES)
            self._followed[number, side] = flow
        return self._followed[number, side]


def half_width(plane: Plane) -> Plane:
    """A plane of luma with half as many samples per line, in 8-bit codes above black."""
    size = (max(2, plane.shape[1] // 2), plane.shape[0])
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA) * np.float32(LUMA_CODES)


def shifted(plane: Plane, shifts: Shifts) -> Plane:
    """The plane with line y taken from `shifts[y]` samples further right; Lanczos of eight taps, edges repeated."""
    if not shifts.any():
        return plane
    low, high = int(np.floor(shifts.min())) - 3, int(np.floor(shifts.max())) + 4
    away = np.arange(low, high + 1, dtype=np.float32) - shifts[:, None]
    taps = np.where(np.abs(away) < 4, np.sinc(away) * np.sinc(away / 4), 0).astype(np.float32)
    taps /= taps.sum(axis=1, keepdims=True)
    reach, width = max(-low, high), plane.shape[1]
    padded = cv2.copyMakeBorder(plane, 0, 0, reach, reach, cv2.BORDER_REPLICATE)
    made, part = np.zeros_like(plane), np.empty_like(plane)
    for number, start in enumerate(range(reach + low, reach + high + 1)):
        made += np.multiply(padded[:, start : start + width], taps[:, number : number + 1], out=part)
    return made


def _fall(plane: Plane) -> Plane:
    """Squared change from line to line, around every sample."""
    change = cv2.Sobel(plane, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    return cv2.blur(change * change, (3, 5))


def _steps(here: Plane, there: Plane, fall: Plane, blur: float) -> tuple[Plane, Plane]:
    """How far pieces of lines lie to the right of where they belong, (lines, pieces), and how much that says (0-1)."""
    a, b = (cv2.GaussianBlur(one, (0, 0), blur, sigmaY=1e-3) for one in (here, there))
    slope = cv2.Sobel(a + b, cv2.CV_32F, 1, 0, ksize=1, scale=0.25)
    steep = slope * slope
    # where content runs along a line, a little upwards looks like a lot sideways
    upright = slope * steep / (steep + _STEEP * fall + np.float32(1))
    size = (_PIECES, len(here))
    energy = cv2.resize(upright * slope, size, interpolation=cv2.INTER_AREA)
    product = cv2.resize((b - a) * upright, size, interpolation=cv2.INTER_AREA)
    step = np.clip(product / np.maximum(energy, 1e-3), -2 * blur, 2 * blur)
    return step, energy / (energy + np.float32(_FIRM))


def _quick(pieces: Plane, weights: Plane) -> Plane:
    """Displacements without what changes slowly from line to line: that is motion."""
    tall = (1, 2 * round(3 * _SLOW) + 1)
    mean, weight = (cv2.GaussianBlur(one, tall, 0.1, sigmaY=_SLOW) for one in (pieces * weights, weights))
    return pieces - mean / np.maximum(weight, 1e-4)


def _middle(pieces: Plane, weights: Plane) -> Shifts:
    """The weighted median of the pieces of every line."""
    order = np.argsort(pieces, axis=1, kind="stable")
    ordered, summed = (np.take_along_axis(one, order, axis=1) for one in (pieces, weights))
    summed = np.cumsum(summed, axis=1)
    middle = (summed < summed[:, -1:] / 2).sum(axis=1).clip(0, pieces.shape[1] - 1)
    return ordered[np.arange(len(pieces)), middle]


def _trust(pieces: Plane, shifts: Shifts, weights: Plane) -> Shifts:
    """0 to 1 for every line: Wiener's weight of what its pieces share against what they do not."""
    near = np.clip(pieces, -_WIDEST, _WIDEST)
    even, odd = (_mean(near[:, n::2], weights[:, n::2]) for n in (0, 1))
    firm = np.minimum(weights[:, 0::2].sum(axis=1), weights[:, 1::2].sum(axis=1))
    shared = float((firm * even * odd).sum() / (firm.sum() + 1e-6))
    if shared <= 0 or firm.mean() < 0.1:
        return np.zeros(len(pieces), np.float32)
    gate = np.clip((2 * shared**0.5 - _TRUSTED[0]) / (_TRUSTED[1] - _TRUSTED[0]), 0, 1)
    count = weights.sum(axis=1)
    spread = (weights * np.abs(near - shifts[:, None])).sum(axis=1) / (count + 1e-4)
    # the error of a median is 1.25 sigma / sqrt(n), and sigma is 1.25 times the mean deviation
    error = (1.57 * spread) ** 2 / (count + 1e-4)
    return (gate * shared / (shared + error)).astype(np.float32)


def _explained(here: Plane, there: Plane, shifts: Shifts) -> Shifts:
    """0 to 1 for every line: whether displacement makes it and the lines near more alike to where they belong."""
    before, after = _unlike(here, there), _unlike(shifted(here, shifts), there)
    gain = 1 - after / (before + np.float32(1e-3))
    return np.clip((gain - _GAIN[0]) / (_GAIN[1] - _GAIN[0]), 0, 1)


def _unlike(here: Plane, there: Plane) -> Shifts:
    """Mean squared difference of lines, and of those near."""
    off = cv2.GaussianBlur(here - there, (0, 0), _BLURS[-1], sigmaY=1e-3)
    lines: Plane = (off * off).mean(axis=1, keepdims=True)
    return cv2.blur(lines, (1, 2 * round(2 * _SLOW) + 1))[:, 0]


def _mean(pieces: Plane, weights: Plane) -> Shifts:
    return (pieces * weights).sum(axis=1) / (weights.sum(axis=1) + 1e-4)
