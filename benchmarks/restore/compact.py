"""The compact architecture of Real-ESRGAN, with random weights: honest for its speed, for nothing else."""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import time

import torch
from torch import Tensor, nn

CHANNELS, CONVOLUTIONS, TIMES = 64, 16, 4
"""Of realesr-animevideov3; R'G'B' in and out."""
RASTER = (480, 720)


class Compact(nn.Module):
    """(N, 3, H, W) to (N, 3, 4H, 4W).

    Source: Wang et al. 2021, Real-ESRGAN, SRVGGNetCompact; written from its description.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, CHANNELS, 3, padding=1), nn.PReLU(CHANNELS)]
        for _ in range(CONVOLUTIONS):
            layers += [nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1), nn.PReLU(CHANNELS)]
        layers += [nn.Conv2d(CHANNELS, 3 * TIMES**2, 3, padding=1), nn.PixelShuffle(TIMES)]
        self.body = nn.Sequential(*layers)

    def forward(self, picture: Tensor) -> Tensor:
        """The picture enlarged by repeating samples, and what the network adds."""
        return self.body(picture) + nn.functional.interpolate(picture, scale_factor=TIMES, mode="nearest")


def spent(share: float) -> tuple[float, float]:
    """Wall and processor time of one picture of a tape on one thread, ms.

    Args:
        share: of a picture's lines that is really made; time is proportional to them.
    """
    torch.set_num_threads(1)
    network = Compact().eval()
    picture = torch.rand(1, 3, int(RASTER[0] * share), RASTER[1])
    with torch.inference_mode():
        network(picture[..., :64, :64])
        wall, core = time.perf_counter(), time.process_time()
        network(picture)
        wall, core = time.perf_counter() - wall, time.process_time() - core
    return wall / share * 1000, core / share * 1000
