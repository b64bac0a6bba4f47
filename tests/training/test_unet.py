"""The U-Net starts at the picture itself, looks no farther than it says, learns from compressed clips, is released."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch: Any = pytest.importorskip("torch")

from encore.inference.graph import examined  # noqa: E402
from encore.inference.zoo import Zoo  # noqa: E402
from encore.restoration.window import CHANNELS, SCALE  # noqa: E402
from training import export, train, unet  # noqa: E402
from training.unet import SHAPES, Levels, network_of  # noqa: E402

SMALL = Levels(CHANNELS, (16, 16), 1, 1)


def pack(folder: Path) -> Path:
    """A shard whose codec has left a level of its own to every second sample."""
    shard = folder / "shard-001-0000"
    shard.mkdir(parents=True)
    wrong = np.random.default_rng(3).choice([-0.1, 0.1], (24, 1, 24, 24)).astype(np.float16)
    window = np.zeros((24, CHANNELS, 24, 24), np.float16)
    window[:, :5] = wrong
    np.save(shard / "luma.npy", window)
    np.save(shard / "clean_missing.npy", -wrong[:, 0] * np.float16(SCALE))
    (shard / "shard.json").write_text("{}")
    return folder


@pytest.mark.parametrize("shape", [SHAPES["deblock"], SMALL, Levels(CHANNELS, (8, 8, 8), 2, 1)])
def test_it_starts_at_the_picture_and_looks_no_farther_than_it_says(shape: Levels) -> None:
    torch.manual_seed(1)
    network = network_of(shape).eval()
    side = shape.multiple_of * (2 * shape.radius // shape.multiple_of + 3)
    window = torch.zeros(1, CHANNELS, 8, side)
    with torch.no_grad():
        plain = network(window)
        assert plain.shape == (1, 1, 8, side)
        assert float(network(torch.randn(1, CHANNELS, 16, 24) * 0.2).abs().mean()) < 0.05
        for at in (side // 2, side // 2 + 1):
            window[..., at] = 100
            places = (network(window) != plain).any(2).flatten().nonzero()
            assert abs(places - at).max() <= shape.radius
            window[..., at] = 0


def test_it_learns_and_is_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(unet.SHAPES, "deblock", SMALL)
    monkeypatch.setattr(train, "WARM", 5)
    monkeypatch.setattr(export, "TAPE", (48, 72))
    folder, out = pack(tmp_path / "pack"), tmp_path / "out"
    words = f"train deblock --packs {folder} --validation {folder} --out {out} --steps 40 --batch 4 --rate 4e-3"
    monkeypatch.setattr(sys, "argv", [*words.split(), "--device", "cpu"])
    train.main()
    told = json.loads((out / "log.jsonl").read_text().splitlines()[-1])
    assert told["classical_db"] == pytest.approx(20 * np.log10(255 / 3.2), abs=0.1)
    assert told["psnr_db"] > told["classical_db"] + 1
    words = f"export deblock --checkpoint {out / 'state.pt'} --folder {tmp_path / 'zoo'}"
    monkeypatch.setattr(sys, "argv", words.split())
    export.main()
    zoo = Zoo(users=tmp_path / "none", shipped=tmp_path / "zoo")
    card = zoo.card("deblock")
    assert (card.task, card.scale, card.inputs, card.outputs) == ("luma-x1", 1, CHANNELS, 1)
    assert card.multiple_of == 4
    # what the file's operations are known to look at, which is a little more than they do
    assert card.radius == examined(zoo.path("deblock")).radius and card.radius >= SMALL.radius
    made = zoo.open("deblock", threads=1, device="cpu")(np.zeros((1, CHANNELS, 33, 47), np.float32))
    assert made.shape == (1, 1, 33, 47)
