"""EdgeStack: what does a step become on this tape, measured on many edges of a field laid over each other?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.video import Plane

WINDOW = 32
"""Samples of an edge profile; one of sigma 5 (VHS chroma) fits."""
BINS = WINDOW // 2 + 1
ROW = 2 * BINS + 3
"""Numbers of a packed stack."""
_SCALES = (0.7, 1.3, 2.2, 3.6, 5.5)
"""Sigma of the derivatives whose ratios tell the width of an edge (re-blur ratio, Zhuo and Sim 2011); a wider edge
needs wider ones, and more room. With 1.0 as the finest, sharp texture read as 0.53 of Nyquist instead of 0.68."""
_REACH = 30
"""Samples to either side of an edge that its measurement sees."""
_MONOTONE = 0.75
"""Net step over all steps nearby, for an edge that is alone: 1 without noise and overshoot."""
_TOO_SHARP = 0.5
"""Negative squared width, in squares of the finer scale, that noise and overshoot explain; beyond it lies texture."""
_BESIDE, _CALM = 7, 0.4
"""Samples beyond that, and how much may rise and fall there on both sides together, of the step."""
_UPRIGHT = 0.5
"""Change per field line over that per sample; more would make edges wide that are only slanted."""
_OVER_NOISE = 7.0
"""Derivative at an edge over that of noise and texture, so that no edge is made of noise."""
_SHARPEST = (0.1, 0.4)
"""Between which shares of a field's edges, by width, those lie that are laid over each other: tape and codec limit
the sharpest, the camera's focus the others; among the very first are textures that only seem sharp."""
_MOST = 1500
"""Edges looked at per field, those with the steepest rise."""
_ENOUGH = 10
"""Calm edges of a field below which the others count too."""
_FEWEST = 6
"""Edges of a field below which it says nothing."""


@dataclass(frozen=True, slots=True)
class EdgeStack:
    """The line spread of edges, summed as spectra with their middles on each other; stacks add up.

    Attributes:
        total: sum of the spectra of all edges' derivatives, each with positive sign.
        power: sum over edges of the power between frequencies, mean over frequencies.
        steps: sum of the steps' heights, codes.
        edges: how many.
    """

    total: NDArray[np.complex128]
    power: float
    steps: float
    edges: float

    def packed(self) -> NDArray[np.float32]:
        """As one row of numbers."""
        numbers = (self.total.real, self.total.imag, [self.power, self.steps, self.edges])
        return np.concatenate(numbers).astype(np.float32)

    @classmethod
    def summed(cls, rows: NDArray[np.float32]) -> EdgeStack:
        """From packed rows; rows of nan are left out."""
        row = np.nansum(rows.reshape(-1, ROW).astype(np.float64), 0)
        power, steps, edges = (float(number) for number in row[2 * BINS :])
        return cls(row[:BINS] + 1j * row[BINS : 2 * BINS], power, steps, edges)

    def response(self) -> NDArray[np.float64]:
        """Modulation transfer from frequency 0 to Nyquist, 1 at 0; what noise leaves of it is taken off."""
        squared = np.abs(self.total) ** 2
        scatter = max(self.power - float(squared.mean()) / max(self.edges, 1), 0)
        level = np.sqrt(np.maximum(squared - scatter, 0)) / np.sinc(np.arange(BINS) / WINDOW)
        return level / max(float(level[0]), 1e-6)

    def error(self) -> float:
        """Standard error of the response at any frequency."""
        scatter = max(self.power - float((np.abs(self.total) ** 2).mean()) / max(self.edges, 1), 0)
        return float(np.sqrt(scatter) / max(float(np.abs(self.total[0])), 1e-6))


