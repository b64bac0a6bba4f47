"""Which macroblocks of a picture are not what the encoder saw? Pure arithmetic on half-size fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.look import Codes, Flow

Blocks = NDArray[np.float32]
"""(rows, columns) of macroblocks, 16 samples and 16 lines of the frame each; rests at the rims are left out."""
Mask = NDArray[np.bool_]

SIDE = 8
"""Samples and lines of a macroblock in a half-size field."""
_SHARP = 12.0
"""Codes by which the step at a macroblock's side must exceed the slopes beside it."""
_USUAL_TIMES, _SHARPEST = 1.5, 26.0
"""Times the sharpest hundredth of steps in the middle of macroblocks, which only compression makes; and the most that
is asked, codes: damage has sharp steps there too."""
_OTHER, _OTHER_TIMES = 14.0, 5.0
"""Codes of motion-compensated difference that no picture shows, and times the picture's median: cuts and flashes
change all of it."""
_IMPOSSIBLE = -70.0
"""Codes of R' and B' below which a colour cannot have been filmed: all three planes lost at 0 are at -179 and -226."""
_GREY = 2.0
"""Codes that lost blocks may be off mid grey, 128 in all planes, and may vary within."""
_LEVEL_DOWN, _UNEVEN_ACROSS = 0.8, 2.0
"""Mean change from line to line, and from sample to sample, of rows drawn out of the last line that was decoded."""
_SIDES_NEW, _SEEDS = 2, 0.3
"""New sharp sides that one block of a damaged patch must have, and share of its blocks that must have one."""
_SMEARED, _SMEARED_ROWS = 0.85, 3
"""Share of the blocks of a row that must be drawn out, and rows on end."""


def means(plane: NDArray[Any]) -> Blocks:
    """Means of blocks of `SIDE` samples."""
    rows, columns = plane.shape[0] // SIDE, plane.shape[1] // SIDE
    whole = plane[: rows * SIDE, : columns * SIDE].astype(np.float32)
    return cast(Blocks, cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA))


