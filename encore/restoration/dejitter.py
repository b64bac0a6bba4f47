"""Dejitter: lines that the tape's unsteady speed has displaced sideways are put back, so that edges are straight."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.findings import Shot
from encore.core.time import Span
from encore.core.video import Clip, Plane
from encore.restoration.linewobble import NEIGHBOURS, LineMeter, shifted
from encore.restoration.stage import Filter, Runtime, Stage

_LEAST = 0.02
"""Samples below which a line is left as it is: resampling would cost more sharpness than it gives straightness."""


class Dejitter(Stage):
    """Every line is compared, piece by piece, with the pictures around along motion, and moved by what pieces agree on.

    Only displacement that differs from that of the lines near is jitter; what parts of a line do alone is motion.
    Lines that the de-interlacer made are measured as all others: they have the jitter of where they were fetched.
    """

    kind: Literal["dejitter"] = "dejitter"

    def halo(self) -> int:
        """Pictures that are compared with."""
        return NEIGHBOURS

    def follows(self) -> bool:
        """Lines are compared along motion."""
        return True

    def open(self, runtime: Runtime) -> Filter:
        """Nothing to load."""

        def dejitter(clip: Clip, _shot: Shot, wanted: Span, /) -> Clip:
            meter = LineMeter(clip)
            shifts = [meter.shifts(n) for n in range(wanted.start, wanted.stop)]
            made = clip.cut(wanted)
            y, cb, cr = (
                np.stack([_straightened(p, s, clip.format.width) for p, s in zip(planes, shifts, strict=True)])
                for planes in (made.y, made.cb, made.cr)
            )
            return replace(made, y=y, cb=cb, cr=cr)

        return dejitter


def _straightened(plane: Plane, shifts: NDArray[Any], width: int) -> Plane:
    """A plane of luma or chroma with its lines moved back by `shifts` samples of luma."""
    if not np.any(np.abs(shifts) > _LEAST):
        return plane
    own = cv2.resize(shifts[:, None], (1, len(plane)), interpolation=cv2.INTER_AREA)[:, 0]
    return shifted(plane, own * np.float32(plane.shape[1] / width))
