"""Frames to better frames: one file is one stage, listed here in running order; as many pictures out as in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from encore.restoration.denoise import Denoise
from encore.restoration.stage import Filter, Runtime, Stage
from encore.restoration.upscale import Upscale

AnyStage = Annotated[Denoise | Upscale, Field(discriminator="kind")]
"""Any stage, told apart by `kind`. A new stage is one more word here."""

STAGES: tuple[type[Stage], ...] = (Denoise, Upscale)
"""All stages in the order in which a plan may run them."""

__all__ = ["STAGES", "AnyStage", "Denoise", "Filter", "Runtime", "Stage", "Upscale"]
