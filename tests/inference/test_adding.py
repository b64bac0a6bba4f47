"""Adding: a file becomes a network with a card, or nothing is left of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from encore.core.errors import ModelError, OutputError
from encore.inference import adding
from encore.inference.adding import Told, add
from encore.inference.zoo import Zoo
from tests.inference.conftest import DATA


def test_a_card_has_what_the_file_tells_and_what_was_told(zoo: Zoo, tmp_path: Path) -> None:
    told = Told("mine", "2", "MIT", "CC-BY-4.0", "my pictures", "me", 99)
    card = add(zoo, DATA / "enlarge.onnx", told)
    assert zoo.card("mine") == card
    assert (card.task, card.scale, card.inputs, card.outputs) == ("picture", 2, 3, 3)
    assert card.radius == 3, "what the file tells counts more than what was told"
    assert (card.version, card.code_licence, card.weights_licence) == ("2", "MIT", "CC-BY-4.0")
    assert (card.trained_on, card.trained_by, card.bytes) == (
        "my pictures",
        "me",
        (DATA / "enlarge.onnx").stat().st_size,
    )
    assert add(zoo, DATA / "global.onnx", Told("other", radius=99)).radius == 99


def test_a_name_is_made_from_the_file(zoo: Zoo, tmp_path: Path) -> None:
    file = Path(shutil.copy(DATA / "enlarge.onnx", tmp_path / "Real ESRGAN (x2) v3.onnx"))
    assert add(zoo, file).name == "real-esrgan-x2-v3"
    assert file.is_file()


@pytest.mark.parametrize(
    ("file", "says"), [("none.onnx", "no such file"), ("a.bin", "not one of"), ("b.onnx", "cannot be read")]
)
def test_what_cannot_be_added_leaves_nothing(tmp_path: Path, file: str, says: str) -> None:
    zoo = Zoo(users=tmp_path / "users", shipped=tmp_path / "none")
    for name in ("a.bin", "b.onnx"):
        (tmp_path / name).write_bytes(b"nothing")
    with pytest.raises(ModelError, match=says):
        add(zoo, tmp_path / file)
    assert not zoo.users.exists()


def test_a_taken_or_impossible_name_is_refused(zoo: Zoo) -> None:
    with pytest.raises(ModelError, match="called luma"):
        add(zoo, DATA / "luma.onnx")
    with pytest.raises(ModelError, match="name"):
        add(zoo, DATA / "luma.onnx", Told("../luma"))


def test_a_network_without_a_place_is_refused(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "TASKS", {})
    with pytest.raises(ModelError, match="11 channels and gives 1 at 4 times"):
        add(zoo, DATA / "luma.onnx", Told("again"))


def test_a_copy_that_breaks_off_is_not_listed(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(adding.shutil, "copyfileobj", full)
    with pytest.raises(OutputError, match="No space left"):
        add(zoo, DATA / "luma.onnx", Told("again"))
    assert not list(zoo.users.rglob("*again*"))
