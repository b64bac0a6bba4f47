"""Film grain into an AV1 film that is encoded already; its pictures beneath stay what they are, bit for bit."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import av.error

from encore.core.doc import writing
from encore.core.errors import OutputError, ToolError
from encore.media.av1bits import BitWriter
from encore.media.av1frame import FrameReader
from encore.media.av1grain import GrainTable
from encore.media.av1obu import (
    FRAME,
    FRAME_HEADER,
    REDUNDANT_FRAME_HEADER,
    SEQUENCE_HEADER,
    Obu,
    Sequence,
    obus,
    sequence_of,
)
from encore.media.inspect import open_container
from encore.media.process import NO_SPACE

MUXERS = {".mp4": "mp4", ".ivf": "ivf"}
_STEP = 40503
"""Between the seeds of successive frames, modulo 65536: odd, so that 65536 frames differ (golden ratio, Knuth)."""
_CHROMA_SEEDS = (0xB524, 0x49D8)
"""What a decoder combines a seed with for Cb and Cr (AV1 specification, 7.18.3.3)."""
_STUCK = {0, *_CHROMA_SEEDS} | {(n * 37 + 178 & 255) << 8 | (n * 173 + 105 & 255) for n in range(256)}
"""Seeds that stop the random numbers of a plane or of a stripe of 32 lines: a register of zeros stays zero."""
_BOX = b"\x81"
"""First byte of an av1C box; after four bytes of it comes the sequence header."""


def seed_of(start: int, number: int) -> int:
    """Seed of a frame's grain: no two of 65536 frames on end are alike, but for one in 250 that takes its neighbour's.

    Args:
        start: of the stream, any whole number.
        number: of the frame in coding order.
    """
    seed = (start + number * _STEP) & 0xFFFF
    while seed in _STUCK:
        seed = seed + 1 & 0xFFFF
    return seed


class Splicer:
    """Puts film grain into the packets of one stream, in coding order.

    Args:
        grain: what to put in; None: the stream says that it may have grain, and no frame has any, so that it can be
            joined to others that do.
        seed: any whole number; another one makes another grain.
    """

    def __init__(self, grain: GrainTable | None, seed: int) -> None:
        self._grain, self._seed = grain, seed
        self._reader, self._sequence = FrameReader(), None
        self._again = b""
        self.frames = 0
        """Frame headers that tell of grain so far."""

    def packet(self, data: bytes) -> bytes:
        """A packet with grain.

        Raises:
            ToolError: it cannot be read, or the stream has film grain already.
        """
        return b"".join(self._unit(unit) for unit in obus(data))

    def header(self, extradata: bytes) -> bytes:
        """What a container says of the stream, with grain: an av1C box or bare units.

        Raises:
            ToolError: as `packet`.
        """
        skip = 4 if extradata.startswith(_BOX) else 0
        return extradata[:skip] + b"".join(
            _announced(unit, sequence_of(unit.payload)) if unit.kind == SEQUENCE_HEADER else unit.data
            for unit in obus(extradata[skip:])
        )

    def _unit(self, unit: Obu) -> bytes:
        if unit.kind == SEQUENCE_HEADER:
            self._sequence = sequence_of(unit.payload)
            return _announced(unit, self._sequence)
        if unit.kind in (FRAME_HEADER, FRAME):
            return self._frame(unit)
        if unit.kind == REDUNDANT_FRAME_HEADER:
            return unit.with_payload(self._again)
        return unit.data

    def _frame(self, unit: Obu) -> bytes:
        sequence = self._sequence
        if sequence is None:
            raise ToolError("putting film grain into a film", stderr="a frame comes before the sequence header")
        header = self._reader.read(unit.payload, sequence, unit.layers)
        out = BitWriter()
        out.copy(unit.payload, header.end)
        if header.seen and not header.repeats:
            if self._grain is None:
                out.put(0, 1)  # apply_grain
            else:
                seed = seed_of(self._seed, self.frames)
                self._grain.put(out, seed, inter=header.inter, mono=sequence.mono)
            self.frames += 1
        if unit.kind == FRAME:
            return unit.with_payload(out.data + bytes(unit.payload[header.end + 7 >> 3 :]))
        out.put(1, 1)  # trailing_one_bit
        self._again = out.data
        return unit.with_payload(self._again)


def _announced(unit: Obu, sequence: Sequence) -> bytes:
    """A sequence header that says that there is film grain."""
    if sequence.grain:
        raise ToolError("putting film grain into a film", stderr="it has film grain already")
    payload = bytearray(unit.payload)
    payload[sequence.grain_at >> 3] |= 0x80 >> (sequence.grain_at & 7)
    return unit.with_payload(bytes(payload))


def splice(path: Path, grain: GrainTable | None, seed: int) -> int:
    """Give an AV1 file of one stream film grain; it is replaced when the new one is whole and on disk.

    Frames keep their order and times. A packet is held at a time.

    Args:
        path: .mp4 or .ivf.
        grain: as `Splicer`.
        seed: as `Splicer`.

    Returns:
        How many frame headers tell of grain.

    Raises:
        ToolError: the stream is not AV1 as we know it, or has film grain already.
        OutputError: the disk is full.
    """
    aside = path.with_name(f".{path.name}.grain.part")
    splicer = Splicer(grain, seed)
    try:
        with writing(path.parent), _told(path):
            with open_container(path) as given:
                _copy(given, aside, MUXERS[path.suffix], splicer)
            with aside.open("rb+") as file:
                os.fsync(file.fileno())
            aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return splicer.frames


def _copy(given: Any, aside: Path, muxer: str, splicer: Splicer) -> None:
    source = given.streams.video[0]
    if source.codec_context.codec.canonical_name != "av1":
        raise ToolError("putting film grain into a film", stderr=f"it is {source.codec_context.name}, not AV1")
    tick = source.time_base
    options = {"movflags": "+write_colr", "video_track_timescale": str(tick.denominator)} if muxer == "mp4" else {}
    made: Any
    with av.open(str(aside), "w", format=muxer, options=options) as made:
        target = made.add_stream_from_template(source, opaque=True)
        target.time_base = tick
        target.codec_context.extradata = splicer.header(source.codec_context.extradata or b"")
        made.start_encoding()
        for packet in given.demux(source):
            if packet.size:
                made.mux_one(_with(packet, splicer.packet(bytes(packet)), target))


def _with(packet: Any, data: bytes, target: Any) -> Any:
    made = av.Packet(data)
    made.pts, made.dts, made.duration = packet.pts, packet.dts, packet.duration
    made.time_base, made.is_keyframe, made.stream = packet.time_base, packet.is_keyframe, target
    return made


@contextmanager
def _told(path: Path) -> Generator[None]:
    """Turn FFmpeg's errors into ours."""
    try:
        yield
    except av.error.FFmpegError as error:
        if NO_SPACE.search(str(error)):
            raise OutputError(f"{path.parent}: the disk is full", todo="free some space and run again") from error
        raise ToolError("putting film grain into a film", command=(str(path),), stderr=str(error)) from error
