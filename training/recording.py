"""Recording: fields woven to tape frames, and the codec that they go through on their way into a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encore.media.process import Tool, run

Planes = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
"""Y', Cb, Cr of 4:2:0 in 8-bit studio codes, uint8."""
RATE = Fraction(30000, 1001)
RASTER = 720 * 480
"""Samples of a whole tape's picture, for which rates are told."""
TRIED = 4.0
"""Quantiser of a first encode, whose size tells the one that is needed: a short clip ends before a rate is held."""
STEEP = 0.8
"""Power of a ratio of sizes that is the ratio of quantisers; measured on noisy clips."""
QUANTISERS = (2.0, 20.0)
"""Least and greatest."""
TAGS = "setparams=field_mode={}:range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
"""BT.709, so that reading converts nothing and codes can be compared with the truth."""


@dataclass(frozen=True)
class Codec:
    """How frames are stored."""

    megabits: float = 0.0
    """Per second of MPEG-2 at 720x480, less for smaller pictures; 0: FFV1, which loses nothing."""
    crf: int | None = None
    """Of an H.264 copy made of the file; None: there is none."""


def interlaced(fields: Sequence[Planes]) -> list[Planes]:
    """Tape frames of fields, top field first."""
    frames: list[Planes] = []
    for top, bottom in zip(fields[0::2], fields[1::2], strict=True):
        woven = [np.stack([a, b], 1).reshape(-1, a.shape[1]) for a, b in zip(top, bottom, strict=True)]
        frames.append((woven[0], woven[1], woven[2]))
    return frames


def record(folder: Path, frames: Sequence[Planes], codec: Codec, *, progressive: bool = False) -> Path:
    """Write tape frames to a file in a folder.

    Raises:
        ToolError: ffmpeg failed.
    """
    fields = [] if progressive else ["-flags", "+ildct+ilme"]
    path = folder / ("tape.mpg" if codec.megabits else "tape.mkv")
    if codec.megabits:
        wanted = codec.megabits * 1e6 / 8 * frames[0][0].size / RASTER * len(frames) / float(RATE)
        mpeg2 = ["-c:v", "mpeg2video", "-g", "15", "-bf", "2", *fields, "-f", "vob", "-q:v"]
        _write(path, frames, [*mpeg2, str(TRIED)], progressive=progressive)
        quantiser = float(np.clip(TRIED * (path.stat().st_size / wanted) ** STEEP, *QUANTISERS))
        _write(path, frames, [*mpeg2, f"{quantiser:.2f}"], progressive=progressive)
    else:
        _write(path, frames, ["-c:v", "ffv1"], progressive=progressive)
    return path if codec.crf is None else _copied(path, folder / "copy.mkv", codec.crf, progressive=progressive)


def _write(path: Path, frames: Sequence[Planes], encoder: list[str], *, progressive: bool) -> None:
    height, width = frames[0][0].shape
    given = ["-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", f"{width}x{height}", "-framerate", str(RATE)]
    given += ["-i", "pipe:0", "-vf", TAGS.format("prog" if progressive else "tff"), "-threads", "1"]
    with Tool("recording a tape", [*given, *encoder, str(path)]) as tool:
        for frame in frames:
            for plane in frame:
                tool.write(np.ascontiguousarray(plane).tobytes())


def _copied(path: Path, copy: Path, crf: int, *, progressive: bool) -> Path:
    fields = [] if progressive else ["-flags", "+ildct+ilme", "-x264-params", "tff=1"]
    tags = TAGS.format("prog" if progressive else "tff")
    given = ["-i", str(path), "-vf", tags, "-c:v", "libx264", "-preset", "veryfast", "-crf", str(crf), "-threads", "1"]
    run("copying a tape", [*given, *fields, str(copy)])
    return copy
