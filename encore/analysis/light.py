"""How is the stage lit: how bright, in which colours, how fast does the light change, and what does it do?"""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis import lightbeam
from encore.analysis.lightbeam import BeamMeter
from encore.analysis.lightcolours import PALETTE, clipped_shares, merged_palette, palette
from encore.analysis.lightevents import Swings, light_events
from encore.analysis.look import Flow, Image, Look
from encore.analysis.part import Numbers
from encore.analysis.question import Column, Question, Rows, ShotFrames, Tape
from encore.core.answers import Light
from encore.core.video import CHROMA_CODES, LUMA_CODES
from encore.media.colour import to_rgb_matrix

_GRID = (60, 40)
"""Cells across and down on which light is compared: 12x12 samples of 720x480, fine enough to be moved with the flow,
coarse enough for noise."""
_FLOOR, _COLOUR_FLOOR = 8.0, 24.0
"""Codes added before logarithms of light, and of its R'G'B' parts, so that noise on black is no change: of sigma 8 in
luma and chroma it moves a black cell by 0.19 and its parts by 0.05-0.09 (standard deviation)."""
_LIT = 24.0
"""Largest of R', G', B' (codes) from which a cell is lit: black cells stay below 13 under noise of sigma 8 in luma and
chroma, the darkest twentieth of tapes of stages is at 4-30."""
_EVERY = 4
"""Tape frames between two looks at colours: shots have six and more."""


class LightQuestion(Question):
    """Notes brightness, colours, clipping, and how the light of each place changes once movement is undone.

    A cell's light is compared with the place it came from by the flow, and with the same place; the smaller change
    counts. So a pan, a walk or a bad flow changes little, and a change of light changes much.
    Cost: 2.0 ms for 720x480 on one core beside the shared flow (measured, AMD EPYC).
    """

    name = "light"
    after = 0
    columns = (
        Column("top", "mean of the top field, share of black to white"),
        Column("bottom", "mean of the bottom field, share of black to white"),
        Column("level", "logarithm of the light of the lit cells, mean; for darkness", kept=False),
        Column("gain", "change of the light of the top field since the frame before, logarithm"),
        Column("between", "change of the light from the top field to the bottom field, logarithm", kept=False),
        Column("change", "change of local light since the frame before, mean size, logarithm"),
        Column("hue", "change of local colour of light since the frame before, mean size, logarithm"),
        Column("sweep", "direction in which a beam goes, right and down, length 1; 0 without any", (2,), kept=False),
        Column("clipped", "share of samples at the upper limit of R', G', B'", (3,)),
        Column("palette", "light colours R'G'B' of a frame with their weights", (PALETTE, 4), kept=False),
    )

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        colour = tape.video.colour
        self._zero, self._span = (0.0, 255.0) if colour.full_range else (16.0, LUMA_CODES)
        self._chroma_span = 255.0 if colour.full_range else CHROMA_CODES
        matrix = "bt601" if colour.matrix == "rgb" else colour.matrix
        self._rgb = to_rgb_matrix(matrix).astype(np.float32)
        self._beam = BeamMeter()
        self._before: NDArray[np.float32] | None = None

    def observe(self, now: Look) -> None:
        """See the next tape frame."""
        small = [_small(now, parity, _GRID) for parity in (0, 1)]
        top, bottom = ((float(planes[0].mean()) - self._zero) / self._span for planes in small)
        self.note(now.number, top=top, bottom=bottom)
        cells = np.stack([self._light(*planes) for planes in small])
        light = cells.max(1)
        level = np.log(light + np.float32(_FLOOR))
        self.note(now.number, level=level[0].mean())
        flow = _steps(now.flow_back)
        self._compare(now.number, flow, cells, light, level)
        self._sweep(now, flow)
        self._before = cells[0]
        if now.number % _EVERY == 0:
            samples = self._light(*_samples(now)).reshape(3, -1) / np.float32(255)
            self.note(now.number, clipped=clipped_shares(samples), palette=palette(samples))

    def _light(self, luma: Image, blue: Image | None = None, red: Image | None = None) -> Image:
        """(3, down, across) R'G'B', 0-255, nothing below black."""
        bright = (np.asarray(luma, np.float32) - np.float32(self._zero)) * np.float32(255 / self._span)
        if blue is None or red is None:
            return np.maximum(np.stack([bright] * 3), 0)
        scale = np.float32(255 / self._chroma_span)
        cb, cr = ((np.asarray(one, np.float32) - np.float32(128)) * scale for one in (blue, red))
        return np.maximum(np.stack([bright + cb * row[1] + cr * row[2] for row in self._rgb]), 0)

    def _sweep(self, now: Look, flow: Flow | None) -> None:
        """Note where a beam goes."""
        if flow is not None:
            right, down = np.median(flow[1::2, 1::2].reshape(-1, 2), 0) / _GRID
            self._beam.follow(float(right), float(down))
        if now.number % lightbeam.EVERY:
            return
        planes = _small(now, 0, lightbeam.SIZE)
        sweep = self._beam.sweep(self._light(*planes).max(0), planes[0] - np.float32(self._zero))
        if sweep is not None:
            self.note(now.number, sweep=sweep)

    def _compare(self, number: int, flow: Flow | None, cells: Image, light: Image, level: Image) -> None:
        """Note how light and colour changed since the frame before, and between the fields."""
        lit = light[0] > _LIT
        paths = [None] if flow is None else [None, flow * np.float32(0.5), flow * np.float32(-0.5)]
        between = _least([level[1] - _moved(level[0], path) for path in paths])
        self.note(number, between=_mean(between, lit | (light[1] > _LIT)))
        if self._before is None or flow is None:
            return
        old = self._before
        old_light = old.max(0)
        seen = lit | (old_light > _LIT)
        old_level = np.log(old_light + np.float32(_FLOOR))
        change = _least([level[0] - old_level, level[0] - _moved(old_level, flow)])
        hue, old_hue = (_hue(one) for one in (cells[0], old))
        moved = np.stack([_moved(one, flow) for one in old_hue])
        turned = np.minimum(*(np.abs(hue - one).sum(0) for one in (old_hue, moved)))
        self.note(
            number, gain=_mean(change, seen), change=_mean(np.abs(change), seen),
            hue=_mean(turned, lit & (old_light > _LIT)),
        )  # fmt: skip

    @classmethod
    def answer(cls, rows: Rows, shot: ShotFrames) -> Light | None:
        """Light over the shot; changes into it are not its own."""
        fields = np.concatenate([rows["top"], rows["bottom"]])
        if not np.isfinite(fields).any():
            return None
        colours, shares = merged_palette(rows["palette"])
        clipped = rows["clipped"][np.isfinite(rows["clipped"]).all(1)]
        events = light_events(Swings.of(rows, shot.scan.order), shot.span, float(shot.tape.rate))
        strobes = [one for one in events if one.kind == "strobe" and one.rate_hz]
        longest = max(strobes, key=lambda one: len(one.span), default=None)
        change = rows["change"][1:]
        red, green, blue = (float(one) for one in clipped.mean(0)) if len(clipped) else (0.0, 0.0, 0.0)
        return Light(
            exposure=float(np.clip(np.nanmean(fields), 0, 1)), colours=colours, colour_shares=shares,
            clipped=(red, green, blue), change=_known_mean(np.expm1(change)), events=events,
            strobe_hz=longest.rate_hz if longest else None,
        )  # fmt: skip


