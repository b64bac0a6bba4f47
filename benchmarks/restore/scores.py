"""All columns of one film of one tape: fidelity, steadiness, colour, and agreement with the tape."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from benchmarks.repair.recording import Planes
from benchmarks.repair.scores import resting
from benchmarks.restore.contenders import Film
from benchmarks.restore.taping import Taped
from benchmarks.restore.vmaf import vmaf
from encore.core.video import Plane
from encore.metrics.colour import hue_drift
from encore.metrics.fidelity import psnr, ssim
from encore.metrics.temporal import seen_by_both, static_flicker, warping_error
from encore.motion.flow import Flow, Follower
from training.scenes import TIMES

RIM = 32
"""Samples along the edges that are not compared: eight of the tape, what lies there comes from outside."""
STILL = 0.02
"""Share of a picture that must rest for its flicker to be told."""
BLOCK = (32, 16)
"""Samples and lines of a field in which a film has to agree with the tape."""
QUIET = 0.5
"""Share of the tape's noise that a block is taken to have at least."""
TRUTH_CHANGES = 0.05
"""Squared codes that truth is taken to change by at least, so that a picture that rests can be divided by."""


@dataclass(frozen=True)
class Scores:
    """Of one film; None where the tape does not allow the question."""

    psnr: float
    """Of luma, dB."""
    ssim: float
    """Of luma."""
    neg: float
    """VMAF NEG."""
    v1: float
    """VMAF v1."""
    warping: float
    """Squared codes of change along the truth's motion."""
    truth_warping: float
    """The same of the truth."""
    flicker: float | None
    """Standard deviation over time of luma where nothing moves, codes."""
    hue: float | None
    """Degrees that coloured places are off."""
    chroma: float
    """PSNR of Cb and Cr, dB, their mean."""
    back: float
    """Sigmas between what the tape would hold of the film and what it holds; root mean square. A sigma is what there is
    between it and the truth: noise and codec."""
    back_worst: float
    """The 95th percentile over blocks."""

    @property
    def relative_warping(self) -> float:
        """E*: change along motion, over that of the truth."""
        return self.warping / max(self.truth_warping, TRUTH_CHANGES)

    def told(self) -> str:
        """In one line, PSNR left out."""
        flicker = "" if self.flicker is None else f", flicker {self.flicker:.2f}"
        hue = "" if self.hue is None else f", hue {self.hue:.2f}°"
        return (
            f"SSIM {self.ssim:.4f}, VMAF-NEG {self.neg:.1f}, v1 {self.v1:.1f}, E_warp {self.warping:.1f}, "
            f"E* {self.relative_warping:.2f}{flicker}{hue}, chroma {self.chroma:.2f} dB, "
            f"back {self.back:.2f} ({self.back_worst:.2f})"
        )


class Judge:
    """Compares films of one tape; what concerns the truth alone is found once.

    Args:
        tape: with its truth.

    `band_limited` is the PSNR of luma, dB, of the truth itself with nothing finer than the tape has samples for: more
    is only to be had from many pictures together, or by knowing what things look like.
    """

    def __init__(self, tape: Taped) -> None:
        self.truth, self._tape = tape.truth, tape
        lumas = [planes[0] for planes in tape.truth]
        follower = Follower()
        flows = [follower.between(one, other) for one, other in pairwise(lumas)]
        self._onward: list[Flow] = [there for there, _ in flows]
        self._seen = [_inner_only(seen_by_both(there, back)) for there, back in flows]
        self._resting = _inner_only(resting(tape.truth))
        self._truth_warping = warping_error(lumas, self._onward, self._seen) or 0.0
        self._fields = tape.fields()
        self._noise = self._misses(lumas)
        self.input_flicker = self._of_tape()
        self.band_limited = _mean(psnr(inner(one), inner(_limited(one))) for one in lumas)

    def fidelity(self, planes: Sequence[Planes]) -> float:
        """Mean PSNR of luma, dB."""
        return _mean(psnr(inner(one[0]), inner(other[0])) for one, other in zip(planes, self.truth, strict=True))

    def scores(self, film: Film) -> Scores:
        """Every column."""
        pairs = list(zip(film.planes, self.truth, strict=True))
        lumas = [planes[0] for planes in film.planes]
        hues = [hue_drift(_colour(one), _colour(other)) for one, other in pairs]
        judged = vmaf(film.planes, self.truth)
        misses, level = self._misses(lumas), float(self._noise.mean())
        return Scores(
            psnr=self.fidelity(film.planes),
            ssim=_mean(ssim(inner(one[0]), inner(other[0])) for one, other in pairs),
            neg=judged["neg"],
            v1=judged["v1"],
            warping=warping_error(lumas, self._onward, self._seen) or 0.0,
            truth_warping=self._truth_warping,
            flicker=static_flicker(lumas, self._resting) if self._rests else None,
            hue=None if None in hues else _mean(hue for hue in hues if hue is not None),
            chroma=_mean(psnr(inner(a[n], 2), inner(b[n], 2)) for a, b in pairs for n in (1, 2)),
            back=math.sqrt(float(misses.mean()) / level),
            back_worst=float(np.percentile(np.sqrt(misses / np.maximum(self._noise, QUIET**2 * level)), 95)),
        )

    def _misses(self, lumas: Sequence[Plane]) -> Plane:
        """(down, across) squared codes between the tape and what it would hold of these pictures, in blocks."""
        squares = [
            inner(self._tape.taken_back(luma, number) - field, TIMES) ** 2
            for number, (luma, field) in enumerate(zip(lumas, self._fields, strict=True))
        ]
        height, width = squares[0].shape
        blocks = (max(1, width // BLOCK[0]), max(1, height // BLOCK[1]))
        return cv2.resize(np.asarray(np.mean(squares, axis=0), np.float32), blocks, interpolation=cv2.INTER_AREA)

    @property
    def _rests(self) -> bool:
        return bool(self._resting.mean() >= STILL)

    def _of_tape(self) -> float | None:
        """Flicker of the tape's own samples from frame to frame, where nothing moves."""
        if not self._rests:
            return None
        some = self._tape.frames()
        height, width = some[0].shape
        small = cv2.resize(self._resting.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        return static_flicker(some, small == 1)


def inner(plane: Plane, step: int = 1) -> Plane:
    """A plane without its rim; `step`: samples of luma per sample of it."""
    rim = RIM // step
    return plane[rim:-rim, rim:-rim]


def _limited(plane: Plane) -> Plane:
    """A plane without the frequencies beyond half a cycle per sample of the tape."""
    spectrum = np.fft.rfft2(plane)
    spectrum[np.abs(np.fft.fftfreq(plane.shape[0])) > 0.5 / TIMES] = 0
    spectrum[:, np.fft.rfftfreq(plane.shape[1]) > 0.5 / TIMES] = 0
    return np.fft.irfft2(spectrum, plane.shape).astype(np.float32)


def _inner_only(where: Plane) -> Plane:
    made = np.zeros_like(where)
    made[RIM:-RIM, RIM:-RIM] = inner(where)
    return made


def _colour(planes: Planes) -> tuple[Plane, Plane]:
    return inner(planes[1], 2) - np.float32(128), inner(planes[2], 2) - np.float32(128)


def _mean(values: Iterator[float]) -> float:
    return float(np.mean(list(values)))
