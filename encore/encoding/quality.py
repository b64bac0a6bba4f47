"""How much may an encode lose: profiles, the drop against the encoder's own input, and what must never happen to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from encore.core.doc import Doc
from encore.encoding.curve import Point
from encore.media.vmaf import Scores

Numbers = NDArray[np.float64]
Profile = Literal["transparent", "high", "stream"]
Allocation = Literal["constant", "slope"]

BANDING_MEAN, BANDING_P95 = 1.0, 3.0
"""CAMBI that may be added; 5 is slightly annoying (resource/doc/cambi.md of libvmaf)."""
SHARPENING = 4.0
"""Most that VMAF v0.6.1 may exceed its NEG variant: honest encodes show up to 2.7, a sharpened picture 13."""
DETAIL_MOST = 1.02
"""Most gain of fine detail against the reference: an encoder only ever removes some."""
PULSE = 4.0
"""Points by which a key frame may differ from its neighbours."""
FACE_DB = 0.5
"""PSNR that a face may lie below its whole picture before it gets more bits."""
XPSNR_FULL, XPSNR_SLOPE = 44.0, 0.65
"""Without VMAF: the XPSNR, dB, from which nothing is lost, and points of VMAF v1 per dB below it. Fits 61 encodes of
eight shots with an error of 2.8 points: a stand-in and no more."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Most that a shot may lose, points of VMAF v1."""

    mean: float
    p95: float
    second: float
    """Mean of the worst second."""


LIMITS: dict[Profile, Limits] = {
    "transparent": Limits(3, 5, 8),
    "high": Limits(5, 8, 12),
    "stream": Limits(8, 12, 16),
}
"""VMAF 95 is taken for no visible difference and 93 for hardly any (Netflix; Ozer 2023), six points for a difference
that half of all people notice: `transparent` stays within half of that, `high` within it, `stream` a little beyond."""
FLOOR, CEILING = 3.0, 3.0
"""With equal slopes a shot may be that much better or worse than the film on the mean: half of what half of all people
notice. On eight shots, 1.5 and 2 left 2.7 % of bytes to be saved, 3 left 5.0 %, no limit at all 5.8 %."""


class Target(Doc):
    """How good the film is to look, instead of a CRF."""

    profile: Profile = "high"
    allocation: Allocation = "slope"
    """`constant`: every shot just meets the profile. `slope`: the mean of all does, bytes go where they show most."""

    @property
    def limits(self) -> Limits:
        """What a shot may lose."""
        return LIMITS[self.profile]


class ShotQuality(Doc):
    """The CRF that was found for a shot, and why."""

    crf: float
    predicted_drop: float
    predicted_bytes: int
    probes: tuple[Point, ...]
    reasons: tuple[str, ...] = ()


class Quality(Doc):
    """What was lost, measured; drops are points of VMAF v1 below the reference's own score."""

    drop: float
    """Mean."""
    p95: float
    second: float
    """Mean of the worst second."""
    worst: tuple[int, ...] = ()
    """Frames of the largest drop, worst first."""
    vmaf: float | None
    """Mean VMAF v1 itself; None where XPSNR stands in for it."""
    banding: float = 0.0
    """CAMBI over that of the reference, mean."""
    banding_p95: float = 0.0
    xpsnr: float
    """Of luma, dB."""
    face_gap: float | None = None
    """PSNR of the worst face less that of the whole picture, dB."""
    sharpening: float | None = None
    """VMAF v0.6.1 less its NEG variant; None where not measured."""
    detail: float | None = None
    """Gain of fine detail against the reference (`encore.media.vmaf.detail_gain`)."""
    pulse: float | None = None
    """Largest difference between a key frame and its neighbours."""

    def strain(self, limits: Limits) -> float:
        """The loss that is nearest to its limit, on the scale of the mean drop (`Point.strain`)."""
        shares = (
            self.p95 / limits.p95, self.second / limits.second, self.banding / BANDING_MEAN,
            self.banding_p95 / BANDING_P95,
        )  # fmt: skip
        return limits.mean * max(shares)

    def refused(self) -> tuple[str, ...]:
        """What is wrong with the encode whatever its CRF."""
        said: list[str] = []
        if self.sharpening is not None and self.sharpening > SHARPENING:
            said.append(f"sharpened: VMAF is {self.sharpening:.1f} points above its NEG variant")
        if self.detail is not None and self.detail > DETAIL_MOST:
            said.append(f"sharpened: {self.detail:.2f} times the fine detail of its reference")
        if self.pulse is not None and self.pulse > PULSE:
            said.append(f"key frames differ from their neighbours by {self.pulse:.1f} points")
        return tuple(said)


