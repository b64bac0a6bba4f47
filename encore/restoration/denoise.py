"""Denoise: the noise of a picture taken off along motion, and kept, because it may be wanted back as grain."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import cv2
import numpy as np
from pydantic import Field

from encore.core.answers import Noise
from encore.core.findings import Shot
from encore.core.time import Span
from encore.core.video import CHROMA_CODES, LUMA_CODES, Clip, Plane
from encore.motion.align import chained, trueness
from encore.motion.flow import Flow, fetched, scaled
from encore.motion.light import BLACK, gain_between, lit_like
from encore.restoration.codes import codes_of
from encore.restoration.noisemap import Sigma, sigma_of
from encore.restoration.spatial import smoothed
from encore.restoration.stage import Filter, Runtime, Stage

FETCHED = 1.5
"""Squared sigmas by which a right fetch differs from a noisy sample: the middle window had 1.44 and 1.62 on true lines
of two generated tapes at sigma 4. Of the fetch, bicubic interpolation leaves 0.73 between true samples (calculated),
and made lines have less noise."""
TOLERANCE, FLOOR = 0.5, 0.3
"""Sigmas, and codes, of error beyond that at which a fetch counts exp(-1/2): the residual then holds as little of the
picture's edges as of its flat parts (correlation of its size with the gradient within 0.05 on 59.94p truth)."""
WINDOW = (7, 7)
"""Samples over which a fetch is compared: of 5, 7 and 9 the best on six of eight generated tapes at sigma 4 and 8, by
0.2 dB at most; 9 was worst on thin moving lines."""
UNTRUE = 0.1
"""Weight of a fetch from between true lines: it holds little noise of its own but has been interpolated."""
MADE = 0.6
"""Weight of a picture's own made line beside 1 of a true one."""


class Denoise(Stage):
    """A mean along motion of pictures around, each sample weighed by how well it fits for the noise measured.

    What time cannot reach is smoothed lightly in space. Takes noise off `Clip.y`, `cb`, `cr` and leaves it in
    `Clip.grain`, on true lines; on made lines it leaves zeros.
    Source: own; weights in the spirit of Kokaram's temporal Wiener filter and of MVTools' degrain.
    """

    kind: Literal["denoise"] = "denoise"
    strength: float = Field(default=1.0, ge=0.0, le=2.0)
    """Times the noise measured: below 1 keeps more noise and more of what looks like it."""
    reach: int = Field(default=4, ge=1, le=8)
    """Pictures looked at on each side."""

    def halo(self) -> int:
        """As far as it looks."""
        return self.reach

    def follows(self) -> bool:
        """Along motion."""
        return True

    def open(self, runtime: Runtime) -> Filter:
        """Nothing to load."""

        def denoise(clip: Clip, shot: Shot, wanted: Span, /) -> Clip:
            noise = shot.noise
            if noise is None or self.strength == 0:
                return clip.cut(wanted)
            return self._denoised(clip, noise, shot, wanted)

        return denoise

    def _denoised(self, clip: Clip, noise: Noise, shot: Shot, wanted: Span) -> Clip:
        sigma = sigma_of(noise, shot.composite, self.strength)
        codes = [_Codes.of(clip, n) for n in range(len(clip))]
        made = [_clean(clip, codes, at, sigma, self.reach) for at in range(wanted.start, wanted.stop)]
        part = clip.cut(wanted)
        y, cb, cr = (np.stack([planes[n] for planes in made]) for n in range(3))
        grain = part.y - y, part.cb - cb, part.cr - cr
        for number, parity in enumerate(part.parity):
            if parity is not None:
                for plane in grain:
                    plane[number, 1 - parity :: 2] = 0
        return replace(part, y=y, cb=cb, cr=cr, grain=grain)


class _Codes:
    """A picture in 8-bit codes about zero chroma."""

    def __init__(self, y: Plane, c: Plane, parity: int | None) -> None:
        self.y, self.c, self.parity = y, c, parity

    @staticmethod
    def of(clip: Clip, n: int) -> _Codes:
        return _Codes(*codes_of(clip, n), clip.parity[n] if clip.parity else None)


