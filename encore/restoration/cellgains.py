"""By how much does a shot's light change from picture to picture, cell by cell, whatever moves in it?"""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.video import LUMA_CODES, Clip, Plane
from encore.motion.flow import Flow, fetched

Cells = NDArray[Any]
"""(down, across) float32: one number for each cell of a picture."""

CELLS = (12, 8)
"""Cells across and down of what comes out: 60x60 samples of 720x480, half the width over which light is one."""
_FINE = (24, 16)
"""Cells that are compared: 30x30 samples of 720x480, over which noise of sigma 8 averages to 0.3 codes."""
_SMALL = 180
"""Samples per line at which pictures are compared, a quarter of 720: a sixteenth of the work, and motion within a cell
still counts."""
_FLOOR = 3.0
"""Codes added to both sides of a ratio, so that noise in black is no change of light."""
_LIT = 12.0
"""Codes above black at which a cell counts half: noise and black-level drift of 0.3 codes are 2 % of it."""
_SURE = 0.004
"""Logarithm of light: what noise of sigma 4 leaves of a cell at 30 codes, calculated; cells that differ less inside
count alike."""
_ALIKE = 0.01
"""Logarithm of light by which a cell may differ from those around it before it counts half: a third of the
strongest flicker that is expected (3 %)."""
_REACH = 2.5
"""Fine cells (standard deviation) over which light is one, a tenth of the picture: what moves in a cell is outvoted."""
_COMMON = 0.05
"""Weight of the whole picture's change beside that of a place, in weights of a usual cell: decides only where a place
holds nothing to see."""
_EFFECT = 0.06
"""Logarithm of light by which a cell whose content matches stands out when a lamp shines on it alone: twice the
strongest flicker that is expected (3 %), a sixth of a blinking lamp of 40 %."""
_ROUNDS = 3
"""Of weighing again, from the whole picture's change to that of every place."""


class LightStep(NamedTuple):
    """How light changes from one picture to the next, by cells."""

    change: Cells
    """Logarithm of the light of the next picture over that of this one."""
    stirred: Cells
    """Share of the cells around whose light changes alone, as under a beam: 0 to 1."""


def light_steps(clip: Clip) -> list[LightStep]:
    """Of every picture but the last, to the next one.

    Cost: 1.3 core-ms for each pair at 720x480.
    """
    small = [_reduced(plane) for plane in clip.y]
    return [_step(small[n], small[n + 1], _reduced_flow(clip, n, small[n])) for n in range(len(clip) - 1)]


def _reduced(plane: Plane) -> Plane:
    step = max(1, round(plane.shape[1] / _SMALL))
    size = (max(1, plane.shape[1] // step), max(1, plane.shape[0] // step))
    return np.maximum(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), 0) * np.float32(LUMA_CODES)


def _reduced_flow(clip: Clip, number: int, small: Plane) -> Flow | None:
    """Flow from picture `number` to the next, for its reduced plane."""
    flow = clip.motion.onward[number] if clip.motion else None
    if flow is None:
        return None
    height, width = small.shape
    steps = np.array([width / flow.shape[1], height / flow.shape[0]], np.float32)
    return cv2.resize(flow, (width, height), interpolation=cv2.INTER_NEAREST) * steps


def _step(one: Plane, other: Plane, flow: Flow | None) -> LightStep:
    moved = other if flow is None else np.maximum(fetched(other, flow), 0)
    change = moved - one
    light, mean, size = (_celled(plane) for plane in (moved + one, change, np.abs(change)))
    light = light * np.float32(0.5) + np.float32(_FLOOR)
    ratio = np.clip(mean / light, -1.5, 1.5)
    # 2 atanh(x / 2) is the logarithm of the ratio of both lights
    ratio = np.log1p(ratio / 2) - np.log1p(-ratio / 2)
    spread = (size - np.abs(mean)) / light
    trust = light * light / (light * light + np.float32(_LIT**2)) / (np.float32(_SURE**2) + spread * spread)
    trust *= np.float32(_SURE**2)
    agreed = _agreed(ratio, trust)
    alone = _spread(trust * (np.abs(ratio - agreed) > _EFFECT)) / (_spread(trust) + np.float32(1e-3))
    return LightStep(*(cv2.resize(cells, CELLS, interpolation=cv2.INTER_AREA) for cells in (agreed, alone)))


def _celled(plane: Plane) -> Cells:
    return cv2.resize(plane, _FINE, interpolation=cv2.INTER_AREA)


def _agreed(found: Cells, trust: Cells) -> Cells:
    """What cells around every place agree on; those that stand out count little."""
    usual = np.float32(_COMMON) * trust.mean() + np.float32(1e-6)
    agreed: Cells = np.full_like(found, _weighted_median(found, trust))
    for _ in range(_ROUNDS):
        off = (found - agreed) * np.float32(1 / _ALIKE)
        weight = trust / (1 + off * off)
        common = (weight * found).sum() / (weight.sum() + np.float32(1e-6))
        agreed = (_spread(weight * found) + usual * common) / (_spread(weight) + usual)
    return agreed


def _spread(cells: Cells) -> Cells:
    return cv2.GaussianBlur(cells, (0, 0), _REACH, borderType=cv2.BORDER_REFLECT_101)


def _weighted_median(values: Cells, weights: Cells) -> float:
    order: NDArray[np.intp] = np.argsort(values, axis=None, kind="stable")
    summed: NDArray[np.float64] = np.cumsum(weights.ravel()[order], dtype=np.float64)
    return float(values.ravel()[order][min(int((summed < summed[-1] / 2).sum()), len(order) - 1)])
