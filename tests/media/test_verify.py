"""Checking catches what could be wrong with a film."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from encore.core.errors import ToolError
from encore.core.result import Check
from encore.media.process import run
from encore.media.verify import Promise, checked
from tests.films import lavfi

RATE = Fraction(25)
TAGS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709,setsar=1"
SOUND = ((Fraction(0), Fraction(1)),)


def film(path: Path, *arguments: str, tags: str = TAGS, sound: bool = True, codec: str = "libx264") -> Path:
    extra = ("-f", "lavfi", "-i", "sine=duration=1:sample_rate=48000", "-c:a", "pcm_s16le") if sound else ()
    encoder = ("-c:v", codec, "-pix_fmt", "yuv420p", *(("-movflags", "+write_colr") if path.suffix == ".mov" else ()))
    picture = "testsrc2=size=128x96:rate=25"
    return lavfi(path, *extra, "-vf", tags, *encoder, *arguments, picture=picture, frames=25)


def broken(path: Path, frames: int = 25, sound: tuple[tuple[Fraction, Fraction], ...] = SOUND) -> list[Check]:
    checks = checked(path, Promise(frames, RATE, 128, 96, sound), lambda _frames: None)
    return [check for check in checks if not check.kept]


@pytest.mark.parametrize("suffix", [".mov", ".mkv"])
def test_a_good_film_keeps_every_promise(tmp_path: Path, suffix: str) -> None:
    told: list[int] = []
    path = film(tmp_path / f"film{suffix}")
    checks = checked(path, Promise(25, RATE, 128, 96, SOUND), told.append)
    assert all(check.kept for check in checks), checks
    assert len({check.promise for check in checks}) == len(checks) >= 6
    assert told[-1] == 25


@pytest.mark.parametrize("frames", [24, 26])
def test_a_frame_too_few_or_too_many(tmp_path: Path, frames: int) -> None:
    path = film(tmp_path / "film.mov", sound=False)
    assert [check.promise for check in broken(path, frames, ())] == ["frames, decoded strictly"]


def test_a_dropped_frame_in_the_middle(tmp_path: Path) -> None:
    late = r"setpts=PTS+gte(N\,12)/(25*TB)"
    path = film(tmp_path / "film.mov", "-fps_mode", "passthrough", tags=f"{TAGS},{late}", sound=False)
    assert "frame times" in [check.promise for check in broken(path, sound=())]


def test_a_late_start(tmp_path: Path) -> None:
    whole = film(tmp_path / "whole.mov", sound=False)
    late = tmp_path / "late.mov"
    run("moving", ("-itsoffset", "0.2", "-i", str(whole), "-c", "copy", str(late)))
    assert "frame times" in [check.promise for check in broken(late, sound=())]


def corrupted(path: Path, inside: float, count: int) -> None:
    """Change some bytes of the twelfth frame."""
    with av.open(str(path)) as container:
        packet = [p for p in container.demux(video=0) if p.size][12]
        at, size = packet.pos, packet.size
    content = bytearray(path.read_bytes())
    start = content.index(bytes(packet)[:64], at) + int(size * inside)
    for place in range(start, start + count):
        content[place] ^= 0x55
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("codec", "extra", "inside", "count"),
    [
        ("ffv1", ("-level", "3", "-slicecrc", "1"), 0.1, 1),
        ("ffv1", ("-level", "3", "-slicecrc", "1"), 0.5, 1),
        ("ffv1", ("-level", "3", "-slicecrc", "1"), 0.9, 1),
        ("libx264", ("-bf", "0"), 0.0, 8),
        ("libx265", ("-x265-params", "log-level=error:bframes=0"), 0.0, 8),
        ("libsvtav1", ("-preset", "12"), 0.0, 8),
    ],
)
def test_corrupted_bytes(tmp_path: Path, codec: str, extra: tuple[str, ...], inside: float, count: int) -> None:
    path = film(tmp_path / "film.mkv", *extra, sound=False, codec=codec)
    assert broken(path, sound=()) == []
    corrupted(path, inside, count)
    try:
        found = broken(path, sound=())
    except ToolError as error:
        assert "\n" not in str(error)
        return
    assert found


@pytest.mark.parametrize(
    "tags",
    [
        TAGS.replace("colorspace=bt709", "colorspace=smpte170m"),
        TAGS.replace("color_primaries=bt709", "color_primaries=bt470bg"),
        TAGS.replace("color_trc=bt709", "color_trc=unknown"),
        TAGS.replace("range=tv", "range=pc"),
    ],
)
def test_wrong_tags(tmp_path: Path, tags: str) -> None:
    assert "colour tags" in [check.promise for check in broken(film(tmp_path / "film.mov", tags=tags))]


def test_wrong_shape_and_size(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mov", tags=TAGS.replace("setsar=1", "scale=64:64,setsar=8/9"))
    assert {"size", "sample shape"} <= {check.promise for check in broken(path)}


def test_missing_sound(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mov", sound=False)
    assert [check.promise for check in broken(path)] == ["sound streams"]


@pytest.mark.parametrize("shift", [Fraction(1, 20), Fraction(-1, 20)])
def test_sound_off_by_more_than_a_frame(tmp_path: Path, shift: Fraction) -> None:
    path = film(tmp_path / "film.mov")
    assert [check.promise for check in broken(path, sound=((Fraction(0), 1 + shift),))] == ["sound 1"]
    assert broken(path, sound=((Fraction(1, 50), 1 + Fraction(1, 50)),)) == []
