"""Are lost pictures and torn places made anew, and everything else left alone?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from encore.core.findings import Scan, Shot
from encore.core.time import Span
from encore.core.video import Clip, Patch
from encore.restoration.rebuild import Rebuild, fates
from encore.restoration.stage import Runtime
from tests.restoration.filmed import clip_of, patched, psnr, scene

SHOT = Shot(span=Span(start=0, stop=60), scan=Scan(mode="interlaced", confidence=1))


def _rebuilt(clip: Clip, wanted: Span | None = None, longest: int = 8) -> Clip:
    work = Rebuild(longest=longest).open(Runtime())
    return work(clip, SHOT, wanted or Span(start=0, stop=len(clip)))


def _codes(clip: Clip, at: int) -> np.ndarray:
    return clip.y[at] * np.float32(219) + np.float32(16)


def _damaged(lost: tuple[int, ...], count: int = 10) -> Clip:
    at = scene()
    garbage = np.full((120, 160), 235, np.float32)
    return clip_of([garbage if n in lost else at(n) for n in range(count)], lost)


def test_good_pictures_pass_untouched() -> None:
    at = scene()
    clip = clip_of([at(n) for n in range(4)])
    out = _rebuilt(clip, Span(start=1, stop=3))
    assert out.at == (1, 2)
    np.testing.assert_array_equal(out.y, clip.y[1:3])


def test_a_gap_is_bridged_and_its_neighbours_stay() -> None:
    clip, at = _damaged((4, 5)), scene()
    out = _rebuilt(clip)
    for n in (4, 5):
        assert psnr(_codes(out, n), at(n)) > 30
    kept = [0, 1, 2, 3, 6, 7, 8, 9]
    np.testing.assert_array_equal(out.y[kept], clip.y[kept])
    np.testing.assert_array_equal(out.cb[kept], clip.cb[kept])
    assert out.lost == clip.lost
    assert np.abs(out.cb[4] - (clip.cb[3] + clip.cb[6]) / 2).max() < 0.15


def test_the_ends_of_a_shot_are_continued_from_the_good_side() -> None:
    clip, at = _damaged((0, 9)), scene()
    out = _rebuilt(clip)
    for n, held in ((0, 1), (9, 8)):
        assert psnr(_codes(out, n), at(n)) > psnr(at(held), at(n)) + 2


def test_what_cannot_be_rebuilt_is_told() -> None:
    lost = [False, True, True, False, True, True, True, True, True, True, False]
    assert fates(lost, 3) == {
        1: "between", 2: "between", 4: "held", 5: "held", 6: "held", 7: "held", 8: "held", 9: "held",
    }  # fmt: skip
    assert fates([True] * 3, 8) == {0: "left", 1: "left", 2: "left"}
    out = _rebuilt(_damaged((0, 1, 2), 3))
    assert np.all(_codes(out, 1) > 234)


@pytest.mark.parametrize("longest", [2, 4])
def test_the_same_picture_comes_out_of_any_batch(longest: int) -> None:
    at = scene()  # of smaller pictures OpenCV's flow search remembers the ones before
    torn: dict[int, tuple[Patch, ...]] = {7: ((16, 16, 48, 32),), 12: ((0, 32, 160, 48),)}
    clip = clip_of([at(n) for n in range(20)], (9, 10), torn)
    whole = _rebuilt(clip, longest=longest)
    halo = Rebuild(longest=longest).halo()
    for start in (5, 7, 9, 10, 12):
        part = Span(start=max(0, start - halo), stop=min(20, start + 1 + halo))
        one = _rebuilt(clip.cut(part), Span(start=start - part.start, stop=start - part.start + 1), longest)
        np.testing.assert_array_equal(one.y[0], whole.y[start])
        np.testing.assert_array_equal(one.cb[0], whole.cb[start])


PLACES: tuple[Patch, ...] = ((48, 32, 96, 48), (20, 80, 90, 81), (0, 100, 160, 120))


def _torn(light: float = 1.0) -> tuple[Clip, np.ndarray, np.ndarray]:
    at = scene()
    pictures = [at(n) if n == 4 else (at(n) - 16) * np.float32(light) + 16 for n in range(9)]
    truth, mask = at(4), np.zeros((120, 160), bool)
    for left, top, right, bottom in PLACES:
        mask[top:bottom, left:right] = True
    pictures[4] = patched(truth, PLACES)
    return clip_of(pictures, torn={4: PLACES}), truth, mask


@pytest.mark.parametrize("light", [1.0, 0.6])
def test_torn_places_are_filled_along_motion(light: float) -> None:
    clip, truth, mask = _torn(light)
    out = _codes(_rebuilt(clip), 4)
    before, after = (np.sqrt(((one - truth)[mask] ** 2).mean()) for one in (_codes(clip, 4), out))
    assert after < 0.35 * before
    far = np.zeros_like(mask)
    far[56:72] = True
    np.testing.assert_array_equal(out[far], _codes(clip, 4)[far])


def test_torn_places_of_neighbours_are_not_used() -> None:
    at = scene()
    place: tuple[Patch, ...] = ((48, 32, 96, 48),)
    pictures = [at(n) for n in range(9)]
    for n in (4, 5):
        pictures[n] = patched(pictures[n], place)
    out = _codes(_rebuilt(clip_of(pictures, torn={4: place, 5: place})), 4)
    assert np.sqrt(((out - at(4))[32:48, 48:96] ** 2).mean()) < 12


def test_where_neighbours_show_something_else_the_place_stays() -> None:
    at, other = scene(), scene(speed=-9.0)
    pictures = [at(4) if n == 4 else other(3 * n + 40) for n in range(9)]
    clip = clip_of(pictures, torn={4: ((20, 80, 90, 81),)})
    assert psnr(_codes(_rebuilt(clip), 4), at(4)) > 38


@pytest.mark.parametrize("size", [(49, 65), (16, 16)])
def test_odd_sizes_single_pictures_and_no_motion(size: tuple[int, int]) -> None:
    at = scene(*size)
    clip = clip_of([at(n) for n in range(3)], lost=(1,), torn={0: ((0, 0, size[1], 4),)})
    out = _rebuilt(clip)
    assert out.y.shape == clip.y.shape and np.isfinite(out.y).all()
    alone = clip_of([at(0)], torn={0: ((4, 4, 12, 8),)})
    np.testing.assert_array_equal(_rebuilt(alone).y, alone.y)
    unmoved = replace(clip, motion=None)
    assert np.isfinite(_rebuilt(unmoved).y).all()
