"""Network: a card with an engine that runs it, called with pictures of any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from encore.core.errors import ModelError
from encore.core.video import Plane
from encore.inference.card import ModelCard
from encore.inference.tiling import LARGEST, tiled

Device = Literal["auto", "cpu", "cuda", "mps"]
"""Where a network runs. auto: ONNX on the CPU, PyTorch weights on the fastest that PyTorch finds. ROCm is cuda, too."""
Precision = Literal["auto", "f32", "bf16"]
"""Of the arithmetic inside. auto: 16 bits where the device computes with them, f32 elsewhere."""


class Engine(Protocol):
    """Runs one network on one device; from one thread at a time."""

    @property
    def device(self) -> str:
        """Where it runs and how, for the report: `cpu bf16`."""
        ...

    def __call__(self, planes: Plane) -> Plane:
        """(1, C, h, w) float32 to (1, c, r h, r w) float32, r the ratio of the card, valid until the next call."""
        ...


@dataclass(frozen=True, slots=True)
class Network:
    """A network that is ready to run."""

    card: ModelCard
    """What it is."""
    engine: Engine
    """What runs it."""
    largest: tuple[int, int] = LARGEST
    """Lines and samples that go through it at once."""

    @property
    def device(self) -> str:
        """Where it runs and how: `cpu bf16`."""
        return self.engine.device

    def __call__(self, planes: Plane) -> Plane:
        """Run it.

        Args:
            planes: (N, C, H, W) float32, as many channels as the card says.

        Returns:
            (N, c, r H, r W) float32, rounded up; r is the ratio of the card.

        Raises:
            ModelError: the channels are not those of the network, or its engine failed.
        """
        if planes.ndim != 4 or planes.shape[1] != self.card.inputs:
            raise ModelError(
                f"{self.card.name} was given an array of {planes.shape}; it takes {self.card.inputs} channels",
                todo=f"choose a network for this task; this one is for {self.card.task}",
            )
        return tiled(self.engine, planes, self.card, self.largest)
