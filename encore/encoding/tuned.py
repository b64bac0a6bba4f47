"""A codec's recipe at another CRF, and the quicker one that tries it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encore.core.errors import PlanError
from encore.encoding.codecs import Av1, Avc, Hevc

Tuned = Av1 | Hevc | Avc
"""Codecs that have a CRF."""
STEP = 0.25
"""Of the CRF: SVT-AV1 takes quarters since version 4, x264 and x265 any fraction."""
X_SPEEDS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower")
"""Presets of x264 and x265, fastest first."""


@dataclass(frozen=True, slots=True)
class Range:
    """CRFs that are searched, and what to begin with."""

    least: float
    most: float
    first: float
    """Before anything is known of the material."""

    @property
    def grid(self) -> NDArray[np.float64]:
        """All of them, rising."""
        return np.arange(self.least, self.most + STEP / 2, STEP)


RANGES: dict[str, Range] = {"av1": Range(14, 58, 38), "hevc": Range(10, 40, 22), "avc": Range(10, 38, 21)}
"""By codec kind. Below, files grow without anybody seeing it; above, block edges are seen whatever a metric says.
AV1 begins with the median of what eight shots needed for a mean drop of 5, the others with what is used for films."""


def tunable(kind: str) -> bool:
    """Whether a codec has a CRF that can be searched."""
    return kind in RANGES


def at_crf(codec: Tuned, crf: float, faster: int = 0) -> Tuned:
    """The recipe at another CRF, and by so many presets faster.

    Raises:
        PlanError: the CRF is no multiple of `STEP`, or not one that is searched.
    """
    limits = RANGES[codec.kind]
    if not limits.least <= crf <= limits.most or crf % STEP:
        raise PlanError(f"no CRF of {codec.kind}: {crf}", todo=f"choose {limits.least:g} to {limits.most:g}")
    if isinstance(codec, Av1):
        return codec.model_copy(update={"crf": crf, "speed": min(13, codec.speed + faster)})
    place = max(0, X_SPEEDS.index(codec.speed) - faster)
    return codec.model_copy(update={"crf": crf, "speed": X_SPEEDS[place]})


def arguments(codec: Tuned, frames_per_key: int) -> tuple[str, ...]:
    """Arguments for ffmpeg with the exact CRF: its own `-crf` drops the fraction before SVT-AV1 sees it."""
    given = list(codec.arguments(frames_per_key))
    if isinstance(codec, Av1) and "-crf" in given:
        place = given.index("-crf")
        del given[place : place + 2]
        place = given.index("-svtav1-params") + 1
        given[place] = f"crf={codec.crf:g}:{given[place]}"
    return tuple(given)
