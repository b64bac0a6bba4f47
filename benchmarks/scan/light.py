"""How well are lights told: what they do, how often they flash, their colours, what they clip?"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import get_args

import numpy as np

from benchmarks.scan.material import HEIGHT, WIDTH, film, looks, mpeg2, tape_of
from benchmarks.scan.stages import LIGHTS, Builder, Known, Rgb, Stage, stages
from benchmarks.scan.table import Row, Settings
from encore.analysis.light import LightQuestion
from encore.analysis.question import ShotFrames
from encore.core.answers import Light, LightEvent, LightKind
from encore.core.findings import Scan
from encore.core.time import Span

SEED = 2
"""Of what is reported; seed 1 was tuned on."""
MEGABITS = 6.0
RATES = (2.0, 3.5, 5.0, 8.0, 10.0, 12.5, 16.0, 20.0)
"""Flashes a second."""


def asked(stage: Stage, frames: int) -> tuple[Light, float]:
    """What the question says of a stage after MPEG-2, and its seconds per frame without the shared flow."""
    question, spent = LightQuestion(tape_of()), 0.0
    for look in looks(mpeg2(film(stage.pictures(frames), stage.noise, stage.scene.seed), MEGABITS)):
        _ = look.flow_back, look.chroma, look.luma
        started = time.thread_time()
        question.observe(look)
        spent += time.thread_time() - started
    span = Span(start=0, stop=frames)
    shot = ShotFrames(span, Scan(mode="interlaced", confidence=1), question.tape)
    answer = LightQuestion.answer(question.rows(span), shot)
    assert answer is not None
    return answer, spent / frames


def same(event: LightEvent, known: Known) -> bool:
    """Whether both are of one kind and share half of the longer one."""
    kind, start, stop = known
    shared = len(event.span.within(Span(start=start, stop=stop)))
    return event.kind == kind and shared >= 0.5 * max(len(event.span), stop - start)


def bench(settings: Settings) -> Iterator[Row]:
    """Events first, then colours and clipping."""
    frames = 75 if settings.full else 50
    cases = stages(SEED, frames, settings.pictures, RATES if settings.full else (3.5, 12.5), 3 if settings.full else 1)
    cases = cases if settings.full else cases[:-3]
    answers = [asked(stage, frames) for stage in cases]
    yield from _events(cases, [answer for answer, _ in answers])
    yield from _colours(settings)
    yield Row("light", "core-ms per 720x480 frame", 1e3 * float(np.mean([cost for _, cost in answers])), "<=", 2.0, 2)


def _events(cases: Sequence[Stage], answers: Sequence[Light]) -> Iterator[Row]:
    pairs = list(zip(cases, answers, strict=True))
    for kind in get_args(LightKind):
        yield from _of_kind(kind, pairs)
    errors = [abs(answer.strobe_hz - stage.hz) / stage.hz for stage, answer in pairs if stage.hz and answer.strobe_hz]
    yield Row("light", "strobe rate, largest relative error", max(errors, default=1.0), "<=", 0.1)
    quiet = [answer for stage, answer in pairs if not stage.events]
    yield Row("light", f"events on {len(quiet)} stages without any", sum(len(one.events) for one in quiet), "<=", 0, 0)


def _of_kind(kind: LightKind, pairs: Sequence[tuple[Stage, Light]]) -> Iterator[Row]:
    known = found = right = hit = 0
    for stage, answer in pairs:
        truth = [one for one in stage.events if one[0] == kind]
        said = [one for one in answer.events if one.kind == kind]
        known, found = known + len(truth), found + len(said)
        right += sum(any(same(event, one) for one in truth) for event in said)
        hit += sum(any(same(event, one) for event in said) for one in truth)
    yield Row("light", f"{kind}: precision of {found}", right / found if found else 1.0, ">=", 0.9, 2)
    yield Row("light", f"{kind}: recall of {known}", hit / max(1, known), ">=", 0.8 if kind == "beam" else 0.9, 2)


def _colours(settings: Settings) -> Iterator[Row]:
    builder, frames = Builder(SEED + 10, 5, settings.pictures), 5
    names = list(LIGHTS) if settings.full else list(LIGHTS)[1::4]
    angles: list[float] = []
    shares: list[bool] = []
    clips: list[float] = []
    for name, other in zip(names, names[1:] + names[:1], strict=True):
        one, two = (np.array(LIGHTS[which], np.float32) for which in (name, other))
        answer, _ = asked(Stage(name, builder.scene(), lambda _, one=one: 0.6 * one), frames)
        angles.append(_angle(answer.colours[0], one) if answer.colours else 90.0)
        left = (np.arange(WIDTH) < 0.5 * WIDTH)[None, :, None] * np.ones((HEIGHT, 1, 1))
        pair = np.where(left > 0, one, two).astype(np.float32)
        answer, _ = asked(Stage(name, builder.scene(), lambda _, pair=pair: 0.6 * pair), frames)
        near = [min((_angle(found, true) for found in answer.colours), default=90.0) for true in (one, two)]
        shares.append(max(near) < 15)
        bright = Stage(name, builder.scene(shake=0), lambda _, one=one: 3.5 * one)
        light = np.asarray(bright.scene.at(4)) ** 2 * 3.5 * one
        answer, _ = asked(bright, frames)
        clips.append(float(np.abs(np.array(answer.clipped) - (light >= 1).mean((0, 1))).max()))
    yield Row(
        "light", f"colour of {len(names)} lights, mean angle in R'G'B', degrees", float(np.mean(angles)), "<=", 6, 1
    )
    yield Row("light", "largest of these angles", max(angles), "<=", 12, 1)
    yield Row("light", "two lights side by side, both within 15 degrees", float(np.mean(shares)), ">=", 0.8, 2)
    yield Row(
        "light", "clipped share of R', G', B', mean of the worst channel's error", float(np.mean(clips)), "<=", 0.05
    )
    yield Row("light", "largest of these errors", float(max(clips)), "<=", 0.12)


def _angle(found: Sequence[float], linear: Rgb) -> float:
    true = np.sqrt(linear)
    cosine = np.dot(found, true) / (np.linalg.norm(found) * np.linalg.norm(true))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
