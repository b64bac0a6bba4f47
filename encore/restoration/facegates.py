"""Face gates: how strongly may each face be restored, steadily from its first picture to its last?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encore.core.findings import SeenFace
from encore.core.time import Span
from encore.restoration.facespace import TEMPLATE, Transform, scale_of, transform_of
from encore.restoration.invention import SCALE

TINY = 10.0
"""Lines of the tape between the eyes below which nothing is done: such an eye is 4 samples wide, no more of a
person than a dark spot."""
SIZES, SHARES = (TINY, 14.0, 20.0, 28.0, 36.0, 45.0), (0.0, 1.0, 0.75, 0.68, 0.55, 0.0)
"""Lines between the eyes, and the share of the answer that leaves the least error there, of 246 held-back pictures of
faces (training/LOG.md): so near as 45 lines, enlarging has more to go by than the network learned."""
FRONT, HALF_PROFILE, PROFILE = 35.0, 60.0, 80.0
"""Degrees of turn up to which a face is restored whole, at which `TURNED` of it is left, and from which nothing is:
landmarks of the hidden side are guesses."""
TURNED = 0.35
"""What is left at `HALF_PROFILE`; with the strength of 0.85 that is 0.3."""
NOSE = 0.9
"""How far the tip of the nose stands before the eyes, in halves of their distance: about 28 mm to 31 mm in adults."""
DOUBTED, BELIEVED = 0.2, 0.6
"""Confidence, mean over `AROUND`, below which nothing is done and from which everything; chosen."""
AROUND = 31
"""Ticks, half a second, over which confidence is averaged: a face that a hand hides for a moment is not let go."""
CHANGE = 0.025
"""Most change of strength in a tick: 0.05 in a tape frame, 20 frames from nothing to all, is not seen to happen."""
EYES = TEMPLATE[1][0] - TEMPLATE[0][0]
"""Samples between the eyes in face space."""


def eyes_of(transform: Transform) -> float:
    """Lines of the tape between the eyes of a face, if it looked into the camera; all landmarks tell it."""
    return EYES / (SCALE * scale_of(transform)[1])


def yaw_of(landmarks: Sequence[tuple[float, float]], sample_aspect: Fraction | float) -> float:
    """Degrees by which a head is turned to either side, 0 to 90: by where the nose is between the eyes."""
    right, left, nose = ([x * float(sample_aspect), y] for x, y in landmarks[:3])
    axis = (np.array(left) - right) / 2
    half = float(np.hypot(*axis))
    aside = abs(float((np.array(nose) - right) @ axis) / max(half, 1e-6) - half)
    return float(np.degrees(np.arctan2(aside, NOSE * half)))


def strengths(track: Sequence[SeenFace], sample_aspect: Fraction | float, shot: Span) -> NDArray[Any]:
    """How strongly each picture of a face is restored, 0 to 1.

    As strong as size, turn and confidence allow in every picture, and never changing fast: the largest course that
    stays below all of them and changes by at most `CHANGE` in a tick. It begins and ends with nothing, except where
    the face is there from the first to the last tick of the shot: there a cut hides it.

    Args:
        track: all of one face in a shot, in order of ticks.
        sample_aspect: width of a sample of the tape over its height.
        shot: ticks of the shot; one more on a side where it dissolves.
    """
    ticks = np.array([face.tick for face in track], np.int64)
    transforms = [transform_of(face.landmarks, sample_aspect) for face in track]
    size = np.interp([eyes_of(transform) for transform in transforms], SIZES, SHARES)
    turn = [yaw_of(face.landmarks, sample_aspect) for face in track]
    front = np.interp(turn, (FRONT, HALF_PROFILE, PROFILE), (1, TURNED, 0))
    sure = np.interp(_averaged([face.confidence for face in track]), (DOUBTED, BELIEVED), (0, 1))
    most = size * front * sure
    # what is beyond the ends counts as nothing there
    first = 1.0 if ticks[0] <= shot.start else CHANGE
    last = 1.0 if ticks[-1] >= shot.stop - 1 else CHANGE
    most[0], most[-1] = min(most[0], first), min(most[-1], last)
    slope = CHANGE * (ticks - ticks[0])
    course = np.minimum.accumulate(most - slope) + slope
    course = np.minimum.accumulate((course + slope)[::-1])[::-1] - slope
    return np.clip(course, 0, most)  # exactly nothing where nothing is allowed


def gated(faces: Iterable[SeenFace], sample_aspect: Fraction | float, shot: Span) -> list[SeenFace]:
    """All faces of a shot with their strength, in order of ticks.

    Args:
        faces: of all tracks of the shot, whole, in any order.
        sample_aspect: as for `strengths`.
        shot: as for `strengths`.
    """
    made: list[SeenFace] = []
    for _, rows in groupby(sorted(faces, key=lambda face: (face.track, face.tick)), key=lambda face: face.track):
        track = list(rows)
        strong = strengths(track, sample_aspect, shot)
        made += [face._replace(strength=float(one)) for face, one in zip(track, strong, strict=True)]
    return sorted(made, key=lambda face: (face.tick, face.track))


def _averaged(values: Sequence[float]) -> NDArray[Any]:
    """Means over `AROUND` values, at the ends over those that are there."""
    reach = AROUND // 2
    total = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    start, stop = np.maximum(at - reach, 0), np.minimum(at + reach + 1, len(values))
    return (total[stop] - total[start]) / (stop - start)
