"""Real tapes whose truth was written down by looking at them: shots, damage, ways of scanning; needs --tapes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.scan.table import Row, Settings
from encore.analysis.survey import survey
from encore.core.events import Event
from encore.core.findings import Analysis
from encore.core.time import TICKS_PER_FRAME, Span
from encore.tape.probe import probe

DISSOLVES = {"interlaced/ntsc480i_stage_musical_bluelight_tff.mkv": ((62, 90), (154, 188))}
"""Tape frames that show two shots; the tape begins inside a third dissolve, whose first shot is not on it."""
CUTS = {
    "interlaced/ntsc480i_stage_musical_bluelight_tff.mkv": (),
    "clean/hd720_club_concert_red_green_cuts.mp4": (138, 200),
    "stage/sd360_concert_red_stage_band.mp4": (),
    "stage/sd360_hamilton_whitehouse_stage_faces.mp4": (20, 82, 211),
    "stage/sd360x640_singer_stage_portrait.mp4": (15, 70, 180, 219, 288, 397, 475, 547, 592, 650, 745),
}
"""First tape frames of new shots."""
DAMAGED = {"interlaced/pal576i_h264_talkshow_dropouts_tff.ts": Span(start=0, stop=149)}
"""Tape frames with broken macroblocks; of the other tapes named in `CUTS` none."""
MODES = {
    "cadence/bt601-525_480_interlaced_tff.ts": "interlaced tff",
    "cadence/bt601-525_480_interlaced_bff.ts": "interlaced bff",
    "cadence/bt601-525_480_progressive.ts": "progressive",
    "cadence/bt601-525_480_telecined_hard.ts": "film",
    "cadence/bt601-525_480_telecined_soft.ts": "progressive",
    "cadence/experimental_bt601-525_480_480_progressive_segmented_frame_tff.ts": "progressive",
    "interlaced/ntsc480i_stage_musical_bluelight_tff.mkv": "interlaced tff",
    "interlaced/ntsc484_bff_man_tent.mkv": "interlaced bff",
    "interlaced/ntsc486_bff_titles_flagged_progressive.mp4": "interlaced bff",
    "interlaced/pal576i_h264_talkshow_dropouts_tff.ts": "interlaced tff",
    "interlaced/ntsc_mpeg2_704x480_tvpanel_4faces.mpg": "progressive",
}


def bench(settings: Settings) -> Iterator[Row]:
    """Compare what is found with what was seen."""
    folder = settings.tapes
    if folder is None or not folder.is_dir():
        return
    known: dict[str, Analysis] = {}

    def found(name: str) -> Analysis:
        if name not in known:
            with tempfile.TemporaryDirectory() as parts:
                known[name] = survey(probe(folder / name), "bench", _quiet, folder=Path(parts)).analysis
        return known[name]

    yield from _shots(found)
    yield from _damage(found)
    right = sum(_mode(found(name)) == mode for name, mode in MODES.items())
    yield Row("real", f"ways of scanning right, of {len(MODES)} tapes", right, ">=", len(MODES), 0)


def _shots(found: Callable[[str], Analysis]) -> Iterator[Row]:
    for name, wanted in DISSOLVES.items():
        ways = [way.span for way in found(name).transitions if way.kind != "cut"]
        spans = [Span(start=a * TICKS_PER_FRAME, stop=b * TICKS_PER_FRAME) for a, b in wanted]
        hit = sum(any(_overlap(span, way) >= 0.5 for way in ways) for span in spans)
        yield Row("real", f"dissolves of {Path(name).stem} found, of {len(spans)}", hit, ">=", len(spans), 0)
        yield Row("real", f"dissolves of {Path(name).stem} made up", len(ways) - hit, "<=", 0, 0)
    hits = missed = false = 0
    for name, cuts in CUTS.items():
        seen = [way.middle / TICKS_PER_FRAME for way in found(name).transitions if way.kind == "cut"]
        right = sum(any(abs(cut - one) <= 1 for one in seen) for cut in cuts)
        hits, missed, false = hits + right, missed + len(cuts) - right, false + len(seen) - right
    yield Row("real", f"cuts missed, of {hits + missed} on {len(CUTS)} tapes", missed, "<=", 0, 0)
    yield Row("real", f"cuts made up on these {len(CUTS)} tapes", false, "<=", 0, 0)


def _damage(found: Callable[[str], Analysis]) -> Iterator[Row]:
    for name, span in DAMAGED.items():
        hit = len(_broken(found(name)) & set(range(span.start, span.stop)))
        yield Row("real", f"share of the broken frames of {Path(name).stem} found", hit / len(span), ">=", 0.8)
    false = sum(len(_broken(found(name))) for name in CUTS)
    yield Row("real", f"broken frames made up on {len(CUTS)} whole tapes", false, "<=", 0, 0)


def _broken(analysis: Analysis) -> set[int]:
    kinds = ("corrupt", "half picture")
    return {frame for one in analysis.faults if one.kind in kinds for frame in range(one.span.start, one.span.stop)}


def _mode(analysis: Analysis) -> str:
    """How most of a tape is scanned."""
    longest = max(analysis.shots, key=lambda shot: len(shot.span)).scan
    return f"{longest.mode} {longest.order}" if longest.mode == "interlaced" else longest.mode


def _overlap(one: Span, other: Span) -> float:
    common = len(one.within(other))
    return common / (len(one) + len(other) - common)


def _quiet(event: Event) -> None:
    del event
