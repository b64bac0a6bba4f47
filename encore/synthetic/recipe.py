"""What a tape is made of: the recipe of a synthetic tape, and what cannot be."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Literal

from pydantic import Field

from encore.core.doc import Doc
from encore.core.errors import PlanError
from encore.core.time import TICKS_PER_FRAME
from encore.synthetic.scenes import Frame, SceneName

TapeScan = Literal["tff", "bff", "progressive", "psf", "film", "soft"]
"""`tff`/`bff`: every field its own moment, top or bottom first. `progressive`: whole frames, coded as such.
`psf`: whole frames on an interlaced tape. `film`: 24 pictures a second in fields 2:3, on an interlaced tape.
`soft`: 24 whole frames a second with repeat flags, as on a DVD of a film; its ticks are 48 a second."""
SoundCodec = Literal["auto", "ac3", "mp2", "aac", "pcm", "none"]

FORMATS = {
    ".mpg": "vob", ".vob": "vob", ".ts": "mpegts", ".mkv": "matroska", ".mp4": "mp4", ".mov": "mov", ".avi": "avi",
    ".dv": "dv",
}  # fmt: skip
"""FFmpeg's name of the container of each suffix."""
CODECS_WITHIN = {
    ".mpg": ("mpeg2", "mpeg2_422"), ".vob": ("mpeg2", "mpeg2_422"), ".ts": ("mpeg2", "mpeg2_422", "h264"),
    ".mp4": ("h264", "mpeg2", "mpeg2_422"), ".dv": ("dv",),
}  # fmt: skip
"""Picture codecs that a container can hold; the others hold all."""
CHROMA_WITHIN = {
    "mpeg2": ("420",), "mpeg2_422": ("422",), "h264": ("420", "422", "444"), "ffv1": ("420", "422", "444", "411"),
}  # fmt: skip
"""Chroma formats that our encoders take."""
MARK_FIRST, MARK_EVERY, MARK_TICKS = 20, 240, 6
"""Ticks. Multiples of ten start a new picture on field, frame and film tapes alike; a tenth of a second each."""
DROPPED_OF = (6, 3)
"""A tape with irregular timestamps lacks frame n when n % 6 == 3; marks (10, 130, 250...) are never among them."""


