"""Run the ffmpeg program: check that it really did what it was told, and say what went wrong if not."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from typing import IO, Any

import imageio_ffmpeg  # pyright: ignore[reportMissingTypeStubs]

from encore.core.errors import OutputError, ToolError

IGNORED = re.compile(
    r"Error parsing option|Unknown option|Unrecognized option|Option .* not found"
    r"|has not been used for any stream|Error setting option",
    re.IGNORECASE,
)
"""ffmpeg drops parameters that it does not understand and still exits with 0; these are its words for it."""
NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded|File too large", re.IGNORECASE)
TOO_LARGE = -25
"""Exit status of a program that SIGXFSZ ended: its file reached the size that the system allows."""
KEPT_LINES = 200
"""Lines of ffmpeg's messages that are kept for an error; it may write thousands."""


@functools.cache
def ffmpeg_path() -> str:
    """The ffmpeg program that ships with the imageio-ffmpeg wheel (`IMAGEIO_FFMPEG_EXE` overrides it).

    Raises:
        ToolError: there is none for this machine.
    """
    try:
        return imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError as error:
        raise ToolError("no ffmpeg program for this machine", stderr=str(error), code=127) from error


def check(message: str, command: Sequence[str], code: int, stderr: str) -> None:
    """Turn an exit status and its messages into the right error, also where ffmpeg exited with 0 but ignored us.

    Raises:
        OutputError: the disk is full.
        ToolError: anything else that went wrong.
    """
    if NO_SPACE.search(stderr) or code == TOO_LARGE:
        raise OutputError(f"{message}: the disk is full", todo="free some space and run the same command again")
    ignored = IGNORED.search(stderr)
    if code != 0 or ignored:
        raise ToolError(
            message,
            command=command,
            code=code,
            stderr=stderr if code else ignored.string[ignored.start() :] if ignored else "",
        )


def run(message: str, arguments: Sequence[str], *, feed: Iterable[bytes] = ()) -> str:
    """Run ffmpeg to its end, optionally feeding its standard input, and return what it wrote to stderr.

    Raises:
        OutputError: the disk is full.
        ToolError: it failed or ignored an argument.
    """
    with Tool(message, arguments) as tool:
        for block in feed:
            tool.write(block)
    return tool.messages


class Tool:
    """A running ffmpeg that is fed through its standard input; leaving the `with` block waits for its end.

    Args:
        message: what is being done, for errors.
        arguments: everything after `ffmpeg`; `-hide_banner -nostdin`-like switches are added here.
        output: True to read its standard output through `read`.
    """

    def __init__(self, message: str, arguments: Sequence[str], *, output: bool = False) -> None:
        self.message = message
        self.command = [ffmpeg_path(), "-hide_banner", "-loglevel", "warning", "-y", *arguments]
        self._kept: deque[str] = deque(maxlen=KEPT_LINES)
        try:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if output else subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={**os.environ, "SVT_LOG": "2"},  # 2: SVT-AV1 keeps to warnings and errors
            )
        except OSError as error:
            raise ToolError(
                f"{message}: ffmpeg cannot be started", command=self.command, code=127, stderr=str(error)
            ) from error
        self._reader = threading.Thread(target=self._keep, args=(self._process.stderr,), daemon=True)
        self._reader.start()

    def _keep(self, stream: IO[bytes] | None) -> None:
        for line in stream or ():
            self._kept.append(line.decode(errors="replace"))

    @property
    def pid(self) -> int:
        """Process number, for measuring."""
        return self._process.pid

    @property
    def messages(self) -> str:
        """What it wrote to stderr so far, the last lines."""
        return "".join(self._kept)

    def write(self, block: Any) -> None:
        """Feed bytes (anything with a buffer); raises what the program died of if it no longer listens."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(block)
        except (BrokenPipeError, OSError):
            self.finish()
            raise ToolError(
                f"{self.message}: ffmpeg stopped listening", command=self.command, stderr=self.messages
            ) from None

    def read(self, size: int) -> bytes:
        """Up to `size` bytes of its standard output; fewer only at the end."""
        assert self._process.stdout is not None
        return self._process.stdout.read(size)

    def finish(self) -> None:
        """Close its input, wait for its end, check how it ended.

        Raises:
            OutputError: the disk is full.
            ToolError: it failed or ignored an argument.
        """
        self._close(self._process.stdin)
        if self._process.stdout is not None and not self._process.stdout.closed:
            while self._process.stdout.read(1 << 20):
                pass
        code = self._process.wait()
        self._let_go()
        check(self.message, self.command, code, self.messages)

    def kill(self) -> None:
        """End it at once; what it wrote is worthless."""
        self._process.kill()
        self._close(self._process.stdin)
        self._process.wait()
        self._let_go()

    def _let_go(self) -> None:
        self._reader.join()
        self._close(self._process.stdout)
        self._close(self._process.stderr)

    @staticmethod
    def _close(stream: IO[bytes] | None) -> None:
        try:
            if stream is not None:
                stream.close()
        except OSError:
            pass  # it is gone already; its exit status tells the story

    def __enter__(self) -> Tool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is None:
            self.finish()
        else:
            self.kill()
