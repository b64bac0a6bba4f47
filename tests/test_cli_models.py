"""`encore models`: lists, cards, additions and checks, each ending with its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from encore.cli import app
from encore.inference.card import ModelCard
from encore.inference.zoo import Zoo
from tests.inference.conftest import DATA


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's networks, for this test alone."""
    monkeypatch.setenv("ENCORE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path / "models"


def models(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["models", *map(str, arguments)], prog_name="encore")


def test_add_list_info_verify(folder: Path) -> None:
    added = models("add", DATA / "luma.onnx", "--name", "mine", "--licence", "CC0-1.0", "--version", "3")
    assert added.exit_code == 0 and added.stdout.strip() == str(folder / "cards/mine.toml")
    row = next(line for line in models("list").stdout.splitlines() if line.startswith("mine"))
    assert row.split() == ["mine", "luma-x4", "3", "8", "kB", "CC0-1.0", "added"]
    shown = models("info", "mine").stdout
    assert str(folder) in shown and Zoo().card("mine").sha256 in shown
    checked = models("verify", "mine")
    assert checked.exit_code == 0 and checked.stdout.startswith("mine: as its card says, runs on cpu")


def test_as_json(folder: Path) -> None:
    card = ModelCard.model_validate_json(models("add", DATA / "enlarge.onnx", "--json").stdout)
    assert card == Zoo().card("enlarge")
    assert json.loads(models("info", "enlarge", "--json").stdout)["task"] == "picture"
    lines = models("list", "--json").stdout.splitlines()
    assert card in [ModelCard.model_validate_json(line) for line in lines]
    assert [json.loads(line)["what"] for line in models("verify", "--json").stdout.splitlines()] == [
        each.name for each in Zoo().cards()
    ]


def test_refusals_have_the_exit_code_of_their_class(folder: Path, tmp_path: Path) -> None:
    models("add", DATA / "luma.onnx")
    file = Zoo().path("luma")
    file.write_bytes(b"changed")
    for found in (
        models("info", "none"),
        models("verify", "none"),
        models("verify"),
        models("add", tmp_path / "none.onnx"),
        models("add", DATA / "luma.onnx"),
    ):
        assert found.exit_code == 9
        assert len([line for line in found.stderr.splitlines() if line.startswith("error")]) == 1
    assert models("add").exit_code == 2


def test_what_was_measured_is_shown(folder: Path) -> None:
    models("add", DATA / "luma.onnx")
    path = folder / "cards/luma.toml"
    path.write_text(
        path.read_text(encoding="utf-8") + '\n[[measured]]\nname = "PSNR-Y"\nvalue = 31.25\nunit = "dB"\nhow = "x"\n',
        encoding="utf-8",
    )
    assert "31.25 dB, x" in models("info", "luma").stdout
