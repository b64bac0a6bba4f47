"""Targets and losses: what the maps should say of the faces of a view, and how wrong they are."""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from encore.analysis.facemaps import FURTHEST, STEP, UNIT
from training.facefinder.views import SIDE, View

CELLS = SIDE // STEP
"""Places on a side of the maps."""
REGION = 0.54
"""Share of a box's sides whose places learn of the face (TTFNet, Liu et al. 2020, which needs a seventh of the steps of
detectors that choose places by chance)."""
BOX, POINTS = 3.0, 12.0
"""Weights of boxes and landmarks against the score's. With 2 and 5, landmarks lay 0.09 of a face's size away after
1,600 steps, most of it the whole face moved as one."""
BEND = 0.03
"""Share of a face's size where the penalty of landmarks turns from a parabola to a line."""


@dataclass(frozen=True)
class Targets:
    """What maps should say; (N, ..., CELLS, CELLS).

    Attributes:
        score: (N, h, w) 1 at the middle of a face, falling to its sides.
        counts: (N, h, w) 0 where faces are neither right nor wrong.
        share: (N, h, w) of a place in what is said of its face; they add up to 1 for every face.
        box: (N, 4, h, w) left, top, right, bottom.
        points: (N, 10, h, w) x, y of the landmarks.
        worth: (N, h, w) of the landmarks.
    """

    score: Tensor
    counts: Tensor
    share: Tensor
    box: Tensor
    points: Tensor
    worth: Tensor


def targets(views: Sequence[View], device: torch.device) -> Targets:
    """What the maps should say of views."""
    maps = np.zeros((len(views), 18, CELLS, CELLS), np.float32)
    maps[:, 1] = 1
    for view, into in zip(views, maps, strict=True):
        _fill(view, into)
    made = torch.from_numpy(maps).to(device)
    return Targets(made[:, 0], made[:, 1], made[:, 2], made[:, 4:8], made[:, 8:18], made[:, 3])


def _fill(view: View, into: NDArray[np.float32]) -> None:
    """In place; the small faces last, for they are before the large ones."""
    areas = np.prod(view.boxes[:, 2:] - view.boxes[:, :2], axis=1)
    for n in np.argsort(-areas):
        left, top, right, bottom = (view.boxes[n] / STEP).tolist()
        if not view.sure[n]:
            into[1, _span(top, bottom), _span(left, right)] = 0
    for n in np.argsort(-areas):
        if not view.sure[n]:
            continue
        left, top, right, bottom = (view.boxes[n] / STEP).tolist()
        x, y = (min(CELLS - 1, max(0, int((a + b) / 2))) for a, b in ((left, right), (top, bottom)))
        reach = [int(REGION * (b - a) / 2) for a, b in ((left, right), (top, bottom))]
        falls = [np.exp(-(np.arange(-r, r + 1, dtype=np.float32) ** 2) / (2 * ((2 * r + 1) / 6) ** 2)) for r in reach]
        rows, columns = slice(max(0, y - reach[1]), y + reach[1] + 1), slice(max(0, x - reach[0]), x + reach[0] + 1)
        bell = falls[1][:, None] * falls[0][None]
        bell = bell[max(0, reach[1] - y) :, max(0, reach[0] - x) :][: CELLS - rows.start, : CELLS - columns.start]
        part = into[:, rows, columns]
        np.maximum(part[0], bell, out=part[0])
        part[1] = 1
        part[2] = bell / bell.sum()
        known = bool(np.isfinite(view.landmarks[n]).all())
        part[3] = view.worth[n] if known else 0
        part[4:8] = view.boxes[n][:, None, None]
        part[8:18] = np.nan_to_num(view.landmarks[n]).reshape(10, 1, 1)


def _span(low: float, high: float) -> slice:
    return slice(max(0, int(low)), max(0, int(high) + 1))


def penalty(maps: Tensor, true: Targets) -> dict[str, Tensor]:
    """How wrong maps are: `score`, `box`, `points`, each per face, and their weighted `sum`.

    Args:
        maps: (N, 15, h, w) float32.
        true: what they should say.
    """
    faces = (true.score == 1).sum().clamp_min(1)
    score = _focal(maps[:, 0], true) / faces
    at = (torch.arange(CELLS, device=maps.device) + 0.5) * STEP
    place = torch.stack([at[None].expand(CELLS, CELLS), at[:, None].expand(CELLS, CELLS)])
    sides = UNIT * maps[:, 1:5].clamp(-4, FURTHEST).exp()
    box = torch.cat([place - sides[:, :2], place + sides[:, 2:]], 1)
    missed = (_eiou(box, true.box) * true.share).sum() / faces
    size = ((sides[:, 0] + sides[:, 2]) * (sides[:, 1] + sides[:, 3])).sqrt().detach()
    points = place.repeat(5, 1, 1) + maps[:, 5:] * size[:, None]
    width, height = true.box[:, 2] - true.box[:, 0], true.box[:, 3] - true.box[:, 1]
    unit = (width * height).sqrt().clamp_min(1)[:, None]
    off = functional.smooth_l1_loss(points / unit, true.points / unit, beta=BEND, reduction="none").mean(1)
    landmarks = (off * true.share * true.worth).sum() / faces
    return {"score": score, "box": missed, "points": landmarks, "sum": score + BOX * missed + POINTS * landmarks}


def _focal(logit: Tensor, true: Targets) -> Tensor:
    """Penalty of scores, gentle beside the middle of a face (CornerNet, Law and Deng 2018)."""
    likely = logit.sigmoid()
    peak = -functional.logsigmoid(logit) * (1 - likely) ** 2
    rest = -functional.logsigmoid(-logit) * likely**2 * (1 - true.score) ** 4
    return (torch.where(true.score == 1, peak, rest) * true.counts).sum()


def _eiou(made: Tensor, true: Tensor) -> Tensor:
    """(N, h, w) 1 less the share of the union, plus distances of middles and sides (EIoU, Zhang et al. 2022)."""
    low, high = torch.maximum(made[:, :2], true[:, :2]), torch.minimum(made[:, 2:], true[:, 2:])
    common = (high - low).clamp_min(0).prod(1)
    ours, theirs = made[:, 2:] - made[:, :2], true[:, 2:] - true[:, :2]
    union = ours.prod(1) + theirs.prod(1) - common
    around = torch.maximum(made[:, 2:], true[:, 2:]) - torch.minimum(made[:, :2], true[:, :2])
    squares = around.square().clamp_min(1e-3)
    middle = (made[:, :2] + made[:, 2:] - true[:, :2] - true[:, 2:]) / 2
    away = middle.square().sum(1) / squares.sum(1) + ((ours - theirs).square() / squares).sum(1)
    return 1 - common / union.clamp_min(1e-3) + away
