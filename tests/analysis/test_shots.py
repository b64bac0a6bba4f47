"""Cuts are found to the field; strobes, blackouts, beams and motion are no cuts."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from encore.analysis.shots import Cut, CutMeter

Field = NDArray[np.float32]
NAMES = ("astronaut", "coffee", "chelsea", "rocket")


def picture(name: str, time: float, light: float = 1.0) -> Field:
    """A scene under a moving camera, 240x360."""
    world = cv2.cvtColor(getattr(data, name)(), cv2.COLOR_RGB2GRAY).astype(np.float32)
    world = cv2.resize(world, (500, 340), interpolation=cv2.INTER_AREA)
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
@pytest.mark.parametrize("length", [1, 2, 3])
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


def test_a_fade_through_black_is_a_cut_at_the_black() -> None:
    down = [picture("astronaut", 2 * k, max(0.0, 1 - k / 12)) for k in range(12)]
    up = [picture("coffee", 2 * k, k / 12) for k in range(12)]
    (found,) = cuts([*shot("astronaut", 6), *down, *[down[0] * 0] * 6, *up, *shot("coffee", 10)], 1)
    assert 18 - 3 <= found.frame <= 24 + 3


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
