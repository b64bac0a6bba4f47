"""Faces get more bits where the encoder can be told, and only there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from encore.core.errors import ToolError
from encore.encoding.codecs import Av1, Avc, Hevc
from encore.encoding.regions import HELD, MOST_BONUS, STEP, crf_bonus, held, regions_of
from encore.media.regionwrite import RegionWriter
from encore.media.vmaf import scored
from encore.media.y4m import planes, raw_pictures
from tests.encoding.clips import NTSC, SIZE, written

PLACE = (96, 64, 224, 192)


def test_places_hold_still_and_cover_the_face() -> None:
    faces = [((100 + n, 80, 150 + n, 140),) for n in range(14)]
    found = held(faces, SIZE)
    assert len(found) == 14 and len({place for place in found[:HELD]}) == 1
    for (face,), (place,) in zip(faces, found, strict=True):
        assert place[0] <= face[0] and place[1] <= face[1] and place[2] >= face[2] and place[3] >= face[3]
        assert all(edge % STEP == 0 for edge in place)


def test_faces_too_small_or_too_large_are_left_out() -> None:
    assert held([((0, 0, 8, 8), (0, 0, 300, 200))] * 3, SIZE) == [()] * 3
    assert held([], SIZE) == []


def test_places_stay_in_the_picture_and_the_inner_one_comes_first() -> None:
    (place,) = held([((250, 180, 318, 238),)], SIZE)[0]
    inner, outer = regions_of((place,), SIZE, -0.1)
    assert inner.place == place and outer.offset == pytest.approx(-0.05)
    assert place[2] <= SIZE[0] and place[3] <= SIZE[1] and outer.place[0] < place[0]


def test_the_bonus_grows_with_the_faces() -> None:
    small, large = [((0, 0, 32, 32),)] * 4, [((0, 0, 160, 160),)] * 4
    assert crf_bonus(large, SIZE, -3.0, 0.5) == MOST_BONUS > crf_bonus(small, SIZE, -3.0, 0.5) >= 0
    assert crf_bonus(large, SIZE, 1.0, 0.5) == 0 == crf_bonus(large, SIZE, None, 0.5) == crf_bonus([], SIZE, -3, 0.5)


@pytest.mark.parametrize("codec", [Avc(speed="veryfast", crf=32), Hevc(speed="ultrafast", crf=32)])
def test_regions_reach_the_encoder(tmp_path: Path, codec: Avc | Hevc) -> None:
    clip = written(tmp_path / "clip.y4m", 6, depth=codec.depth)
    gains: dict[bool, tuple[float, float]] = {}
    for told in (False, True):
        film = tmp_path / f"{told}.mp4"
        with RegionWriter(film, SIZE, NTSC, codec.depth, codec.arguments(30)) as writer:
            for picture in planes(raw_pictures(clip)):
                writer.write(picture, ((PLACE, -0.15),) if told else ())
            assert writer.close() >= 0
        scores = scored(film, clip, faces=[PLACE, (0, 0, 80, 240)])
        gains[told] = float(scores.faces[0].mean()), float(scores.faces[1].mean())
    assert gains[True][0] > gains[False][0] + 1.5
    assert gains[True][1] == pytest.approx(gains[False][1], abs=0.7)


def test_an_encoder_that_ignores_regions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="takes no regions"):
        RegionWriter(tmp_path / "film.mp4", SIZE, NTSC, 10, Av1().arguments(30))


def test_a_writer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError), RegionWriter(tmp_path / "film.mp4", SIZE, NTSC, 8, Avc().arguments(30)) as writer:
        writer.write(tuple(np.zeros(shape, np.uint8) for shape in ((240, 320), (120, 160), (120, 160))))
        raise KeyError
    assert not list(tmp_path.iterdir())
