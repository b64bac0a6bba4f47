"""Likeness: how much of the structure of one picture is found in another, whatever the light and the motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Small = NDArray[np.uint8]
Image = NDArray[np.float32]

WIDTH, HEIGHT = 180, 120
"""Samples of the picture that is compared; enough for structure, too few for noise."""
GRID = (6, 4)
"""Blocks across and down of which the energy of the structure is told."""
_CERTAIN = (6.0, 4.0)
"""Gradient (Sobel, 8-bit codes) at which a sample counts half: at least, and per unit of noise gradient. With 4
instead of 2 units the area under the ROC of cuts against changes of light rose from 0.9974 to 0.9991."""
_EDGE = (16.0, 3.5, 24.0)
"""Gradient of a sample that surely shows something: at least, per unit of noise gradient, at most. Noise alone
passes 3.5 units once in 450 samples; what MPEG-2 leaves of noise in the dark has its 99th percentile at 14."""
_NOISE_GAIN = 2.14
"""Gradient (root mean square) that white noise of sigma 1 leaves after smoothing; calculated."""
_COARSE = 1.3
"""Standard deviation, samples, of the further smoothing of the structure whose energy is told."""
_COARSE_GAIN = 0.83
"""Gradient (root mean square) that white noise of sigma 1 leaves after that too; calculated."""
_SEEN = 0.015
"""Share of such samples below which a frame cannot be judged: blackouts measured 0-0.05, white-outs 0-0.16, flashes
and dimmed scenes 0.09 and more."""
_BLACK, _LIT = 30.0, 0.02
"""8-bit codes, and the share of a line or picture above them, from which it is picture and not black."""


_AROUND, _ROUGH = 15, 1.0
"""Samples over which motion is smooth, and the distance from that, samples, at which a match counts half: between
unrelated pictures flow twists to find matches. The best of 12 pairs fell from 0.25 to 0.17 across cuts of real tapes,
and from 0.37 to 0.36 at the least across changes of light."""
_BLOCKS, _WORST = (18, 12), 0.35
"""Blocks that must agree, and the share of the structure in those that need not. The best of 12 pairs reached at
most 0.26 across cuts, and 0.40 and more across changes of light; two lenses on one stage may share half of it."""
_NEAR = 6.0
"""Samples that the flow follows by itself."""
_SHIFTED = 0.9
"""What a match is worth that had to be looked for further off."""
_SURELY = 0.5
"""Likeness from which no better match is looked for."""
_PATTERN = (12, 8)
"""Samples of the pattern of light over a picture."""
_FAINT = 0.4
"""Standard deviation of that pattern, codes, at which noise makes it: sigma 6 leaves 0.3."""
_TIE = 0.1
"""Difference in correlation that decides nothing."""


class _Flow(Protocol):
    """What we use of OpenCV's dense flows."""

    def calc(self, before: Small, after: Small, flow: None, /) -> Any: ...  # noqa: ANN401 - OpenCV's own


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """A field as it is compared."""

    equal: Small
    """Levels stretched and equalised (CLAHE): for the flow."""
    raw: Image
    inside: Image
    """1 where there is picture, 0 on and along black borders, whose edges no cut changes."""
    direction: tuple[Image, Image]
    """Direction of the gradient, as long as the gradient is certain (0-1)."""
    half: float
    """Gradient at which that is half."""
    energy: Image
    """Of the coarse gradient per block of `GRID`, squared codes, without that of noise."""
    seen: bool
    """Whether there is structure enough to judge by."""


