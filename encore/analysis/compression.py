"""What has a codec done to the picture: how coarse was it, does its grid show, do edges ring, do gradients band?

`LEVEL` comes from `training.scan.fit_severity`.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.grid import GridFinder, contrast, steps_across
from encore.analysis.look import Image, Look
from encore.analysis.question import Column, Question, Rows, ShotFrames, Tape
from encore.core.answers import Compression as Answer

EVERY = 5
"""Tape frames from one measured frame to the next; with the usual three pictures from P to P, all kinds come up."""
LEVEL = (1.58, 0.43, 3.18, 1.37)
"""log2 of the MPEG-2 quantiser code by ln of the step ratio across, ln of the step in codes, ln of the ratios down,
and a constant: fitted to 14 scenes at quantisers 2-31 and uncompressed (as 1); on 14 others Spearman 0.93."""
_LEAST_STEP = 0.01
"""Codes; smaller steps are chance."""
CLEAN, COARSE = 0.6, 5.6
"""Levels of severity 0 and 1: uncompressed pictures, and more than quantiser 31 shows in most scenes."""
_EDGE, _BUSY = 120.0, 12.0
"""Sobel codes of an edge strong enough to ring; activity counts no more than this, codes: texture is no ringing."""
_FEW = 300
"""Samples that both the bands beside edges and the flat parts must have for ringing to be measured."""
_RINGING_FLOOR, _USUAL = 0.5, 1.25
"""Codes added to both activities; their ratio that is usual in uncompressed
pictures: chosen, medians were 1.15 on the bundled photographs and 1.20 on foreign ones."""
_WINDOW = 32
"""Samples; a gradient is smooth over two of them."""
_RISE = (2.0, 20.0)
"""Codes that a smooth gradient rises by in a window; less is flat, more is modelling or an edge."""
_ROUGH = 3.0
"""Codes, standard deviation that a gradient may have around a straight line."""
_STAIRS = (0.85, 1.7)
"""Share of all change that goes one way; mean height of its steps, codes: 8-bit rounding alone makes steps of 1."""
_FEW_GRADIENTS = 40
"""Windows of a shot below which banding is not told."""


class CompressionQuestion(Question):
    """Measures top fields of every fifth frame; the stream's quantiser is noted of every frame that tells one."""

    name = "compression"
    after = 0
    columns = (
        Column("across", "step across the codec's grid over that beside it; 1 is none"),
        Column("step", "how much the step across the grid exceeds that beside it, codes"),
        Column("down", "the same of lines, both grids of interlaced blocks (8 and 4 field lines), product", kept=False),
        Column("period", "samples from one grid line to the next", kept=False),
        Column("phase", "samples from the left edge to the first grid line", kept=False),
        Column("ringing", "activity beside strong edges over that of flat parts"),
        Column("gradients", "windows that show a smooth gradient", kept=False),
        Column("staircases", "windows of them that are staircases", kept=False),
        Column("quantiser", "mean quantiser, on the stream's own scale"),
    )

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        self._finder: GridFinder | None = None

    def observe(self, now: Look) -> None:
        """See the next tape frame."""
        if now.quantiser is not None:
            self.note(now.number, quantiser=now.quantiser)
        if now.number % EVERY and now.previous is not None:
            return
        lines = now.top
        steps = steps_across(np.ascontiguousarray(lines[::2])).mean(axis=0)
        if self._finder is None:
            self._finder = GridFinder(len(steps))
        grid = self._finder.find(steps)
        gradients, staircases = stairs(lines)
        self.note(
            now.number, across=grid.ratio, step=grid.step, down=_down(lines), period=grid.period, phase=grid.phase,
            ringing=ringing(lines), gradients=gradients, staircases=staircases,
        )  # fmt: skip

    @classmethod
    def answer(cls, rows: Rows, shot: ShotFrames) -> Answer | None:
        """Medians over the measured frames; None where a shot has none."""
        across = rows["across"]
        if not np.isfinite(across).any():
            return None
        blockiness, down = (float(np.exp(np.nanmean(np.log(rows[name])))) for name in ("across", "down"))
        told = rows["quantiser"][np.isfinite(rows["quantiser"])]
        quantiser = float(told.mean()) if len(told) else None
        step = float(np.nanmean(np.log(np.maximum(rows["step"], _LEAST_STEP))))
        level = LEVEL[0] * np.log(blockiness) + LEVEL[1] * step + LEVEL[2] * np.log(down) + LEVEL[3]
        if quantiser is not None:
            # pixels can show what an earlier generation did; the stream cannot undo it
            level = max(level, (level + level_of(quantiser, shot.tape.video.codec)) / 2)
        rings = rows["ringing"][np.isfinite(rows["ringing"])]
        gradients, staircases = (float(np.nansum(rows[name])) for name in ("gradients", "staircases"))
        return Answer(
            blockiness=blockiness,
            ringing=max(0.0, float(np.median(rings)) - _USUAL) if len(rings) else 0.0,
            banding=staircases / gradients if gradients >= _FEW_GRADIENTS else 0.0,
            quantiser=quantiser,
            severity=float(np.clip((level - CLEAN) / (COARSE - CLEAN), 0, 1)),
        )


