"""How well cuts, dissolves and fades are found among the lights of a stage, beside PySceneDetect."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.scan.material import looks, tape_of
from benchmarks.scan.montage import SIZE, Edit, Montage, reels
from benchmarks.scan.table import Row, Settings
from encore.analysis.shots import ShotsQuestion
from encore.analysis.transitions import transitions_in
from encore.core.findings import Transition
from encore.core.time import Span
from encore.synthetic.signal import Planes

PART = "edits"
SEED = 2
"""Of the material that is reported; thresholds were chosen on another."""
NEAR = 2
"""Ticks that a cut may be off: a tape frame."""


@dataclass
class Score:
    """Counts over all reels."""

    hit: int = 0
    false: int = 0
    missed: int = 0
    false_lit: int = 0
    spans_hit: int = 0
    spans_found: int = 0
    spans_true: int = 0
    notes: list[str] = field(default_factory=list[str])

    @property
    def f1(self) -> float:
        """Of hard cuts."""
        return 2 * self.hit / max(1, 2 * self.hit + self.false + self.missed)


def bench(settings: Settings) -> Iterator[Row]:
    """Every figure of the part."""
    ours, others = Score(), {name: Score() for name in ("AdaptiveDetector", "ContentDetector")}
    frames = lit = edits = 0
    missing = False
    for number, reel in enumerate(reels(408 if settings.full else 24, SEED, settings.pictures)):
        frames, edits = frames + len(reel.frames), edits + len(reel.edits)
        lit += sum(len(span) for span in reel.lit)
        judge(ours, reel, found(reel.frames), number)
        for name, score in others.items():
            cuts = theirs(name, reel.frames)
            missing = missing or cuts is None
            judge(
                score, reel, [Transition(kind="cut", span=Span(start=c, stop=c), score=1) for c in cuts or ()], number
            )
    about = f"{edits} edits, {frames} frames"
    yield Row(PART, f"hard cut F1 within one frame; {about}", ours.f1, ">=", 0.97)
    yield Row(PART, "hard cut precision", ours.hit / max(1, ours.hit + ours.false))
    yield Row(PART, "hard cut recall", ours.hit / max(1, ours.hit + ours.missed))
    yield Row(PART, f"false cuts per 1000 of {lit} frames of changing light", 1000 * ours.false_lit / lit, "<=", 1, 2)
    yield Row(PART, f"dissolve and fade recall of {ours.spans_true}", ours.spans_hit / max(1, ours.spans_true))
    yield Row(PART, "dissolve and fade precision", ours.spans_hit / max(1, ours.spans_found))
    if missing:
        yield Row(PART, "PySceneDetect is not installed", float("nan"))
        return
    for name, score in others.items():
        yield Row(PART, f"PySceneDetect {name}: hard cut F1", score.f1)
        yield Row(
            PART, f"PySceneDetect {name}: false cuts per 1000 such frames", 1000 * score.false_lit / lit, digits=2
        )


def found(frames: Sequence[Planes]) -> list[Transition]:
    """What Encore finds."""
    question = ShotsQuestion(tape_of(*SIZE))
    for look in looks(frames):
        question.observe(look)
    question.finish()
    return transitions_in(question.rows(Span(start=0, stop=len(frames))), "tff")


def theirs(name: str, frames: Sequence[Planes]) -> list[int] | None:
    """Ticks of the cuts that a detector of PySceneDetect finds with its defaults; None without it."""
    try:
        detector: Any = getattr(importlib.import_module("scenedetect.detectors"), name)()
        timecode: Any = importlib.import_module("scenedetect").FrameTimecode
    except ImportError:
        return None
    cuts: list[Any] = []
    at: Any = timecode(0, 30000 / 1001)
    for number, planes in enumerate(frames):
        at = timecode(number, 30000 / 1001)
        cuts += detector.process_frame(at, _bgr(planes))
    cuts += detector.post_process(at)
    return sorted({2 * int(cut.frame_num) for cut in cuts})


def _bgr(planes: Planes) -> NDArray[np.uint8]:
    flat = np.concatenate([plane.ravel() for plane in planes]).astype(np.uint8)
    high, wide = planes[0].shape
    return np.asarray(cv2.cvtColor(flat.reshape(high * 3 // 2, wide), cv2.COLOR_YUV2BGR_I420), np.uint8)


def judge(score: Score, reel: Montage, transitions: Sequence[Transition], number: int = 0) -> None:
    """Add one reel's hits and faults; each true edit counts for one found one."""
    true_cuts = [edit for edit in reel.edits if edit.kind == "cut"]
    for transition in transitions:
        if transition.kind != "cut":
            continue
        at = transition.span.start
        hit = next((edit for edit in true_cuts if edit.span[0] - NEAR <= at <= edit.span[1] + NEAR), None)
        if hit is not None:
            true_cuts.remove(hit)
            score.hit += 1
            continue
        score.false += 1
        score.false_lit += any(at // 2 in span.grown(2, Span(start=0, stop=len(reel.frames))) for span in reel.lit)
        score.notes.append(f"{number}: false cut at frame {at / 2}")
    score.missed += len(true_cuts)
    score.notes += [f"{number}: missed cut at frame {edit.span[0] / 2}-{edit.span[1] / 2}" for edit in true_cuts]
    _judge_spans(score, reel, [one for one in transitions if one.kind != "cut"], number)


def _judge_spans(score: Score, reel: Montage, spans: Sequence[Transition], number: int) -> None:
    """Dissolves and fades: one found must share half of the longer of both with a true one."""
    true = [edit for edit in reel.edits if edit.kind != "cut"]
    score.spans_true, score.spans_found = score.spans_true + len(true), score.spans_found + len(spans)
    for one in spans:
        hit = next((edit for edit in true if _same(edit, one.span)), None)
        if hit is None:
            score.notes.append(f"{number}: false {one.kind} at frames {one.span.start / 2}-{one.span.stop / 2}")
            continue
        true.remove(hit)
        score.spans_hit += 1
    score.notes += [f"{number}: missed {e.kind} at frames {e.span[0] / 2}-{e.span[1] / 2}" for e in true]


def _same(edit: Edit, span: Span) -> bool:
    common = min(edit.span[1], span.stop) - max(edit.span[0], span.start)
    return common >= 0.5 * max(edit.span[1] - edit.span[0], len(span))
