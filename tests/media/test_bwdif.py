"""bwdif keeps the lines that are true, and a chunk with its context is the same as the whole."""

from __future__ import annotations

import numpy as np
import pytest

from encore.core.findings import FieldOrder
from encore.core.video import Chroma
from encore.media.bwdif import CONTEXT_FRAMES, bwdif
from encore.media.decode import Raw
from tests.films import noise_raw


def same(a: Raw, b: Raw) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a.planes, b.planes, strict=True))


@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize(
    ("chroma", "depth", "size"),
    [
        ("420", 8, (64, 48)),
        ("422", 8, (64, 48)),
        ("411", 8, (64, 48)),
        ("444", 8, (64, 48)),
        ("420", 10, (64, 48)),
        ("422", 10, (64, 48)),
        ("420", 8, (65, 49)),
        ("422", 8, (75, 50)),
    ],
)
def test_true_lines_are_kept(order: FieldOrder, chroma: Chroma, depth: int, size: tuple[int, int]) -> None:
    frames = [noise_raw(n, *size, chroma, depth) for n in range(4)]
    pictures = bwdif(frames, chroma, order)
    assert len(pictures) == 8
    for number, picture in enumerate(pictures):
        parity = number % 2 if order == "tff" else 1 - number % 2
        for found, given in zip(picture.planes, frames[number // 2].planes, strict=True):
            assert found.shape == given.shape and found.dtype == given.dtype
            assert np.array_equal(found[parity::2], given[parity::2])


@pytest.mark.parametrize("kind", ["rgb", "grey"])
def test_rgb_and_grey(kind: str) -> None:
    frames = [noise_raw(n, chroma="444", rgb=kind == "rgb") for n in range(3)]
    if kind == "grey":
        frames = [Raw(frame.planes[:1], frame.depth) for frame in frames]
    for number, picture in enumerate(bwdif(frames, "444", "tff")):
        assert picture.rgb == (kind == "rgb")
        for found, given in zip(picture.planes, frames[number // 2].planes, strict=True):
            assert np.array_equal(found[number % 2 :: 2], given[number % 2 :: 2])


@pytest.mark.parametrize("order", ["tff", "bff"])
def test_chunk_with_context_is_the_whole(order: FieldOrder) -> None:
    frames = [noise_raw(n) for n in range(12)]
    whole = bwdif(frames, "420", order)
    for start in range(CONTEXT_FRAMES, 8):
        part = bwdif(frames[start - CONTEXT_FRAMES : start + 2 + CONTEXT_FRAMES], "420", order)
        for n in range(4):
            assert same(part[2 * CONTEXT_FRAMES + n], whole[2 * start + n])


def test_less_context_would_not_be_enough() -> None:
    frames = [noise_raw(n) for n in range(8)]
    whole, part = bwdif(frames, "420", "tff"), bwdif(frames[4:], "420", "tff")
    assert not same(part[0], whole[8])


def test_one_frame() -> None:
    pictures = bwdif([noise_raw(1)], "420", "tff")
    assert len(pictures) == 2


def test_flat_stays_flat_and_input_is_untouched() -> None:
    grey = Raw(tuple(np.full(s, 77, np.uint8) for s in ((48, 64), (24, 32), (24, 32))), 8)
    frames = [grey, grey, grey]
    assert all((plane == 77).all() for picture in bwdif(frames, "420", "bff") for plane in picture.planes)
    assert (grey.planes[0] == 77).all()
