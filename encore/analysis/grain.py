"""What is new from one field to the next, block by block: noise, once motion is followed in whole samples."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.blocks import DCT, SIDE, SLOPES, Fields, Numbers, blocks_of, clipped, dct, inside, misses, squares
from encore.analysis.look import Image

LEVELS = (16.0, 235.0, 8)
"""Codes of luma, lowest and highest, and how many steps between them are told apart."""
_FLATTEST = 0.3
"""Share of the blocks that is measured: those in which a wrong displacement would show least."""
_FEWEST = 24
"""Blocks below which nothing is said."""
_FEWEST_OF_LEVEL = 12
_OUTLIER = (4.0, 3.0)
"""Times the median energy of blocks, and squared codes of a block beyond, from which a block shows something that
moved: white noise reaches 1.6 times the median."""
_REPEATED = 0.06
"""Energy against that of now below which the frame before was itself repeated: a quarter of the amplitude."""
_MOST_WRONG = 0.9
"""Share of an energy that may be put down to wrong displacements."""
_TRUSTED = 0.25
"""Share of it up to which the noise of a level of luma is told."""
_MEDIAN_OF_SQUARE = 0.4549
"""Median of a squared normal variable of variance 1."""
_TINY = 1e-3

_FREQUENCY = np.add.outer(np.arange(SIDE), np.arange(SIDE))
BANDS = ((_FREQUENCY > 0) & (_FREQUENCY <= 3), (_FREQUENCY > 3) & (_FREQUENCY <= 6), _FREQUENCY > 8)
"""Low, middle and high coefficients of a block."""
_BAND_MEANS = np.stack([band.ravel() / band.sum() for band in BANDS], 1).astype(np.float32)

TRAITS = 14
"""Numbers of `Grain.traits`: energies of what is new in the three bands (0-2), of a single field (3-5), peakedness of
the coefficients, 1 for normal ones (6-8), product with what was new a frame earlier over the energies, middle and
high (9, 10: -0.5 for noise that is new each time), quartiles of the energy of blocks over their median (11, 12), and
the energy that wrong displacements may have left over that of the noise (13)."""


@dataclass(frozen=True, slots=True, eq=False)
class Grain:
    """The noise of one field, or of two of chroma.

    Attributes:
        spectrum: (8, 8) mean energy of DCT coefficients, rows down, columns across, so that white noise of sigma 1 has
            1 everywhere; [0, 0] is 0, because light changes it.
        traits: (TRAITS,).
        levels: energy in each step of luma, nan where there is none to be measured.
        areas: blocks of each step.
    """

    spectrum: Numbers
    traits: Numbers
    levels: Numbers
    areas: Numbers


def grain(fields: Fields, luma: Image | None = None) -> Grain | None:
    """Measure what is new in a field.

    Args:
        fields: of one plane.
        luma: of the same field, where the plane is chroma.

    Returns:
        None where hardly any block can show noise: too small, blank or clipped.
    """
    before, earlier = fields.followed()
    new, mean = dct(blocks_of(fields.now - before)), dct(blocks_of((fields.now + before) * np.float32(0.5)))
    fresh, picture = squares(new) * np.float32(0.5), squares(mean)
    share = misses(fields, new, mean)
    doubt = (picture * (share @ SLOPES)).sum(1)
    usable = inside(fields) & ~clipped(fields.now) & ((fresh.sum(1) > 0) | (picture.sum(1) > _TINY))
    seen = np.flatnonzero(usable)
    if len(seen) < _FEWEST:
        return None
    left = np.asarray((picture - fresh * np.float32(0.5)) * (share @ SLOPES), np.float32)
    chosen = _least(seen, doubt, max(_FEWEST, int(len(seen) * _FLATTEST)))
    old = None if earlier is None else dct(blocks_of(before - earlier)[chosen])
    flat = _least(chosen, picture.sum(1), max(SIDE, len(chosen) // 3))
    single = squares(dct(blocks_of(fields.now)[flat]))
    spectrum, traits = _traits(fresh[chosen], left[chosen], new[chosen], old, single)
    levels, areas = _by_level(_level(fields, luma), fresh, left, doubt, seen)
    return Grain(spectrum.reshape(SIDE, SIDE), traits, levels, areas)


def energy(spectrum: Numbers) -> NDArray[np.float64]:
    """Variance of a sample from (..., 8, 8) spectra; the missing mean is taken to be like its neighbours."""
    spectra = np.asarray(spectrum, np.float64)
    unseen = (spectra[..., 0, 1] + spectra[..., 1, 0]) / 2
    return (spectra.sum((-2, -1)) + unseen) / SIDE**2


def correlations(spectrum: Numbers) -> tuple[float, float]:
    """Correlation of neighbours across and down, from an (8, 8) spectrum; 0 is white."""
    whole = np.asarray(spectrum, np.float64).copy()
    whole[0, 0] = (whole[0, 1] + whole[1, 0]) / 2
    if whole.sum() <= 0:
        return 0.0, 0.0
    step = (DCT[:, :-1] * DCT[:, 1:]).sum(1).astype(np.float64) * SIDE / (SIDE - 1)
    across, down = whole.sum(0) @ step, whole.sum(1) @ step
    return float(np.clip(across / whole.sum(), -1, 1)), float(np.clip(down / whole.sum(), -1, 1))


def _least(among: NDArray[np.intp], measure: Numbers, most: int) -> NDArray[np.intp]:
    """Of some blocks, in order, those with the least of something."""
    if len(among) <= most:
        return among
    return np.sort(among[np.argsort(measure[among], kind="stable")[:most]])


def _level(fields: Fields, luma: Image | None) -> Numbers:
    """Luma of each block, codes."""
    lines, samples = fields.now.shape
    source = fields.now if luma is None else luma
    if source.shape != fields.now.shape:
        source = cv2.resize(source, (samples, lines), interpolation=cv2.INTER_AREA)
    return blocks_of(np.asarray(source, np.float32)).mean((1, 2))


def _by_level(
    level: Numbers, fresh: Numbers, left: Numbers, doubt: Numbers, seen: NDArray[np.intp]
) -> tuple[Numbers, Numbers]:
    low, high, steps = LEVELS
    energies, areas = np.full(steps, np.nan, np.float32), np.zeros(steps, np.float32)
    step = np.clip((level - low) * (steps / (high - low)), 0, steps - 1).astype(np.intp)
    for number in range(steps):
        mine = seen[step[seen] == number]
        areas[number] = len(mine)
        if len(mine) < _FEWEST_OF_LEVEL:
            continue
        chosen = _least(mine, doubt, max(_FEWEST_OF_LEVEL, int(len(mine) * _FLATTEST)))
        spectrum, share = _without(fresh[chosen], left[chosen], _alike(fresh[chosen], 25))
        if share < _TRUSTED:
            energies[number] = energy(spectrum.reshape(SIDE, SIDE))
    return energies, areas


def _without(fresh: Numbers, left: Numbers, kept: NDArray[np.bool_]) -> tuple[Numbers, float]:
    """Mean energies less what wrong displacements left, and the share of that."""
    all_of_it = fresh[kept].mean(0)
    wrong = np.clip(left[kept].mean(0), 0, all_of_it * np.float32(_MOST_WRONG))
    return all_of_it - wrong, float(wrong.sum() / max(float(all_of_it.sum()), _TINY))


def _alike(fresh: Numbers, percentile: float = 50) -> NDArray[np.bool_]:
    """Blocks that do not have several times the energy of the others, or of the calmer among them."""
    sums = fresh.sum(1)
    return sums <= _OUTLIER[0] * np.percentile(sums, percentile) + _OUTLIER[1]


def _traits(
    fresh: Numbers, left: Numbers, new: Numbers, old: Numbers | None, picture: Numbers
) -> tuple[Numbers, Numbers]:
    kept = _alike(fresh)
    mine, sums = fresh[kept], fresh.sum(1)
    spectrum, wrong = _without(fresh, left, kept)
    average = np.maximum(mine.mean(0), _TINY)
    peaked = np.maximum((mine * mine).mean(0) / average**2 / 3, 1 / 6)
    single = np.median(picture, 0) / np.float32(_MEDIAN_OF_SQUARE)
    quartiles = np.percentile(sums, [25, 75]) / max(float(np.median(sums)), _TINY)
    again = np.full(len(BANDS), np.nan, np.float32)
    if old is not None:
        product = (new[kept] * old[kept]).mean(0) * np.float32(0.5) @ _BAND_MEANS
        before, now = (squares(old[kept]) * np.float32(0.5)).mean(0) @ _BAND_MEANS, average @ _BAND_MEANS
        if before.sum() > _REPEATED * now.sum():
            again = product / np.sqrt(np.maximum(before * now, _TINY**2))
    parts = [spectrum @ _BAND_MEANS, single @ _BAND_MEANS, peaked @ _BAND_MEANS, again[1:], quartiles, [wrong]]
    return spectrum, np.concatenate(parts).astype(np.float32)
