"""What a file says about itself: streams, flags, clocks; all of it hints that measurement checks later."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import av.container
import av.error
import av.logging
from av.stream import Stream as AvStream
from av.video.format import VideoFormat as AvFormat
from av.video.stream import VideoStream as AvVideoStream

from encore.core.errors import InputError
from encore.core.source import Chapter, Source, Stream, VideoStream
from encore.core.video import CHROMA_STEPS, Chroma, Colour, Matrix, Primaries, Siting

BLOCK_BYTES = 256 << 10
BLOCKS = 17
"""Blocks of the fingerprint: both ends and 15 between; any re-edit or re-encode changes some of them."""
PROBE_OPTIONS = {"probesize": "50000000", "analyzeduration": "20000000"}
"""20 s or 50 MB are searched for streams: on tape captures sound may begin seconds after the picture."""
FLAGGED: dict[int, Literal["progressive", "tff", "bff"]] = {1: "progressive", 2: "tff", 3: "bff", 4: "tff", 5: "bff"}
"""AVFieldOrder: 2 and 4 show the top field first, 3 and 5 the bottom field."""
MATRICES: dict[int, Matrix] = {0: "rgb", 1: "bt709", 5: "bt601", 6: "bt601", 7: "smpte240m"}
PRIMARIES: dict[int, Primaries] = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 7: "smpte170m"}
"""H.273 code points; 7 (SMPTE 240M) has the chromaticities of 6."""
FORMATS_WITHOUT_PICTURE = {
    "tty",
    "ansi",
    "image2",
    "png_pipe",
    "jpeg_pipe",
    "bmp_pipe",
    "gif",
    "webp_pipe",
    "lrc",
    "srt",
    "ass",
}
"""Demuxers that would make a film of a text file or a still."""


def fingerprint(path: Path) -> str:
    """sha256 over the size and `BLOCKS` blocks of the file: identity in milliseconds, also for 20 GB."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        for number in range(BLOCKS):
            file.seek(max(0, size - BLOCK_BYTES) * number // (BLOCKS - 1))
            digest.update(file.read(BLOCK_BYTES))
    return digest.hexdigest()


def open_container(path: Path) -> av.container.InputContainer:
    """Open a media file for reading.

    Raises:
        InputError: it is no media file, is damaged beyond opening, or may not be read.
    """
    av.logging.set_level(av.logging.FATAL)
    try:
        return av.open(str(path), options=PROBE_OPTIONS, metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{path}: not a video file that can be opened ({reason})",
            todo="check that the file is complete and is a capture of the tape",
        ) from error


def inspect(path: Path) -> Source:
    """Read streams and flags of a media file; the picture stream is the largest real video stream.

    Raises:
        InputError: not a media file, or one without a picture.
    """
    with open_container(path) as container:
        video = _picture_stream(path, container)
        return Source(
            path=path.absolute(),
            bytes=path.stat().st_size,
            fingerprint=fingerprint(path),
            container=container.format.name,
            video=_video_stream(path, video),
            others=tuple(_stream(stream) for stream in container.streams if stream.index != video.index),
            chapters=tuple(_chapter(chapter) for chapter in container.chapters()),
            metadata=tuple(sorted((str(k), str(v)) for k, v in container.metadata.items())),
            promised_s=Fraction(container.duration, 1_000_000) if container.duration else None,
        )


def _picture_stream(path: Path, container: av.container.InputContainer) -> AvVideoStream:
    still = "attached_pic"
    candidates = [s for s in container.streams.video if still not in str(s.disposition).lower() and s.codec_context]
    if not candidates or container.format.name in FORMATS_WITHOUT_PICTURE:
        kinds = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise InputError(f"{path}: has no moving picture (found: {kinds})", todo="give a file with a video stream")
    best = max(candidates, key=lambda s: s.codec_context.width * s.codec_context.height)
    if not best.codec_context.width or not best.codec_context.height or not best.codec_context.pix_fmt:
        raise InputError(
            f"{path}: its video stream cannot be decoded ({best.codec_context.name})",
            todo="check that the file is complete",
        )
    return best


def _video_stream(path: Path, stream: AvVideoStream) -> VideoStream:
    context = stream.codec_context
    if context.format is None:
        raise InputError(f"{path}: its samples are of no known format", todo="check that the file is complete")
    chroma, depth = sample_layout(context.format)
    aspect = stream.sample_aspect_ratio or context.sample_aspect_ratio
    if stream.time_base is None:
        raise InputError(f"{path}: its video stream has no clock", todo="remux the file")
    return VideoStream(
        index=stream.index,
        codec=context.name,
        width=context.width,
        height=context.height,
        pixel_format=context.pix_fmt or "",
        chroma=chroma,
        depth=depth,
        sample_aspect=Fraction(aspect) if aspect else None,
        flagged=FLAGGED.get(int(context.field_order), "unknown"),
        rate=stream.average_rate or stream.base_rate or None,
        time_base=stream.time_base,
        colour=_colour(context, chroma),
    )


def sample_layout(pixel_format: AvFormat) -> tuple[Chroma, int]:
    """Chroma subsampling and bits per sample as `raw` gives them; grey counts as 4:4:4, coarse R'G'B' has 8 bits.

    Raises:
        InputError: a chroma layout or number format that no tape has.
    """
    depth = max(8, *(component.bits for component in pixel_format.components))
    steps = (64 // max(1, pixel_format.chroma_width(64)), 64 // max(1, pixel_format.chroma_height(64)))
    if pixel_format.is_rgb or len(pixel_format.components) < 3:
        steps = (1, 1)
    for name, known in CHROMA_STEPS.items():
        if steps == known and depth <= 16:
            return name, depth
    raise InputError(f"chroma layout {pixel_format.name} is not supported", todo="convert the capture to 4:2:2 first")


def _colour(context: Any, chroma: Chroma) -> Colour:
    """Flags where they make sense.

    A matrix that is not flagged follows from the line count. Primaries that are not flagged are left as they are:
    what the tape does not say is not changed (docs/decisions/0011-primaries.md).
    """
    high_definition = context.height > 576
    matrix = MATRICES.get(int(context.colorspace))
    primaries = PRIMARIES.get(int(context.color_primaries))
    if context.format.is_rgb:
        matrix = "rgb"
    return Colour(
        matrix=matrix or ("bt709" if high_definition else "bt601"),
        primaries=primaries or "bt709",
        full_range=int(context.color_range) == 2 or (context.pix_fmt or "").startswith("yuvj") or context.format.is_rgb,
        siting=_siting(context, chroma),
        guessed=matrix is None,
    )


def _siting(context: Any, chroma: Chroma) -> Siting:
    """By codec, since hardly any tape flags it: MPEG-1 and JPEG sit in the middle, 625-line DV at the top left."""
    if context.name in ("mpeg1video", "mjpeg"):
        return "center"
    return "topleft" if context.name == "dvvideo" and chroma == "420" else "left"


def _stream(stream: AvStream) -> Stream:
    kind = stream.type if stream.type in ("audio", "subtitle", "data", "attachment", "video") else "data"
    tick = stream.time_base
    context = getattr(stream, "codec_context", None)
    return Stream(
        index=stream.index,
        kind=kind,
        codec=context.name if context is not None else "",
        language=stream.language or stream.metadata.get("LANGUAGE", ""),
        start_s=stream.start_time * tick if stream.start_time is not None and tick else None,
        duration_s=stream.duration * tick if stream.duration is not None and tick else None,
    )


def _chapter(chapter: Any) -> Chapter:
    tick = Fraction(chapter["time_base"])
    title = chapter.get("metadata", {}).get("title", "")
    return Chapter(start_s=chapter["start"] * tick, end_s=chapter["end"] * tick, title=title)
