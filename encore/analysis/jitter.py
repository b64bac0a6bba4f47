"""How far do lines stand sideways to where the frame before has them, each on its own?"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.look import Look

Image = NDArray[np.float32]

_PIECES = 6
"""Pieces of a line that are measured on their own: what jitters moves all of them, what moves only some."""
_LINES = 9
"""Lines of a field over whose mean a line's place is measured: flow follows anything slower."""
_BLURS = (3.0, 1.2)
"""Half-width samples: coarse, for displacements of several samples, then fine."""
_FIRM = 4.0
"""Squared codes per half-width sample: energy of the gradient at which a piece of a line counts half."""
_ENOUGH = 0.03
"""Mean weight of pairs of pieces below which a frame says nothing: too flat or dark."""
_ALIKE = 0.3
"""Share of the energy of gradients that both frames must have in common; across cuts there is none."""
_MOVED = 0.02
"""Mean difference, codes, below which the frame before is only shown again."""


def jitter(now: Look) -> float | None:
    """Root mean square sideways displacement of lines against their neighbours, samples; None where nothing tells.

    Lines are compared with those of the frame before, moved by the shared flow; two frames of one jitter differ by
    the square root of two of it. Only what pieces of a line have in common counts, so that neither noise nor things
    that move look like jitter.
    """
    flow = now.flow_back
    if flow is None or now.previous is None or not now.own:
        return None
    here, before = now.half.astype(np.float32), now.previous.half.astype(np.float32)
    if float(cv2.absdiff(now.half, now.previous.half).mean()) < _MOVED:
        return None
    high, wide = here.shape
    x, y = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(high, dtype=np.float32))
    shifts = np.zeros((high, _PIECES), np.float32)
    weights = shifts
    for blur in _BLURS:
        more = cast(Image, cv2.resize(shifts, (wide, high), interpolation=cv2.INTER_NEAREST))
        there = x + flow[..., 0] - more, y + flow[..., 1]
        moved = cv2.remap(before, there[0], there[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        found = _steps(here, cast(Image, moved), blur)
        if found is None:
            return None
        shifts, weights = shifts + found[0], found[1]
    return _common(shifts, weights)


def _steps(here: Image, moved: Image, blur: float) -> tuple[Image, Image] | None:
    """How far pieces of lines lie to the right of where they were, (lines, pieces), and how much that says (0-1).

    None where the frames show different scenes.
    """
    a, b = (cv2.GaussianBlur(one, (0, 0), blur, sigmaY=1e-3) for one in (here, moved))
    slopes = [np.asarray(cv2.Sobel(one, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)) for one in (a, b)]
    slope = (slopes[0] + slopes[1]) / 2
    size = (_PIECES, len(here))
    energy, product, alike = (
        cv2.resize(one, size, interpolation=cv2.INTER_AREA)
        for one in (slope * slope, (b - a) * slope, slopes[0] * slopes[1])
    )
    step = np.clip(product / np.maximum(energy, 1e-3), -2 * blur, 2 * blur)
    if float(alike.mean()) < _ALIKE * float(energy.mean()):
        return None
    return cast(Image, step), cast(Image, energy / (energy + np.float32(_FIRM)))


def _common(shifts: Image, weights: Image) -> float | None:
    """Displacement that the pieces of a line share, from their covariance; samples."""
    smooth = cv2.blur(shifts * weights, (1, _LINES)) / np.maximum(cv2.blur(weights, (1, _LINES)), 1e-6)
    alone = (shifts - smooth) * weights
    inside = slice(_LINES // 2, -(_LINES // 2))
    alone, weights = alone[inside], weights[inside]
    pairs = np.triu(np.ones((_PIECES, _PIECES), np.float32), 1)
    weight = float(np.einsum("yi,yj,ij->", weights, weights, pairs, optimize=True))
    if weight < _ENOUGH * len(weights) * float(pairs.sum()):
        return None
    shared = float(np.einsum("yi,yj,ij->", alone, alone, pairs, optimize=True)) / weight
    return 2 * float(np.sqrt(max(0.0, shared / 2 * _LINES / (_LINES - 1))))
