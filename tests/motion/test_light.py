"""Light is told from motion: gains of lamps are found, moving things and noise are none."""

from __future__ import annotations

import numpy as np
import pytest

from encore.motion.light import BLACK, alike, gain_between, lit_like
from tests.motion.scenes import HEIGHT, WIDTH, pan


@pytest.mark.parametrize("gain", [0.3, 0.7, 1.5, 2.5])
def test_a_gain_is_found(gain: float) -> None:
    one, other = pan((2, 1), 2)
    dark = (other - BLACK) * np.float32(1 / gain) + np.float32(BLACK)
    found = gain_between(one, dark)
    assert found is not None
    assert np.median(found) == pytest.approx(gain, rel=0.1)
    assert np.abs(lit_like(dark, found) - other).mean() < 0.12 * np.abs(dark - other).mean() + 2


def test_light_from_one_side() -> None:
    one, other = pan((0, 0), 2)
    ramp = np.linspace(1, 2, WIDTH, dtype=np.float32)[None, :]
    found = gain_between((one - BLACK) * ramp + np.float32(BLACK), other)
    assert found is not None
    assert np.abs(found / ramp - 1)[:, 15:-15].mean() < 0.08


@pytest.mark.parametrize("noise", [0.0, 8.0])
def test_motion_and_noise_are_no_light(noise: float) -> None:
    random = np.random.default_rng(1)
    one, other = (p + random.normal(0, noise, p.shape).astype(np.float32) for p in pan((0.7, 0.4), 2))
    assert gain_between(one, other) is None
    assert lit_like(other, None) is other
    assert all(a is b for a, b in zip(alike(one, other), (one, other), strict=True))


def test_the_brighter_gives_way() -> None:
    one, other = pan((0, 0), 2)
    bright = (other - BLACK) * np.float32(3) + np.float32(BLACK)
    a, b = alike(one, bright)
    assert a.max() <= one.max() + 1e-3 and b.max() <= one.max() * 1.3
    assert np.abs(a - b).mean() < 0.1 * np.abs(one - bright).mean()


def test_black_has_no_gain() -> None:
    black = np.full((HEIGHT, WIDTH), BLACK, np.float32)
    assert gain_between(black, black) is None
    found = gain_between(*pan((0, 0), 1), black)
    assert found is not None and np.isfinite(found).all()