def level_of(quantiser: float, codec: str) -> float:
    """log2 of the MPEG-2 quantiser code (1-31) whose steps are as coarse as those of this stream.

    Args:
        quantiser: on the stream's own scale.
        codec: FFmpeg's name.
    """
    if codec == "h264":
        return (quantiser - 4) / 6 - 1  # H.264: the step doubles every 6, and is 1 at 4 (ITU-T H.264, 8.5.9)
    return float(np.log2(max(quantiser / 2, 0.5)))  # MPEG-1/2/4: told as twice the code (ISO 13818-2, 7.4.2.2)


def ringing(lines: Image) -> float:
    """Curvature of lines 3-8 samples beside strong edges over that far from any; NaN where there is not enough."""
    codes = np.clip(lines, 0, 255).astype(np.uint8)
    edges = (cv2.convertScaleAbs(cv2.Sobel(codes, cv2.CV_16S, 1, 0)) > _EDGE).astype(np.uint8)
    beside = cv2.dilate(edges, np.ones((3, 5), np.uint8))
    around = cv2.dilate(edges, np.ones((5, 17), np.uint8))
    curved = cv2.absdiff(cv2.addWeighted(lines[:, :-2], 0.5, lines[:, 2:], 0.5, 0), lines[:, 1:-1])
    active = np.minimum(curved, np.float32(_BUSY / 2))
    band = cv2.subtract(around, beside)[:, 1:-1]
    flat = cv2.subtract(np.ones_like(around), around)[:, 1:-1]
    if min(cv2.countNonZero(band), cv2.countNonZero(flat)) < _FEW:
        return float("nan")
    in_band, in_flat = (2 * float(cv2.mean(active, np.ascontiguousarray(mask))[0]) for mask in (band, flat))
    return (in_band + _RINGING_FLOOR) / (in_flat + _RINGING_FLOOR)


def stairs(lines: Image) -> tuple[int, int]:
    """Windows of every eighth line that show a smooth gradient, and how many of them are staircases."""
    rows = lines[4::8]
    if rows.shape[1] < 2 * _WINDOW + 1 or not len(rows):
        return 0, 0
    soft = cv2.blur(lines, (9, 5))[4::8]
    rise = _over(np.diff(soft, axis=1))
    left, right = rise[:, :-2], rise[:, 2:]
    least = np.minimum(np.abs(left), np.abs(right))
    most = np.maximum(np.abs(left), np.abs(right))
    change = np.diff(rows, axis=1)
    rough = _over((rows[:, 1:] - soft[:, 1:]) ** 2) / _WINDOW
    calm = np.maximum(rough[:, :-2], rough[:, 2:]) < _ROUGH**2
    gradient = (left * right > 0) & (least > _RISE[0]) & (most < _RISE[1]) & (most < 3 * least) & calm
    net, all_change, energy = np.abs(_over(change)), _over(np.abs(change)), _over(change**2)
    stair = (net >= _STAIRS[0] * all_change) & (energy >= _STAIRS[1] * all_change)
    return int(gradient.sum()), int((gradient & stair[:, :-2] & stair[:, 2:]).sum())


def _over(change: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sums over windows that start every half window."""
    half = _WINDOW // 2
    count = change.shape[1] // half
    pieces = change[:, : count * half].reshape(len(change), count, half).sum(axis=2)
    return pieces[:, :-1] + pieces[:, 1:]


def _down(lines: Image) -> float:
    profile = steps_across(np.ascontiguousarray(lines[:, ::2].T)).mean(axis=0)
    return contrast(profile, 8) * contrast(profile, 4) if len(profile) >= 16 else 1.0
