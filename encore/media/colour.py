"""Tape samples to the working picture and back to codes: matrix, primaries, range, siting, depth, each once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.video import CHROMA_CODES, LUMA_CODES, Colour, Matrix, Plane, Primaries, Siting
from encore.media.decode import Raw

KR_KB: dict[Matrix, tuple[float, float]] = {
    "bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "smpte240m": (0.212, 0.087),
}  # fmt: skip
"""Luma weights of red and blue: BT.601-7, BT.709-6, SMPTE 240M."""
CHROMATICITIES: dict[Primaries, tuple[tuple[float, float], ...]] = {
    "bt709": ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    "smpte170m": ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    "bt470bg": ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)),
}
"""CIE xy of red, green, blue: BT.709-6, SMPTE ST 170, BT.470 system B/G; white is D65 for all."""
D65 = (0.3127, 0.3290)
DISPLAY_GAMMA = 2.4
"""BT.1886: what a studio display makes of R'G'B'; primaries are converted in its light."""
SHIFT_TAPS, SHIFT_KAISER = 11, 7.0
"""Length and window of the sinc that moves chroma by a fraction of a sample: calculated, a shift of 1/4 is right within
0.004 and of 1/2 within 0.008 of a sample, and the gain within 1 %, up to 0.35 cycles per sample. A window of Lanczos's
moves flat slopes by 0.022 too little."""


def to_rgb_matrix(matrix: Matrix) -> NDArray[Any]:
    """(3, 3) from Y' in [0, 1], Cb and Cr in [-0.5, 0.5] to R'G'B'; identity for `rgb`."""
    if matrix == "rgb":
        return np.eye(3)
    kr, kb = KR_KB[matrix]
    kg = 1 - kr - kb
    return np.array([[1, 0, 2 * (1 - kr)], [1, -2 * kb * (1 - kb) / kg, -2 * kr * (1 - kr) / kg], [1, 2 * (1 - kb), 0]])


def primaries_matrix(source: Primaries, target: Primaries) -> NDArray[Any]:
    """(3, 3) from linear light of one set of primaries to another, same white (SMPTE RP 177)."""

    def to_xyz(name: Primaries) -> NDArray[Any]:
        columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in CHROMATICITIES[name]]).T
        white = np.array([D65[0] / D65[1], 1, (1 - D65[0] - D65[1]) / D65[1]])
        return columns * np.linalg.solve(columns, white)

    return np.linalg.solve(to_xyz(target), to_xyz(source))


def tape_planes(raw: Raw, colour: Colour) -> tuple[Plane, Plane, Plane]:
    """A picture of the tape as Y' in [0, 1], Cb and Cr in [-0.5, 0.5], float32, in the tape's own places and colour.

    Codes beyond black and white stay. R'G'B' becomes Y'CbCr of BT.709, for `tape_colour` says so too. Grey tapes get
    chroma of zeros, one sample for four.
    """
    top = (1 << raw.depth) - 1
    if raw.rgb:
        green, blue, red = (plane.astype(np.float32) / np.float32(top) for plane in raw.planes)
        picture = cv2.transform(cv2.merge([red, green, blue]), np.linalg.inv(to_rgb_matrix("bt709")))
        y, cb, cr = cast(tuple[Plane, Plane, Plane], cv2.split(picture))
        return y, cb, cr
    scale = 1 << (raw.depth - 8)
    return normalised([plane.astype(np.float32) / np.float32(scale) for plane in raw.planes], colour, top / scale)


