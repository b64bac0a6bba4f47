"""From encoded chunks to a stream: segments and manifests in a folder, checked, then renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from encore.core.doc import write_atomically, writing
from encore.core.errors import OutputError, ToolError, VerifyError
from encore.core.result import Check
from encore.core.source import Stream
from encore.encoding.ladder import Grid, Rung
from encore.media.boxes import fragment_of
from encore.media.codecstrings import codec_string
from encore.media.manifests import (
    INIT,
    MASTER,
    MPD,
    PLAYLIST,
    SEGMENT,
    Pictures,
    Segment,
    Sounds,
    master_playlist,
    media_playlist,
    mpd,
)  # fmt: skip
from encore.media.mux import Chunk
from encore.media.process import Tool
from encore.media.segments import Track, delay_of, entry_of, init_segment, picture_segments, sound_segments, sound_track

LARGE_LINES = 720
"""Rungs of at least so many lines come with the better sound."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A sound stream of the film, encoded at one bit rate."""

    path: Path
    stream: Stream
    kbps: int
    channels: int
    title: str


class Package:
    """A stream that is being put together; it gets its name when it is whole, or leaves nothing.

    Args:
        out: folder to make; must not exist.
    """

    def __init__(self, out: Path) -> None:
        self._out, self._aside = out, out.with_name(f".{out.name}.part")
        self.pictures: list[Pictures] = []
        self.sounds: list[Sounds] = []

    def __enter__(self) -> Package:
        with writing(self._out.parent, todo="choose another -o"):
            if self._out.exists():
                raise OutputError(f"{self._out}: exists already", todo="choose another -o")
            shutil.rmtree(self._aside, ignore_errors=True)
            self._aside.mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._aside, ignore_errors=True)  # renamed already when it was published

    def add_pictures(self, rung: Rung, chunks: Sequence[Chunk], rate: Fraction, grid: Grid, group: str) -> None:
        """Cut the chunks of a rung into segments.

        Raises:
            VerifyError: they do not fit the grid; OutputError: the disk is full.
        """
        entry = entry_of([chunk.path for chunk in chunks])
        lengths = [Fraction(b - a) / rate for a, b in zip(grid.edges, grid.edges[1:], strict=False)]
        made = zip(picture_segments(chunks, rate, grid.edges), lengths, strict=True)
        track = Track(entry, rate.numerator, (rung.width, rung.height), delay_of(chunks) * rate.denominator)
        segments = self._write(rung.name, init_segment(track), made)
        flow = Pictures(rung.name, codec_string(entry), rate.numerator, segments, rung.width, rung.height, rate, group)
        self.pictures.append(flow)
        self._text(f"{rung.name}/{PLAYLIST}", media_playlist(flow))

    def add_sound(self, heard: Heard, stops_s: Sequence[Fraction], group: str) -> None:
        """Cut a sound stream into segments beside those of the pictures."""
        track = sound_track(heard.path, heard.stream.language)
        name = f"sound-{heard.stream.index}-{heard.kbps}k"
        segments = self._write(name, init_segment(track), sound_segments(heard.path, track, stops_s))
        flow = Sounds(
            name, codec_string(track.entry), track.timescale, segments,
            group, heard.stream.language, heard.title, heard.channels,
        )  # fmt: skip
        self.sounds.append(flow)
        self._text(f"{name}/{PLAYLIST}", media_playlist(flow))

    def publish(self, grid: Grid, rate: Fraction, watch: Callable[[int], None]) -> tuple[Check, ...]:
        """Write the manifests, check everything, give the folder its name.

        Raises:
            VerifyError: the stream is not what was promised; it was not published.
        """
        self._text(MASTER, master_playlist(self.pictures, self.sounds))
        self._text(MPD, mpd(self.pictures, self.sounds))
        checks = tuple(check for flow in self.pictures for check in self._checked(flow, grid, rate, watch))
        broken = [f"{check.promise}: {check.found} instead of {check.expected}" for check in checks if not check.kept]
        if broken:
            raise VerifyError(
                f"the stream was not published: {'; '.join(broken)}", todo="run again; report it if it stays"
            )
        with writing(self._out):
            self._aside.replace(self._out)
        return checks

    def _write(self, name: str, init: bytes, made: Iterable[tuple[bytes, Fraction]]) -> tuple[Segment, ...]:
        folder = self._aside / name
        with writing(folder):
            folder.mkdir()
            _durable(folder / INIT, init)
            segments: list[Segment] = []
            for number, (data, length) in enumerate(made, 1):
                _durable(folder / SEGMENT.format(number), data)
                segments.append(Segment(length, len(data)))
        return tuple(segments)

    def _text(self, name: str, text: str) -> None:
        write_atomically(self._aside / name, text.encode())

    def _checked(self, flow: Pictures, grid: Grid, rate: Fraction, watch: Callable[[int], None]) -> Iterator[Check]:
        folder, frames = self._aside / flow.name, grid.edges[-1]
        starts = tuple(_start(folder / SEGMENT.format(number), rate) for number in range(1, len(flow.segments) + 1))
        wanted = f"key frames at {_told(grid.edges[:-1])}"
        yield _check(f"{flow.name}, segments start", wanted, f"key frames at {_told(starts)}")
        length = sum((segment.duration_s for segment in flow.segments), Fraction(0))
        yield _check(f"{flow.name}, duration", f"{frames / rate} s", f"{length} s")
        yield _check(f"{flow.name}, frames, decoded strictly", str(frames), str(_decoded(folder / PLAYLIST, watch)))


def sound_group(rung: Rung, kbps: Sequence[int]) -> int:
    """The bit rate of the sound that goes with a rung: the least with small ones, the most with large ones."""
    return max(kbps) if rung.height >= LARGE_LINES else min(kbps)


def _check(promise: str, expected: str, found: str) -> Check:
    return Check(promise=promise, expected=expected, found=found, kept=expected == found)


def _told(numbers: Sequence[int]) -> str:
    """A short name of a sequence: its ends, its length, and a digest of all."""
    return f"{numbers[0]} to {numbers[-1]} ({len(numbers)}, sum {sum(numbers)})"


def _start(path: Path, rate: Fraction) -> int:
    """Number of the frame that a segment starts with; -1 where it is no key frame or not the first to be shown."""
    fragment = fragment_of(path.read_bytes())
    shown = [fragment.start + sum(fragment.durations[:n]) + offset for n, offset in enumerate(fragment.offsets)]
    return fragment.start // rate.denominator if fragment.keys[0] and shown[0] == min(shown) else -1


def _decoded(playlist: Path, watch: Callable[[int], None]) -> int:
    """Frames of a rung that decode without the slightest error, found as a player finds them."""
    read = ("-allowed_extensions", "ALL", "-extension_picky", "0", "-xerror", "-err_detect", "explode")
    arguments = ("-i", str(playlist), "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framecrc", "-")
    count, rest = 0, b""
    with Tool("checking the stream", ("-loglevel", "error", *read, *arguments), output=True) as tool:
        while block := tool.read(4096):
            *lines, rest = (rest + block).split(b"\n")
            count += sum(1 for line in lines if line and not line.startswith(b"#"))
            watch(count)
    if tool.messages.strip():
        raise ToolError("checking the stream", command=tool.command, stderr=tool.messages)
    return count


def _durable(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
