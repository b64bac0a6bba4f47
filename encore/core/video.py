"""What a picture is: colour by its ITU-T H.273 names, format, and a clip of pixels in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from encore.core.doc import Doc
from encore.core.findings import SeenFace
from encore.core.time import Span

Matrix = Literal["bt601", "bt709", "smpte240m", "rgb"]
Primaries = Literal["bt709", "smpte170m", "bt470bg"]
Siting = Literal["left", "center", "topleft"]
Chroma = Literal["444", "422", "420", "411", "410", "440"]

Plane = NDArray[Any]
"""One plane of samples, (H, W) or (T, H, W)."""
Patch = tuple[int, int, int, int]
"""(left, top, right, bottom), half-open: a place in a picture, in samples of luma."""

CHROMA_STEPS: dict[Chroma, tuple[int, int]] = {
    "444": (1, 1), "422": (2, 1), "420": (2, 2), "411": (4, 1), "410": (4, 4), "440": (1, 2),
}  # fmt: skip
"""Luma samples per chroma sample, (horizontal, vertical)."""
LUMA_CODES, CHROMA_CODES = 219.0, 224.0
"""8-bit codes per unit of a working picture: from black to white, and over the range of Cb or Cr (BT.601-7)."""


class Colour(Doc):
    """How code values become light."""

    matrix: Matrix
    """R'G'B' to Y'CbCr: `bt601` (BT.601/SMPTE 170M), `bt709`, `smpte240m`; `rgb` where the tape is R'G'B'."""
    primaries: Primaries
    """`smpte170m` is 525-line (SMPTE-C), `bt470bg` is 625-line (EBU), `bt709` is HD, or a tape that names none."""
    full_range: bool = False
    """False: 16-235 of 8 bits (studio swing). True: 0-255."""
    siting: Siting = "left"
    """Where chroma sits against luma: `left` (MPEG-2 and later), `center` (MPEG-1, JPEG), `topleft` (DV)."""
    guessed: bool = False
    """True when the tape does not name its matrix and the line count decided."""


BT709 = Colour(matrix="bt709", primaries="bt709", full_range=False, siting="left")
"""The colour of everything after the tape has been read, and of every film we deliver."""


class VideoFormat(Doc):
    """Size, shape and sample format of a clip."""

    width: int = Field(gt=0)
    height: int = Field(gt=0)
    sample_aspect: Fraction = Fraction(1)
    """Width of a sample over its height."""
    chroma: Chroma = "444"
    sample: Literal["f32", "u16"] = "f32"
    """`f32`: Y' in [0, 1], Cb and Cr in [-0.5, 0.5]. `u16`: studio-swing codes of 16 bits (Y' 4096-60160)."""
    colour: Colour = BT709

    @property
    def chroma_size(self) -> tuple[int, int]:
        """(height, width) of a chroma plane."""
        across, down = CHROMA_STEPS[self.chroma]
        return -(-self.height // down), -(-self.width // across)


@dataclass(frozen=True, slots=True)
class Motion:
    """Where the content of every picture of a clip lies in the picture after it and in the one before it.

    Flows are (H, W, 2) float32: samples of luma to the right and lines down. None: that picture is not to be looked
    at, because it lies beyond the shot or is lost.
    """

    onward: tuple[Plane | None, ...]
    back: tuple[Plane | None, ...]

    def cut(self, start: int, stop: int) -> Motion:
        """Of the pictures at positions [start, stop)."""
        return Motion(self.onward[start:stop], self.back[start:stop])


@dataclass(frozen=True, slots=True)
class Clip:
    """A few consecutive pictures of one shot in a working format; progressive, read-only.

    y is (T, H, W); cb and cr are (T, h, w) with the format's chroma size. `at` numbers the pictures inside
    their shot.
    """

    y: Plane
    cb: Plane
    cr: Plane
    at: tuple[int, ...]
    format: VideoFormat
    motion: Motion | None = None
    """Between these pictures and their neighbours; None where nobody needs it."""
    parity: tuple[int | None, ...] = ()
    """Lines of a picture that come from the tape: 0 the even ones, 1 the odd ones, None all of them; the others were
    made. Empty: all lines of all pictures."""
    lost: tuple[bool, ...] = ()
    """Pictures that the tape did not give: nothing of them is true. Empty: none."""
    torn: tuple[tuple[Patch, ...], ...] = ()
    """Places of a picture that the tape did not give. Empty: none."""
    grain: tuple[Plane, Plane, Plane] | None = None
    """What was taken off y, cb, cr as noise, in the same places and units; None: nothing was."""
    faces: tuple[tuple[SeenFace, ...], ...] = ()
    """Faces of every picture, in samples of the tape. Empty: none, or nobody needs them."""

    def __post_init__(self) -> None:
        for plane in (self.y, self.cb, self.cr, *(self.grain or ())):
            plane.flags.writeable = False

    def __len__(self) -> int:
        return len(self.at)

    def cut(self, span: Span) -> Clip:
        """The pictures at positions [start, stop) of this clip, without copying pixels."""
        start, stop = span.start, span.stop
        grain = (
            (self.grain[0][start:stop], self.grain[1][start:stop], self.grain[2][start:stop]) if self.grain else None
        )
        return replace(
            self, y=self.y[start:stop], cb=self.cb[start:stop], cr=self.cr[start:stop], at=self.at[start:stop],
            motion=self.motion.cut(start, stop) if self.motion else None,
            parity=self.parity[start:stop], lost=self.lost[start:stop], torn=self.torn[start:stop], grain=grain,
            faces=self.faces[start:stop],
        )  # fmt: skip


def stack(clips: list[Clip]) -> Clip:
    """Clips of one format, one after the other, as one clip.

    Raises:
        ValueError: no clips, or of different formats, or only some with motion or grain.
    """
    if not clips or any(clip.format != clips[0].format for clip in clips):
        raise ValueError("stack needs clips of one format")
    if len(clips) == 1:
        return clips[0]
    for name in ("motion", "grain", "parity", "lost", "torn", "faces"):
        if len({bool(getattr(clip, name)) for clip in clips}) != 1:
            raise ValueError(f"stack needs clips that all have {name}, or none")
    y, cb, cr = (np.concatenate([getattr(clip, name) for clip in clips]) for name in ("y", "cb", "cr"))
    return Clip(
        y=y, cb=cb, cr=cr, at=tuple(n for clip in clips for n in clip.at), format=clips[0].format,
        motion=_stacked_motion(clips), grain=_stacked_grain(clips),
        parity=tuple(p for clip in clips for p in clip.parity), lost=tuple(p for clip in clips for p in clip.lost),
        torn=tuple(p for clip in clips for p in clip.torn), faces=tuple(p for clip in clips for p in clip.faces),
    )  # fmt: skip


def _stacked_motion(clips: list[Clip]) -> Motion | None:
    motions = [clip.motion for clip in clips if clip.motion]
    if not motions:
        return None
    return Motion(tuple(f for m in motions for f in m.onward), tuple(f for m in motions for f in m.back))


def _stacked_grain(clips: list[Clip]) -> tuple[Plane, Plane, Plane] | None:
    grains = [clip.grain for clip in clips if clip.grain]
    if not grains:
        return None
    y, cb, cr = (np.concatenate([grain[n] for grain in grains]) for n in range(3))
    return y, cb, cr
