"""How hard is a shot to encode and to restore?"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from encore.analysis.look import Codes, Image, Look
from encore.analysis.part import Numbers
from encore.analysis.question import Column, Question, Rows, ShotFrames, Tape
from encore.core.answers import Complexity

BLOCK = 32
"""Samples of a block each way, as VCA has it (Menon et al., MMSys 2022)."""
_HIGH = 95
"""Percentile that stands for the busiest frames; the maximum, which P.910 takes, would tell of a single flash."""


def spatial_information(field: Image) -> float:
    """SI of one picture, codes: standard deviation of its Sobel gradient without the rim (ITU-T P.910, 7.7).

    Args:
        field: (H, W) codes, at least 3x3.
    """
    across, down = cv2.Sobel(field, cv2.CV_32F, 1, 0), cv2.Sobel(field, cv2.CV_32F, 0, 1)
    # in place, and not by OpenCV's magnitude, which depends on where in memory a picture lies
    np.multiply(across, across, out=across)
    np.multiply(down, down, out=down)
    np.add(across, down, out=across)
    steepness = np.sqrt(across, out=across)
    return float(cv2.meanStdDev(steepness[1:-1, 1:-1])[1][0, 0])


def temporal_information(field: Image, before: Image) -> float:
    """TI of one picture, codes: standard deviation of its difference to the one before (ITU-T P.910, 7.7)."""
    return float(cv2.meanStdDev(cv2.subtract(field, before))[1][0, 0])


def texture(picture: Codes, block: int = BLOCK) -> Image:
    """Weighted energy of the DCT of every whole block, codes per sample.

    H = sum over (i, j) but (0, 0) of exp|(i j / n^2)^2 - 1| |DCT(i, j)|, divided by n^2 (Menon et al., "VCA: Video
    Complexity Analyzer", MMSys 2022; their further division by a constant of their scale is left out).

    Args:
        picture: (H, W) codes; at least a block each way.
        block: n.

    Returns:
        (H // n, W // n).
    """
    rows, columns = picture.shape[0] // block, picture.shape[1] // block
    whole = picture[: rows * block, : columns * block].astype(np.float32)
    blocks = np.ascontiguousarray(whole.reshape(rows, block, columns, block).transpose(0, 2, 1, 3))
    basis, weights = _basis(block)
    # block by block: larger products would wake the threads of BLAS, which cost ten times the work here
    spectrum = np.abs(basis @ blocks @ basis.T)
    return np.asarray((spectrum * weights).sum((2, 3)) / block**2, np.float32)


@cache
def _basis(block: int) -> tuple[Image, Image]:
    """The orthonormal DCT-II and the weights of its coefficients."""
    at = np.arange(block)
    basis = np.cos(np.pi / block * (at[None] + 0.5) * at[:, None]) * np.sqrt(2 / block)
    basis[0] /= np.sqrt(2)
    weights = np.exp(np.abs((np.outer(at, at) / block**2) ** 2 - 1))
    weights[0, 0] = 0
    return basis.astype(np.float32), weights.astype(np.float32)


class ComplexityQuestion(Question):
    """Notes SI and TI of the top field, and texture and its change on the top field at half width.

    Cost: 1.4 ms for 720x480 on one core (measured, AMD EPYC).
    """

    name = "complexity"
    before, after = 1, 0
    columns = (
        Column("si", "spatial information of the top field (ITU-T P.910), codes"),
        Column("ti", "temporal information of the top field against the one before (ITU-T P.910), codes"),
        Column("dct_energy", "mean of the blocks' weighted DCT energy (E of VCA), codes per sample"),
        Column("dct_change", "mean change of the blocks' weighted DCT energy (h of VCA), codes per sample"),
    )

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        self._before: Image | None = None

    def observe(self, now: Look) -> None:
        """See the next tape frame."""
        self.note(now.number, si=spatial_information(now.top))
        if now.previous is not None:
            self.note(now.number, ti=temporal_information(now.top, now.previous.top))
        energy = texture(now.half, min(BLOCK, *now.half.shape))
        self.note(now.number, dct_energy=energy.mean())
        if self._before is not None:
            self.note(now.number, dct_change=np.abs(energy - self._before).mean())
        self._before = energy

    @classmethod
    def answer(cls, rows: Rows, shot: ShotFrames) -> Complexity | None:
        """Means and 95th percentiles; changes into the shot are not its own."""
        del shot
        si, energy = _known(rows["si"]), _known(rows["dct_energy"])
        if not len(si):
            return None
        ti, change = _known(rows["ti"][1:]), _known(rows["dct_change"][1:])
        return Complexity(
            si_mean=float(si.mean()), si_p95=_busiest(si), ti_mean=_mean(ti), ti_p95=_busiest(ti),
            dct_energy=float(energy.mean()), dct_change=_mean(change),
        )  # fmt: skip


def _known(column: Numbers) -> Numbers:
    return column[np.isfinite(column)]


def _mean(values: Numbers) -> float:
    return float(values.mean()) if len(values) else 0.0


def _busiest(values: Numbers) -> float:
    """The 95th percentile, never the largest of several."""
    return float(np.percentile(values, _HIGH, method="lower")) if len(values) else 0.0
