"""Which tape frames are not what the camera saw: shown twice, frozen, missing, black, or with one field of them so?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.faults import faults_of
from encore.analysis.look import Codes, Flow, Look
from encore.analysis.part import Parts
from encore.analysis.question import Column, Question, ShotFrames, Tape
from encore.core.findings import Analysis, Fault, Scan
from encore.core.time import Span
from encore.tape.fieldstats import FieldStats
from encore.tape.scan import breaks

FINE = (12, 8)
"""Cells across and down whose movement is how far a frame moved: 60 samples wide and high on a 720x480 tape."""
GRID = (8, 6)
"""The same in which the movement of the top field is kept."""
COARSE = (6, 4)
"""The same of the bottom field, which is the second witness; both take 576 bytes per frame."""
_TO_SAMPLES = 2.0
"""A step of `half` in tape samples, across and down (two woven lines)."""
_PIECE, _MARGIN = 1200, 48
"""Tape frames of a shot that are judged at once, and how many around them are looked at: memory stays flat."""


class _Dis(Protocol):
    """What we use of OpenCV's dense flows."""

    def calc(self, before: Codes, after: Codes, flow: None, /) -> Any: ...  # noqa: ANN401 - OpenCV's own


class FramesQuestion(Question):
    """Notes how far each field moved from the one of the same parity before it; faults are told where shots are known.

    Cost: 1.6 ms for 720x480 on one core beside the shared flow, and 1.3 ms when faults are told (measured, EPYC).
    """

    name = "frames"
    before, after = 2, 0  # in tiny pictures the first flow that OpenCV is asked for differs from later ones
    columns = (
        Column("motion", "how far the top field moved since the frame before, 92nd percentile of 96 cells, samples"),
        Column("light", "brightest hundredth of the top field at 90x60, codes"),
        Column("own", "0: the frame before is shown, because the tape has none of its own here"),
        Column("top", "movement of the top field per cell, samples right and down", (GRID[1], GRID[0], 2), kept=False),
        Column("bottom", "the same of the bottom field", (COARSE[1], COARSE[0], 2), kept=False),
    )

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        self._flow = cast(_Dis, cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST))
        self._clahe = cv2.createCLAHE(clipLimit=4.0, tileGridSize=(6, 4))
        self._bottom: Codes | None = None

    def observe(self, now: Look) -> None:
        """See the next tape frame."""
        tiny = cv2.resize(now.half, (90, 60), interpolation=cv2.INTER_AREA)
        self.note(now.number, light=np.percentile(tiny, 99), own=float(now.own))
        height, width = now.bottom.shape
        small = cv2.resize(
            now.planes[0][1::2], (max(16, width // 4), max(16, height // 2)), interpolation=cv2.INTER_AREA
        )
        if small.dtype != np.uint8:
            small = np.minimum(small * np.float32(2.0 ** (8 - now.depth)), 255).astype(np.uint8)
        bottom = cast(Codes, self._clahe.apply(small))
        back = now.flow_back
        if back is not None and self._bottom is not None:
            fine, top = _cells(back, FINE, _TO_SAMPLES), _cells(back, GRID, _TO_SAMPLES)
            below = _cells(self._flow.calc(bottom, self._bottom, None), COARSE, 2 * _TO_SAMPLES)
            length = np.hypot(fine[..., 0], fine[..., 1])
            self.note(now.number, motion=np.percentile(length, 92), top=top, bottom=below)
        self._bottom = bottom

    @classmethod
    def over_tape(cls, parts: Parts, analysis: Analysis, shots: Sequence[ShotFrames]) -> Mapping[str, object]:
        """Faults of all shots, added to those known; steps over cuts and inside dissolves are of no shot."""
        found = list(analysis.faults)
        for shot in shots:
            for span in shot.span.pieces(_PIECE):
                near = Span(
                    start=max(shot.span.start, span.start - _MARGIN), stop=min(shot.span.stop, span.stop + _MARGIN)
                )
                film = shot.scan.mode == "film"
                rows = parts.rows("frames", near), parts.rows("fields", near)
                faults = faults_of(*rows, near.start, judged=not film)
                if film:
                    faults += _stumbles(parts, near, shot.scan)
                found += [fault for fault in faults if fault.span.start in span]
        return {"faults": tuple(sorted(found, key=lambda fault: (fault.span.start, fault.span.stop)))}


def _stumbles(parts: Parts, span: Span, scan: Scan) -> list[Fault]:
    """Where the 3:2 pattern of a film breaks."""
    stats = FieldStats(**parts.rows("fields", span))
    places = breaks(stats, Span(start=0, stop=len(span)), scan)
    return [
        Fault(
            kind="cadence break", span=Span(start=span.start + at, stop=span.start + at + 1), score=0.7, repair="look"
        )
        for at in places
    ]


def _cells(flow: Flow, grid: tuple[int, int], scale: float) -> NDArray[np.float32]:
    """Mean movement of each cell from the frame before to this one, samples."""
    return np.asarray(cv2.resize(flow, grid, interpolation=cv2.INTER_AREA) * np.float32(-scale), np.float32)
