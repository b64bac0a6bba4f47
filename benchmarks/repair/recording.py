"""Truth put on tape: pictures to fields with noise, woven into a lossless file or an MPEG-2 one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.repair.scenes import Picture
from encore.core.video import CHROMA_CODES, LUMA_CODES
from encore.media.colour import to_rgb_matrix
from encore.media.process import Tool
from encore.motion.light import BLACK
from encore.synthetic.signal import CHROMA_NOISE

Planes = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
"""Y', Cb, Cr of 4:2:0 in 8-bit studio codes, float32 where they are truth or made, uint8 on tape."""

NTSC, PAL = Fraction(30000, 1001), Fraction(25)
ACROSS = 0.7
"""Gaussian that colours the noise of tape, samples: neighbours correlate by 0.6."""
TAGS = "setparams=field_mode=tff:range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
"""BT.709, so that reading converts nothing and codes can be compared."""


@dataclass(frozen=True)
class Hiss:
    """Noise of a tape: standard deviation in 8-bit codes of luma, and whether neighbours across are alike."""

    sigma: float = 0.0
    coloured: bool = False
    seed: int = 5


def planes_of(picture: Picture) -> Planes:
    """What a 4:2:0 interlaced recorder stores of one moment, were it given all lines; not rounded.

    Chroma lies on luma's columns; its lines lie as MPEG-2 has them: even ones between lines of the top field (3:1),
    odd ones between lines of the bottom field (1:3).
    """
    luma, *chroma = cv2.split(cv2.transform(picture, np.linalg.inv(to_rgb_matrix("bt709")).astype(np.float32)))
    taps = np.array([0.25, 0.5, 0.25], np.float32)
    fewer: list[NDArray[Any]] = []
    for plane in chroma:
        narrow = cv2.sepFilter2D(plane, -1, taps, np.ones(1, np.float32))[:, ::2]
        made = np.empty((narrow.shape[0] // 2, narrow.shape[1]), np.float32)
        made[0::2] = narrow[0::4] * np.float32(0.75) + narrow[2::4] * np.float32(0.25)
        made[1::2] = narrow[1::4] * np.float32(0.25) + narrow[3::4] * np.float32(0.75)
        fewer.append(made * np.float32(CHROMA_CODES) + np.float32(128))
    return luma * np.float32(LUMA_CODES) + np.float32(BLACK), fewer[0], fewer[1]


def noisy(planes: Planes, hiss: Hiss, at: int) -> Planes:
    """Codes with the noise of field or picture `at`, rounded to uint8."""
    random = np.random.default_rng((hiss.seed, 23, at))
    made: list[NDArray[Any]] = []
    for number, plane in enumerate(planes):
        codes = plane
        if hiss.sigma:
            codes = plane + noise_of(plane.shape, hiss, random) * np.float32(CHROMA_NOISE if number else 1)
        made.append(np.clip(np.rint(codes), 1, 254).astype(np.uint8))
    return made[0], made[1], made[2]


def noise_of(shape: tuple[int, ...], hiss: Hiss, random: np.random.Generator) -> NDArray[Any]:
    """Noise of that strength and colour."""
    noise = random.standard_normal(shape, np.float32)
    if hiss.coloured:
        noise = np.asarray(cv2.GaussianBlur(noise, (9, 1), ACROSS, borderType=cv2.BORDER_REFLECT), np.float32)
        noise /= noise.std()
    return noise * np.float32(hiss.sigma)


def interlaced(truth: Sequence[Planes], hiss: Hiss) -> list[Planes]:
    """Tape frames of uint8: the even lines of one moment, the odd lines of the next, each field with its own noise."""
    fields = [noisy(planes, hiss, tick) for tick, planes in enumerate(truth)]
    frames: list[Planes] = []
    for top, bottom in zip(fields[0::2], fields[1::2], strict=True):
        frame = [plane.copy() for plane in top]
        for whole, odd in zip(frame, bottom, strict=True):
            whole[1::2] = odd[1::2]
        frames.append((frame[0], frame[1], frame[2]))
    return frames


def record(path: Path, frames: Iterable[Planes], rate: Fraction = NTSC, megabits: float = 0.0) -> Path:
    """Write interlaced tape frames, top field first.

    Args:
        path: a .mkv, or a .mpg for MPEG-2.
        frames: woven.
        rate: frames per second.
        megabits: per second of MPEG-2; 0 writes FFV1, which loses nothing.

    Raises:
        ToolError: ffmpeg failed.
    """
    listed = list(frames)
    height, width = listed[0][0].shape
    given = ["-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", f"{width}x{height}"]
    given += ["-framerate", str(rate), "-i", "pipe:0", "-vf", TAGS, "-threads", "1"]
    if megabits:
        given += ["-c:v", "mpeg2video", "-b:v", str(int(megabits * 1e6)), "-maxrate", "9000000", "-bufsize", "1835008"]
        given += ["-g", "15", "-bf", "2", "-flags", "+ildct+ilme", "-f", "vob"]
    else:
        given += ["-c:v", "ffv1"]
    with Tool("recording a tape", [*given, str(path)]) as tool:
        for frame in listed:
            for plane in frame:
                tool.write(np.ascontiguousarray(plane).tobytes())
    return path