class Comparer:
    """Sketches fields and compares them; not for sharing between threads.

    Two pictures are alike as far as their gradients point the same way after the second has been moved onto the
    first (CLAHE, DIS flow, correlation of gradient directions), as a share of the structure of the poorer one: a
    flash or a spotlight shows less of a scene than there is, but nothing else. They must agree nearly everywhere:
    what two shots of one stage have in common is only part of the picture.
    """

    def __init__(self) -> None:
        self._flow = cast(_Flow, cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST))
        self._clahe = cv2.createCLAHE(clipLimit=4.0, tileGridSize=(6, 4))
        across, down = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
        self._grid = np.stack([across, down], 2)
        self._window = cv2.createHanningWindow((WIDTH, HEIGHT), cv2.CV_32F)

    def sketch(self, small: Small) -> Sketch:
        """Prepare a field that `shrunk` gave."""
        raw = cast(Image, cv2.GaussianBlur(small.astype(np.float32), (0, 0), 0.8))
        sigma = _noise(small)
        noise = _NOISE_GAIN * sigma
        half = max(_CERTAIN[0], _CERTAIN[1] * noise)
        edge = float(np.clip(_EDGE[1] * noise, _EDGE[0], _EDGE[2]))
        inside = _inside(raw)
        across, down, strength = _gradient(raw, half)
        seen = float((raw > _BLACK).mean()) >= _LIT and float((strength * inside > edge).mean()) >= _SEEN
        stretched = cast(Small, cv2.normalize(small, cast(Any, None), 0, 255, cv2.NORM_MINMAX))
        equal = cast(Small, self._clahe.apply(stretched))
        energy = _energy(raw, inside, _COARSE_GAIN * sigma)
        return Sketch(equal, raw, inside, (across * inside, down * inside), half, energy, seen)

    def alike(self, one: Sketch, other: Sketch, *, far: bool = False) -> float:
        """Share of the structure of the poorer picture that the other shows too, -1 to 1; cuts lie around 0.

        Args:
            one: the earlier.
            other: the later.
            far: so much later that a pan may have gone further than the flow can follow.
        """
        equal, raw = other.equal, other.raw
        moved = self._shift(one, other) if far else None
        best = self._matched(one, other, equal, raw)
        if moved is None or best > _SURELY:
            return best
        equal, raw = (
            cv2.warpAffine(image, moved, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT) for image in (equal, raw)
        )
        return max(best, _SHIFTED * self._matched(one, other, cast(Small, equal), cast(Image, raw)))

    def _shift(self, one: Sketch, other: Sketch) -> NDArray[np.float32] | None:
        """What moves the whole of the other picture onto the first; None where the flow manages alone."""
        before, after = (sketch.equal.astype(np.float32) for sketch in (one, other))
        (right, down), _ = cv2.phaseCorrelate(before, after, self._window)
        if not _NEAR < float(np.hypot(right, down)) < WIDTH / 2:
            return None
        return np.array([[1, 0, -right], [0, 1, -down]], np.float32)

    def _matched(self, one: Sketch, other: Sketch, equal: Small, raw: Image) -> float:
        """The same of the other picture as it was shifted, after flow."""
        flow = self._flow.calc(one.equal, equal, None)
        moved = cv2.remap(raw, self._grid + flow, cast(Any, None), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        across, down, _ = _gradient(cast(Image, moved), other.half)
        across, down = across * one.inside, down * one.inside
        mine_across, mine_down = one.direction
        common = cast(Image, across * mine_across + down * mine_down)
        mine = cast(Image, mine_across * mine_across + mine_down * mine_down)
        theirs = cast(Image, across * across + down * down)
        smooth = 1 / (1 + _unsteadiness(flow) / np.float32(_ROUGH * _ROUGH))
        shared = float((common * smooth).sum()) / (min(float(mine.sum()), float(theirs.sum())) + 1e-6)
        return min(1.0, shared, _agreement(common, cast(Image, np.sqrt(mine * theirs))))


def shrunk(lines: NDArray[Any], scale: float) -> Small:
    """A field in the size that is compared, in 8-bit codes.

    Args:
        lines: (H, W) unsigned samples.
        scale: what makes 8-bit codes of them.
    """
    small = cv2.resize(lines, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return cast(Small, small if small.dtype == np.uint8 else np.minimum(small * scale, 255).astype(np.uint8))


def darkest_split(tops: Sequence[Small]) -> int:
    """How many of the fields between the first and the last belong to the first, where too little can be seen.

    The pattern of light over the picture tells, down to two codes; where there is none the middle is taken.
    """
    tiny = np.stack(
        [cv2.resize(top.astype(np.float32), _PATTERN, interpolation=cv2.INTER_AREA).ravel() for top in tops]
    )
    tiny -= tiny.mean(axis=1, keepdims=True)
    spread = tiny.std(axis=1)
    unit = tiny / (spread[:, None] + 1e-3)
    sure = np.maximum(spread[1:-1] - _FAINT, 0) / (spread[1:-1] + _FAINT)
    old, new = (unit[1:-1] @ unit[end] / unit.shape[1] for end in (0, -1))
    votes = np.concatenate([[0.0], np.cumsum((old - new) * sure)])
    best = np.flatnonzero(votes >= votes.max() - _TIE)
    return int(best[len(best) // 2])


def _unsteadiness(flow: Image) -> Image:
    """Squared distance of each displacement from the mean of those around it."""
    apart = flow - cv2.blur(flow, (_AROUND, _AROUND))
    return cast(Image, apart[..., 0] ** 2 + apart[..., 1] ** 2)


def _agreement(common: Image, both: Image) -> float:
    """Correlation that all but the worst blocks reach, among those that show something in both pictures."""
    weight = cv2.resize(both, _BLOCKS, interpolation=cv2.INTER_AREA).ravel()
    agree = cv2.resize(common, _BLOCKS, interpolation=cv2.INTER_AREA).ravel() / (weight + 1e-3)
    order = np.argsort(agree)
    below = np.cumsum(weight[order])
    return float(agree[order[np.searchsorted(below, _WORST * below[-1])]])


def _noise(small: Small) -> float:
    """Noise of a small picture in codes: Immerkaer's operator (CVIU 64, 1996), 40th percentile against texture."""
    curved = cv2.filter2D(small, cv2.CV_16S, np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32))
    values = np.abs(curved).ravel()
    return float(np.partition(values, int(0.4 * values.size))[int(0.4 * values.size)]) / (6 * 0.526)


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


def _gradient(image: Image, half: float) -> tuple[Image, Image, Image]:
    """Direction of the gradient weighted by its certainty, across and down, and its strength in Sobel codes."""
    across = cv2.Sobel(image, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(image, cv2.CV_32F, 0, 1)
    strength = np.sqrt(across * across + down * down)  # OpenCV's magnitude depends on where in memory a picture lies
    weight = strength / (strength * strength + np.float32(half * half))
    return cast(Image, across * weight), cast(Image, down * weight), strength


def _energy(raw: Image, inside: Image, noise: float) -> Image:
    """Mean energy of the coarse gradient per block, without that of noise."""
    coarse = cv2.GaussianBlur(raw, (0, 0), _COARSE)
    across = cv2.Sobel(coarse, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(coarse, cv2.CV_32F, 0, 1)
    energies = cv2.resize((across * across + down * down) * inside, GRID, interpolation=cv2.INTER_AREA)
    return cast(Image, np.maximum(energies - np.float32(noise * noise), 0))
