"""Sound, subtitles and chapters of the tape: which streams a container holds, and packets on the film's clock."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import av.error

from encore.core.errors import ToolError
from encore.core.result import Carried
from encore.core.source import Source, Stream
from encore.media.inspect import open_container
from encore.media.process import run

TEXT_SUBTITLES = {"subrip", "srt", "ass", "ssa", "webvtt", "text", "mov_text"}
INTERMEDIATES = {"mov_text": "mp4", "subrip": "matroska"}
"""Containers of converted streams, where it is not NUT, which keeps sample-exact times but no subtitles."""
FINE_TICK_S = Fraction(1, 35_280_000)
"""Fits 90 kHz clocks and all sample rates; the clocks of some tapes (AVI) are as coarse as a packet."""
PRE_ROLL_S = Fraction(1, 20)
"""Sound before the film that is carried along and hidden: decoders need the packet before the first one heard."""
TRIED_PACKETS = 2000
"""Packets of the tape among which the first of a stream are looked for when its container is tried; some seconds."""


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the tape that becomes film, on the tape's clock."""

    start_s: Fraction
    """Tape second at which the film starts."""
    duration_s: Fraction
    """Exact length of the film."""
    jumps: tuple[tuple[Fraction, Fraction], ...] = ()
    """(tape second, seconds taken out there) of closed gaps, before and inside the window."""

    def film_s(self, tape_s: Fraction) -> Fraction:
        """Tape seconds as film seconds; negative before the film starts."""
        return tape_s - sum((gap for at, gap in self.jumps if at <= tape_s), Fraction(0)) - self.start_s


@dataclass(frozen=True, slots=True)
class Carrier:
    """A file with streams to carry, by the tape's stream number."""

    path: Path
    streams: tuple[int, ...]
    notes: tuple[Carried, ...] = field(default=())


def carriers(source: Source, container: str, scratch: Path) -> tuple[list[Carrier], list[Carried]]:
    """Decide for every other stream of the tape: copied, converted without loss, or left out with a reason.

    Args:
        source: the tape.
        container: "mp4", "mov" or "mkv".
        scratch: folder for converted streams.

    Returns:
        Files to take packets from, and what became of each stream.
    """
    copied: list[Stream] = []
    made: list[Carrier] = []
    notes: list[Carried] = []
    for stream in source.others:
        wanted = stream.kind in ("audio", "subtitle") and not (container == "mp4" and stream.codec.startswith("pcm"))
        if wanted and _fits(source.path, stream.index, container):
            copied.append(stream)
            notes.append(_note(stream, "copied"))
            continue
        target = _conversion(stream, container)
        if target is None:
            notes.append(_note(stream, f"left out: {container} cannot hold it"))
            continue
        path = scratch / f"stream-{stream.index}"
        try:
            _convert(source.path, stream, target, path)
        except ToolError as error:
            why = " ".join(error.stderr.split())[-120:]
            notes.append(_note(stream, f"left out: could not be converted to {target} ({why})"))
            continue
        made.append(Carrier(path, (0,), (_note(stream, ""),)))
        notes.append(_note(stream, f"converted to {target}"))
    if copied:
        made.insert(0, Carrier(source.path, tuple(s.index for s in copied), tuple(_note(s, "") for s in copied)))
    return made, notes


def _note(stream: Stream, how: str) -> Carried:
    return Carried(index=stream.index, kind=stream.kind, codec=stream.codec, language=stream.language, how=how)


def _conversion(stream: Stream, container: str) -> str | None:
    if stream.kind == "audio":
        return "pcm_s24le" if container == "mov" else "flac"
    if stream.kind == "subtitle" and stream.codec in TEXT_SUBTITLES:
        return "subrip" if container == "mkv" else "mov_text"
    return None


def _convert(path: Path, stream: Stream, codec: str, target: Path) -> None:
    kind = "a" if stream.kind == "audio" else "s"
    depth = (
        ("-sample_fmt", "s32") if codec == "flac" and stream.codec not in ("pcm_s16le", "pcm_s16be", "pcm_u8") else ()
    )
    source = ("-copyts", "-i", str(path), "-map", f"0:{stream.index}")
    encoder = (f"-c:{kind}", codec, *depth, "-f", INTERMEDIATES.get(codec, "nut"), str(target))
    run(f"converting stream {stream.index} to {codec}", source + encoder)


def _fits(path: Path, index: int, container: str) -> bool:
    """Whether the container holds the stream as it is; asked of FFmpeg itself, in memory, with its first packets.

    The header alone is not enough: MP4 describes its streams at the end, where it refuses some of them.
    """
    muxer = {"mkv": "matroska"}.get(container, container)
    with open_container(path) as tape:
        given = tape.streams[index]
        first = islice((p for p in islice(tape.demux(), TRIED_PACKETS) if p.stream_index == index and p.size), 2)
        try:
            with _writer(muxer) as trial:
                target = trial.add_stream_from_template(given, opaque=True)
                trial.start_encoding()
                for number, packet in enumerate(first):
                    packet.pts = packet.dts = number * (packet.duration or 1)
                    packet.stream = target
                    trial.mux_one(packet)
        except (av.error.FFmpegError, ValueError):
            return False
    return True


