"""The detector's network: luma in; score, box and landmarks of a face out, at an eighth of the size."""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (16, 24, 48, 64, 64)
"""Channels at a half, a quarter, an eighth, a 16th and a 32nd of the size. Plain convolutions: on CPUs with 16-bit
arithmetic they learn 1.7 times as fast as depthwise ones of half the parameters (13 against 23 ms per view)."""
BLOCKS = (1, 2, 1, 1)
"""Residual blocks at a quarter of the size and below."""
NECK = 48
"""Channels where the sizes meet, on the way up."""
OUTPUTS = 15
"""Logit of the score; logarithms of four distances to the sides; five times x, y. See `encore.analysis.facemaps`."""
RARE = -4.6
"""Bias of the score's logit at the start: one place in a hundred (RetinaNet, Lin et al. 2017)."""


class Finder(nn.Module):
    """(N, 1, H, W) to (N, OUTPUTS, H / 8, W / 8); H and W multiples of 32."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Sequential(
            _layer(1, WIDTHS[0], 2), _layer(WIDTHS[0], WIDTHS[1], 2), *(Block(WIDTHS[1]) for _ in range(BLOCKS[0]))
        )
        self.down = nn.ModuleList(
            nn.Sequential(_layer(given, made, 2), *(Block(made) for _ in range(count)))
            for (given, made), count in zip(pairwise(WIDTHS[1:]), BLOCKS[1:], strict=True)
        )
        self.across = nn.ModuleList(nn.Conv2d(width, NECK, 1) for width in WIDTHS[2:])
        self.meet = nn.ModuleList(_layer(NECK, NECK) for _ in WIDTHS[2:])
        self.tell = nn.Sequential(Block(NECK), nn.Conv2d(NECK, OUTPUTS, 1))
        with torch.no_grad():
            last = self.tell[-1]
            last.weight *= 0.1
            nn.init.zeros_(last.bias)
            last.bias[0] = RARE

    def forward(self, picture: Tensor) -> Tensor:
        """Maps of scores, boxes and landmarks."""
        at = self.enter(picture)
        passed: list[Tensor] = []
        for down in self.down:
            at = down(at)
            passed.append(at)
        met: Tensor | None = None
        for across, meet, beside in reversed(list(zip(self.across, self.meet, passed, strict=True))):
            joined = across(beside)
            if met is not None:
                joined = joined + functional.interpolate(met, scale_factor=2.0, mode="nearest")
            met = meet(joined)
        return self.tell(met)


class Block(nn.Module):
    """Two convolutions beside an identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.one = _layer(width, width)
        self.two = nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))

    def forward(self, at: Tensor) -> Tensor:
        """The same size."""
        return functional.relu(at + self.two(self.one(at)))


def _layer(given: int, made: int, step: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(given, made, 3, stride=step, padding=1, bias=False), nn.BatchNorm2d(made), nn.ReLU(inplace=True)
    )
