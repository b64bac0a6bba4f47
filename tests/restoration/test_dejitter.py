"""Lines displaced by a known amount are put back; clean pictures, noise and motion are left alone."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from encore.core.findings import Scan, Shot
from encore.core.time import Span
from encore.core.video import Clip, Motion, Plane, VideoFormat
from encore.restoration.dejitter import Dejitter
from encore.restoration.linewobble import LineMeter, shifted
from encore.restoration.stage import Runtime

SHOT = Shot(span=Span(start=0, stop=20), scan=Scan(mode="interlaced", confidence=1))
COUNT = 7


def filmed(size: tuple[int, int] = (240, 120), noise: float = 0.0, jitter: float = 0.0) -> tuple[Clip, Clip, Plane]:
    """Upright bars and texture in a pan of a sample a picture: as given, clean, and how far lines were moved."""
    random, (width, height) = np.random.default_rng(2), size
    texture = np.asarray(cv2.GaussianBlur(random.uniform(0, 255, (height, width + 20)), (0, 0), 1.6))
    bars = (texture - 127) * 2 + 110 + 50 * np.sign(np.sin(np.arange(width + 20) / 7))
    sharp = np.asarray(cv2.GaussianBlur(bars, (0, 0), 0.8), np.float32)
    clean = np.lib.stride_tricks.sliding_window_view(sharp, width, axis=1)[:, :COUNT].swapaxes(0, 1).copy()
    moved: Plane = (
        random.normal(0, jitter, (COUNT, height)).astype(np.float32) if jitter else np.zeros((COUNT, height), "f4")
    )
    y: Plane = np.stack([shifted(clean[n], -moved[n]) for n in range(COUNT)])
    y = y + random.normal(0, noise, y.shape).astype(np.float32)
    flow = np.zeros((height, width, 2), np.float32)
    flow[..., 0] = -1
    chroma = np.stack([cv2.resize(plane, ((width + 1) // 2, (height + 1) // 2)) for plane in y]) / 438 - 0.25
    motion = Motion((*(flow,) * (COUNT - 1), None), (None, *(-flow,) * (COUNT - 1)))
    form = VideoFormat(width=width, height=height, chroma="420")
    given = Clip(y=y / 219, cb=chroma, cr=-chroma, at=tuple(range(COUNT)), format=form, motion=motion)
    return given, replace(given, y=clean / 219), moved


def run(given: Clip) -> Clip:
    return Dejitter().open(Runtime())(given, SHOT, Span(start=0, stop=len(given)))


def error(one: Clip, other: Clip) -> float:
    inside = (slice(None), slice(None), slice(8, -8))
    return float(np.sqrt(np.mean((one.y[inside] - other.y[inside]) ** 2)) * 219)


@pytest.mark.parametrize(("jitter", "noise"), [(0.5, 0.0), (1.0, 3.0), (2.0, 3.0)])
def test_lines_are_put_back(jitter: float, noise: float) -> None:
    given, clean, moved = filmed(noise=noise, jitter=jitter)
    meter = LineMeter(given)
    left = np.stack([meter.shifts(n) - moved[n] for n in range(2, COUNT - 2)])
    assert left.std() < 0.62 * moved.std()
    assert error(run(given), clean) < 0.75 * error(given, clean)


@pytest.mark.parametrize("size", [(240, 120), (65, 49)])
@pytest.mark.parametrize("noise", [0.0, 4.0])
def test_clean_pictures_get_no_wobble(size: tuple[int, int], noise: float) -> None:
    given, _, _ = filmed(size, noise)
    meter = LineMeter(given)
    assert np.sqrt(np.mean([meter.shifts(n) ** 2 for n in range(COUNT)])) < 0.05


def test_chroma_moves_along() -> None:
    given, _, _ = filmed(jitter=1.0)
    found = run(given)
    moved = np.abs(found.cb - given.cb).mean()
    assert moved > 0.001 and np.array_equal(found.cr, -found.cb)


def test_shifted_takes_from_the_right() -> None:
    plane = np.tile(np.arange(40, dtype=np.float32), (3, 1))
    found = shifted(plane, np.array([0, 1.5, -2], np.float32))
    inside = slice(8, -8)
    for line, by in ((0, 0), (1, 1.5), (2, -2)):
        assert found[line, inside] == pytest.approx(plane[line, inside] + by, abs=0.02)


def test_pictures_do_not_depend_on_the_batch() -> None:
    given, _, _ = filmed(jitter=1.0)
    whole = run(given)
    piece = Dejitter().open(Runtime())(given.cut(Span(start=0, stop=6)), SHOT, Span(start=2, stop=3))
    assert np.array_equal(piece.y, whole.y[2:3]) and piece.at == (2,)


def test_without_neighbours_or_motion_nothing_happens() -> None:
    given, _, _ = filmed(jitter=1.0)
    alone = given.cut(Span(start=3, stop=4))
    assert np.array_equal(run(alone).y, alone.y)
    still = replace(given, motion=None)
    assert np.array_equal(run(still).y, still.y)
