"""Sharpening that the tape bears out passes; what a network makes up is scaled down, and told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from encore.restoration import invention
from encore.restoration.invention import AFTER, SCALE, Agreement, enlarged, same_hue

Picture = NDArray[Any]
BLURS = (0.0, 0.3, 0.5, 0.7, 0.9)
"""Sigmas of cameras' blurs, samples of the tape."""
SIZE = (128, 192)
PLACE = (slice(40, 88), slice(64, 128))
"""Where things are made up, in samples of the tape."""


def world(size: tuple[int, int] = SIZE) -> Picture:
    """A sharp picture four times as large: texture, edges of shapes, and a flat part on the left."""
    random = np.random.default_rng(7)
    height, width = SCALE * size[0], SCALE * size[1]
    noise: Picture = random.normal(0, 1, (height, width)).astype(np.float32)
    fine: Picture = cv2.GaussianBlur(noise, (0, 0), 3.0)
    coarse: Picture = cv2.GaussianBlur(noise, (0, 0), 9.0)
    seen = np.asarray(110 + 60 * fine + 150 * coarse, np.float32)
    for _ in range(8):
        centre = int(random.integers(width // 3, width)), int(random.integers(0, height))
        level = float(random.integers(40, 210))
        cv2.circle(seen, centre, int(random.integers(20, 60)), level, -1, cv2.LINE_AA)
    seen[:, : width // 5] = 90
    return np.clip(cv2.GaussianBlur(seen, (0, 0), 1.2), 16, 235).astype(np.float32)


def truthful(detail: Picture, own: Picture, most: Picture) -> tuple[Picture, Agreement]:
    """The detail that is left."""
    film, agreement = invention.truthful(detail.copy(), own, most)
    return film - enlarged(own), agreement


def small(picture: Picture, blur: float = 0.0) -> Picture:
    """What the tape has of it, after a camera's blur in samples of the tape."""
    seen = cv2.GaussianBlur(picture, (0, 0), SCALE * blur) if blur else picture
    size = (picture.shape[1] // SCALE, picture.shape[0] // SCALE)
    return cv2.resize(seen, size, interpolation=cv2.INTER_AREA)


def allowed(sigma: float, size: tuple[int, int] = SIZE) -> Picture:
    return np.full(size, AFTER * sigma, np.float32)


def large(place: tuple[slice, slice]) -> tuple[slice, slice]:
    rows, columns = place
    return slice(SCALE * rows.start, SCALE * rows.stop), slice(SCALE * columns.start, SCALE * columns.stop)


@pytest.mark.parametrize("blur", [0.0, 0.4, 0.7])
def test_the_truth_passes(blur: float) -> None:
    truth = world()
    own = small(truth, blur)
    detail = truth - enlarged(own)
    found, agreement = truthful(detail, own, allowed(1.0))
    assert agreement.blocks == 24 and agreement.blended <= 1 and abs(agreement.blur - blur) <= 0.2
    left = float(np.square(found - detail).sum() / np.square(detail).sum())
    assert left < 0.1


def test_the_truth_passes_by_a_camera_that_averages_lines_and_sharpens() -> None:
    truth = world()
    own = small(truth)
    own = cv2.sepFilter2D(own, -1, np.array([-0.2, 1.4, -0.2]), np.array([0.25, 0.5, 0.25]))
    detail = truth - enlarged(own)
    found, agreement = truthful(detail, own, allowed(1.0))
    assert agreement.blended <= 2
    assert float(np.square(found - detail).sum() / np.square(detail).sum()) < 0.15


def test_the_truth_passes_in_noise() -> None:
    truth = world()
    own = small(truth, 0.5)
    noisy = own + np.random.default_rng(1).normal(0, 2.0, own.shape).astype(np.float32)
    detail = truth - enlarged(noisy)
    _, agreement = truthful(detail, noisy, np.full(SIZE, 1.2 * 2.0, np.float32))
    assert agreement.blended == 0 and 0.7 < agreement.worst <= 1


def test_no_detail_is_no_invention() -> None:
    own = small(world())
    nothing = np.zeros((SCALE * SIZE[0], SCALE * SIZE[1]), np.float32)
    found, agreement = truthful(nothing, own, allowed(1.0))
    assert agreement.blended == 0 and np.abs(found).max() < 0.001


def stripes(shape: tuple[int, ...]) -> Picture:
    lines = np.where(np.arange(shape[0]) // 8 % 2, 12, -12)[:, None]
    return np.broadcast_to(lines, shape).astype(np.float32)


def checkers(shape: tuple[int, ...]) -> Picture:
    """As fine as the film shows: making small again does not see it."""
    y, x = np.indices(shape)
    return np.where((x + y) % 2, 12, -12).astype(np.float32)


def brighter(shape: tuple[int, ...]) -> Picture:
    return np.full(shape, 8, np.float32)


def blobs(shape: tuple[int, ...]) -> Picture:
    noise = np.random.default_rng(3).normal(0, 1, shape).astype(np.float32)
    return 60 * cv2.GaussianBlur(noise, (0, 0), 4.0)


@pytest.mark.parametrize("made_up", [stripes, brighter, blobs])
def test_what_is_made_up_gives_way(made_up: Callable[[tuple[int, ...]], Picture]) -> None:
    truth = world()
    own = small(truth, 0.4)
    detail = truth - enlarged(own)
    wrong = detail.copy()
    wrong[large(PLACE)] += made_up(wrong[large(PLACE)].shape)
    found, agreement = truthful(wrong, own, allowed(1.0))
    before, after = (np.square((one - detail)[large(PLACE)]).mean() ** 0.5 for one in (wrong, found))
    assert agreement.blended >= 2 and after < 0.6 * before
    base = enlarged(own)
    assert (missed(base + found, own) <= 1.1 * np.maximum(AFTER, missed(base, own))).all()


def missed(film: Picture, own: Picture) -> Picture:
    """Root mean square difference of blocks, with the blur that explains each best."""
    seen: Picture = cv2.resize(film, own.shape[::-1], interpolation=cv2.INTER_AREA)
    off: list[Picture] = [(cv2.GaussianBlur(seen, (0, 0), blur) if blur else seen) - own for blur in BLURS]
    return np.sqrt(np.min([cv2.resize(one * one, (6, 4), interpolation=cv2.INTER_AREA) for one in off], axis=0))


def test_what_small_pictures_do_not_show_is_limited_where_nothing_is() -> None:
    own = np.full(SIZE, 90, np.float32)
    found, _ = truthful(checkers((SCALE * SIZE[0], SCALE * SIZE[1])), own, allowed(1.0))
    assert np.abs(found).max() <= 2.0


@pytest.mark.parametrize("shift", [(0, 3), (3, 0)])
def test_a_moved_picture_is_held(shift: tuple[int, int]) -> None:
    """Three quarters of a sample aside: edges would swim."""
    truth = world()
    own = small(truth, 0.4)
    moved = np.roll(truth, shift, (0, 1))
    found, agreement = truthful(moved - enlarged(own), own, allowed(1.0))
    assert agreement.blended >= 12
    after, before = (np.square(one - truth).mean() for one in (enlarged(own) + found, moved))
    assert after < 0.6 * before


def test_more_contrast_is_held() -> None:
    truth = world()
    own = small(truth)
    stretched = 110 + (truth - 110) * 1.3
    _, agreement = truthful(stretched - enlarged(own), own, allowed(1.0))
    assert agreement.blended >= 20


def test_halos_are_cut() -> None:
    own = np.full(SIZE, 60, np.float32)
    own[:, 96:] = 160
    base = enlarged(own)
    rings = (base - cv2.GaussianBlur(base, (0, 0), 6.0)) * 3
    found, _ = truthful(rings, own, allowed(1000.0))
    film = base + found
    assert film.max() <= 160 + 50 + 2.01 and film.min() >= 60 - 50 - 2.01
    assert np.abs(found[:, : SCALE * 80]).max() <= 2.01


def test_colours_keep_their_mean() -> None:
    random = np.random.default_rng(2)
    fine = random.normal(0, 6, (2, 4 * 32, 4 * 48)).astype(np.float32)
    kept = fine.copy()
    assert same_hue(kept, 2.0) == 0 and np.array_equal(kept, fine)
    kept[0, :64, :64] += 5
    given = kept.copy()
    assert same_hue(kept, 2.0) == 1
    assert np.abs(kept[:, :64, :64].mean(axis=(1, 2))).max() < 0.46
    assert np.array_equal(kept[:, :, -32:], given[:, :, -32:])


@pytest.mark.parametrize("size", [(1, 1), (17, 31), (33, 70)])
def test_any_size(size: tuple[int, int]) -> None:
    own = np.random.default_rng(4).uniform(16, 235, size).astype(np.float32)
    found, agreement = truthful(np.full((SCALE * size[0], SCALE * size[1]), 4, np.float32), own, allowed(1.0, size))
    assert found.shape == (SCALE * size[0], SCALE * size[1]) and agreement.blocks >= 1