def _known_mean(values: Numbers) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else 0.0


def _mean(values: Image, where: NDArray[np.bool_]) -> float:
    """Mean over the lit places; 0 where there are hardly any."""
    count = int(where.sum())
    return float(values[where].sum() / max(count, 0.02 * where.size)) if count else 0.0


def _least(changes: list[Image]) -> Image:
    """Of several accounts of a change the smallest, place by place."""
    least = changes[0]
    for other in changes[1:]:
        least = np.where(np.abs(other) < np.abs(least), other, least)
    return least


def _steps(flow: Flow | None) -> Flow | None:
    """Flow of the half-size picture as steps of cells."""
    if flow is None:
        return None
    height, width = flow.shape[:2]
    coarse = np.asarray(cv2.resize(flow, _GRID, interpolation=cv2.INTER_AREA), np.float32)
    return coarse * np.array([_GRID[0] / width, _GRID[1] / height], np.float32)


def _small(now: Look, parity: int, size: tuple[int, int]) -> list[Image]:
    """Luma and chroma of a field in another size, codes."""
    planes: list[Any] = [now.luma, *(now.chroma or ())]
    return [np.asarray(cv2.resize(one[parity::2], size, interpolation=cv2.INTER_AREA), np.float32) for one in planes]


_PLACES = np.stack(np.meshgrid(np.arange(_GRID[0]), np.arange(_GRID[1])), 2).astype(np.float32)
"""Where each cell is."""


def _moved(cells: Image, steps: Flow | None) -> Image:
    if steps is None:
        return cells
    return np.asarray(
        cv2.remap(cells, _PLACES + steps, cast(Any, None), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.float32,
    )


def _hue(cells: Image) -> Image:
    """Logarithms of R', G', B' without what they have in common."""
    logs = np.log(cells + np.float32(_COLOUR_FLOOR))
    return np.asarray(logs - logs.mean(0), np.float32)


def _samples(now: Look) -> list[Image]:
    """Single samples of the top field, a quarter of those across: luma, and chroma that lies on them."""
    luma = now.top[::2, ::4]
    if now.chroma is None:
        return [luma]
    size = (luma.shape[1], luma.shape[0])
    chroma = (cv2.resize(one[0::2], size, interpolation=cv2.INTER_NEAREST) for one in now.chroma)
    return [luma, *(np.asarray(one, np.float32) for one in chroma)]
