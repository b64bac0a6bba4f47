"""Telecined fields are grouped into exactly the film pictures they came from."""

import itertools

import numpy as np
import pytest

from encore.core.time import Span
from encore.tape.ivtc import film_pictures
from tests.tape.moving import filmed, measured, pictures, scene, tape, times


def bounds(numbers: list[int]) -> list[tuple[int, int]]:
    """The true pictures as tick ranges."""
    edges = [0, *(i for i in range(1, len(numbers)) if numbers[i] != numbers[i - 1]), len(numbers)]
    return list(itertools.pairwise(edges))


@pytest.mark.parametrize("noise", [0, 4, 8])
@pytest.mark.parametrize("phase", range(5))
@pytest.mark.parametrize("order", ["tff", "bff"])
def test_every_phase_order_and_noise(order: str, phase: int, noise: float) -> None:
    stats = measured(filmed("film", order, 20, phase, noise))
    assert list(film_pictures(stats, Span(start=0, stop=40), order)) == bounds(pictures("film", 40, phase))


def test_advanced_pulldown() -> None:
    stats = measured(filmed("film2332", "tff", 20))
    assert list(film_pictures(stats, Span(start=0, stop=40), "tff")) == bounds(pictures("film2332", 40))


@pytest.mark.parametrize("seed", range(6))
def test_cadence_breaks(seed: int) -> None:
    random = np.random.default_rng(seed)
    order, noise = ("tff", "bff")[seed % 2], (0, 4, 8)[seed % 3]
    numbers = pictures("film", 110)
    for at in (70, 30):  # an edit after the telecine takes out any number of fields
        del numbers[at : at + int(random.integers(1, 8))]
    numbers = numbers[: len(numbers) // 2 * 2]
    pan = float(random.uniform(0.4, 4)), float(random.uniform(-1, 1))
    stats = measured(tape(scene("astronaut", pan), times("film", numbers), order, noise, seed))
    assert list(film_pictures(stats, Span(start=0, stop=len(numbers)), order)) == bounds(numbers)


@pytest.mark.parametrize("noise", [0, 8])
def test_the_cadence_carries_over_a_still_stretch(noise: float) -> None:
    numbers = pictures("film", 100, 1)
    when = [min(time, 40.0) if time < 75 else time - 35 for time in times("film", numbers)]
    stats = measured(tape(scene(), when, "tff", noise))
    assert list(film_pictures(stats, Span(start=0, stop=100), "tff")) == bounds(numbers)


@pytest.mark.parametrize("span", [(0, 0), (5, 6), (3, 5), (3, 37), (8, 31)])
def test_covers_any_span_exactly(span: tuple[int, int]) -> None:
    stats = measured(filmed("film", "tff", 20, 3))
    found = film_pictures(stats, Span(start=span[0], stop=span[1]), "tff")
    flat = [tick for start, stop in found for tick in range(start, stop)]
    assert flat == list(range(*span))
    inner = {edge for edge, _ in bounds(pictures("film", 40, 3)) if span[0] < edge < span[1]}
    assert {start for start, _ in found[1:]} == inner


def test_refuses_what_was_not_measured() -> None:
    with pytest.raises(ValueError, match="measured"):
        film_pictures(measured(filmed("film", frames=4)), Span(start=0, stop=9), "tff")
