"""EdgeMeter: where the picture ends and tape begins: black borders and the lines where a recorder switched heads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.findings import Box, Edges

Profile = NDArray[np.float32]

_EVERY = 7
"""Tape frames between looks; odd, so that a 24-in-30 cadence cannot hide behind it."""
_FIRST = 24
"""Looks at the start that take every frame, so that a clip of a second is seen well too."""
_BINS = 24
"""Pieces of a line (and of a column) that must agree on where the border ends: a border is straight."""
_STRAIGHT = 0.7
"""Share of the pieces that must end within `_RAGGED` of each other. Borders of the tapes tried reached 0.88-1.0, dark
rims of pictures at most 0.58; spotlit synthetic stages go higher, where most is black all tape long, but only at
a depth that no border has."""
_RAGGED = 3
"""Lines or samples."""
_BLACK = 44.0
"""8-bit codes; brighter rims are no black. NTSC set-up captured without removing it lies at 32, noise above that."""
_RISE = 12.0
"""8-bit codes away from the border at which picture begins; darker counts too, above NTSC set-up."""
_STEADY = 4
"""Lines that must be lit together: caption and test signals in blanking light one or two above the border."""
_LIT = 24.0
"""8-bit codes above the border that the lines just inside must reach somewhere on the tape."""
_WITHIN = 8
"""Lines or samples in which they must reach it: a border ends sharply, the dark of a stage fades."""
_DEEPEST = 0.3
"""Largest share of height or width a border can take; 2.39:1 in a 4:3 frame takes 0.22 on either side."""
_HEAD_LINES = 16
"""Tape frame lines at the bottom that head switching can take (VHS: 4-12; ntsc-rs draws 8)."""
_SHIFT = 48
"""Samples either way that are searched for displaced lines, before halving."""
_ALIKE = 0.7
"""Correlation of two neighbouring lines of a field that makes them comparable; well lit tapes measured
0.82-1.0 in the median. Below it nothing is judged."""
_HEAD_FRAMES = 0.5
"""Share of the frames with enough detail there that must show the disturbance."""

_HEAD_JUDGED = 0.2
"""Least share of the looks that must have had detail there at all."""


class EdgeMeter:
    """Finds what is never picture on a tape, from woven tape frames given in order; memory does not grow.

    A border is black during the whole tape, straight, and ends in a sharp step to lines that are lit at some time.
    What is merely dark is never cut off. Head switching is told by lines at the bottom that stand sideways to the
    lines above them in the same field, in most frames. Frames are looked at now and then (all of the first second,
    then one in seven).

    Args:
        depth: bits per sample, 8-16.
    """

    def __init__(self, depth: int = 8) -> None:
        self._scale = 2.0 ** (8 - depth)
        self._seen = 0
        self._looks = 0
        self._size = (0, 0)
        self._last: tuple[Profile, Profile] | None = None
        self._brightest: tuple[Profile, Profile] | None = None
        self._starts = np.zeros(_HEAD_LINES, np.int64)
        self._judged = 0

    def add(self, luma: NDArray[Any]) -> None:
        """Take the next tape frame.

        Args:
            luma: (H, W) unsigned samples.

        Raises:
            ValueError: no plane, or of another size than the frames before.
        """
        if luma.ndim != 2 or (self._seen and luma.shape != self._size):
            raise ValueError(f"tape frames must be planes of one size, not {luma.shape}")
        self._size = (luma.shape[0], luma.shape[1])
        self._seen += 1
        if self._seen > _FIRST and self._seen % _EVERY:
            return
        self._looks += 1
        frame = luma.astype(np.float32) * np.float32(self._scale)
        height, width = frame.shape
        rows = cv2.resize(frame, (min(_BINS, width), height), interpolation=cv2.INTER_AREA)
        columns = cv2.resize(frame, (width, min(_BINS, height)), interpolation=cv2.INTER_AREA)
        now = cast(Profile, rows), cast(Profile, columns.T)
        if self._last is not None:  # lit in two looks in a row: a glitch of one frame is no picture
            lit = [np.minimum(a, b) for a, b in zip(self._last, now, strict=True)]
            if self._brightest is not None:
                lit = [np.maximum(a, b) for a, b in zip(self._brightest, lit, strict=True)]
            self._brightest = (lit[0], lit[1])
        self._last = now
        self._look_at_heads(frame)

    def state(self) -> dict[str, NDArray[Any]]:
        """What was seen, for `merged`; empty before the first frame."""
        if self._last is None:
            return {}
        rows, columns = self._brightest or self._last
        counts = np.array([*self._size, self._looks, self._judged, self._brightest is not None])
        return {"rows": rows, "columns": columns, "starts": self._starts, "counts": counts}

    @classmethod
    def merged(cls, states: Iterable[Mapping[str, NDArray[Any]]]) -> EdgeMeter:
        """A meter that has seen what several have seen, each a part of one tape."""
        whole = cls()
        for state in states:
            if not state:
                continue
            now = cast(Profile, state["rows"]), cast(Profile, state["columns"])
            height, width, looks, judged, twice = (int(count) for count in state["counts"])
            whole._size = (height, width)
            whole._looks, whole._judged = whole._looks + looks, whole._judged + judged
            whole._starts = whole._starts + state["starts"]
            whole._last = whole._last or now
            if twice:
                lit = whole._brightest or now
                whole._brightest = (np.maximum(lit[0], now[0]), np.maximum(lit[1], now[1]))
        return whole

    def edges(self) -> Edges:
        """What was found; everything is picture where nothing was seen."""
        height, width = self._size
        full = Box(left=0, top=0, right=width, bottom=height)
        if self._last is None:
            return Edges(active=full, full=full)
        rows, columns = self._brightest or self._last
        top, bottom = _border(rows), _border(rows[::-1])
        left, right = _border(columns), _border(columns[::-1])
        heads = self._head_lines(bottom)
        active = Box(left=left, top=top, right=width - right, bottom=height - max(bottom, heads))
        return Edges(active=active, full=full, head_switching_lines=heads)

    def _look_at_heads(self, frame: Profile) -> None:
        """Note which of the last lines are displaced against the line above in the same field."""
        if frame.shape[0] < 8 * _HEAD_LINES or frame.shape[1] < 8 * _SHIFT:
            return
        lines = frame[-2 * _HEAD_LINES - 2 :]
        wide = cast(Profile, cv2.resize(lines, (frame.shape[1] // 2, len(lines)), interpolation=cv2.INTER_AREA))
        still, moved = _likeness(wide[:-2], wide[2:])
        usual = float(np.median(still[:_HEAD_LINES]))
        still, moved = still[_HEAD_LINES:], moved[_HEAD_LINES:]
        if usual < _ALIKE or np.isnan(still).any():
            return
        self._judged += 1
        torn = (still < usual - 0.3) & (moved > np.maximum(_ALIKE, still + 0.2))
        noisy = np.flatnonzero(still >= 0.4)
        displaced = int(torn.argmax()) if torn.any() else _HEAD_LINES
        start = min(displaced, int(noisy[-1]) + 1 if len(noisy) else 0)
        if start <= _HEAD_LINES - 4:
            self._starts[start] += 1

    def _head_lines(self, border: int) -> int:
        """Disturbed lines at the bottom, border included; 0 unless most frames agree on where they start."""
        if self._judged < max(3, _HEAD_JUDGED * self._looks) or self._starts.sum() < _HEAD_FRAMES * self._judged:
            return 0
        middle = int((2 * np.cumsum(self._starts) >= self._starts.sum()).argmax())
        first = max(0, middle - 2)
        near = self._starts[first : middle + 3]
        if near.sum() < _HEAD_FRAMES * self._judged:
            return 0
        lines = _HEAD_LINES - first - int(np.flatnonzero(near)[0])
        lines += lines % 2
        return lines if lines > border else 0


def _likeness(above: Profile, below: Profile) -> tuple[Profile, Profile]:
    """Correlation of lines in place, and the best one when moved sideways by 3 samples or more; nan for flat lines.

    Args:
        above: (n, w) lines.
        below: (n, w) the next lines of the same field.
    """
    reach = _SHIFT // 2

    def unit(lines: Profile) -> Profile:
        lines = lines - lines.mean(axis=1, keepdims=True)
        norm = np.sqrt((lines * lines).sum(axis=1, keepdims=True))
        norm = np.where(norm > 3 * np.sqrt(lines.shape[1]), norm, np.nan)
        return cast(Profile, lines / norm)

    width = below.shape[1]
    middle = unit(below[:, reach : width - reach])
    still = (middle * unit(above[:, reach : width - reach])).sum(axis=1)
    moved = [
        (middle * unit(above[:, reach + by : width - reach + by])).sum(axis=1)
        for by in range(-reach, reach + 1)
        if abs(by) >= 2
    ]
    return still, np.nan_to_num(np.max(moved, axis=0), nan=-1)


def _border(lit: Profile) -> int:
    """Lines of border at the start.

    Args:
        lit: (lines, pieces) brightest each piece of each line has been, from the rim inwards.

    Returns:
        Even number of lines, 0 where no straight black border ends in a sharp step.
    """
    level = float(np.median(lit[0]))
    if level > _BLACK or len(lit) < 8:
        return 0
    limit = int(len(lit) * _DEEPEST)
    bright = np.abs(lit[: limit + _STEADY] - level) > _RISE
    picture = np.stack([bright[at : len(bright) - _STEADY + 1 + at] for at in range(_STEADY)]).all(axis=0)
    starts = np.where(picture.any(axis=0), picture.argmax(axis=0), len(lit))
    depth = int(np.median(starts))
    agree = np.abs(starts - depth) <= _RAGGED
    if not 0 < depth <= limit or agree.mean() < _STRAIGHT:
        return 0
    profile = np.median(lit[depth : depth + _WITHIN, agree], axis=1)
    if profile.max() < level + _LIT:
        return 0
    depth += int((profile > level + 0.4 * (profile.max() - level)).argmax())
    return depth + depth % 2
