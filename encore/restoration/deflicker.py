"""Deflicker: light that trembles from picture to picture is steadied; light that does something is left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.findings import Shot
from encore.core.time import Span
from encore.core.video import Clip, Plane
from encore.restoration.cellgains import Cells, LightStep, light_steps
from encore.restoration.stage import Filter, Runtime, Stage

REACH = 12
"""Pictures on each side over which light is smooth: three periods of 7.5 Hz at 59.94 pictures a second."""
LIMIT = 0.08
"""Logarithm of light up to which a deviation is flicker; lamps, shutters and heads stay below 8 %, flashes of stages
start at 18 % (`encore.analysis.lightevents`). From one and a half times this on, nothing is changed."""
_VISIBLE = (0.002, 0.004)
"""Mean deviation that is none, and that is flicker: generated people, pans and shake
stayed below, a code in white is 0.0046."""
_TREMBLING = (0.45, 0.65)
"""Mean step over mean deviation, of slow bends of light and of flicker: a bend as long as the window
has 0.25, 6.5 Hz 0.67, calculated."""
_JUMP = (0.2, 0.35)
"""Share of the largest step in all steps of a window, of flicker (a sine of 24 steps has 0.07) and of light that is
switched once (half, with what the smooth course makes of it)."""
_STIRRED = (0.01, 0.03)
"""Mean share of cells that change alone, of moving people and of lamps that blink on a part of the stage: a generated
lamp of a quarter of the height, blinking by 40 %, changed by 8 codes without this, by 0.25 with it."""
_SINGLE = (4.0, 6.0)
"""Deviation over the mean deviation around it, of flicker and of a single event: a sine has 1.6, and
one picture in 700 of Gaussian noise has over 4, calculated."""
_COURSE = (0.10, 0.20)
"""Change of the smooth light over the window that is steady, and that is a fade, which passes untouched."""
_EXCITED = (0.10, 0.20)
"""Share of pictures of a window far beyond the limit that leaves it steady, and that makes it an effect."""
_ENOUGH = 0.35
"""Share of the weight of the window that must be there to say what steady light would be."""
_ROUNDS = 3
"""Of the robust fit (Cleveland 1979 uses two); the third is for flashes of several pictures."""
_WILD, _LEAST, _MOST = 6.0, 0.01, 0.15
"""Deviations beyond six times the median one count nothing (Cleveland 1979), within these limits."""


class Deflicker(Stage):
    """Gain of luma and chroma, smoothly varying over the picture, towards the smooth course of the shot's light.

    The light's course around every picture is added up from motion-compensated steps between neighbours, and a local
    quadratic (robust LOESS, Cleveland 1979) says what it would be without trembling. Only what swings to and fro, all
    around, and by little is taken off: flashes, strobes, fades and single jumps come out as they went in.
    Cost: 9 core-ms for a picture of 720x480.
    """

    kind: Literal["deflicker"] = "deflicker"
    spared: tuple[Span, ...] = ()
    """Pictures of the shot, by number, in which the light does something; they stay exactly as they are."""

    def halo(self) -> int:
        """The window on each side."""
        return REACH

    def follows(self) -> bool:
        """Light is compared along motion."""
        return True

    def open(self, runtime: Runtime) -> Filter:
        """Nothing to load."""

        def deflicker(clip: Clip, _shot: Shot, wanted: Span, /) -> Clip:
            course = _Course(light_steps(clip), self._told(clip))
            made = clip.cut(wanted)
            gains = [course.gain(n) if self._free(clip.at[n]) else None for n in range(wanted.start, wanted.stop)]
            y, cb, cr = (np.stack([_lit(p, g) for p, g in zip(planes, gains, strict=True)]) for planes in _planes(made))
            return replace(made, y=y, cb=cb, cr=cr)

        return deflicker

    def _free(self, number: int) -> bool:
        return not any(number in span for span in self.spared)

    def _told(self, clip: Clip) -> list[bool]:
        """Whether each picture tells of the steady light."""
        lost = clip.lost or (False,) * len(clip)
        return [self._free(number) and not gone for number, gone in zip(clip.at, lost, strict=True)]


class _Fit(NamedTuple):
    """Of the light around one picture, by cells: the window's weights, deviations, and the smooth course at it."""

    weights: NDArray[Any]
    off: NDArray[Any]
    level: Cells
    slope: Cells
    bend: Cells


