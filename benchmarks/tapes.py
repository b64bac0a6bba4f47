"""What is found on real tapes: scan, order, output rate and count; with --restore the film is made and counted too.

python -m benchmarks.tapes FOLDER_OR_FILE... [--restore]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import encore
from benchmarks.machine import heading

VIDEO = {".ts", ".mkv", ".mp4", ".mpg", ".avi", ".mov", ".vob", ".dv"}


def row(tape: Path, scratch: Path, restore: bool) -> str:
    """One line of the table."""
    workspace = scratch / tape.stem
    small = encore.Intent(height=240, codec="avc")
    plan = encore.plan(tape, intent=small, workspace=workspace)
    analysis = encore.scan(tape, workspace=workspace)
    modes: dict[str, int] = {}
    for shot in analysis.shots:
        scan = shot.scan
        name = f"progressive+{scan.offset}" if scan.mode == "progressive" else f"{scan.mode} {scan.order}"
        modes[name + ("" if scan.confidence else "?")] = (
            modes.get(name + ("" if scan.confidence else "?"), 0) + len(shot.span) // 2
        )
    found = ", ".join(f"{name} {frames}" for name, frames in modes.items())
    timeline, delivery = analysis.timeline, plan.delivery
    frames = -(-len(plan.span) // delivery.ticks_per_frame)
    made = ""
    if restore:
        result = encore.restore(tape, scratch / f"{tape.stem}.mp4", intent=small, workspace=workspace)
        kept = "all kept" if all(check.kept for check in result.checks) else "BROKEN"
        made = f"{result.frames} frames, {kept}"
    clock = f"{timeline.decoded} -> {timeline.frames} at {float(timeline.rate):.3f}"
    return f"{tape.name[:44]:<45}{clock:<24}{found:<44}{float(delivery.rate):>7.3f}{int(frames):>6}  {made}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tapes", nargs="+", type=Path)
    parser.add_argument("--restore", action="store_true")
    given = parser.parse_args()
    tapes = [p for t in given.tapes for p in (sorted(t.iterdir()) if t.is_dir() else [t]) if p.suffix.lower() in VIDEO]
    print(heading())
    print(f"{'tape':<45}{'decoded -> tape frames':<24}{'measured scan, tape frames':<44}{'rate':>7}{'count':>6}")
    with tempfile.TemporaryDirectory() as scratch:
        for tape in tapes:
            print(row(tape, Path(scratch), given.restore), flush=True)


if __name__ == "__main__":
    main()
