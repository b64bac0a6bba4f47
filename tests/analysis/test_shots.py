"""Cuts are found to the field; strobes, blackouts, beams and motion are no cuts."""

from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage import data

from benchmarks.scan.material import tape_of
from encore.analysis.look import Looker
from encore.analysis.shots import Cut, CutMeter, ShotsQuestion, cuts_in
from encore.core.time import Span

Field = NDArray[np.float32]
NAMES = ("astronaut", "coffee", "chelsea", "rocket")


@cache
def world_of(name: str) -> Field:
    """The whole scene, 340x500."""
    world = cv2.cvtColor(getattr(data, name)(), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(cv2.resize(world, (500, 340), interpolation=cv2.INTER_AREA), np.float32)


def picture(name: str, time: float, light: float = 1.0) -> Field:
    """A scene under a moving camera, 240x360."""
    world = world_of(name)
    matrix = np.float32([[1, 0, -60 - 0.8 * time], [0, 1, -40 - 0.3 * time]])
    return cv2.warpAffine(world, matrix, (360, 240), borderMode=cv2.BORDER_REFLECT) * light


def cuts(frames: list[Field], noise: float = 3) -> list[Cut]:
    random = np.random.default_rng(0)
    meter = CutMeter()
    for frame in frames:
        meter.add(np.clip(frame + random.normal(0, noise, frame.shape), 0, 255).astype(np.uint8))
    return meter.cuts()


def shot(name: str, frames: int, light: float = 1.0) -> list[Field]:
    return [picture(name, 2 * k, light) for k in range(frames)]


@pytest.mark.parametrize("noise", [0, 4, 8])
def test_finds_hard_cuts(noise: float) -> None:
    frames = shot("astronaut", 15) + shot("coffee", 12) + shot("rocket", 9) + shot("chelsea", 14)
    found = cuts(frames, noise)
    assert [cut.frame for cut in found] == [15, 27, 36]
    assert all(cut.score > 0.7 for cut in found)


@pytest.mark.parametrize("light", [0.15, 0.4])
def test_finds_cuts_in_the_dark(light: float) -> None:
    assert [cut.frame for cut in cuts(shot("astronaut", 12, light) + shot("coffee", 12, light), 2)] == [12]


def lit(frame: Field, kind: str, random: np.random.Generator) -> Field:
    if kind == "flash":
        return np.clip(frame * 3 + 60, 0, 255)
    if kind == "white-out":
        return np.clip(frame * 6 + 190, 0, 255)
    if kind == "blackout":
        return frame * 0.02
    if kind == "gain":
        return frame * float(random.uniform(0.2, 0.6))
    beam = np.zeros_like(frame)
    at = random.integers(0, 360, 2)
    corners = np.array([[at[0], 0], [at[0] + 40, 0], [at[1] + 90, 240], [at[1], 240]], np.int32)
    cv2.fillConvexPoly(beam, corners, 160.0)
    return np.clip(frame + cv2.GaussianBlur(beam, (0, 0), 8), 0, 255)


@pytest.mark.parametrize("kind", ["flash", "white-out", "blackout", "gain", "beam"])
@pytest.mark.parametrize("length", [1, 3])
def test_changes_of_light_are_no_cuts(kind: str, length: int) -> None:
    random = np.random.default_rng(length)
    frames = [
        lit(frame, kind, random) if k % 7 < length and 5 < k < 35 else frame
        for k, frame in enumerate(shot("astronaut", 40))
    ]
    assert cuts(frames) == []


def test_a_cut_among_strobes_is_found() -> None:
    random = np.random.default_rng(0)
    frames = shot("coffee", 20) + shot("astronaut", 20)
    frames = [lit(frame, "flash", random) if k in (6, 12, 13, 27, 33) else frame for k, frame in enumerate(frames)]
    assert [cut.frame for cut in cuts(frames)] == [20]


@pytest.mark.parametrize("kind", ["flash", "white-out", "blackout", "gain"])
@pytest.mark.parametrize("length", [6, 24])
def test_nor_are_those_that_last(kind: str, length: int) -> None:
    random = np.random.default_rng(length)
    frames = shot("astronaut", 12 + length + 12)
    assert cuts([lit(f, kind, random) if 0 <= k - 12 < length else f for k, f in enumerate(frames)]) == []


def test_a_scene_that_comes_back_after_a_short_shot_is_two_cuts() -> None:
    found = cuts([*shot("astronaut", 30), *shot("coffee", 18), *shot("astronaut", 30)])
    assert [cut.frame for cut in found] == [30, 48]


def test_a_cut_out_of_a_blackout_lies_where_the_light_tells() -> None:
    dim = [frame * 0.04 + 16 for frame in shot("astronaut", 30)[18:]]
    assert [cut.frame for cut in cuts([*shot("astronaut", 18), *dim, *shot("rocket", 20)], 1)] == [30]


def test_a_blackout_is_none() -> None:
    assert cuts([*shot("coffee", 10), *[np.zeros((240, 360), np.float32)] * 20, *shot("coffee", 12)]) == []


@pytest.mark.parametrize("fields_before", [19, 20, 21])
@pytest.mark.parametrize("order", ["tff", "bff"])
def test_the_tick_of_a_cut_between_fields(order: str, fields_before: int) -> None:
    first = 0 if order == "tff" else 1
    frames: list[Field] = []
    for k in range(22):
        frame = np.empty((240, 360), np.float32)
        for tick, parity in ((2 * k, first), (2 * k + 1, 1 - first)):
            name = "astronaut" if tick < fields_before else "coffee"
            frame[parity::2] = picture(name, tick)[parity::2]
        frames.append(frame)
    (found,) = cuts(frames)
    assert found.tick(order) == fields_before  # type: ignore[arg-type]


def test_short_shots_are_merged() -> None:
    found = cuts(shot("astronaut", 12) + shot("coffee", 3) + shot("rocket", 12))
    assert len(found) == 1
    assert 12 <= found[0].frame <= 15


def test_letterbox_does_not_hide_a_cut() -> None:
    frames = shot("rocket", 12) + shot("chelsea", 12)
    for frame in frames:
        frame[:36], frame[-36:] = 16, 16
    assert [cut.frame for cut in cuts(frames, 0)] == [12]


def test_deep_samples_and_refusals() -> None:
    meter = CutMeter(depth=10)
    for frame in shot("astronaut", 10) + shot("coffee", 10):
        meter.add((frame * 4).astype(np.uint16))
    assert [cut.frame for cut in meter.cuts()] == [10]
    with pytest.raises(ValueError, match="plane"):
        meter.add(np.zeros((4, 4, 3), np.uint8))
    assert CutMeter().cuts() == []


@pytest.mark.parametrize("count", [1, 2, 3])
def test_runs_too_short_to_judge(count: int) -> None:
    assert cuts(shot("coffee", count)) == []


@settings(max_examples=4, deadline=None)
@given(height=st.integers(8, 60), width=st.integers(8, 80), grey=st.booleans())
def test_a_still_of_any_raster_has_none(height: int, width: int, grey: bool) -> None:
    random = np.random.default_rng(0)
    looker, question = Looker(), ShotsQuestion(tape_of(width, height))
    luma = random.integers(0, 256, (height, width)).astype(np.uint8)
    for _ in range(3):
        chroma = np.full((height // 2, width // 2), 128, np.uint8)
        question.observe(looker.look([luma] if grey else [luma, chroma, chroma]))
    question.finish()
    assert cuts_in(question.rows(Span(start=0, stop=3))) == []


@pytest.mark.parametrize("size", [(352, 288), (704, 480), (720, 486)])
def test_the_question_notes_cuts_by_the_number_of_the_tape_frame(size: tuple[int, int]) -> None:
    looker, question = Looker(first=100), ShotsQuestion(tape_of(*size))
    for frame in shot("astronaut", 9) + shot("coffee", 9):
        luma = cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR)
        question.observe(looker.look([luma.clip(0, 255).astype(np.uint8)]))
    question.finish()
    rows = question.rows(Span(start=100, stop=118))
    assert [cut.frame for cut in cuts_in(rows)] == [9]
