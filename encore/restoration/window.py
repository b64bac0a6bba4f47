"""Window: what a network sees of a picture: neighbours brought onto it, what they are worth, its noise and lines."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from encore.core.video import Clip, Plane
from encore.motion.align import chained
from encore.motion.flow import Flow, fetched
from encore.motion.light import gain_between, lit_like
from encore.restoration.denoise import FETCHED

REACH = 2
"""Neighbours on each side: five pictures in all; other numbers were not tried."""
LEVEL = (9, 9)
"""Samples and lines about a place whose mean is taken off, so that 16-bit floats keep fine detail at any brightness."""
SCALE = 32.0
"""Codes that are 1 to the network: 97.5 to 98 % of the samples of packs lie within -1 to 1, windows and truth alike."""
NOISE_SCALE = 8.0
"""Codes of noise that are 1 to the network."""
NOISE_LEFT = 0.4
"""Share of the measured noise that is still in pictures whose noise was taken off, as networks learned it: 7.7 dB less,
as measured at sigma 4, are 0.41. Above 2 codes it was 0.23 to 0.47 on simulated tapes, below 0.63 to 0.97."""
TOLERANCE, FLOOR = 1.0, 2.0
"""Sigmas, and codes, of error beyond that at which a fetch counts exp(-1/2). Chosen, wider than in noise reduction:
what a network gets may be a little wrong, it is not averaged."""
COMPARED = (5, 5)
"""Samples over which a fetch is compared; chosen, finer than in noise reduction."""
CHANNELS = 2 * REACH + 1 + 1 + 2 * REACH + 1
"""Five pictures, noise, four worths, own lines."""
CHROMA_LEVEL = (5, 5)
"""The same as `LEVEL`, of chroma, whose samples lie twice as far apart."""
CHROMA_CHANNELS = 2 + 4 + 1
"""Cb, Cr, luma's four samples for one of chroma, noise."""


def window(clip: Clip, codes: Sequence[Plane], at: int, sigma: Plane) -> Plane:
    """The input of a luma network for one picture.

    Where a neighbour shows something else, the picture itself stands in its place, and its worth there is 0.

    Args:
        clip: with motion; pictures beyond the shot or lost are never looked at.
        codes: luma of its pictures, (H, W) 8-bit codes.
        at: position of the picture.
        sigma: (H, W) codes of noise in the pictures.

    Returns:
        (CHANNELS, H, W) float32: pictures `at - 2` to `at + 2` less the local level of `at`, in SCALE codes; noise in
        NOISE_SCALE codes; worth 0 to 1 of the four neighbours in the same order; 1 on lines of `at` that come from
        the tape, 0 on made ones.
    """
    own = codes[at]
    made = np.zeros((CHANNELS, *own.shape), np.float32)
    detail = (own - cv2.blur(own, LEVEL)) * np.float32(1 / SCALE)
    made[: 2 * REACH + 1] = detail
    made[2 * REACH + 1] = sigma * np.float32(1 / NOISE_SCALE)
    parity = clip.parity[at] if clip.parity else None
    made[-1, slice(parity, None, 2) if parity is not None else slice(None)] = 1
    for offset, flow in chained(lambda picture, side: _step(clip, picture, side), at, REACH):
        found, worth = _brought(own, codes[at + offset], flow, sigma)
        missed = (found - own) * worth
        missed *= np.float32(1 / SCALE)
        made[REACH + offset] += missed
        made[2 * REACH + 2 + (offset + REACH if offset < 0 else offset + REACH - 1)] = worth
    return made


def chroma_window(y: Plane, colours: tuple[Plane, Plane], sigma: float) -> Plane:
    """The input of a chroma network for one picture.

    Args:
        y: (H, W) codes of luma.
        colours: Cb and Cr, codes about 0, at a film's 4:2:0 places (sited left): half of H and W, rounded up.
        sigma: codes of noise in chroma.

    Returns:
        (CHROMA_CHANNELS, h, w) float32: Cb and Cr less their local level, then luma less its own, even lines before odd
        ones and in these even samples before odd ones, in SCALE codes; noise in NOISE_SCALE codes.
    """
    height, width = colours[0].shape
    made = np.empty((CHROMA_CHANNELS, height, width), np.float32)
    for plane, one in zip(made, colours, strict=False):
        np.multiply(one - cv2.blur(one, CHROMA_LEVEL), np.float32(1 / SCALE), out=plane)
    detail = (y - cv2.blur(y, LEVEL)) * np.float32(1 / SCALE)
    below, right = 2 * height - y.shape[0], 2 * width - y.shape[1]
    if below or right:
        detail = cv2.copyMakeBorder(detail, 0, below, 0, right, cv2.BORDER_REPLICATE)
    for number in range(4):
        made[2 + number] = detail[number // 2 :: 2, number % 2 :: 2]
    made[-1] = np.float32(sigma / NOISE_SCALE)
    return made


def _step(clip: Clip, picture: int, side: int) -> Flow | None:
    if clip.motion is None or not 0 <= picture + side < len(clip):
        return None
    return (clip.motion.onward if side == 1 else clip.motion.back)[picture]


def _brought(own: Plane, other: Plane, flow: Flow, sigma: Plane) -> tuple[Plane, Plane]:
    """What a neighbour has at the ends of `flow`, lit like `own`, and what it is worth, 0 to 1."""
    found = fetched(other, flow)
    found = lit_like(found, gain_between(own, found))
    missed = found - own
    error = cv2.blur(missed * missed, COMPARED) - sigma * sigma * np.float32(FETCHED)
    scale = np.float32(-0.5) / (sigma * np.float32(TOLERANCE) + np.float32(FLOOR)) ** 2
    return found, cv2.exp(np.maximum(error, 0) * scale)