def normalised(codes: Sequence[Plane], colour: Colour, top: float = 255.0) -> tuple[Plane, Plane, Plane]:
    """Planes of 8-bit codes (with fractions) as Y' in [0, 1], Cb and Cr in [-0.5, 0.5].

    Args:
        codes: luma, and Cb and Cr or nothing.
        colour: whose range they have.
        top: largest code of a full-range tape: 255 plus the fraction that more bits allow.
    """
    luma = codes[0] / np.float32(top) if colour.full_range else (codes[0] - np.float32(16)) / np.float32(LUMA_CODES)
    if len(codes) == 1:
        none = np.zeros((-(-luma.shape[0] // 2), -(-luma.shape[1] // 2)), np.float32)
        return luma, none, none.copy()
    span = np.float32(top if colour.full_range else CHROMA_CODES)
    cb, cr = ((plane - np.float32(128)) / span for plane in codes[1:])
    return luma, cb, cr


def tape_colour(source: Colour) -> Colour:
    """The colour of `tape_planes`: the tape's own, or BT.709 where the tape is R'G'B'."""
    return source if source.matrix != "rgb" else source.model_copy(update={"matrix": "bt709", "full_range": False})


def working_planes(raw: Raw, colour: Colour) -> tuple[Plane, Plane, Plane]:
    """A picture of the tape as Y', Cb, Cr of BT.709, all (H, W) float32, nothing clipped."""
    planes = tape_planes(raw, colour)
    if len(raw.planes) == 1:  # grey is grey in every colour space, to the last bit
        return planes[0], np.zeros_like(planes[0]), np.zeros_like(planes[0])
    return to_bt709(planes, tape_colour(colour))


def to_bt709(planes: tuple[Plane, Plane, Plane], colour: Colour) -> tuple[Plane, Plane, Plane]:
    """Y' in [0, 1], Cb and Cr in [-0.5, 0.5] of any subsampling as BT.709, all (H, W) float32, nothing clipped.

    Chroma is brought to luma's places first, then matrix and primaries are converted in floating point.
    Source: BT.601, BT.709, BT.1886, SMPTE RP 177; siting per H.273 figure 1.
    """
    luma, size = planes[0], (planes[0].shape[0], planes[0].shape[1])
    cb, cr = (spread_chroma(plane, size, colour.siting) for plane in planes[1:])
    return _to_bt709(cv2.merge([luma, cb, cr]), colour)


def _to_bt709(picture: Any, colour: Colour) -> tuple[Plane, Plane, Plane]:
    inward = to_rgb_matrix(colour.matrix)
    outward = np.linalg.inv(to_rgb_matrix("bt709"))
    if colour.primaries == "bt709":
        if colour.matrix != "bt709":
            picture = cv2.transform(picture, outward @ inward)
    else:
        light = _power(cv2.transform(picture, inward), DISPLAY_GAMMA)
        light = cv2.transform(light, primaries_matrix(colour.primaries, "bt709"))
        picture = cv2.transform(_power(light, 1 / DISPLAY_GAMMA), outward)
    y, cb, cr = cast(tuple[Plane, Plane, Plane], cv2.split(picture))
    return y, cb, cr


def _power(values: Any, exponent: float) -> Any:
    """Sign-preserving power, so that codes below black and above white survive the way there and back."""
    magnitude: Plane = np.abs(values)
    return np.copysign(cast(Plane, cv2.pow(magnitude, exponent)), values)


def spread_chroma(plane: Plane, size: tuple[int, int], siting: Siting) -> Plane:
    """Chroma at luma's places: (h, w) to (H, W) = `size`, by Lanczos, with the offset of its siting."""
    height, width = size
    across, down = -(-width // plane.shape[1]), -(-height // plane.shape[0])
    if (across, down) == (1, 1):
        return plane
    # resizing assumes chroma in the middle of its luma samples; it sits further left or up by this much
    right = -(across - 1) / 2 / across if siting in ("left", "topleft") else 0.0
    below = -(down - 1) / 2 / down if siting == "topleft" else 0.0
    moved = shift(plane, right, below)
    full = cv2.resize(moved, (plane.shape[1] * across, plane.shape[0] * down), interpolation=cv2.INTER_LANCZOS4)
    return full[:height, :width]


def gather_chroma(plane: Plane, size: tuple[int, int], across: int) -> Plane:
    """Full-size chroma resampled to `size` = (h, w) of a film whose chroma sits left (BT.709 deliveries).

    Args:
        plane: (H, W) chroma at luma's places.
        size: (h, w) of the chroma plane to make, smaller or larger than `plane`.
        across: luma samples per chroma sample, horizontally, in the film.
    """
    offset = (across - 1) / 2 / across  # film chroma samples by which "left" is left of the middle
    moved = shift(plane, offset * plane.shape[1] / size[1], 0.0)
    return resample(moved, size)


def shift(plane: Plane, right: float, below: float) -> Plane:
    """Content moved so that sample x of the result is at x - right of the input, likewise down; float32.

    A sinc of `SHIFT_TAPS` taps in a window of Kaiser's; zero shifts cost nothing.
    """
    if right == 0 and below == 0:
        return plane
    return cv2.sepFilter2D(plane, -1, _sinc(right), _sinc(below), borderType=cv2.BORDER_REPLICATE)


def _sinc(offset: float) -> NDArray[np.float32]:
    if offset == 0:
        return np.ones(1, np.float32)
    half = SHIFT_TAPS // 2
    places = np.arange(-half, half + 1) + offset
    window = np.i0(SHIFT_KAISER * np.sqrt(np.clip(1 - (places / (half + 1)) ** 2, 0, None)))
    taps = np.sinc(places) * window
    return (taps / taps.sum()).astype(np.float32)


def resample(plane: Plane, size: tuple[int, int]) -> Plane:
    """A plane at another size (h, w): Lanczos upwards, area-averaging first where it shrinks by more than half."""
    height, width = size
    if plane.shape == size:
        return plane
    if height * 2 <= plane.shape[0] or width * 2 <= plane.shape[1]:
        return cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.resize(plane, (width, height), interpolation=cv2.INTER_LANCZOS4)


def studio_codes(plane: Plane, *, luma: bool) -> Plane:
    """Float samples as 16-bit studio-swing codes, rounded; Y' 1.0 is 60160, Cb and Cr 0 are 32768.

    Codes outside 0-65535 are limited; that is 9 % above white and 7 % below black.
    """
    gain, offset = (LUMA_CODES * 256, 16 * 256.0) if luma else (CHROMA_CODES * 256, 128 * 256.0)
    return np.clip(np.rint(plane * np.float32(gain) + np.float32(offset)), 0, 65535).astype(np.uint16)


def narrowed(plane: Plane, depth: int) -> Plane:
    """16-bit codes rounded to `depth` bits (8 or 10), in the smallest integer that holds them."""
    step = 16 - depth
    half = np.uint16(1 << (step - 1))
    rounded = (np.minimum(plane, np.uint16(65535 - half)) + half) >> step
    return rounded.astype(np.uint8) if depth == 8 else rounded


def display_rgb(y: Plane, cb: Plane, cr: Plane) -> NDArray[np.uint8]:
    """Working planes of one size, (H, W) float32, as (H, W, 3) 8-bit R'G'B' for people to look at."""
    picture = cv2.transform(cv2.merge([y, cb, cr]), to_rgb_matrix("bt709"))
    return np.clip(np.rint(picture * 255), 0, 255).astype(np.uint8)
