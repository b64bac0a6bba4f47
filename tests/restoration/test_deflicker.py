"""Flicker of known strength goes; flashes, fades, strobes and steady pictures in motion stay."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from encore.core.findings import Scan, Shot
from encore.core.time import Span
from encore.core.video import Clip, Motion, VideoFormat
from encore.restoration.deflicker import Deflicker
from encore.restoration.stage import Runtime

SHOT = Shot(span=Span(start=0, stop=60), scan=Scan(mode="interlaced", confidence=1))
COUNT = 48


def filmed(count: int = COUNT, size: tuple[int, int] = (160, 120), noise: float = 1.0) -> Clip:
    """A textured stage in a slow pan with a bright thing that crosses it, and the motion of both."""
    random, (width, height) = np.random.default_rng(4), size
    world = cv2.GaussianBlur(random.uniform(20, 200, (height, width + 2 * count)).astype(np.float32), (0, 0), 2)
    world = np.clip((world - world.mean()) * 4 + 100, 20, 210)
    y = np.empty((count, height, width), np.float32)
    onward, back = (np.zeros((count, height, width, 2), np.float32) for _ in range(2))
    onward[..., 0], back[..., 0] = -1, 1
    for n in range(count):
        thing = np.s_[n, height // 3 : height // 2, 2 * n : 2 * n + width // 6]
        y[n] = world[:, n : n + width]
        y[thing], onward[thing], back[thing] = 190, (2, 0), (-2, 0)
    y += random.normal(0, noise, y.shape).astype(np.float32)
    chroma = np.full((count, -(-height // 2), -(-width // 2)), 0.1, np.float32)
    motion = Motion((*onward[:-1], None), (None, *back[1:]))
    form = VideoFormat(width=width, height=height, chroma="420")
    return Clip(y=y / 219, cb=chroma, cr=-chroma, at=tuple(range(count)), format=form, motion=motion)


def lit(clip: Clip, light: NDArray[np.float64]) -> Clip:
    gain = light.astype(np.float32)[:, None, None]
    return replace(clip, y=clip.y * gain, cb=clip.cb * gain, cr=clip.cr * gain)


def run(given: Clip, stage: Deflicker | None = None) -> Clip:
    stage = stage or Deflicker()
    return stage.open(Runtime())(given, SHOT, Span(start=0, stop=len(given)))


def swing(hertz: float) -> NDArray[np.float64]:
    return 1 + 0.03 * np.sin(2 * np.pi * hertz * np.arange(COUNT) / 59.94 + 0.7)


@pytest.mark.parametrize("hertz", [7.5, 10.0, 15.0, 29.97])
def test_flicker_goes(hertz: float) -> None:
    steady = filmed()
    found = run(lit(steady, swing(hertz)))
    inside = slice(6, -6)
    left = np.log(found.y.mean(axis=(1, 2)) / steady.y.mean(axis=(1, 2)))[inside]
    assert left.std() ** 2 < np.log(swing(hertz))[inside].std() ** 2 / 6
    assert np.log(found.cb / steady.cb).mean(axis=(1, 2))[inside].std() < 0.01


@pytest.mark.parametrize("size", [(160, 120), (65, 49)])
def test_motion_alone_changes_nothing(size: tuple[int, int]) -> None:
    steady = filmed(24, size)
    assert np.abs(run(steady).y - steady.y).max() * 219 < 0.2


@pytest.mark.parametrize("effect", ["flash", "fade", "strobe", "switch", "dip"])
def test_light_that_does_something_stays(effect: str) -> None:
    light, at = np.ones(COUNT), np.arange(COUNT)
    if effect == "fade":
        light = np.clip(1 - (at - 15) / 30, 0.05, 1)
    elif effect == "switch":
        light[20:] = 0.85
    elif effect == "dip":
        light[20:22] = 0.9
    else:
        light[(at > 12) & (at % (6 if effect == "strobe" else 20) < 2)] = 1.4
    given = lit(filmed(noise=0), light)
    assert np.abs(run(given).y - given.y).max() * 219 < (0.5 if effect in ("fade", "switch") else 0.2)


def test_flicker_beside_a_flash_goes_and_the_flash_stays() -> None:
    light = swing(10)
    light[23:25] *= 1.5
    given = lit(filmed(), light)
    found = run(given, Deflicker(spared=(Span(start=22, stop=26),)))
    assert np.array_equal(found.y[22:26], given.y[22:26])
    left = np.log(found.y.mean(axis=(1, 2)) / filmed().y.mean(axis=(1, 2)))
    assert left[28:42].std() < np.log(light[28:42]).std() / 2


def test_pictures_do_not_depend_on_the_batch() -> None:
    given, stage = lit(filmed(), swing(10)), Deflicker()
    whole, work = run(given), stage.open(Runtime())
    for start, stop in ((0, 4), (17, 18), (44, 48)):
        grown = Span(start=start, stop=stop).grown(stage.halo(), Span(start=0, stop=COUNT))
        piece = work(given.cut(grown), SHOT, Span(start=start - grown.start, stop=stop - grown.start))
        assert np.array_equal(piece.y, whole.y[start:stop]) and piece.at == whole.at[start:stop]


def test_single_pictures_and_clips_without_motion() -> None:
    given = replace(filmed(5), motion=None)
    assert np.array_equal(run(given.cut(Span(start=2, stop=3))).y, given.y[2:3])
    assert len(run(given)) == 5
    lost = replace(filmed(30), lost=(False,) * 9 + (True,) + (False,) * 20)
    assert np.abs(run(lost).y - lost.y).max() * 219 < 0.2
