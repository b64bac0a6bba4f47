"""Is the finished film what was promised? Every frame decoded strictly; clock, tags, shape and sound checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from encore.core.errors import ToolError
from encore.core.result import Check
from encore.media.inspect import open_container
from encore.media.process import Tool

MKV_TICK_S = Fraction(1, 1000)
"""Matroska as FFmpeg writes it rounds times to milliseconds; frame n still is the n-th."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the film must be."""

    frames: int
    rate: Fraction
    width: int
    height: int
    sound: tuple[tuple[Fraction, Fraction], ...]
    """(start, end) in film seconds of every sound stream that was carried, as it was on the tape."""

    @property
    def duration_s(self) -> Fraction:
        """Exact length."""
        return self.frames / self.rate


def checked(path: Path, promise: Promise, watch: Callable[[int], None]) -> tuple[Check, ...]:
    """Examine a film; `watch` hears how many frames have been decoded.

    Raises:
        ToolError: a frame cannot be decoded.
    """
    with open_container(path) as film:
        picture = film.streams.video[0]
        context = picture.codec_context
        shape = _check("size", f"{promise.width}x{promise.height}", f"{context.width}x{context.height}")
        aspect = picture.sample_aspect_ratio or Fraction(1)
        square = _check("sample shape", "1:1", f"{aspect.numerator}:{aspect.denominator}")
        tags = _check("colour tags", "bt709 studio range", _tags(context))
    return (
        _check("frames, decoded strictly", str(promise.frames), str(_decode(path, watch))),
        _clock(path, promise),
        shape,
        square,
        tags,
        *_sound(path, promise),
    )


def _check(promise: str, expected: str, found: str) -> Check:
    return Check(promise=promise, expected=expected, found=found, kept=expected == found)


def _tags(context: Any) -> str:
    numbers = (int(context.colorspace), int(context.color_primaries), int(context.color_trc))
    names = "bt709" if set(numbers) == {1} else f"matrix {numbers[0]}, primaries {numbers[1]}, transfer {numbers[2]}"
    return f"{names} {'studio range' if int(context.color_range) in (0, 1) else 'full range'}"


def _decode(path: Path, watch: Callable[[int], None]) -> int:
    """Frames that decode without the slightest error: FFmpeg by itself forgives and exits with 0."""
    arguments = (
        "-xerror",
        "-err_detect",
        "explode",
        "-i",
        str(path),
        "-map",
        "0:v:0",
        "-fps_mode",
        "passthrough",
        "-f",
        "framecrc",
        "-",
    )
    count = 0
    with Tool("checking the finished film", ("-loglevel", "error", *arguments), output=True) as tool:
        rest = b""
        while block := tool.read(4096):
            *lines, rest = (rest + block).split(b"\n")
            count += sum(1 for line in lines if line and not line.startswith(b"#"))
            watch(count)
    if tool.messages.strip():  # FFV1 conceals a slice whose checksum is wrong and goes on
        raise ToolError("checking the finished film", command=tool.command, stderr=tool.messages)
    return count


def _clock(path: Path, promise: Promise) -> Check:
    """First frame at zero, every frame equally long."""
    with open_container(path) as film:
        tick = film.streams.video[0].time_base or Fraction(1)
        shown = sorted(p.pts for p in film.demux(video=0) if p.size and p.pts is not None)
    exact = tick != MKV_TICK_S
    slack = Fraction(0) if exact else MKV_TICK_S
    late = max((abs(pts * tick - n / promise.rate) for n, pts in enumerate(shown)), default=Fraction(1))
    expected = f"0, then every {1 / promise.rate} s" + ("" if exact else " to the millisecond")
    return _check("frame times", expected, expected if late <= slack else f"up to {float(late):.6f} s off")


def _sound(path: Path, promise: Promise) -> list[Check]:
    """Every carried sound starts and ends where it did on the tape, within one frame."""
    checks: list[Check] = []
    frame = 1 / promise.rate
    heard = _heard(path)
    for number, ((first, last), (start, end)) in enumerate(zip(heard, promise.sound, strict=False)):
        expected = f"{float(max(start, Fraction(0))):.3f} to {float(end):.3f} s"
        kept = abs(first - max(start, Fraction(0))) <= frame and abs(last - end) <= frame
        found = f"{float(first):.3f} to {float(last):.3f} s"
        checks.append(
            Check(promise=f"sound {number + 1}", expected=f"{expected}, within a frame", found=found, kept=kept)
        )
    if len(heard) != len(promise.sound):
        checks.append(_check("sound streams", str(len(promise.sound)), str(len(heard))))
    return checks


def _heard(path: Path) -> list[tuple[Fraction, Fraction]]:
    """When each sound stream that is not empty starts and ends; what an edit list hides is not heard."""
    found: dict[int, tuple[int, int]] = {}
    with open_container(path) as film:
        streams = list(film.streams.audio)
        for packet in film.demux(streams) if streams else ():
            if packet.size and packet.pts is not None:
                first, last = found.get(packet.stream_index, (packet.pts, 0))
                stop = packet.pts + (packet.duration or 0)
                found[packet.stream_index] = (min(first, packet.pts), max(last, stop))
        return [_seconds(stream, *found[stream.index]) for stream in streams if stream.index in found]


def _seconds(stream: Any, first: int, last: int) -> tuple[Fraction, Fraction]:
    if stream.duration is not None:  # parsers give the last packet of AC-3 its full length back
        last = min(last, (stream.start_time or 0) + stream.duration)
    return max(first * stream.time_base, Fraction(0)), last * stream.time_base
