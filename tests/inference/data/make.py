"""Make the tiny networks of these tests and what PyTorch computes with them: python tests/inference/data/make.py.

Needs torch and onnx. The files are kept, so that the tests need neither.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

HERE = Path(__file__).parent


class Enlarge(nn.Module):
    """Pictures at twice the size: a residual on the nearest sample, as in public compact networks."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.act = nn.Conv2d(3, 8, 3, padding=1), nn.PReLU(8)
        self.last = nn.Sequential(nn.Conv2d(8, 12, 5, padding=2), nn.PixelShuffle(2))

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        return self.last(self.act(self.first(picture))) + functional.interpolate(picture, scale_factor=2.0)


class Global(nn.Module):
    """Pictures less their mean: every place decides every other."""

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        return picture - picture.mean(dim=(2, 3), keepdim=True)


class Levels(nn.Module):
    """Pictures through half and quarter size and back, with a bridge, as in restoration networks."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(3, 6, 3, 2, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.up = nn.Sequential(nn.ConvTranspose2d(6, 6, 2, 2), nn.ReLU(), nn.ConvTranspose2d(6, 3, 4, 2, padding=1))

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        return picture + self.up(self.down(picture))


class Maps(nn.Module):
    """Maps at an eighth of the size, as of a detector, with a coarser level that joins them."""

    def __init__(self) -> None:
        super().__init__()
        steps = [nn.Conv2d(given, made, 3, 2, padding=1) for given, made in ((1, 2), (2, 4), (4, 15))]
        self.fine, self.coarse = nn.Sequential(*steps), nn.Conv2d(15, 15, 3, 2, padding=1)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        fine = self.fine(picture)
        return fine + functional.interpolate(self.coarse(fine), scale_factor=2.0)


LUMA = nn.Sequential(
    nn.Conv2d(11, 6, 3, padding=1), nn.LeakyReLU(0.1), nn.Conv2d(6, 6, 3, padding=1), nn.LeakyReLU(0.1),
    nn.Conv2d(6, 16, 3, padding=1), nn.PixelShuffle(4),
)  # fmt: skip
NETWORKS = {
    "luma": (LUMA, 11), "enlarge": (Enlarge(), 3), "global": (Global(), 3), "levels": (Levels(), 3),
    "maps": (Maps(), 1),
}  # fmt: skip


def main() -> None:
    torch.manual_seed(0)
    for name, (network, channels) in NETWORKS.items():
        for part in network.parameters():
            nn.init.normal_(part, std=0.2)
        axes = {"window": {0: "n", 2: "h", 3: "w"}, "residual": {0: "n", 2: "h2", 3: "w2"}}
        torch.onnx.export(
            network, (torch.zeros(1, channels, 16, 16),), str(HERE / f"{name}.onnx"), dynamo=False, opset_version=17,
            input_names=["window"], output_names=["residual"], dynamic_axes=axes,
        )  # fmt: skip
    planes = np.random.default_rng(0).random((1, 11, 9, 13), np.float32)
    with torch.no_grad():
        np.save(HERE / "luma.npy", LUMA(torch.from_numpy(planes)).numpy())


if __name__ == "__main__":
    main()
