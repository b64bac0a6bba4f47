"""What did composite video, a misplaced chroma or a wrong flag leave in the colours?"""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis import chromashift
from encore.analysis.chromashift import likeness, on_chroma, shift
from encore.analysis.look import Look
from encore.analysis.question import Column, Question, Rows, ShotFrames, Tape
from encore.analysis.subcarrier import LEAST_DOTS, LEAST_RAINBOW, Residue, carrier_of, residues
from encore.core.answers import Composite
from encore.core.video import CHROMA_CODES, CHROMA_STEPS, LUMA_CODES, Colour, Plane

EVERY = 5
"""Tape frames between measured ones; the shortest shot has one."""
_HISTORY = 4
"""Frames that show a subcarrier's sequence."""
_LEVELS = (0.0, 1.5, 8.0, 13.0, 18.5, 236.5, 243.0, 256.0)
"""Codes between which smoothed luma is counted: constant 0 or 1 of blanking, black of full range, nothing that studio
range has, its black, what both have, nothing again, above white."""
_SMALL = 8
"""Luma samples across and field lines down of a smoothed one: noise of 8 codes becomes 1."""
_RIM = 0.08
"""Share of the picture at each side that may be blanking or a black edge."""
_DEEP, _PILE, _STRAY = 0.01, 0.02, 0.0005
"""Shares of smoothed luma: below studio black that only full range explains; at studio black, and outside of studio
range, that only studio range explains. Noise of 8 codes around black leaves less than 0.0001 below 8."""
_OUTSIDE = 8.0
"""Codes outside of R'G'B' that noise and filters do not explain."""
_MANY, _FEW = 0.02, 0.1
"""Share of colours outside of R'G'B' that casts doubt on a matrix, and the share of it that another may leave."""
_WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722)}
"""Of R' and B' in luma (BT.601-7, BT.709-6)."""


class CompositeQuestion(Question):
    """Looks at every fifth frame's top field, and at the three before it for what alternates."""

    name = "composite"
    before, after = 0, 0
    columns = (
        Column("dot_crawl", "amplitude of dots along coloured edges of still parts, codes"),
        Column("dots", "a Residue of dots", (3,), kept=False),
        Column("rainbow", "a Residue of false colour", (3,), kept=False),
        Column("across", "likeness of chroma to luma by lag to the right", (chromashift.ROW,), kept=False),
        Column("down", "the same downwards", (chromashift.ROW,), kept=False),
        Column("levels", "share of smoothed luma between levels", (len(_LEVELS) - 1,), kept=False),
        Column("outside", "share of samples outside R'G'B' by the matrices of BT.601 and BT.709", (2,), kept=False),
    )

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        self._carrier = carrier_of(tape.video.width, tape.video.height)

    def observe(self, now: Look) -> None:
        """See the next tape frame."""
        if now.number % EVERY:
            return
        self.note(now.number, levels=_levels(now.top))
        if now.chroma is None:
            return
        video = self.tape.video
        luma = on_chroma(now.top, video.chroma, video.colour.siting)
        self.note(now.number, outside=_outside(luma, now, video.colour))
        for name, down in (("across", False), ("down", True)):
            row = likeness(luma, now, down=down)
            if row is not None:
                self.note(now.number, **{name: row})
        looks = _history(now)
        if self._carrier and len(looks) == _HISTORY:
            dots, rainbow = residues(looks, self._carrier)
            self.note(now.number, dots=dots.packed(), rainbow=rainbow.packed(), dot_crawl=dots.amplitude(LEAST_DOTS))

    @classmethod
    def answer(cls, rows: Rows, shot: ShotFrames) -> Composite | None:
        """None where no frame of a shot was measured; where nothing can be said, a shift is None and a fault 0."""
        levels = rows["levels"]
        if np.isnan(levels).all():
            return None
        video = shot.tape.video
        across, down = CHROMA_STEPS[video.chroma]
        outside = rows["outside"]
        shares = np.nanmedian(outside, 0) if np.isfinite(outside).any() else np.zeros(2)
        flagged = 1 if video.colour.matrix == "bt709" else 0
        return Composite(
            dot_crawl=Residue.summed(rows["dots"]).amplitude(LEAST_DOTS),
            rainbow=Residue.summed(rows["rainbow"]).amplitude(LEAST_RAINBOW),
            chroma_shift_across=_in_samples(shift(rows["across"], down=False), across),
            chroma_shift_down=_in_samples(shift(rows["down"], down=True), 2 * down),
            range_suspect=_range_suspect(levels[np.isfinite(levels[:, 0])], full=video.colour.full_range),
            matrix_suspect=_matrix_suspect(shares, flagged, video.colour),
            clipped_colours=float(shares[flagged]),
        )


