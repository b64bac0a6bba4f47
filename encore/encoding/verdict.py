"""Is an encoded chunk as good as was asked, and if not, which CRF would be?"""

from __future__ import annotations

import math
from pathlib import Path

from encore.core.doc import Doc
from encore.encoding.curve import HEADROOM, Curve, Point
from encore.encoding.quality import Limits, Quality, quality_of
from encore.encoding.tuned import RANGES, STEP
from encore.media.framesizes import frame_sizes
from encore.media.vmaf import detail_gain, scored
from encore.media.y4m import raw_pictures

WORSE, BETTER = 0.5, 1.0
"""Points of VMAF by which a chunk may miss what was expected: nobody sees half a point, and a whole one too good costs
about a tenth of its bytes."""
EVERY = 3
"""So manieth frame is measured; the mean of a shot moved by at most 0.3 points, its cost falls to a third."""


class Verdict(Doc):
    """What was measured of a chunk."""

    quality: Quality
    crf: float
    """That it was encoded with."""
    again: float | None = None
    """CRF to encode it with instead; None: it may stay."""


def verdict(
    chunk: Path, reference: Path, crf: float, expected: float, limits: Limits, kind: str, points: tuple[Point, ...] = ()
) -> Verdict:
    """Measure a chunk against the pictures that its encoder got.

    Args:
        chunk: encoded.
        reference: these pictures, raw.
        crf: that it was encoded with.
        expected: mean drop that was predicted.
        limits: of the profile.
        kind: of codec.
        points: what probes found, for the slope.

    Raises:
        VerifyError, ToolError: the chunk lost a frame or cannot be decoded.
    """
    scores, own = (scored(path, reference, every=EVERY) for path in (chunk, reference))
    raw = raw_pictures(reference)
    keys = [at // EVERY for at in frame_sizes(chunk).keys if at % EVERY == 0]
    measured = quality_of(
        scores, own, raw.rate / (EVERY if scores.v1 is not None else 1),
        keys=keys, detail=detail_gain(chunk, reference),
    )  # fmt: skip
    return Verdict(quality=measured, crf=crf, again=_again(measured, crf, expected, limits, kind, points))


def _again(
    measured: Quality, crf: float, expected: float, limits: Limits, kind: str, points: tuple[Point, ...]
) -> float | None:
    """A step along the slope of the probes, from what was measured to what was expected."""
    off = measured.drop - expected
    over = measured.strain(limits) - max(limits.mean, expected)
    if over > WORSE and over > off:
        off = over  # as much better as the nearest other limit asks for
    if -BETTER <= off <= WORSE or (off < 0 and over > -BETTER):
        return None
    wanted = max(0.0, measured.drop - off)
    curve = Curve(points or (Point(crf=crf, drop=measured.drop, strain=0.0, bytes=1.0),))
    step = math.log((HEADROOM + wanted) / (HEADROOM + measured.drop)) / curve.slope
    allowed = RANGES[kind]
    made = min(max(round((crf + step) / STEP) * STEP, allowed.least), allowed.most)
    return None if made == crf else made
