"""Fields to pictures by FFmpeg's bwdif, exactly two per frame."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av.error
import av.filter
import numpy as np
from av.video.format import VideoFormat as AvFormat
from av.video.frame import VideoFrame

from encore.core.errors import ToolError
from encore.core.findings import FieldOrder
from encore.core.video import Plane
from encore.media.decode import Raw

CONTEXT_FRAMES = 2
"""Frames on each side that can influence a picture: bwdif reads the previous and the next frame, and the field
before the previous one."""


def bwdif(frames: list[Raw], chroma: str, order: FieldOrder) -> list[Raw]:
    """Two progressive pictures per woven frame, first field first; true lines are kept bit for bit.

    Args:
        frames: consecutive frames of one shot, at least one.
        chroma: their subsampling, "420" and so on.
        order: which field is first in time.
    Source: BBC R&D PH-2071 (w3fdif) with yadif's temporal check, as in FFmpeg's vf_bwdif.

    Raises:
        ToolError: FFmpeg refused the format.
    """
    height, width = frames[0].planes[0].shape
    suffix = "" if frames[0].depth == 8 else f"{frames[0].depth}le"
    name = (
        f"gbrp{suffix}"
        if frames[0].rgb
        else (f"yuv{chroma}p{suffix}" if len(frames[0].planes) > 1 else f"gray{suffix}")
    )
    graph = av.filter.Graph()
    graph.threads = 1
    entry = graph.add_buffer(width=width, height=height, format=AvFormat(name), time_base=Fraction(1, 50))
    filter_ = graph.add("bwdif", f"mode=send_field:parity={order}:deint=all")
    graph.link_nodes(entry, filter_, graph.add("buffersink")).configure()
    pictures: list[Raw] = []
    for number, frame in enumerate(frames):
        graph.push(_to_av(frame, name, number))
        pictures += _drain(graph, frame)
    graph.push(None)
    pictures += _drain(graph, frames[0])
    if len(pictures) != 2 * len(frames):
        raise ToolError(f"bwdif gave {len(pictures)} pictures for {len(frames)} frames", stderr=name)
    return pictures


def _to_av(frame: Raw, name: str, pts: int) -> VideoFrame:
    height, width = frame.planes[0].shape
    made = VideoFrame(width, height, name)
    made.pts = pts
    for plane, samples in zip(_planes(made), frame.planes, strict=True):
        rows = np.frombuffer(plane, samples.dtype).reshape(-1, plane.line_size // samples.itemsize)
        rows[: samples.shape[0], : samples.shape[1]] = samples
    return made


def _planes(frame: VideoFrame) -> tuple[Any, ...]:
    """Planes as buffers, which PyAV's stubs do not say they are."""
    return frame.planes


def _drain(graph: av.filter.Graph, like: Raw) -> list[Raw]:
    pictures: list[Raw] = []
    while True:
        try:
            picture = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return pictures
        if isinstance(picture, VideoFrame):
            pictures.append(
                Raw(tuple(_from_av(plane, like.planes[0].dtype) for plane in picture.planes), like.depth, like.rgb)
            )


def _from_av(plane: Any, kind: Any) -> Plane:
    samples = np.frombuffer(plane, kind).reshape(-1, plane.line_size // kind.itemsize)
    return samples[: plane.height, : plane.width].copy()
