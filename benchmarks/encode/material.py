"""Shots to encode: generated scenes of a concert, one of them with grain, and clean clips where a folder has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.video import BT709, Plane
from encore.media.colour import gather_chroma, narrowed, studio_codes, to_rgb_matrix, working_planes
from encore.media.decode import decoded, raw
from encore.media.inspect import inspect
from encore.media.y4m import Y4mWriter, raw_pictures
from encore.synthetic.scenes import Frame, Rows, SceneName
from encore.synthetic.script import evening

SIZE = (640, 360)
RATE = Fraction(30000, 1001)
"""Of all shots, whatever that of a clip was: a film has one rate."""
PICTURES = 128
"""Of a shot: 4.3 seconds, near the median of concerts."""
GRAIN = 2.5
"""Standard deviation of the grain of one shot, 8-bit codes."""
SCENES: tuple[SceneName, ...] = ("wide", "close", "guest", "crowd")
CLIPS: dict[str, tuple[str, int, int]] = {
    "clean, walking": ("hd720_people_walk_far_to_near_street.mp4", 20, 1),
    "clean, face": ("hd1080_h264_film_woman_face.ts", 0, 1),
    "clean, dancer": ("hd720p50_street_performer_crowd.avi", 0, 2),
}
"""File, first picture, and so manieth picture: they have no cut."""
Picture = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shot:
    """Raw pictures of one shot on disk."""

    name: str
    path: Path
    frames: int

    @property
    def seconds(self) -> float:
        """How long it is shown."""
        return float(self.frames / RATE)


def shots(folder: Path, clips: Path | None, *, full: bool) -> list[Shot]:
    """Make the shots in a folder, or find them there again."""
    made: list[Shot] = []
    length = PICTURES if full else PICTURES // 2
    for name in SCENES if full else SCENES[1:3]:
        made.append(_kept(folder, name, _scene(name, length)))
    made.append(_kept(folder, "close, grain", (_grainy(p, n) for n, p in enumerate(_scene("close", length)))))
    for name, (file, first, step) in CLIPS.items() if clips is not None and full else ():
        assert clips is not None
        if (path := clips / file).exists():
            made.append(_kept(folder, name, _clip(path, first, step, length)))
    return made


def _kept(folder: Path, name: str, pictures: Iterator[Picture]) -> Shot:
    path = folder / f"{name.replace(', ', '-')}.y4m"
    if not path.exists():
        aside = path.with_suffix(".part")
        with Y4mWriter(aside, SIZE, RATE, 10) as writer:
            for picture in pictures:
                writer.write(ten_bits(picture))
            writer.close()
        aside.replace(path)
    return Shot(name, path, raw_pictures(path).frames)


def ten_bits(picture: Picture) -> tuple[Plane, Plane, Plane]:
    """R'G'B' as an encoder of 10 bits 4:2:0 gets it."""
    luma, *chroma = cv2.split(cv2.transform(picture, np.linalg.inv(to_rgb_matrix("bt709")).astype(np.float32)))
    small = (picture.shape[0] // 2, picture.shape[1] // 2)
    cb, cr = (narrowed(studio_codes(gather_chroma(plane, small, 2), luma=False), 10) for plane in chroma)
    return narrowed(studio_codes(luma, luma=True), 10), cb, cr


def _scene(name: SceneName, length: int) -> Iterator[Picture]:
    concert = evening(((name, 0, False),), Frame(*SIZE, Fraction(1)), RATE, seed=7)
    for number in range(length):
        yield concert.moment(Fraction(number), Rows())


def _grainy(picture: Picture, number: int) -> Picture:
    random = np.random.default_rng((11, number))
    noise = random.normal(0, GRAIN / 219, picture.shape[:2]).astype(np.float32)
    return np.asarray(
        np.clip(picture + cv2.GaussianBlur(noise, (0, 0), 0.6)[..., None] * np.float32(1.6), 0, 1), np.float32
    )


def _clip(path: Path, first: int, step: int, length: int) -> Iterator[Picture]:
    source = inspect(path)
    taken = 0
    for number, (_, frame) in enumerate(decoded(path, source.video.index)):
        if taken == length:
            return
        if number < first or (number - first) % step:
            continue
        planes = working_planes(raw(frame), BT709)
        picture = cv2.transform(cv2.merge(list(planes)), to_rgb_matrix("bt709").astype(np.float32))
        yield np.asarray(np.clip(cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA), 0, 1), np.float32)
        taken += 1
