"""Chunks, the tape's sound, subtitles, chapters and metadata into one film file, without re-encoding."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error

from encore.core.errors import OutputError, ToolError, VerifyError
from encore.core.result import Carried
from encore.core.source import Source
from encore.media.carry import Carrier, Heard, Window, carriers, packets
from encore.media.inspect import open_container
from encore.media.process import NO_SPACE

MUXERS = {"mp4": "mp4", "mov": "mov", "mkv": "matroska"}
DROPPED_TAGS = {"encoder", "major_brand", "minor_version", "compatible_brands", "creation_time", "duration"}
"""Metadata that describes the old file, not the film."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """An encoded run of frames."""

    path: Path
    frames: int
    delay: int
    """Frames by which decoding order runs ahead of display order."""


def mux(
    chunks: Sequence[Chunk], rate: Fraction, source: Source, window: Window, container: str, out: Path, scratch: Path
) -> tuple[list[Carried], list[Heard]]:
    """Join encoded chunks and carry everything else of the tape along.

    Args:
        chunks: in order; every chunk starts with a key frame.
        rate: frames per second of the film.
        source: the tape.
        window: which part of it the film is.
        container: "mp4", "mov" or "mkv".
        out: file to write; not yet the final name.
        scratch: folder for converted streams.

    Returns:
        What became of each of the tape's other streams; when every sound of the film starts and ends.

    Raises:
        OutputError: the disk is full or the folder cannot be written.
        VerifyError: a chunk does not hold the frames it should.
    """
    files, notes = carriers(source, container, scratch)
    options = {"movflags": "+faststart+write_colr", "video_track_timescale": str(rate.numerator)}
    try:
        with av.open(str(out), "w", format=MUXERS[container], options=options if container != "mkv" else {}) as film:
            heard = _write(film, chunks, rate, source, window, files, container)
    except (av.error.FFmpegError, OSError) as error:
        if NO_SPACE.search(str(error)):
            raise OutputError(
                f"{out.parent}: the disk is full", todo="free some space and run again; finished work is kept"
            ) from error
        raise ToolError(
            "joining the film", command=(str(out),), code=getattr(error, "errno", 0) or 0, stderr=str(error)
        ) from error
    return notes, heard


def _write(
    film: Any,
    chunks: Sequence[Chunk],
    rate: Fraction, source: Source, window: Window, files: list[Carrier], container: str
) -> list[Heard]:  # fmt: skip
    with open_container(chunks[0].path) as first:
        picture = film.add_stream_from_template(first.streams.video[0], opaque=True)
    picture.time_base = 1 / Fraction(rate.numerator)
    flows: list[Iterator[tuple[Fraction, Any]]] = [_picture_packets(chunks, rate, picture)]
    heard: dict[int, Heard] = {}
    for carrier in files:
        targets = _targets(film, carrier)
        flows.append(packets(carrier, window, targets, heard, exact_edges=container != "mkv"))
    film.metadata.update({k: v for k, v in source.metadata if k.lower() not in DROPPED_TAGS})
    film.set_chapters(_chapters(source, window))
    film.start_encoding()
    for _time, packet in heapq.merge(*flows, key=lambda item: item[0]):
        film.mux_one(packet)
    return [heard[stream.index] for stream in film.streams.audio if stream.index in heard]


def _targets(film: Any, carrier: Carrier) -> dict[int, Any]:
    targets: dict[int, Any] = {}
    with open_container(carrier.path) as tape:
        for index, note in zip(carrier.streams, carrier.notes, strict=True):
            given = tape.streams[index]
            target = film.add_stream_from_template(given, opaque=True)
            if given.time_base is not None:
                target.time_base = given.time_base
            title = given.metadata.get("title", "")
            target.metadata.update({k: v for k, v in (("language", note.language), ("title", title)) if v})
            targets[index] = target
    return targets


def _picture_packets(chunks: Sequence[Chunk], rate: Fraction, target: Any) -> Iterator[tuple[Fraction, Any]]:
    """All picture packets on the film's clock: frame n at exactly n / rate.

    Decoding times are counted anew over the whole film: the encoder's own depend on the length of a chunk.
    """
    delay = max(chunk.delay for chunk in chunks)
    done = 0
    for chunk in chunks:
        number = 0
        with open_container(chunk.path) as container:
            for packet in container.demux(video=0):
                if packet.size and packet.pts is not None:
                    shown = done + round(packet.pts * packet.time_base * rate)
                    yield _placed(packet, shown, done + number - delay, rate, target)
                    number += 1
        if number != chunk.frames:
            raise VerifyError(
                f"chunk {chunk.path.name} holds {number} frames, not {chunk.frames}",
                todo="run again; it will be made anew",
            )
        done += chunk.frames


def _placed(packet: Any, shown: int, decoded: int, rate: Fraction, target: Any) -> tuple[Fraction, Any]:
    packet.time_base = 1 / Fraction(rate.numerator)
    packet.pts, packet.dts = shown * rate.denominator, decoded * rate.denominator
    packet.duration = rate.denominator
    packet.stream = target
    return decoded / rate, packet


def _chapters(source: Source, window: Window) -> list[dict[str, Any]]:
    """Chapters that touch the film, cut to it, in milliseconds."""
    kept: list[dict[str, Any]] = []
    for number, chapter in enumerate(source.chapters):
        start = max(window.film_s(chapter.start_s), Fraction(0))
        end = min(window.film_s(chapter.end_s), window.duration_s)
        if start < end:
            metadata = {"title": chapter.title} if chapter.title else {}
            kept.append(
                {
                    "id": number,
                    "start": round(start * 1000),
                    "end": round(end * 1000),
                    "time_base": Fraction(1, 1000),
                    "metadata": metadata,
                }
            )
    return kept
