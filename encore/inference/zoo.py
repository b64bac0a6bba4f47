"""Zoo: the networks at hand, those of the package and those the user added; every file is checked before it is run."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from encore.core.errors import ModelError
from encore.inference.card import ModelCard
from encore.inference.graph import PROBED
from encore.inference.network import Device, Engine, Network, Precision
from encore.inference.openvino import OpenVinoEngine
from encore.inference.tiling import LARGEST

SHIPPED = Path(__file__).parent
"""Folder with the cards and weights of the package."""


def users_folder() -> Path:
    """Where networks that a user adds are kept: `$ENCORE_MODELS`, or the platform's place for data of programs."""
    if told := os.environ.get("ENCORE_MODELS"):
        return Path(told)
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local") / "encore/models"
    if sys.platform == "darwin":
        return home / "Library/Application Support/encore/models"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share") / "encore/models"


@dataclass(frozen=True, slots=True)
class Zoo:
    """All networks at hand. Nothing is ever downloaded.

    A folder holds `cards/NAME.toml` and the weight files that the cards name in `weights/`.
    """

    users: Path = field(default_factory=users_folder)
    """Folder of the networks that the user added; it need not exist."""
    shipped: Path = SHIPPED
    """Folder of the networks of the package."""

    def cards(self) -> tuple[ModelCard, ...]:
        """All cards, those of the package first, each group by name.

        Raises:
            ModelError: a card cannot be read, or two have one name.
        """
        found = [(file, ModelCard.load(file)) for folder in (self.shipped, self.users) for file in _cards_in(folder)]
        names: dict[str, Path] = {}
        for file, card in found:
            if card.name != file.stem:
                raise ModelError(f"{file}: the card is of {card.name}", todo=f"rename it to {card.name}.toml")
            if card.name in names:
                raise ModelError(f"{file} and {names[card.name]} have the same name", todo="rename your own")
            names[card.name] = file
        return tuple(card for _, card in found)

    def card(self, name: str) -> ModelCard:
        """The card of a network.

        Raises:
            ModelError: there is no such network.
        """
        cards = self.cards()
        for card in cards:
            if card.name == name:
                return card
        known = ", ".join(card.name for card in cards) or "none"
        raise ModelError(f"no network is called {name!r}", todo=f"there are: {known}; add one with `encore models add`")

    def origin(self, name: str) -> Path:
        """The folder a network lies in.

        Raises:
            ModelError: there is no such network.
        """
        self.card(name)
        return self.shipped if (self.shipped / "cards" / f"{name}.toml").is_file() else self.users

    def path(self, name: str) -> Path:
        """The weight file of a network, checked.

        Raises:
            ModelError: it is missing or not the one that the card describes.
        """
        card, folder = self.card(name), self.origin(name)
        file = folder / "weights" / card.file
        todo = "install Encore anew" if folder == self.shipped else f"remove its card and add it again: {folder}"
        if not file.is_file():
            raise ModelError(f"{name}: the weights are missing: {file}", todo=todo)
        if sha256_of(file) != card.sha256:
            raise ModelError(f"{name}: {file} is not the file that the card describes (sha256 differs)", todo=todo)
        return file

    def open(
        self,
        name: str,
        threads: int = 1,
        device: Device = "auto",
        *,
        precision: Precision = "auto",
        largest: tuple[int, int] = LARGEST,
    ) -> Network:
        """Make a network ready to run.

        Args:
            name: of the network.
            threads: that it may use on a CPU.
            device: auto: ONNX on the CPU by OpenVINO, PyTorch weights on the fastest device that PyTorch finds.
            precision: auto: 16 bits where the device computes with them.
            largest: lines and samples that go through it at once.

        Raises:
            ModelError: it is unknown, its file was changed, or what it needs is not there.
        """
        card, file = self.card(name), self.path(name)
        return Network(card, _engine(card, file, threads, device, precision), largest)

    def verify(self, name: str, threads: int = 1) -> Network:
        """Check a network's file and run it once on a small picture.

        Returns:
            The network, ready to run.

        Raises:
            ModelError: it is not what its card says, or what comes out are no numbers.
        """
        network = self.open(name, threads)
        side = max(PROBED, network.card.minimum)
        planes = np.random.default_rng(0).random((1, network.card.inputs, side, side), np.float32)
        if not np.isfinite(network(planes)).all():
            raise ModelError(f"{name}: what comes out are no numbers", todo="get or train its weights anew")
        return network


def require(device: Device) -> None:
    """Make sure that networks can run somewhere.

    Raises:
        ModelError: PyTorch is missing, or it does not find the device.
    """
    if device in ("auto", "cpu"):
        return
    from encore.inference.torch import device_of

    device_of(device)


def sha256_of(file: Path) -> str:
    """Digest of a file, 64 hex digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _cards_in(folder: Path) -> list[Path]:
    return sorted((folder / "cards").glob("*.toml"))


def _engine(card: ModelCard, file: Path, threads: int, device: Device, precision: Precision) -> Engine:
    if file.suffix == ".onnx" and device in ("auto", "cpu"):
        return OpenVinoEngine(card, file, threads=threads, precision=precision)
    from encore.inference.torch import TorchEngine

    return TorchEngine(card, file, threads=threads, device=device, precision=precision)
