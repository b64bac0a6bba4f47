"""A chunk that missed its quality is encoded once more, in the right direction, and then is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from encore.encoding.codecs import Av1
from encore.encoding.probe import Prober, Window, encode_raw
from encore.encoding.quality import LIMITS
from encore.encoding.tuned import at_crf
from encore.encoding.verdict import verdict
from tests.encoding.clips import written

QUICK, LIMIT = Av1(speed=11), LIMITS["stream"]


@pytest.mark.parametrize("crf", [18.0, 57.0])
def test_a_miss_is_mended(tmp_path: Path, crf: float) -> None:
    clip = written(tmp_path / "clip.y4m", 9)
    prober = Prober([Window(clip)], QUICK, 9, LIMIT, tmp_path)
    points = tuple(prober.probe(one, faster=0).point for one in (30.0, 48.0))
    film, expected = tmp_path / "film.mp4", points[0].drop
    encode_raw(clip, at_crf(QUICK, crf), film)
    first = verdict(film, clip, crf, expected, LIMIT, "av1", points)
    assert first.again is not None and (first.again > crf) == (crf == 18)
    assert abs(first.again - 30) < abs(crf - 30)
    assert first.quality.pulse is None and not first.quality.refused()


def test_what_is_right_stays(tmp_path: Path) -> None:
    clip, film = written(tmp_path / "clip.y4m", 7), tmp_path / "film.mp4"
    encode_raw(clip, at_crf(QUICK, 30), film)
    drop = verdict(film, clip, 30, 5.0, LIMIT, "av1").quality.drop
    again = verdict(film, clip, 30, drop, LIMIT, "av1")
    assert again.again is None and again.quality.drop == drop
