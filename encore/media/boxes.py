"""Boxes of MP4 files: a reader that walks them, and the few that a stream of fragments is written with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from encore.core.errors import InputError

CONTAINERS = {b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl", b"mvex", b"moof", b"traf", b"dinf"}
"""Boxes that hold nothing but boxes (ISO/IEC 14496-12)."""
ENTRIES = {b"av01": 78, b"avc1": 78, b"hvc1": 78, b"hev1": 78, b"mp4a": 28}
"""Sample entries and the bytes of fixed fields before their own boxes (ISO/IEC 14496-12, 12.1.3 and 12.2.3)."""
MOST_BYTES = 1 << 26
"""Longest box that is read into memory; the description of a ten-hour film is a tenth of it. `mdat` is never read."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its four letters, and what it holds."""

    kind: bytes
    payload: bytes

    def children(self) -> Iterator[Box]:
        """The boxes inside, where there are any."""
        if self.kind in CONTAINERS:
            yield from boxes(self.payload)
        elif self.kind == b"stsd":
            yield from boxes(self.payload[8:])
        elif self.kind in ENTRIES:
            yield from boxes(self.payload[ENTRIES[self.kind] :])

    def find(self, *path: bytes) -> Box | None:
        """The first box along a path of kinds, or None."""
        if not path:
            return self
        for child in self.children():
            if child.kind == path[0] and (found := child.find(*path[1:])) is not None:
                return found
        return None

    def packed(self) -> bytes:
        """The box as it stands in a file."""
        return box(self.kind, self.payload)


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of four letters around its parts."""
    payload = b"".join(parts)
    return (8 + len(payload)).to_bytes(4, "big") + kind + payload


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """A box with the version and flags that most have."""
    return box(kind, version.to_bytes(1, "big"), flags.to_bytes(3, "big"), *parts)


def number(value: int, size: int = 4) -> bytes:
    """An integer as boxes hold it; negative ones in two's complement."""
    return value.to_bytes(size, "big", signed=value < 0)


def boxes(data: bytes) -> Iterator[Box]:
    """The boxes that follow each other in `data`.

    Raises:
        InputError: a box is longer than what is there.
    """
    at = 0
    while at + 8 <= len(data):
        head, size = _header(data[at : at + 16], len(data) - at)
        if size < head or at + size > len(data):
            raise InputError("a box of an MP4 file is cut off", todo="make the file anew")
        yield Box(data[at + 4 : at + 8], data[at + head : at + size])
        at += size


def file_boxes(path: Path) -> Iterator[Box]:
    """The outermost boxes of a file; `mdat`, the pictures themselves, comes empty.

    Raises:
        InputError: no MP4 file, or one that is cut off.
    """
    with path.open("rb") as file:
        left = path.stat().st_size
        while left >= 8:
            start = file.tell()
            first = file.read(16)
            head, size = _header(first, left)
            kind = first[4:8]
            if size < head or size > left or (kind != b"mdat" and size > MOST_BYTES):
                raise InputError(f"{path}: a box is cut off, or it is no MP4 file", todo="make the file anew")
            file.seek(start + head)
            yield Box(kind, b"" if kind == b"mdat" else file.read(size - head))
            file.seek(start + size)
            left -= size


def _header(first: bytes, left: int) -> tuple[int, int]:
    """Bytes of a box's header, and of all of it."""
    size = int.from_bytes(first[:4], "big")
    if size == 1:
        return 16, int.from_bytes(first[8:16], "big")
    return 8, size or left


def sample_entry(path: Path) -> Box:
    """The description of the first stream's samples (`av01`, `avc1`, `hvc1`, `mp4a`, ...) of an MP4 file.

    Raises:
        InputError: there is none.
    """
    for outer in file_boxes(path):
        found = outer.find(b"trak", b"mdia", b"minf", b"stbl", b"stsd")
        if found is not None:
            return next(found.children())
    raise InputError(f"{path}: describes no samples", todo="make the file anew")


@dataclass(frozen=True, slots=True)
class Fragment:
    """What a media segment says of its samples."""

    start: int
    """Decoding time of the first one, in units of the stream's time scale (`tfdt`)."""
    durations: tuple[int, ...]
    sizes: tuple[int, ...]
    offsets: tuple[int, ...]
    """Presentation less decoding time."""
    keys: tuple[bool, ...]
    """Whether a player may start there."""


NON_SYNC = 0x10000
"""The bit of a sample's flags that says it is no place to start (ISO/IEC 14496-12, 8.8.3.1)."""


def fragment_of(data: bytes) -> Fragment:
    """Read a media segment that says everything of every sample, as `encore.media.segments` writes them.

    Raises:
        InputError: it does not.
    """
    for outer in boxes(data):
        start, run = outer.find(b"traf", b"tfdt"), outer.find(b"traf", b"trun")
        if start is not None and run is not None:
            return _fragment(start.payload, run.payload)
    raise InputError("a media segment describes no samples", todo="make the stream anew")


def _fragment(start: bytes, run: bytes) -> Fragment:
    begins = int.from_bytes(start[4:], "big")
    flags, count = int.from_bytes(run[1:4], "big"), int.from_bytes(run[4:8], "big")
    if flags != 0xF01 or len(run) != 12 + 16 * count:
        raise InputError("a media segment leaves samples undescribed", todo="make the stream anew")
    rows = [run[12 + 16 * n : 28 + 16 * n] for n in range(count)]
    columns = [[int.from_bytes(row[4 * k : 4 * k + 4], "big", signed=k == 3) for row in rows] for k in range(4)]
    durations, sizes, marks, offsets = (tuple(column) for column in columns)
    return Fragment(begins, durations, sizes, offsets, tuple(not mark & NON_SYNC for mark in marks))
