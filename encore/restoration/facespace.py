"""Face space: where every face has its eyes and mouth in the same places, upright and equally large.

Coordinates are those of sample centres, x to the right and y down, beginning with 0.
Source: least squares in the plane, Umeyama 1991; the places are those of FFHQ at 512, halved (facexlib).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.video import Patch, Plane
from encore.restoration.invention import SCALE

Transform = NDArray[np.float64]
"""(2, 3): from places in a picture enlarged four times to places in face space."""
Points = Sequence[tuple[float, float]]
"""The subject's right eye, left eye, nose tip, right and left corner of the mouth; (x, y)."""

SIDE = 256
"""Samples and lines of face space."""
TEMPLATE: Points = ((96.49, 119.975), (159.45, 120.095), (128.315, 157.01), (100.63, 185.695), (156.555, 185.545))
"""Where they are in face space; the eyes are 63 samples apart."""
WHOLE = (-0.5, -0.5, SIDE - 0.5, SIDE - 0.5)
"""Its edges."""
PREFILTER = 0.4
"""Samples of face space: sigma of what keeps fine detail of larger faces from folding; 0.29 is the spread of an area.
Of detail at the finest that face space holds, 45 % are left, a tenth above it 35 % (calculated)."""
LEAST_SIGMA = 0.1
"""Samples below which a Gaussian changes nothing: its neighbours get e^-50."""
NOTHING = 1e-9
"""Squared samples of distance between landmarks below which they are one place."""
CUBIC = 2
"""Samples that a cubic looks at on each side."""
GAUSSIAN = 4
"""Sigmas as far as OpenCV's Gaussian of floats reaches."""


def transform_of(landmarks: Points, sample_aspect: Fraction | float) -> Transform:
    """The similarity that brings landmarks nearest to the template, in square samples.

    Args:
        landmarks: in samples and lines of the tape's woven frame.
        sample_aspect: width of such a sample over its height.

    Returns:
        From the picture enlarged four times, whose samples have the same shape, to face space; a turned and scaled copy
        in square samples, never mirrored or sheared.
    """
    aspect = float(sample_aspect)
    x, y = (SCALE * (np.asarray(landmarks, np.float64) + 0.5) - 0.5).T
    wanted = np.asarray(TEMPLATE, np.float64) @ np.array([1, 1j])
    own = aspect * x + 1j * y
    away, there = own - own.mean(), wanted - wanted.mean()
    turn = (away.conj() * there).sum() / max(float((np.abs(away) ** 2).sum()), NOTHING)
    rest = wanted.mean() - turn * own.mean()
    return np.array([[turn.real * aspect, -turn.imag, rest.real], [turn.imag * aspect, turn.real, rest.imag]])


def scale_of(transform: Transform) -> tuple[float, float]:
    """Samples of face space for one of the picture across, and for one of its lines."""
    return float(np.hypot(*transform[:, 0])), float(np.hypot(*transform[:, 1]))


def placed(transform: Transform, points: Points) -> NDArray[np.float64]:
    """(n, 2): where places of the tape's woven frame lie in face space."""
    fine = SCALE * (np.asarray(points, np.float64) + 0.5) - 0.5
    return fine @ transform[:, :2].T + transform[:, 2]


