"""Restored pictures to an encoded chunk whose faces get more bits, by x264 or x265 in this process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import av.error
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame

from encore.core.doc import writing
from encore.core.errors import ToolError, VerifyError
from encore.core.video import Patch, Plane
from encore.media.inspect import open_container

Regions = tuple[tuple[Patch, float], ...]
"""Places and their offsets, share of the quantiser's range, negative is better; the first that covers a sample wins."""
ENCODERS = ("libx264", "libx265")
"""SVT-AV1 and libaom take regions and ignore them without a word: the same bytes come out."""
KEPT_GRAPHS = 4
"""A graph per set of regions; sets change every few pictures and hardly ever come back."""


class RegionWriter:
    """As `encore.media.write.ChunkWriter`, but every picture may say where it matters.

    A place is a filter (addroi), which cannot move; pictures therefore go through one small graph per set of places,
    and what it attaches to them survives to the encoder.

    Args:
        path: the chunk to make (.mp4).
        size: (width, height).
        rate: frames per second, exact.
        depth: 8 or 10 bits, 4:2:0.
        codec: ffmpeg arguments of the encoder, as `Codec.arguments`.

    Raises:
        ToolError: an encoder that ignores regions, or one that does not open.
    """

    def __init__(self, path: Path, size: tuple[int, int], rate: Fraction, depth: int, codec: tuple[str, ...]) -> None:
        options = dict(zip((name.lstrip("-") for name in codec[::2]), codec[1::2], strict=True))
        encoder, tag = options.pop("c:v"), options.pop("tag:v", None)
        if encoder not in ENCODERS:
            raise ToolError(f"{encoder} takes no regions")
        self._path, self._aside = path, path.with_name(f".{path.name}.part")
        self._size, self._rate, self._frames = size, rate, 0
        self._form = "yuv420p" if depth == 8 else "yuv420p10le"
        self._graphs: dict[Regions, Graph] = {}
        with writing(path):
            self._out: Any = av.open(str(self._aside), "w", format="mp4",
                                     options={"video_track_timescale": str(rate.numerator)})  # fmt: skip
        self._stream: Any = self._out.add_stream(encoder, rate=rate, options=options)
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt, self._stream.time_base = self._form, 1 / rate
        context = self._stream.codec_context
        context.time_base = 1 / rate
        context.color_range = 1
        context.color_primaries = context.color_trc = context.colorspace = 1
        if tag is not None:
            context.codec_tag = tag

    def write(self, planes: tuple[Plane, Plane, Plane], regions: Regions = ()) -> None:
        """Append one picture in the encoder's own samples.

        Raises:
            ToolError: the encoder failed.
        """
        frame = VideoFrame(*self._size, self._form)
        for plane, samples in zip(frame.planes, planes, strict=True):
            rows = np.frombuffer(cast(Any, plane), samples.dtype).reshape(-1, plane.line_size // samples.itemsize)
            rows[: samples.shape[0], : samples.shape[1]] = samples
        frame.pts, frame.time_base = self._frames, 1 / self._rate
        marked = self._marked(frame, regions) if regions else frame
        marked.color_range = 1
        try:
            self._out.mux(self._stream.encode(marked))
        except av.error.FFmpegError as error:
            raise ToolError("encoding a chunk with regions", stderr=str(error)) from error
        self._frames += 1

    def close(self) -> int:
        """Finish, check the count of frames, make it durable, give it its name.

        Returns:
            How many frames decoding order runs ahead of display order.

        Raises:
            ToolError: the encoder failed; VerifyError: it wrote another number of frames than it was given.
        """
        try:
            self._out.mux(self._stream.encode(None))
            self._out.close()
        except av.error.FFmpegError as error:
            raise ToolError("encoding a chunk with regions", stderr=str(error)) from error
        with open_container(self._aside) as container:
            shown = [
                round(packet.pts * packet.time_base * self._rate)
                for packet in container.demux(video=0)
                if packet.size and packet.pts is not None
            ]
        if sorted(shown) != list(range(self._frames)):
            raise VerifyError(f"the encoder wrote {len(shown)} frames of {self._frames}", todo="run again")
        with writing(self._path.parent):
            with self._aside.open("rb+") as file:
                os.fsync(file.fileno())
            self._aside.replace(self._path)
        return max(number - at for number, at in enumerate(shown))

    def abort(self) -> None:
        """Remove what was written."""
        self._out.close()
        self._aside.unlink(missing_ok=True)

    def _marked(self, frame: VideoFrame, regions: Regions) -> VideoFrame:
        graph = self._graphs.get(regions)
        if graph is None:
            if len(self._graphs) >= KEPT_GRAPHS:
                self._graphs.pop(next(iter(self._graphs)))
            graph = self._graphs[regions] = self._graph(regions)
        graph.push(frame)
        made = cast(VideoFrame, graph.pull())
        made.pts, made.time_base = frame.pts, frame.time_base
        return made

    def _graph(self, regions: Sequence[tuple[Patch, float]]) -> Graph:
        graph: Any = Graph()
        width, height = self._size
        last = graph.add_buffer(width=width, height=height, format=self._form, time_base=1 / self._rate)
        for (left, top, right, bottom), offset in regions:
            told = f"x={left}:y={top}:w={right - left}:h={bottom - top}:qoffset={offset}"
            node = graph.add("addroi", told)
            last.link_to(node)
            last = node
        sink = graph.add("buffersink")
        last.link_to(sink)
        graph.configure()
        return graph

    def __enter__(self) -> RegionWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: object) -> None:
        if kind is not None:
            self.abort()
