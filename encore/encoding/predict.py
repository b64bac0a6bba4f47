"""What CRF will a shot need? Learned while the job runs, from its shots that are finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encore.encoding.curve import TYPICAL_BITS, TYPICAL_SLOPE, Curve, Point

Numbers = NDArray[np.float64]
CENTRES = (2.0, 1.5, 0.3, 0.12, -0.55, 0.0)
SCALES = (0.4, 0.6, 0.1, 0.14, 0.55, 0.1)
"""Median and spread of every feature over eight shots, generated and real; only to bring them to one scale. That of
faces is an assumption, for none were told there."""
RIDGE = 1.0
"""Weight of the expectation that features do not matter, in shots."""
KNOWN = 4
"""Shots before a prediction may spare a probe."""
SURE = 1.0
"""CRF: typical error, every shot predicted from all others, below which it may."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What to expect of a shot before it is tried."""

    crf: float
    slope: float = TYPICAL_SLOPE
    """Of ln(0.5 + drop) per CRF."""
    bits: float = TYPICAL_BITS
    """Of log2(bytes) per CRF."""
    sure: bool = False
    """Shots like it were predicted well: one probe is enough if it hits."""


class Predictor:
    """Ridge regression of the CRF over features; shots are learned in the order of the film.

    Args:
        first: CRF to begin with.
    """

    def __init__(self, first: float) -> None:
        self._first = first
        self._rows: list[Numbers] = []
        self._crfs: list[float] = []
        self._slopes: list[float] = []
        self._bits: list[float] = []

    def learn(self, features: Sequence[float], crf: float, curve: Curve) -> None:
        """Remember what a shot needed."""
        self._rows.append(_row(features))
        self._crfs.append(crf)
        if len(curve.crfs) > 1:
            self._slopes.append(curve.slope)
            self._bits.append(curve.bits)

    def guess(self, features: Sequence[float]) -> Guess:
        """What a shot will need."""
        if not self._rows:
            return Guess(self._first)
        rows, wanted = np.array(self._rows), np.array(self._crfs)
        middle = (self._first + wanted.sum()) / (1 + len(wanted))
        inverse = np.linalg.inv(rows.T @ rows + RIDGE * np.eye(rows.shape[1]))
        weights = inverse @ rows.T @ (wanted - middle)
        hat: Numbers = ((rows @ inverse) * rows).sum(axis=1)
        left_out: Numbers = (wanted - middle - rows @ weights) / np.maximum(1e-6, 1 - hat)
        error = float(np.sqrt(np.mean(left_out**2)))
        sure = len(wanted) >= KNOWN and error < SURE
        slope = float(np.median(self._slopes)) if self._slopes else TYPICAL_SLOPE
        bits = float(np.median(self._bits)) if self._bits else TYPICAL_BITS
        return Guess(float(middle + _row(features) @ weights), slope, bits, sure)


class Bias:
    """How encodes differ from what probes said of them: running medians, learned from pairs of the same CRF."""

    def __init__(self) -> None:
        self._losses: list[float] = []
        self._bits: list[float] = []

    def learn(self, probed: Point, real: Point) -> None:
        """Remember a pair."""
        self._losses.append(float(np.log(0.5 + real.drop) - np.log(0.5 + probed.drop)))
        self._bits.append(float(np.log2(max(1.0, real.bytes)) - np.log2(max(1.0, probed.bytes))))

    def corrected(self, probed: Point) -> Point:
        """What the encode will be."""
        if not self._losses:
            return probed
        gain = float(np.exp(np.median(self._losses)))
        drop, strain = (max(0.0, (0.5 + loss) * gain - 0.5) for loss in (probed.drop, probed.strain))
        weight = probed.bytes * float(np.exp2(np.median(self._bits)))
        return probed.model_copy(update={"drop": drop, "strain": strain, "bytes": weight})


def _row(features: Sequence[float]) -> Numbers:
    return np.append((np.array(features) - CENTRES) / SCALES, 1.0)
