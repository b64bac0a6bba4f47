"""Composite: luma and chroma sent as one NTSC signal and parted again, with the crawl and the rainbow this leaves."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

CYCLES = 3.579545 / 13.5
"""Of the subcarrier per sample (BT.601 samples luma at 13.5 MHz)."""
LINE_CYCLES, FIELD_LINES = 227.5, 262.5
"""Of the subcarrier per line, and lines per field (SMPTE 170M)."""
U_OF_CB, V_OF_CR = 0.492 * 1.772, 0.877 * 1.402
"""What colour differences are as U and V (SMPTE 170M), both in codes of about the same size."""
BASEBAND, CARRIED = 2.2, 2.5
"""Samples: Gaussians of about 0.8 MHz that chroma passes before it is sent, and about the subcarrier in receiving."""


def passed(
    y: NDArray[Any], c: NDArray[Any], tick: int, crosstalk: float, comb: float
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Lines of a field after a composite cable.

    Args:
        y: (lines, samples) luma.
        c: (lines, samples, 2) Cb and Cr about 0.
        tick: number of the field: the subcarrier goes on.
        crosstalk: 0 to 1 of what a simple receiver leaves.
        comb: share of a line comb, beside a notch.
    """
    sine, cosine = _carrier(y.shape, tick)
    sent = cv2.GaussianBlur(c, (15, 1), BASEBAND, borderType=cv2.BORDER_REPLICATE)
    signal = y + sent[..., 0] * np.float32(U_OF_CB) * sine + sent[..., 1] * np.float32(V_OF_CR) * cosine
    above, below = np.vstack([signal[1:2], signal[:-1]]), np.vstack([signal[1:], signal[-2:-1]])
    combed = _about_carrier((signal - (above + below) * np.float32(0.5)) * np.float32(0.5))
    coloured = combed * np.float32(comb) + _about_carrier(signal) * np.float32(1 - comb)
    parted = np.dstack([coloured * sine * np.float32(2 / U_OF_CB), coloured * cosine * np.float32(2 / V_OF_CR)])
    parted = cv2.GaussianBlur(parted, (15, 1), BASEBAND, borderType=cv2.BORDER_REPLICATE)
    share = np.float32(crosstalk)
    return y + (signal - coloured - y) * share, c + (parted - c) * share


def _carrier(shape: tuple[int, ...], tick: int) -> tuple[NDArray[Any], NDArray[Any]]:
    lines = (LINE_CYCLES * (tick * FIELD_LINES + np.arange(shape[0]))) % 1
    phase = 2 * np.pi * (lines[:, None] + CYCLES * np.arange(shape[1]))
    return np.sin(phase).astype(np.float32), np.cos(phase).astype(np.float32)


def _about_carrier(plane: NDArray[Any]) -> NDArray[Any]:
    places = np.arange(-7, 8)
    taps = np.exp(-(places**2) / (2 * CARRIED**2)) * np.cos(2 * np.pi * CYCLES * places)
    taps /= (taps * np.cos(2 * np.pi * CYCLES * places)).sum()
    return cv2.sepFilter2D(plane, -1, taps.astype(np.float32), np.ones(1, np.float32), borderType=cv2.BORDER_REPLICATE)
