"""Grain: how much of a recording's own noise comes back, and what compression destroyed of it made anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from pydantic import Field

from encore.core.answers import Noise
from encore.core.findings import Shot
from encore.core.time import Span
from encore.core.video import CHROMA_CODES, LUMA_CODES, Clip, Plane
from encore.motion.light import BLACK
from encore.restoration.noisemap import BLUR, CODEC_LEFT, sigma_of
from encore.restoration.stage import Filter, Runtime, Stage
from encore.restoration.synthesis import Spectrum, kernel_of, noise, spectrum_of, spread, whole_spectrum

ERA = 0.35
"""Share of the grain that comes back unless something else is asked for; chosen: of sigma 4 it leaves 1.4 codes, a
texture more than a noise."""
TAKEN = 0.5
"""Share of the energy of noise and codec error that the denoiser took off MPEG-2 of 4 Mb/s; the rest is still in the
picture and is not made anew."""
EATEN = 0.72
"""Sigma of single fields over that before compression, below which a codec took from the grain, also where it left
most: lossless recordings measured 0.99 and more, MPEG-2 of 3 and 4 Mb/s that lost a fifth of the sigma 0.49 to 0.70."""
NEAR = (33, 17)
"""Samples and lines of a field over which it is measured how much grain is there: 561 tell sigma within 3 %."""
COLOUR = 0.5
"""Share of the missing sigma that is made anew for chroma; chosen: missing colour noise is not missed."""
FAINT = 0.25
"""Codes of sigma below which a residual of chroma says nothing about its spectrum: less than rounding (0.29)."""
WHITE = 235.0
"""Studio white in 8-bit codes (BT.601-7)."""
FADED = 4.0
"""Codes over which grain made anew fades out, above black upwards and above white downwards to nothing."""


class Grain(Stage):
    """Puts `era` of what the denoiser took off back: leaves it in `Clip.grain`, to be added where the film is made.

    On true lines that is the tape's own noise. Made lines get it from their neighbours, as strong as there. Where
    compression ate from the noise, or the picture itself was rebuilt, noise of the measured strength and spectrum is
    made anew and fills what is missing.
    Source: own; residual first, synthesis second.
    Cost: 4 core-ms for a picture of 720x480; 14 with synthesis.
    """

    kind: Literal["grain"] = "grain"
    era: float = Field(default=ERA, ge=0.0, le=1.0)
    """0: clean. 1: as recorded."""

    def open(self, runtime: Runtime) -> Filter:
        """Nothing to load."""

        def grain(clip: Clip, shot: Shot, wanted: Span, /) -> Clip:
            clip = clip.cut(wanted)
            if clip.grain is None:
                return clip
            target = _target(shot) if self.era else None
            made = [self._one(clip, n, target) for n in range(len(clip))]
            y, cb, cr = (np.stack([planes[n] for planes in made]) for n in range(3))
            return replace(clip, grain=(y, cb, cr))

        return grain

    def _one(self, clip: Clip, at: int, target: _Target | None) -> list[Plane]:
        assert clip.grain is not None
        planes = [clip.grain[n][at] for n in range(3)]
        if self.era == 0:
            return [np.zeros_like(plane) for plane in planes]
        parity = clip.parity[at] if clip.parity else None
        own = [np.ascontiguousarray(plane if parity is None else plane[parity::2]) for plane in planes]
        where = _where(clip, at, target) if target else None
        if target and where is not None:
            own = _filled(clip, at, own, where, target)
        own = [plane * np.float32(self.era) for plane in own]
        if parity is None:
            return own
        return [spread(one, parity, len(plane)) for one, plane in zip(own, planes, strict=True)]


@dataclass(frozen=True, slots=True, eq=False)
class _Target:
    """The grain that a shot had.

    Attributes:
        luma: sigma by code of luma, (256,) codes.
        chroma: the same of Cb and Cr.
        spectrum: of luma.
        eaten: whether a codec took from it everywhere.
        seed: of the shot.
    """

    luma: Plane
    chroma: Plane
    spectrum: Spectrum
    eaten: bool
    seed: int


def _target(shot: Shot) -> _Target | None:
    """None: there was none, or nobody knows."""
    known = shot.noise
    if known is None or known.kind == "none" or known.luma_sigma <= 0:
        return None
    eaten = known.kind == "codec" or known.spatial_sigma < EATEN * known.luma_sigma
    spectrum = whole_spectrum(known.spectrum)
    colour = known.model_copy(update={"luma_sigma": known.chroma_sigma, "luma_by_level": known.chroma_by_level})
    return _Target(_recorded(known), _recorded(colour), spectrum, eaten, shot.span.start)


def _recorded(noise: Noise) -> Plane:
    """Sigma by code of luma as it was before compression."""
    return sigma_of(noise, None, 1 / CODEC_LEFT if noise.kind == "codec" else 1.0).luma


def _where(clip: Clip, at: int, target: _Target) -> Plane | None:
    """(H, W) 0 to 1: where grain may be missing; None: nowhere."""
    lost = bool(clip.lost) and clip.lost[at]
    torn = clip.torn[at] if clip.torn else ()
    if not (target.eaten or lost or torn):
        return None
    y = clip.y[at] * np.float32(LUMA_CODES)
    room = np.minimum(y, np.float32(WHITE - BLACK + FADED) - y)
    lit = np.clip(room * np.float32(1 / FADED), 0, 1)
    if target.eaten or lost:
        return lit
    inside = np.zeros_like(lit)
    for left, top, right, bottom in torn:
        inside[top:bottom, left:right] = 1
    return lit * inside


def _filled(clip: Clip, at: int, own: Sequence[Plane], where: Plane, target: _Target) -> list[Plane]:
    """The residual's lines of y, cb, cr with what is missing from them."""
    parity = clip.parity[at] if clip.parity else None
    y: Plane = clip.y[at] * np.float32(LUMA_CODES) + np.float32(BLACK)
    level = cv2.convertScaleAbs(cv2.GaussianBlur(y, (0, 0), BLUR))
    made: list[Plane] = []
    for number, lines in enumerate(own):
        size = clip.y.shape[1:] if number == 0 else clip.cb.shape[1:]
        sigma = np.asarray(cv2.LUT(level, target.chroma if number else target.luma), np.float32)
        chance, sigma = (
            _sized(plane, (size[0], size[1]))[parity or 0 :: 1 if parity is None else 2] for plane in (where, sigma)
        )
        scale = np.float32(CHROMA_CODES if number else LUMA_CODES)
        missing = _missing(lines * scale, sigma, chance, target, colour=number > 0)
        if missing is None:
            made.append(lines)
            continue
        short, spectrum = missing
        kernel = kernel_of(spectrum, woven=parity is None)
        fresh = noise((lines.shape[0], lines.shape[1]), kernel, (target.seed, clip.at[at], number))
        made.append(lines + fresh * (short * (np.float32(COLOUR if number else 1.0) / scale)))
    return made


def _missing(
    lines: Plane, sigma: Plane, chance: Plane, target: _Target, *, colour: bool
) -> tuple[Plane, Spectrum] | None:
    """Sigma and spectrum of the noise that makes `lines` (codes) as strong as `sigma`; None: they are."""
    there = cv2.blur(lines * lines, NEAR) * np.float32(1 / TAKEN)
    short = np.sqrt(np.maximum(sigma * sigma - there, 0) * chance)
    if not short.any():
        return None
    found = spectrum_of(lines * chance) / TAKEN
    if colour:
        return short, found if found.mean() > FAINT**2 else target.spectrum
    wanted = target.spectrum * (float((sigma * sigma * chance).mean()) / target.spectrum.mean())
    rest = np.maximum(wanted - found, 0)
    return short, rest if rest.any() else target.spectrum


def _sized(plane: Plane, size: tuple[int, int]) -> Plane:
    return plane if plane.shape == size else cv2.resize(plane, size[::-1], interpolation=cv2.INTER_AREA)
