"""Networks: plain stacks of 3x3 convolutions, which CPUs like, and nothing else."""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

SLOPE = 0.1
"""Of the leaky rectifier below zero."""
CHANCE = 0.12
"""Share of Kaiming's initialisation on top of the identity: plain stacks of eight and more layers do not learn from
either alone (no gain after 1,700 steps)."""
QUIET = 0.02
"""Share of it in the last layer: training starts at the classical picture."""


@dataclass(frozen=True)
class Recipe:
    """The shape of a network.

    Attributes:
        inputs: channels in.
        width: channels within.
        depth: convolutions between the first and the last.
        outputs: planes out.
        scale: of a side.
    """

    inputs: int
    width: int
    depth: int
    outputs: int
    scale: int

    @property
    def radius(self) -> int:
        """Samples to each side that an output depends on."""
        return self.depth + 2

    @property
    def multiple_of(self) -> int:
        """What height and width must be multiples of."""
        return 1


RECIPES: dict[str, Recipe] = {
    "sr-fast": Recipe(11, 24, 5, 1, 4),
    "sr-balanced": Recipe(11, 32, 8, 1, 4),
    "sr-best": Recipe(11, 48, 8, 1, 4),
    "chroma-guided": Recipe(7, 32, 6, 2, 4),
}
"""Released networks. The input of the first three is `encore.restoration.window.window`."""


class Plain(nn.Module):
    """(N, inputs, H, W) to (N, outputs, scale H, scale W).

    Args:
        recipe: its shape.
    """

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        given = recipe.inputs
        for _ in range(recipe.depth + 1):
            layers += [started(nn.Conv2d(given, recipe.width, 3, padding=1)), nn.LeakyReLU(SLOPE)]
            given = recipe.width
        last = nn.Conv2d(given, recipe.outputs * recipe.scale**2, 3, padding=1)
        with torch.no_grad():
            last.weight *= QUIET
            nn.init.zeros_(last.bias)
        self.body = nn.Sequential(*layers, last, nn.PixelShuffle(recipe.scale))

    def forward(self, window: Tensor) -> Tensor:
        """The residual."""
        return self.body(window)


def started(layer: nn.Conv2d) -> nn.Conv2d:
    """A convolution that starts, in place, as identity, as far as there are channels, and a little chance."""
    with torch.no_grad():
        nn.init.kaiming_normal_(layer.weight, SLOPE)
        layer.weight *= CHANCE
        for channel in range(min(layer.in_channels, layer.out_channels)):
            layer.weight[channel, channel, 1, 1] += 1
        nn.init.zeros_(layer.bias)
    return layer
