"""Losses: truth first, at every scale; nothing that rewards invented texture."""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

ROUND = 1e-3
"""Where Charbonnier's penalty turns from a parabola to a line, in units of SCALE codes."""
SPECTRUM, GRADIENT, REDUCED = 0.05, 0.1, 0.2
"""Weights of what stands beside the penalty: amplitudes of the spectrum, steps between neighbours, and the picture
reduced to the tape's size (algorithms of the design, 4.6)."""


def penalty(made: Tensor, true: Tensor, scale: int) -> Tensor:
    """How wrong residuals are.

    Args:
        made: (N, C, H, W) float32.
        true: the same.
        scale: of the network; a reduction by it is the tape's size.
    """
    missed = made - true
    down, across = missed[..., 1:, :] - missed[..., :-1, :], missed[..., 1:] - missed[..., :-1]
    spectra = [torch.fft.rfft2(planes, norm="ortho").abs() for planes in (made, true)]
    return (
        torch.sqrt(missed * missed + ROUND**2).mean()
        + SPECTRUM * (spectra[0] - spectra[1]).abs().mean()
        + GRADIENT * (down.abs().mean() + across.abs().mean())
        + REDUCED * functional.avg_pool2d(missed, scale).abs().mean()
    )
