"""CutMeter: where one shot ends and the next begins, and strobes, blackouts and colours change nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.look import Look
from encore.analysis.question import Column, Question, Rows, Tape
from encore.core.findings import FieldOrder

Small = NDArray[np.uint8]
Image = NDArray[np.float32]

_WIDTH, _HEIGHT = 180, 120
"""Samples of the picture that is compared; enough for structure, too few for noise."""
_CUT = 0.28
"""Likeness below which two frames may be of two shots. Real tapes: cuts 0.04-0.23; within a scene 0.59 and more, in a
club in time lapse 0.22-0.43 where its light changed."""
_CUT_SHARE = 0.36
"""The same as a share of what is usual there: between steady shots of one stage cuts reach 0.33 of 0.95."""
_BACK = (0.2, 0.75, 0.4)
"""Likeness above which a scene has come back: at least, share of what is usual there, at most. On the club tape
the best of 30 pairs across each of two cuts reached 0.24 and 0.14, the best across changes of light 0.29-0.59."""
_FALL = 0.15
"""A cut must also be this much less alike than the frames before it were: noise in the dark lowers all of them."""
_AHEAD = 4
"""Tape frames looked ahead for the scene to come back; a strobe flash takes 1-3."""
_BEFORE = (1, 2, 4)
"""Frames before a candidate compared with those after it: the candidate may be the end of a flash."""
_KEPT, _KEPT_EVERY = 6, 8
"""Frames kept of the running shot, and tape frames between them (1.6 s in all): a light that is back after a chase
shows the scene as it was then."""
_SHORTEST = 6
"""Tape frames; of two cuts closer than that only the clearer stays."""
_SOFT = (3.0, 2.0, 16.0)
"""Gradient (Sobel, 8-bit codes) at which a sample counts half: at least, per unit of noise gradient, at most. 8 in
earlier trials; made to follow the noise, which, with `_EDGE` doing so too, on a synthetic edit list (380 cuts,
noise 2 and 8, dark scenes, strobes) brought misses from 28 to 2 and false cuts from 27 to 6."""
_EDGE = (6.0, 3.5, 24.0)
"""Gradient of a sample that surely shows something: at least, per unit of noise gradient, at most. Noise alone
passes 3.5 units once in 450 samples."""
_NOISE_GAIN = 2.14
"""Gradient (root mean square) that white noise of sigma 1 leaves after smoothing; calculated."""
_SEEN = 0.015
"""Share of such samples below which a frame cannot be judged: blackouts measured 0-0.05, white-outs 0-0.16, flashes
and dimmed scenes 0.09 and more. A dim frame wrongly judged is still held up by `_BACK`."""
_BLACK, _LIT = 30.0, 0.02
"""8-bit codes, and the share of a line above them, from which a line is picture and not black border."""


class _Flow(Protocol):
    """What we use of OpenCV's dense flows."""

    def calc(self, before: Small, after: Small, flow: None, /) -> Any: ...  # noqa: ANN401 - OpenCV's own


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


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """One tape frame as it is compared."""

    at: int
    small: Small
    """Top field, levels stretched and equalised (CLAHE): for the flow."""
    direction: tuple[Image, Image]
    """Direction of the gradient, as long as the gradient is certain (0-1)."""
    soft: float
    """Gradient at which that is half."""
    raw: Image
    inside: Image
    """1 where there is picture, 0 on and along black borders, whose edges no cut changes."""
    bottom: Small
    """Bottom field, codes."""
    judgeable: bool


@dataclass(slots=True)
class _Candidate:
    """A fall of likeness that may turn out to be a flash."""

    likeness: float
    enough: float
    """Likeness at which the old shot is seen again."""
    before: tuple[_Look, ...]
    """Frames of the old shot; the first is its last one that could be judged."""
    first: _Look
    """First judgeable frame of the new one."""
    back: bool
    """The old shot was seen again."""


