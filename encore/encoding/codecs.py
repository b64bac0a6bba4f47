"""Codecs we deliver: recipe, quality range, and the exact arguments ffmpeg gets."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from encore.core.doc import Doc
from encore.core.video import Chroma

Container = Literal["mp4", "mov", "mkv"]
KEY_FRAME_S = 5
"""Longest distance between key frames in seconds: a player jumps within a second or two, at < 2 % more bytes."""


class Codec(Doc):
    """What all codecs share: sample format and the containers that hold them, best first."""

    @property
    def chroma(self) -> Chroma:
        """Chroma subsampling that is encoded."""
        return "420"

    @property
    def depth(self) -> int:
        """Bits per encoded sample."""
        return 10

    @property
    def containers(self) -> tuple[Container, ...]:
        """Containers it may be published in."""
        return ("mp4", "mkv")

    def arguments(self, frames_per_key: int) -> tuple[str, ...]:
        """Encoder and options for ffmpeg, `frames_per_key` being the longest distance between key frames."""
        raise NotImplementedError


class Av1(Codec):
    """AV1 by SVT-AV1, the default: 10 bits, smallest."""

    kind: Literal["av1"] = "av1"
    crf: int = Field(default=28, ge=1, le=63)
    """Quality, lower is better."""
    speed: int = Field(default=8, ge=0, le=13)
    """SVT-AV1 preset, higher is faster and larger."""

    def arguments(self, frames_per_key: int) -> tuple[str, ...]:
        """SVT-AV1 with two processors per instance; tune 0 (visual) needs no sharpening tricks."""
        # tune=5 sharpens to please a metric and stays banned; lp bounds memory (2.2 GB at 2880x2160)
        return (
            "-c:v", "libsvtav1", "-preset", str(self.speed), "-crf", str(self.crf), "-g", str(frames_per_key),
            "-svtav1-params", "tune=0:lp=2:scd=0",
        )  # fmt: skip


class Hevc(Codec):
    """HEVC by x265: 10 bits, plays on most televisions."""

    kind: Literal["hevc"] = "hevc"
    crf: int = Field(default=20, ge=0, le=51)
    speed: Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower"] = "fast"

    @property
    def containers(self) -> tuple[Container, ...]:
        """QuickTime reads it too."""
        return ("mp4", "mov", "mkv")

    def arguments(self, frames_per_key: int) -> tuple[str, ...]:
        """x265 with closed groups; dark stages keep their shades (aq-mode 3)."""
        options = (
            f"keyint={frames_per_key}:min-keyint=1:open-gop=0:scenecut=0:aq-mode=3:info=0:log-level=error"
            ":range=limited:colorprim=bt709:transfer=bt709:colormatrix=bt709:chromaloc=0"
        )
        return (
            "-c:v",
            "libx265",
            "-preset",
            self.speed,
            "-crf",
            str(self.crf),
            "-tag:v",
            "hvc1",
            "-x265-params",
            options,
        )


class Avc(Codec):
    """H.264 by x264: 8 bits, plays everywhere."""

    kind: Literal["avc"] = "avc"
    crf: int = Field(default=18, ge=0, le=51)
    speed: Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower"] = "fast"

    @property
    def depth(self) -> int:
        """8 bits: most players refuse more."""
        return 8

    @property
    def containers(self) -> tuple[Container, ...]:
        """QuickTime reads it too."""
        return ("mp4", "mov", "mkv")

    def arguments(self, frames_per_key: int) -> tuple[str, ...]:
        """x264 with closed groups and no scene-cut key frames of its own."""
        options = f"keyint={frames_per_key}:min-keyint=1:open-gop=0:scenecut=0:aq-mode=3"
        return ("-c:v", "libx264", "-preset", self.speed, "-crf", str(self.crf), "-x264-params", options)


class ProRes(Codec):
    """ProRes 422 HQ: 10 bits, for editing."""

    kind: Literal["prores"] = "prores"

    @property
    def chroma(self) -> Chroma:
        """Twice the chroma of a delivery codec."""
        return "422"

    @property
    def containers(self) -> tuple[Container, ...]:
        """QuickTime is its home."""
        return ("mov", "mkv")

    def arguments(self, frames_per_key: int) -> tuple[str, ...]:
        """prores_ks, profile 3 (HQ); every frame is a key frame."""
        return ("-c:v", "prores_ks", "-profile:v", "3", "-vendor", "apl0")


class Ffv1(Codec):
    """FFV1 version 3: lossless, 10 bits 4:2:2, checksummed slices, for archives."""

    kind: Literal["ffv1"] = "ffv1"

    @property
    def chroma(self) -> Chroma:
        """Twice the chroma of a delivery codec."""
        return "422"

    @property
    def containers(self) -> tuple[Container, ...]:
        """Matroska is what archives expect; FFmpeg writes it into nothing else of ours."""
        return ("mkv",)

    def arguments(self, frames_per_key: int) -> tuple[str, ...]:
        """Each frame alone, 16 slices with checksums (the usual archival profile)."""
        return (
            "-c:v",
            "ffv1",
            "-level",
            "3",
            "-g",
            "1",
            "-slices",
            "16",
            "-slicecrc",
            "1",
            "-coder",
            "1",
            "-context",
            "0",
        )


AnyCodec = Annotated[Av1 | Hevc | Avc | ProRes | Ffv1, Field(discriminator="kind")]
"""Any codec, told apart by `kind`."""


def codec_of(kind: str) -> Av1 | Hevc | Avc | ProRes | Ffv1 | None:
    """A codec with its default recipe by name; None where there is none of that name."""
    known: tuple[Av1 | Hevc | Avc | ProRes | Ffv1, ...] = (Av1(), Hevc(), Avc(), ProRes(), Ffv1())
    return next((codec for codec in known if codec.kind == kind), None)


CODECS: tuple[str, ...] = ("av1", "hevc", "avc", "prores", "ffv1")
"""Names on the command line."""
