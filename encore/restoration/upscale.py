"""Upscale: the picture at the film's size, shape and colour, in 16-bit studio codes, classically or with a network."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import cv2
import numpy as np
from pydantic import Field

from encore.core.errors import PlanError
from encore.core.findings import Shot
from encore.core.time import Span
from encore.core.video import BT709, CHROMA_CODES, CHROMA_STEPS, LUMA_CODES, Clip, Patch, Plane, VideoFormat
from encore.media.colour import gather_chroma, resample, spread_chroma, studio_codes, to_bt709
from encore.motion.light import BLACK
from encore.restoration.detail import Detailer
from encore.restoration.faceadd import LOOKS, FaceAdder
from encore.restoration.invention import SCALE, bands
from encore.restoration.stage import Filter, Runtime, Stage
from encore.restoration.superres import chroma_to_bt709, fitted, luma_to_bt709, resited
from encore.restoration.window import REACH

_Planes = tuple[Plane, Plane, Plane]
FINER = 256
"""16-bit codes for one of 8 bits."""


class Upscale(Stage):
    """Classical resampling with Lanczos of eight taps, luma and chroma each from their own places, or a network.

    What a denoiser has taken off and a `grain` stage has left in `Clip.grain` is put back here, before codes are
    rounded. A network enlarges four times; where the film has another size, its picture is resampled once. What it adds
    must agree with the tape: see `encore.restoration.invention`. Faces that a `faces` stage has left in `Clip.faces`
    get what a network for faces finds missing, as far as it agrees too.
    """

    kind: Literal["upscale"] = "upscale"
    width: int = Field(ge=16, multiple_of=2)
    """Samples per line of the film."""
    height: int = Field(ge=16, multiple_of=2)
    """Lines of the film."""
    chroma: Literal["420", "422"] = "420"
    """Chroma subsampling of the film, sited left."""
    crop: Patch | None = None
    """(left, top, right, bottom) of the tape's picture that becomes the film's; null: all of it."""
    network: str | None = None
    """What enlarges luma; null: Lanczos."""
    chroma_network: str | None = None
    """What enlarges chroma, guided by luma; null: Lanczos."""
    face_network: str | None = None
    """What restores faces in what `network` made; null: nothing."""
    noise: float = Field(default=1.0, ge=0.0, le=2.0)
    """Share of the measured noise that a network is told to be in the pictures: with less it keeps more."""
    strength: float = Field(default=1.0, ge=0.0, le=1.0)
    """Share of the networks' detail that is taken."""

    def halo(self) -> int:
        """As far as a network looks; for a face, as far as those do that decide it."""
        return (REACH + (LOOKS if self.face_network else 0)) if self.network else 0

    def follows(self) -> bool:
        """Networks look along motion."""
        return self.network is not None

    def networks(self) -> tuple[str, ...]:
        """Those of luma, of chroma and of faces."""
        return tuple(name for name in (self.network, self.chroma_network, self.face_network) if name)

    def output(self, given: VideoFormat) -> VideoFormat:
        """Square samples of 16-bit studio codes at the film's size.

        Raises:
            PlanError: the crop lies outside the picture.
        """
        left, top, right, bottom = self.crop or (0, 0, given.width, given.height)
        if not (0 <= left < right <= given.width and 0 <= top < bottom <= given.height):
            raise PlanError(
                f"crop {self.crop} is not inside the {given.width}x{given.height} picture", todo="correct it"
            )
        changes = {"width": self.width, "height": self.height, "sample_aspect": Fraction(1), "chroma": self.chroma}
        return given.model_copy(update={**changes, "sample": "u16", "colour": BT709})

    def open(self, runtime: Runtime) -> Filter:
        """The networks, if any; counts `blocks` and those `blended` in the runtime's tally, and so do `faces`."""
        detailer = self._detailer(runtime)

        def upscale(clip: Clip, shot: Shot, wanted: Span, /) -> Clip:
            out = self.output(clip.format)
            codes = [plane * np.float32(LUMA_CODES) + np.float32(BLACK) for plane in clip.y] if detailer else []
            sizes = (self.height, self.width), out.chroma_size, out.chroma_size
            y, cb, cr = (np.empty((len(wanted), *size), np.uint16) for size in sizes)
            for n, at in enumerate(range(wanted.start, wanted.stop)):
                fine = detailer.luma_of(clip, shot, codes, at) if detailer else None
                colours = detailer.chroma_of(clip, shot, codes[at], at) if detailer else None
                y[n], cb[n], cr[n] = self._one(clip, at, out, fine, colours)
            return Clip(y=y, cb=cb, cr=cr, at=clip.at[wanted.start : wanted.stop], format=out)

        return upscale

    def _detailer(self, runtime: Runtime) -> Detailer | None:
        named = (self.network, self.chroma_network, self.face_network)
        luma, chroma, faces = (runtime.network(name) if name else None for name in named)
        if not (luma or chroma or faces):
            return None
        adder = FaceAdder(faces, runtime.tally) if faces else None
        return Detailer(luma, chroma, self.noise, self.strength, runtime.tally, adder)

    def _turned(self, clip: Clip, at: int) -> Plane | None:
        left, top, right, bottom = self.crop or (0, 0, clip.format.width, clip.format.height)
        size, siting = (clip.y.shape[1], clip.y.shape[2]), clip.format.colour.siting
        cb, cr = (spread_chroma(planes[at], size, siting)[top:bottom, left:right] for planes in (clip.cb, clip.cr))
        return luma_to_bt709((clip.y[at, top:bottom, left:right], cb, cr), clip.format.colour)

    def _one(self, clip: Clip, at: int, out: VideoFormat, fine: Plane | None, colours: Plane | None) -> _Planes:
        y, cb, cr = clip.y[at], clip.cb[at], clip.cr[at]
        if clip.grain:
            y, cb, cr = y + clip.grain[0][at], cb + clip.grain[1][at], cr + clip.grain[2][at]
        left, top, right, bottom = self.crop or (0, 0, clip.format.width, clip.format.height)
        y, cb, cr = (plane[top:bottom, left:right] for plane in to_bt709((y, cb, cr), clip.format.colour))
        across = CHROMA_STEPS[self.chroma][0]
        cb, cr = (gather_chroma(plane, out.chroma_size, across) for plane in (cb, cr))
        if colours is not None:
            seen = colours[:, 2 * top : 2 * bottom, 2 * left : 2 * right]
            _add_colours((cb, cr), seen, chroma_to_bt709(clip.format.colour))
        if fine is None:
            luma = resample(studio_codes(y, luma=True), (self.height, self.width))
        else:
            film = fine[SCALE * top : SCALE * bottom, SCALE * left : SCALE * right]
            _turn(film, clip.y[at, top:bottom, left:right], y, self._turned(clip, at))
            luma = _finished(film, (self.height, self.width))
        return luma, studio_codes(cb, luma=False), studio_codes(cr, luma=False)


