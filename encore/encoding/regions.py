"""Where a shot's faces are, as its encoder is told: places that hold still for a while, and how much each gains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from encore.core.video import Patch

GROWN = 0.15
"""Of a face's size, added on every side: hair and chin."""
RING = 0.5
"""Of a face's size, around it, which gets half as much, so that no edge shows."""
STEP = 16
"""Samples to which edges are rounded: the macroblock of H.264, the smallest place whose quality can be chosen."""
HELD = 6
"""Pictures for which a place stays as it is, grown so that the face stays inside; ones that always move cost bits."""
LEAST_SHARE, MOST_SHARE = 0.0015, 0.35
"""Of the picture: smaller faces show nothing, larger ones are the picture."""
OFFSET = {"avc": -0.08, "hevc": -0.08}
"""Share of the quantiser's range (51), four steps finer: -0.25 gained 8.5 dB inside and cost the rest far more."""
MOST_BONUS = 2.0
"""CRF that a face may gain its shot where places cannot be told to the encoder (AV1)."""
BONUS_SHARE = 0.15
"""Of the picture, from which the whole bonus is given."""


@dataclass(frozen=True, slots=True)
class Region:
    """A place and how much better it is encoded."""

    place: Patch
    offset: float
    """Share of the quantiser's range, negative is better (ffmpeg's addroi)."""


def held(faces: Sequence[Sequence[Patch]], size: tuple[int, int]) -> list[tuple[Patch, ...]]:
    """For every picture the places of its faces: grown, rounded, and still for `HELD` pictures at a time.

    Args:
        faces: of every picture.
        size: (width, height) of pictures.
    """
    made: list[tuple[Patch, ...]] = []
    for start in range(0, len(faces), HELD):
        run = faces[start : start + HELD]
        places = [_rounded(_grown(face, GROWN), size) for face in _united(run) if _counts(face, size)]
        made += [tuple(places)] * len(run)
    return made


def regions_of(places: Sequence[Patch], size: tuple[int, int], offset: float) -> tuple[Region, ...]:
    """Regions for the encoder, the strongest first, since the first that covers a sample counts."""
    inner = [Region(place, offset) for place in places]
    outer = [Region(_rounded(_grown(place, RING), size), offset / 2) for place in places]
    return (*inner, *outer)


def crf_bonus(faces: Sequence[Sequence[Patch]], size: tuple[int, int], gap_db: float | None, limit_db: float) -> float:
    """CRF that faces gain their shot where the encoder cannot be told of places, in quarters, 0 to `MOST_BONUS`.

    Args:
        faces: of every picture.
        size: (width, height) of pictures.
        gap_db: PSNR of the worst face less that of the picture; None where not measured.
        limit_db: how far it may lie below.
    """
    if gap_db is None or gap_db >= -limit_db or not faces:
        return 0.0
    area = size[0] * size[1]
    share = sum(sum(_area(face) for face in picture) for picture in faces) / (len(faces) * area)
    return round(4 * MOST_BONUS * min(1.0, share / BONUS_SHARE)) / 4


def _united(run: Sequence[Sequence[Patch]]) -> list[Patch]:
    """Faces of some pictures, those that overlap taken as one that moved."""
    made: list[Patch] = []
    for face in (face for picture in run for face in picture):
        over = next((n for n, other in enumerate(made) if _overlap(face, other)), None)
        if over is None:
            made.append(face)
        else:
            other = made[over]
            made[over] = (
                min(face[0], other[0]),
                min(face[1], other[1]),
                max(face[2], other[2]),
                max(face[3], other[3]),
            )
    return made


def _overlap(a: Patch, b: Patch) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _area(patch: Patch) -> int:
    return max(0, patch[2] - patch[0]) * max(0, patch[3] - patch[1])


def _counts(face: Patch, size: tuple[int, int]) -> bool:
    return LEAST_SHARE <= _area(face) / (size[0] * size[1]) <= MOST_SHARE


def _grown(face: Patch, share: float) -> Patch:
    left, top, right, bottom = face
    across, down = round((right - left) * share), round((bottom - top) * share)
    return left - across, top - down, right + across, bottom + down


def _rounded(face: Patch, size: tuple[int, int]) -> Patch:
    left, top, right, bottom = face
    width, height = size
    inside = max(0, left // STEP * STEP), max(0, top // STEP * STEP)
    return *inside, min(width, -(-right // STEP) * STEP), min(height, -(-bottom // STEP) * STEP)