@dataclass(slots=True)
class Heard:
    """First and last moment of a carried stream inside the film, in film seconds, as the tape has it."""

    start_s: Fraction
    end_s: Fraction


def _writer(muxer: str) -> Any:
    return av.open(io.BytesIO(), "w", format=muxer)


def packets(
    carrier: Carrier, window: Window, targets: dict[int, Any], heard: dict[int, Heard], *, exact_edges: bool
) -> Iterator[tuple[Fraction, Any]]:
    """The packets of a carrier's streams that sound within the film, on the film's clock, in file order.

    Args:
        carrier: where from.
        window: the film on the tape's clock.
        targets: output stream by stream number in the carrier.
        heard: filled with what went through, by number of the output stream.
        exact_edges: True when the container can hide the part of a packet before the film and shorten the last
            one (MP4, MOV); else packets that lie mostly outside are left out.

    Yields:
        (film second, packet ready to be muxed).
    """
    with open_container(carrier.path) as tape:
        following: dict[int, Fraction] = {}
        clocks = {index: _FilmClock(window) for index in carrier.streams}
        latest: dict[int, Fraction] = {}
        for packet in tape.demux([tape.streams[index] for index in carrier.streams]):
            if not packet.size:
                continue
            index, tick = packet.stream_index, packet.time_base
            stamp = packet.pts if packet.pts is not None else packet.dts
            begins = clocks[index].film_s(stamp * tick) if stamp is not None else following.get(index)
            if begins is None:
                continue
            if begins <= latest.get(index, begins - 1):
                begins = following[index]  # captures repeat timestamps; sound cannot begin twice at one moment
            latest[index] = begins
            ends = following[index] = begins + max(packet.duration or _block(packet.stream), 1) * tick
            words = packet.stream.type == "subtitle"
            if not _inside(begins, ends, window.duration_s, exact_edges, words):
                continue
            begins, stops = max(begins, Fraction(0)) if words else begins, ends
            if exact_edges or words:
                stops = min(ends, window.duration_s)
            sent = _shortened(packet, (stops - begins) / (ends - begins)) if stops < ends else packet
            sent.time_base = FINE_TICK_S
            sent.pts = sent.dts = round(begins / FINE_TICK_S)
            sent.duration = round((stops - begins) / FINE_TICK_S)
            sent.stream = targets[index]
            known = heard.setdefault(targets[index].index, Heard(begins, stops))
            known.start_s, known.end_s = min(known.start_s, begins), max(known.end_s, stops)
            yield begins, sent


class _FilmClock:
    """Film seconds of the packets of one stream, in file order: where time goes back, only the order tells."""

    def __init__(self, window: Window) -> None:
        self._window, self._passed, self._shift = window, 0, Fraction(0)
        self._last: Fraction | None = None

    def film_s(self, tape_s: Fraction) -> Fraction:
        jumps = self._window.jumps
        while self._passed < len(jumps) and self._beyond(tape_s, *jumps[self._passed]):
            self._shift += jumps[self._passed][1]
            self._passed += 1
        self._last = tape_s
        return tape_s - self._shift - self._window.start_s

    def _beyond(self, tape_s: Fraction, at: Fraction, gap: Fraction) -> bool:
        if gap > 0:
            return tape_s >= at
        return self._last is not None and tape_s < self._last + gap / 2


def _inside(begins: Fraction, ends: Fraction, duration: Fraction, exact_edges: bool, words: bool) -> bool:
    if words:
        return ends > 0 and begins < duration
    if exact_edges:
        return ends > -PRE_ROLL_S and begins < duration
    return begins >= 0 and (begins + ends) / 2 < duration


def _shortened(packet: Any, share: Fraction) -> Any:
    """The first `share` of a packet of PCM, which lasts as long as it has bytes; other packets as they are."""
    context = packet.stream.codec_context
    if packet.stream.type != "audio" or not context.name.startswith("pcm_") or not packet.duration:
        return packet
    samples = round(packet.duration * packet.time_base * context.sample_rate)
    return av.Packet(bytes(packet)[: max(1, round(samples * share)) * (packet.size // max(1, samples))])


def _block(stream: Any) -> int:
    """Samples of a packet of FLAC, which NUT does not say, from the codec's own header (bytes 2 and 3); else 0."""
    header = stream.codec_context.extradata if stream.type == "audio" else None
    return int.from_bytes(header[2:4]) if header and stream.codec_context.name == "flac" else 0