def _clean(clip: Clip, codes: list[_Codes], at: int, sigma: Sigma, reach: int) -> tuple[Plane, Plane, Plane]:
    if (clip.lost and clip.lost[at]) or clip.motion is None:
        return clip.y[at], clip.cb[at], clip.cr[at]
    motion = clip.motion

    def step(picture: int, side: int) -> Flow | None:
        return (motion.onward if side == 1 else motion.back)[picture] if 0 <= picture + side < len(codes) else None

    mean = _Mean(codes[at], sigma)
    for offset, flow in chained(step, at, reach):
        mean.add(codes[at + offset], flow)
    y, c = mean.clean()
    y = (y - np.float32(BLACK)) * np.float32(1 / LUMA_CODES)
    c *= np.float32(1 / CHROMA_CODES)
    return y, np.ascontiguousarray(c[..., 0]), np.ascontiguousarray(c[..., 1])


class _Mean:
    """The weighted mean that becomes a picture's clean samples, and how much noise is left in it."""

    def __init__(self, own: _Codes, sigma: Sigma) -> None:
        self._own = own
        self._luma, self._chroma = sigma.maps(own.y, own.c.shape[:2])
        self._expected = self._luma * self._luma * np.float32(FETCHED)
        self._scale = np.float32(-0.5) / (self._luma * np.float32(TOLERANCE) + np.float32(FLOOR)) ** 2
        self._expected_c = self._chroma * self._chroma * np.float32(2 * FETCHED)
        self._scale_c = np.float32(-0.25) / (self._chroma * np.float32(TOLERANCE) + np.float32(FLOOR)) ** 2
        self._weight, self._weight_c = (_own_weight(p, own.parity) for p in (own.y, own.c[..., 0]))
        self._squares, self._squares_c = self._weight * self._weight, self._weight_c * self._weight_c
        self._sum, self._sum_c = own.y * self._weight, own.c * self._weight_c[..., None]

    def add(self, other: _Codes, flow: Flow) -> None:
        """What a neighbour has at the end of `flow`."""
        found = fetched(other.y, flow)
        gain = gain_between(self._own.y, found)
        found = lit_like(found, gain)
        missed = found - self._own.y
        fit = cv2.blur(missed * missed, WINDOW)
        fit -= self._expected
        fit = cv2.exp(np.maximum(fit, 0, out=fit) * self._scale)
        if gain is not None:
            fit /= np.maximum(gain * gain, 1)  # its noise was amplified with it
        weight = _true(flow, other.parity, fit)
        self._sum += found * weight
        self._weight += weight
        self._squares += weight * weight
        self._add_chroma(other, flow, fit, gain)

    def _add_chroma(self, other: _Codes, flow: Flow, fit: Plane, gain: Plane | None) -> None:
        size = (self._own.c.shape[0], self._own.c.shape[1])
        small = scaled(flow, size)
        found = fetched(other.c, small)
        if gain is not None:
            found *= cv2.resize(gain, size[::-1])[..., None]
        missed = found - self._own.c
        error = cv2.blur(missed[..., 0] ** 2 + missed[..., 1] ** 2, WINDOW)
        error -= self._expected_c
        same = cv2.exp(np.maximum(error, 0, out=error) * self._scale_c)
        weight = _true(small, other.parity, cv2.resize(fit, size[::-1], interpolation=cv2.INTER_AREA) * same)
        self._sum_c += found * weight[..., None]
        self._weight_c += weight
        self._squares_c += weight * weight

    def clean(self) -> tuple[Plane, Plane]:
        """Luma (H, W) and chroma (h, w, 2) in codes: the mean, then smoothed for the noise that is left in it."""
        y, c = self._sum / self._weight, self._sum_c / self._weight_c[..., None]
        left = self._luma * np.sqrt(self._squares) / self._weight
        left_c = self._chroma * np.sqrt(self._squares_c) / self._weight_c
        return smoothed(y, left, 5), np.dstack([smoothed(c[..., n], left_c, 7) for n in range(2)])


def _own_weight(plane: Plane, parity: int | None) -> Plane:
    weight = np.ones(plane.shape, np.float32)
    if parity is not None:
        weight[1 - parity :: 2] = MADE
    return weight


def _true(flow: Flow, parity: int | None, fit: Plane) -> Plane:
    return fit if parity is None else (trueness(flow, parity) + np.float32(UNTRUE)) * fit