def quality_of(
    scores: Scores,
    own: Scores,
    rate: Fraction,
    *,
    keys: Sequence[int] = (),
    weights: Numbers | None = None,
    detail: float | None = None,
) -> Quality:
    """Figures of frames as one quality.

    Args:
        scores: of the encoded frames.
        own: of the reference against itself, measured at the same frames.
        rate: measured frames per second.
        keys: places of key frames in the scores.
        weights: of every frame in the mean; None: equal.
        detail: as `encore.media.vmaf.detail_gain`.
    """
    drops = drops_of(scores, own)
    whole = scores.psnr if scores.psnr is not None else np.zeros(1)
    faces = [float(np.mean(face) - np.mean(whole)) for face in scores.faces]
    band = scores.banding - own.banding if scores.banding is not None and own.banding is not None else np.zeros(1)
    sharpening = float(np.mean(scores.v0 - scores.neg)) if scores.v0 is not None and scores.neg is not None else None
    share = None if weights is None else weights / weights.sum()
    mean = float(drops.mean() if share is None else (drops * share).sum())
    return Quality(
        drop=max(0.0, mean), p95=max(0.0, float(np.percentile(drops, 95))), second=max(0.0, worst_second(drops, rate)),
        worst=tuple(int(n) for n in np.argsort(-drops, kind="stable")[:10]),
        vmaf=None if scores.v1 is None else float(scores.v1.mean()),
        banding=max(0.0, float(band.mean())), banding_p95=max(0.0, float(np.percentile(band, 95))),
        xpsnr=float(scores.xpsnr.mean()), face_gap=min(faces) if faces else None,
        sharpening=sharpening, detail=detail, pulse=pulse(drops, keys),
    )  # fmt: skip


def drops_of(scores: Scores, own: Scores) -> Numbers:
    """Drop of every measured frame; from XPSNR where there is no VMAF."""
    if scores.v1 is None or own.v1 is None:
        return np.maximum(0.0, (XPSNR_FULL - scores.xpsnr) * XPSNR_SLOPE)
    return own.v1 - scores.v1


def worst_second(drops: Numbers, rate: Fraction) -> float:
    """Largest mean over a second, or over everything that is shorter."""
    length = max(1, min(len(drops), round(rate)))
    total = np.concatenate([[0.0], np.cumsum(drops)])
    return float((total[length:] - total[:-length]).max() / length)


def pulse(drops: Numbers, keys: Sequence[int], reach: int = 3) -> float | None:
    """Largest difference of a key frame's drop from the median of up to `reach` frames before it and after it.

    The first frame has none before it and is left out. None without a key frame.
    """
    found: list[float] = []
    for key in keys:
        beside = np.concatenate([drops[max(0, key - reach) : key], drops[key + 1 : key + 1 + reach]])
        if 0 < key < len(drops) and len(beside):
            found.append(abs(float(drops[key] - np.median(beside))))
    return max(found) if found else None


def told(quality: Quality, limits: Limits) -> str:
    """Which limit a shot came nearest to, in words."""
    shares = {
        "mean drop": quality.drop / limits.mean, "95th percentile": quality.p95 / limits.p95,
        "worst second": quality.second / limits.second, "banding": quality.banding / BANDING_MEAN,
        "banding at its worst": quality.banding_p95 / BANDING_P95,
    }  # fmt: skip
    name = max(shares, key=lambda key: shares[key])
    return f"{name} at {shares[name]:.0%} of its limit" if math.isfinite(shares[name]) else name
