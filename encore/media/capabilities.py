"""What the video programs and libraries of this machine can really do: tried, not looked up in their lists."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import av
import av.codec
import av.filter

from encore.core.errors import EncoreError, ToolError
from encore.media.process import check

PATIENCE_S = 20
"""Longest wait for an answer; an encoder needs 0.1 s for two tiny frames, a swapping machine far more."""
TINY = "color=gray:size=128x128:rate=25"
"""Smallest picture that every encoder takes (SVT-AV1 and x265 refuse less than 64)."""


def ask(program: str | Path, arguments: Sequence[str]) -> str:
    """Run a program briefly and return all that it wrote.

    Raises:
        ToolError: it is not there, does not start, failed, ignored an argument or hangs.
    """
    command = [str(program), *arguments]
    quiet = {**os.environ, "SVT_LOG": "2"}  # 2: SVT-AV1 keeps to warnings and errors
    nothing = subprocess.DEVNULL
    try:
        done = subprocess.run(command, stdin=nothing, capture_output=True, timeout=PATIENCE_S, check=False, env=quiet)
    except subprocess.TimeoutExpired as error:
        raise ToolError("ffmpeg gives no answer", command=command, code=-1, stderr=f"none in {PATIENCE_S} s") from error
    except OSError as error:
        raise ToolError("ffmpeg cannot be started", command=command, code=127, stderr=str(error)) from error
    messages = done.stderr.decode(errors="replace")
    check("asking ffmpeg", command, done.returncode, messages)
    return done.stdout.decode(errors="replace") + messages


def program_version(program: str | Path) -> str:
    """Version of an ffmpeg program, as `n9.0.2-17-g2a571b6068`.

    Raises:
        ToolError: it does not run.
    """
    found = re.search(r"ffmpeg version (\S+)", ask(program, ["-version"]))
    return found.group(1) if found else "unknown"


def program_filters(program: str | Path) -> frozenset[str]:
    """Names of all filters of an ffmpeg program.

    Raises:
        ToolError: it does not run.
    """
    return frozenset(re.findall(r"^ [A-Z.|]{2,3} (\w+) ", ask(program, ["-hide_banner", "-filters"]), re.MULTILINE))


def encoder_fault(program: str | Path, pixel_format: str, arguments: Sequence[str]) -> str:
    """Encode two tiny frames with exactly these arguments; what went wrong in one line, empty when nothing did.

    Lists of encoders cannot be trusted: hardware encoders are listed without hardware, and ffmpeg exits with 0
    after it ignored an option.
    """
    command = ["-hide_banner", "-loglevel", "warning", "-f", "lavfi", "-i", TINY, "-frames:v", "2"]
    try:
        ask(program, [*command, "-pix_fmt", pixel_format, *arguments, "-f", "null", "-"])
    except EncoreError as error:
        return error.message
    return ""


def decoder_found(name: str) -> bool:
    """Whether PyAV can decode a codec, by FFmpeg's name."""
    try:
        return av.codec.Codec(name, "r").is_decoder
    except av.codec.codec.UnknownCodecError:
        return False


def filter_found(name: str) -> bool:
    """Whether PyAV has a filter, by FFmpeg's name."""
    return name in av.filter.filters_available


def library_version() -> str:
    """Version of the FFmpeg libraries inside PyAV."""
    return av.ffmpeg_version_info
