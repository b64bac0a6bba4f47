"""OpenVINO: what PyTorch computed, in f32 to rounding and in bf16 nearly, for every size."""

from __future__ import annotations

import numpy as np
import pytest

from encore.core.errors import ModelError
from encore.inference.openvino import OpenVinoEngine, library
from encore.inference.zoo import Zoo
from tests.inference.conftest import DATA

PLANES = np.random.default_rng(0).random((1, 11, 9, 13), np.float32)
HAS_BF16 = "BF16" in library().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def test_it_computes_what_the_exporter_computed(zoo: Zoo) -> None:
    network = zoo.open("luma", precision="f32")
    assert network.device == "cpu f32"
    np.testing.assert_allclose(network(PLANES), np.load(DATA / "luma.npy"), rtol=1e-5, atol=1e-5)


def test_by_default_in_16_bits_where_the_cpu_has_them(zoo: Zoo) -> None:
    network = zoo.open("luma")
    assert network.device == ("cpu bf16" if HAS_BF16 else "cpu f32")
    truth = np.load(DATA / "luma.npy")
    assert np.abs(network(PLANES) - truth).max() < 0.03 * np.abs(truth).max()
    if not HAS_BF16:
        with pytest.raises(ModelError, match="bf16"):
            zoo.open("luma", precision="bf16")


def test_the_order_of_sizes_does_not_matter(zoo: Zoo) -> None:
    network = zoo.open("luma", precision="f32", threads=2)
    first = network(PLANES)
    network(PLANES[:, :, :5, :7])
    assert np.array_equal(network(PLANES), first)
    assert np.array_equal(network(np.concatenate([PLANES, PLANES]))[1], first[0])


def test_the_input_is_not_changed(zoo: Zoo) -> None:
    planes = PLANES.copy()
    zoo.open("luma")(planes)
    assert np.array_equal(planes, PLANES)


def test_a_wrong_number_of_channels_is_refused(zoo: Zoo) -> None:
    with pytest.raises(ModelError, match="takes 11 channels"):
        zoo.open("luma")(PLANES[:, :3])
    with pytest.raises(ModelError, match="takes 11 channels"):
        zoo.open("luma")(PLANES[0])


def test_what_is_no_network_is_refused(zoo: Zoo) -> None:
    card = zoo.card("luma")
    broken = zoo.users / "broken.onnx"
    broken.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="OpenVINO failed on"):
        OpenVinoEngine(card, broken, threads=1)
