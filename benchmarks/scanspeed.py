"""How fast is the scan, what does each question cost, and does memory stay flat?

    python -m benchmarks.scanspeed [TAPE] [--loops 1] [--workers N]

Without TAPE a tape of the demo's kind is made. --loops 10 plays the tape ten times in a row.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from benchmarks.machine import heading
from benchmarks.speed import longer
from encore.analysis.conclude import conclude
from encore.analysis.measure import measure, parts_of
from encore.analysis.part import Parts
from encore.analysis.questions import QUESTIONS
from encore.analysis.survey import cores
from encore.media.decode import decoded
from encore.synthetic.tape import DEMO, make_tape
from encore.tape.probe import probe
from encore.tape.timeline import make_clock


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tape", nargs="?", type=Path)
    parser.add_argument("--loops", type=int, default=1)
    parser.add_argument("--workers", type=int, default=cores())
    asked = parser.parse_args()
    print(heading())
    with tempfile.TemporaryDirectory() as folder:
        tape = asked.tape or Path(folder) / "demo.mpg"
        if asked.tape is None:
            make_tape(tape, DEMO)
        if asked.loops > 1:
            tape = longer(tape, asked.loops, Path(folder))
        _report(tape, asked.workers, Path(folder))


def _report(tape: Path, workers: int, folder: Path) -> None:
    source = probe(tape)
    wall, cpu = time.perf_counter(), time.process_time()
    stamps = [stamp for stamp, _ in decoded(source.path, source.video.index)]
    clock = make_clock(stamps, source.video.time_base, source.video.rate)
    first = time.perf_counter() - wall
    parts = Parts(parts_of(clock.timeline.frames), folder)
    seconds = measure(source, clock, QUESTIONS, parts, workers=workers, tell=_quiet)
    second = time.perf_counter() - wall - first
    conclude(source, clock, parts, "bench")
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    frames = clock.timeline.frames
    print(f"{tape.name}: {frames} tape frames of {source.video.width}x{source.video.height}, {workers} processes")
    cpu = sum(seconds.values()) if workers > 1 else cpu
    print(f"{frames / wall:.1f} frames/s, {1000 * cpu / frames:.1f} core-ms per frame in all")
    print(f"clock {first:.1f} s, frames {second:.1f} s, answers {wall - first - second:.1f} s")
    for what, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        print(f"  {what:12} {1000 * spent / frames:6.2f} core-ms per frame")
    for whose, who in (("this process", resource.RUSAGE_SELF), ("a worker", resource.RUSAGE_CHILDREN)):
        print(f"most memory of {whose} {resource.getrusage(who).ru_maxrss / 1e6:.2f} GB")


def _quiet(fresh: int, known: int) -> None:
    del fresh, known


if __name__ == "__main__":
    main()
