"""Frames to better frames: one file is one stage, listed here in running order; as many pictures out as in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from encore.restoration.deblock import Deblock
from encore.restoration.deflicker import Deflicker
from encore.restoration.dejitter import Dejitter
from encore.restoration.denoise import Denoise
from encore.restoration.faces import Faces
from encore.restoration.grain import Grain
from encore.restoration.keep import Keep
from encore.restoration.rebuild import Rebuild
from encore.restoration.stabilize import Stabilize
from encore.restoration.stage import Filter, Runtime, Stage
from encore.restoration.upscale import Upscale

AnyStage = Annotated[
    Rebuild | Deflicker | Dejitter | Denoise | Keep | Deblock | Stabilize | Grain | Faces | Upscale,
    Field(discriminator="kind"),
]
"""Any stage, told apart by `kind`. A new stage is one more word here."""

STAGES: tuple[type[Stage], ...] = (
    Rebuild,
    Deflicker,
    Dejitter,
    Denoise,
    Keep,
    Deblock,
    Stabilize,
    Grain,
    Faces,
    Upscale,
)
"""All stages in the order in which a plan may run them."""

__all__ = [
    "STAGES", "AnyStage", "Deblock", "Deflicker", "Dejitter", "Denoise", "Faces", "Filter", "Grain", "Keep",
    "Rebuild", "Runtime", "Stabilize", "Stage", "Upscale",
]  # fmt: skip
