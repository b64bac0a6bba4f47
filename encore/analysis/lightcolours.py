"""Which colours does light have, and which parts of it are at the recorder's limit?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from encore.analysis.part import Numbers

Colours = tuple[tuple[float, float, float], ...]

PALETTE = 4
"""Colours noted of a frame, and told of a shot at most."""
_LIT = 0.2
"""Largest of R', G', B' that tells the light's colour: there noise of sigma 8 in luma and chroma turns the white of a
sample by 11 degrees (median)."""
_BINS = 10
"""Of chromaticity each way; each 0.2 wide, on the plane of (R' - G', B' - G') over the largest part."""
_APART = 0.35
"""Distance of two colours on that plane that are two lights. Chosen: of the lights of the benchmark two reds (0.13) and
two blues (0.18) count as one, all others are 0.53 and more apart."""
_LEAST_SHARE = 0.06
"""Share of the weight below which a colour is not told."""
_TOP, _BELOW, _STEEP = 0.94, 0.12, 2.0
"""A channel clips where samples above the first (share of full) are this many times as many as the density in the
second, a stretch below it, lets expect: 0.94 leaves room for chroma that was subsampled and coded."""


def clipped_shares(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of samples of each channel on a plateau at the upper limit.

    Args:
        samples: (3, n) R'G'B', 1 is full.
    """
    limit = np.float32(_TOP)
    above = (samples >= limit).mean(1)
    below = ((samples >= limit - np.float32(_BELOW)) & (samples < limit)).mean(1)
    usual = below / _BELOW * (1 - _TOP)
    return np.where(above > _STEEP * usual, above - usual, 0).astype(np.float32)


def palette(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """(PALETTE, 4): colours R'G'B' (largest part 1) of lit samples with their weights, strongest first; else zeros.

    Peaks of a histogram of chromaticity, weighted by brightness and, from half for grey, by saturation.

    Args:
        samples: (3, n) R'G'B', 1 is full.
    """
    most = samples.max(0)
    where = most > _LIT
    lit, most = samples[:, where], most[where]
    found = np.zeros((PALETTE, 4), np.float32)
    if len(most) < max(1, 0.002 * samples.shape[1]):
        return found
    pure = lit / most
    weights = np.minimum(most, 1) * (2 - pure.min(0)) / 2
    plane = np.stack([pure[0] - pure[1], pure[2] - pure[1]])
    at = np.clip(((plane + 1) * (_BINS / 2)).astype(np.int32), 0, _BINS - 1)
    bins = at[0] * _BINS + at[1]
    mass = np.bincount(bins, weights, _BINS**2)
    sums = np.stack([np.bincount(bins, weights * part, _BINS**2) for part in pure], 1)
    used = mass > 0
    return _clustered(sums[used] / mass[used, None], mass[used] / samples.shape[1])


def merged_palette(palettes: Numbers) -> tuple[Colours, tuple[float, ...]]:
    """Colours of a shot, strongest first, and their shares, from those of its frames.

    Args:
        palettes: (frames, PALETTE, 4), nan on frames that were not looked at.
    """
    entries = palettes[np.isfinite(palettes).all((1, 2))].reshape(-1, 4)
    entries = entries[entries[:, 3] > 0]
    if not len(entries):
        return (), ()
    found = _clustered(entries[:, :3].astype(np.float64), entries[:, 3].astype(np.float64))
    found = found[found[:, 3] > _LEAST_SHARE * entries[:, 3].sum()]
    total = float(found[:, 3].sum())
    colours = tuple((float(r), float(g), float(b)) for r, g, b in found[:, :3])
    return colours, tuple(float(share) / total for share in found[:, 3])


def _clustered(colours: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """Colours around the heaviest places of the chromaticity plane, (PALETTE, 4) with their weights."""
    plane = np.stack([colours[:, 0] - colours[:, 1], colours[:, 2] - colours[:, 1]], 1)
    near = np.exp(-((plane[:, None] - plane[None]) ** 2).sum(2) / (2 * (_APART / 3) ** 2))
    density = near @ weights
    left = np.ones(len(colours), bool)
    found = np.zeros((PALETTE, 4), np.float32)
    for number in range(PALETTE):
        if not left.any():
            break
        peak = int(np.argmax(np.where(left, density, -1)))
        mine = left & (np.hypot(*(plane - plane[peak]).T) < _APART)
        mean = (weights[mine] @ colours[mine]) / weights[mine].sum()
        found[number] = *(mean / mean.max()), weights[mine].sum()
        left &= ~mine
    return found[np.argsort(-found[:, 3], kind="stable")]
