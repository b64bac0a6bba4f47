"""How much detail has the tape kept, and what tape is it, by what it makes of edges?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from encore.analysis.edgenets import halo_of, sigma_of
from encore.analysis.edgestack import BINS, ROW, EdgeStack, edge_stack
from encore.analysis.edgewidth import edge_features
from encore.analysis.look import Look
from encore.analysis.part import Parts
from encore.analysis.question import Column, Question, Rows, ShotFrames
from encore.core.answers import Sharpness
from encore.core.findings import Analysis
from encore.core.video import CHROMA_STEPS

EVERY = 5
"""Tape frames between measured ones; the shortest shot has one."""
_LUMA_STEP, _CHROMA_STEP = 10.0, 8.0
"""Codes of a step that counts; dark stages have few steps above 20."""
_ERROR = 0.12
"""Standard error of the response above which a stack says nothing: -12 dB is 0.25."""
_FALLEN = 0.25
"""-12 dB."""
_REACHES = 1.6
"""Frequency of -12 dB over that of -6 dB, at most: 1.41 for a Gaussian, 1.2 for a tape, 2.0 for a single pole."""
_FULL_RASTER = 720
"""Samples of a line that make Nyquist 6.75 MHz (BT.601)."""
_GAUSSIAN = 0.53
"""Share of Nyquist at which a Gaussian of sigma 1 is 12 dB down; calculated."""
_CLEAR = (0.5, 4.0)
"""Blur of the sharpest pictures a raster carries without aliasing, and of mush: sixteen samples from dark to light."""
_SHOTS = 3
"""Measured shots below which nothing is said about the tape."""
_BEST = 75
"""Percentile of the shots' luma bandwidths that is the tape's; the camera's focus limits the others."""
_UNDER, _DIRECT = 0.11, 0.14
"""Chroma bandwidth of colour-under tape (VHS, S-VHS, Hi8) at most, and of anything better at least. For 320 kHz most
shots measured 0.05-0.09, a few with busy colours 0.16-0.21, so the median of shots decides; for 1.7 MHz 0.22-0.28."""
_TAPES = ((0.265, "VHS EP"), (0.335, "VHS LP"), (0.45, "VHS SP"), (0.8, "S-VHS or Hi8"))
"""Luma bandwidth below which a colour-under tape is what: medians measured for truths of 0.21, 0.28, 0.36 and 0.62
are 0.23, 0.31, 0.35 and 0.54."""
_FINE = 0.45
"""Luma bandwidth that broadcast and DVD reach; 0.58 measured for a truth of 0.85."""


class SharpnessQuestion(Question):
    """Stacks the edges of every fifth frame's top field; a shot's stacks together tell its response."""

    name = "sharpness"
    before, after = 0, 0
    columns = (
        Column("blur", "sigma of the blur at edges of the top field, samples across"),
        Column("halo", "overshoot beside edges of the top field, share of the step"),
        Column("luma", "summed spectrum of its lone sharp edges, an EdgeStack", (ROW,), kept=False),
        Column("chroma", "the same of the edges of Cb and Cr", (ROW,), kept=False),
    )

    def observe(self, now: Look) -> None:
        """See the next tape frame."""
        if now.number % EVERY:
            return
        features = edge_features(now.top)
        if features is None:
            return
        self.note(now.number, blur=sigma_of(features), halo=halo_of(features))
        stack = edge_stack(now.top, _LUMA_STEP)
        if stack:
            self.note(now.number, luma=stack.packed())
        colour = [edge_stack(plane[0::2], _CHROMA_STEP) for plane in now.chroma or ()]
        coloured = [one.packed() for one in colour if one]
        if coloured:
            self.note(now.number, chroma=np.sum(coloured, 0))

    @classmethod
    def answer(cls, rows: Rows, shot: ShotFrames) -> Sharpness | None:
        """None where a shot has too few edges to tell."""
        blurs = rows["blur"][np.isfinite(rows["blur"])]
        if not len(blurs):
            return None
        blur = float(np.median(blurs))
        luma, chroma = _measured(rows["luma"]), _measured(rows["chroma"])
        return Sharpness(
            blur_sigma=blur,
            luma_bandwidth=min(1.0, _GAUSSIAN / blur) if luma is None else _bandwidth(luma.response()),
            chroma_bandwidth=None if chroma is None else _bandwidth(chroma.response()) * _chroma_share(shot),
            halo=float(np.nanmedian(rows["halo"])),
            clarity=float(np.clip(np.log(_CLEAR[1] / blur) / np.log(_CLEAR[1] / _CLEAR[0]), 0, 1)),
        )

    @classmethod
    def over_tape(cls, parts: Parts, analysis: Analysis, shots: Sequence[ShotFrames]) -> Mapping[str, object]:
        """What the tape probably is, by the shots that were measured."""
        del parts
        found = [
            (one.sharpness, about.tape.video.width / _FULL_RASTER)
            for one, about in zip(analysis.shots, shots, strict=True)
            if one.sharpness
        ]
        if len(found) < _SHOTS:
            return {"medium": ""}
        luma = float(np.percentile([answer.luma_bandwidth * clock for answer, clock in found], _BEST))
        coloured = [answer.chroma_bandwidth * clock for answer, clock in found if answer.chroma_bandwidth is not None]
        return {"medium": medium(luma, float(np.median(coloured)) if len(coloured) >= _SHOTS else None)}


def medium(luma: float, chroma: float | None) -> str:
    """What a tape probably is, in words.

    Args:
        luma: bandwidth, share of 6.75 MHz.
        chroma: the same; None where it is not known.

    Returns:
        "" where luma and chroma contradict each other or one of them is missing.
    """
    if chroma is None or _UNDER < chroma < _DIRECT:
        return ""
    if chroma >= _DIRECT:
        return "broadcast or DVD" if luma >= _FINE else ""
    return next((name for below, name in _TAPES if luma < below), "")


def _measured(rows: NDArray[np.float32]) -> EdgeStack | None:
    """The stack of a shot; None where it is too noisy."""
    stack = EdgeStack.summed(rows)
    return stack if stack.edges and stack.error() < _ERROR else None


def _crossing(response: NDArray[np.float64], level: float) -> float:
    """Share of Nyquist at which a response falls below a level; 1 where it does not."""
    below = np.flatnonzero(response < level)
    if not len(below):
        return 1.0
    at = int(below[0])
    # between two bins as a Gaussian does: its logarithm falls with the square of frequency
    high, low = np.log(response[at - 1]), np.log(max(response[at], 1e-3))
    share = (high - np.log(level)) / max(high - low, 1e-9)
    return float(np.sqrt((at - 1) ** 2 + share * (at**2 - (at - 1) ** 2)) / (BINS - 1))


def _bandwidth(response: NDArray[np.float64]) -> float:
    """-12 dB, but no further than a response that has halved can reach: what lies beyond is noise and texture."""
    return min(_crossing(response, _FALLEN), _REACHES * _crossing(response, 0.5))


def _chroma_share(shot: ShotFrames) -> float:
    """Chroma's Nyquist frequency over luma's."""
    return 1 / CHROMA_STEPS[shot.tape.video.chroma][0]