class TapeRecipe(Doc):
    """How to make a tape; the same recipe makes the same pictures and sound."""

    standard: Literal["ntsc", "pal"] = "ntsc"
    frames: int = Field(default=30, ge=1)
    """Tape frames, two ticks each."""
    scan: TapeScan = "tff"
    offset: Literal[0, 1] = 0
    """`psf` only: 1 when a picture is the second field of a tape frame with the first of the next."""
    flag: Literal["tff", "bff", "progressive"] | None = None
    """Scan type as flagged; None tells the truth."""
    scenes: tuple[SceneName, ...] = ("wide", "close")
    cuts: tuple[int, ...] = ()
    """First tick of every scene but the first; empty: scenes of about equal length, starting on even ticks."""
    dissolves: tuple[int, ...] = ()
    """Numbers of scenes (1 is the second) that are entered by a dissolve instead of a cut."""
    noise: float = Field(default=2.0, ge=0)
    """Standard deviation of white luma noise, 8-bit codes; chroma has 0.7 of it."""
    codec: Literal["mpeg2", "mpeg2_422", "dv", "h264", "ffv1"] = "mpeg2"
    bit_rate: int = Field(default=5_000_000, gt=0)
    """Bits per second; `mpeg2` and `mpeg2_422` only."""
    chroma: Literal["420", "422", "411", "444"] | None = None
    """None: what the codec is used with: 4:1:1 for NTSC DV, 4:2:2 for `mpeg2_422`, else 4:2:0."""
    depth: Literal[8, 10] = 8
    sample_aspect: Fraction | None = Fraction(0)
    """As flagged. 0: that of a 4:3 picture. None: not flagged. The picture has the flagged shape, or 4:3."""
    sound: SoundCodec = "auto"
    """`auto`: AC-3 on .mpg, .vob, MP2 on .ts, AAC on .mp4, else PCM."""
    marks: bool = True
    """Sync marks: a white square and a 1 kHz beep, 1/3 s from the start and then every four."""
    subtitles: bool = False
    chapters: bool = False
    title: str = ""
    vfr: bool = False
    """Irregular timestamps, one frame in six dropped (.mkv with `h264` or `ffv1`)."""
    seed: int = 0

    @property
    def rate(self) -> Fraction:
        """Tape frames per second; those of the film where repeat flags make the rest."""
        if self.scan == "soft":
            return Fraction(24000, 1001)
        return Fraction(30000, 1001) if self.standard == "ntsc" else Fraction(25)

    @property
    def ticks(self) -> int:
        """Length of the tape in ticks."""
        return self.frames * TICKS_PER_FRAME

    @property
    def shape(self) -> Fraction:
        """Width of a sample over its height, as the picture was drawn: flagged, or 4:3."""
        return self.sample_aspect or (Fraction(8, 9) if self.standard == "ntsc" else Fraction(16, 15))

    @property
    def frame(self) -> Frame:
        """The raster."""
        return Frame(width=720, height=480 if self.standard == "ntsc" else 576, aspect=self.shape)

    @property
    def order(self) -> Literal["tff", "bff"]:
        """Which field really comes first."""
        return "bff" if self.scan == "bff" else "tff"

    @property
    def flagged(self) -> Literal["tff", "bff", "progressive"]:
        """Scan type as the file will say."""
        return self.flag or ("progressive" if self.scan in ("progressive", "soft") else self.order)

    @property
    def sampling(self) -> Literal["420", "422", "411", "444"]:
        """Chroma format on the tape."""
        if self.chroma is not None:
            return self.chroma
        if self.codec == "mpeg2_422":
            return "422"
        return "411" if self.codec == "dv" and self.standard == "ntsc" else "420"

    @property
    def starts(self) -> tuple[int, ...]:
        """First tick of every scene."""
        count = len(self.scenes)
        return (0, *self.cuts) if self.cuts else tuple(self.ticks * i // count // 2 * 2 for i in range(count))

    @property
    def entries(self) -> tuple[tuple[SceneName, int, bool], ...]:
        """Every scene, its first tick, whether it is entered by a dissolve."""
        named = zip(self.scenes, self.starts, strict=True)
        return tuple((name, start, i in self.dissolves) for i, (name, start) in enumerate(named))

    @property
    def mark_ticks(self) -> tuple[int, ...]:
        """First tick of every sync mark."""
        return tuple(range(MARK_FIRST, self.ticks - MARK_TICKS + 1, MARK_EVERY)) if self.marks else ()

    @property
    def dropped(self) -> tuple[int, ...]:
        """Tape frames that are not in the file."""
        every, at = DROPPED_OF
        return tuple(range(at, self.frames, every)) if self.vfr else ()

    def check(self, path: Path) -> None:
        """Refuse what no tape can be.

        Raises:
            PlanError: two parts of the recipe, or the recipe and the suffix of `path`, exclude each other.
        """
        suffix, sampling = path.suffix.lower(), self.sampling
        starts = self.starts or (0,)
        dv = "411" if self.standard == "ntsc" else "420"
        wrong = (
            (suffix not in FORMATS, f"no container for {suffix or 'a name without suffix'}"),
            (self.codec not in CODECS_WITHIN.get(suffix, (self.codec,)), f"{suffix} cannot hold {self.codec}"),
            (self.codec == "dv" and (sampling, self.depth) != (dv, 8), f"DV has 8 bits, and here chroma {dv}"),
            (sampling not in CHROMA_WITHIN.get(self.codec, (sampling,)), f"{self.codec} has no chroma {sampling}"),
            (self.depth == 10 and self.codec not in ("h264", "ffv1"), f"{self.codec} has 8 bits"),
            (self.depth == 10 and sampling == "411", "there is no 4:1:1 with 10 bits"),
            (self.scan in ("film", "soft") and self.standard == "pal", "3:2 pull-down needs 60 fields a second"),
            (self.scan == "soft" and self.codec != "mpeg2", "repeat flags need mpeg2"),
            (self.vfr and (suffix != ".mkv" or self.codec not in ("h264", "ffv1")), "vfr needs .mkv, h264 or ffv1"),
            (self.subtitles and suffix not in (".mkv", ".mp4", ".mov"), f"{suffix} cannot hold text subtitles"),
            (self.offset == 1 and self.scan != "psf", "only psf has an offset"),
            (not self.scenes or len(starts) != len(self.scenes), "as many cuts as scenes, less one"),
            (list(starts) != sorted({0, *starts}) or starts[-1] >= self.ticks, "cuts must rise, on the tape"),
            (any(not 1 <= i < len(self.scenes) for i in self.dissolves), "dissolves must name a scene after the first"),
        )
        for refused, why in wrong:
            if refused:
                raise PlanError(f"this tape cannot be made: {why}", todo="change the recipe")


DEMO = TapeRecipe(
    frames=240,
    scenes=("wide", "close", "medium", "strobe", "guest", "crowd", "blackout"),
    cuts=(82, 151, 228, 270, 334, 410),
    dissolves=(4,),
    noise=3.0,
    chapters=False,
    title="Encore, live in concert 2000",
)
"""Eight seconds of an evening for `encore demo`; one cut (151) lies between the fields of a frame."""
