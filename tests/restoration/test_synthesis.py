"""Noise made anew has the spectrum, the strength and the seed it was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from encore.core.video import Plane
from encore.restoration.synthesis import SIDE, Kernel, kernel_of, noise, spectrum_of, spread, whole_spectrum

RINGS = np.rint(np.hypot(*np.mgrid[:SIDE, :SIDE])).astype(int)


def recorded(across: float, down: float, size: tuple[int, int] = (192, 320), seed: int = 3) -> Plane:
    """Noise of sigma 1 whose neighbours are correlated."""
    made = np.random.default_rng(seed).standard_normal((size[0] + 32, size[1] + 32))
    for n in range(1, len(made)):
        made[n] = down * made[n - 1] + np.sqrt(1 - down * down) * made[n]
    for n in range(1, made.shape[1]):
        made[:, n] = across * made[:, n - 1] + np.sqrt(1 - across * across) * made[:, n]
    return made[32:, 32:].astype(np.float32)


def kernel(of: Plane, *, woven: bool = False) -> Kernel:
    measured = spectrum_of(of)
    measured[0, 0] = 0
    return kernel_of(whole_spectrum(tuple(tuple(float(one) for one in line) for line in measured)), woven=woven)


def rings_db(one: Plane, other: Plane) -> list[float]:
    a, b = spectrum_of(one), spectrum_of(other)
    return [10 * float(np.log10(a[r == RINGS].sum() / b[r == RINGS].sum())) for r in range(1, SIDE)]


RECORDED = pytest.mark.parametrize(("across", "down"), [(0, 0), (0.5, 0.2), (0.8, 0), (-0.3, 0)])


@RECORDED
def test_the_spectrum_is_met(across: float, down: float) -> None:
    truth = recorded(across, down)
    made = noise((192, 320), kernel(truth), (1, 2))
    assert abs(made.std() - truth.std()) < 0.04
    assert max(np.abs(rings_db(made, truth))) < 1.0


@RECORDED
def test_the_fields_of_a_whole_picture_have_the_spectrum_of_fields(across: float, down: float) -> None:
    truth = recorded(across, down)
    made = noise((384, 320), kernel(truth, woven=True), (1, 2))
    assert abs(made.std() - 1) < 0.04
    assert max(np.abs(rings_db(made[1::2], truth))) < 1.0


def test_a_seed_decides_and_others_have_nothing_in_common() -> None:
    filters = kernel(recorded(0.5, 0))
    one, again, other = (noise((48, 64), filters, seed) for seed in ((1, 2), (1, 2), (1, 3)))
    assert np.array_equal(one, again)
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.06


def test_no_spectrum_is_white() -> None:
    assert np.array_equal(whole_spectrum(()), np.ones((SIDE, SIDE)))
    made = noise((96, 96), kernel_of(whole_spectrum(()), woven=False), (5,))
    assert abs(np.corrcoef(made[:, 1:].ravel(), made[:, :-1].ravel())[0, 1]) < 0.04
    assert spectrum_of(np.ones((7, 64), np.float32)).sum() == 0


@pytest.mark.parametrize("height", [1, 2, 3, 48, 49])
@pytest.mark.parametrize("parity", [0, 1])
@pytest.mark.parametrize("down", [0.0, 0.6])
def test_made_lines_are_as_strong_as_their_neighbours(height: int, parity: int, down: float) -> None:
    lines = recorded(0.3, down, (len(range(parity, height, 2)), 400))
    if not len(lines):
        return
    full = spread(lines, parity, height)
    assert full.shape == (height, 400)
    assert np.array_equal(full[parity::2], lines)
    if height > 40:
        made = full[1 - parity :: 2]
        assert abs(made[1:-1].std() / lines.std() - 1) < 0.02
        assert (np.abs(made.std(1) / lines.std() - 1) < 0.35).all()
