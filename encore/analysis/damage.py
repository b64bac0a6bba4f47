"""What did tape and recorder do to the picture: dropouts, snow, jitter of lines, head switching, scratches?"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encore.analysis.dropouts import DropoutMeter, Piece
from encore.analysis.jitter import jitter
from encore.analysis.look import Look
from encore.analysis.part import Parts
from encore.analysis.question import Column, Question, Rows, ShotFrames, Tape
from encore.analysis.scratches import EVERY, MOST, ScratchMeter
from encore.analysis.snow import snow
from encore.core.answers import TapeDamage
from encore.core.findings import MARK_KINDS, Analysis, Mark
from encore.core.time import Span
from encore.tape.edges import EdgeMeter

_LINES_EVERY = 5
"""Tape frames between looks at jitter and head switching; both last for whole tapes."""
_HEAD_ZONE = 130
"""Lines at the bottom that are looked at for head switching: `EdgeMeter` wants 128 at least."""
_HEAD_LINES = 16
"""Lines that head switching can take at most, as `EdgeMeter` counts."""
_FOOT = 12
"""Lines at the bottom where dropouts are told only while no head switching is seen there."""
_TORN = (3, 8)
"""Of so many frames, those with losses in the foot from which they are head switching: dropouts are rarer there."""
_AGREE = 0.5
"""Share of the judged frames that must show head switching."""
_SHOWN = 0.3
"""Share of the looks that must show a scratch; those at the start of a tape have not seen enough to tell."""
_SNOW = 0.5
"""Share of a frame that must be snow for the frame to be."""
_NEAR = 2.0
"""Samples within which two looks show the same scratch."""


class DamageQuestion(Question):
    """Notes the damage of every frame, and where it is."""

    name = "damage"
    after = EVERY
    columns = (
        Column("dropouts", "line pieces lost"),
        Column("dropout_share", "of all luma samples"),
        Column("snow", "share of the frame that is noise without a picture"),
        Column("jitter", "root mean square sideways displacement of lines against their neighbours, samples"),
        Column("head_lines", "lines at the bottom disturbed by head switching; nan where that cannot be judged"),
        Column("scratches", "columns of upright lines that stand still, samples from the left", (MOST,)),
    )

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        self._dropouts, self._scratches = DropoutMeter(), ScratchMeter()
        self._last: Look | None = None
        self._marks = array("i")
        """Frame, number of the kind, left, top, right, bottom of each, in any order."""
        self._snow: list[Mark] = []
        """Of the last frame."""
        self._heads = False
        self._torn: deque[bool] = deque(maxlen=_TORN[1])

    def observe(self, now: Look) -> None:
        """See the next tape frame; dropouts are told one frame later."""
        if self._last is not None:
            self._look_for_dropouts(self._last, now)
        self._last = now
        self._look_for_snow(now)
        if now.number % _LINES_EVERY == 0:
            moved, heads = jitter(now), _head_lines(now)
            self._heads = self._heads if np.isnan(heads) else heads > 0
            self.note(now.number, head_lines=heads, **({} if moved is None else {"jitter": moved}))
        if now.number % EVERY == 0:
            self._look_for_scratches(now)

    def finish(self) -> None:
        """The last frame has no neighbour after it."""
        if self._last is not None:
            self._look_for_dropouts(self._last, None)

    def marks(self) -> Iterator[Mark]:
        """Pieces of lines lost, bands of snow, and scratches in every frame since they were first seen."""
        for at in range(0, len(self._marks), 6):
            frame, kind, left, top, right, bottom = self._marks[at : at + 6]
            yield Mark(frame, MARK_KINDS[kind], left, top, right, bottom)

    def _mark(self, marks: Iterable[Mark]) -> None:
        for mark in marks:
            self._marks.extend((mark.frame, MARK_KINDS.index(mark.kind), *mark[2:]))

    def _look_for_snow(self, now: Look) -> None:
        bands = snow(now)
        self.note(now.number, snow=float(bands.mean()))
        height, width = now.planes[0].shape
        self._snow = []
        for band in np.flatnonzero(bands):
            top, bottom = (2 * (height // 2 * int(at) // len(bands)) for at in (band, band + 1))
            self._snow.append(Mark(now.number, "snow", 0, top, width, bottom))
        self._mark(self._snow)

    def _look_for_dropouts(self, middle: Look, after: Look | None) -> None:
        pieces = self._dropouts.pieces(middle, after)
        marks = {mark for piece in pieces for mark in _boxes(piece, middle)}
        if self._snow:
            marks = {mark for mark in marks if not self._snowed(mark)}
        height, width = middle.planes[0].shape
        foot = {mark for mark in marks if mark.top >= height - _FOOT}
        self._torn.append(bool(foot))
        if self._heads or sum(self._torn) >= _TORN[0]:
            marks -= foot
        share = sum((mark.right - mark.left) * (mark.bottom - mark.top) for mark in marks) / (height * width)
        self.note(middle.number, dropouts=len(marks), dropout_share=share)
        self._mark(marks)

    def _snowed(self, mark: Mark) -> bool:
        return any(one.top <= mark.top < one.bottom for one in self._snow)

    def _look_for_scratches(self, now: Look) -> None:
        columns = self._scratches.add(now.planes[0][0::2], now.depth)
        noted = np.full(MOST, np.nan, np.float32)
        noted[: len(columns)] = columns
        self.note(now.number, scratches=noted)
        height, width = now.planes[0].shape
        places = {(max(0, round(float(one)) - 1), min(width, round(float(one)) + 2)) for one in columns}
        frames = range(max(0, now.number - EVERY + 1), now.number + 1)
        self._mark(Mark(frame, "scratch", left, 0, right, height) for left, right in places for frame in frames)

    @classmethod
    def answer(cls, rows: Rows, shot: ShotFrames) -> TapeDamage | None:
        """What the rows of one shot say."""
        del shot
        if np.isnan(rows["dropouts"]).all():
            return None
        jitters = rows["jitter"][~np.isnan(rows["jitter"])]
        return TapeDamage(
            dropout_lines=int(np.nansum(rows["dropouts"])),
            dropout_share=float(np.nanmean(rows["dropout_share"])),
            snow_frames=int(np.count_nonzero(rows["snow"] >= _SNOW)),
            jitter=float(np.median(jitters)) if len(jitters) else 0.0,
            head_switching_lines=_agreed_lines(rows["head_lines"]),
            scratches=_agreed_columns(rows["scratches"]),
        )

    @classmethod
    def over_tape(cls, parts: Parts, analysis: Analysis, shots: Sequence[ShotFrames]) -> Mapping[str, object]:
        """Answers anew where blocks of the picture are broken, whose edges look like dropouts."""
        broken = [one.span for one in analysis.damage if one.kind != "held"]
        broken += [one.span for one in analysis.faults if one.kind in ("corrupt", "half picture")]
        answered = list(analysis.shots)
        for number, about in enumerate(shots):
            if any(len(one.within(about.span)) for one in broken):
                damage = cls.answer(_whole_frames(parts, about.span, broken), about)
                answered[number] = answered[number].model_copy(update={"damage": damage})
        return {"shots": tuple(answered)}


def _whole_frames(parts: Parts, span: Span, broken: Sequence[Span]) -> Rows:
    """The rows of a shot, without dropouts where the decoder could not read the picture: those are no tape's."""
    rows = parts.rows("damage", span)
    spoilt = np.zeros(len(span), bool)
    for one in broken:
        inside = one.within(span)
        spoilt[inside.start - span.start : inside.stop - span.start] = True
    return {**rows, **{name: np.where(spoilt, np.nan, rows[name]) for name in ("dropouts", "dropout_share")}}


