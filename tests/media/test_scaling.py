"""Scaled pictures lie where they should, chroma included, and equal sizes change nothing."""

from __future__ import annotations

import numpy as np
import pytest

from encore.core.errors import ToolError
from encore.media.scaling import Scaler
from tests.films import moving, video_frame


def test_the_same_size_changes_nothing() -> None:
    planes = next(moving(1, depth=10))
    found = Scaler((128, 96), 10).scaled(video_frame(planes, "yuv420p10le", 0))
    assert all(np.array_equal(a, b) for a, b in zip(found, planes, strict=True))


@pytest.mark.parametrize("depth", [8, 10])
def test_sizes_and_depths(depth: int) -> None:
    scaler = Scaler((64, 48), depth)
    for number, planes in enumerate(moving(3)):
        y, cb, cr = scaler.scaled(video_frame(planes, "yuv420p", number))
        assert (y.shape, cb.shape, cr.shape) == ((48, 64), (24, 32), (24, 32))
        assert y.dtype == (np.uint8 if depth == 8 else np.uint16)
        assert abs(y.mean() / (1 << (depth - 8)) - planes[0].mean()) < 1


def test_chroma_keeps_its_place() -> None:
    """A ramp in luma and the same ramp in chroma, sited left, stay together when they shrink fourfold."""
    across = np.arange(256)[None].repeat(64, axis=0)
    luma = (40 + across * 0.5).astype(np.float64)
    chroma = 40 + (2 * np.arange(128)[None].repeat(32, axis=0)) * 0.5  # the value of luma at its even columns
    planes = tuple(np.rint(plane * 4).astype(np.uint16) for plane in (luma, chroma, chroma))
    y, cb, _ = Scaler((64, 16), 10).scaled(video_frame(planes, "yuv420p10le", 0))
    inner = slice(4, -4)
    assert np.abs(cb[4, inner].astype(float) - y[8, ::2][inner].astype(float)).max() <= 1.5


def test_formats_that_cannot_be_scaled() -> None:
    with pytest.raises(ToolError, match="scaling a picture"):
        Scaler((64, 48), 7).scaled(video_frame(next(moving(1)), "yuv420p", 0))