class _Course:
    """How the light of a clip goes."""

    def __init__(self, steps: list[LightStep], told: list[bool]) -> None:
        self._steps, self._told = steps, told

    def gain(self, at: int) -> Cells | None:
        """What picture `at` is to be multiplied by; None: nothing to do or to tell."""
        first, last = max(0, at - REACH), min(len(self._told) - 1, at + REACH)
        offsets = np.arange(first - at, last + 1 - at, dtype=np.float32)
        near = (1 - (np.abs(offsets) / (REACH + 1)) ** 3) ** 3
        weights = near * np.array(self._told[first : last + 1], np.float32)
        full = float(((1 - (np.abs(np.arange(-REACH, REACH + 1)) / (REACH + 1)) ** 3) ** 3).sum())
        if len(offsets) < 3 or weights.sum() < _ENOUGH * full:
            return None
        fit = _fitted(offsets, weights, self._path(at, first, last))
        stirred = sum((step.stirred for step in self._steps[first:last]), np.zeros_like(fit.level))
        gate = _gate(fit) * (1 - _ramp(stirred / np.float32(last - first), *_STIRRED))
        change = fit.level * cv2.GaussianBlur(gate, (0, 0), 0.7)
        return np.exp(change) if np.abs(change).max() > 1e-5 else None

    def _path(self, at: int, first: int, last: int) -> NDArray[Any]:
        """(pictures, down, across) logarithm of light over that of picture `at`."""
        zero = np.zeros_like(self._steps[0].change)
        before, after = [zero], [zero]
        for step in reversed(self._steps[first:at]):
            before.append(before[-1] - step.change)
        for step in self._steps[at:last]:
            after.append(after[-1] + step.change)
        return np.stack([*reversed(before[1:]), *after])


def _fitted(offsets: NDArray[Any], near: NDArray[Any], path: NDArray[Any]) -> _Fit:
    """A quadratic through the path, deviations far beyond the usual one left out."""
    far = offsets[:, None, None] * np.float32(1 / REACH)
    weights = np.broadcast_to(near[:, None, None], path.shape)
    fit = _quadratic(far, weights, path)
    for _ in range(_ROUNDS):
        usual = np.median(np.abs(fit.off[near > 0]), axis=0)
        apart = fit.off / np.clip(_WILD * usual, _LEAST, _MOST)
        fit = _quadratic(far, near[:, None, None] * np.maximum(0, 1 - apart * apart) ** 2, path)
    return fit


def _quadratic(x: NDArray[Any], weights: NDArray[Any], path: NDArray[Any]) -> _Fit:
    """Least squares by Cramer's rule, in double precision."""
    weights = weights.astype(np.float64)
    s0, s1, s2, s3, s4 = ((weights * x**n).sum(axis=0) for n in range(5))
    t0, t1, t2 = ((weights * path * x**n).sum(axis=0) for n in range(3))
    # a little pull of slope and bend towards none keeps windows with few pictures from swinging
    s2s, s4s = s2 + 1e-3 * s0 + 1e-9, s4 + 1e-2 * s0 + 1e-9
    s0 = s0 + 1e-9
    c00, c01, c02 = s2s * s4s - s3 * s3, s2 * s3 - s1 * s4s, s1 * s3 - s2 * s2s
    c11, c12, c22 = s0 * s4s - s2 * s2, s1 * s2 - s0 * s3, s0 * s2s - s1 * s1
    whole = s0 * c00 + s1 * c01 + s2 * c02
    level = (c00 * t0 + c01 * t1 + c02 * t2) / whole
    slope = (c01 * t0 + c11 * t1 + c12 * t2) / whole
    bend = (c02 * t0 + c12 * t1 + c22 * t2) / whole
    off = path - (level + slope * x + bend * x * x)
    level, slope, bend, off = (part.astype(np.float32) for part in (level, slope, bend, off))
    return _Fit(weights, off, level, slope, bend)


def _gate(fit: _Fit) -> Cells:
    """0 to 1: how surely the deviation of a picture's light is flicker."""
    size = np.abs(fit.off)
    mean = (fit.weights * size).sum(axis=0) / (fit.weights.sum(axis=0) + 1e-9) + 1e-7
    pairs = fit.weights[1:] * fit.weights[:-1]
    steps = pairs * np.abs(np.diff(fit.off, axis=0))
    step = steps.sum(axis=0) / (pairs.sum(axis=0) + 1e-9)
    jump = steps.max(axis=0) / (steps.sum(axis=0) + 1e-9)
    beyond: Cells = (size > 1.5 * LIMIT).mean(axis=0)
    wild = cv2.GaussianBlur(beyond, (0, 0), 1.0)
    now = np.abs(fit.level)
    gate = (
        _ramp(mean, *_VISIBLE)
        * _ramp(step / mean, *_TREMBLING)
        * (1 - _ramp(jump, *_JUMP))
        * (1 - _ramp(now / mean, *_SINGLE))
        * (1 - _ramp(now, LIMIT, 1.5 * LIMIT))
        * (1 - _ramp(2 * np.abs(fit.slope) + np.abs(fit.bend), *_COURSE))
        * (1 - _ramp(wild, *_EXCITED))
    )
    return gate.astype(np.float32)


def _ramp(values: Cells, low: float, high: float) -> Cells:
    return np.clip((values - low) / (high - low), 0, 1)


def _planes(clip: Clip) -> tuple[Plane, Plane, Plane]:
    return clip.y, clip.cb, clip.cr


def _lit(plane: Plane, gain: Cells | None) -> Plane:
    if gain is None:
        return plane
    return plane * cv2.resize(gain, (plane.shape[1], plane.shape[0]), interpolation=cv2.INTER_LINEAR)
