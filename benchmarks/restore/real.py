"""Films of real motion: clips that are truly progressive, made into tapes a quarter as large; needs --tapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from benchmarks.repair.asked import unavailable
from benchmarks.repair.scenes import Picture
from benchmarks.restore.asked import Asked
from benchmarks.restore.generated import judged, missing
from benchmarks.restore.taping import PICTURES
from benchmarks.restore.verdicts import Found, told, verdicts
from benchmarks.scan.table import Row
from encore.media.colour import tape_planes, to_rgb_matrix
from encore.media.decode import decoded, raw
from encore.media.inspect import inspect


@dataclass(frozen=True)
class Real:
    """A clip without cuts.

    Attributes:
        name: of the file, below the folder of tapes.
        start: its first frame.
        shrink: by how much it is reduced to be sharp.
        size: (width, height) that is cut out of the middle then, multiples of 16.
    """

    name: str
    start: int
    shrink: float
    size: tuple[int, int]


CLIPS = (
    Real("clean/uhd2160_hevc_fashion_runway_face.ts", 4, 2.5, (1536, 832)),
    Real("clean/hd720_people_walk_far_to_near_street.mp4", 200, 1.5, (848, 480)),
    Real("clean/hd1080_h264_film_woman_face.ts", 30, 1.5, (928, 704)),
    Real("clean/hd720_erhu_player_stage.mp4", 60, 1.5, (848, 480)),
    Real("clean/hd720p50_street_performer_crowd.avi", 60, 1.5, (848, 480)),
    Real("clean/hd720_club_concert_red_green_cuts.mp4", 60, 1.5, (848, 480)),
)
"""Their pictures are taken for moments a field apart. Compression left little at the finest frequencies, which is why
they are reduced by half again at least."""
QUICK = 2
"""Clips."""


def bench(asked: Asked) -> Iterator[Row]:
    """Rows of the table."""
    if asked.tapes is None or not asked.tapes.is_dir():
        yield unavailable("real", "clips, whose folder was not given")
        return
    found: list[Found] = []
    for clip in CLIPS if asked.full else CLIPS[:QUICK]:
        found.append(one := judged(Path(clip.name).stem, moments(asked.tapes, clip), asked))
        yield from told("real", one)
    yield from missing("real", found[0], asked)
    yield from verdicts("real", found)


def moments(tapes: Path, clip: Real) -> Iterator[Picture]:
    """Its pictures, (H, W, 3) R'G'B', reduced and cut out."""
    path = tapes / clip.name
    video = inspect(path).video
    (width, height), to_rgb = clip.size, to_rgb_matrix("bt709").astype(np.float32)
    for _, frame in islice(decoded(path, video.index), clip.start, clip.start + PICTURES):
        planes = tape_planes(raw(frame), video.colour)
        high, wide = (round(side / clip.shrink) for side in planes[0].shape)
        reduced = (cv2.resize(plane, (wide, high), interpolation=cv2.INTER_AREA) for plane in planes)
        top, left = (high - height) // 2, (wide - width) // 2
        whole = cv2.merge([plane[top : top + height, left : left + width] for plane in reduced])
        yield np.clip(cv2.transform(whole, to_rgb), 0, 1)
