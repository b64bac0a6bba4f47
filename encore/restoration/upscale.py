"""Upscale: the picture at the film's size, shape and colour, in one resampling per axis, in 16-bit studio codes."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import numpy as np
from pydantic import Field

from encore.core.errors import PlanError
from encore.core.findings import Shot
from encore.core.time import Span
from encore.core.video import BT709, CHROMA_STEPS, Clip, Patch, Plane, VideoFormat
from encore.media.colour import gather_chroma, resample, studio_codes, to_bt709
from encore.restoration.stage import Filter, Runtime, Stage


class Upscale(Stage):
    """Classical resampling with Lanczos of eight taps, luma and chroma each from their own places.

    What a denoiser has taken off and a `grain` stage has left in `Clip.grain` is put back here, before codes are
    rounded.
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
        """Nothing to load."""

        def upscale(clip: Clip, _shot: Shot, wanted: Span, /) -> Clip:
            clip = clip.cut(wanted)
            out = self.output(clip.format)
            pictures = [self._one(clip, n, out) for n in range(len(clip))]
            y, cb, cr = (np.stack([picture[n] for picture in pictures]) for n in range(3))
            return Clip(y=y, cb=cb, cr=cr, at=clip.at, format=out)

        return upscale

    def _one(self, clip: Clip, number: int, out: VideoFormat) -> tuple[Plane, Plane, Plane]:
        y, cb, cr = clip.y[number], clip.cb[number], clip.cr[number]
        if clip.grain:
            y, cb, cr = y + clip.grain[0][number], cb + clip.grain[1][number], cr + clip.grain[2][number]
        left, top, right, bottom = self.crop or (0, 0, clip.format.width, clip.format.height)
        y, cb, cr = (plane[top:bottom, left:right] for plane in to_bt709((y, cb, cr), clip.format.colour))
        across = CHROMA_STEPS[self.chroma][0]
        return (
            resample(studio_codes(y, luma=True), (self.height, self.width)),
            studio_codes(gather_chroma(cb, out.chroma_size, across), luma=False),
            studio_codes(gather_chroma(cr, out.chroma_size, across), luma=False),
        )