class CutMeter:
    """Finds hard cuts, and cuts at black, from woven tape frames given in order; memory is bounded but for the cuts.

    Two frames are alike as far as their gradients point the same way after the second has been moved onto the
    first: CLAHE, DIS flow, correlation of gradient directions (in trials it told cuts from changes of
    light without error). A fall of likeness is no cut when the scene comes back within four frames; frames in which
    nothing can be seen are left out, and a cut behind them lies in their middle. Dissolves are not cuts.
    On a synthetic edit list not used for tuning
    (12 622 frames, 1192 of them strobed) it found 375 of 380 cuts and 6 false ones.
    Cost: 1.7-2.3 ms for 720x480 on one core (measured, Xeon); a candidate that is a cut costs about 40 comparisons,
    0.5 ms each.

    Args:
        depth: bits per sample, 8-16.
    """

    def __init__(self, depth: int = 8) -> None:
        self._scale = 2.0 ** (8 - depth)
        self._frames = 0
        self._cuts: list[Cut] = []
        self._history: deque[_Look] = deque(maxlen=max(_BEFORE))
        self._kept: deque[_Look] = deque(maxlen=_KEPT)
        self._likeness: deque[float] = deque(maxlen=9)
        self._waiting: list[_Candidate] = []
        self._flow = cast(_Flow, cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST))
        self._clahe = cv2.createCLAHE(clipLimit=4.0, tileGridSize=(6, 4))
        across, down = np.meshgrid(np.arange(_WIDTH, dtype=np.float32), np.arange(_HEIGHT, dtype=np.float32))
        self._grid = np.stack([across, down], 2)

    def add(self, luma: NDArray[Any]) -> None:
        """Take the next tape frame.

        Args:
            luma: (H, W) unsigned samples, even lines are the top field; H at least 4.

        Raises:
            ValueError: no plane, or of fewer than four lines.
        """
        if luma.ndim != 2 or luma.shape[0] < 4:
            raise ValueError(f"a tape frame must be a plane of at least four lines, not {luma.shape}")
        now = self._look(self._frames, _shrunk(luma[0::2], self._scale), _shrunk(luma[1::2], self._scale))
        self._frames += 1
        if not now.judgeable:
            return
        for candidate in self._waiting:
            candidate.back = candidate.back or self._back(candidate.before, now, candidate.enough)
        if self._history:
            self._compare(now)
        self._settle(now.at)
        self._history.append(now)
        if not self._kept or now.at - self._kept[-1].at >= _KEPT_EVERY:
            self._kept.append(now)

    def cuts(self) -> list[Cut]:
        """All cuts so far, in order, at least `_SHORTEST` frames apart; call after the last frame."""
        self._settle(self._frames + _AHEAD)
        return _apart(self._cuts)

    def _compare(self, now: _Look) -> None:
        """Compare with the last frame that could be judged and note a fall of likeness."""
        likeness = self._alike(self._history[-1], now)
        usual = float(np.median(self._likeness)) if self._likeness else 1.0
        self._likeness.append(likeness)
        if likeness < min(max(_CUT, _CUT_SHARE * usual), usual - _FALL):
            before = tuple(self._history[-back] for back in _BEFORE if back <= len(self._history))
            before += tuple(look for look in self._kept if look not in before)
            enough = float(np.clip(_BACK[1] * usual, _BACK[0], _BACK[2]))
            self._waiting.append(_Candidate(likeness, enough, before, now, self._back(before[1:], now, enough)))

    def _back(self, before: tuple[_Look, ...], now: _Look, enough: float) -> bool:
        """Whether a frame shows the scene of one of the frames before."""
        return any(self._alike(old, now) > enough for old in before)

    def _settle(self, at: int) -> None:
        """Decide the candidates that have been waited for long enough."""
        for candidate in self._waiting:
            if at - candidate.first.at >= _AHEAD and not candidate.back:
                self._cuts.append(self._cut(candidate))
                self._kept = deque((look for look in self._kept if look.at >= candidate.first.at), _KEPT)
        self._waiting = [one for one in self._waiting if at - one.first.at < _AHEAD]

    def _cut(self, found: _Candidate) -> Cut:
        """The cut of a candidate, placed to the field."""
        old, new = found.before[0], found.first
        score = 1 - max(0.0, found.likeness)
        gap = new.at - old.at - 1
        if gap:
            return Cut(old.at + 1 + gap // 2, score)
        before, still = (self._look(look.at, look.bottom, look.bottom) for look in (old, new))
        return Cut(
            new.at,
            score,
            bottom_before_new=self._alike(before, new) > self._alike(before, old),
            bottom_still_old=self._alike(still, old) > self._alike(still, new),
        )

    def _look(self, at: int, top: Small, bottom: Small) -> _Look:
        """Prepare a frame for comparing, by its top field."""
        raw = cast(Image, cv2.GaussianBlur(top.astype(np.float32), (0, 0), 0.8))
        noise = _NOISE_GAIN * _noise(top)
        soft, edge = (float(np.clip(per * noise, least, most)) for least, per, most in (_SOFT, _EDGE))
        stretched = cast(Small, cv2.normalize(top, cast(Any, None), 0, 255, cv2.NORM_MINMAX))
        inside = _inside(raw)
        across, down, strength = _gradient(raw, soft)
        seen = float((strength * inside > edge).mean()) >= _SEEN
        equal = cast(Small, self._clahe.apply(stretched))
        return _Look(at, equal, (across * inside, down * inside), soft, raw, inside, bottom, seen)

    def _alike(self, one: _Look, other: _Look) -> float:
        """Correlation of gradient directions after motion is undone, -1 to 1; cuts lie around 0."""
        flow = self._flow.calc(one.small, other.small, None)
        moved = cv2.remap(
            other.raw, self._grid + flow, cast(Any, None), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        across, down, _ = _gradient(cast(Image, moved), other.soft)
        across, down = across * one.inside, down * one.inside
        mine_across, mine_down = one.direction
        common = float((across * mine_across).sum() + (down * mine_down).sum())
        energies = [float((a * a).sum() + (b * b).sum()) for a, b in (one.direction, (across, down))]
        return common / (float(np.sqrt(energies[0] * energies[1])) + 1e-6)


class Shots(Question):
    """Notes cuts; they become shots where the whole tape is known."""

    name = "shots"
    columns = (
        Column("cut", "how unlike this frame's shot is to the one before it, on its first frame; 0-1"),
        Column("bottom_before_new", "1: the bottom field of the frame before shows the new shot already", kept=False),
        Column("bottom_still_old", "1: the bottom field of this frame shows the old shot still", kept=False),
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
        """Note the cuts of the part."""
        for cut in self._meter.cuts():
            self.note(
                cut.frame + (self._first or 0), cut=cut.score, bottom_before_new=cut.bottom_before_new,
                bottom_still_old=cut.bottom_still_old,
            )  # fmt: skip


def cuts_in(rows: Rows) -> list[Cut]:
    """All cuts of a tape from its rows, at least `_SHORTEST` frames apart."""
    at = [int(frame) for frame in np.flatnonzero(rows["cut"] > 0)]
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


def _shrunk(lines: NDArray[Any], scale: float) -> Small:
    """A field at 180x120 in 8-bit codes."""
    small = cv2.resize(lines, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)
    return cast(Small, small if small.dtype == np.uint8 else np.minimum(small * scale, 255).astype(np.uint8))


def _noise(small: Small) -> float:
    """Noise of a small picture in codes: Immerkaer's operator (CVIU 64, 1996), 40th percentile against texture."""
    curved = cv2.filter2D(small, cv2.CV_32F, np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32))
    return float(np.percentile(np.abs(curved), 40)) / (6 * 0.526)


def _inside(raw: Image) -> Image:
    """1 inside black borders (two samples further, where their edge is), 0 outside; all 1 in a black frame."""
    inside = np.zeros_like(raw)
    lit = raw > _BLACK
    rows, columns = np.flatnonzero(lit.mean(axis=1) > _LIT), np.flatnonzero(lit.mean(axis=0) > _LIT)
    if not (len(rows) and len(columns)):
        return np.ones_like(raw)
    box = [int(at) for at in (rows[0], rows[-1] + 1, columns[0], columns[-1] + 1)]
    top, left = (at + 2 if at else 0 for at in (box[0], box[2]))
    bottom, right = (at - 2 if at < size else size for at, size in zip((box[1], box[3]), raw.shape, strict=True))
    inside[top:bottom, left:right] = 1
    return inside


def _gradient(image: Image, soft: float) -> tuple[Image, Image, Image]:
    """Direction of the gradient weighted by its certainty, across and down, and its strength in Sobel codes."""
    across = cv2.Sobel(image, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(image, cv2.CV_32F, 0, 1)
    strength = cast(Image, cv2.magnitude(across, down))
    weight = 1 / (strength + np.float32(soft))
    return cast(Image, across * weight), cast(Image, down * weight), strength
