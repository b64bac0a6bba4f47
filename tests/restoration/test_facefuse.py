"""What pictures around found counts where they show the same face, and nowhere else; masks cover faces alone."""

from __future__ import annotations

import numpy as np
import pytest

from encore.restoration.facefuse import Found, fused
from encore.restoration.facemask import eyes_mask, mask_of
from encore.restoration.facespace import SIDE, TEMPLATE, transform_of
from tests.restoration.filmed import Picture
from tests.restoration.test_facespace import landmarks
from tests.restoration.test_facewindow import face


def level(value: float) -> Picture:
    return np.full((SIDE, SIDE), value, np.float32)


def test_the_same_face_five_times_is_averaged() -> None:
    found = [Found(face(n, 0.3), level(value)) for n, value in enumerate((4, 1, 7, 0, 8))]
    made = fused(found[0], [found[1], found[3]], [found[2], found[4]], 1.0)
    assert np.abs(made - 4).max() < 0.5
    assert np.array_equal(fused(found[0], [], [], 1.0), found[0].missing)


def test_more_noise_more_patience() -> None:
    own, other = Found(face(1, 2.0), level(0)), Found(face(2, 2.0), level(1))
    shares = [float(fused(own, [other], [], sigma).mean()) for sigma in (0.5, 1.0, 2.0, 4.0)]
    assert shares == sorted(shares) and shares[0] < 0.4 and shares[-1] > 0.45


@pytest.mark.parametrize("gain", [1.5, 0.6, 3.0])
def test_nothing_comes_through_a_flash(gain: float) -> None:
    own, lit, after = Found(face(), level(0)), Found((face() - 16) * gain + 16, level(9)), Found(face(), level(9))
    assert not fused(own, [], [lit, after], 2.0).any()
    assert fused(own, [lit, after], [after], 2.0).any()


def test_light_that_trembles_is_no_flash() -> None:
    own, other = Found(face(), level(0)), Found((face() - 16) * 1.06 + 16, level(1))
    assert fused(own, [other], [], 1.0).mean() > 0.3


def test_eyes_that_blink_are_not_opened() -> None:
    own, closed = face(), face()
    for x, y in TEMPLATE[:2]:
        closed[int(y) - 10 : int(y) + 10, int(x) - 20 : int(x) + 20] += 60
    made = fused(Found(own, level(0)), [Found(closed, level(1))], [], 2.0)
    assert made[eyes_mask() > 0.99].max() < 0.01 and made[200:].min() > 0.45


def test_another_face_counts_little() -> None:
    own, other = face(), np.ascontiguousarray(face()[::-1, ::-1])
    assert fused(Found(own, level(0)), [Found(other, level(1))], [], 1.0).mean() < 0.1


def test_a_mask_is_the_face_and_ends_softly() -> None:
    points = landmarks(30, (90, 70))
    mask = mask_of(points, transform_of(points, 1))
    assert mask.shape == (SIDE, SIDE) and mask.min() == 0 and mask.max() == 1
    for x, y in TEMPLATE:
        assert mask[round(y), round(x)] == 1
    assert not (mask[:30].any() or mask[-10:].any() or mask[:, :40].any() or mask[:, -40:].any())
    assert max(np.abs(np.diff(mask, axis=axis)).max() for axis in (0, 1)) < 0.12
    assert 0.2 < mask.mean() < 0.45


def test_a_turned_face_is_narrower() -> None:
    points = landmarks(30, (90, 70))
    turned = [(90 + (x - 90) * 0.6, y) for x, y in points]
    widths = [(mask_of(each, transform_of(each, 1))[150] > 0.5).sum() for each in (points, turned)]
    assert 0.7 * widths[0] < widths[1] < widths[0]
