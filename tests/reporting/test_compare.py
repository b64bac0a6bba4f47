from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from encore.core.errors import InputError, OutputError, PlanError
from encore.core.source import VideoStream
from encore.core.video import Colour
from encore.media.inspect import inspect
from encore.media.process import Tool, run
from encore.reporting.compare import DIVIDER, compare_films
from encore.reporting.labels import labels_of
from encore.reporting.showing import Film, dressed, look

PATCHES = ((235, 16, 16), (16, 180, 16), (16, 16, 200), (128, 128, 128))
"""R'G'B' of four vertical bars."""


def _bars(path, size, *, matrix, primaries, sar="1", rate="25", seconds=1, extra=(), sound=()):
    """Bars of known R'G'B', coded with a matrix, tagged so."""
    width, height = size
    image = np.concatenate([np.full((height, width // 4, 3), patch, np.uint8) for patch in PATCHES], axis=1)
    tags = f"setparams=colorspace={matrix}:color_primaries={primaries}:color_trc=bt709:range=tv"
    coded = f"out_color_matrix={'bt709' if matrix == 'bt709' else 'bt601'}:out_range=tv:flags=accurate_rnd"
    chain = f"scale={coded},format=yuv444p,{tags},setsar={sar}"
    arguments = [
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-s",
        f"{width}x{height}",
        "-r",
        rate,
        "-i",
        "-",
        *extra,
        "-vf",
        chain,
    ]
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "0"]
    frames = round(Fraction(rate) * seconds)
    run("making bars", [*arguments, *codec, *sound, str(path)], feed=[image.tobytes()] * frames)
    return path


def _counting(path, rate, frames, *, lead="0", size=(64, 48)):
    """Frame n is grey of level 16 + 4 n of 255; the picture starts `lead` seconds after the sound."""
    grey = [np.full((size[1], size[0]), 16 + 4 * n, np.uint8).tobytes() for n in range(frames)]
    sound = ["-f", "lavfi", "-i", f"sine=duration={float(frames / Fraction(rate)) + float(lead)}"]
    raw = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{size[0]}x{size[1]}", "-r", rate, "-i", "-"]
    tags = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    chain = f"scale=out_range=tv,format=yuv420p,{tags},setsar=1,setpts=PTS+{lead}/TB"
    codec = [
        "-vf",
        chain,
        "-fps_mode",
        "passthrough",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-qp",
        "0",
        "-bf",
        "2",
        "-c:a",
        "aac",
    ]
    run("counting", [*sound, *raw, "-map", "1:v", "-map", "0:a", *codec, str(path)], feed=grey)
    return path


def _levels(path, box):
    """Grey from 0 to 255 in a box (left, top, right, bottom) of every frame."""
    video = inspect(path).video
    with Tool(
        "reading",
        ["-i", str(path), "-an", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-"],
        output=True,
    ) as tool:
        data = b""
        while block := tool.read(1 << 20):
            data += block
    frames = np.frombuffer(data, np.uint8).reshape(-1, video.height, video.width)
    left, top, right, bottom = box
    return frames[:, top:bottom, left:right].mean((1, 2))


@pytest.fixture(scope="module")
def tape(tmp_path_factory):
    """4:3 in 720x480, BT.601, SMPTE-C, 29.97 frames per second."""
    path = tmp_path_factory.mktemp("bars") / "tape 'ü'.mkv"
    return _bars(path, (720, 480), matrix="smpte170m", primaries="bt709", sar="8/9", rate="30000/1001")


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """4:3 in 960x720, BT.709, 59.94 frames per second, with sound."""
    path = tmp_path_factory.mktemp("bars") / "film.mp4"
    extra = ["-f", "lavfi", "-i", "sine=duration=1"]
    sound = ["-c:a", "aac", "-shortest"]
    return _bars(path, (960, 720), matrix="bt709", primaries="bt709", rate="60000/1001", extra=extra, sound=sound)


def _patches(picture):
    """Mean R'G'B' inside each of four bars, well below the labels."""
    height, width = picture.shape[:2]
    inside = picture[height // 2 : height - 8, :, ::-1]
    return [inside[:, width * n // 4 + 16 : width * (n + 1) // 4 - 16].mean((0, 1)) for n in range(4)]


def test_side_by_side_has_right_geometry_and_colours(tape, film, tmp_path):
    out = compare_films(tape, film, tmp_path / "both.png", height=480)
    picture = cv2.imread(str(out))
    assert picture.shape == (480, 2 * 640 + DIVIDER, 3)
    assert (picture[240:, 640 : 640 + DIVIDER] == 255).all()
    for half in (picture[:, :640], picture[:, 640 + DIVIDER :]):
        for found, patch in zip(_patches(half), PATCHES, strict=True):
            assert np.abs(found - patch).max() <= 3
    assert picture[:60].max(axis=(0, 1)).min() == 255  # labels
    assert [p.name for p in tmp_path.iterdir()] == ["both.png"]


def test_smpte_c_reds_become_bt709_reds(tmp_path):
    a = _bars(tmp_path / "a.mkv", (720, 480), matrix="smpte170m", primaries="smpte170m", sar="8/9")
    b = _bars(tmp_path / "b.mkv", (640, 480), matrix="bt709", primaries="bt709")
    picture = cv2.imread(str(compare_films(a, b, tmp_path / "c.png", height=240)))
    red_a, red_b = _patches(picture[:, :320])[0], _patches(picture[:, 320 + DIVIDER :])[0]
    assert red_a[0] < red_b[0] - 2 and red_a[1] > red_b[1]  # SMPTE-C red lies inside BT.709's triangle
    grey_a = _patches(picture[:, :320])[3]
    assert np.abs(grey_a - 128).max() <= 2


@pytest.mark.parametrize("colour", [
    Colour(matrix="bt601", primaries="bt470bg", siting="topleft"),
    Colour(matrix="smpte240m", primaries="smpte170m", siting="center"),
    Colour(matrix="rgb", primaries="bt709", full_range=True),
    Colour(matrix="bt709", primaries="bt709", full_range=True, guessed=True),
])  # fmt: skip
def test_every_colour_has_its_filters(colour, tmp_path):
    video = VideoStream(
        index=0, codec="x", width=64, height=64, pixel_format="x", chroma="444", depth=8, sample_aspect=None,
        flagged="unknown", rate=None, time_base=Fraction(1, 25), colour=colour,
    )  # fmt: skip
    chain = dressed(Film(Path("x"), video, Fraction(1), Fraction(0), Fraction(0)), (64, 64), "yuv444p")
    pixels = "gbrp" if colour.matrix == "rgb" else "yuv444p"
    raw = tmp_path / "grey.raw"
    raw.write_bytes(bytes([128]) * (3 * 64 * 64))
    grey = ["-f", "rawvideo", "-pix_fmt", pixels, "-s", "64x64", "-i", str(raw), "-vf", chain, "-f", "rawvideo", "-"]
    with Tool("grey", grey, output=True) as tool:
        made = np.frombuffer(tool.read(3 * 64 * 64), np.uint8)
    luma = 16 + 128 * 219 / 255 if colour.full_range else 128
    assert abs(int(made[2080]) - luma) <= 1 and abs(int(made[-2080]) - 128) <= 1


def test_wipe_picture_is_a_left_and_b_right(tape, tmp_path):
    b = tmp_path / "black.mkv"
    run("black", ["-f", "lavfi", "-i", "color=black:s=640x480:r=25:d=1,setsar=1", "-c:v", "libx264", str(b)])
    picture = cv2.imread(str(compare_films(tape, b, tmp_path / "w.png", mode="wipe", height=240)))
    assert picture.shape == (240, 320, 3)
    assert np.abs(picture[200, 40, ::-1] - np.array(PATCHES[0])).max() <= 3 and picture[200, 200:].max() <= 2
    assert (picture[120:, 159:161] == 255).all()


def test_hd_keeps_its_shape_and_tapes_fill_all(film, tmp_path):
    wide = tmp_path / "wide.mkv"
    run("white", ["-f", "lavfi", "-i", "color=white:s=1280x720:r=25:d=1,setsar=1", "-c:v", "libx264", str(wide)])
    picture = cv2.imread(str(compare_films(wide, film, tmp_path / "c.png", height=480)))[:, :640]
    assert picture[62:418].min() >= 250 and picture[430:].max() <= 3
    for name, aspect in (("unflagged", 0), ("square, says the flag", 1)):
        tape = tmp_path / f"{name}.mkv"
        source = f"color=white:s=720x480:r=25:d=1,setsar={aspect}"
        run("white", ["-f", "lavfi", "-i", source, "-c:v", "libx264", str(tape)])
        picture = cv2.imread(str(compare_films(tape, film, tmp_path / "d.png", height=480)))[:, :640]
        assert picture[100:].min() >= 250


def test_long_names_are_shortened_in_the_middle():
    labels = labels_of(("x" * 300 + ".mpg", "b.mp4"), 400, 240, ends=False)
    assert labels.shape == (240, 400, 4)
    assert labels[:, 190:200].max() == 0 and labels[..., :3].max() == 255


@pytest.mark.parametrize(("at", "number"), [(Fraction(0), 0), (Fraction(1001, 1000), 30), (Fraction(4, 3), 39)])
def test_both_show_the_same_moment(tmp_path, at, number):
    a = _counting(tmp_path / "a.mkv", "30000/1001", 45, lead="0.52")
    b = _counting(tmp_path / "b.mp4", "30000/1001", 45)
    assert look(a).first_s == pytest.approx(0.52, abs=0.03)
    picture = cv2.imread(str(compare_films(a, b, tmp_path / "c.png", at_s=at, height=120)))
    level = 16 + 4 * number
    assert abs(int(picture[90, 80, 0]) - level) <= 2 and abs(int(picture[90, 240, 0]) - level) <= 2
    moved = cv2.imread(
        str(compare_films(a, b, tmp_path / "d.png", at_s=at, height=120, offset_s=Fraction(5 * 1001, 30000)))
    )
    assert abs(int(moved[90, 80, 0]) - (level + 20)) <= 2


def test_film_repeats_a_and_keeps_sound_and_tags(tmp_path):
    a = _counting(tmp_path / "a.mkv", "30000/1001", 24, lead="0.1")
    b = _counting(tmp_path / "b.mp4", "60000/1001", 48)
    out = compare_films(a, b, tmp_path / "c.mp4", height=120)
    made = inspect(out)
    assert (made.video.width, made.video.height, made.video.rate) == (160 * 2 + DIVIDER, 120, Fraction(60000, 1001))
    assert made.video.colour.matrix == "bt709" and not made.video.colour.guessed and not made.video.colour.full_range
    assert [stream.codec for stream in made.others] == ["aac"]
    left, right = _levels(out, (40, 60, 120, 110)), _levels(out, (200, 60, 280, 110))
    assert len(left) >= 46
    assert np.abs(right - (16 + 4 * np.arange(len(right)))).max() <= 2
    assert np.abs(left - (16 + 4 * (np.arange(len(left)) // 2))).max() <= 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mkv", "b.mp4", "c.mp4"]


def test_wipe_film_moves_its_divider(tmp_path):
    for name, colour in (("a", "white"), ("b", "black")):
        source = f"color={colour}:s=160x120:r=10:d=4,setsar=1"
        run(
            "flat",
            ["-f", "lavfi", "-i", source, "-c:v", "libx264", "-pix_fmt", "yuv420p", str(tmp_path / f"{name}.mkv")],
        )
    out = compare_films(tmp_path / "a.mkv", tmp_path / "b.mkv", tmp_path / "w.mkv", mode="wipe", height=120)
    assert inspect(out).others == ()
    share = _levels(out, (0, 60, 160, 110)) / 255
    assert len(share) == 40
    assert share[0] < 0.05 and abs(share[15] - 0.5) < 0.05 and share[30] > 0.95 and share[39] < share[30]
    assert (np.diff(share[:30]) > -0.01).all()


def test_sound_that_the_container_refuses_is_left_out(tmp_path):
    source = ["-f", "lavfi", "-i", "color=red:s=64x48:r=25:d=0.4", "-f", "lavfi", "-i", "sine=duration=0.4"]
    run("with sound", [*source, "-c:v", "libx264", "-c:a", "wmav2", str(tmp_path / "b.mkv")])
    out = compare_films(tmp_path / "b.mkv", tmp_path / "b.mkv", tmp_path / "c.mp4", height=120)
    assert inspect(out).others == ()


def test_refusals(film, tape, tmp_path):
    before = film.stat()
    link = tmp_path / "link.mp4"
    link.hardlink_to(film)
    for out in (film, link):
        with pytest.raises(OutputError, match="overwrite"):
            compare_films(tape, film, out)
    assert film.stat().st_size == before.st_size
    with pytest.raises(InputError, match="no such file"):
        compare_films(tmp_path / "nothing.mkv", film, tmp_path / "c.png")
    with pytest.raises(OutputError, match="cannot be written as"):
        compare_films(tape, film, tmp_path / "c.gif")
    with pytest.raises(OutputError, match="no such folder"):
        compare_films(tape, film, tmp_path / "none" / "c.png")
    with pytest.raises(PlanError, match="height"):
        compare_films(tape, film, tmp_path / "c.png", height=481)
    with pytest.raises(PlanError, match="moment"):
        compare_films(tape, film, tmp_path / "c.mp4", at_s=Fraction(1))
    with pytest.raises(PlanError, match="first picture"):
        compare_films(tape, film, tmp_path / "c.png", at_s=Fraction(-1))
    with pytest.raises(InputError, match="has no picture"):
        compare_films(tape, film, tmp_path / "c.png", at_s=Fraction(60))
    with pytest.raises(InputError, match="together"):
        compare_films(tape, film, tmp_path / "c.mp4", offset_s=Fraction(60))
    assert [p.name for p in tmp_path.iterdir()] == ["link.mp4"]
