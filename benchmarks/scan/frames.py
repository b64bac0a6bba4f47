"""How many repeated, frozen, dropped and black frames and fields are found, and how many are made up?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from benchmarks.scan.faulty import KINDS, FaultyTape, Made, moving, shoot
from benchmarks.scan.material import looks, mpeg2, photographs, tape_of
from benchmarks.scan.table import Row, Settings
from encore.analysis.faults import faults_of
from encore.analysis.fields import FieldsQuestion
from encore.analysis.frames import FramesQuestion
from encore.core.findings import Fault
from encore.core.time import Span

SEED = 9
"""Of the material; bounds were chosen on 1-5, 10, 11 and 13."""
SIGMAS = (1.0, 2.0, 4.0, 8.0)
TAKES = 56
"""Frames that the camera takes of a shot."""
PROGRAMS = (
    ("duplicate", "dropped", "held", "pair"),
    ("pair", "field repeat", "duplicate", "dropped"),
    ("dropped", "frozen", "field repeat", "field drop"),
    ("held", "black", "duplicate", "dropped"),
)
"""Faults of a shot, in random order; every other still shot has none."""
VISIBLE = {"duplicate": 0.3, "frozen": 0.3, "field repeat": 0.5, "dropped": 0.7, "field drop": 0.7, "black": -1.0}
"""Samples per frame that must move for a fault to be asked for."""
GROUPS = {"duplicates": ("duplicate", "frozen"), "drops": ("dropped",), "field faults": ("field repeat", "field drop")}
Counts = dict[tuple[str, float], tuple[int, int, int]]
"""Group and noise to how many were made, found, and made up."""


def bench(settings: Settings) -> Iterator[Row]:
    """Tapes of two shots each, every kind of movement, interlaced and progressive, through MPEG-2 at 5 Mb/s."""
    steady, trembling = Counts(), Counts()
    for number in range(len(KINDS) if settings.full else 1):
        tape = _tape(settings, number)
        for sigma in SIGMAS if settings.full else SIGMAS[1::2]:
            frames = mpeg2(tape.noisy(sigma, SEED + number))
            questions = FramesQuestion(tape_of()), FieldsQuestion(tape_of())
            for look in looks(frames):
                for question in questions:
                    question.observe(look)
            _count(tape, questions, sigma, steady, trembling)
    for group in GROUPS:
        target = 0.97 if group != "field faults" else 0.9
        for sigma in (*SIGMAS, 0.0):
            made, found, false = _sum(steady, group, sigma)
            if made:
                noise = f"noise {sigma:.0f}" if sigma else "all noises"
                asked = target if not sigma else None
                yield Row("frames", f"{group}: recall, {noise} ({made})", found / made, ">=", asked)
                precision = found / max(1, found + false)
                yield Row("frames", f"{group}: precision, {noise} ({found + false})", precision, ">=", asked)
        made, found, false = _sum(trembling, group, 0.0)
        if made:
            yield Row("frames", f"{group}: recall, trembling camera ({made})", found / made)
            yield Row("frames", f"{group}: made up, trembling camera", false, digits=0)
    made, found, false = _sum(steady, "black", 0.0)
    if made:
        yield Row("frames", f"black: recall ({made})", found / made, ">=", 0.99)
        yield Row("frames", "black: made up", false, "<=", 0, digits=0)
    made, found, false = _sum(steady, "others", 0.0)
    yield Row("frames", "cadence breaks made up", false, "<=", 0, digits=0)


def _tape(settings: Settings, number: int) -> FaultyTape:
    """Two shots with a cut between them."""
    worlds = photographs(settings.pictures)
    tape = FaultyTape()
    for side in (0, 1):
        kind = KINDS[(3 * number + 5 * side + number // 5) % len(KINDS)]
        seed = 1000 * SEED + 10 * number + side
        program = list(PROGRAMS[(number + 2 * side) % len(PROGRAMS)]) if kind != "still" or number % 2 else []
        np.random.default_rng(seed).shuffle(program)
        shoot(tape, moving(kind, worlds, seed), TAKES, program, seed)
    return tape


def _count(
    tape: FaultyTape, questions: tuple[FramesQuestion, FieldsQuestion], sigma: float, steady: Counts, trembling: Counts
) -> None:
    frames = len(tape.fields)
    starts = [start for _, start in tape.shots]
    for (kind, start), (_, stop) in zip(tape.shots, pairwise([*starts, frames]), strict=True):
        frames_rows, fields_rows = (question.rows(Span(start=start, stop=stop)) for question in questions)
        found = faults_of(frames_rows, fields_rows, start, judged=True)
        made = [fault for fault in tape.faults if start <= fault.frame < stop]
        for group in (*GROUPS, "black", "others"):
            counts = trembling if kind == "shake" else steady
            old = counts.get((group, sigma), (0, 0, 0))
            new = _judged(group, made, found)
            counts[group, sigma] = (old[0] + new[0], old[1] + new[1], old[2] + new[2])


def _judged(group: str, made: Sequence[Made], found: Sequence[Fault]) -> tuple[int, int, int]:
    """Faults of a group that can be seen, those of them that were found, and what was made up."""
    kinds = {"black": ("black",), "others": ("cadence break",)}.get(group) or GROUPS[group]
    true = {fault.frame: fault for fault in made if fault.kind in kinds}
    said = {at for fault in found if fault.kind in kinds for at in range(fault.span.start, fault.span.stop)}
    visible = {at for at, fault in true.items() if fault.motion > VISIBLE[fault.kind]}
    return len(visible), len(visible & said), len(said - set(true))


def _sum(counts: Counts, group: str, sigma: float) -> tuple[int, int, int]:
    """Over all noises where sigma is 0."""
    mine = [many for (name, noise), many in counts.items() if name == group and sigma in (0.0, noise)]
    return sum(m[0] for m in mine), sum(m[1] for m in mine), sum(m[2] for m in mine)
