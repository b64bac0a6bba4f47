"""Synthesis: noise of a measured spectrum, new for every picture and yet the same whenever it is made."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.video import Plane

SIDE = 8
"""Samples along a block of the spectra in `encore.core.answers.Noise`."""
RANKS = 2
"""Separable filters that a kernel is made of: of spectra between white and correlated by 0.8 they keep over 99 %."""
WINDOW_LAGS = 12
"""Lags at which correlations are faded out (Hann), of which 7 are known: with 8 to 16 tried, 12 came nearest to spectra
of noise between white and 30 dB steep, within 0.5 dB in rings down to -20 dB."""

Spectrum = NDArray[np.float64]
"""(8, 8) mean energy of DCT coefficients, rows down, columns across; white noise of sigma 1 has 1 everywhere."""
Kernel = list[tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Filters across and down whose sum makes, of white noise of sigma 1, noise of sigma 1 with a spectrum."""


def _dct() -> Spectrum:
    """The orthonormal DCT-II: rows are frequencies."""
    places = np.cos(np.pi / SIDE * np.outer(np.arange(SIDE), np.arange(SIDE) + 0.5)) * np.sqrt(2 / SIDE)
    places[0] /= np.sqrt(2)
    return places


_DCT = _dct()
_LAGS = np.stack([(_DCT[:, lag:] * _DCT[:, : SIDE - lag]).sum(1) * (1 if lag == 0 else 2) for lag in range(SIDE)], 1)
"""What the correlation at each lag adds to the energy of each coefficient."""
_OF_LAGS = np.asarray(np.linalg.inv(_LAGS), np.float64)


def spectrum_of(plane: Plane) -> Spectrum:
    """Of the noise in (H, W) float32; zeros where it holds no block.

    Cost: 1.4 core-ms for a field of 720x240.
    """
    down, across = plane.shape[0] // SIDE, plane.shape[1] // SIDE
    if down == 0 or across == 0:
        return np.zeros((SIDE, SIDE))
    lines = _transformed(plane[: down * SIDE, : across * SIDE].astype(np.float32))
    both = _transformed(np.ascontiguousarray(lines.reshape(down * SIDE, -1).T))
    energy = np.square(both, out=both).reshape(across, SIDE, down, SIDE)
    return energy.sum((0, 2), dtype=np.float64).T / (down * across)


def _transformed(plane: Plane) -> Plane:
    """(n, 8, W) DCT down of blocks of eight lines; `einsum`, for BLAS would start threads for it."""
    return np.einsum("fk,nkx->nfx", _DCT.astype(np.float32), plane.reshape(-1, SIDE, plane.shape[1]))


def whole_spectrum(measured: tuple[tuple[float, ...], ...]) -> Spectrum:
    """A spectrum of `Noise` with the mean it leaves out, which is taken to be like its neighbours; white where none."""
    spectrum = np.array(measured, np.float64)
    if spectrum.shape != (SIDE, SIDE) or spectrum.sum() <= 0:
        return np.ones((SIDE, SIDE))
    spectrum[0, 0] = (spectrum[0, 1] + spectrum[1, 0]) / 2
    return spectrum


def kernel_of(spectrum: Spectrum, *, woven: bool) -> Kernel:
    """Filters for noise with a spectrum.

    Args:
        spectrum: of single fields.
        woven: for pictures of both fields: lines are then half as far apart as in the spectrum.
    """
    correlation: Spectrum = _OF_LAGS @ spectrum @ _OF_LAGS.T
    power = _frequencies(_frequencies(correlation).T).T
    power = np.maximum(power, power.max() * 1e-4)
    if woven:
        power = _unwoven(power)
    response = np.sqrt(power)
    response = np.concatenate([response, response[-2:0:-1]])
    response = np.concatenate([response, response[:, -2:0:-1]], 1)
    taps = np.fft.fftshift(np.fft.ifft2(response).real)[1:, 1:]
    taps /= np.sqrt((taps * taps).sum())
    down, weights, across = np.linalg.svd(taps)
    weights = np.sqrt(weights[:RANKS] / np.sqrt((weights[:RANKS] ** 2).sum()))
    return [
        ((across[n] * weights[n]).astype(np.float32), (down[:, n] * weights[n]).astype(np.float32))
        for n in range(RANKS)
    ]


def noise(size: tuple[int, int], kernel: Kernel, seed: tuple[int, ...]) -> Plane:
    """(H, W) float32 Gaussian noise of sigma 1; the same seed gives the same noise.

    Cost: 5 core-ms for a field of 720x240.
    """
    height, width = size
    far_down, far_across = len(kernel[0][1]) // 2, len(kernel[0][0]) // 2
    shape = height + 2 * far_down, width + 2 * far_across
    white = np.random.Generator(np.random.SFC64(seed)).standard_normal(shape, np.float32)
    made = sum((cv2.sepFilter2D(white, -1, across, down) for across, down in kernel), np.float32(0))
    return np.asarray(made)[far_down : far_down + height, far_across : far_across + width]


def _frequencies(correlation: Spectrum) -> Spectrum:
    """Power at 0, 1/8 ... 8/8 of Nyquist down, of correlations at lags 0 to 7."""
    lags = np.arange(SIDE)
    weight = np.where(lags == 0, 1.0, 2.0) * (0.5 + 0.5 * np.cos(np.pi * lags / WINDOW_LAGS))
    return np.cos(np.pi / SIDE * np.outer(np.arange(SIDE + 1), lags)) * weight @ correlation


def _unwoven(power: Spectrum) -> Spectrum:
    """Power down of pictures both of whose fields have this power: what folds onto a field's is spread evenly above."""
    top = power[-1:]
    low = np.maximum(2 * power - top, 0)
    return np.concatenate([low, np.repeat(top, SIDE, 0)])


def correlation_down(lines: Plane) -> float:
    """Correlation of neighbouring lines, -0.5 to 1; 0 where there is nothing."""
    one, other = lines[:-1], lines[1:]
    energy = float((one * one).sum() + (other * other).sum()) / 2
    return float(np.clip(float((one * other).sum()) / energy, -0.5, 1.0)) if energy > 0 else 0.0


def spread(lines: Plane, parity: int, height: int) -> Plane:
    """Noise of a field at all lines of its picture: its own as they are, those between as strong as they.

    A line between is the sum of its neighbours, divided by what their correlation makes of it.

    Args:
        lines: (h, W) of the field.
        parity: 0: they are the even lines of the picture, 1: the odd ones.
        height: lines of the picture.
    """
    full = np.empty((height, lines.shape[1]), np.float32)
    full[parity::2] = lines
    count = height - len(lines)
    padded = np.concatenate([lines[:1], lines, lines[-1:]])
    first = 1 - parity
    between = padded[first : first + count] + padded[first + 1 : first + 1 + count]
    share = np.full((count, 1), 1 / np.sqrt(2 * (1 + correlation_down(lines))), np.float32)
    if parity == 1:
        share[0] = 0.5
    if 2 * count - parity == height:
        share[-1] = 0.5
    full[1 - parity :: 2] = between * share
    return full
