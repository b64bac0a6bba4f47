"""How fast is the main job, where does the time go, and how much memory do all processes take together?

    python -m benchmarks.speed [TAPE] [--height 2160] [--aspect 4:3] [--rate field] [--upscaler auto] [--loops 1]

Without TAPE the demo's tape is made. --loops 10 plays the tape ten times in a row: memory must not grow with it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from fractions import Fraction
from pathlib import Path

import psutil

import encore
from benchmarks.machine import heading
from encore.core.result import Result
from encore.encoding.codecs import Av1
from encore.media.process import run
from encore.synthetic.tape import DEMO, make_tape

SAMPLE_S = 0.1


def longer(tape: Path, loops: int, scratch: Path) -> Path:
    """The tape's picture and sound, several times in a row."""
    out = scratch / f"looped{tape.suffix}"
    maps = ("-map", "0:v:0", "-map", "0:a:0?", "-c", "copy")
    run("making a longer tape", ("-stream_loop", str(loops - 1), "-i", str(tape), *maps, str(out)))
    return out


def plan_with(tape: Path, given: argparse.Namespace, scratch: Path) -> Path:
    """A plan for AV1 with another encoder preset."""
    across, down = given.aspect.split(":")
    intent = encore.Intent(
        height=int(given.height), aspect=Fraction(int(across), int(down)), rate=given.rate, upscaler=given.upscaler
    )
    plan = encore.plan(tape, intent=intent, workspace=scratch / "w")
    delivery = plan.delivery.model_copy(update={"codec": Av1(speed=given.speed)})
    path = scratch / "plan.json"
    plan.model_copy(update={"delivery": delivery}).save(path)
    return path


class Watcher:
    """Largest memory of a process and all its children together, sampled; shared pages are counted once (PSS)."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._process = psutil.Process(pid)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Peak bytes."""
        self._ends.set()
        self._thread.join()
        return self.peak

    def _watch(self) -> None:
        while not self._ends.wait(SAMPLE_S):
            total = 0
            with contextlib.suppress(psutil.Error):
                for process in (self._process, *self._process.children(recursive=True)):
                    with contextlib.suppress(psutil.Error):
                        info = process.memory_full_info()
                        total += getattr(info, "pss", info.rss)
            self.peak = max(self.peak, total)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tape", nargs="?", type=Path)
    parser.add_argument("--height", default="2160")
    parser.add_argument("--aspect", default="4:3")
    parser.add_argument("--loops", type=int, default=1)
    parser.add_argument("--codec", default="av1")
    parser.add_argument("--rate", choices=("field", "frame"), default="field", help="59.94p or 50p, or 29.97p or 25p")
    parser.add_argument("--upscaler", default="auto")
    parser.add_argument("--speed", type=int, help="SVT-AV1 preset, when not the default")
    given = parser.parse_args()
    print(heading())
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        tape = given.tape or scratch / "concert.mpg"
        if given.tape is None:
            make_tape(tape, DEMO)
        if given.loops > 1:
            tape = longer(tape, given.loops, scratch)
        wanted = ("height", "aspect", "codec", "rate", "upscaler")
        options = [word for name in wanted for word in (f"--{name}", getattr(given, name))]
        if given.speed is not None:
            options = ["--plan", str(plan_with(tape, given, scratch))]
        command = [
            sys.executable,
            "-m",
            "encore",
            "restore",
            str(tape),
            "-o",
            str(scratch / "film.mp4"),
            *options,
            "--json",
        ]
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        watcher = Watcher(child.pid)
        lines = (child.stdout or ()) if child.stdout else ()
        last = [json.loads(line) for line in lines][-1]
        child.wait()
        wall, peak = time.perf_counter() - started, watcher.stop()
        print(table(Result.load(Path(last["report"]).parent / "result.json"), wall, peak))


def table(result: Result, wall: float, peak: int) -> str:
    """Core-milliseconds per frame and part, frames per second end to end, memory, size."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    length = f"{result.frames} frames at {float(result.rate):.3f}"
    rows = [f"{result.width}x{result.height}, {length}, {len(result.chunks)} chunks"]
    rows.append(f"{'part':<10}{'core-ms/frame':>14}{'wall s':>9}")
    for timing in result.timings:
        rows.append(f"{timing.part:<10}{timing.cpu_s / result.frames * 1000:>14.1f}{timing.wall_s:>9.1f}")
    rows.append(f"{'all':<10}{cpu / result.frames * 1000:>14.1f}{wall:>9.1f}")
    rate = result.bytes * 8 / float(result.frames / result.rate) / 1e6
    rows.append(
        f"end to end {result.frames / wall:.2f} frames/s; peak memory {peak / 2**30:.2f} GiB; film {rate:.1f} Mb/s"
    )
    return "\n".join(rows)


if __name__ == "__main__":
    main()
