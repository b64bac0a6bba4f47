"""Cards: what is written is read back, and what is wrong is named."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from encore.core.errors import ModelError
from encore.inference.card import Measure, ModelCard

CARD = ModelCard(
    name="sr-tiny", version="1.0", task="luma-x4", file="sr-tiny.onnx", sha256="0" * 64, bytes=10, scale=4, inputs=11,
    outputs=1, radius=3, trained_on='"quoted", a \\ and an é\nand \x7f', made=datetime.date(2026, 1, 31),
    measured=(
        Measure(name="PSNR-Y", value=31.25, unit="dB", how="8 clips"),
        Measure(name="loss", value=1e-7, unit="", how=""),
    ),
)  # fmt: skip


def test_a_card_survives_its_file(tmp_path: Path) -> None:
    for card in (CARD, CARD.model_copy(update={"radius": None, "measured": ()})):
        card.save(tmp_path / "sr-tiny.toml")
        assert ModelCard.load(tmp_path / "sr-tiny.toml") == card


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = ", "cannot be read"),
        ("name = 'x'", "version"),
        (CARD.to_toml() + "\nmore = 1\n", "more"),
        (CARD.to_toml().replace("luma-x4", "dream"), "task"),
        (CARD.to_toml().replace("sr-tiny.onnx", "../sr-tiny.onnx"), "file"),
        (CARD.to_toml().replace("sr-tiny.onnx", "sr-tiny.exe"), "file"),
    ],
)
def test_a_wrong_card_says_where(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "sr-tiny.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=says) as caught:
        ModelCard.load(path)
    assert str(path) in caught.value.message and caught.value.todo


def test_a_missing_card_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        ModelCard.load(tmp_path / "none.toml")
