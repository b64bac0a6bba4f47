"""A resting face rests, a moving one is where it is, and what was not looked at is bridged."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from encore.analysis.facesmooth import Way, posed, smoothed
from tests.analysis.people import Person

TICK_S = 1001 / 60000


def ways(person: Person, looks: int = 120, noise: float = 0.02) -> tuple[Way, NDArray, NDArray, NDArray]:
    """The smoothed way, the truth, detections on straight lines between looks, and moments, at every tick."""
    random = np.random.default_rng(1)
    ticks = np.arange(0, 4 * looks, 4)
    truth = np.array([person.landmarks(tick) for tick in ticks])
    error = noise * person.eyes(0) * (random.normal(size=truth.shape) + 1j * random.normal(size=truth.shape))
    box = np.array([person.box(tick) for tick in ticks]) + noise * person.eyes(0) * random.normal(size=(looks, 4))
    at = np.arange(ticks[-1] + 1)
    way = smoothed(ticks * TICK_S, box, truth + error, at * TICK_S)
    true = np.array([person.landmarks(tick) for tick in at])
    seen = [np.interp(at, ticks, part[:, n]) for part in ((truth + error).real, (truth + error).imag) for n in range(5)]
    return way, true, np.array(seen[:5]).T + 1j * np.array(seen[5:]).T, at


def rms(error: NDArray) -> float:
    return float(np.sqrt((np.abs(error) ** 2).mean()))


def shaking(places: NDArray, truth: NDArray) -> float:
    """From look to look."""
    return rms(np.diff((places - truth)[::4], axis=0))


@pytest.mark.parametrize("speed", [0.0, 1.0], ids=["rest", "steady walk"])
def test_shaking_is_a_third_at_most(speed: float) -> None:
    way, true, seen, _ = ways(Person(lambda t: 300 + speed * t + 200j))
    assert shaking(way.landmarks, true) < shaking(seen, true) / 3
    assert rms(way.landmarks - true) < rms(seen - true) / 1.8


def test_fast_moves_do_not_lag() -> None:
    """A nod of one Hertz over a face's height, a start, and a swing that three looks hardly tell."""
    people = {
        "nod": Person(lambda t: 300 + (200 + 24 * np.sin(2 * np.pi * t * TICK_S)) * 1j),
        "start": Person(lambda t: 300 + 2.0 * max(0, t - 240) + 200j),
        "swing": Person(lambda t: 300 + 24 * np.sin(5 * np.pi * t * TICK_S) + 200j),
    }
    for name, person in people.items():
        way, true, seen, _ = ways(person)
        assert rms(way.landmarks - true) <= rms(seen - true), name
        delay = [rms(way.landmarks[10:-10] - true[10 + n : len(true) - 10 + n]) for n in range(-4, 5)]
        assert abs(int(np.argmin(delay)) - 4) <= 1, name


def test_growing_and_turning_are_followed() -> None:
    person = Person(lambda _t: 300 + 200j, eyes=lambda t: 20 + t / 20)
    way, true, _, at = ways(person, noise=0.0)
    assert way.size == pytest.approx([person.eyes(tick) for tick in at], rel=0.01)
    assert rms(way.landmarks - true) < 0.05
    assert np.abs(way.box - [person.box(tick) for tick in at]).max() < 0.3


def test_gaps_are_bridged_and_ends_go_on() -> None:
    person = Person(lambda t: 100 + 1.5 * t + 200j)
    ticks = np.array([t for t in range(0, 200, 4) if not 80 < t < 104])
    box, points = np.array([person.box(t) for t in ticks]), np.array([person.landmarks(t) for t in ticks])
    at = np.arange(-2, 199)
    way = smoothed(ticks * TICK_S, box, points, at * TICK_S)
    assert np.abs(way.landmarks - [person.landmarks(t) for t in at]).max() < 0.1


@pytest.mark.parametrize("looks", [1, 2, 3, 4])
def test_few_looks_are_enough(looks: int) -> None:
    way, true, _, _ = ways(Person(lambda _t: 300 + 200j), looks, noise=0.001)
    assert rms(way.landmarks - true) < 0.1 and np.isfinite(way.box).all()


def test_a_mouth_that_jumps_is_told() -> None:
    person = Person(lambda _t: 300 + 200j)
    ticks = np.arange(0, 400, 4)
    points = np.array([person.landmarks(t) for t in ticks])
    points[50, 3:] += 12j
    way = smoothed(ticks * TICK_S, np.array([person.box(t) for t in ticks]), points, ticks * TICK_S)
    assert way.loose[50] > 0.12 and (np.delete(way.loose, range(49, 52)) < 0.05).all()


def test_the_similarity_is_that_of_the_landmarks() -> None:
    person = Person(lambda _t: 50 + 60j, eyes=lambda _t: 12.592)
    scale, middle = posed(person.landmarks(0)[None] * 1j)
    assert abs(scale[0]) == pytest.approx(0.1, rel=1e-3) and np.angle(scale[0]) == pytest.approx(np.pi / 2)
    assert middle[0] == pytest.approx((50 + 60j) * 1j)
