"""Workers: processes that measure parts side by side; they end when their parent does, however it ends."""

from __future__ import annotations

import json
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from encore.analysis.part import Parts
from encore.analysis.work import Work
from encore.core import errors
from encore.core.errors import EncoreError, InputError, OutputError, StageError
from encore.core.events import SECONDS_BETWEEN_PROGRESS
from encore.core.time import Span

_KEPT_LINES = 20
"""Last lines of what a worker said before it died, for the error."""

_START = "import sys; sys.path[:] = {path!r}; from encore.analysis.workers import main; main()"
"""Where the parent found Encore, its workers find it too."""
_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}
"""Bytes (glibc, mallopt(3)): pictures come from memory that the process keeps, 7 MB of it, where it gave pages back and
got new ones, 1100 a frame; 0.7 instead of 3.1 core-ms a frame in the kernel (measured, EPYC). Others ignore it."""


def side_by_side(
    work: Work, shares: Sequence[Sequence[Span]], parts: Parts, tell: Callable[[int], None]
) -> dict[str, float]:
    """Measure parts in one process per share.

    Threads of one process would wait for each other's turn: on two cores they reached 31 to 36 frames/s, two processes
    44 (measured).

    Args:
        work: the orders.
        shares: the parts of every process.
        parts: where to put them; has a folder.
        tell: hears how many tape frames are done.

    Returns:
        CPU seconds by question.

    Raises:
        InputError, OutputError: what a worker met; StageError: it died.
    """
    assert parts.folder is not None
    heard: queue.Queue[tuple[int, str]] = queue.Queue()
    seconds: Counter[str] = Counter()
    done = [0] * len(shares)
    with ExitStack() as running:
        workers = [
            running.enter_context(_Worker(n, work, share, parts.folder, heard)) for n, share in enumerate(shares)
        ]
        left = len(workers)
        while left:
            number, line = heard.get()
            word, _, rest = line.partition(" ")
            if word == "frames":
                done[number] = int(rest)
                tell(sum(done))
            elif word == "seconds":
                seconds.update(json.loads(rest))
            elif word == "error":
                raise _error(**json.loads(rest))
            elif word == "":
                workers[number].check()
                left -= 1
    return dict(seconds)


class _Worker:
    """One process, its orders on their way in, its words on their way out."""

    def __init__(
        self, number: int, work: Work, share: Sequence[Span], folder: Path, heard: queue.Queue[tuple[int, str]]
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START.format(path=sys.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env={**_MEMORY, **os.environ},
            start_new_session=True,  # Ctrl-C is for the parent, who ends its workers
        )  # fmt: skip
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)
        self._number, self._heard = number, heard
        self._threads = [
            threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._keep, args=(self._process.stderr,), daemon=True),
            threading.Thread(target=self._order, args=(pickle.dumps((work, tuple(share), folder)),), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def check(self) -> None:
        """Raises StageError if it did not end well."""
        if self._process.wait():
            self._threads[1].join()
            raise StageError(
                f"measuring stopped (exit status {self._process.returncode}): {' '.join(self._said)}",
                todo="run again; finished parts are kept",
            )

    def __enter__(self) -> _Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _order(self, orders: bytes) -> None:
        stream = self._process.stdin
        assert stream is not None
        try:
            stream.write(orders)
            stream.close()
        except OSError:
            pass  # it died; its exit status tells the story

    def _listen(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._heard.put((self._number, line.decode(errors="replace").strip()))
        self._heard.put((self._number, ""))

    def _keep(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._said.append(line.decode(errors="replace").strip())


def _error(kind: str, message: str, todo: str) -> EncoreError:
    known = getattr(errors, kind, StageError)
    return known(message, todo=todo) if known in (InputError, OutputError) else StageError(message, todo=todo)


class _Voice:
    """What a worker says on its standard output; when nobody listens any more, its work is not wanted."""

    def __init__(self) -> None:
        self._last = 0.0

    def frames(self, done: int) -> None:
        """How many tape frames are done, a few times a second."""
        now = time.perf_counter()
        if now - self._last >= SECONDS_BETWEEN_PROGRESS:
            self._last = now
            self.say("frames", str(done))

    def say(self, word: str, rest: str) -> None:
        """One line."""
        try:
            sys.stdout.write(f"{word} {rest}\n")
            sys.stdout.flush()
        except OSError:
            os._exit(1)


def main() -> None:
    """Be a worker: orders come in on standard input."""
    work, todo, folder = pickle.load(sys.stdin.buffer)
    voice = _Voice()
    try:
        seconds = work.measure(todo, Parts(todo, folder), voice.frames)
        voice.say("frames", str(sum(len(span) for span in todo)))
        voice.say("seconds", json.dumps(seconds))
    except EncoreError as error:
        kind = type(error).__name__
        voice.say("error", json.dumps({"kind": kind, "message": error.message, "todo": error.todo}))
