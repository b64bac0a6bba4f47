"""A chunk is whole or it is not there; what is in it is what was given."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from encore.core.errors import EncoreError, ToolError, VerifyError
from encore.encoding.codecs import Av1, Avc, Codec, Ffv1, Hevc, ProRes
from encore.encoding.encode import SUFFIX_OF
from encore.media.write import ChunkWriter
from tests.films import NTSC_FIELD, moving, picture_packets, raws

FAST: dict[str, Codec] = {
    "av1": Av1(speed=13, crf=20),
    "hevc": Hevc(speed="ultrafast"),
    "avc": Avc(speed="ultrafast"),
    "prores": ProRes(),
    "ffv1": Ffv1(),
}
SIZE = (128, 96)
Write = Callable[..., Path]


def writer(path: Path, codec: Codec, keys: int = 300) -> ChunkWriter:
    return ChunkWriter(path, SIZE, NTSC_FIELD, codec.chroma, codec.depth, codec.arguments(keys))


@pytest.mark.parametrize("kind", FAST)
@pytest.mark.parametrize("frames", [1, 23])
def test_chunk(tmp_path: Path, kind: str, frames: int) -> None:
    codec = FAST[kind]
    path = tmp_path / f"chunk{SUFFIX_OF.get(kind, '.mp4')}"
    given = list(moving(frames, SIZE, codec.depth, codec.chroma))
    with writer(path, codec) as made:
        for planes in given:
            made.write(planes)
        assert not path.exists()
        delay = made.close()
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert 0 <= delay < 8
    packets = picture_packets(path)
    assert len(packets) == frames and packets[0][2]
    found = raws(path)
    assert (found[0].depth, len(found)) == (codec.depth, frames)
    for picture, planes in zip(found, given, strict=True):
        for a, b in zip(picture.planes, planes, strict=True):
            error = np.abs(a.astype(int) - b.astype(int)) / (1 << (codec.depth - 8))
            assert error.mean() < (1e-9 if kind == "ffv1" else 10)


@pytest.mark.parametrize("kind", FAST)
def test_tags_and_ten_real_bits(tmp_path: Path, kind: str) -> None:
    codec = FAST[kind]
    path = tmp_path / f"chunk{SUFFIX_OF.get(kind, '.mp4')}"
    with writer(path, codec) as made:
        for planes in moving(5, SIZE, codec.depth, codec.chroma):
            made.write(planes)
        made.close()
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        tags = (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range)
    assert [int(tag) for tag in tags] == [1, 1, 1, 1]
    luma = raws(path)[0].planes[0]
    assert luma.dtype == (np.uint8 if codec.depth == 8 else np.uint16)
    if codec.depth == 10:
        assert np.mean(luma % 4 != 0) > 0.3


def test_key_frames_come_regularly(tmp_path: Path) -> None:
    for kind in ("av1", "hevc", "avc"):
        path = tmp_path / f"{kind}.mp4"
        with writer(path, FAST[kind], keys=8) as made:
            for planes in moving(20, SIZE, FAST[kind].depth):
                made.write(planes)
            made.close()
        keys = [n for n, (_, _, key) in enumerate(picture_packets(path)) if key]
        assert keys == [0, 8, 16], kind


def test_abort_leaves_nothing(tmp_path: Path) -> None:
    made = writer(tmp_path / "chunk.mp4", FAST["avc"])
    for planes in moving(30, SIZE):
        made.write(planes)
    pid = made.pid
    made.abort()
    assert not list(tmp_path.iterdir())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_abort_of_an_idle_encoder_ends(tmp_path: Path) -> None:
    """The feeder waits for a picture that never comes; once, abort waited for the feeder forever."""
    made = writer(tmp_path / "chunk.mp4", FAST["avc"])
    made.write(next(moving(1, SIZE)))
    while not made._queue.empty():
        time.sleep(0.01)
    made.abort()
    assert not list(tmp_path.iterdir())


def test_a_dead_encoder_is_noticed(tmp_path: Path) -> None:
    made = writer(tmp_path / "chunk.mp4", FAST["avc"])
    os.kill(made.pid, signal.SIGKILL)
    with pytest.raises(EncoreError), made:
        for planes in moving(500, SIZE):
            made.write(planes)
        made.close()
    assert not list(tmp_path.iterdir())


def test_an_encoder_that_cannot_start_is_noticed(tmp_path: Path) -> None:
    codec = ("-c:v", "libx264", "-x264-params", "nonsense=1")
    made = ChunkWriter(tmp_path / "chunk.mp4", SIZE, NTSC_FIELD, "420", 8, codec)
    with pytest.raises(ToolError, match="nonsense"), made:
        for planes in moving(3, SIZE):
            made.write(planes)
        made.close()
    assert not list(tmp_path.iterdir())


def test_an_encoder_that_drops_frames_is_noticed(tmp_path: Path) -> None:
    codec = ("-c:v", "libx264", "-frames:v", "4")
    made = ChunkWriter(tmp_path / "chunk.mp4", SIZE, Fraction(25), "420", 8, codec)
    with pytest.raises((VerifyError, ToolError)), made:
        for planes in moving(9, SIZE):
            made.write(planes)
        made.close()
    assert not list(tmp_path.iterdir())
