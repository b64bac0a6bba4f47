"""ffmpeg is believed only when it did what it was told."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from encore.core.errors import OutputError, ToolError
from encore.media.process import Tool, check, ffmpeg_path, run

PICTURE = ("-f", "lavfi", "-i", "color=gray:size=64x64:rate=25", "-frames:v", "2")


def test_program_is_there() -> None:
    assert os.access(ffmpeg_path(), os.X_OK)


def test_run_feeds_and_returns_its_words(tmp_path: Path) -> None:
    out = tmp_path / "out.mkv"
    raw = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "16x16", "-i", "pipe:0", "-c:v", "ffv1", str(out))
    words = run("writing", raw, feed=[bytes(256)] * 5)
    assert isinstance(words, str)
    assert out.stat().st_size > 0


@pytest.mark.parametrize(
    "encoder",
    [
        ("-c:v", "libsvtav1", "-svtav1-params", "nonsense=1"),
        ("-c:v", "libx265", "-x265-params", "nonsense=1:log-level=error"),
        ("-c:v", "libx264", "-x264-params", "nonsense=1"),
        ("-c:v", "libx264", "-prores_option", "3"),
        ("-c:v", "ffv1", "-crf", "20"),
    ],
)
def test_ignored_options_are_errors(encoder: tuple[str, ...]) -> None:
    with pytest.raises(ToolError) as caught:
        run("encoding", (*PICTURE, *encoder, "-f", "null", "-"))
    assert "\n" not in str(caught.value)
    assert caught.value.command[0] == ffmpeg_path()


def test_failure_carries_its_last_words() -> None:
    with pytest.raises(ToolError, match="No such file") as caught:
        run("reading", ("-i", "/nowhere/tape.mpg", "-f", "null", "-"))
    assert caught.value.code != 0
    assert caught.value.exit_code == 7


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (228, "av_interleaved_write_frame(): No space left on device"),
        (0, "Error writing trailer of film.mp4: No space left on device"),
        (1, "Disk quota exceeded"),
        (1, "File too large"),
        (-signal.SIGXFSZ, ""),
    ],
)
def test_a_full_disk_is_not_a_fault_of_the_program(code: int, words: str) -> None:
    with pytest.raises(OutputError, match="disk is full"):
        check("encoding", ["ffmpeg"], code, words)


def test_warnings_alone_are_fine() -> None:
    check("encoding", ["ffmpeg"], 0, "[mp4] Timestamps are unset in a packet\nDeprecated pixel format\n")


def test_a_dead_program_is_noticed_while_feeding() -> None:
    raw = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "64x64", "-i", "pipe:0", "-f", "null", "-")
    tool = Tool("encoding", raw)
    os.kill(tool.pid, signal.SIGKILL)
    with pytest.raises(ToolError) as caught:
        for _ in range(2000):
            tool.write(bytes(4096))
    assert caught.value.code == -signal.SIGKILL or "stopped listening" in str(caught.value)


def test_leaving_with_an_error_ends_the_program() -> None:
    raw = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "64x64", "-i", "pipe:0", "-f", "null", "-")
    with pytest.raises(KeyError), Tool("encoding", raw) as tool:
        pid = tool.pid
        raise KeyError
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_output_is_read() -> None:
    with Tool("reading", (*PICTURE, "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"), output=True) as tool:
        found = b""
        while block := tool.read(1000):
            found += block
    assert len(found) == 2 * 64 * 64
