"""Invention: does an enlarged picture, made small again, agree with the tape, and where must its detail give way?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from encore.core.video import Plane
from encore.restoration.keep import blocks_of

SCALE = 4
"""Samples and lines of the enlarged picture for one of the tape."""
BAND = 40
"""Lines of the tape that are enlarged at once: their film fits the second cache (18 core-ms instead of 27)."""
NEAR = ((1, 0), (2, 0), (0, 1), (0, 2), (1, 1))
"""Neighbours, (across, down) in samples of the tape and mirrored, that a camera mixes into a sample: its lens, its
averaging of lines and its aperture correction are symmetrical and reach no farther."""
RIDGE = 1e-3
"""Share of the neighbours' own energy that holds their shares near zero where there is nothing to fit."""
AFTER, WHOLE = 0.66, 1.2
"""Sigmas of the tape's noise by which a block may differ: from a picture whose noise was taken off (with what was taken
off, sqrt(1 + 0.66^2) = 1.2), and from one that has it."""
OVERSHOOT, ROUNDING = 0.5, 2.0
"""Share of the local contrast, and codes, by which detail may go beyond the brightest and darkest of the 3x3 samples
about it. Of the true detail of twelve photographs that is 99 % where only areas of 4x4 were averaged, 95 % after a blur
of half a sample, 91 % after one of 0.75; with a share of 0.25 97, 90 and 84 %."""
NOTHING = np.float32(1e-6)
"""Mean square of detail, in what is allowed, below which there is none: a thousandth of a code."""
HUE_SIDE = 16
"""Samples and lines of chroma, in which its mean stays."""
HUE_SIGMAS, HUE_CODES = 0.1, 0.25
"""Sigmas of chroma's noise, and codes, by which a block's mean may move: noise whose neighbours across correlate by
0.5 moves the mean of 256 samples by 0.11 sigma, and a quarter of a code is within what rounding leaves."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far an enlarged picture agrees with the tape, after what did not was taken back."""

    blocks: int
    """Of 32x32 samples, as in `encore.restoration.keep`."""
    blended: int
    """Of them, those in which the network's detail was scaled down."""
    worst: float
    """Largest root mean square difference in a block, in what is allowed; the classical picture itself may exceed 1."""
    blur: float
    """Sigma of the blur that was taken off, samples of the tape; 0 where it was more of a sharpening."""


def truthful(detail: Plane, own: Plane, allowed: Plane) -> tuple[Plane, Agreement]:
    """The enlarged picture with detail, which is scaled down where the picture would no longer agree with the tape.

    The enlarged picture is the classical one (bicubic) plus the detail. Made small again by areas of 4x4 and by the
    camera that fits the picture best, it may differ by `allowed` in root mean square of a block. A camera is a small
    symmetrical kernel, one for the whole picture, which leaves flat places as they are: undoing it is no invention.

    Args:
        detail: (4H, 4W) codes; becomes the picture.
        own: (H, W) codes of the tape's picture.
        allowed: (H, W) codes.

    Returns:
        (4H, 4W) codes, and how they agree.
    """
    plain, seen = _added(detail, own)
    worth = np.float32(1) / allowed
    shares = _camera(seen, own, worth)
    without = (_filmed(plain, shares) - own) * worth
    more = _filmed(seen - plain, shares) * worth
    c, b, a = _mean(without * without), _mean(without * more), _mean(more * more)
    # the largest share k of the detail for which c + 2kb + k^2 a stays below 1; where none does, the best one
    share = (np.sqrt(np.maximum(b * b + a * (1 - c), 0)) - b) / np.maximum(a, NOTHING)
    share = np.clip(np.where(a > NOTHING, share, 1), 0, 1).astype(np.float32)
    blended = share < 1
    if blended.any():
        for rows, base in bands(own):
            detail[rows] -= base
        soften(detail, share)
        for rows, base in bands(own):
            detail[rows] += base
    worst = float(np.sqrt((c + share * (2 * b + share * a)).max()))
    spread = sum(share * (across**2 + down**2) / 2 for share, (across, down) in zip(shares, NEAR, strict=True))
    return detail, Agreement(blended.size, int(blended.sum()), worst, float(np.sqrt(max(spread, 0.0))))