def _boxes(piece: Piece, look: Look) -> list[Mark]:
    """Where a piece lies in the woven frame: chroma lines stand for all luma lines they colour."""
    luma, plane = look.planes[0].shape, look.planes[piece.plane].shape
    across, down = round(luma[1] / plane[1]), round(luma[0] / plane[0])
    left, right = piece.left * across, min(luma[1], piece.right * across)
    lines = (2 * (piece.line * down + more) + piece.parity for more in range(down))
    return [Mark(look.number, "dropout", left, line, right, line + 1) for line in lines if line < luma[0]]


def _head_lines(now: Look) -> float:
    meter = EdgeMeter(now.depth)
    meter.add(now.planes[0][-_HEAD_ZONE:])
    state = meter.state()
    if not state or not state["counts"][3]:
        return np.nan
    starts = np.flatnonzero(state["starts"])
    return float(_HEAD_LINES - starts[0]) if len(starts) else 0.0


def _agreed_lines(lines: NDArray[Any]) -> int:
    """Disturbed lines that most judged frames show, within two of each other; 0 where they do not agree."""
    judged = lines[~np.isnan(lines)]
    shown = judged[judged > 0]
    if not len(judged) or len(shown) < _AGREE * len(judged):
        return 0
    middle = float(np.median(shown))
    near = shown[np.abs(shown - middle) <= 2]
    return 2 * int(np.ceil(near.max() / 2)) if len(near) >= _AGREE * len(judged) else 0


def _agreed_columns(columns: NDArray[Any]) -> tuple[float, ...]:
    """Columns that enough looks name; a look names what many frames before it showed too."""
    looks = max(1, len(columns) // EVERY)
    places = np.sort(columns[~np.isnan(columns)])
    found: list[float] = []
    while len(places):
        middle = np.median(places[places <= places[0] + _NEAR])
        near = places[places <= middle + _NEAR]
        if len(near) >= max(2, _SHOWN * looks):
            found.append(float(np.median(near)))
        places = places[len(near) :]
    return tuple(found)