def edge_stack(field: Plane, least: float) -> EdgeStack | None:
    """Stack the sharpest strong, lone, upright edges of a field.

    Args:
        field: (H, W) codes of lines of one parity.
        least: height of a step that counts, codes.

    Returns:
        None where there are too few.
    """
    if min(field.shape) < 3 or field.shape[1] < 4 * _REACH:
        return None
    rows, columns, lines = _candidates(field, least)
    if len(rows) < _FEWEST:
        return None
    widths, scale, calm = _widths(lines, least, field)
    found = np.flatnonzero(np.isfinite(widths) & calm)
    if len(found) < _ENOUGH:
        found = np.flatnonzero(np.isfinite(widths))
    if len(found) < _FEWEST:
        return None
    from_, to = (round(share * len(found)) for share in _SHARPEST)
    kept = found[np.argsort(widths[found], kind="stable")[from_ : max(_FEWEST, to)]]
    offset, sign = _middles(lines[kept], scale[kept])
    reach = np.arange(-WINDOW // 2, WINDOW // 2 + 1)
    raw = field[rows[kept][:, None], columns[kept][:, None] + reach]
    flat = np.array([2 * np.ceil(sigma) for sigma in _SCALES[1:]])[scale[kept]]
    away = np.abs(np.arange(WINDOW) - (WINDOW - 1) / 2)
    taper = 0.5 + 0.5 * np.cos(np.pi * np.clip((away - flat[:, None]) / 6, 0, 1))
    spread = np.diff(raw, axis=1) * sign[:, None] * taper
    # a difference lies half a sample before the later of its samples
    shift = np.exp(2j * np.pi * np.arange(BINS) / WINDOW * (WINDOW / 2 - 0.5 + offset[:, None]))
    spectra = np.fft.rfft(spread, axis=1) * shift
    power = float((np.abs(spectra) ** 2).mean(1).sum())
    return EdgeStack(spectra.sum(0), power, float(spectra[:, 0].real.sum()), float(len(kept)))


def _candidates(field: Plane, least: float) -> tuple[NDArray[Any], NDArray[Any], Plane]:
    """Rows, columns and surroundings, smoothed down against noise, of the steepest upright places."""
    smooth = cv2.sepFilter2D(field, cv2.CV_32F, np.ones(1, np.float32), _DOWN)
    slope = cv2.sepFilter2D(smooth, cv2.CV_32F, _derivative(_SCALES[1]), np.ones(1, np.float32))
    steep = np.abs(slope)
    peak = steep >= cv2.dilate(steep, np.ones((1, 7), np.uint8))
    peak &= steep > 0.05 * least
    peak[:, : _REACH + 1] = peak[:, -_REACH - 1 :] = False
    peak[:1] = peak[-1:] = False
    rows, columns = np.nonzero(peak)
    down = np.abs(smooth[rows + 1, columns] - smooth[rows - 1, columns]) / 2
    upright = down < _UPRIGHT * steep[rows, columns]
    rows, columns = rows[upright], columns[upright]
    if len(rows) > _MOST:
        best = np.sort(np.argsort(-steep[rows, columns], kind="stable")[:_MOST])
        rows, columns = rows[best], columns[best]
    return rows, columns, smooth[rows[:, None], columns[:, None] + np.arange(-_REACH, _REACH + 1)]


def _widths(
    lines: Plane, least: float, field: Plane
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """Sigma of each edge, nan where it is no lone edge, the scale it was measured at, and whether it is calm beside."""
    widths, scale = np.full(len(lines), np.nan), np.zeros(len(lines), np.int64)
    calm = np.zeros(len(lines), np.bool_)
    floor = _floor(field)
    for number, (fine, coarse) in enumerate(pairwise(_SCALES)):
        near = round(2 * coarse)
        far = near + _BESIDE
        slopes = lines @ _AROUND[number, far]
        middle = slopes[:, far]
        wider = lines @ _AROUND[number + 1, 0][:, 0]
        ratio = np.maximum(np.abs(middle) / np.maximum(np.abs(wider), 1e-6), 1.0001) ** 2
        squared = (coarse**2 - ratio * fine**2) / (ratio - 1)
        here = floor * (_SCALES[0] / fine) ** 1.5
        inside = slopes[:, far - near : far + near + 1]
        net = np.abs(inside.sum(1))
        all_of_it = np.abs(inside).sum(1)
        lone = (net > _MONOTONE * all_of_it) & (net > least) & (middle * wider > 0)
        lone &= np.abs(middle) > _OVER_NOISE * here
        lone &= np.isnan(widths) & (squared < coarse**2) & (squared > -_TOO_SHARP * fine**2)
        beside = np.abs(slopes).sum(1) - all_of_it - 2 * _BESIDE * 0.8 * here
        widths[lone], scale[lone] = np.sign(squared[lone]) * np.sqrt(np.abs(squared[lone])), number
        calm[lone] = beside[lone] < _CALM * net[lone]
    return widths, scale, calm


def _floor(field: Plane) -> float:
    """Sigma of the finest derivative in what is mostly noise: half of it lies below its median."""
    some = cv2.sepFilter2D(field[::4], cv2.CV_32F, _derivative(_SCALES[0]), np.ones(1, np.float32))
    return float(np.median(np.abs(some))) / 0.6745 * float(np.sqrt((_DOWN**2).sum()))


def _middles(lines: Plane, scale: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the steepest place lies between samples, and the sign of the step."""
    steep = np.zeros((len(lines), 3))
    for number in range(len(_SCALES) - 1):
        at = scale == number
        steep[at] = lines[at] @ _AROUND[number, 1]
    bend = 2 * steep[:, 1] - steep[:, 0] - steep[:, 2]
    lean = steep[:, 2] - steep[:, 0]
    offset = np.divide(lean, 2 * bend, out=np.zeros_like(bend), where=bend != 0)
    return np.clip(offset, -1, 1), np.sign(steep[:, 1])


def _derivative(sigma: float) -> NDArray[np.float32]:
    """Derivative of a Gaussian across; a ramp of 1 per sample gives 1."""
    at = np.arange(-round(3 * sigma), round(3 * sigma) + 1, dtype=np.float64)
    kernel = at * np.exp(-(at**2) / (2 * sigma**2))
    return (kernel / (kernel * at).sum()).astype(np.float32)


def _around(sigma: float, near: int) -> NDArray[np.float32]:
    """Takes surroundings (2 * _REACH + 1) to derivatives up to `near` samples from the middle."""
    kernel = _derivative(sigma)
    half = len(kernel) // 2
    matrix = np.zeros((2 * _REACH + 1, 2 * near + 1), np.float32)
    for column in range(2 * near + 1):
        start = _REACH - near + column - half
        matrix[start : start + len(kernel), column] = kernel
    return matrix


_DOWN = np.array([0.25, 0.5, 0.25], np.float32)
"""Over three lines, against noise."""
_AROUND = {
    (number, near): _around(sigma, near)
    for number, sigma in enumerate(_SCALES)
    for near in {0, 1, *(round(2 * coarse) + _BESIDE for coarse in _SCALES[number + 1 : number + 2])}
}
"""By number of scale and samples from the middle."""
