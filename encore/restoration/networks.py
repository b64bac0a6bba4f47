"""Networks: what a stage has to know of one, and of the place where they come from."""

from __future__ import annotations

from typing import Literal, Protocol

from encore.core.video import Plane

Device = Literal["auto", "cpu", "cuda", "mps"]
"""Where a network runs."""


class Card(Protocol):
    """What a network is."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def task(self) -> str:
        """`luma-x4`, `chroma-x4`, `luma-x1`, or `picture`: made for pictures of any kind, values 0 to 1."""
        ...

    @property
    def inputs(self) -> int:
        """Planes that it is given."""
        ...


class Network(Protocol):
    """A network that is ready to run."""

    @property
    def card(self) -> Card:
        """What it is."""
        ...

    def __call__(self, planes: Plane, /) -> Plane:
        """(N, C, H, W) float32 to (N, c, scale H, scale W), any numbers of lines and samples."""
        ...


class Zoo(Protocol):
    """Where networks come from."""

    def open(self, name: str, threads: int = 1, device: Device = "auto") -> Network:
        """The network of that name."""
        ...
