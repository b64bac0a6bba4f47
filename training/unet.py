"""U-Net: a network that looks far at little cost, for what a codec did, and the table of all networks by name."""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from training.networks import CHANCE, QUIET, RECIPES, SLOPE, Plain, Recipe, started


@dataclass(frozen=True)
class Levels:
    """The shape of a U-Net.

    Attributes:
        inputs: channels in.
        widths: channels at the first level, at half of its size, and so on.
        convolutions: of every level on the way down; as many on the way up, but for the lowest.
        outputs: planes out.
        scale: of a side; 1: as large as what goes in.
        step: samples of a side that become one of the first level.
    """

    inputs: int
    widths: tuple[int, ...]
    convolutions: int
    outputs: int
    scale: int = 1
    step: int = 2

    @property
    def multiple_of(self) -> int:
        """What height and width must be multiples of: the step of the lowest level."""
        return self.step * 2 ** (len(self.widths) - 1)

    @property
    def radius(self) -> int:
        """Samples to each side that an output depends on, at most."""
        steps = [self.step * 2**level for level in range(len(self.widths))]
        ways = [2] * (len(steps) - 1) + [1]
        within = sum(self.convolutions * way * step for step, way in zip(steps, ways, strict=True))
        # down: two more taps of the finer level than a step; up: 3 taps of the coarser one
        return within + sum(2 * step for step in steps)


class UNet(nn.Module):
    """(N, inputs, H, W) to (N, outputs, H, W); H and W multiples of `Levels.multiple_of`.

    Args:
        shape: what it is made of.
    """

    def __init__(self, shape: Levels) -> None:
        super().__init__()
        widths, count = shape.widths, shape.convolutions
        self.enter = _down(shape.inputs, widths[0], shape.step, phases=True)
        self.before = nn.ModuleList([_stack(width, count) for width in widths])
        self.down = nn.ModuleList([_down(given, made, 2, phases=False) for given, made in pairwise(widths)])
        self.up = nn.ModuleList([_up(made, given, 2, CHANCE) for given, made in pairwise(widths)])
        self.after = nn.ModuleList([_stack(width, count) for width in widths[:-1]])
        self.leave = _up(widths[0], shape.outputs, shape.step, QUIET)
        self.rectified = nn.LeakyReLU(SLOPE)

    def forward(self, window: Tensor) -> Tensor:
        """The residual."""
        at = self.before[0](self.rectified(self.enter(window)))
        passed: list[Tensor] = []
        for down, before in zip(self.down, list(self.before)[1:], strict=True):
            passed.append(at)
            at = before(self.rectified(down(at)))
        for up, after, beside in reversed(list(zip(self.up, self.after, passed, strict=True))):
            at = after(self.rectified(up(at) + beside))
        return self.leave(at)


Shape = Recipe | Levels
"""Of any network."""
SHAPES: dict[str, Shape] = RECIPES | {
    "deblock": Levels(11, (32, 64, 96), 2, 1),
    "face-s": Levels(6, (48, 64, 96, 128), 2, 1, step=4),
}
"""Released networks. The input of `deblock` is `encore.restoration.window.window`, too, that of `face-s`
`encore.restoration.facewindow.face_window`."""


def network_of(shape: Shape) -> nn.Module:
    """A network that has learned nothing yet."""
    return Plain(shape) if isinstance(shape, Recipe) else UNet(shape)


def _stack(width: int, count: int) -> nn.Sequential:
    return nn.Sequential(
        *(
            layer
            for _ in range(count)
            for layer in (started(nn.Conv2d(width, width, 3, padding=1)), nn.LeakyReLU(SLOPE))
        )
    )


def _down(given: int, made: int, step: int, *, phases: bool) -> nn.Conv2d:
    """To a part of the size, two taps more than a step.

    It starts with what goes in, in its phases or as their mean, as far as there are channels, and a little chance.
    """
    layer = nn.Conv2d(given, made, step + 2, stride=step, padding=1)
    with torch.no_grad():
        nn.init.kaiming_normal_(layer.weight, SLOPE)
        layer.weight *= CHANCE
        for channel in range(min(step**2 * given if phases else given, made)):
            if phases:
                layer.weight[channel, channel // step**2, 1 + channel // step % step, 1 + channel % step] += 1
            else:
                layer.weight[channel, channel, 1:-1, 1:-1] += 1 / step**2
        nn.init.zeros_(layer.bias)
    return layer


def _up(given: int, made: int, step: int, chance: float) -> nn.Sequential:
    """To a multiple of the size; it starts with next to nothing, so that what stands beside it passes."""
    layer = nn.Conv2d(given, step**2 * made, 3, padding=1)
    with torch.no_grad():
        nn.init.kaiming_normal_(layer.weight, SLOPE)
        layer.weight *= chance
        nn.init.zeros_(layer.bias)
    return nn.Sequential(layer, nn.PixelShuffle(step))
