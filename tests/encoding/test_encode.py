"""Pictures become frames, each as often as the film shows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from encore.core.errors import StageError
from encore.core.video import BT709, Clip, VideoFormat
from encore.encoding.codecs import Ffv1
from encore.encoding.encode import encode_chunk
from tests.films import NTSC_FIELD, raws

FORMAT = VideoFormat(width=64, height=48, chroma="422", sample="u16", colour=BT709)


def clips(pictures: int, batch: int = 3) -> Iterator[Clip]:
    """Pictures whose luma is their number."""
    for start in range(0, pictures, batch):
        at = tuple(range(start, min(start + batch, pictures)))
        y = np.broadcast_to(np.array(at, np.uint16)[:, None, None] * 640 + 6400, (len(at), 48, 64)).copy()
        chroma = np.full((len(at), 48, 32), 32768, np.uint16)
        yield Clip(y=y, cb=chroma, cr=chroma.copy(), at=at, format=FORMAT)


def encode(path: Path, shown: tuple[int, ...], pictures: int, told: list[int] | None = None) -> list[int]:
    watch = told.append if told is not None else lambda _frames: None
    assert encode_chunk(clips(pictures), shown, Ffv1(), NTSC_FIELD, path, watch) == 0
    return [(int(frame.planes[0][0, 0]) - 100) // 10 for frame in raws(path)]


@pytest.mark.parametrize(
    ("shown", "pictures"),
    [
        (tuple(range(8)), 8),
        ((0, 0, 1, 1, 1, 2, 2, 3), 4),
        ((0, 2, 4, 6), 7),
        ((1, 3, 3, 3), 5),
        ((0,), 1),
        ((0,) * 9, 2),
    ],
)
def test_pictures_are_shown_as_often_as_asked(tmp_path: Path, shown: tuple[int, ...], pictures: int) -> None:
    told: list[int] = []
    assert encode(tmp_path / "chunk.mkv", shown, pictures, told) == list(shown)
    assert told == list(range(1, len(shown) + 1))
    assert [p.name for p in tmp_path.iterdir()] == ["chunk.mkv"]


def test_missing_pictures_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="2 frames of a chunk had no picture"):
        encode(tmp_path / "chunk.mkv", (0, 1, 2, 3), 2)
    with pytest.raises(StageError, match="no picture"):
        encode_chunk(iter(()), (0,), Ffv1(), NTSC_FIELD, tmp_path / "chunk.mkv", lambda _frames: None)
    assert not list(tmp_path.iterdir())


def test_a_failing_stage_leaves_nothing(tmp_path: Path) -> None:
    def failing() -> Iterator[Clip]:
        yield from clips(4)
        raise KeyError("broken stage")

    with pytest.raises(KeyError, match="broken stage"):
        encode_chunk(failing(), tuple(range(9)), Ffv1(), NTSC_FIELD, tmp_path / "chunk.mkv", lambda _frames: None)
    assert not list(tmp_path.iterdir())
