"""Shots: where do new ones begin, by cuts that no strobe or blackout imitates, and by dissolves and fades?"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encore.analysis.likeness import GRID, HEIGHT, WIDTH, Comparer, Sketch, Small, darkest_split, shrunk
from encore.analysis.look import Look
from encore.analysis.mixes import Mix, mixes
from encore.analysis.question import Column, Question, Rows, Tape
from encore.analysis.scenery import Run, Scene, likeness, scenes_of
from encore.core.findings import FieldOrder

_BREAK, _BREAK_SHARE = 0.3, 0.5
"""Likeness of two frames in a row, at least and as a share of what is usual there, below which something happened
that may be a cut."""
_SAME, _SAME_SHARE = 0.33, 0.42
"""Likeness from which two frames show the same scene, at most and as a share of what is usual there. The best of
12 pairs across 74 cuts reached 0.20 at most, across 28 changes of light 0.36 at least; two lenses on one stage,
whose backdrop they share, 0.31."""
_DARK_SAME = 0.28
"""The same at least: a club in time lapse passed 0.24 across a cut."""
_USUAL = 9
"""Frames whose median likeness is the usual one."""
_FAR = 8
"""Tape frames after which a pan may have carried the picture further than flow can follow."""
_SKETCHES, _LATEST = 48, 2
"""Sketches of 370 kB kept at hand while scenes are joined, and while frames are given: the last that shows something,
and the one before. Others are made again."""
_PIECE = 128
"""Frames whose pictures get memory at once: 2.8 MB."""
_SHORTEST = 6
"""Tape frames; of two cuts closer than that only the clearer stays."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A new shot, found between two top fields."""

    frame: int
    """Tape frame whose top field is the first of the new shot."""
    score: float
    """How unlike the shots are: 0 the same scene, 1 nothing in common."""
    bottom_before_new: bool = False
    """The bottom field of the frame before already shows the new shot."""
    bottom_still_old: bool = False
    """The bottom field of `frame` itself still shows the old shot."""

    def tick(self, order: FieldOrder) -> int:
        """The first tick of the new shot: 2 frame - 1, 2 frame or 2 frame + 1, once it is known which field is first.

        With the top field first, ticks run T, B; the top field of `frame` is tick 2 frame, and the bottom field
        before it may be new already. With the bottom field first, ticks run B, T, and the bottom field of `frame`,
        tick 2 frame, may still be old.
        """
        if order == "tff":
            return 2 * self.frame - int(self.bottom_before_new)
        return 2 * self.frame + int(self.bottom_still_old)


