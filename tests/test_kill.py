"""Killed at any moment, a run loses only what it was doing; the next one ends with the same film."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from encore.core.events import EVENT, ChunkDone, Done, Event, Progress
from tests.films import frame_hashes, lavfi

pytestmark = pytest.mark.slow
Make = Callable[..., Path]
OPTIONS = ("--height", "240", "--codec", "avc", "--json")
FAST = (*OPTIONS, "--quality", "fast")
SEED = 20001


@dataclass(frozen=True)
class Moment:
    """When to kill: so long after an event of this kind was seen so often; `start` needs none."""

    kind: str
    count: int
    delay_s: float


def moments() -> list[Moment]:
    """The kind of event, how often it was seen, and a moment in so many seconds after it."""
    choose = random.Random(SEED)
    kinds = (
        ("start", 0, 2.0), ("start", 0, 2.0), ("scan", 1, 0.2), ("scan", 2, 0.6),
        ("chunk", 1, 0.7), ("chunk", 2, 0.7), ("chunk", 3, 0.7), ("chunk", 4, 0.1),
        ("restore", 2, 0.3), ("join", 1, 0.02), ("verify", 1, 0.02), ("verify", 1, 0.2),
    )  # fmt: skip
    return [Moment(kind, count, choose.uniform(0, longest)) for kind, count, longest in kinds]


def kind_of(event: Event) -> str:
    if isinstance(event, Progress):
        return event.stage
    return "chunk" if isinstance(event, ChunkDone) else type(event).__name__


def start(tape: Path, film: Path, options: tuple[str, ...] = FAST) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "encore", "restore", str(tape), "-o", str(film), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def finish(tape: Path, film: Path, options: tuple[str, ...] = FAST) -> list[Event]:
    running = start(tape, film, options)
    out, err = running.communicate()
    assert running.returncode == 0, out[-2000:] + err
    return [EVENT.validate_json(line) for line in out.splitlines()]


def chunks(events: list[Event]) -> list[ChunkDone]:
    return [event for event in events if isinstance(event, ChunkDone)]


def killed(
    tape: Path, film: Path, moment: Moment, *, only_encore: bool = False, options: tuple[str, ...] = FAST
) -> tuple[list[Event], list[psutil.Process]]:
    """Events before the kill, and the processes that were at work."""
    running = start(tape, film, options)
    assert running.stdout is not None and running.stderr is not None
    seen: list[Event] = []
    counted = 0
    while counted < moment.count and (line := running.stdout.readline()):
        seen.append(EVENT.validate_json(line))
        counted += kind_of(seen[-1]) == moment.kind
    time.sleep(moment.delay_s)
    try:
        family = psutil.Process(running.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    if only_encore:
        running.kill()
    else:
        os.killpg(running.pid, signal.SIGKILL)
    seen += [EVENT.validate_json(line) for line in running.stdout.read().splitlines() if line.endswith("}")]
    running.stdout.close()
    running.stderr.close()
    running.wait()
    return seen, family


@pytest.fixture(scope="module")
def tape(make: Make) -> Path:
    return make(".mpg", frames=60, scenes=("wide", "close", "medium", "crowd"))


@pytest.fixture(scope="module")
def undisturbed(tape: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    film = tmp_path_factory.mktemp("undisturbed") / "film.mp4"
    events = finish(tape, film)
    assert len(chunks(events)) >= 4
    return frame_hashes(film)


@pytest.mark.parametrize("moment", moments(), ids=lambda m: f"{m.kind}-{m.count}-{m.delay_s:.2f}")
def test_killed_and_continued(tape: Path, undisturbed: list[str], tmp_path: Path, moment: Moment) -> None:
    film = tmp_path / "film.mp4"
    before, family = killed(tape, film, moment)
    finished = any(isinstance(event, Done) for event in before)
    if film.exists():
        assert frame_hashes(film) == undisturbed
    assert not psutil.wait_procs(family, timeout=5)[1]
    after = finish(tape, film)
    assert frame_hashes(film) == undisturbed
    known = {(event.shot, event.start) for event in chunks(before)}
    reused = {(event.shot, event.start) for event in chunks(after) if event.reused}
    assert known <= reused or finished or not chunks(after)
    assert not [p for p in tmp_path.rglob(".*.part")]


def test_the_best_repair_killed_and_continued(tape: Path, tmp_path: Path) -> None:
    whole, film = tmp_path / "whole" / "film.mp4", tmp_path / "killed" / "film.mp4"
    for folder in (whole.parent, film.parent):
        folder.mkdir()
    finish(tape, whole, OPTIONS)
    killed(tape, film, Moment("chunk", 2, 0.5), options=OPTIONS)
    after = finish(tape, film, OPTIONS)
    assert [event.reused for event in chunks(after)][:2] == [True, True]
    assert frame_hashes(film) == frame_hashes(whole)


@pytest.mark.parametrize("moment", [Moment("chunk", 1, 0.3), Moment("restore", 1, 0.1), Moment("verify", 1, 0.0)])
def test_no_encoder_survives_its_encore(tape: Path, undisturbed: list[str], tmp_path: Path, moment: Moment) -> None:
    """An encoder whose standard input closes ends by itself, and what it leaves behind harms nobody."""
    film = tmp_path / "film.mp4"
    _, family = killed(tape, film, moment, only_encore=True)
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive
    finish(tape, film)
    assert frame_hashes(film) == undisturbed


def test_killed_again_and_again(tape: Path, undisturbed: list[str], tmp_path: Path) -> None:
    film, choose = tmp_path / "film.mp4", random.Random(SEED + 1)
    for _ in range(4):
        killed(tape, film, Moment("start", 0, choose.uniform(0.8, 3.0)))
    finish(tape, film)
    assert frame_hashes(film) == undisturbed


def test_a_killed_scan_continues_where_it_was(tmp_path: Path) -> None:
    picture = "testsrc2=size=128x96:rate=30000/1001"
    tape = lavfi(tmp_path / "long.mpg", "-c:v", "mpeg2video", "-b:v", "2M", picture=picture, frames=920)
    command = [sys.executable, "-m", "encore", "scan", str(tape), "--workspace"]
    running = subprocess.Popen([*command, str(tmp_path / "a")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (finished := sorted((tmp_path / "a").glob("scan/*/part-*.npz"))) and running.poll() is None:
        time.sleep(0.02)
    running.kill()
    running.wait()
    before = {part: (part.stat().st_mtime_ns, part.read_bytes()) for part in finished}
    assert before
    for place in ("a", "b"):
        subprocess.run([*command, str(tmp_path / place)], check=True, capture_output=True)
    for part, (written, content) in before.items():
        assert part.stat().st_mtime_ns == written
        assert (tmp_path / "b" / part.relative_to(tmp_path / "a")).read_bytes() == content
    for name in ("analysis.json", "frames.parquet", "marks.parquet", "scan.html"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
