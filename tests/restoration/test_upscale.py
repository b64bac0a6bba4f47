"""Upscaling moves nothing: edges stay where they are, flat stays flat, chroma lies under its luma."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from encore.core.findings import Scan, Shot
from encore.core.time import Span
from encore.core.video import BT709, Clip, VideoFormat
from encore.media.colour import spread_chroma
from encore.restoration import Runtime, Upscale

SHOT = Shot(span=Span(start=0, stop=2), scan=Scan(mode="progressive", confidence=1))
WIDTH, HEIGHT = 72, 48
FACTORS = [(144, 96), (288, 192), (320, 240), (162, 108), (72, 48), (90, 48)]


def upscaled(
    y: np.ndarray, c: np.ndarray | None = None, size: tuple[int, int] = (288, 192), chroma: str = "420"
) -> Clip:
    luma = np.ascontiguousarray(np.broadcast_to(y, (HEIGHT, WIDTH)), np.float32)[None]
    colour = (
        np.zeros_like(luma)
        if c is None
        else np.ascontiguousarray(np.broadcast_to(c, (HEIGHT, WIDTH)), np.float32)[None]
    )
    form = VideoFormat(width=WIDTH, height=HEIGHT, colour=BT709)
    stage = Upscale(width=size[0], height=size[1], chroma=chroma)  # type: ignore[arg-type]
    return stage.open(Runtime())(
        Clip(y=luma, cb=colour, cr=-colour.copy(), at=(0,), format=form), SHOT, Span(start=0, stop=1)
    )


@pytest.mark.parametrize("size", FACTORS)
@pytest.mark.parametrize("value", [-0.05, 0.0, 0.4, 1.0, 1.08])
def test_flat_stays_flat(size: tuple[int, int], value: float) -> None:
    found = upscaled(np.full((1, 1), value), np.full((1, 1), 0.3), size)
    assert set(np.unique(found.y)) <= {round(4096 + value * 56064) + d for d in (-1, 0, 1)}
    assert np.abs(found.cb.astype(int) - round(32768 + 0.3 * 57344)).max() <= 1
    assert np.abs(found.cr.astype(int) - round(32768 - 0.3 * 57344)).max() <= 1


@pytest.mark.parametrize("size", FACTORS)
def test_a_centred_edge_stays_centred(size: tuple[int, int]) -> None:
    """An edge in the middle is its own mirror image, and so it must be afterwards."""
    across = np.where(np.arange(WIDTH) < WIDTH // 2, 0.2, 0.8)[None, :]
    down = np.where(np.arange(HEIGHT) < HEIGHT // 2, 0.2, 0.8)[:, None]
    middle = 2 * (4096 + 0.5 * 56064)
    found = upscaled(across, size=size).y[0].astype(int)
    assert np.abs(found + found[:, ::-1] - middle).max() <= 4
    found = upscaled(down, size=size).y[0].astype(int)
    assert np.abs(found + found[::-1] - middle).max() <= 4


@pytest.mark.parametrize("size", FACTORS)
def test_ramps_stay_where_they_are(size: tuple[int, int]) -> None:
    ramp = np.linspace(0.1, 0.9, WIDTH)[None, :]
    line = upscaled(ramp, size=size).y[0, size[1] // 2].astype(float)
    assert (np.diff(line) >= 0).all()
    places = (np.arange(size[0]) + 0.5) * WIDTH / size[0] - 0.5
    truth = 4096 + 56064 * (0.1 + 0.8 * places / (WIDTH - 1))
    edge = size[0] // 8
    assert np.abs(line - truth)[edge:-edge].max() < 56064 * 0.8 / WIDTH * 0.1  # a tenth of a tape sample


@pytest.mark.parametrize("chroma", ["420", "422"])
@pytest.mark.parametrize("size", FACTORS)
@pytest.mark.parametrize("down", [False, True])
def test_chroma_lies_under_its_luma(size: tuple[int, int], chroma: str, down: bool) -> None:
    """The same wave in luma and chroma; a player that knows the siting sees them together."""
    places = np.arange(HEIGHT)[:, None] if down else np.arange(WIDTH)[None, :]
    wave = 0.3 * np.sin(2 * np.pi * places / 24)
    found = upscaled(wave + 0.5, wave, size, chroma)
    luma = (found.y[0].astype(np.float32) - 4096) / 56064 - 0.5
    seen = spread_chroma((found.cb[0].astype(np.float32) - 32768) / 57344, (size[1], size[0]), "left")
    inside = (slice(size[1] // 5, -size[1] // 5), slice(size[0] // 5, -size[0] // 5))
    half_a_film_sample = 0.3 * 2 * np.pi / 24 * 0.5 * (HEIGHT / size[1] if down else WIDTH / size[0])
    assert np.abs(luma - seen)[inside].max() < max(0.25 * half_a_film_sample, 0.006)


def test_beyond_white_survives() -> None:
    assert upscaled(np.full((1, 1), 1.05)).y.min() > 60160 + 2000


@pytest.mark.parametrize("wrong", [{"width": 15}, {"width": 97}, {"height": 81}, {"height": 8}, {"chroma": "444"}])
def test_impossible_sizes_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Upscale.model_validate({"width": 96, "height": 80, **wrong})
