"""What a file tells of its network: channels, scale, sizes, and how far it looks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from encore.core.errors import ModelError
from encore.inference.graph import Shape, examined, operations
from encore.inference.zoo import Zoo
from tests.inference.conftest import DATA


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("luma", Shape(inputs=11, outputs=1, scale=4, radius=3, multiple_of=1)),
        ("enlarge", Shape(inputs=3, outputs=3, scale=2, radius=3, multiple_of=1)),
        ("levels", Shape(inputs=3, outputs=3, scale=1, radius=20, multiple_of=4)),
        ("global", Shape(inputs=3, outputs=3, scale=1, radius=None, multiple_of=1)),
    ],
)
def test_a_file_tells_what_its_network_takes_and_gives(name: str, shape: Shape) -> None:
    assert examined(DATA / f"{name}.onnx") == shape


@pytest.mark.parametrize("name", ["luma", "enlarge", "levels"])
def test_no_sample_beyond_the_radius_decides_a_place(zoo: Zoo, name: str) -> None:
    network = zoo.open(name, precision="f32")
    card = network.card
    planes = np.random.default_rng(0).normal(size=(1, card.inputs, 64, 64)).astype(np.float32)
    before = network(planes)
    planes[:, :, 30, 33] += 50
    rows, columns = np.nonzero(np.any(network(planes) != before, axis=(0, 1)))
    far = max(np.abs(rows // card.scale - 30).max(), np.abs(columns // card.scale - 33).max())
    assert card.radius is not None and 1 <= far <= card.radius
    assert name != "luma" or far == card.radius, "a chain of convolutions looks exactly as far as their sum"


def test_operations_come_in_the_order_of_computation() -> None:
    seen: set[str] = set()
    for op in operations(DATA / "luma.onnx"):
        assert set(op.sources) <= seen
        seen.add(op.name)


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.onnx"
    for content in (b"", b"nothing"):
        file.write_bytes(content)
        with pytest.raises(ModelError, match="cannot be read"):
            examined(file)
    with pytest.raises(ModelError, match="cannot be read"):
        examined(tmp_path / "none.onnx")
