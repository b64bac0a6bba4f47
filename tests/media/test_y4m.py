"""Raw pictures come back as they were written, of any size and both depths, and ffmpeg reads them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from encore.core.errors import InputError
from encore.media.decode import decoded, raw
from encore.media.y4m import Y4mWriter, planes, raw_pictures
from tests.films import noise_raw


@pytest.mark.parametrize("depth", [8, 10])
@pytest.mark.parametrize("size", [(64, 48), (63, 47)])
def test_there_and_back(tmp_path: Path, size: tuple[int, int], depth: int) -> None:
    path = tmp_path / "raw.y4m"
    given = [noise_raw(seed, *size, depth=depth).planes for seed in range(5)]
    with Y4mWriter(path, size, Fraction(60000, 1001), depth) as writer:
        for y, cb, cr in given:
            writer.write((y, cb, cr))
        writer.close()
    found = raw_pictures(path)
    assert (found.width, found.height, found.rate, found.depth, found.frames) == (
        *size,
        Fraction(60000, 1001),
        depth,
        5,
    )
    for there, back in zip(given[::2], planes(found, 2), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(there, back, strict=True))
    for there, (_, frame) in zip(given, decoded(path, 0), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(there, raw(frame).planes, strict=True))


def test_a_writer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError), Y4mWriter(tmp_path / "raw.y4m", (4, 4), Fraction(25), 8):
        raise KeyError
    assert not list(tmp_path.iterdir())


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"YUV4MPEG2 W4 H4 F25:1 Ip A1:1 C444\n")
    for name in ("other", "missing"):
        with pytest.raises(InputError):
            raw_pictures(tmp_path / name)