def _turn(film: Plane, own: Plane, y: Plane, turned: Plane | None) -> None:
    """The tape's luma with detail becomes that of BT.709, in place; their difference is enlarged classically.

    Args:
        film: (4H, 4W) 8-bit codes.
        own: (H, W) of the tape, 0 to 1.
        y: (H, W) of BT.709, with grain, 0 to 1.
        turned: factor for detail, of any size; None: 1.
    """
    rest = (y - own) * np.float32(LUMA_CODES)
    if turned is None:
        if rest.any():
            for rows, part in bands(rest):
                film[rows] += part
        return
    factor = cv2.resize(turned, film.shape[::-1], interpolation=cv2.INTER_LINEAR)
    own = own * np.float32(LUMA_CODES) + np.float32(BLACK)
    for (rows, base), (_, part) in zip(bands(own), bands(rest), strict=True):
        film[rows] -= base
        film[rows] *= factor[rows]
        film[rows] += base
        film[rows] += part


def _finished(film: Plane, size: tuple[int, int]) -> Plane:
    """A film's luma at its last size (h, w), in 16-bit codes; the only rounding is the last."""
    film = fitted(film, size)
    return cv2.addWeighted(film, FINER, film, 0, 0, dtype=cv2.CV_16U)  # saturates, and rounds to the nearest


def _add_colours(planes: tuple[Plane, Plane], fine: Plane, turned: Plane) -> None:
    """Chroma detail of the tape's colour, added in place to film planes of BT.709."""
    size = (planes[0].shape[0], planes[0].shape[1])
    cb, cr = (resited(plane, size) * np.float32(1 / CHROMA_CODES) for plane in fine)
    for number, (from_cb, from_cr) in enumerate(turned):
        np.add(planes[number], cb * from_cb + cr * from_cr, out=planes[number])
