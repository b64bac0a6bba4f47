"""Tricks that please a metric instead of people: refused by name before anything is encoded."""

from __future__ import annotations

import re
from collections.abc import Sequence

from encore.core.errors import PlanError

TRICKS: tuple[tuple[str, str], ...] = (
    (r"(?:^|[:=\s])tune=(?:5|vmaf\w*)(?:$|:)", "tune for VMAF sharpens before it encodes"),
    (r"^vmaf\w*$", "tune for VMAF sharpens before it encodes"),
    (r"(?:^|[,\]])(?:unsharp|cas|sab|amplify)(?:=|$|,|\[)", "sharpening after the reference was taken"),
    (r"(?:^|[,\]])(?:eq|curves|normalize|histeq|colorlevels|hue|vibrance|exposure)(?:=|$|,|\[)",
     "another contrast than the reference has"),
    (r"film-grain-denoise=[^0]", "the encoder smooths before it encodes"),
    (r"(?:^|:)(?:nr|nr-intra|nr-inter|noise-reduction)=[^0:]", "the encoder smooths before it encodes"),
    (r"(?:^|[,\]])(?:hqdn3d|nlmeans|bm3d|vaguedenoiser|atadenoise|fftdnoiz|owdenoise)(?:=|$|,|\[)",
     "smoothing after the reference was taken"),
)  # fmt: skip
"""How a trick is written in ffmpeg's arguments, and what it does. SVT-AV1 tune 5 claims 15 % by VMAF v0.6.1,
and no guard on NEG notices it: the two differ by 1.8 points, as in honest encodes."""


def refuse(arguments: Sequence[str]) -> None:
    """Stop before an encoder is started with a trick.

    Args:
        arguments: of ffmpeg.

    Raises:
        PlanError: with its name and what is wrong with it.
    """
    for before, word in zip(("", *arguments), arguments, strict=False):
        for pattern, why in TRICKS:
            alone = pattern.startswith("^vmaf")
            if alone and before not in ("-tune", "-tune:v"):
                continue
            if found := re.search(pattern, word):
                name = found.group(0).strip(":,=[] ")
                raise PlanError(f"{name}: {why}", todo="leave it out; detail belongs into the restoration")