def _added(detail: Plane, own: Plane) -> tuple[Plane, Plane]:
    """Detail, in place, added to the classical picture, and limited so that it goes hardly beyond the samples about it.

    Returns:
        The classical picture and the one with detail, made small again, (H, W).
    """
    around = np.ones((3, 3), np.uint8)
    high, low = cv2.dilate(own, around), cv2.erode(own, around)
    margin = (high - low) * np.float32(OVERSHOOT) + np.float32(ROUNDING)
    high += margin
    low -= margin
    plain, seen = np.empty_like(own), np.empty_like(own)
    parts = zip(bands(own), bands(high, cv2.INTER_LINEAR), bands(low, cv2.INTER_LINEAR), strict=True)
    for (rows, base), (_, highest), (_, lowest) in parts:
        film = detail[rows]
        cv2.add(film, base, dst=film)
        cv2.min(film, highest, dst=film)
        cv2.max(film, lowest, dst=film)
        for reduced, large in ((plain, base), (seen, film)):
            lines = reduced[rows.start // SCALE : rows.stop // SCALE]
            cv2.resize(large, lines.shape[::-1], dst=lines, interpolation=cv2.INTER_AREA)
    return plain, seen


def bands(plane: Plane, how: int = cv2.INTER_CUBIC) -> Iterator[tuple[slice, Plane]]:
    """Lines of an enlarged picture, and what they are: all of `enlarged`, a band at a time."""
    for top in range(0, len(plane), BAND):
        bottom = min(top + BAND, len(plane))
        start, stop = max(0, top - 2), min(bottom + 2, len(plane))  # as far as a cubic looks
        part = enlarged(plane[start:stop], how)
        yield slice(SCALE * top, SCALE * bottom), part[SCALE * (top - start) : SCALE * (bottom - start)]


def same_hue(residual: Plane, sigma: float) -> int:
    """Chroma detail scaled down, in place, where it would move the mean of a block of chroma.

    Args:
        residual: (2, h, w) codes of Cb and Cr on the film's grid.
        sigma: of the noise of chroma, codes.

    Returns:
        Blocks that were scaled down.
    """
    side = HUE_SIDE * SCALE
    down, across = (max(1, -(-n // side)) for n in residual.shape[1:])
    size = (max(1, residual.shape[2] // SCALE), max(1, residual.shape[1] // SCALE))  # first: whole steps are quick
    small: list[Plane] = [cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in residual]
    means: list[Plane] = [cv2.resize(one, (across, down), interpolation=cv2.INTER_AREA) for one in small]
    moved = np.sqrt(means[0] * means[0] + means[1] * means[1])
    allowed = np.float32(HUE_SIGMAS * sigma + HUE_CODES)
    share = allowed / np.maximum(moved, allowed)
    beyond = int((share < 1).sum())
    if beyond:
        for one in residual:
            soften(one, share)
    return beyond


def soften(residual: Plane, share: Plane) -> None:
    """Detail times the share of its block, in place, with soft edges that lie outside the block."""
    least = cv2.erode(share, np.ones((3, 3), np.uint8))
    residual *= cv2.resize(least, (residual.shape[1], residual.shape[0]), interpolation=cv2.INTER_LINEAR)


def enlarged(plane: Plane, how: int = cv2.INTER_CUBIC) -> Plane:
    """The classical picture that detail is added to: (H, W) to (4H, 4W), bicubic."""
    return cv2.resize(plane, (SCALE * plane.shape[1], SCALE * plane.shape[0]), interpolation=how)


def _camera(seen: Plane, own: Plane, worth: Plane) -> list[float]:
    """Shares of the neighbours `NEAR` with which a sharp picture becomes the tape's, by least squares."""
    around = np.stack([((_beside(seen, *near) - seen) * worth).ravel() for near in NEAR])
    wanted = ((own - seen) * worth).ravel()
    energy = (around @ around.T).astype(np.float64)
    energy[np.diag_indices(len(NEAR))] *= 1 + RIDGE
    energy[np.diag_indices(len(NEAR))] += RIDGE
    return np.linalg.solve(energy, (around @ wanted).astype(np.float64)).tolist()


def _filmed(plane: Plane, shares: Sequence[float]) -> Plane:
    """The picture as a camera with these shares sees it."""
    kernel = np.zeros((5, 5), np.float32)
    kernel[2, 2] = 1 - sum(shares)
    for share, (across, down) in zip(shares, NEAR, strict=True):
        for x, y in {(across, down), (-across, down), (across, -down), (-across, -down)}:
            kernel[2 + y, 2 + x] += share / (4 if across and down else 2)
    return cv2.filter2D(plane, -1, kernel, borderType=cv2.BORDER_REPLICATE)


def _beside(plane: Plane, across: int, down: int) -> Plane:
    """Mean of the samples so far away to all sides."""
    row, column = (np.array([0.5, *[0.0] * (2 * far - 1), 0.5] if far else [1.0], np.float32) for far in (across, down))
    return cv2.sepFilter2D(plane, -1, row, column, borderType=cv2.BORDER_REPLICATE)


def _mean(values: Plane) -> Plane:
    """Of the blocks of `encore.restoration.keep`."""
    down, across = blocks_of(values.shape[0], values.shape[1])
    return cv2.resize(values, (across, down), interpolation=cv2.INTER_AREA)
