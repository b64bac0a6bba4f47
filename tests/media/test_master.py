"""A finished film gives exactly its pictures from anywhere, and damage is never passed over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from encore.core.errors import InputError
from encore.core.time import Span
from encore.media.decode import raw
from encore.media.inspect import inspect
from encore.media.master import ColourPoints, Player, colour_points, luma_of, pictures, times_of
from tests.films import lavfi, raws

FRAMES = 40
CODECS = {
    "avc.mp4": ("-c:v", "libx264", "-preset", "veryfast", "-g", "10", "-x264-params", "open-gop=1:b-pyramid=2"),
    "hevc.mp4": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=10:open-gop=1:log-level=error"),
    "ffv1.mkv": ("-c:v", "ffv1"),
    "prores.mov": ("-c:v", "prores_ks"),
}


@pytest.fixture(scope="module", params=CODECS)
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lavfi(tmp_path_factory.mktemp("films") / request.param, *CODECS[request.param], frames=FRAMES)


def test_any_span(film: Path) -> None:
    source = inspect(film)
    times, whole = times_of(source), raws(film)
    assert len(times.shown) == FRAMES and times.keys[0] == 0
    player = Player(source, times)
    for span in (Span(start=0, stop=3), Span(start=3, stop=12), Span(start=27, stop=31), Span(start=11, stop=40)):
        found = [raw(frame).planes[0] for frame in player.play(span)]
        assert len(found) == len(span)
        for number, luma in enumerate(found, span.start):
            assert np.array_equal(luma, whole[number].planes[0]), number
    player.close()


def test_luma_is_not_copied(film: Path) -> None:
    source = inspect(film)
    frame = next(pictures(source, times_of(source)))
    luma = luma_of(frame, source.video.depth)
    assert luma.shape == (96, 128) and np.array_equal(luma, raw(frame).planes[0])


def test_damage(tmp_path: Path) -> None:
    path = lavfi(tmp_path / "film.mkv", "-c:v", "libx264", "-g", "1", frames=9)
    source = inspect(path)
    times = times_of(source)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"frame \d at 0:00:00\.\d+ (cannot be decoded|is damaged or missing)"):
        list(pictures(source, times))


def test_a_film_that_became_shorter(tmp_path: Path) -> None:
    path = lavfi(tmp_path / "film.mkv", "-c:v", "ffv1", frames=9)
    source = inspect(path)
    times = times_of(source)
    lavfi(path, "-c:v", "ffv1", frames=7)
    with pytest.raises(InputError, match=r"frame 7 at .* are missing"):
        list(pictures(source, times))


@pytest.mark.parametrize(
    ("flags", "ours", "known"),
    [
        ("bt709", True, True),
        ("smpte170m", False, True),
        ("bt2020-10", False, False),
    ],
)
def test_colour(tmp_path: Path, flags: str, ours: bool, known: bool) -> None:
    matrix = "bt2020nc" if flags.startswith("bt2020") else flags
    primaries = "bt2020" if flags.startswith("bt2020") else flags
    tags = f"setparams=range=tv:colorspace={matrix}:color_primaries={primaries}:color_trc={flags}"
    path = lavfi(tmp_path / "film.mkv", "-vf", f"format=yuv420p,{tags}", "-c:v", "ffv1", frames=1)
    points = colour_points(inspect(path))
    assert (points.ours, points.known) == (ours, known)


def test_colour_that_is_not_told() -> None:
    assert ColourPoints(2, 2, 2, False, 1080).ours and not ColourPoints(2, 2, 2, False, 480).ours
    assert ColourPoints(2, 2, 2, False, 480).known and not ColourPoints(1, 1, 1, True, 1080).ours
    assert "full range" in str(ColourPoints(1, 1, 1, True, 1080))
    assert ColourPoints(0, 1, 13, False, 1080).known is False
