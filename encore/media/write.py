"""Restored pictures to an encoded chunk: raw samples down a pipe, tags that stick, written aside and renamed."""

from __future__ import annotations

import os
import queue
import threading
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from encore.core.doc import writing
from encore.core.errors import EncoreError, ToolError, VerifyError
from encore.core.video import Plane
from encore.media.inspect import open_container
from encore.media.process import Tool

TAGS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709:chroma_location=left:field_mode=prog"
"""As a filter: given as output options FFmpeg 9 loses primaries and transfer."""
QUEUED_PICTURES = 3
"""Pictures waiting for the encoder: enough to bridge its hiccups, 19 MB each at 2880x2160."""
MUXER_OF = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}


class ChunkWriter:
    """One encoder process; feed pictures, then `close()` to have the chunk under its name, or `abort()`.

    Args:
        path: the chunk to make (.mp4, .mov or .mkv).
        size: (width, height).
        rate: frames per second, exact.
        chroma: "420" or "422".
        depth: 8 or 10 bits.
        codec: ffmpeg arguments of the encoder.
    """

    def __init__(
        self, path: Path, size: tuple[int, int], rate: Fraction, chroma: str, depth: int, codec: tuple[str, ...]
    ) -> None:
        self._path, self._aside = path, path.with_name(f".{path.name}.part")
        self._frames, self._rate = 0, rate
        pixel_format = f"yuv{chroma}p" + ("" if depth == 8 else f"{depth}le")
        arguments = (
            "-f", "rawvideo", "-pix_fmt", pixel_format, "-s", f"{size[0]}x{size[1]}",
            "-r", f"{rate.numerator}/{rate.denominator}",
            "-i", "pipe:0", "-vf", TAGS, "-fps_mode", "passthrough", *codec, "-pix_fmt", pixel_format,
            *(("-video_track_timescale", str(rate.numerator)) if path.suffix != ".mkv" else ()),
            "-map_metadata", "-1", "-f", MUXER_OF[path.suffix], str(self._aside),
        )  # fmt: skip
        self._tool = Tool("encoding a chunk", arguments)
        self._queue: queue.Queue[tuple[Plane, ...] | None] = queue.Queue(QUEUED_PICTURES)
        self._failure: EncoreError | None = None
        self._feeder = threading.Thread(target=self._feed, daemon=True)
        self._feeder.start()

    @property
    def pid(self) -> int:
        """Process number of the encoder."""
        return self._tool.pid

    def write(self, planes: tuple[Plane, Plane, Plane]) -> None:
        """Append one picture: contiguous Y', Cb, Cr in the encoder's own samples.

        Raises:
            ToolError, OutputError: the encoder died.
        """
        if self._failure is not None:
            raise self._failure
        self._queue.put(tuple(np.ascontiguousarray(plane) for plane in planes))
        self._frames += 1

    def close(self) -> int:
        """Finish, check the count of frames, make it durable, give it its name.

        Returns:
            How many frames decoding order runs ahead of display order (0 without B-frames).

        Raises:
            ToolError, OutputError: the encoder failed or ignored an argument.
            VerifyError: it wrote another number of frames than it was given, or does not start with a key frame.
        """
        self._queue.put(None)
        self._feeder.join()
        if self._failure is not None:
            raise self._failure
        self._tool.finish()
        with open_container(self._aside) as container:
            found = [
                (packet.is_keyframe, round(packet.pts * packet.time_base * self._rate))
                for packet in container.demux(video=0)
                if packet.size and packet.pts is not None
            ]
        if sorted(shown for _, shown in found) != list(range(self._frames)) or not found[0][0]:
            raise VerifyError(
                f"the encoder wrote {len(found)} frames of {self._frames}", todo="run the same command again"
            )
        with writing(self._path.parent):
            with self._aside.open("rb+") as file:
                os.fsync(file.fileno())
            self._aside.replace(self._path)
        return max(number - shown for number, (_, shown) in enumerate(found))

    def abort(self) -> None:
        """End the encoder and remove what it wrote."""
        self._failure = self._failure or ToolError("encoding was abandoned")
        self._tool.kill()
        while self._feeder.is_alive():  # it may wait for a picture as well as for the encoder
            with suppress(queue.Empty):
                self._queue.get_nowait()
            with suppress(queue.Full):
                self._queue.put_nowait(None)
            self._feeder.join(0.05)
        self._aside.unlink(missing_ok=True)

    def _feed(self) -> None:
        while (planes := self._queue.get()) is not None:
            if self._failure is not None:
                continue  # keep emptying the queue, so that the writer never waits for a dead encoder
            try:
                for plane in planes:
                    self._tool.write(plane.data.cast("B"))
            except (EncoreError, ValueError) as error:
                self._failure = error if isinstance(error, EncoreError) else ToolError("encoding was abandoned")

    def __enter__(self) -> ChunkWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: Any, _trace: Any) -> None:
        if kind is not None:
            self.abort()