def reach(transform: Transform, size: tuple[int, int]) -> Patch:
    """The place of the enlarged picture that `into` looks at; at least one sample of it.

    Args:
        transform: of the face.
        size: lines and samples of the enlarged picture.
    """
    step = _step(transform)
    margin = step * (CUBIC + 1 + GAUSSIAN * max(_sigmas(transform, step)))
    left, top, right, bottom = _corners(transform)
    low = [int((side - margin) // step) * step for side in (left, top)]
    high = [-int(-(side + margin) // step) * step for side in (right, bottom)]
    (x, y), (x1, y1) = ([min(max(n, 0), most - 1) for n, most in zip(low, size[::-1], strict=True)], high)
    return x, y, min(max(x1, x + 1), size[1]), min(max(y1, y + 1), size[0])


def into(plane: Plane, transform: Transform, origin: tuple[int, int] = (0, 0)) -> Plane:
    """A face of the enlarged picture in face space, (SIDE, SIDE) float32.

    What is finer than face space is taken off first; beyond the picture its rim is repeated.

    Args:
        plane: the enlarged picture or a part of it with all of `reach`; both give the same samples.
        transform: of the face.
        origin: (left, top) of the part.
    """
    across, down = origin
    size = down + plane.shape[0], across + plane.shape[1]
    left, top, right, bottom = reach(transform, size)
    part: Plane = plane[max(top - down, 0) : bottom - down, max(left - across, 0) : right - across]
    step = _step(transform)
    if step > 1:
        below, beside = -part.shape[0] % step, -part.shape[1] % step
        part = cv2.copyMakeBorder(part, 0, below, 0, beside, cv2.BORDER_REPLICATE)
        small = (part.shape[1] // step, part.shape[0] // step)
        part = cv2.resize(part, small, interpolation=cv2.INTER_AREA)
    part = _softened(part, _sigmas(transform, step))
    middle = (step - 1) / 2
    matrix = _after(transform, step, (left + middle, top + middle))
    how = cv2.INTER_CUBIC
    return cv2.warpAffine(part, matrix, (SIDE, SIDE), flags=how, borderMode=cv2.BORDER_REPLICATE)


def back(residual: Plane, transform: Transform, size: tuple[int, int]) -> tuple[Plane, Patch]:
    """What is to be added to the enlarged picture for a residual in face space, and where; nothing changes elsewhere.

    Args:
        residual: (SIDE, SIDE), which ends softly within it.
        transform: of the face.
        size: lines and samples of the enlarged picture.

    Returns:
        A patch no larger than the residual needs, and its place, in whole samples of the tape.
    """
    scale = sum(scale_of(transform)) / 2
    sigma = PREFILTER * float(np.sqrt(max(scale * scale - 1, 0.0)))
    margin = CUBIC + GAUSSIAN * sigma
    x, y, x1, y1 = _corners(transform, _filled(residual, margin))
    left, top = (min(max(int(n), 0), most - 1) // SCALE * SCALE for n, most in ((x, size[1]), (y, size[0])))
    right, bottom = (
        min(max(-int(-n // SCALE) * SCALE, least + SCALE), most)
        for n, least, most in ((x1, left, size[1]), (y1, top, size[0]))
    )
    soft = _softened(residual, (sigma, sigma))
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    matrix = _after(transform, 1, (left, top))
    return cv2.warpAffine(soft, matrix, (right - left, bottom - top), flags=how), (left, top, right, bottom)


def _after(transform: Transform, step: int, origin: tuple[float, float]) -> Transform:
    """Of places in a part that begins at `origin` and has a sample for `step`."""
    made = transform.copy()
    made[:, 2] += transform[:, :2] @ np.array(origin, np.float64)
    made[:, :2] *= step
    return made


def _filled(residual: Plane, margin: float) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of what is not 0, with a margin."""
    rows, columns = np.flatnonzero(residual.any(1)), np.flatnonzero(residual.any(0))
    if not len(rows):
        return 0.0, 0.0, 0.0, 0.0
    return columns[0] - margin, rows[0] - margin, columns[-1] + margin, rows[-1] + margin


def _corners(transform: Transform, of: tuple[float, float, float, float] = WHOLE) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of face space, or of a part of it, in the enlarged picture."""
    inverse: NDArray[Any] = cv2.invertAffineTransform(transform)
    corners = np.array([[x, y, 1.0] for x in of[::2] for y in of[1::2]]) @ inverse.T
    (left, top), (right, bottom) = corners.min(0), corners.max(0)
    return float(left), float(top), float(right), float(bottom)


def _step(transform: Transform) -> int:
    """Samples of the enlarged picture whose mean is taken first: at most half of one of face space."""
    return max(1, int(0.5 / max(scale_of(transform))))


def _sigmas(transform: Transform, step: int) -> tuple[float, float]:
    """Of the Gaussian after means of `step`, in such means: together they spread as much at any size of a face."""
    found: list[float] = []
    for scale in scale_of(transform):
        spread = PREFILTER**2 * (1 / scale**2 - 1) - (step * step - 1) / 12
        found.append(float(np.sqrt(max(spread, 0.0))) / step)
    return found[0], found[1]


def _softened(plane: Plane, sigmas: tuple[float, float]) -> Plane:
    if max(sigmas) < LEAST_SIGMA:
        return np.ascontiguousarray(plane, np.float32)
    across, down = (max(sigma, LEAST_SIGMA) for sigma in sigmas)
    return cv2.GaussianBlur(plane, (0, 0), sigmaX=across, sigmaY=down, borderType=cv2.BORDER_REPLICATE)
