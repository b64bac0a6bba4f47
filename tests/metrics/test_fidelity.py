"""Decibels and similarity have known values."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from encore.metrics.fidelity import psnr, ssim


def texture(seed: int, shape: tuple[int, int] = (61, 83)) -> np.ndarray:
    return np.random.default_rng(seed).uniform(16, 235, shape).astype(np.float32)


def test_decibels() -> None:
    one = texture(1)
    assert psnr(one + 1, one) == pytest.approx(48.13, abs=0.01)
    assert psnr(one + 10, one) == pytest.approx(28.13, abs=0.01)
    assert psnr(one, one) > 100


@pytest.mark.parametrize("level", [0.0, 180.0])
def test_similarity_is_that_of_the_paper(level: float) -> None:
    one, noise = texture(1) * 0.2 + level, texture(2) * 0.1
    other = one + noise
    theirs = structural_similarity(
        one.astype(np.float64), other.astype(np.float64), data_range=255, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False, truncate=3.3,
    )  # fmt: skip
    # borders are not theirs
    assert ssim(other, one) == pytest.approx(theirs, abs=0.005)


def test_equal_planes_are_alike() -> None:
    one = texture(3)
    assert ssim(one, one) == pytest.approx(1)
    assert ssim(np.full((20, 20), 90, np.float32), np.full((20, 20), 90, np.float32)) == pytest.approx(1)
    assert ssim(one[::-1], one) < 0.1


@pytest.mark.parametrize("metric", [psnr, ssim])
def test_different_shapes_are_refused(metric) -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        metric(texture(1), texture(1, (60, 83)))
