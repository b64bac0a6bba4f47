"""Run every question over a tape: its clock first, then everything that is seen in its frames."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import psutil

from encore.analysis.conclude import conclude
from encore.analysis.measure import measure, parts_of
from encore.analysis.part import Parts
from encore.analysis.questions import QUESTIONS
from encore.analysis.telling import warnings_of
from encore.core.errors import InputError
from encore.core.events import SECONDS_BETWEEN_PROGRESS, Event, Progress
from encore.core.findings import Analysis
from encore.core.source import Source
from encore.media.decode import Stamp, decoded
from encore.tape.fieldstats import FieldStats
from encore.tape.timeline import Clock, make_clock

CLOCK_SHARE = 0.1
"""Share of a survey's time that its first pass takes, which only decodes."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Facts about a tape and the per-frame numbers behind them."""

    analysis: Analysis
    clock: Clock
    stats: FieldStats
    parts: Parts
    """All rows."""


def survey(
    source: Source,
    version: str,
    watch: Callable[[Event], None],
    *,
    stop_frame: int | None = None,
    folder: Path | None = None,
    workers: int | None = None,
) -> Survey:
    """Measure a tape.

    Args:
        source: the tape.
        version: of Encore, noted in the analysis.
        watch: hears progress and findings.
        stop_frame: look at no more than the tape frames before this one; None for all.
        folder: keeps measured parts, so that a killed survey continues; None: in memory.
        workers: processes; None: as many as there are cores. One where parts are kept in memory.

    Raises:
        InputError: no frame can be decoded, or the picture changes its size.
        OutputError: the folder cannot be written.
    """
    told = _Teller(watch, _expected_frames(source) if stop_frame is None else stop_frame)
    clock = _clock(source, stop_frame, told)
    frames = clock.timeline.frames
    told.second_pass(frames)
    parts = Parts(parts_of(frames), folder)
    measure(source, clock, QUESTIONS, parts, workers=workers or cores(), tell=told.measured)
    analysis, stats = conclude(source, clock, parts, version)
    warnings = tuple(warnings_of(source, analysis, whole=stop_frame is None))
    return Survey(analysis.model_copy(update={"warnings": warnings}), clock, stats, parts)


def _clock(source: Source, stop_frame: int | None, told: _Teller) -> Clock:
    stamps: list[Stamp] = []
    size = (source.video.width, source.video.height)
    for stamp, frame in decoded(source.path, source.video.index):
        if (frame.width, frame.height) != size:
            raise InputError(
                f"{source.path}: the picture becomes {frame.width}x{frame.height} at frame {len(stamps)}",
                todo="split the tape there and restore the parts one by one",
            )
        stamps.append(stamp)
        told.progress(CLOCK_SHARE * len(stamps))
        if stop_frame is not None and len(stamps) >= stop_frame:
            break
    if not stamps:
        raise InputError(f"{source.path}: no frame can be decoded", todo="check that the capture is complete")
    return make_clock(stamps, source.video.time_base, source.video.rate)


def _expected_frames(source: Source) -> int:
    return int(source.promised_s * (source.video.rate or Fraction(30000, 1001))) if source.promised_s else 0


def cores() -> int:
    """Cores that this process may use."""
    return len(psutil.Process().cpu_affinity() or ()) or 1


class _Teller:
    """Progress of both passes as one count of frames."""

    def __init__(self, watch: Callable[[Event], None], total: int) -> None:
        self._watch, self.total = watch, total
        self._told = 0.0
        self._done = 0
        self._second = 0.0

    def second_pass(self, frames: int) -> None:
        """The first pass is over, and the tape has that many frames."""
        self.total, self._second = frames, time.perf_counter()

    def measured(self, fresh: int, known: int) -> None:
        """So many frames were measured in this run, so many had been before."""
        speed = fresh / (time.perf_counter() - self._second) if fresh else None
        left = (self.total - known - fresh) / speed if speed else None
        self.progress(CLOCK_SHARE * self.total + (1 - CLOCK_SHARE) * (known + fresh), speed, left)

    def progress(self, done: float, speed: float | None = None, left_s: float | None = None) -> None:
        """So many frames are done, both passes taken together."""
        now = time.perf_counter()
        if now - self._told < SECONDS_BETWEEN_PROGRESS and done < self.total:
            return
        self._told = now
        self._done = max(self._done, int(done))
        total = max(self.total, self._done)
        self._watch(Progress(stage="scan", done=self._done, total=total, frames_per_s=speed, left_s=left_s))
