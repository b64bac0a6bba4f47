"""Pictures of a film at the sizes of a ladder, in the samples that an encoder takes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av.error
import av.filter
import numpy as np
from av.video.frame import VideoFrame

from encore.core.errors import ToolError
from encore.core.video import Plane

FLAGS = "lanczos+accurate_rnd+full_chroma_int"
"""FFmpeg's scaler with three lobes and without its shortcuts."""


class Scaler:
    """Makes 4:2:0 pictures of one size of frames that all have another; chroma stays sited left.

    Args:
        size: (width, height), even.
        depth: 8 or 10 bits.
    """

    def __init__(self, size: tuple[int, int], depth: int) -> None:
        self._size, self._depth = size, depth
        self._graph: av.filter.Graph | None = None

    def scaled(self, frame: VideoFrame) -> tuple[Plane, Plane, Plane]:
        """Y', Cb, Cr of one frame.

        Raises:
            ToolError: FFmpeg cannot scale the format.
        """
        try:
            if self._graph is None:
                self._graph = self._made(frame)
            self._graph.push(frame)
            out: Any = self._graph.pull()
        except (av.error.FFmpegError, ValueError) as error:
            raise ToolError("scaling a picture", stderr=str(error)) from error
        y, cb, cr = (_samples(plane, self._depth) for plane in out.planes)
        return y, cb, cr

    def _made(self, frame: VideoFrame) -> av.filter.Graph:
        width, height = self._size
        name = "yuv420p" if self._depth == 8 else f"yuv420p{self._depth}le"
        graph = av.filter.Graph()
        graph.threads = 1
        entry = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1, 1000)
        )
        places = "in_chroma_loc=left:out_chroma_loc=left" if _subsampled(frame) else "out_chroma_loc=left"
        colour = "in_range=tv:out_range=tv:in_color_matrix=bt709:out_color_matrix=bt709"
        scale = graph.add("scale", f"w={width}:h={height}:flags={FLAGS}:{colour}:{places}")
        graph.link_nodes(entry, scale, graph.add("format", f"pix_fmts={name}"), graph.add("buffersink")).configure()
        return graph


def _subsampled(frame: VideoFrame) -> bool:
    return (frame.format.chroma_width(64), frame.format.chroma_height(64)) != (64, 64)


def _samples(plane: Any, depth: int) -> Plane:
    kind = np.dtype(np.uint8 if depth == 8 else "<u2")
    rows = np.frombuffer(plane, kind).reshape(-1, plane.line_size // kind.itemsize)
    return rows[: plane.height, : plane.width].copy()
