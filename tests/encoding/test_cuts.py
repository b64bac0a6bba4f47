"""Cuts are found, flashes are not cuts, combing is told from content."""

from __future__ import annotations

import numpy as np
import pytest

from encore.core.video import Plane
from encore.encoding.cuts import CutFinder


def picture(seed: int, moved: int = 0, depth: int = 8, size: tuple[int, int] = (96, 128)) -> Plane:
    """Soft content that moves to the right."""
    y, x = np.mgrid[: size[0], : size[1]]
    wave = 110 + 60 * np.sin((x - moved) / (7 + seed)) * np.cos(y / (9 + 2 * seed)) + 30 * seed
    kind = np.uint8 if depth == 8 else np.uint16
    return (np.clip(wave, 16, 235) * (1 << (depth - 8))).astype(kind)


def found(pictures: list[Plane], depth: int = 8) -> CutFinder:
    finder = CutFinder()
    for luma in pictures:
        finder.add(luma, depth)
    return finder


@pytest.mark.parametrize("depth", [8, 10, 16])
def test_cuts(depth: int) -> None:
    shots = [(0, 40), (2, 30), (1, 50)]
    finder = found([picture(seed, n, depth) for seed, length in shots for n in range(length)], depth)
    assert finder.cuts == [40, 70] and not finder.interlaced
    assert len(finder.motion) == 120 and finder.motion[0] == 0


def test_a_flash_is_no_cut() -> None:
    pictures = [picture(0, n) for n in range(60)]
    for n in (30, 31):
        pictures[n] = np.full_like(pictures[n], 235)
    assert found(pictures).cuts == []


def test_shots_that_are_too_short() -> None:
    assert found([picture(n // 10 % 3) for n in range(100)]).cuts == [30, 60, 90]


def woven(step: int) -> list[Plane]:
    pictures = []
    for n in range(20):
        luma = picture(0, 2 * n * step)
        luma[1::2] = picture(0, (2 * n + 1) * step)[1::2]
        pictures.append(luma)
    return pictures


def test_combing() -> None:
    finder = found(woven(5))
    assert finder.interlaced and finder.first_combed == 1
    assert not found([picture(0, 5 * n) for n in range(20)]).interlaced
    assert not found(woven(0)).interlaced


@pytest.mark.parametrize("size", [(1, 64), (2, 64), (65, 67)])
def test_odd_and_tiny_pictures(size: tuple[int, int]) -> None:
    assert found([picture(0, n, size=size) for n in range(8)]).cuts == []
