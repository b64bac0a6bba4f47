"""Grain comes into a finished stream, and the picture beneath it stays what it was."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from pydantic import ValidationError

from encore.core.errors import ToolError
from encore.media.av1grain import GrainTable
from encore.media.av1obu import SEQUENCE_HEADER, obus, sequence_of
from encore.media.grainsplice import Splicer, seed_of, splice
from encore.media.process import Tool
from tests.films import lavfi

GRAIN = GrainTable(
    luma=((16, 0), (40, 60), (200, 90), (235, 0)), chroma=((16, 40), (235, 40)), scaling_shift=10,
    luma_filter=(0,) * 23 + (60,), chroma_filter=(0,) * 20 + (30, 0, 0, 20), filter_shift=7, grain_shift=1,
)  # fmt: skip
OFF = ("-export_side_data", "film_grain")


def pictures(path: Path, decoder: str, *options: str) -> list[str]:
    """A hash of every frame, decoded strictly."""
    given = ("-xerror", "-err_detect", "explode", "-c:v", decoder, *options, "-i", str(path))
    with Tool("decoding", (*given, "-map", "0:v", "-f", "framemd5", "-"), output=True) as tool:
        text = b"".join(iter(lambda: tool.read(1 << 16), b"")).decode()
    assert not tool.messages
    return [line.split(",")[-1] for line in text.splitlines() if not line.startswith("#")]


def times(path: Path) -> list[tuple[object, ...]]:
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        return [(p.pts, p.dts, p.duration, p.time_base, p.is_keyframe) for p in packets]


def film(
    path: Path, encoder: str, *options: str, size: str = "66x50", pixels: str = "yuv420p10le", frames: int = 9
) -> Path:
    tags = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    picture = f"testsrc2=size={size}:rate=30000/1001,rotate=t,{tags}"
    clock = ("-video_track_timescale", "30000") if path.suffix == ".mp4" else ()
    return lavfi(path, "-pix_fmt", pixels, "-c:v", encoder, *options, *clock, picture=picture, frames=frames)


@pytest.mark.parametrize(
    ("suffix", "encoder", "options"),
    [
        (".mp4", "libsvtav1", ("-preset", "10", "-g", "4")),
        (".mp4", "libaom-av1", ("-cpu-used", "8")),
        (".ivf", "libaom-av1", ("-cpu-used", "8", "-aom-params", "error-resilient=1")),
    ],
)
def test_the_picture_beneath_stays(tmp_path: Path, suffix: str, encoder: str, options: tuple[str, ...]) -> None:
    path = film(tmp_path / f"film{suffix}", encoder, *options)
    before, clock = pictures(path, "libdav1d"), times(path)
    assert splice(path, GRAIN, 5) >= 9
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    assert times(path) == clock
    assert pictures(path, "libdav1d", *OFF) == before
    grained = pictures(path, "libdav1d")
    assert grained == pictures(path, "libaom-av1")
    assert not set(grained) & set(before)


@pytest.mark.slow
def test_a_large_film(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", "libsvtav1", "-preset", "8", size="1920x1080", frames=40)
    before = pictures(path, "libdav1d")
    splice(path, GRAIN, 5)
    assert pictures(path, "libdav1d", *OFF) == before
    assert pictures(path, "libdav1d") == pictures(path, "libaom-av1")


def test_tags_and_the_container_s_own_header(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", "libsvtav1", "-preset", "13")
    splice(path, GRAIN, 5)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        first = next(container.demux(video=0))
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
        assert (stream.average_rate, stream.time_base) == (Fraction(30000, 1001), Fraction(1, 30000))
        head = context.extradata
        assert head is not None
        for data in (head[4:], bytes(first)):
            told = next(unit for unit in obus(data) if unit.kind == SEQUENCE_HEADER)
            assert sequence_of(told.payload).grain


def test_without_grain_it_can_be_joined(tmp_path: Path) -> None:
    """A chunk without grain says of itself what one with grain says, and shows what it showed."""
    paths = [film(tmp_path / f"{n}.mp4", "libsvtav1", "-preset", "13") for n in range(2)]
    before = pictures(paths[0], "libdav1d")
    for path, grain in zip(paths, (GRAIN, None), strict=True):
        splice(path, grain, 1)
    heads: list[bytes] = []
    for path in paths:
        with av.open(str(path)) as container:
            heads.append(container.streams.video[0].codec_context.extradata or b"")
    assert heads[0] == heads[1]
    assert pictures(paths[1], "libdav1d") == pictures(paths[1], "libaom-av1") == before
    size = [path.stat().st_size for path in paths]
    assert 9 * 60 < size[0] - size[1] < 9 * 130


def test_a_stream_is_not_given_grain_twice(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", "libsvtav1", "-preset", "13")
    splice(path, GRAIN, 1)
    once = path.read_bytes()
    with pytest.raises(ToolError, match="already"):
        splice(path, GRAIN, 1)
    assert path.read_bytes() == once and len(list(tmp_path.iterdir())) == 1


def test_a_damaged_stream_is_refused_and_left(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", "libsvtav1", "-preset", "13")
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        packet = next(packet for n, packet in enumerate(container.demux(video=0)) if n == 3)
        assert packet.pos is not None
        data[packet.pos : packet.pos + 2] = b"\x32\xff"
    path.write_bytes(bytes(data))
    with pytest.raises(ToolError):
        splice(path, GRAIN, 1)
    assert path.read_bytes() == bytes(data) and len(list(tmp_path.iterdir())) == 1


def test_another_codec_is_refused(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", "libx264", pixels="yuv420p")
    with pytest.raises(ToolError, match="not AV1"):
        splice(path, GRAIN, 1)


def test_frames_have_seeds_of_their_own() -> None:
    """No seed may leave a decoder's random numbers at zero, and neighbours differ."""
    seeds = [seed_of(7, n) for n in range(65536)]
    assert len(set(seeds)) > 65536 * 0.99
    assert not {0, 0xB524, 0x49D8} & set(seeds)
    assert all(a != b for a, b in pairwise(seeds))
    with pytest.raises(ToolError, match="sequence header"):
        Splicer(GRAIN, 0).packet(b"\x32\x02\x10\x00")


def test_a_table_is_a_document() -> None:
    assert GrainTable.model_validate_json(GRAIN.to_json()) == GRAIN
    given = json.loads(GRAIN.to_json())
    for change in ({"luma": []}, {"luma": [[40, 1], [30, 1]]}, {"luma_filter": [1]}, {"chroma_filter": []}):
        with pytest.raises(ValidationError):
            GrainTable.model_validate({**given, **change})
