"""What a file says about itself is read as it is; what it does not say is guessed by the rules of television."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av.video.format
import pytest

from encore.core.errors import InputError
from encore.core.video import Colour
from encore.media.inspect import BLOCK_BYTES, fingerprint, inspect, sample_layout
from tests.films import lavfi

Make = Callable[..., Path]


def test_streams_of_a_tape(tiny_tape: Path) -> None:
    source = inspect(tiny_tape)
    video = source.video
    assert (video.width, video.height, video.chroma, video.depth) == (720, 480, "420", 8)
    assert (video.codec, video.rate, video.sample_aspect) == ("mpeg2video", Fraction(30000, 1001), Fraction(8, 9))
    assert [(s.kind, s.codec) for s in source.others] == [("audio", "ac3")]
    assert source.bytes == tiny_tape.stat().st_size
    assert source.path.is_absolute()


@pytest.mark.parametrize("flag", ["tff", "bff", "progressive"])
def test_scan_flag(make: Make, flag: str) -> None:
    tape = make(".mkv", frames=4, codec="ffv1", flag=flag, scenes=("wide",), sound="none")
    assert inspect(tape).video.flagged == flag


def test_flagged_colour_is_not_a_guess(make: Make) -> None:
    colour = inspect(make(".mkv", frames=4, codec="h264", standard="pal", scenes=("wide",), sound="none")).video.colour
    assert colour == Colour(matrix="bt601", primaries="bt470bg", full_range=False, siting="left", guessed=False)


@pytest.mark.parametrize(
    ("size", "codec", "expected"),
    [
        ("720x480", "ffv1", ("bt601", "left")),
        ("720x576", "ffv1", ("bt601", "left")),
        ("352x288", "mpeg1video", ("bt601", "center")),
        ("352x240", "mpeg1video", ("bt601", "center")),
        ("1280x720", "ffv1", ("bt709", "left")),
    ],
)
def test_untagged_matrix_is_guessed_by_lines(tmp_path: Path, size: str, codec: str, expected: tuple[str, str]) -> None:
    picture = f"color=gray:size={size}:rate=25"
    untagged = "setparams=range=unknown:color_primaries=unknown:color_trc=unknown:colorspace=unknown"
    format_ = ("-vf", untagged, "-pix_fmt", "yuv420p", "-c:v", codec)
    path = lavfi(tmp_path / "plain.mkv", *format_, picture=picture, frames=2)
    colour = inspect(path).video.colour
    assert (colour.matrix, colour.siting) == expected
    assert colour.primaries == "bt709"  # what the tape does not say is not changed
    assert colour.guessed and not colour.full_range


def test_jpeg_is_full_range_and_centred(tmp_path: Path) -> None:
    path = lavfi(tmp_path / "jpeg.avi", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p")
    colour = inspect(path).video.colour
    assert (colour.full_range, colour.siting) == (True, "center")


def test_rgb_needs_no_matrix(tmp_path: Path) -> None:
    colour = inspect(lavfi(tmp_path / "rgb.avi", "-c:v", "rawvideo", "-pix_fmt", "bgr24")).video.colour
    assert (colour.matrix, colour.full_range) == ("rgb", True)


def test_pal_dv_chroma_sits_at_the_top_left(make: Make) -> None:
    tape = make(".dv", standard="pal", codec="dv", frames=4, scenes=("wide",))
    assert inspect(tape).video.colour.siting == "topleft"


def test_ntsc_dv_is_411(make: Make) -> None:
    video = inspect(make(".dv", codec="dv", frames=4, scenes=("wide",))).video
    assert (video.chroma, video.colour.siting) == ("411", "left")


def test_chapters_subtitles_and_title(make: Make) -> None:
    source = inspect(make(".mkv", codec="h264", frames=30, chapters=True, subtitles=True, title="Live", noise=0.0))
    assert [s.kind for s in source.others] == ["audio", "subtitle"]
    assert len(source.chapters) == 2
    assert source.chapters[0].start_s == 0 and source.chapters[1].end_s > Fraction(9, 10)
    assert dict(source.metadata)["title"] == "Live"


def test_largest_stream_is_the_picture_and_covers_are_not(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    small, large = "color=red:size=64x48:rate=25", "color=blue:size=128x96:rate=25"
    inputs = ("-f", "lavfi", "-i", large, "-map", "0:v", "-map", "1:v", "-c:v", "ffv1")
    lavfi(path, *inputs, picture=small, frames=3)
    source = inspect(path)
    assert (source.video.index, source.video.width) == (1, 128)
    assert [s.kind for s in source.others] == ["video"]


@pytest.mark.parametrize("content", [b"just words\n" * 50, b"\0" * 5000, b"<html></html>" * 100, bytes(range(256)) * 9])
def test_no_media_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tape.mpg"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        inspect(path)
    assert "\n" not in str(caught.value)


def test_stills_and_text_are_no_tape(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="moving picture"):
        inspect(lavfi(tmp_path / "still.png", frames=1))
    text = tmp_path / "notes.txt"
    text.write_text("just words\n" * 100)
    with pytest.raises(InputError):
        inspect(text)


def test_fingerprint_is_of_the_content(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    content = bytes(range(256)) * (BLOCK_BYTES // 256 * 20)
    a.write_bytes(content)
    b.write_bytes(content)
    assert fingerprint(a) == fingerprint(b)
    for place in (0, len(content) // 2, len(content) - 1):
        b.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert fingerprint(a) != fingerprint(b)
    b.write_bytes(content + b"\0")
    assert fingerprint(a) != fingerprint(b)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("yuv420p", ("420", 8)),
        ("nv12", ("420", 8)),
        ("yuyv422", ("422", 8)),
        ("yuv422p10le", ("422", 10)),
        ("yuv411p", ("411", 8)),
        ("yuv410p", ("410", 8)),
        ("yuv440p", ("440", 8)),
        ("yuv444p12le", ("444", 12)),
        ("p010le", ("420", 10)),
        ("gray", ("444", 8)),
        ("gray10le", ("444", 10)),
        ("bgr24", ("444", 8)),
        ("pal8", ("444", 8)),
        ("rgb565le", ("444", 8)),
        ("rgb555le", ("444", 8)),
        ("monob", ("444", 8)),
    ],
)
def test_sample_layout(name: str, expected: tuple[str, int]) -> None:
    assert sample_layout(av.video.format.VideoFormat(name)) == expected


def test_float_samples_are_refused() -> None:
    with pytest.raises(InputError, match="not supported"):
        sample_layout(av.video.format.VideoFormat("grayf32le"))
