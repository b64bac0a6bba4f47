"""The question sees one field at square pixels and notes the foremost faces where they are on the tape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
import pytest

from encore.analysis import faces
from encore.analysis.facelook import face_look, sharpness_of
from encore.analysis.facemaps import Found
from encore.analysis.faces import MOST, FacesQuestion
from encore.analysis.look import Image, Looker
from encore.analysis.work import part_from
from encore.core.time import Span
from tests.analysis.looks import tape_of

WIDTH, HEIGHT = 360, 240


class BlobFinder:
    """Takes the middle of what is bright for a face of a fixed size, and remembers what it was shown."""

    def __init__(self) -> None:
        self.shown: list[Image] = []

    def found(self, luma: Image, exposures: Literal[1, 3] | None = None) -> Sequence[Found]:
        del exposures
        self.shown.append(luma)
        rows, columns = np.nonzero(luma > 150)
        if not len(rows):
            return []
        x, y = columns.mean() + 0.5, rows.mean() + 0.5
        points = tuple((x + dx, y + dy) for dx, dy in ((-5, -3), (5, -3), (0, 0), (-4, 3), (4, 3)))
        return [Found(0.9, x - 10, y - 10, x + 10, y + 10, points)]


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> BlobFinder:
    made = BlobFinder()
    monkeypatch.setattr(faces, "finder_at_hand", lambda: made)
    return made


def frame(x: float, y: float, side: int = 12, light: int = 200) -> np.ndarray:
    """A bright square around a place of the woven frame, on 40; the other field shows another moment."""
    picture = np.full((HEIGHT, WIDTH), 40, np.uint8)
    picture[1::2] = 70
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    inside = (np.abs(columns - x) <= side) & (np.abs(rows - y) <= side)
    picture[0::2][inside[0::2]] = light
    return picture


def asked(frames: Sequence[np.ndarray], start: int = 0) -> FacesQuestion:
    question, looker = FacesQuestion(tape_of(WIDTH, HEIGHT)), Looker(8, start)
    for one in frames:
        question.observe(looker.look([one]))
    return question


def test_every_second_frame_is_looked_at_in_one_field(finder: BlobFinder) -> None:
    question = asked([frame(100, 80)] * 6, start=1)
    assert len(finder.shown) == 3 and finder.shown[0].shape == (240, 320)
    assert np.median(finder.shown[0]) == 40
    count = question.rows(Span(start=1, stop=7))["count"]
    assert np.isnan(count[[0, 2, 4]]).all() and (count[[1, 3, 5]] == 1).all()


@pytest.mark.usefixtures("finder")
@pytest.mark.parametrize("place", [(100, 80), (211, 128), (60, 200)])
def test_places_are_those_of_the_woven_frame(place: tuple[int, int]) -> None:
    found = asked([frame(*place)]).rows(Span(start=0, stop=1))["found"][0]
    assert np.isnan(found[1:]).all()
    left, top, right, bottom, *_, nose_x, nose_y = found[0, 1:11]
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx(place, abs=0.6)
    assert (nose_x, nose_y) == pytest.approx(place, abs=0.6)
    assert right - left == pytest.approx(20 * 360 / 320) and bottom - top == pytest.approx(20)


def test_without_a_network_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "finder_at_hand", lambda: None)
    assert np.isnan(asked([frame(100, 80)] * 3).rows(Span(start=0, stop=3))["count"]).all()


@pytest.mark.usefixtures("finder")
def test_parts_are_the_whole() -> None:
    frames = [frame(60 + 5 * n, 80) for n in range(12)]
    whole = part_from([asked(frames)], Span(start=0, stop=12))
    for span in (Span(start=0, stop=5), Span(start=5, stop=12)):
        part = part_from([asked(frames[span.start : span.stop], span.start)], span)
        for name, rows in part.rows.items():
            assert np.array_equal(rows, whole.rows[name][span.start : span.stop], equal_nan=True)


def test_of_many_the_sure_and_large_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Crowd:
        def found(self, luma: Image, exposures: Literal[1, 3] | None = None) -> Sequence[Found]:
            del luma, exposures
            points = ((0.0, 0.0),) * 5
            return [Found(0.2, 0, 0, 300, 300, points)] + [Found(0.9, 0, 0, n, n, points) for n in range(1, 30)]

    monkeypatch.setattr(faces, "finder_at_hand", Crowd)
    found = asked([frame(100, 80)]).rows(Span(start=0, stop=1))["found"][0]
    assert found.shape == (MOST, 15) and (found[:, 0] > 0.5).all()
    sides = found[:, 4] - found[:, 2]
    assert sides.tolist() == pytest.approx(list(range(29, 29 - MOST, -1)))


def test_sharpness_is_neither_contrast_nor_noise() -> None:
    random = np.random.default_rng(0)
    grains = random.normal(0, 30, (5, 120, 160)).astype(np.float32)
    # as much contrast in every octave, as nature has it
    world = sum(2.0**n * np.asarray(cv2.GaussianBlur(one, (0, 0), 0.6 * 2**n)) for n, one in enumerate(grains)) + 100
    told = [sharpness_of(np.asarray(cv2.GaussianBlur(world, (0, 0), blur))) for blur in (0.5, 1.0, 1.5, 2.5)]
    assert told == sorted(told, reverse=True) and told[0] > 0.5 and told[-1] < 0.2
    soft = np.asarray(cv2.GaussianBlur(world, (0, 0), 1.2))
    noisy = soft * np.float32(0.5) + random.normal(0, 1, soft.shape).astype(np.float32)
    assert sharpness_of(noisy) == pytest.approx(sharpness_of(soft), abs=0.1)
    assert np.isnan(sharpness_of(world[:3, :6])) and np.isnan(sharpness_of(np.full((20, 20), 9, np.float32)))


def test_light_on_a_face() -> None:
    colour = tape_of().video.colour
    planes = [np.full((64, 64), 126, np.uint8), np.full((32, 32), 170, np.uint8), np.full((32, 32), 128, np.uint8)]
    look = face_look(Looker().look(planes), (10, 10, 50, 50), colour)
    assert look.level == pytest.approx(110 / 219, abs=0.01)
    assert look.blue == pytest.approx(110 / 219 + 1.772 * 42 / 224, abs=0.01) and look.red == pytest.approx(look.level)
    assert np.isnan(face_look(Looker().look(planes), (200, 10, 250, 50), colour).level)
    assert face_look(Looker().look(planes[:1]), (-20, -20, 20, 20), colour).blue == pytest.approx(110 / 219, abs=0.01)
