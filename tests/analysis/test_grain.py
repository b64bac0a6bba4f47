"""Blocks, their cosines and what they tell of noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from encore.analysis.blocks import DCT, Fields, blocks_of, clipped, dct, displacement
from encore.analysis.grain import correlations, energy, grain

Image = NDArray[np.float32]


def noise(shape: tuple[int, int], sigma: float, seed: int) -> Image:
    return np.random.default_rng(seed).normal(100, sigma, shape).astype(np.float32)


def moved(shape: tuple[int, int], right: float, down: float) -> Image:
    return np.broadcast_to(np.array([right, down], np.float32), (*shape, 2)).copy()


def test_cosines_are_orthonormal() -> None:
    image = noise((40, 64), 3, 0)
    blocks = blocks_of(image)
    assert blocks.shape == (40, 8, 8)
    assert np.allclose(DCT @ DCT.T, np.eye(8), atol=1e-5)
    for block, found in zip(blocks, dct(blocks), strict=True):
        assert np.allclose(DCT.T @ found.reshape(8, 8) @ DCT, block, atol=1e-2)


@settings(max_examples=20)
@given(sigma=st.floats(0.5, 15), seed=st.integers(0, 99))
def test_white_noise_has_its_energy_everywhere(sigma: float, seed: int) -> None:
    shape = (64, 256)
    found = grain(Fields(noise(shape, sigma, seed), noise(shape, sigma, seed + 1000), moved(shape, 0, 0)))
    assert found is not None
    assert np.sqrt(energy(found.spectrum)) == pytest.approx(sigma, rel=0.1)
    across, down = correlations(found.spectrum)
    assert abs(across) < 0.12
    assert abs(down) < 0.12
    assert found.spectrum[0, 0] == 0


def test_movement_in_whole_samples_is_followed() -> None:
    shape = (64, 256)
    world = noise((80, 300), 30, 3)
    found = grain(Fields(world[8:72, 20:276], world[8:72, 25:281], moved(shape, -5, 0)))
    assert found is None or energy(found.spectrum) < 1e-3


def test_noise_that_stays_is_told_from_noise_that_is_new() -> None:
    shape = (64, 256)
    still = moved(shape, 0, 0)
    old, middle, new = (noise(shape, 4, seed) for seed in (1, 2, 3))
    fresh = grain(Fields(new, middle, still, old, still))
    slow = (0.8 * old + 0.6 * middle).astype(np.float32)
    slower = (0.8 * slow + 0.6 * new).astype(np.float32)
    repeated = grain(Fields(slower, slow, still, old, still))
    assert fresh is not None
    assert repeated is not None
    assert fresh.traits[9:11].mean() == pytest.approx(-0.5, abs=0.1)
    assert repeated.traits[9:11].mean() > -0.3


def test_clipped_blocks_are_found() -> None:
    image = noise((16, 64), 3, 0)
    image[:8, :8] = 16
    image[:8, 8:16] = np.maximum(noise((8, 8), 3, 1) - 84, 16)
    image[:8, 16:24] = noise((8, 8), 3, 1) - 84
    image[:8, 24:32] = 235
    image[:8, 32:40] = 255
    assert clipped(image).tolist() == [True, True, False, True, True, *[False] * 11]


def test_displacement_is_in_samples_of_the_plane() -> None:
    flow = moved((240, 360), 1, 2)
    assert displacement(flow, (240, 720))[0, 0].tolist() == [2, 2]
    assert displacement(flow, (120, 360))[0, 0].tolist() == [1, 1]


def test_levels_are_told_apart() -> None:
    shape = (64, 256)
    fields = [noise(shape, 2, seed) for seed in (1, 2)]
    for seed, field in enumerate(fields):
        field[:, 128:] = 100 + noise((64, 128), 6, seed + 7) - 10
    found = grain(Fields(fields[0], fields[1], moved(shape, 0, 0)))
    assert found is not None
    assert np.sqrt(found.levels[3]) == pytest.approx(2, rel=0.15)
    assert np.sqrt(found.levels[6]) == pytest.approx(6, rel=0.15)
    assert np.isfinite(found.levels).sum() == 2


def test_too_small_a_field_says_nothing() -> None:
    assert grain(Fields(noise((8, 16), 4, 0), noise((8, 16), 4, 1), moved((8, 16), 0, 0))) is None
