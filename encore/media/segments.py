"""Encoded pictures and sound as CMAF: one file that describes a stream, and segments that a player may start at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

from encore.core.errors import VerifyError
from encore.media.boxes import NON_SYNC, Box, box, boxes, full_box, number, sample_entry
from encore.media.inspect import open_container
from encore.media.mux import Chunk

KEY_FLAGS, OTHER_FLAGS = 0x02000000, 0x01000000 | NON_SYNC
"""Of samples that need no other, and of those that do (ISO/IEC 14496-12, 8.8.3.1)."""
UNITY = b"".join(number(n) for n in (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000))
"""The matrix of a picture that is not turned."""
AT_END = "run the same command again; chunks that are whole are kept"


@dataclass(frozen=True, slots=True)
class Track:
    """A stream of pictures or of sound."""

    entry: Box
    """Sample entry, as the encoder's container holds it."""
    timescale: int
    """Units of time in a second."""
    size: tuple[int, int] | None = None
    """(width, height) of pictures; None: sound."""
    hidden: int = 0
    """Units before time 0: what primes a decoder of sound, and by how much decoding of pictures runs ahead."""
    language: str = ""
    """Three letters of ISO 639-2; empty when unknown."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An encoded picture or packet of sound, in decoding order."""

    data: bytes
    duration: int
    offset: int
    """Presentation less decoding time, in units of the track."""
    key: bool


def entry_of(paths: Sequence[Path]) -> Box:
    """The sample entry that all chunks of a stream share, without their bit rates.

    Raises:
        VerifyError: they differ, so that one description would not do for all.
    """
    entries = {_without_rates(sample_entry(path)) for path in paths}
    if len(entries) != 1:
        raise VerifyError("chunks of one stream were encoded with different headers", todo=AT_END)
    return next(boxes(entries.pop()))


def _without_rates(entry: Box) -> bytes:
    kept = b"".join(child.packed() for child in entry.children() if child.kind != b"btrt")
    fixed = len(entry.payload) - sum(len(child.packed()) for child in entry.children())
    return box(entry.kind, entry.payload[:fixed], kept)


def init_segment(track: Track) -> bytes:
    """What a player reads first: `ftyp` and a `moov` without samples.

    Presentation is never before decoding, and an edit list takes the difference off again; with negative offsets, which
    CMAF allows too, FFmpeg's players would show pictures late. Source: ISO/IEC 14496-12; ISO/IEC 23000-19 (CMAF).
    """
    movie = full_box(
        b"mvhd", 0, 0, number(0) * 2, number(track.timescale), number(0), number(0x10000), number(0x100, 2),
        bytes(10), UNITY, bytes(24), number(2),
    )  # fmt: skip
    defaults = full_box(b"trex", 0, 0, number(1), number(1), number(0) * 3)
    moov = box(b"moov", movie, _trak(track), box(b"mvex", defaults))
    return box(b"ftyp", b"iso6", number(0), b"iso6", b"cmfc") + moov


def _trak(track: Track) -> bytes:
    width, height = track.size or (0, 0)
    volume = 0 if track.size else 0x100
    head = full_box(
        b"tkhd", 0, 3, number(0) * 2, number(1), bytes(4), number(0), bytes(8), number(0, 2), number(0, 2),
        number(volume, 2), bytes(2), UNITY, number(width << 16), number(height << 16),
    )  # fmt: skip
    edits = full_box(b"elst", 0, 0, number(1), number(0), number(track.hidden), number(0x10000))
    table = box(
        b"stbl", full_box(b"stsd", 0, 0, number(1), track.entry.packed()), full_box(b"stts", 0, 0, number(0)),
        full_box(b"stsc", 0, 0, number(0)), full_box(b"stsz", 0, 0, bytes(8)), full_box(b"stco", 0, 0, number(0)),
    )  # fmt: skip
    reference = box(b"dinf", full_box(b"dref", 0, 0, number(1), full_box(b"url ", 0, 1)))
    kind = full_box(b"vmhd", 0, 1, bytes(8)) if track.size else full_box(b"smhd", 0, 0, bytes(4))
    media = box(
        b"mdia",
        full_box(b"mdhd", 0, 0, number(0) * 2, number(track.timescale), number(0), _language(track.language), bytes(2)),
        full_box(b"hdlr", 0, 0, bytes(4), b"vide" if track.size else b"soun", bytes(12), b"\0"),
        box(b"minf", kind, reference, table),
    )
    return box(b"trak", head, *((box(b"edts", edits),) if track.hidden else ()), media)


def _language(name: str) -> bytes:
    """Three letters in five bits each (ISO/IEC 14496-12, 8.4.2)."""
    letters = name.lower() if len(name) == 3 and name.isascii() and name.isalpha() else "und"
    first, second, third = (ord(letter) - 0x60 for letter in letters)
    return number(first << 10 | second << 5 | third, 2)


