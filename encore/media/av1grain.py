"""Film grain as an AV1 stream tells it: a table of numbers from which every player makes the same grain."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from encore.core.doc import Doc
from encore.media.av1bits import BitWriter

Byte = Annotated[int, Field(ge=0, le=255)]
Point = tuple[Byte, Byte]
"""Luma in 8-bit codes, and the scaling of grain there."""
Coefficient = Annotated[int, Field(ge=-128, le=127)]
NEIGHBOURS = (0, 4, 12, 24)
"""Coefficients of lag 0 to 3: all neighbours above within the lag, and those to the left."""
_FROM_LUMA = (128, 192, 256)
"""cb_mult, cb_luma_mult and cb_offset by which chroma is scaled by luma: 0, 1 and 0 as they are coded."""


class GrainTable(Doc):
    """film_grain_params() without what changes from frame to frame.

    Grain is white noise filtered by what is above and to the left of it, times a scaling that depends on luma.
    Source: AV1 Bitstream & Decoding Process Specification, 5.9.30, 6.8.20 and 7.18.3.
    """

    luma: tuple[Point, ...] = Field(min_length=1, max_length=14)
    """Scaling of luma's grain by luma, with straight lines between."""
    chroma: tuple[Point, ...] = Field(default=(), max_length=10)
    """The same of Cb and of Cr, by luma too; none: they have no grain."""
    scaling_shift: int = Field(ge=8, le=11)
    """Scalings are divided by 2 to this power."""
    luma_filter: tuple[Coefficient, ...] = ()
    """Weights of the neighbours, line by line from the top left."""
    chroma_filter: tuple[Coefficient, ...] = ()
    """The same for chroma; as many."""
    filter_shift: int = Field(default=7, ge=6, le=9)
    """Weights are divided by 2 to this power."""
    grain_shift: int = Field(default=0, ge=0, le=3)
    """The white noise, of 31.5 8-bit codes, is divided by 2 to this power."""
    overlap: bool = True
    """Blocks of grain, 32 samples wide, run into each other over two samples."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for points in (self.luma, self.chroma):
            codes = [code for code, _ in points]
            if codes != sorted(set(codes)):
                raise ValueError("points of grain must rise in luma")
        if len(self.luma_filter) not in NEIGHBOURS or len(self.chroma_filter) != len(self.luma_filter):
            raise ValueError(f"filters of grain have {', '.join(map(str, NEIGHBOURS))} weights, both as many")
        return self

    def put(self, out: BitWriter, seed: int, *, inter: bool, mono: bool) -> None:
        """Write film_grain_params() of one frame.

        Args:
            out: the frame's header so far.
            seed: of the frame, 16 bits.
            inter: the frame's type is INTER_FRAME.
            mono: the stream has no chroma.
        """
        chroma = () if mono else self.chroma
        out.put(1, 1)  # apply_grain
        out.put(seed, 16)
        if inter:
            out.put(1, 1)  # update_grain
        _put_points(out, self.luma)
        if not mono:
            out.put(0, 1)  # chroma_scaling_from_luma
            _put_points(out, chroma)
            _put_points(out, chroma)
        out.put(self.scaling_shift - 8, 2)
        out.put(NEIGHBOURS.index(len(self.luma_filter)), 2)
        _put_weights(out, self.luma_filter)
        for _ in range(2 if chroma else 0):
            _put_weights(out, (*self.chroma_filter, 0))  # nothing of luma's grain in chroma's
        out.put(self.filter_shift - 6, 2)
        out.put(self.grain_shift, 2)
        for _ in range(2 if chroma else 0):
            for value, width in zip(_FROM_LUMA, (8, 8, 9), strict=True):
                out.put(value, width)
        out.put(int(self.overlap), 1)
        out.put(0, 1)  # clip_to_restricted_range: it would cut off what lies above white without grain too


def _put_points(out: BitWriter, points: tuple[Point, ...]) -> None:
    out.put(len(points), 4)
    for code, scaling in points:
        out.put(code, 8)
        out.put(scaling, 8)


def _put_weights(out: BitWriter, weights: tuple[int, ...]) -> None:
    for weight in weights:
        out.put(weight + 128, 8)
