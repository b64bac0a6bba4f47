"""Compressed picture stream to raw frames, in order, with exact timestamps and every sign of damage."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import av
import av.error
import numpy as np
from av.sidedata.encparams import VideoEncParams, VideoEncParamsType
from av.sidedata.sidedata import SideDataContainer
from av.video.frame import VideoFrame

from encore.core.errors import InputError
from encore.core.video import Plane
from encore.media.inspect import open_container, sample_layout

INTRA_CODECS = {"dvvideo", "mjpeg", "ffv1", "huffyuv", "utvideo", "prores", "dnxhd", "v210", "rawvideo", "magicyuv"}
"""Codecs whose frames stand alone: jumping to any key frame is exact."""
JUMP_FRAMES = 1500
"""Shortest way ahead worth jumping instead of decoding: about two seconds of decoding at SD."""
KEPT_FRAMES = 8
"""Decoded frames kept for neighbours that look back (a filter's context at the start of a chunk)."""
_TELLING = (VideoEncParamsType.MPEG2, VideoEncParamsType.H264)
_DELTA_OFFSET = 16
"""Bytes before `delta_qp` in FFmpeg's AVVideoBlockParams (libavutil/video_enc_params.h): src_x, src_y, w, h."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A decoded frame in its own samples: (H, W) luma, two chroma planes (or none for grey), uint8 or uint16."""

    planes: tuple[Plane, ...]
    depth: int
    rgb: bool = False
    """True: planes are G, B, R instead of Y', Cb, Cr."""
    quantiser: float | None = None
    """Mean over the macroblocks as FFmpeg tells it: QP of H.264 (0-51), twice the quantiser code of MPEG-1/2/4 (2-62),
    or that of MPEG-2's other scale (1-112). None where the decoder was not asked or does not tell: it does not for the
    last frame of MPEG-1/2, nor for any of other codecs."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What accompanies a decoded frame: time in stream units (None where the tape has none) and flags."""

    pts: int | None
    duration: int
    corrupt: bool
    interlaced: bool
    key: bool = True
    """Stands alone: damage before it ends here."""


def decoded(path: Path, stream: int, *, quantisers: bool = False) -> Iterator[tuple[Stamp, VideoFrame]]:
    """Every frame that comes out of the decoder, in display order; unreadable packets are stepped over.

    Args:
        path: the tape.
        stream: index of its picture stream.
        quantisers: make the decoder tell them, for `raw` to pass on; costs 0.2 ms per SD frame.

    Raises:
        InputError: the file can no longer be opened.
    """
    with open_container(path) as container:
        yield from _decode(container, stream, container.demux(container.streams[stream]), quantisers)


def _decode(container: Any, stream: int, packets: Any, quantisers: bool) -> Iterator[tuple[Stamp, VideoFrame]]:
    context = container.streams[stream].codec_context
    if not context.is_open:  # after a jump it is, and keeps its threads
        # frame threads would blame the wrong frame for an error, and slice threads leave holes where one thread
        # conceals: damaged pictures must not depend on the number of cores
        context.thread_count = 1
        if quantisers:
            context.options = {**context.options, "export_side_data": "venc_params"}
    failed = False
    while True:
        try:
            packet = next(packets)
            frames = packet.decode()
        except (StopIteration, av.error.EOFError):
            return
        except av.error.FFmpegError:
            failed = True
            continue
        for frame in frames:
            corrupt = frame.is_corrupt or failed
            failed = False
            yield Stamp(frame.pts, frame.duration or 0, corrupt, frame.interlaced_frame, frame.key_frame), frame


def raw(frame: VideoFrame) -> Raw:
    """The samples of a frame, copied out; packed and palette formats are unpacked without loss."""
    kind = frame.format
    chroma, depth = sample_layout(kind)
    suffix = "" if depth == 8 else f"{depth}le"
    grey = len(kind.components) < 3 and not kind.is_rgb and kind.name != "pal8"
    rgb = kind.is_rgb or kind.name == "pal8"
    layout = "gray" if grey else "gbrp" if rgb else f"yuv{chroma}p"
    wanted = layout + suffix
    quantiser = _quantiser(frame)  # a reformatted frame no longer has it
    if kind.name not in (wanted, f"yuvj{chroma}p"):
        frame = frame.reformat(format=wanted)
    return Raw(tuple(_samples(plane, depth) for plane in frame.planes), depth, rgb, quantiser)


def _quantiser(frame: VideoFrame) -> float | None:
    """Mean of what FFmpeg's MPEG-1/2/4 and H.264 decoders export; VP9's scale is another and is left out."""
    # as an attribute of the frame it would be a cycle: half a megabyte that waits for the garbage collector
    for data in cast(Any, SideDataContainer)(frame):
        if isinstance(data, VideoEncParams) and data.codec_type in _TELLING and data.nb_blocks:
            offset, step = data.blocks_offset + _DELTA_OFFSET, data.block_size
            deltas = np.ndarray((data.nb_blocks,), np.int32, bytes(cast(Any, data)), offset, (step,))
            return data.qp + float(deltas.mean())
    return None


def _samples(plane: Any, depth: int) -> Plane:
    kind = np.dtype(np.uint8 if depth == 8 else "<u2")
    rows = np.frombuffer(plane, kind).reshape(-1, plane.line_size // kind.itemsize)
    return rows[: plane.height, : plane.width].copy()


class Deck:
    """Plays a tape for readers that mostly go forward: any decoded frame by its number, exactly.

    Args:
        path: the tape.
        stream: index of its picture stream.
        pts: timestamps of all decoded frames in order, as the survey saw them; None where missing.
        quantisers: make the decoder tell them.
    """

    def __init__(self, path: Path, stream: int, pts: list[int | None], *, quantisers: bool = False) -> None:
        self._path, self._stream, self._pts, self._quantisers = path, stream, pts, quantisers
        self._kept: deque[tuple[int, VideoFrame]] = deque(maxlen=KEPT_FRAMES)
        self._next = 0
        self._frames: Iterator[tuple[Stamp, VideoFrame]] = iter(())
        self._container: Any = None
        self._rewind()

    def frame(self, number: int) -> VideoFrame:
        """Decoded frame `number`, from 0.

        Raises:
            InputError: the tape no longer yields this frame; it changed since it was surveyed.
        """
        for kept, frame in self._kept:
            if kept == number:
                return frame
        if number < self._next:
            self._rewind()
        if number - self._next > JUMP_FRAMES:
            self._jump(number)
        while self._next <= number:
            self._step()
        return self._kept[-1][1]

    def close(self) -> None:
        """Let go of the file."""
        self._frames = iter(())
        self._kept.clear()
        if self._container is not None:
            self._container.close()
            self._container = None

    def _rewind(self) -> None:
        self.close()
        self._container = open_container(self._path)
        packets = self._container.demux(self._container.streams[self._stream])
        self._frames = _decode(self._container, self._stream, packets, self._quantisers)
        self._next = 0

    def _step(self) -> None:
        try:
            stamp, frame = next(self._frames)
        except StopIteration:
            raise InputError(
                f"{self._path}: frame {self._next} cannot be read again", todo="check the disk the tape is on"
            ) from None
        if self._next >= len(self._pts) or stamp.pts != self._pts[self._next]:
            raise InputError(
                f"{self._path}: changed while it was being restored", todo="run again; the tape will be measured anew"
            )
        self._kept.append((self._next, frame))
        self._next += 1

    def _jump(self, number: int) -> None:
        """Go to a key frame well before `number` where that is exact; else stay and decode all the way."""
        stream = self._container.streams[self._stream]
        target = self._pts[max(0, number - KEPT_FRAMES)]
        if stream.codec_context.name not in INTRA_CODECS or target is None or len(set(self._pts)) != len(self._pts):
            return
        self._container.seek(target, stream=stream, backward=True)
        stream.codec_context.flush_buffers()
        frames = _decode(self._container, self._stream, self._container.demux(stream), self._quantisers)
        number_of = {pts: index for index, pts in enumerate(self._pts)}
        for stamp, frame in frames:
            found = number_of.get(stamp.pts)
            if found is None or found > number:
                self._rewind()  # landed somewhere unknown: decoding from the start is always right
                return
            self._kept.clear()
            self._kept.append((found, frame))
            self._next, self._frames = found + 1, frames
            return
        self._rewind()