class _Pile:
    """Arrays of one shape, in order, in few large pieces of memory: many small ones would tear the room between them.

    Args:
        shape: of each.
        dtype: of each.
    """

    def __init__(self, shape: tuple[int, ...], dtype: type[np.generic]) -> None:
        self._shape, self._dtype = shape, dtype
        self._pieces: list[NDArray[Any]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, at: int) -> NDArray[Any]:
        if not 0 <= at < self._count:
            raise IndexError(at)
        return self._pieces[at // _PIECE][at % _PIECE]

    def append(self, one: NDArray[Any]) -> None:
        """Put another on top; it is copied."""
        if self._count == len(self._pieces) * _PIECE:
            self._pieces.append(np.empty((_PIECE, *self._shape), self._dtype))
        self._count += 1
        self._pieces[-1][(self._count - 1) % _PIECE] = one

    def all(self) -> NDArray[Any]:
        """(n, *shape)."""
        return np.concatenate(self._pieces)[: self._count]


class CutMeter:
    """Finds cuts, dissolves and fades in woven tape frames given in order.

    Frames in a row that are alike make runs; frames in which nothing can be seen are left out. Runs that show the
    same scene again within one and a half seconds are one scene, whatever flashed between them (`scenery`), and
    cuts are where one scene follows another. Dissolves and fades are found by how the energy of the structure falls
    and rises while they last (`mixes`). Memory: 22 kB a frame.
    Cost for 720x480: 1.8 ms on one core (measured, EPYC).

    Args:
        depth: bits per sample, 8-16.
    """

    def __init__(self, depth: int = 8) -> None:
        self._scale = 2.0 ** (8 - depth)
        self._tops = _Pile((HEIGHT, WIDTH), np.uint8)
        self._energies = _Pile(GRID[::-1], np.float32)
        self._bottoms = _Pile((HEIGHT, WIDTH), np.uint8)
        self._bottom_of: dict[int, int] = {}
        self._bottom: Small | None = None
        self._runs: list[list[int]] = []
        self._enough: list[float] = []
        self._likeness: deque[float] = deque(maxlen=_USUAL)
        self._sketches: OrderedDict[int, Sketch] = OrderedDict()
        self._at_hand = _LATEST
        self._known: dict[tuple[int, int], float] = {}
        self._comparer = Comparer()
        self._found: tuple[list[Cut], list[Mix]] | None = None

    def add(self, luma: NDArray[Any]) -> None:
        """Take the next tape frame.

        Args:
            luma: (H, W) unsigned samples, even lines are the top field; H at least 4.

        Raises:
            ValueError: no plane, or of fewer than four lines.
        """
        if luma.ndim != 2 or luma.shape[0] < 4:
            raise ValueError(f"a tape frame must be a plane of at least four lines, not {luma.shape}")
        self._found, self._at_hand = None, _LATEST
        at, bottom = len(self._tops), shrunk(luma[1::2], self._scale)
        self._tops.append(shrunk(luma[0::2], self._scale))
        now = self._sketch(at)
        self._energies.append(now.energy)
        if now.seen:
            self._follow(at, bottom)
        self._bottom = bottom

    def cuts(self) -> list[Cut]:
        """All cuts so far, in order, at least `_SHORTEST` frames apart; call after the last frame."""
        return self._all()[0]

    def mixes(self) -> list[Mix]:
        """All dissolves and fades so far, in order; call after the last frame."""
        return self._all()[1]

    def _follow(self, at: int, bottom: Small) -> None:
        """Join a frame to the run before it, or start another."""
        if not self._runs:
            self._runs.append([at])
            return
        last = self._runs[-1][-1]
        alike = self._alike(last, at)
        usual = float(np.median(self._likeness)) if self._likeness else 1.0
        self._likeness.append(alike)
        if alike >= max(_BREAK, _BREAK_SHARE * usual):
            self._runs[-1].append(at)
            return
        self._enough.append(float(np.clip(_SAME_SHARE * usual, _DARK_SAME, _SAME)))
        self._runs.append([at])
        if last == at - 1 and self._bottom is not None:
            for frame, field in ((last, self._bottom), (at, bottom)):
                if frame not in self._bottom_of:
                    self._bottom_of[frame] = len(self._bottoms)
                    self._bottoms.append(field)

    def _all(self) -> tuple[list[Cut], list[Mix]]:
        if self._found is None:
            self._at_hand = _SKETCHES
            ends = [*self._enough, _SAME]
            runs = [Run(tuple(frames), enough) for frames, enough in zip(self._runs, ends, strict=False)]
            scenes = scenes_of(runs, self._alike)
            cuts = _apart([self._cut(old, new) for old, new in pairwise(scenes)])
            breaks = [cut.frame for cut in cuts if cut.frame in self._bottom_of]
            gradual = mixes(self._energies.all(), breaks, self._alike) if len(self._energies) else []
            kept = [cut for cut in cuts if not any(mix.start <= cut.frame <= mix.stop for mix in gradual)]
            self._found = kept, gradual
        return self._found

    def _cut(self, before: Scene, after: Scene) -> Cut:
        """The cut between two scenes, placed to the field."""
        one, other = before.runs[-1], after.runs[0]
        score = 1 - max(0.0, likeness(one, other, self._alike))
        old, new = one.last, other.first
        if new > old + 1:
            return Cut(old + 1 + darkest_split([self._tops[at] for at in range(old, new + 1)]), score)
        first, second = (self._comparer.sketch(self._bottoms[self._bottom_of[at]]) for at in (old, new))
        tops = self._sketch(old), self._sketch(new)
        alike = self._comparer.alike
        return Cut(
            new,
            score,
            bottom_before_new=alike(first, tops[1]) > alike(first, tops[0]),
            bottom_still_old=alike(second, tops[0]) > alike(second, tops[1]),
        )

    def _sketch(self, at: int) -> Sketch:
        """The sketch of the top field of a frame."""
        found = self._sketches.pop(at, None) or self._comparer.sketch(self._tops[at])
        self._sketches[at] = found
        while len(self._sketches) > self._at_hand:
            self._sketches.popitem(last=False)
        return found

    def _alike(self, one: int, other: int) -> float:
        """How like two frames are, -1 to 1."""
        if (one, other) not in self._known:
            self._known[one, other] = self._comparer.alike(
                self._sketch(one), self._sketch(other), far=other - one >= _FAR
            )
        return self._known[one, other]


class ShotsQuestion(Question):
    """Notes cuts, dissolves and fades; they become shots where the whole tape is known."""

    name = "shots"
    columns = (
        Column("cut", "how unlike this frame's shot is to the one before it, on its first frame; 0-1"),
        Column("bottom_before_new", "1: the bottom field of the frame before shows the new shot already", kept=False),
        Column("bottom_still_old", "1: the bottom field of this frame shows the old shot still", kept=False),
        Column("mix", "how sure it is that a dissolve or fade has its middle in this frame; 0-1"),
        Column("mix_before", "tape frames of it before this one", kept=False),
        Column("mix_after", "tape frames of it from this one on", kept=False),
        Column("mix_black", "1: it goes through black (a fade), 0: it does not (a dissolve)", kept=False),
    )

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        self._meter = CutMeter(tape.video.depth)
        self._first: int | None = None

    def observe(self, now: Look) -> None:
        """See the next tape frame."""
        self._first = now.number if self._first is None else self._first
        self._meter.add(now.planes[0])

    def finish(self) -> None:
        """Note the cuts, dissolves and fades of the part."""
        first = self._first or 0
        for cut in self._meter.cuts():
            self.note(
                cut.frame + first, cut=cut.score, bottom_before_new=cut.bottom_before_new,
                bottom_still_old=cut.bottom_still_old,
            )  # fmt: skip
        for mix in self._meter.mixes():
            self.note(
                mix.middle + first, mix=mix.score, mix_before=mix.middle - mix.start, mix_after=mix.stop - mix.middle,
                mix_black=mix.black,
            )  # fmt: skip


def cuts_in(rows: Rows) -> list[Cut]:
    """All cuts of a tape from its rows, at least `_SHORTEST` frames apart."""
    at = [int(frame) for frame in np.flatnonzero(rows["cut"] >= 0)]
    before, still = rows["bottom_before_new"] > 0, rows["bottom_still_old"] > 0
    return _apart([Cut(k, float(rows["cut"][k]), bool(before[k]), bool(still[k])) for k in at])


def _apart(cuts: Sequence[Cut]) -> list[Cut]:
    """Of two cuts that are closer than any shot is long, the clearer."""
    kept: list[Cut] = []
    for cut in cuts:
        if kept and cut.frame - kept[-1].frame < _SHORTEST:
            kept[-1] = max(kept[-1], cut, key=lambda one: one.score)
        else:
            kept.append(cut)
    return kept
