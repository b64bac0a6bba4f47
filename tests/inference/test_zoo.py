"""The zoo: what is listed is there and unchanged, or the refusal says what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from encore.core.errors import ModelError
from encore.inference.graph import examined, operations
from encore.inference.zoo import SHIPPED, Zoo, sha256_of, users_folder
from tests.inference.conftest import DATA, NETWORKS


def test_networks_are_listed_with_what_was_measured_of_them(zoo: Zoo) -> None:
    assert [card.name for card in zoo.cards()] == sorted(NETWORKS)
    luma = zoo.card("luma")
    assert (luma.task, luma.inputs, luma.outputs, luma.scale, luma.radius) == ("luma-x4", 11, 1, 4, 3)
    assert zoo.card("global").radius is None
    assert zoo.card("levels").multiple_of == 4
    assert zoo.origin("luma") == zoo.users


def test_the_cards_of_the_package_describe_its_files() -> None:
    ours = Zoo(users=SHIPPED / "none")
    for card in ours.cards():
        found = examined(ours.path(card.name))
        assert (found.inputs, found.outputs, found.scale) == (card.inputs, card.outputs, card.scale)
        assert card.radius is not None and (found.radius is None or card.radius >= found.radius)


def test_an_unknown_name_is_answered_with_those_there_are(zoo: Zoo) -> None:
    with pytest.raises(ModelError, match="sr-huge") as caught:
        zoo.card("sr-huge")
    assert "enlarge, global, levels, luma" in caught.value.todo


def test_an_empty_zoo_is_no_error(tmp_path: Path) -> None:
    assert Zoo(users=tmp_path / "a", shipped=tmp_path / "b").cards() == ()


def test_changed_and_missing_weights_are_refused(zoo: Zoo) -> None:
    file = zoo.path("luma")
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(ModelError, match="sha256 differs") as caught:
        zoo.open("luma")
    assert str(file) in caught.value.message and caught.value.exit_code == 9
    file.unlink()
    with pytest.raises(ModelError, match="missing"):
        zoo.open("luma")


def test_a_card_under_another_name_and_one_name_twice_are_refused(zoo: Zoo, tmp_path: Path) -> None:
    (tmp_path / "none/cards").mkdir(parents=True)
    zoo.card("luma").save(tmp_path / "none/cards/luma.toml")
    with pytest.raises(ModelError, match="same name"):
        zoo.cards()
    (tmp_path / "none/cards/luma.toml").rename(tmp_path / "none/cards/lama.toml")
    with pytest.raises(ModelError, match="card is of luma"):
        zoo.cards()


def test_verify_runs_and_refuses_what_are_no_numbers(zoo: Zoo) -> None:
    assert zoo.verify("luma").device.startswith("cpu ")
    weights = zoo.path("luma")
    weights.write_bytes(_with_nan(weights.read_bytes()))
    card = zoo.card("luma").model_copy(update={"sha256": sha256_of(weights)})
    card.save(zoo.users / "cards/luma.toml")
    with pytest.raises(ModelError, match="no numbers"):
        zoo.verify("luma")


def _with_nan(onnx: bytes) -> bytes:
    """The bias of the first layer made not a number: six floats that no others of the file follow alike."""
    bias = next(
        op.value for op in operations(DATA / "luma.onnx") if op.value is not None and op.value.shape == (1, 6, 1, 1)
    )
    old = bias.astype("<f4").tobytes()
    assert onnx.count(old) == 1
    return onnx.replace(old, np.full(6, np.nan, "<f4").tobytes())


def test_where_the_users_networks_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ENCORE_MODELS", str(tmp_path))
    assert users_folder() == tmp_path
    monkeypatch.delenv("ENCORE_MODELS")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert users_folder() == tmp_path / "data/encore/models"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert users_folder() == Path.home() / ".local/share/encore/models"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert users_folder() == Path.home() / "Library/Application Support/encore/models"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert users_folder() == tmp_path / "local/encore/models"


ALONE = f"""
import multiprocessing, socket, sys

def refused(*_, **__):
    raise SystemExit("reached out")

socket.socket.connect = socket.getaddrinfo = multiprocessing.Process.start = refused
import numpy as np
from pathlib import Path
from encore.inference.card import ModelCard
from encore.inference.graph import examined
from encore.inference.openvino import OpenVinoEngine
file = Path({str(DATA / "luma.onnx")!r})
card = ModelCard.load(Path(sys.argv[1]))
assert examined(file).scale == 4
OpenVinoEngine(card, file, threads=1)(np.zeros((1, 11, 8, 8), np.float32))
assert "openvino_telemetry" not in sys.modules
"""
"""Opens and runs a network where every way out of the machine is closed."""


def test_nothing_is_sent_and_nothing_is_left_behind(zoo: Zoo, tmp_path: Path) -> None:
    """OpenVINO's converter would send a message about the machine, and keep an identifier in the home folder."""
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "TF_BUILD", "JENKINS_URL")}
    command = [sys.executable, "-c", ALONE, str(zoo.users / "cards/luma.toml")]
    done = subprocess.run(command, env={**kept, "HOME": str(home)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not list(home.iterdir())