def sharp_sides(half: Codes) -> NDArray[np.uint8]:
    """(rows, columns): how many of the four sides of each block of a half-size field are sharp; none at the rim.

    Coarse quantisers make steps too, but just as many in the middle of macroblocks, between the transform's blocks.
    """
    turned = np.ascontiguousarray(half.T)
    left, up = _steps(half, 0), _steps(turned, 0).T
    inside = np.concatenate([_steps(half, SIDE // 2).ravel(), _steps(turned, SIDE // 2).ravel()])
    usual = float(np.partition(inside, -1 - len(inside) // 100)[-1 - len(inside) // 100])
    enough = min(max(_SHARP, _USUAL_TIMES * usual), _SHARPEST)
    lefts, ups = (left > enough).astype(np.uint8), (up > enough).astype(np.uint8)
    found = lefts + ups
    found[:, :-1] += lefts[:, 1:]
    found[:-1] += ups[1:]
    return found


def _steps(half: Codes, inside: int) -> Blocks:
    """Per block, codes by which the step before its sample `inside` exceeds the slopes beside it; 0 at the rim."""
    rows, columns = half.shape[0] // SIDE, half.shape[1] // SIDE
    found = np.zeros((rows, columns), np.float32)
    first = 0 if inside else 1
    picture = half[: rows * SIDE].astype(np.int16)
    at = slice(first * SIDE + inside, columns * SIDE, SIDE)
    outer, inner, own, next_ = (picture[:, at.start + k : at.stop + k : SIDE] for k in (-2, -1, 0, 1))
    slope = np.maximum(np.abs(inner - outer), np.abs(next_ - own))
    shape = (rows, SIDE, columns - first)
    step = (own - inner).reshape(shape).mean(axis=1, dtype=np.float32)
    found[:, first:] = np.abs(step) - slope.reshape(shape).mean(axis=1, dtype=np.float32)
    return found


def difference(half: Codes, other: Codes, flow: Flow, grid: Flow) -> Blocks:
    """Mean difference of each block from where the flow finds it in another picture, codes."""
    moved = cv2.remap(other, grid + flow, cast(Any, None), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return means(cv2.absdiff(half, cast(Codes, moved)))


def unlike(differences: Blocks) -> Mask:
    """Blocks that differ much more than pictures do, and than this one does as a whole."""
    return differences > max(_OTHER, _OTHER_TIMES * float(np.median(differences)))


def lost(planes: Sequence[Blocks], spread: Blocks) -> Mask:
    """Blocks that the decoder left empty: of no colour that exists, or mid grey without any content.

    Args:
        planes: block means of luma, or luma, Cb, Cr, codes.
        spread: mean change from sample to sample and line to line, codes.
    """
    luma = planes[0]
    if len(planes) < 3:
        return (np.abs(luma - 128) < _GREY) & (spread == 0)
    cb, cr = planes[1] - 128, planes[2] - 128
    light = 1.164 * (luma - 16)
    impossible = (light + 1.596 * cr < _IMPOSSIBLE) & (light + 2.017 * cb < _IMPOSSIBLE)  # ITU-R BT.601
    grey = (np.abs(luma - 128) < _GREY) & (np.abs(cb) < _GREY) & (np.abs(cr) < _GREY) & (spread < _GREY / 8)
    return impossible | grey


def smeared(across: Blocks, down: Blocks) -> Mask:
    """Rows of blocks that repeat one line downwards: three or more on end, over nearly all the width.

    Args:
        across: mean change from sample to sample, codes.
        down: mean change from line to line, codes.
    """
    rows = ((down < _LEVEL_DOWN).mean(axis=1) >= _SMEARED) & (across.mean(axis=1) > _UNEVEN_ACROSS)
    kernel = np.ones((_SMEARED_ROWS, 1), np.uint8)
    runs = cv2.morphologyEx(rows.astype(np.uint8)[:, None], cv2.MORPH_OPEN, kernel, borderValue=0)
    return np.repeat(runs.astype(bool), across.shape[1], axis=1)


def grown(other: Mask, rise: NDArray[np.int16]) -> Mask:
    """Patches of blocks that differ from the frame before and got sharp sides where there were none.

    Args:
        other: blocks that differ.
        rise: sharp sides that each has more than before.
    """
    count, labels = cv2.connectedComponents(other.astype(np.uint8), connectivity=8)
    patch: NDArray[np.int32] = np.asarray(labels, np.int32)
    size = np.bincount(patch.ravel(), minlength=count)
    seeds = np.bincount(patch[rise >= 1], minlength=count)
    corners = np.bincount(patch[rise >= _SIDES_NEW], minlength=count)
    damaged = (seeds >= _SEEDS * size) & (corners >= 1)
    damaged[0] = False
    return damaged[patch]


def clustered(mask: Mask, sure: Mask) -> Mask:
    """Blocks that touch another, also at a corner, or are sure by themselves."""
    neighbours = cv2.filter2D(
        mask.astype(np.float32), cv2.CV_32F, np.ones((3, 3), np.float32), borderType=cv2.BORDER_CONSTANT
    )
    return mask & ((neighbours >= 2) | sure)


def boxes(mask: Mask) -> list[tuple[int, int, int, int]]:
    """Runs of damaged blocks of each row as (left, top, right, bottom) in samples and lines of the frame."""
    padded = np.pad(mask, ((0, 0), (1, 1))).astype(np.int8)
    turns = np.diff(padded, axis=1)
    rows, starts = np.nonzero(turns == 1)
    _, stops = np.nonzero(turns == -1)
    size = 2 * SIDE
    return [
        (int(start) * size, int(row) * size, int(stop) * size, (int(row) + 1) * size)
        for row, start, stop in zip(rows, starts, stops, strict=True)
    ]
