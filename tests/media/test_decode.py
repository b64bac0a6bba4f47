"""Frames leave the decoder as they are, in any order they are asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame

from encore.core.errors import InputError
from encore.core.video import Chroma
from encore.media import decode
from encore.media.decode import Deck, decoded, raw
from encore.media.inspect import inspect
from tests.films import lavfi, noise_raw, video_frame


@pytest.mark.parametrize("width", [64, 65])
@pytest.mark.parametrize(
    ("name", "chroma", "depth"),
    [
        ("yuv420p", "420", 8),
        ("yuv422p", "422", 8),
        ("yuv411p", "411", 8),
        ("yuv410p", "410", 8),
        ("yuv440p", "440", 8),
        ("yuv444p", "444", 8),
        ("yuv420p10le", "420", 10),
        ("yuv422p10le", "422", 10),
        ("yuv422p12le", "422", 12),
        ("gbrp", "444", 8),
        ("gbrp10le", "444", 10),
    ],
)
def test_planar_samples_come_out_as_they_are(name: str, chroma: Chroma, depth: int, width: int) -> None:
    given = noise_raw(1, width, 46, chroma, depth)
    found = raw(video_frame(given.planes, name))
    assert (found.depth, found.rgb) == (depth, name.startswith("gbr"))
    assert all(np.array_equal(a, b) for a, b in zip(found.planes, given.planes, strict=True))


@pytest.mark.parametrize(("name", "depth"), [("gray", 8), ("gray10le", 10)])
def test_grey_has_one_plane(name: str, depth: int) -> None:
    luma = noise_raw(2, depth=depth).planes[0]
    found = raw(video_frame([luma], name))
    assert len(found.planes) == 1 and not found.rgb
    assert np.array_equal(found.planes[0], luma)


@pytest.mark.parametrize(
    ("packed", "planar", "chroma", "depth"),
    [
        ("yuyv422", "yuv422p", "422", 8),
        ("uyvy422", "yuv422p", "422", 8),
        ("nv12", "yuv420p", "420", 8),
        ("nv21", "yuv420p", "420", 8),
        ("p010le", "yuv420p10le", "420", 10),
        ("rgb24", "gbrp", "444", 8),
        ("bgr24", "gbrp", "444", 8),
        ("bgra", "gbrp", "444", 8),
        ("yuva420p", "yuv420p", "420", 8),
    ],
)
@pytest.mark.parametrize("full", [False, True])
def test_packed_samples_are_unpacked_without_loss(
    packed: str, planar: str, chroma: Chroma, depth: int, full: bool
) -> None:
    if planar == "gbrp":
        given = noise_raw(3, chroma=chroma, depth=depth)
        array = np.stack([given.planes[2], given.planes[0], given.planes[1]], -1)
        frame = VideoFrame.from_ndarray(array, format="rgb24")
        frame = frame if packed == "rgb24" else frame.reformat(format=packed)
    else:
        given = noise_raw(3, chroma=chroma, depth=depth)
        frame = _packed(given.planes, packed)
    frame.color_range = 2 if full else 1
    found = raw(frame)
    assert found.depth == depth
    for a, b in zip(found.planes, given.planes, strict=True):
        assert np.array_equal(a, b)


def _packed(planes: tuple[np.ndarray, ...], name: str) -> VideoFrame:
    """Samples laid out by hand, so that no converter is trusted."""
    y, cb, cr = planes
    height, width = y.shape
    frame = VideoFrame(width, height, name)
    if name in ("yuyv422", "uyvy422"):
        line = np.empty((height, width // 2, 4), np.uint8)
        places = (0, 1, 2, 3) if name == "yuyv422" else (1, 0, 3, 2)
        for place, samples in zip(places, (y[:, 0::2], cb, y[:, 1::2], cr), strict=True):
            line[..., place] = samples
        layers = [line.reshape(height, -1)]
    elif name == "yuva420p":
        layers = [y, cb, cr, np.full_like(y, 255)]
    else:
        first, second = (cr, cb) if name == "nv21" else (cb, cr)
        both = np.stack([first, second], -1).reshape(first.shape[0], -1)
        layers = [y, both]
        if name == "p010le":
            layers = [layer << 6 for layer in layers]
    for plane, samples in zip(frame.planes, layers, strict=True):
        rows = np.frombuffer(plane, samples.dtype).reshape(-1, plane.line_size // samples.itemsize)
        rows[: samples.shape[0], : samples.shape[1]] = samples
    return frame


def test_rgb565_becomes_eight_bits() -> None:
    frame = VideoFrame(64, 48, "rgb565le")
    rows = np.frombuffer(frame.planes[0], np.uint16).reshape(48, -1)
    rows[:] = 0b11111_000000_00000
    found = raw(frame)
    assert (found.depth, found.rgb) == (8, True)
    green, blue, red = (plane[10, 10] for plane in found.planes)
    assert (green, blue) == (0, 0) and red >= 248


def test_palette_becomes_rgb() -> None:
    frame = VideoFrame(64, 48, "pal8")
    np.frombuffer(frame.planes[0], np.uint8)[:] = 3
    np.frombuffer(frame.planes[1], np.uint32)[3] = 0xFF102030
    found = raw(frame)
    assert found.rgb
    assert [int(plane[5, 5]) for plane in found.planes] == [0x20, 0x30, 0x10]


def test_samples_are_copies() -> None:
    frame = video_frame(noise_raw(4).planes, "yuv420p")
    found = raw(frame)
    before = found.planes[0].copy()
    np.frombuffer(frame.planes[0], np.uint8)[:] = 0
    assert np.array_equal(found.planes[0], before)


REELS = {
    "mpeg2": (".mpg", "size=176x144", ("-c:v", "mpeg2video", "-bf", "2")),
    "dv": (".avi", "size=720x480", ("-c:v", "dvvideo", "-pix_fmt", "yuv411p")),
    "h264": (".mkv", "size=176x144", ("-c:v", "libx264", "-g", "12")),
    "ffv1": (".mkv", "size=176x144", ("-c:v", "ffv1")),
}


@pytest.fixture(params=REELS)
def reel(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    suffix, size, codec = REELS[request.param]
    return lavfi(tmp_path / f"reel{suffix}", *codec, picture=f"testsrc2={size}:rate=30000/1001", frames=30)


def test_any_order_is_the_linear_order(reel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "JUMP_FRAMES", 4)
    video = inspect(reel).video
    linear = [(stamp.pts, raw(frame).planes[0].tobytes()) for stamp, frame in decoded(reel, video.index)]
    deck = Deck(reel, video.index, [pts for pts, _ in linear])
    order = [0, len(linear) - 1, 3, 2, 1, *np.random.default_rng(5).integers(0, len(linear), 12).tolist()]
    for number in order:
        assert raw(deck.frame(number)).planes[0].tobytes() == linear[number][1], number
    deck.close()


def test_neighbours_are_kept_rather_than_decoded_again(small_tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    video = inspect(small_tape).video
    deck = Deck(small_tape, video.index, [stamp.pts for stamp, _ in decoded(small_tape, video.index)])
    monkeypatch.setattr(deck, "_rewind", lambda: pytest.fail("decoded from the start again"))
    for number in (0, 1, 2, 9, 8, 5, 3, 10):
        deck.frame(number)
    deck.close()


def test_a_changed_file_is_refused(small_tape: Path) -> None:
    video = inspect(small_tape).video
    pts = [stamp.pts for stamp, _ in decoded(small_tape, video.index)]
    moved = Deck(small_tape, video.index, [p + 1 if p is not None else p for p in pts])
    with pytest.raises(InputError, match="changed"):
        moved.frame(0)
    shorter = Deck(small_tape, video.index, [*pts, 10**9])
    with pytest.raises(InputError, match="cannot be read again"):
        shorter.frame(len(pts))
    for deck in (moved, shorter):
        deck.close()


def test_damage_is_told_and_stepped_over(small_tape: Path, tmp_path: Path) -> None:
    whole = len(list(decoded(small_tape, 0)))
    content = bytearray(small_tape.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = np.random.default_rng(6).integers(0, 256, 3000, np.uint8).tobytes()
    broken = tmp_path / "broken.mpg"
    broken.write_bytes(content)
    stamps = [stamp for stamp, _ in decoded(broken, inspect(broken).video.index)]
    assert any(stamp.corrupt for stamp in stamps)
    assert whole - 6 <= len(stamps) <= whole
