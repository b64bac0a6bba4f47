"""PyTorch: our networks as OpenVINO computes them, and public architectures from their files."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from encore.core.errors import ModelError
from encore.inference.adding import add
from encore.inference.torch import TorchEngine
from encore.inference.zoo import Zoo, require
from tests.inference.conftest import DATA

PLANES = np.random.default_rng(0).random((1, 11, 9, 13), np.float32)


def test_our_networks_are_rebuilt_from_their_onnx_file(torch: Any, zoo: Zoo) -> None:
    engine = TorchEngine(zoo.card("luma"), zoo.path("luma"), threads=1, device="cpu")
    assert engine.device == "cpu f32"
    np.testing.assert_allclose(engine(PLANES), np.load(DATA / "luma.npy"), rtol=1e-5, atol=1e-5)
    engine = TorchEngine(zoo.card("luma"), zoo.path("luma"), threads=1, device="cpu", precision="bf16")
    truth = np.load(DATA / "luma.npy")
    assert engine.device == "cpu bf16"
    assert 0 < np.abs(engine(PLANES) - truth).max() < 0.03 * np.abs(truth).max()


def test_operations_that_are_not_ours_are_refused(torch: Any, zoo: Zoo) -> None:
    with pytest.raises(ModelError, match="Interpolate"):
        TorchEngine(zoo.card("enlarge"), zoo.path("enlarge"), threads=1, device="cpu")


def test_a_device_that_is_not_there_is_refused(torch: Any, zoo: Zoo) -> None:
    missing = "mps" if not torch.backends.mps.is_available() else "cuda"
    with pytest.raises(ModelError, match=missing):
        zoo.open("luma", device=missing)


def _weights(architecture: str, kind: str, **sizes: int) -> Any:
    network = getattr(importlib.import_module(f"spandrel.architectures.{architecture}"), kind)(**sizes)
    return network.state_dict()


FOREIGN = [
    ("Compact", "Compact", {"num_feat": 8, "num_conv": 2, "upscale": 4}, 4),
    ("ESRGAN", "ESRGAN", {"num_filters": 8, "num_blocks": 1, "scale": 4}, 4),
    ("SPAN", "SPAN", {"num_in_ch": 3, "num_out_ch": 3, "feature_channels": 8, "upscale": 2}, 2),
    ("PLKSR", "RealPLKSR", {"dim": 16, "n_blocks": 1, "upscaling_factor": 2, "kernel_size": 5}, 2),
]
"""Architectures of public networks for video and pictures, with few channels: package, class, sizes, scale."""


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize(("architecture", "kind", "sizes", "scale"), FOREIGN)
def test_public_architectures_are_added_and_run(
    torch: Any, spandrel: Any, zoo: Zoo, tmp_path: Path, architecture: str, kind: str, sizes: dict[str, int],
    scale: int, suffix: str,
) -> None:  # fmt: skip
    torch.manual_seed(0)
    weights = _weights(architecture, kind, **sizes)
    file = tmp_path / f"{architecture}{suffix}"
    if suffix == ".pth":
        torch.save({"params_ema": weights}, file)  # as published files wrap them
    else:
        importlib.import_module("safetensors.torch").save_file(weights, str(file))
    card = add(zoo, file)
    assert (card.task, card.scale, card.inputs, card.outputs, card.radius) == ("picture", scale, 3, 3, None)
    picture = np.random.default_rng(0).random((2, 3, 21, 34), np.float32)
    network = zoo.open(card.name, device="cpu")
    made = network(picture)
    assert made.shape == (2, 3, 21 * scale, 34 * scale) and made.dtype == np.float32
    assert made.min() >= 0 and made.max() <= 1
    found = spandrel.ModelLoader(device="cpu").load_from_state_dict(weights)
    with torch.inference_mode():
        truth = found.eval()(torch.from_numpy(picture[:1])).numpy()
    np.testing.assert_allclose(made[:1], truth, atol=1e-5)


def test_a_pickle_with_a_program_is_refused(torch: Any, spandrel: Any, zoo: Zoo, tmp_path: Path) -> None:
    class Program:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "ran",)

    torch.save({"params": Program()}, tmp_path / "evil.pth")
    with pytest.raises(ModelError, match="no weights of a network"):
        add(zoo, tmp_path / "evil.pth")
    assert not (tmp_path / "ran").exists()


def test_weights_of_unknown_kind_are_refused(torch: Any, spandrel: Any, zoo: Zoo, tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(3)}, tmp_path / "strange.pth")
    (tmp_path / "broken.pth").write_bytes(b"nothing")
    (tmp_path / "broken.safetensors").write_bytes(b"nothing")
    torch.save([1, 2], tmp_path / "list.pth")
    for name, says in (("strange.pth", "does not know"), ("broken.pth", "no weights"), ("list.pth", "no weights")):
        with pytest.raises(ModelError, match=says):
            add(zoo, tmp_path / name)
    with pytest.raises(ModelError, match="no weights"):
        add(zoo, tmp_path / "broken.safetensors")
    assert len(zoo.cards()) == 4


def test_without_the_extra_the_refusal_names_it(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr("encore.inference.torch.importlib.import_module", missing)
    with pytest.raises(ModelError, match="needs torch") as caught:
        zoo.open("luma", device="cuda")
    assert "encore[torch]" in caught.value.todo
    with pytest.raises(ModelError, match="needs torch"):
        require("mps")
    require("cpu")
    require("auto")


def test_parts_that_do_not_fit_each_other_are_told(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    def unfit(name: str) -> Any:
        raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.setattr("encore.inference.torch.importlib.import_module", unfit)
    with pytest.raises(ModelError, match="nms") as caught:
        zoo.open("luma", device="cuda")
    assert "same index" in caught.value.todo
