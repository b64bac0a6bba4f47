"""Pictures kept raw on disk for a while: YUV4MPEG2, which says its own size, rate and depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import numpy as np

from encore.core.doc import writing
from encore.core.errors import InputError, OutputError
from encore.core.video import Plane

HEADER_BYTES = 256
"""More than any header of ours has."""
_HEADER = re.compile(rb"YUV4MPEG2 W(\d+) H(\d+) F(\d+):(\d+) Ip A1:1 C(420p10|420mpeg2) [^\n]*\n")
_FRAME = b"FRAME\n"
_COLOURS = {10: "C420p10 XYSCSS=420P10", 8: "C420mpeg2 XYSCSS=420MPEG2"}
"""As ffmpeg names 4:2:0 with chroma on the left column."""


@dataclass(frozen=True, slots=True)
class Raw:
    """What a file of raw pictures says of itself."""

    path: Path
    width: int
    height: int
    rate: Fraction
    depth: int
    start: int
    """Bytes of its header."""

    @property
    def frame_bytes(self) -> int:
        """Size of a picture with its marker."""
        samples = self.width * self.height + 2 * (-(-self.width // 2)) * (-(-self.height // 2))
        return len(_FRAME) + samples * (1 if self.depth == 8 else 2)

    @property
    def frames(self) -> int:
        """How many whole pictures there are."""
        return (self.path.stat().st_size - self.start) // self.frame_bytes

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """(lines, samples) of Y', Cb, Cr."""
        small = (-(-self.height // 2), -(-self.width // 2))
        return (self.height, self.width), small, small


def raw_pictures(path: Path) -> Raw:
    """Read a file's header.

    Raises:
        InputError: it is not one of ours.
    """
    try:
        with path.open("rb") as file:
            found = _HEADER.match(file.read(HEADER_BYTES))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    if found is None:
        raise InputError(f"{path}: no raw 4:2:0 pictures of 8 or 10 bits")
    wide, high, over, under = (int(found.group(n)) for n in range(1, 5))
    depth = 10 if found.group(5) == b"420p10" else 8
    return Raw(path, wide, high, Fraction(over, under), depth, found.end())


def planes(raw: Raw, every: int = 1) -> Iterator[tuple[Plane, Plane, Plane]]:
    """Y', Cb, Cr of every `every`-th picture, uint8 or uint16."""
    kind = np.uint8 if raw.depth == 8 else np.dtype("<u2")
    for number in range(0, raw.frames, every):
        flat = np.fromfile(raw.path, kind, (raw.frame_bytes - len(_FRAME)) // np.dtype(kind).itemsize,
                           offset=raw.start + number * raw.frame_bytes + len(_FRAME))  # fmt: skip
        cut = np.cumsum([high * wide for high, wide in raw.shapes])[:-1]
        y, cb, cr = (part.reshape(shape) for part, shape in zip(np.split(flat, cut), raw.shapes, strict=True))
        yield y, cb, cr


class Y4mWriter:
    """Writes pictures one after the other; leaving the `with` block by an error removes the file.

    Args:
        path: file to make.
        size: (width, height).
        rate: frames per second, exact.
        depth: 8 or 10 bits, 4:2:0, studio codes of BT.709.
    """

    def __init__(self, path: Path, size: tuple[int, int], rate: Fraction, depth: int) -> None:
        self._path = path
        head = f"YUV4MPEG2 W{size[0]} H{size[1]} F{rate.numerator}:{rate.denominator} Ip A1:1 {_COLOURS[depth]}"
        with writing(path):
            self._file = path.open("wb")
            self._file.write(f"{head} XCOLORRANGE=LIMITED\n".encode())

    def write(self, planes: tuple[Plane, Plane, Plane]) -> None:
        """Append one picture.

        Raises:
            OutputError: the disk is full.
        """
        try:
            self._file.write(_FRAME)
            for plane in planes:
                self._file.write(np.ascontiguousarray(plane).data)
        except OSError as error:
            raise OutputError(f"{self._path}: cannot be written ({error.strerror})", todo="free some space") from error

    def close(self) -> None:
        """Finish the file; what it holds may vanish with the power, so it is not flushed to disk."""
        with writing(self._path):
            self._file.close()

    def __enter__(self) -> Y4mWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._file.close()
        if kind is not None:
            self._path.unlink(missing_ok=True)
