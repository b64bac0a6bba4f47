"""Subcarrier: what is left in a picture of the colour subcarrier that composite video once mixed with it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.look import Look
from encore.core.video import Plane

ACROSS, DOWN = 16, 4
"""Samples and field lines of a block: four periods of the subcarrier, and as few lines as tell its phase sequence."""
_LINE = 13.5
"""MHz, sampling of 720 and 704 samples a line (BT.601)."""
_STILL = (1.5, 3.0)
"""A block is still where its mean changes by less than this many codes, and its samples by less than this many times
what the quietest quarter of the picture does."""
_COLOURED = 14.0
"""Codes between neighbouring blocks' chroma, or from neutral, from which dots must show if there are any."""
_DETAILED = 2.5
"""Codes of luma at the subcarrier frequency from which false colour must show if there is any."""
_LIMIT = 150.0
"""Squared codes that one block may add: a few that move must not outweigh all others, nor hide them in their spread."""
_SURE = 3.5
"""Standard errors above chance that are told."""
LEAST_DOTS, LEAST_RAINBOW = 0.14, 0.4
"""Codes below which a codec's own alternation cannot be ruled out: without a fault, false colour of 0.21-0.29 was
measured after MPEG-2."""
_FEWEST = 12
"""Blocks of a field below which it says nothing."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """A colour subcarrier as sampled.

    Attributes:
        step: cycles per sample.
        lines: at which quarters of a cycle per field line it lies.
        other: quarters at which it does not, for comparison.
        sign: +1 where it inverts from frame to frame (NTSC), -1 where it does every other frame (PAL).
        gain: squared amplitude over what `alternating` measures of it in luma, and in chroma.
    """

    step: float
    lines: tuple[int, ...]
    other: tuple[int, ...]
    sign: int
    gain: tuple[float, float]


def carrier_of(width: int, height: int) -> Carrier | None:
    """The subcarrier of a raster; None where its samples are too few to carry one."""
    clock = _LINE * (1.0 if width >= 704 else width / 720)
    pal = height in (576, 288)
    step = (4.43361875 if pal else 3.579545) / clock
    if step > 0.42:
        return None
    if pal:
        return Carrier(step, (1, 3), (0, 2), -1, (2.0, 1.0))
    return Carrier(step, (2,), (1, 3), 1, (1.0, 0.25))


@dataclass(frozen=True, slots=True)
class Residue:
    """Sums over the blocks of a field; residues add up.

    Attributes:
        power: squared amplitude, codes, summed.
        spread: sum of its squares.
        blocks: how many.
    """

    power: float
    spread: float
    blocks: float

    def packed(self) -> NDArray[np.float32]:
        """As one row of numbers."""
        return np.array([self.power, self.spread, self.blocks], np.float32)

    @classmethod
    def summed(cls, rows: NDArray[np.float32]) -> Residue:
        """From packed rows; rows of nan are left out."""
        return cls(*(float(number) for number in np.nansum(rows.reshape(-1, 3).astype(np.float64), 0)))

    def amplitude(self, least: float) -> float:
        """Root of the mean power, codes; 0 where it may be chance, or is less than `least`."""
        if self.blocks < _FEWEST:
            return 0.0
        mean = self.power / self.blocks
        error = np.sqrt(max(self.spread / self.blocks - mean**2, 0) / self.blocks)
        return float(np.sqrt(mean)) if mean > max(_SURE * error, least**2) else 0.0


_NOTHING = Residue(0, 0, 0)


def residues(looks: Sequence[Look], carrier: Carrier) -> tuple[Residue, Residue]:
    """Dots in luma along colour, and false colour on fine luma, in the still parts of the top field.

    Args:
        looks: a frame and the three before it, newest first; with chroma.
        carrier: of the tape.
    """
    fields = [_whole(look.top) for look in looks]
    still = _still(fields)
    if still.sum() < _FEWEST:
        return _NOTHING, _NOTHING
    waves = [_waves(field, carrier.step) for field in fields]
    chroma = [_chroma(look, still.shape) for look in looks]
    change = _alternating([np.abs(waves[0] - wave) ** 2 for wave in waves[1:]], carrier)
    dots = change[list(carrier.lines)].sum(0) - change[list(carrier.other)].mean(0) * len(carrier.lines)
    first = chroma[0]
    blocks = [cv2.resize(plane, still.shape[::-1], interpolation=cv2.INTER_AREA) for plane in first]
    colour = np.max([_contrast(plane) for plane in blocks], 0)
    detail = np.sqrt((np.abs(waves[0]) ** 2).sum(0)) * 2
    false = np.zeros(still.shape, np.float32)
    for number in (0, 1):
        squares = [(first[number] - planes[number]) ** 2 for planes in chroma[1:]]
        small = [cv2.resize(one, still.shape[::-1], interpolation=cv2.INTER_AREA) for one in squares]
        false += _alternating(small, carrier)
    return (
        _pooled(dots * carrier.gain[0], still & (colour > _COLOURED)),
        _pooled(false * carrier.gain[1], still & (detail > _DETAILED)),
    )


def _whole(field: Plane) -> Plane:
    """A field cut to whole blocks."""
    height, width = field.shape
    return field[: height // DOWN * DOWN, : width // ACROSS * ACROSS]


def _still(fields: Sequence[Plane]) -> NDArray[np.bool_]:
    """Blocks in which nothing but noise and subcarrier changes over the frames."""
    height, width = fields[0].shape
    size = (width // ACROSS, height // DOWN)
    means = [cv2.resize(field, size, interpolation=cv2.INTER_AREA) for field in fields]
    steady = np.ones(size[::-1], np.bool_)
    for one in means[1:]:
        steady &= np.abs(means[0] - one) < _STILL[0]
    change = np.abs(fields[0] - fields[2])
    busy = cv2.resize(change, size, interpolation=cv2.INTER_AREA)
    return steady & (busy < _STILL[1] * (np.percentile(busy, 25) + 0.5))


def _waves(field: Plane, step: float) -> NDArray[np.complex64]:
    """(4, rows, columns) of blocks: what a field has at the subcarrier across and 0 to 3 quarters of a cycle down."""
    height, width = field.shape
    at = np.arange(ACROSS)
    window = np.hanning(ACROSS + 2)[1:-1]
    wave = window / window.sum() * np.exp(-2j * np.pi * step * at)
    pair = np.stack([wave.real, wave.imag], 1).astype(np.float32)
    lines = (field.reshape(-1, ACROSS) @ pair).reshape(height // DOWN, DOWN, width // ACROSS, 2)
    found = np.fft.fft(lines[..., 0] + 1j * lines[..., 1], axis=1) / DOWN
    return np.moveaxis(found, 1, 0).astype(np.complex64)


def _alternating(changes: Sequence[NDArray[Any]], carrier: Carrier) -> NDArray[Any]:
    """Power that comes and goes with the subcarrier's sequence, from changes over 1, 2 and 3 frames.

    Noise changes as much over any of them, and steady motion over 2 as over 1 and 3 on the mean.
    """
    one, two, three = changes
    return ((one + three) / 2 - two) * carrier.sign


def _chroma(look: Look, shape: tuple[int, ...]) -> tuple[Plane, Plane]:
    """Both planes of the top field, cut to blocks of luma."""
    assert look.chroma is not None
    first, second = (plane[0::2] for plane in look.chroma)
    height, width = look.top.shape
    rows = max(shape[0], first.shape[0] * shape[0] * DOWN // height)
    columns = max(shape[1], first.shape[1] * shape[1] * ACROSS // width)
    return first[:rows, :columns], second[:rows, :columns]


def _contrast(blocks: Plane) -> Plane:
    """Difference of each block's chroma to its neighbours'."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    return cv2.dilate(blocks, cross) - cv2.erode(blocks, cross)


def _pooled(power: NDArray[Any], mask: NDArray[np.bool_]) -> Residue:
    some = np.clip(power[mask].astype(np.float64), -_LIMIT, _LIMIT)
    return Residue(float(some.sum()), float((some**2).sum()), float(len(some)))
