"""Scores: how far pictures are from the truth, how lines flicker, and how noise is distributed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.repair.recording import Planes

Array = NDArray[Any]

RIM = 8
"""Samples of luma along the edges that are not scored: what lies there comes from outside of the picture."""
STILL = 0.5
"""Codes by which truth may change in a place that rests."""
AWAY = 25
"""Size of the square by which resting places keep clear of what moves."""


def psnr(found: Array, truth: Array, rim: int = RIM) -> float:
    """Peak signal to noise of codes, dB; nan where they are not of one size."""
    if found.shape != truth.shape:
        return math.nan
    inside = (slice(rim, -rim or None),) * 2
    off = found[inside] - truth[inside]
    return 10 * math.log10(255**2 / max(float(np.mean(off * off)), 1e-6))


def luma(found: Sequence[Planes], truth: Sequence[Planes]) -> float:
    """Mean PSNR of luma over pictures."""
    return float(np.mean([psnr(one[0], other[0]) for one, other in zip(found, truth, strict=True)]))


def chroma(found: Sequence[Planes], truth: Sequence[Planes]) -> float:
    """Mean PSNR of Cb and Cr over pictures."""
    pairs = [(one[n], other[n]) for one, other in zip(found, truth, strict=True) for n in (1, 2)]
    return float(np.mean([psnr(one, other, RIM // 2) for one, other in pairs]))


def resting(truth: Sequence[Planes]) -> Array:
    """(H, W) bool: where nothing moves, well away from what does and from the edges."""
    lumas = np.stack([planes[0] for planes in truth])
    still = (np.ptp(lumas, axis=0) < STILL).astype(np.uint8)
    still[:RIM], still[-RIM:], still[:, :RIM], still[:, -RIM:] = 0, 0, 0, 0
    return np.asarray(cv2.erode(still, np.ones((AWAY, AWAY), np.uint8)), np.bool_)


def line_flicker(found: Sequence[Planes], truth: Sequence[Planes], where: Array | None = None) -> float:
    """Codes by which luma alternates from field to field where it should not; what noise alone would give is taken out.

    At every place the mean error of the even pictures is compared with that of the odd ones. Noise leaves a
    difference too, whose size follows from how much the errors of one parity vary.
    """
    errors = np.stack([one[0] - other[0] for one, other in zip(found, truth, strict=True)])
    even, odd = errors[0::2], errors[1::2]
    chance = even.var(axis=0, ddof=1) / len(even) + odd.var(axis=0, ddof=1) / len(odd)
    power = (even.mean(axis=0) - odd.mean(axis=0)) ** 2 - chance
    inside = power[RIM:-RIM, RIM:-RIM] if where is None else power[where]
    return math.sqrt(max(float(inside.mean()), 0.0))


def unsteadiness(found: Sequence[Planes], truth: Sequence[Planes]) -> float:
    """Standard deviation over time of the error of luma at one place, root mean square over all places, codes."""
    errors = np.stack([one[0] - other[0] for one, other in zip(found, truth, strict=True)])
    return math.sqrt(float(errors[:, RIM:-RIM, RIM:-RIM].var(axis=0).mean()))


def own_lines(plane: Array, tick: int, rim: int = RIM) -> Array:
    """The lines of a plane that come from the tape, top field first, without the rim."""
    return plane[rim + (tick - rim) % 2 : -rim : 2, rim:-rim]


def line_psnr(found: Array, truth: Array, tick: int, rim: int = RIM) -> float:
    """PSNR of the lines that come from the tape; nan where sizes differ."""
    if found.shape != truth.shape:
        return math.nan
    off = own_lines(found, tick, rim) - own_lines(truth, tick, rim)
    return 10 * math.log10(255**2 / max(float(np.mean(off * off)), 1e-6))


def steepness(plane: Array) -> Array:
    """Magnitude of the gradient, codes per sample."""
    down, across = np.gradient(plane)
    return np.hypot(down, across)


def correlation(one: Array, other: Array) -> float:
    """Pearson's; 0 where one of them is constant."""
    a, b = one.ravel() - one.mean(), other.ravel() - other.mean()
    norm = math.sqrt(float((a * a).mean()) * float((b * b).mean()))
    return float((a * b).mean()) / norm if norm else 0.0


def blocks_of(plane: Array, size: int) -> Array:
    """(N, size, size): a plane cut into blocks, what does not fill one left out."""
    high, wide = plane.shape[0] // size, plane.shape[1] // size
    cut = plane[: high * size, : wide * size].reshape(high, size, wide, size)
    return cut.swapaxes(1, 2).reshape(-1, size, size)


def radial_spectrum(blocks: Array, bands: int = 8) -> Array:
    """Mean power of blocks of noise in rings of spatial frequency up to Nyquist; the lowest ring is left out."""
    size = blocks.shape[-1]
    window = np.outer(np.hanning(size), np.hanning(size)).astype(np.float32)
    centred = blocks - blocks.mean(axis=(1, 2), keepdims=True)
    power = (np.abs(np.fft.fft2(centred * window)) ** 2).mean(axis=0)
    frequency = np.abs(np.fft.fftfreq(size)) * 2
    ring = np.minimum((np.hypot(*np.meshgrid(frequency, frequency)) * bands).astype(int), bands)
    return np.array([power[ring == band].mean() for band in range(1, bands)])
