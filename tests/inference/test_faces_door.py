"""Networks that give maps coarser than the picture: told as such, run whole or in parts, on any size."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from pathlib import Path

import numpy as np
import pytest

from encore.core.errors import ModelError
from encore.inference.adding import Told, add
from encore.inference.card import ModelCard
from encore.inference.graph import examined
from encore.inference.zoo import Zoo
from tests.inference.conftest import DATA

STEP = 8


@pytest.fixture
def maps(tmp_path: Path) -> Zoo:
    """A zoo of one network whose maps have an eighth of the picture's size."""
    zoo = Zoo(users=tmp_path / "users", shipped=tmp_path / "none")
    add(zoo, DATA / "maps.onnx", Told(name="maps"))
    return zoo


def test_a_reduction_is_measured(maps: Zoo) -> None:
    found = examined(DATA / "maps.onnx")
    assert (found.inputs, found.outputs, found.scale, found.reduction, found.multiple_of) == (1, 15, 1, STEP, 16)
    card = maps.card("maps")
    assert (card.task, card.scale, card.reduction, card.ratio) == ("faces", 1, STEP, Fraction(1, STEP))
    assert ModelCard.load(maps.users / "cards/maps.toml") == card


@pytest.mark.parametrize("size", [(128, 96), (120, 100), (33, 47), (1, 1)])
def test_maps_cover_the_picture(maps: Zoo, size: tuple[int, int]) -> None:
    planes = np.random.default_rng(2).normal(size=(2, 1, *size)).astype(np.float32)
    whole = maps.open("maps", precision="f32")(planes)
    assert whole.shape == (2, 15, ceil(size[0] / STEP), ceil(size[1] / STEP)) and whole.dtype == np.float32


def test_parts_make_the_whole(maps: Zoo) -> None:
    planes = np.random.default_rng(3).normal(size=(1, 1, 331, 420)).astype(np.float32)
    whole = maps.open("maps", precision="f32")(planes)
    parts = maps.open("maps", precision="f32", largest=(256, 256))(planes)
    np.testing.assert_allclose(parts, whole, rtol=1e-4, atol=1e-4)


def test_what_comes_out_lies_where_it_came_from(maps: Zoo) -> None:
    network = maps.open("maps", precision="f32")
    planes = np.zeros((1, 1, 128, 160), np.float32)
    before = network(planes)
    planes[:, :, 100, 60] = 50
    rows, columns = np.nonzero(np.any(network(planes) != before, axis=(0, 1)))
    assert abs(rows.mean() * STEP + 4 - 100) < 16 and abs(columns.mean() * STEP + 4 - 60) < 16


def test_a_card_whose_places_would_not_be_whole_is_refused(maps: Zoo) -> None:
    facts = maps.card("maps").model_dump() | {"multiple_of": 4}
    with pytest.raises(ModelError, match="multiple of reduction"):
        ModelCard.checked(facts, "a card")
