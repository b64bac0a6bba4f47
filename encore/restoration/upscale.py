"""Upscale: the picture at the film's size and shape, in one resampling per axis, in 16-bit studio codes."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import numpy as np
from pydantic import Field

from encore.core.findings import Shot
from encore.core.video import CHROMA_STEPS, Clip, VideoFormat
from encore.media.colour import gather_chroma, resample, studio_codes
from encore.restoration.stage import Filter, Runtime, Stage


class Upscale(Stage):
    """Classical resampling with Lanczos of eight taps, luma and chroma each from their own places."""

    kind: Literal["upscale"] = "upscale"
    width: int = Field(ge=16, multiple_of=2)
    """Samples per line of the film."""
    height: int = Field(ge=16, multiple_of=2)
    """Lines of the film."""
    chroma: Literal["420", "422"] = "420"
    """Chroma subsampling of the film, sited left."""

    def output(self, given: VideoFormat) -> VideoFormat:
        """Square samples of 16-bit studio codes at the film's size."""
        changes = {"width": self.width, "height": self.height, "sample_aspect": Fraction(1), "chroma": self.chroma}
        return given.model_copy(update={**changes, "sample": "u16"})

    def open(self, runtime: Runtime) -> Filter:
        """Nothing to load."""

        def upscale(clip: Clip, _shot: Shot, /) -> Clip:
            out = self.output(clip.format)
            across = CHROMA_STEPS[self.chroma][0]
            y = np.stack([resample(studio_codes(p, luma=True), (self.height, self.width)) for p in clip.y])
            cb, cr = (
                np.stack([studio_codes(gather_chroma(p, out.chroma_size, across), luma=False) for p in planes])
                for planes in (clip.cb, clip.cr)
            )
            return Clip(y=y, cb=cb, cr=cr, at=clip.at, format=out)

        return upscale
