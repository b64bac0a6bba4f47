"""A turned hue is told in degrees, whatever the noise and the strength of the colour."""

from __future__ import annotations

import numpy as np
import pytest

from encore.metrics.colour import hue_drift

SHAPE = (90, 120)


def colours(degrees: float, strength: float = 40.0) -> tuple[np.ndarray, np.ndarray]:
    angle = np.radians(degrees) + np.linspace(0, 1, SHAPE[1], dtype=np.float32)[None].repeat(SHAPE[0], 0)
    return (strength * np.cos(angle)).astype(np.float32), (strength * np.sin(angle)).astype(np.float32)


@pytest.mark.parametrize("turn", [-3.0, 0.0, 0.5, 10.0])
def test_a_turn_is_told(turn: float) -> None:
    found = hue_drift(colours(80 + turn), colours(80))
    assert found == pytest.approx(abs(turn), abs=0.02)


def test_strength_is_no_hue() -> None:
    assert hue_drift(colours(80, 70), colours(80)) == pytest.approx(0, abs=0.02)


def test_noise_is_no_hue() -> None:
    random = np.random.default_rng(1)
    noisy = [plane + random.normal(0, 4, SHAPE).astype(np.float32) for plane in colours(200)]
    found = hue_drift(noisy, colours(200))
    assert found is not None and found < 0.3


def test_grey_has_no_hue() -> None:
    assert hue_drift(colours(10), colours(10, 5.0)) is None


def test_different_shapes_are_refused() -> None:
    one = colours(0)
    with pytest.raises(ValueError, match="cannot be compared"):
        hue_drift([plane[1:] for plane in one], one)
