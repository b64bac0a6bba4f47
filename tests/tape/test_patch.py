"""Are torn places filled from their own field, and is all else left alone?"""

from __future__ import annotations

import numpy as np

from encore.core.time import Span
from encore.core.video import Patch
from encore.media.decode import Raw
from encore.tape.patch import TALLEST, patched, places_of


def _frame(height: int = 48, width: int = 64) -> Raw:
    lines = np.arange(height)[:, None]
    luma = (40 + 2 * lines + np.arange(width)).astype(np.uint8)
    luma[1::2] += 30  # the other field is another moment
    chroma = np.full((height // 2, width // 2), 100, np.uint8)
    return Raw((luma, chroma, chroma + 20), 8, False)


def _torn(frame: Raw, *places: Patch) -> Raw:
    planes = [plane.copy() for plane in frame.planes]
    for left, top, right, bottom in places:
        planes[0][top:bottom, left:right] = 255
    return Raw(tuple(planes), 8, False)


def test_a_dropout_is_filled_from_its_own_field() -> None:
    frame, place = _frame(), (10, 21, 40, 22)
    found = patched(_torn(frame, place), (place,), "420").planes[0]
    np.testing.assert_array_equal(found, frame.planes[0])


def test_lines_torn_one_above_the_other_do_not_fill_each_other() -> None:
    frame = _frame()
    places = tuple((8 + line, line, 50, line + 1) for line in range(20, 26))
    found = patched(_torn(frame, *places), places, "420").planes[0]
    np.testing.assert_array_equal(found, frame.planes[0])


def test_at_the_edge_the_nearest_line_is_repeated() -> None:
    frame = _frame()
    found = patched(_torn(frame, (0, 0, 64, 2), (0, 46, 64, 48)), ((0, 0, 64, 2), (0, 46, 64, 48)), "420").planes[0]
    np.testing.assert_array_equal(found[:2], frame.planes[0][2:4])
    np.testing.assert_array_equal(found[46:], frame.planes[0][44:46])


def test_tall_places_are_left_to_rebuilding() -> None:
    place = (0, 8, 64, 8 + 2 * TALLEST + 2)
    torn = _torn(_frame(), place)
    np.testing.assert_array_equal(patched(torn, (place,), "420").planes[0], torn.planes[0])
    whole = (0, 0, 64, 48)
    np.testing.assert_array_equal(patched(torn, (whole,), "420").planes[0], torn.planes[0])


def test_odd_sizes_and_chroma() -> None:
    random = np.random.default_rng(0)
    luma, chroma = random.integers(16, 235, (49, 65), np.uint8), random.integers(16, 240, (25, 33), np.uint8)
    frame = Raw((luma, chroma, chroma), 8, False)
    found = patched(frame, ((60, 45, 65, 49),), "420")
    assert [plane.shape for plane in found.planes] == [(49, 65), (25, 33), (25, 33)]
    np.testing.assert_array_equal(found.planes[0][:45], luma[:45])
    assert (found.planes[1][22:, 30:] != chroma[22:, 30:]).any()
    assert patched(frame, (), "420") is frame


def test_places_of_a_picture_are_those_of_its_field() -> None:
    torn = {3: ((0, 10, 8, 11), (0, 11, 8, 12), (0, 20, 8, 36))}
    assert places_of(torn, Span(start=6, stop=7), "tff") == ((0, 10, 8, 11), (0, 20, 8, 36))
    assert places_of(torn, Span(start=6, stop=7), "bff") == ((0, 11, 8, 12), (0, 20, 8, 36))
    assert places_of(torn, Span(start=6, stop=8), None) == torn[3]
    assert places_of(torn, Span(start=8, stop=9), "tff") == ()
