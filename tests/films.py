"""Small media files and what is in them, for tests of everything that reads or writes files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from encore.core.video import CHROMA_STEPS, Chroma
from encore.media.decode import Raw, decoded, raw
from encore.media.process import run

NTSC_FIELD = Fraction(60000, 1001)
Planes = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


def lavfi(path: Path, *arguments: str, picture: str = "testsrc2=size=128x96:rate=30000/1001", frames: int = 6) -> Path:
    """A file made by ffmpeg from its own test picture."""
    run("making", ("-f", "lavfi", "-i", picture, *arguments, "-frames:v", str(frames), str(path)))
    return path


def small_tape(path: Path, frames: int = 30) -> Path:
    """A quarter-size tape (MPEG-2, AC-3): interlaced, top field first, a cut in the middle; quick to restore."""
    half = f"size=176x144:rate=60000/1001,trim=end_frame={frames}"
    joined = f"testsrc2={half}[a];mandelbrot=maxiter=200:{half}[b];[a][b]concat,tinterlace=interleave_top"
    sound = ("-f", "lavfi", "-i", f"sine=duration={frames * 1001 / 30000}", "-map", "0", "-map", "1", "-c:a", "ac3")
    picture = ("-c:v", "mpeg2video", "-b:v", "3M", "-flags", "+ildct+ilme")
    return lavfi(path, *sound, *picture, picture=f"{joined},setsar=12/11,setfield=tff", frames=frames)


def noise_raw(
    seed: int, width: int = 64, height: int = 48, chroma: Chroma = "420", depth: int = 8, *, rgb: bool = False
) -> Raw:
    """A frame of noise in which no two samples can be mistaken for each other's neighbours."""
    random = np.random.default_rng(seed)
    kind = np.uint8 if depth == 8 else np.uint16
    across, down = CHROMA_STEPS[chroma]
    small = (-(-height // down), -(-width // across))
    sizes = ((height, width), small, small)
    return Raw(tuple(random.integers(0, 1 << depth, size, kind) for size in sizes), depth, rgb)


def moving(frames: int, size: tuple[int, int] = (128, 96), depth: int = 8, chroma: str = "420") -> Iterator[Planes]:
    """Pictures in studio codes: a ramp with a bright square that moves by 3 samples a picture."""
    width, height = size
    kind = np.uint8 if depth == 8 else np.uint16
    scale = 1 << (depth - 8)
    ramp = np.linspace(40, 180, width * height).reshape(height, width) * scale
    small = (height // (2 if chroma == "420" else 1), width // 2)
    for number in range(frames):
        y = ramp.copy()
        left = 3 * number % (width - 24)
        y[20:44, left : left + 24] = 210 * scale
        cb = np.full(small, (100 + number % 40) * scale)
        cr = np.tile(np.linspace(110, 150, small[1]) * scale, (small[0], 1))
        yield y.astype(kind), cb.astype(kind), cr.astype(kind)


def video_frame(planes: Sequence[NDArray[Any]], name: str, pts: int | None = None) -> VideoFrame:
    """A frame for PyAV of planar samples."""
    height, width = planes[0].shape
    made = VideoFrame(width, height, name)
    made.pts = pts
    for plane, samples in zip(made.planes, planes, strict=True):
        rows = np.frombuffer(plane, samples.dtype).reshape(-1, plane.line_size // samples.itemsize)
        rows[: samples.shape[0], : samples.shape[1]] = samples
    return made


def recorded(path: Path, frames: Sequence[Planes], rate: str = "25") -> Path:
    """Frames of 8-bit 4:2:0 planes as a lossless file, top field first."""
    height, width = frames[0][0].shape
    raw = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", rate, "-i", "-")
    tags = ("-vf", "setparams=field_mode=tff:colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv")
    feed = (plane.tobytes() for planes in frames for plane in planes)
    run("recording", [*raw, *tags, "-c:v", "ffv1", str(path)], feed=feed)
    return path


def raws(path: Path) -> list[Raw]:
    """All frames of a file."""
    with av.open(str(path)) as container:
        index = container.streams.video[0].index
    return [raw(frame) for _stamp, frame in decoded(path, index)]


def frame_hashes(path: Path) -> list[str]:
    """A hash of the samples of every frame."""
    return [hashlib.sha256(b"".join(p.tobytes() for p in frame.planes)).hexdigest() for frame in raws(path)]


def picture_packets(path: Path) -> list[tuple[Fraction, Fraction, bool]]:
    """(time, length, key frame) of every packet of the picture stream, in display order, in exact seconds."""
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
        return sorted((p.pts * p.time_base, (p.duration or 0) * p.time_base, p.is_keyframe) for p in packets)


def heard(path: Path, stream: int = 0) -> tuple[NDArray[np.float32], int]:
    """First channel of a sound stream at 48 kHz, gaps as silence, and the place of its first sample (48000ths)."""
    with av.open(str(path)) as container:
        sound = container.streams.audio[stream]
        frames = [frame for frame in container.decode(sound) if frame.pts is not None]
    start = round(frames[0].pts * frames[0].time_base * 48000)
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=48000)
    line = np.zeros(round(frames[-1].pts * frames[-1].time_base * 48000) - start + 48000, np.float32)
    end = 0
    for frame in frames:
        at = round(frame.pts * frame.time_base * 48000) - start
        at = end if abs(at - end) < 100 else at  # milliseconds are too coarse for samples
        for part in resampler.resample(frame):
            samples = part.to_ndarray()[0]
            line[at : at + len(samples)] = samples
            end = max(end, at + len(samples))
    return line[:end], start
