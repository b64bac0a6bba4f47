"""Blocks of fields against the fields before them, followed in whole samples, and their discrete cosines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.look import Flow, Image

Numbers = NDArray[np.float32]
SIDE = 8
"""Samples of a block, as codecs have them."""
_ERROR = 0.35
"""Usual error of a displacement of a sample or more, samples of the tape; in proportion for less. White noise of sigma
2 on twelve photographs, moved and still, measured 5 % too much with 0.3 and 2 % with 0.4."""
_RIM = 8
"""Samples at the rim of a field that are left out: blanking, filters and what moved in from outside."""
_STUCK = 0.25
"""Share of a block's samples on the very code of black or white, with none beyond, that tells of clipping; noise of
sigma 1 around black has 0.38 there, but also as many samples below it."""
_CUT_OFF = 0.03
"""Share of samples on the last codes of the range above which noise is cut off: that of sigma 8 around black."""
_GAIN_FLOOR = 4.0
"""Codes above black below which a change of light cannot be told from noise."""

_NOTHING = np.zeros(0, np.float32)
"""For arguments of OpenCV that are left out."""
_STEP = np.arange(SIDE, dtype=np.float32)


def _dct_matrix() -> Numbers:
    matrix = np.sqrt(2 / SIDE) * np.cos(np.pi * (2 * _STEP[None] + 1) * _STEP[:, None] / (2 * SIDE))
    matrix[0] /= np.sqrt(2)
    return matrix.astype(np.float32)


DCT = _dct_matrix()
"""Orthonormal DCT-II: rows are frequencies, so that white noise of sigma 1 has coefficients of sigma 1."""
_BOTH_WAYS = np.ascontiguousarray(np.kron(DCT, DCT).T)
"""The same down and across, for blocks of 64 samples in a row: one product of matrices instead of two turns."""
_SLOPE = (np.pi * _STEP / SIDE) ** 2
"""Energy of the gradient of each of its cosines, per sample of displacement."""
SLOPES = np.stack([np.tile(_SLOPE, SIDE), np.repeat(_SLOPE, SIDE), np.ones(SIDE * SIDE)]).astype(
    np.float32
) / np.float32(2)
"""(3, 64) what a squared displacement across and down, and a squared change of light, leave of each energy, halved."""


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """Fields of the same parity: now, a frame ago, two frames ago, and the way from each to the one before it."""

    now: Image
    before: Image
    move: Flow
    earlier: Image | None = None
    move_before: Flow | None = None
    neutral: float = 16.0
    """Code from which light multiplies: black, or 128 for chroma."""

    def followed(self) -> tuple[Image, Image | None]:
        """The fields before as seen from this one."""
        back = _sources(self.move)
        before = _fetched(self.before, back)
        if self.earlier is None or self.move_before is None:
            return before, None
        return before, _fetched(_fetched(self.earlier, _sources(self.move_before)), back)


def displacement(flow: Flow, shape: tuple[int, ...]) -> Flow:
    """Flow of `Look.half` for the fields of a plane, in their samples.

    Args:
        flow: any size.
        shape: lines and samples of the fields.
    """
    wide, high = shape[1] / flow.shape[1], shape[0] / flow.shape[0]
    scaled = np.asarray(flow * np.array([wide, high], np.float32), np.float32)
    if flow.shape[:2] == shape:
        return scaled
    return np.asarray(cv2.resize(scaled, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)


def _sources(move: Flow) -> NDArray[np.int16]:
    """Where each sample comes from; whole samples, so that no noise is averaged away."""
    at = cv2.add(move, _grid(*move.shape[:2]))
    return cast("NDArray[np.int16]", cv2.convertMaps(at, _NOTHING, cv2.CV_16SC2, nninterpolation=True)[0])


def _fetched(image: Image, sources: NDArray[np.int16]) -> Image:
    return cast(Image, cv2.remap(image, sources, _NOTHING, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE))


@cache
def _grid(height: int, width: int) -> Numbers:
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.stack([across, down], 2)


def blocks_of(image: NDArray[np.float32]) -> Numbers:
    """(n, 8, 8) whole blocks, row by row."""
    rows, columns = image.shape[0] // SIDE, image.shape[1] // SIDE
    cut = image[: rows * SIDE, : columns * SIDE].reshape(rows, SIDE, columns, SIDE)
    return np.ascontiguousarray(cut.transpose(0, 2, 1, 3)).reshape(-1, SIDE, SIDE)


def dct(blocks: Numbers) -> Numbers:
    """(n, 64) coefficients, columns of a row together."""
    return cast(Numbers, cv2.gemm(blocks.reshape(-1, SIDE * SIDE), _BOTH_WAYS, 1, _NOTHING, 0))


def squares(coefficients: Numbers) -> Numbers:
    """Energies of coefficients; that of the mean is left out, because light changes it."""
    squared = coefficients * coefficients
    squared[:, 0] = 0
    return squared


def _middles(fields: Fields) -> tuple[Flow, Numbers]:
    """Displacement and place of the middle of each block."""
    rows, columns = fields.now.shape[0] // SIDE, fields.now.shape[1] // SIDE
    half = SIDE // 2
    move = fields.move[half::SIDE, half::SIDE][:rows, :columns].reshape(-1, 2)
    return move, _grid(*fields.now.shape)[half::SIDE, half::SIDE][:rows, :columns].reshape(-1, 2)


def misses(fields: Fields, new: Numbers, mean: Numbers) -> Numbers:
    """(n, 3) squared displacement that is missed across and down, and squared change of light, for each block.

    Whole samples miss the true displacement by up to a half, and the flow misses it too; light multiplies the picture
    by as much as it does its mean. Times `SLOPES` and the picture's energy that is what they leave in the difference
    (halved, as `Grain.spectrum` is). The mean of two fields knows nothing of the noise in their difference, so that
    choosing blocks by it does not choose little noise.
    """
    move, _ = _middles(fields)
    moved = np.minimum((move * move).sum(1, keepdims=True), 1)
    missed = (move - np.rint(move)) ** 2 + np.float32(_ERROR**2) * moved
    lit = np.maximum(np.abs(mean[:, :1] / SIDE - np.float32(fields.neutral)), np.float32(_GAIN_FLOOR))
    return np.concatenate([missed, (new[:, :1] / SIDE / lit) ** 2], 1).astype(np.float32)


def inside(fields: Fields) -> NDArray[np.bool_]:
    """Blocks that lie, and come from, inside the field; half a rim for fields of chroma and other small ones."""
    move, at = _middles(fields)
    height, width = fields.now.shape
    rim = min(_RIM, height // 16, width // 16)
    low, high = np.array([rim, rim]), np.array([width - 1 - rim, height - 1 - rim])
    within = (at > low) & (at < high) & (at + move > low) & (at + move < high)
    return np.asarray(within.all(1), np.bool_)


def clipped(image: Image) -> NDArray[np.bool_]:
    """Blocks that lie on black, white or the limits of the code, where noise is cut off."""
    black = (_share(image == 16) > _STUCK) & (_share(image < 16) == 0)
    white = (_share(image == 235) > _STUCK) & (_share(image > 235) == 0)
    return black | white | (_share((image <= 1) | (image >= 254)) > _CUT_OFF)


def _share(hits: NDArray[np.bool_]) -> Numbers:
    """Share of the samples of each block that are hits."""
    rows, columns = hits.shape[0] // SIDE, hits.shape[1] // SIDE
    whole = hits[: rows * SIDE, : columns * SIDE].astype(np.float32)
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.float32).ravel()
