"""A network learns from a pack, goes on after a kill, and is released as it was trained."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch: Any = pytest.importorskip("torch")

from encore.inference.zoo import Zoo  # noqa: E402
from encore.restoration.window import CHANNELS, SCALE  # noqa: E402
from training import batches, export, networks, train  # noqa: E402

PATCH = 24


def pack(folder: Path, patches: int = 24) -> Path:
    """A shard whose truth is a known function of its windows: what the picture itself shows, twice as strong."""
    shard = folder / "shard-001-0000"
    shard.mkdir(parents=True)
    random = np.random.default_rng(3)
    coarse = random.standard_normal((patches, PATCH // 4, PATCH // 4)).astype(np.float32) * 0.2
    detail = coarse.repeat(4, 1).repeat(4, 2)
    window = np.zeros((patches, CHANNELS, PATCH, PATCH), np.float16)
    window[:, :5] = detail[:, None]
    window[:, 6:10] = 1
    np.save(shard / "luma.npy", window)
    np.save(shard / "luma_missing.npy", (detail.repeat(4, 1).repeat(4, 2) * SCALE).astype(np.float16))
    (shard / "shard.json").write_text("{}")
    return folder


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, out: Path, steps: int) -> list[dict[str, float]]:
    words = f"train sr-fast --packs {folder} --validation {folder} --out {out} --steps {steps}"
    monkeypatch.setattr(sys, "argv", [*words.split(), "--batch", "4", "--rate", "2e-3", "--device", "cpu"])
    train.main()
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def test_it_learns_goes_on_and_is_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "WARM", 5)
    monkeypatch.setattr(train, "CHECK_EVERY", 40)
    folder = pack(tmp_path / "pack")
    first = run(monkeypatch, folder, tmp_path / "out", 40)
    assert [told["step"] for told in first] == [40]
    told = run(monkeypatch, folder, tmp_path / "out", 80)
    assert [one["step"] for one in told] == [40, 80]
    assert told[-1]["psnr_db"] > told[-1]["classical_db"] + 2
    words = f"export sr-fast --checkpoint {tmp_path / 'out/state.pt'} --folder {tmp_path / 'zoo'}"
    monkeypatch.setattr(export, "TAPE", (48, 72))
    monkeypatch.setattr(sys, "argv", words.split())
    export.main()
    card = Zoo(users=tmp_path / "none", shipped=tmp_path / "zoo").card("sr-fast")
    assert (card.task, card.scale, card.inputs, card.outputs, card.radius) == ("luma-x4", 4, CHANNELS, 1, 7)
    assert card.measured[0].value == pytest.approx(told[-1]["psnr_db"] - told[-1]["classical_db"], abs=0.01)


def test_a_network_starts_at_the_classical_picture() -> None:
    for name, recipe in networks.RECIPES.items():
        torch.manual_seed(1)
        made = networks.Plain(recipe)(torch.randn(1, recipe.inputs, 16, 12) * 0.2)
        assert made.shape == (1, recipe.outputs, 64, 48), name
        assert float(made.detach().abs().mean()) < 0.05, name


def test_alone_hides_the_neighbours(tmp_path: Path) -> None:
    folder = pack(tmp_path)
    shard = folder / "shard-001-0000" / "luma.npy"
    window = np.load(shard)
    window[:, 0] += 1
    np.save(shard, window)
    alone = batches.Packs([folder], colour=False, alone=True, device=torch.device("cpu"))
    given, _, codes = next(alone.all())
    assert codes == SCALE
    assert all(torch.equal(given[:, n], given[:, 2]) for n in range(5)) and not given[:, 6:10].any()


def test_mirrors_keep_window_and_truth_together(tmp_path: Path) -> None:
    packs = batches.Packs([pack(tmp_path)], colour=False, alone=False, device=torch.device("cpu"))
    for seed in range(8):
        given, true, _ = packs.drawn(4, np.random.default_rng(seed))
        assert torch.allclose(given[:, 2], true[:, 0, ::4, ::4], atol=1e-3)


def test_some_patches_have_no_neighbours(tmp_path: Path) -> None:
    packs = batches.Packs([pack(tmp_path)], colour=False, alone=False, device=torch.device("cpu"))
    given, _, _ = packs.drawn(400, np.random.default_rng(1))
    hidden = (given[:, 6:10].flatten(1) == 0).all(dim=1)
    assert 20 < int(hidden.sum()) < 65


def test_no_finished_shard_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no finished shard"):
        batches.Packs([tmp_path], colour=False, alone=False, device=torch.device("cpu"))
