"""The CRF that is needed is found with few probes, fewer when shots like it are known, and dead ends are said."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encore.encoding.curve import Point
from encore.encoding.predict import CENTRES, SCALES, Bias, Guess, Predictor
from encore.encoding.quality import LIMITS
from encore.encoding.search import MOST_PROBES, Search, search

GRID = np.arange(14, 58.25, 0.25)
HIGH = LIMITS["high"]


def shot(needed: float, grows: float = 0.1, wobble: float = 0.0) -> Callable[[float], Point]:
    """A shot that loses 5 points at CRF `needed`."""

    def probe(crf: float) -> Point:
        drop = float(np.exp(grows * (crf - needed)) * 5.5 - 0.5) * (1 + wobble * np.sin(crf * 12.9))
        return Point(crf=crf, drop=max(0.0, drop), strain=0.0, bytes=1e6 * 2 ** (-0.12 * (crf - 32)))

    return probe


def found(probe: Callable[[float], Point], guess: Guess | None = None) -> Search:
    return search(probe, HIGH, guess or Guess(32), GRID)


@given(st.floats(20, 52), st.floats(0.06, 0.16))
def test_what_a_shot_needs_is_found(needed: float, grows: float) -> None:
    made = found(shot(needed, grows))
    assert len(made.points) <= 3
    assert float(shot(needed, grows)(made.crf).drop) == pytest.approx(HIGH.mean, abs=0.5)


@given(st.floats(20, 52), st.floats(0.06, 0.16))
def test_noisy_probes_end_too(needed: float, grows: float) -> None:
    made = found(shot(needed, grows, wobble=0.2))
    assert 2 <= len(made.points) <= MOST_PROBES and made.crf in GRID
    assert abs(made.crf - needed) < 6


def test_a_sure_guess_that_hits_needs_one_probe() -> None:
    assert len(found(shot(37), Guess(37, sure=True)).points) == 1
    assert len(found(shot(37), Guess(37)).points) == 2
    assert len(found(shot(37), Guess(25, sure=True)).points) >= 2


def test_nothing_to_lose() -> None:
    def black(crf: float) -> Point:
        return Point(crf=crf, drop=0.0, strain=0.0, bytes=500.0)

    made = found(black)
    assert made.crf > 45 and len(made.points) <= MOST_PROBES and "nothing to lose" in made.reasons[0]


def test_out_of_reach_is_said_and_the_best_is_kept() -> None:
    def hopeless(crf: float) -> Point:
        return Point(crf=crf, drop=20 + crf / 10, strain=0.0, bytes=1e6)

    made = found(hopeless)
    assert made.crf == GRID[0] and len(made.points) <= MOST_PROBES and "out of reach" in made.reasons[0]


def test_strain_is_obeyed_as_the_mean_is() -> None:
    def strained(crf: float) -> Point:
        return shot(44)(crf).model_copy(update={"strain": shot(36)(crf).drop})

    assert found(strained).crf == pytest.approx(36, abs=1)


def test_shots_teach_what_the_next_one_needs() -> None:
    random, predictor = np.random.default_rng(3), Predictor(32)
    probes: list[int] = []
    misses: list[float] = []
    for _ in range(24):
        features = tuple(random.normal(CENTRES, SCALES))
        needed = (
            36
            - 3 * (features[0] - CENTRES[0]) / SCALES[0]
            + 2 * (features[1] - CENTRES[1]) / SCALES[1]
            + random.normal(0, 0.3)
        )
        guess = predictor.guess(features)
        made = found(shot(needed), guess)
        predictor.learn(features, made.crf, made.curve)
        probes.append(len(made.points))
        misses.append(abs(guess.crf - needed))
    assert np.mean(misses[12:]) < np.mean(misses[:6]) / 2
    assert np.mean(probes[12:]) < 2 <= np.mean(probes[:3])


def test_bias_of_probes_is_taken_out() -> None:
    bias, probe = Bias(), Point(crf=30, drop=4.0, strain=2.0, bytes=1000)
    assert bias.corrected(probe) == probe
    for drop in (2.9, 3.1, 9.0):
        bias.learn(probe, Point(crf=30, drop=drop, strain=0, bytes=900))
    made = bias.corrected(probe)
    assert made.drop == pytest.approx(3.1) and made.bytes == pytest.approx(900) and made.strain < 2
