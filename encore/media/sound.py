"""The programme's sound for streaming: AAC, once over the whole film, exactly as long as its pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from encore.core.errors import InputError
from encore.media.inspect import open_container
from encore.media.process import run

SAMPLE_RATE = 48_000
"""Hertz; that of video sound everywhere."""
LAYOUTS = "mono|stereo"
"""More channels than two are mixed down: at these bit rates they would sound worse, and few players take them."""


def sound_channels(path: Path, stream: int) -> int:
    """Channels of a sound stream as `aac_sound` makes them.

    Raises:
        InputError: the file cannot be opened.
    """
    with open_container(path) as container:
        found = next((audio.codec_context.channels for audio in container.streams.audio if audio.index == stream), None)
    if found is None:
        raise InputError(f"{path}: stream {stream} is no sound")
    return min(2, max(1, found))


def aac_sound(path: Path, stream: int, start_s: Fraction, duration_s: Fraction, kbps: int, out: Path) -> None:
    """Encode one sound stream into an MP4 file.

    Args:
        path: the film.
        stream: index of the sound.
        start_s: when the film's first picture is shown, on its own clock; sound before it is cut, silence fills a gap.
        duration_s: how long the pictures last.
        kbps: kilobits per second.
        out: file to make.

    Raises:
        ToolError, OutputError: it cannot be decoded or written.
    """
    length = f"{float(duration_s):.6f}"
    chain = ",".join((
        f"asetpts=PTS-({start_s.numerator}/{start_s.denominator})/TB",
        f"aresample={SAMPLE_RATE}:async=1:first_pts=0", f"aformat=channel_layouts={LAYOUTS}",
        f"apad=whole_dur={length}", f"atrim=end={length}",
    ))  # fmt: skip
    encoder = ("-c:a", "aac", "-b:a", f"{kbps}k", "-map_metadata", "-1", "-f", "mp4", str(out))
    run(f"encoding sound {stream}", ("-copyts", "-i", str(path), "-map", f"0:{stream}", "-af", chain, *encoder))
