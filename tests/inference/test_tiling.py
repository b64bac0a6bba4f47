"""Tiles: every sample once, all parts of one size, and the result of the whole picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encore.inference.tiling import cut, tiled
from encore.inference.zoo import Zoo


@given(
    length=st.integers(1, 600), largest=st.integers(1, 200), radius=st.integers(0, 60), multiple_of=st.integers(1, 4)
)
def test_every_sample_is_taken_once_and_knows_its_surroundings(
    length: int, largest: int, radius: int, multiple_of: int
) -> None:
    length *= multiple_of
    made = cut(length, largest, radius, multiple_of)
    assert [start for start, _ in made.kept] == [0, *(stop for _, stop in made.kept[:-1])]
    assert made.kept[-1][1] == length
    assert made.size % multiple_of == 0 and (made.size <= largest or len(made.starts) == 1)
    for start, (first, last) in zip(made.starts, made.kept, strict=True):
        assert start % multiple_of == 0 and first < last
        assert start >= 0 and start + made.size <= length
        assert start == 0 or first - start >= radius
        assert start + made.size == length or start + made.size - last >= radius


def test_few_parts_of_equal_size() -> None:
    made = cut(1080, 576, 10)
    assert len(made.starts) == 2 and made.size == 550
    assert cut(576, 576, 10).starts == (0,)
    assert cut(5000, 576, None).starts == (0,), "what is not known to be local is never split"
    assert cut(5000, 576, 200).starts == (0,), "nor where overlaps would be most of the work"


@pytest.mark.parametrize(("name", "channels"), [("luma", 11), ("enlarge", 3), ("levels", 3), ("global", 3)])
@pytest.mark.parametrize("size", [(97, 131), (96, 128), (40, 31), (9, 7), (1, 1)])
def test_parts_make_the_whole(zoo: Zoo, name: str, channels: int, size: tuple[int, int]) -> None:
    planes = np.random.default_rng(1).normal(size=(2, channels, *size)).astype(np.float32)
    whole = zoo.open(name, precision="f32")(planes)
    parts = zoo.open(name, precision="f32", largest=(40, 48))(planes)
    scale = zoo.card(name).scale
    assert whole.shape == (2, zoo.card(name).outputs, size[0] * scale, size[1] * scale)
    assert whole.dtype == np.float32
    np.testing.assert_allclose(parts, whole, rtol=1e-5, atol=1e-5)  # a seam would be a thousand times as much


def test_all_parts_have_one_shape_so_that_one_compiled_network_serves_them(zoo: Zoo) -> None:
    shapes: list[tuple[int, ...]] = []

    def run(part: Any) -> Any:
        shapes.append(part.shape)
        return np.zeros((1, 1, part.shape[2] * 4, part.shape[3] * 4), np.float32)

    tiled(run, np.zeros((1, 11, 97, 131), np.float32), zoo.card("luma"), (40, 48))
    assert len(shapes) == 9 and len(set(shapes)) == 1
