"""How well are the camera's movement and a shot's complexity told?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.scan.material import Scene, film, interlaced, looks, mpeg2, photographs, tape_of
from benchmarks.scan.table import Row, Settings
from encore.analysis.complexity import ComplexityQuestion
from encore.analysis.motion import Camera, MotionQuestion, shaken
from encore.analysis.question import Question, Rows, ShotFrames, Tape
from encore.core.answers import Complexity, Motion
from encore.core.doc import Doc
from encore.core.findings import Scan
from encore.core.time import Span
from encore.synthetic.signal import Planes

SEED = 2
"""Of what is reported; seed 1 was tuned on."""
FRAMES = 24


class _Case:
    """A scene whose camera does one known thing, or two."""

    def __init__(self, number: int, seed: int, worlds: tuple[NDArray[np.uint8], ...]) -> None:
        random = np.random.default_rng((seed, number))
        self.word: Camera = ("still", "pan", "zoom", "shake", "moving")[number % 5]
        speed, turn = float(random.uniform(0.4, 5)), float(random.uniform(0, 6.28))
        self.pan = (speed * np.cos(turn), speed * np.sin(turn)) if self.word in ("pan", "moving") else (0.0, 0.0)
        self.zoom = float(random.choice([-1, 1]) * random.uniform(0.003, 0.01)) / 2 if self.word == "zoom" else 0.0
        self.shake = float(random.uniform(0.6, 3)) if self.word in ("shake", "moving") else 0.0
        self.noise = float(random.choice([2, 5]))
        actor = worlds[int(random.integers(len(worlds)))] if random.random() < 0.6 else None
        self.scene = Scene(
            worlds[(number + 3 * seed) % len(worlds)], pan=(self.pan[0] / 2, self.pan[1] / 2), zoom=self.zoom,
            shake=self.shake, actor=actor, swing=(float(random.uniform(60, 180)), float(random.uniform(60, 140))),
            seed=1000 * seed + number,
        )  # fmt: skip

    def true_shake(self) -> float:
        """As the answer defines it, from the true path of the top fields."""
        scene = replace(self.scene, world=np.zeros((9, 9, 3), np.uint8))
        hands = [
            np.random.default_rng((scene.seed, 8 * k)).normal(0, self.shake, 2) if self.shake else np.zeros(2)
            for k in range(FRAMES)
        ]
        return shaken(np.diff(np.array(hands), axis=0), tape_of().rate)[0]


def bench(settings: Settings) -> Iterator[Row]:
    """Movement first, then complexity."""
    worlds = photographs(settings.pictures)
    cases = [_Case(number, SEED, worlds) for number in range(50 if settings.full else 10)]
    answers: list[tuple[_Case, Motion]] = []
    costs: list[float] = []
    for case in cases:
        frames = mpeg2(film(interlaced(case.scene, FRAMES), case.noise, case.scene.seed))
        answer, _, cost = _asked(MotionQuestion(tape_of()), frames)
        if isinstance(answer, Motion):
            answers.append((case, answer))
        costs.append(cost)
    yield Row("motion", f"share of {len(cases)} shots with an answer", len(answers) / len(cases), ">=", 0.9, 2)
    yield from _movement([case for case, _ in answers], [answer for _, answer in answers])
    yield Row("motion", "core-ms per 720x480 frame beside the flow", 1e3 * float(np.mean(costs)), "<=", 1.5, 2)
    yield from _complexity(cases[: 10 if settings.full else 3])


def _movement(cases: list[_Case], answers: list[Motion]) -> Iterator[Row]:
    pans = [float(np.hypot(a.pan[0] - c.pan[0], a.pan[1] - c.pan[1])) for c, a in zip(cases, answers, strict=True)]
    steady = [(error, case) for error, case in zip(pans, cases, strict=True) if not case.shake and not case.zoom]
    relative = [error / float(np.hypot(*case.pan)) for error, case in steady if case.word == "pan"]
    yield Row("motion", f"error of pan on {len(steady)} steady shots, median, samples per frame",
              float(np.median([error for error, _ in steady])), "<=", 0.15)  # fmt: skip
    yield Row(
        "motion", "the same, 90th percentile", float(np.percentile([error for error, _ in steady], 90)), "<=", 0.5
    )
    yield Row("motion", "the same over the pan, median of pans", float(np.median(relative)), "<=", 0.08)
    zooms = [(abs(a.zoom - 2 * c.zoom), c) for c, a in zip(cases, answers, strict=True)]
    yield Row(
        "motion", "error of zoom, mean, growth per frame", float(np.mean([one for one, _ in zooms])), "<=", 0.0006, 5
    )
    shakes = np.array([(case.true_shake(), answer.shake) for case, answer in zip(cases, answers, strict=True)])
    shaking = shakes[shakes[:, 0] > 0]
    yield Row("motion", f"shake of {len(shaking)} shaking shots, Spearman", _spearman(*shaking.T), ">=", 0.9)
    still = float(shakes[shakes[:, 0] == 0, 1].max())
    yield Row("motion", "largest shake told of shots without any, samples", still, "<=", 0.35)
    error = np.abs(shaking[:, 1] / shaking[:, 0] - 1)
    yield Row("motion", "shake, median relative error where there is some", float(np.median(error)), "<=", 0.2)
    right = [case.word == answer.camera for case, answer in zip(cases, answers, strict=True)]
    yield Row("motion", "camera's word, share right", float(np.mean(right)), ">=", 0.85, 2)


def _complexity(cases: list[_Case]) -> Iterator[Row]:
    """Against a direct computation in double precision."""
    worst = {"si": 0.0, "ti": 0.0}
    costs: list[float] = []
    for case in cases:
        frames = film(interlaced(case.scene, 8), case.noise, case.scene.seed)
        answer, rows, cost = _asked(ComplexityQuestion(tape_of()), frames)
        assert isinstance(answer, Complexity)
        costs.append(cost)
        fields = [frame[0][0::2].astype(np.float64) for frame in frames]
        si, ti = (
            [_si(field) for field in fields],
            [float((b - a).std()) for a, b in pairwise(fields)],
        )
        worst["si"] = max(worst["si"], float(np.abs(rows["si"] / np.array(si) - 1).max()))
        worst["ti"] = max(worst["ti"], float(np.abs(rows["ti"][1:] / np.array(ti) - 1).max()))
    for name, error in worst.items():
        yield Row(
            "complexity", f"{name.upper()}, largest relative error against double precision", error, "<=", 1e-4, 7
        )
    yield Row("complexity", "core-ms per 720x480 frame", 1e3 * float(np.mean(costs)), "<=", 2.5, 2)


def _si(field: NDArray[np.float64]) -> float:
    across, down = cv2.Sobel(field, cv2.CV_64F, 1, 0), cv2.Sobel(field, cv2.CV_64F, 0, 1)
    return float(np.hypot(across, down)[1:-1, 1:-1].std())


def _asked(question: Question, frames: list[Planes]) -> tuple[Doc | None, Rows, float]:
    spent = 0.0
    for look in looks(frames):
        _ = look.flow_back, look.luma
        started = time.thread_time()
        question.observe(look)
        spent += time.thread_time() - started
    span = Span(start=0, stop=len(frames))
    rows = question.rows(span)
    shot = ShotFrames(span, Scan(mode="interlaced", confidence=1), Tape(question.tape.video, question.tape.rate))
    return question.answer(rows, shot), rows, spent / len(frames)


def _spearman(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    first, second = (np.argsort(np.argsort(values, kind="stable"), kind="stable") for values in (one, other))
    return float(np.corrcoef(first, second)[0, 1])