def media_segment(sequence: int, start: int, samples: Sequence[Sample]) -> bytes:
    """A segment of one fragment; every sample is described in full, nothing is left to defaults.

    Args:
        sequence: number of the segment, from 1.
        start: decoding time of the first sample, in units of the track.
        samples: in decoding order.
    """
    rows = b"".join(
        number(s.duration) + number(len(s.data)) + number(KEY_FLAGS if s.key else OTHER_FLAGS) + number(s.offset)
        for s in samples
    )
    before = full_box(b"mfhd", 0, 0, number(sequence))
    track = full_box(b"tfhd", 0, 0x20000, number(1)) + full_box(b"tfdt", 1, 0, number(start, 8))
    length = 8 + len(before) + 8 + len(track) + 20 + len(rows)  # of the moof; 20 is the head of the trun
    run = full_box(b"trun", 1, 0xF01, number(len(samples)), number(length + 8), rows)
    moof = box(b"moof", before, box(b"traf", track, run))
    data = b"".join(sample.data for sample in samples)
    return box(b"styp", b"cmfs", number(0), b"cmfs", b"cmff", b"msdh") + moof + box(b"mdat", data)


def picture_segments(chunks: Sequence[Chunk], rate: Fraction, edges: Sequence[int]) -> Iterator[bytes]:
    """The segments of a stream of pictures: frame n is shown at exactly n / rate.

    Args:
        chunks: in order.
        rate: frames per second; the track's time scale is its numerator.
        edges: first frame of every segment, and the number of frames.

    Raises:
        VerifyError: a segment does not start with a key frame, or does not hold its frames.
    """
    coming = _pictures(chunks, rate, delay_of(chunks))
    for sequence, (start, stop) in enumerate(pairwise(edges), 1):
        held = list(islice(coming, stop - start))
        shown = sorted(shown for shown, _ in held)
        if shown != list(range(start, stop)) or not held[0][1].key or held[0][0] != start:
            raise VerifyError(
                f"segment {sequence} does not hold frames {start} to {stop} from a key frame", todo=AT_END
            )
        yield media_segment(sequence, start * rate.denominator, [sample for _, sample in held])
    if next(coming, None) is not None:
        raise VerifyError("a stream is longer than its segments", todo=AT_END)


def delay_of(chunks: Sequence[Chunk]) -> int:
    """Frames by which decoding order runs ahead of display order in a stream."""
    return max(chunk.delay for chunk in chunks)


def _pictures(chunks: Sequence[Chunk], rate: Fraction, delay: int) -> Iterator[tuple[int, Sample]]:
    """Every frame's number and sample, in decoding order; decoding times are counted anew, from 0."""
    decoded = done = 0
    for chunk in chunks:
        with open_container(chunk.path) as container:
            for packet in container.demux(video=0):
                if packet.size and packet.pts is not None:
                    shown = done + round(packet.pts * packet.time_base * rate)
                    offset = (shown - decoded + delay) * rate.denominator
                    yield shown, Sample(bytes(packet), rate.denominator, offset, packet.is_keyframe)
                    decoded += 1
        done += chunk.frames
        if decoded != done:
            raise VerifyError(f"chunk {chunk.path.name} does not hold {chunk.frames} frames", todo=AT_END)


def sound_track(path: Path, language: str) -> Track:
    """What an MP4 file of one AAC stream holds, and how much of its start only primes the decoder.

    Raises:
        VerifyError: its clock is not that of its samples.
    """
    with open_container(path) as container:
        stream = container.streams.audio[0]
        rate = stream.codec_context.sample_rate
        first = next((p.pts for p in container.demux(stream) if p.size and p.pts is not None), None)
        if first is None or stream.time_base is None or stream.time_base * rate != 1:
            raise VerifyError(f"{path.name}: its clock is not that of its samples", todo=AT_END)
    return Track(sample_entry(path), rate, hidden=max(0, -first), language=language)


def sound_segments(path: Path, track: Track, stops_s: Sequence[Fraction]) -> Iterator[tuple[bytes, Fraction]]:
    """Segments of sound, each as long as the pictures beside it, to the nearest packet.

    Args:
        path: the MP4 file.
        track: of it.
        stops_s: where segments of pictures end; the last segment takes what is left.

    Yields:
        The segment, and how many seconds of it are heard.
    """
    begins, stops = 0, iter(enumerate(stops_s, 1))
    sequence, stop = next(stops)
    held: list[Sample] = []
    for sample in _packets(path):
        end = begins + sum(s.duration for s in held)
        if sequence < len(stops_s) and held and end + sample.duration / 2 > stop * track.timescale + track.hidden:
            yield media_segment(sequence, begins, held), _heard(begins, end, track)
            begins, held = end, []
            sequence, stop = next(stops)
        held.append(sample)
    end = begins + sum(s.duration for s in held)
    yield media_segment(sequence, begins, held), _heard(begins, end, track)


def _heard(begins: int, ends: int, track: Track) -> Fraction:
    return Fraction(ends - max(begins, track.hidden), track.timescale)


def _packets(path: Path) -> Iterator[Sample]:
    with open_container(path) as container:
        frame = container.streams.audio[0].codec_context.frame_size
        for packet in container.demux(audio=0):
            if packet.size:
                yield Sample(bytes(packet), packet.duration or frame, 0, key=True)