def _in_samples(shift: float | None, step: int) -> float | None:
    return None if shift is None else shift * step


def _history(now: Look) -> list[Look]:
    """A frame and those before it, newest first; no more than are needed, and none that only repeats another."""
    looks = [now]
    while len(looks) < _HISTORY and looks[-1].previous is not None and looks[-1].own:
        looks.append(looks[-1].previous)
    return looks


def _inner(plane: Plane) -> Plane:
    height, width = plane.shape
    top, left = round(_RIM * height), round(_RIM * width)
    return plane[top : height - top, left : width - left]


def _levels(field: Plane) -> NDArray[np.float32]:
    inner = _inner(field)
    size = (max(1, inner.shape[1] // _SMALL), max(1, inner.shape[0] // _SMALL))
    smooth = cv2.resize(inner, size, interpolation=cv2.INTER_AREA)
    counts = np.histogram(smooth, _LEVELS)[0]
    return (counts / smooth.size).astype(np.float32)


def _outside(luma: Plane, now: Look, colour: Colour) -> NDArray[np.float32]:
    """Share of samples that no R'G'B' can be, by either matrix."""
    assert now.chroma is not None
    blue, red = (plane[0::2][: len(luma), : luma.shape[1]] for plane in now.chroma)
    rows, columns = min(len(luma), len(blue)), min(luma.shape[1], blue.shape[1])
    y, b, r = (
        cv2.blur(np.ascontiguousarray(_inner(plane[:rows, :columns])), (3, 3))[::2] for plane in (luma, blue, red)
    )
    low, span, chroma_span = (0.0, 255.0, 255.0) if colour.full_range else (16.0, LUMA_CODES, CHROMA_CODES)
    y, b, r = y - low, (b - 128) * (span / chroma_span), (r - 128) * (span / chroma_span)
    shares: list[float] = []
    for of_red, of_blue in _WEIGHTS.values():
        lit_red, lit_blue = y + 2 * (1 - of_red) * r, y + 2 * (1 - of_blue) * b
        green = (y - of_red * lit_red - of_blue * lit_blue) / (1 - of_red - of_blue)
        parts = np.stack([lit_red, green, lit_blue])
        shares.append(float(((parts < -_OUTSIDE) | (parts > span + _OUTSIDE)).any(0).mean()))
    return np.array(shares, np.float32)


def _range_suspect(levels: NDArray[Any], *, full: bool) -> Literal["", "full as studio", "studio as full"]:
    if not full:
        # most frames must show it: blocks that decoded wrongly are as black as full range
        _, deep, between, *_ = (float(share) for share in np.percentile(levels, 25, 0))
        return "full as studio" if deep > _DEEP and between > _STRAY else ""
    blank, deep, between, black, _, above, far = (float(share) for share in levels.mean(0))
    clean = blank + deep + between + above + far < _STRAY
    return "studio as full" if clean and black > _PILE else ""


def _matrix_suspect(shares: NDArray[Any], flagged: int, colour: Colour) -> Literal["", "bt601", "bt709"]:
    """The other matrix, where it alone leaves colours that can be."""
    if colour.matrix not in _WEIGHTS or shares[flagged] < _MANY:
        return ""
    other: Literal["bt601", "bt709"] = "bt601" if flagged else "bt709"
    return other if shares[1 - flagged] < _FEW * shares[flagged] else ""
