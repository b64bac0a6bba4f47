"""Superres: what a network adds to a picture that was enlarged classically, luma and chroma, in codes of the tape."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from encore.core.video import CHROMA_CODES, Clip, Colour, Plane
from encore.media.colour import gather_chroma, primaries_matrix, shift, spread_chroma, to_bt709, to_rgb_matrix
from encore.motion.light import BLACK
from encore.restoration.invention import SCALE as TIMES
from encore.restoration.invention import enlarged
from encore.restoration.networks import Network
from encore.restoration.window import SCALE, chroma_window, window

PICTURE_MOST = 0.6
"""Share of the detail of a network made for pictures of any kind that is taken at most: it knows nothing of the tape,
and makes what pictures usually have."""
COARSE = 4
"""Samples and lines of the tape for which colour is looked at once: it is needed for a factor only."""
STEP = 0.02
"""Of luma, four codes: the size of fine detail."""
WHITE = 255.0
"""Code that is 1 to such a network."""


def luma_detail(network: Network, clip: Clip, codes: Sequence[Plane], at: int, sigma: Plane) -> Plane:
    """What the network adds to luma enlarged by `enlarged`: (4H, 4W) codes.

    Args:
        network: for luma, or for pictures of any kind.
        clip: around the picture, with motion if there is any.
        codes: luma of its pictures, codes.
        at: position of the picture.
        sigma: (H, W) codes of noise in the pictures.
    """
    if network.card.task == "picture":
        return _picture_detail(network, codes[at])
    made = network(window(clip, codes, at, sigma)[None])[0, 0]
    return np.multiply(made, np.float32(SCALE), dtype=np.float32)


def _picture_detail(network: Network, own: Plane) -> Plane:
    """Of a grey picture, whatever the network makes of colour."""
    grey = (own - np.float32(BLACK)) * np.float32(1 / (WHITE - BLACK))
    np.clip(grey, 0, 1, out=grey)
    made: Plane = network(np.repeat(grey[None, None], network.card.inputs, 1))[0].mean(0, dtype=np.float32)
    made *= np.float32(WHITE - BLACK)
    made += np.float32(BLACK)
    size = (TIMES * own.shape[1], TIMES * own.shape[0])
    if made.shape != size[::-1]:
        made = cv2.resize(made, size, interpolation=cv2.INTER_CUBIC)
    # what its range of 0 to 1 has cut off the picture is not missing detail
    made -= enlarged(np.clip(own, np.float32(BLACK), np.float32(WHITE)))
    made *= np.float32(PICTURE_MOST)
    return made


def chroma_detail(network: Network, y: Plane, colours: tuple[Plane, Plane], colour: Colour, sigma: float) -> Plane:
    """What the network adds to Cb and Cr: (2, 2H, 2W) codes at 4:2:0 places of a film four times as large.

    Args:
        network: for chroma.
        y: (H, W) codes of luma.
        colours: Cb and Cr, -0.5 to 0.5, in the tape's own places.
        colour: of the tape.
        sigma: codes of noise in chroma.
    """
    cb, cr = (_gathered(plane, (y.shape[0], y.shape[1]), colour) * np.float32(CHROMA_CODES) for plane in colours)
    made = network(chroma_window(y, (cb, cr), sigma)[None])[0, :, : 2 * y.shape[0], : 2 * y.shape[1]]
    return np.multiply(made, np.float32(SCALE), dtype=np.float32)


def _gathered(plane: Plane, size: tuple[int, int], colour: Colour) -> Plane:
    """Chroma at the 4:2:0 places of a picture of that size, sited left; whole samples also where the size is odd."""
    half = (-(-size[0] // 2), -(-size[1] // 2))
    if plane.shape == half and colour.siting == "left":
        return plane
    full = spread_chroma(plane, size, colour.siting)
    full = cv2.copyMakeBorder(full, 0, size[0] % 2, 0, size[1] % 2, cv2.BORDER_REPLICATE)
    return gather_chroma(full, half, 2)


def chroma_to_bt709(colour: Colour) -> Plane:
    """(2, 2) by which small changes of Cb and Cr become those of BT.709: exact for matrices, for primaries at grey."""
    light = primaries_matrix(colour.primaries, "bt709")
    whole = np.linalg.inv(to_rgb_matrix("bt709")) @ light @ to_rgb_matrix(colour.matrix)
    return whole[1:, 1:].astype(np.float32)


def luma_to_bt709(planes: tuple[Plane, Plane, Plane], colour: Colour) -> Plane | None:
    """By how much luma of BT.709 changes with the tape's, place by place: (H / 4, W / 4); None: by as much everywhere.

    Matrices leave changes of luma alone as they are. Primaries do so at grey only: under saturated red or blue light,
    BT.709 of SMPTE-C changes by 0.7.
    """
    if colour.primaries == "bt709":
        return None
    size = tuple(max(1, n // COARSE) for n in planes[0].shape)
    y, cb, cr = (cv2.resize(plane, size[::-1], interpolation=cv2.INTER_AREA) for plane in planes)
    low, high = (to_bt709((y + np.float32(step), cb, cr), colour)[0] for step in (-STEP, STEP))
    return (high - low) * np.float32(0.5 / STEP)


def resited(plane: Plane, size: tuple[int, int]) -> Plane:
    """Chroma detail, sited left, at another size (h, w), sited left."""
    if plane.shape == size:
        return plane
    # both lie a quarter of their own step left of the middle that resizing keeps
    moved = shift(plane, (plane.shape[1] / size[1] - 1) / 4, 0.0) if plane.shape[1] != size[1] else plane
    return fitted(moved, size)


def fitted(plane: Plane, size: tuple[int, int]) -> Plane:
    """A picture enlarged already, at another size (h, w): means of areas where it shrinks, cubic where it grows.

    Its finest detail is larger than that of a tape's picture, so that a cubic keeps it.
    """
    small = (min(plane.shape[0], size[0]), min(plane.shape[1], size[1]))
    if plane.shape != small:
        plane = cv2.resize(plane, small[::-1], interpolation=cv2.INTER_AREA)
    return plane if small == size else cv2.resize(plane, size[::-1], interpolation=cv2.INTER_CUBIC)
