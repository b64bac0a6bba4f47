"""Audition: where several ways are plausible for a shot, they are tried on a few pictures, and the best is kept."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Callable, Sequence

import numpy as np

from encore.core.doc import Doc, digest_of
from encore.core.events import Decided, Event
from encore.core.findings import Analysis, Evidence, Shot
from encore.core.time import Span
from encore.core.video import LUMA_CODES
from encore.execution.job import take_of
from encore.execution.store import Store
from encore.metrics.temporal import motion_roughness, noise_left
from encore.motion.light import BLACK
from encore.planning.candidates import TAKEN, TRIED, Candidates, candidates
from encore.planning.plan import Choice, Plan, ShotPlan
from encore.restoration import Deflicker, Denoise, Runtime
from encore.restoration.chain import restored
from encore.tape.fieldstats import FieldStats
from encore.tape.reader import Reader, ReadingMethod

WINDOWS = 2
"""Places of a shot that are tried, a third of it apart."""
PICTURES_ORDER, PICTURES_FLICKER, PICTURES_STRENGTH = 8, 8, 3
"""Consecutive pictures tried at each place: flow needs some to show a zigzag, light to tremble, noise two to differ."""
UNSEEN_FLICKER = 0.15
"""Codes of mean change below which flicker is not worth a stage: on tapes without any it changed 0.02 to 0.08."""
PRICE = 0.05
"""Codes of noise left that one more code of noise taken for granted must win: with it the strength chosen was within
0.3 dB of the best of `STRENGTHS` on 20 clips at sigma 2 to 8, whether their noise was told right, half or double."""
CLEARLY = 1.5
"""Ratio of roughness from which the other field order is believed; wrong orders measured 3.2 and more."""


class Verdicts(Doc):
    """The auditions of a plan, kept so that running again need not listen again."""

    of: str
    """Digest of the plan before, the tape and the version."""
    plan: Plan


def auditioned(
    plan: Plan, analysis: Analysis, stats: FieldStats, reader: Reader, store: Store, watch: Callable[[Event], None]
) -> Plan:
    """The plan with every doubt settled by trying.

    Args:
        plan: as the rules made it.
        analysis: of the tape.
        stats: of its fields.
        reader: of the tape.
        store: where verdicts are kept.
        watch: hears what was decided and why.
    """
    mark = digest_of({"plan": plan.digest, "version": analysis.version})
    known = store.document("audition.json", Verdicts)
    if known is not None and known.of == mark:
        return known.plan
    shots = tuple(_settled(number, shot, analysis, stats, reader, watch) for number, shot in enumerate(plan.shots))
    made = plan.model_copy(update={"shots": shots})
    _give_back_memory()
    store.keep("audition.json", Verdicts(of=mark, plan=made))
    return made


def _give_back_memory() -> None:
    """What trying took and freed: glibc keeps it for itself otherwise, 0.8 GB at 720x480; others do not."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _settled(
    number: int, plan: ShotPlan, analysis: Analysis, stats: FieldStats, reader: Reader, watch: Callable[[Event], None]
) -> ShotPlan:
    middle = (plan.span.start + plan.span.stop) // 2
    shot = next((one for one in analysis.shots if middle in one.span), analysis.shots[0])
    whats = [choice.what for choice in candidates(plan, shot)]
    for what in whats:
        # candidates are made anew for every question, so that the second builds on the answer to the first
        choice = next((one for one in candidates(plan, shot) if one.what == what), None)
        if choice is None:
            continue
        known = _scores(choice, shot, stats, reader)
        if not known:
            continue
        best = _best(choice, known)
        because = _because(choice, best, known)
        watch(Decided(shot=number, decision=f"{choice.what}: {choice.names[best]}", because=because))
        plan = _marked(choice, best, known, because)
    return plan


def _windows(count: int, length: int) -> list[Span]:
    """Places of `length` pictures in a shot of `count`; none where it is too short for one."""
    if count < length:
        return []
    places = {round((n + 1) * (count - length) / (WINDOWS + 1)) for n in range(WINDOWS)}
    return [Span(start=place, stop=place + length) for place in sorted(places)]


def _scores(choice: Candidates, shot: Shot, stats: FieldStats, reader: Reader) -> list[float]:
    """Of every way, smaller is better; empty where the shot is too short to try."""
    if choice.what == "denoise strength":
        return _noise_and_price(choice, shot, stats, reader)
    score = _roughness if choice.what == "field order" else _light_left
    found = [score(plan, shot, stats, reader) for plan in choice.plans]
    return [one for one in found if one is not None] if None not in found else []


def _roughness(plan: ShotPlan, _shot: Shot, stats: FieldStats, reader: Reader) -> float | None:
    quick = plan.model_copy(update={"reading": plan.reading.model_copy(update={"method": "bwdif"})})
    take = take_of(quick, stats)
    found = [
        motion_roughness(list(reader.read(take, window).y * np.float32(LUMA_CODES) + np.float32(BLACK)))
        for window in _windows(len(take.pictures), PICTURES_ORDER)
    ]
    return float(np.mean(found)) if found else None


def _light_left(plan: ShotPlan, shot: Shot, stats: FieldStats, reader: Reader) -> float | None:
    """Codes of flicker that the shot would keep: what its stage takes off, or what it is allowed to leave."""
    stage = next((d.stage for d in plan.decisions if isinstance(d.stage, Deflicker)), None)
    if stage is None:
        return UNSEEN_FLICKER
    quick = plan.model_copy(update={"reading": plan.reading.model_copy(update={"method": _quick(plan)})})
    take = take_of(quick, stats)
    found: list[float] = []
    for window in _windows(len(take.pictures), PICTURES_FLICKER):
        given = reader.read(take, window)
        clips = restored(
            [stage], shot, window, take.pictures, lambda span: reader.read(take, span, follow=True), Runtime()
        )
        steadied = np.concatenate([clip.y for clip in clips])
        found.append(float(np.abs((steadied - given.y).mean((1, 2))).mean()) * LUMA_CODES)
    return 2 * UNSEEN_FLICKER - max(found) if found else None


def _quick(plan: ShotPlan) -> ReadingMethod:
    return "bwdif" if plan.reading.method == "compensated" else plan.reading.method


def _noise_and_price(choice: Candidates, shot: Shot, stats: FieldStats, reader: Reader) -> list[float]:
    """All strengths on the same pictures, which are read once."""
    stages = [next(d.stage for d in plan.decisions if isinstance(d.stage, Denoise)) for plan in choice.plans]
    noise = shot.noise
    assert noise is not None  # a shot without a measurement has no candidates
    take = take_of(choice.plans[choice.chosen], stats)
    windows = _windows(len(take.pictures), PICTURES_STRENGTH)
    left = np.zeros((len(stages), len(windows)))
    for place, window in enumerate(windows):
        grown = window.grown(stages[0].reach, take.pictures)
        clip = reader.read(take, grown, follow=True)
        wanted = Span(start=window.start - grown.start, stop=window.stop - grown.start)
        for number, stage in enumerate(stages):
            clean = stage.open(Runtime())(clip, shot, wanted)
            left[number, place] = noise_left(
                list(clean.y * np.float32(LUMA_CODES)), clean.motion.onward if clean.motion else ()
            )
    prices = [PRICE * stage.strength * noise.luma_sigma for stage in stages]
    return [float(row.mean()) + price for row, price in zip(left, prices, strict=True)] if windows else []


def _best(choice: Candidates, scores: Sequence[float]) -> int:
    best = int(np.argmin(scores))
    if choice.what == "field order" and scores[choice.chosen] < CLEARLY * scores[best]:
        return choice.chosen
    return best


def _because(choice: Candidates, best: int, scores: Sequence[float]) -> str:
    as_planned = best == choice.chosen
    if choice.what == "denoise strength":
        how = f"{choice.names[best]} leaves the least noise for what it takes off"
    elif choice.what == "flicker":
        how = "there is flicker to take off" if as_planned else "there is no flicker to speak of"
    elif scores[best] < max(scores):
        how = "it moves more smoothly this way than with the other field order"
    else:
        how = "with the other field order it does not move clearly more smoothly"
    planned = "to steady its light" if choice.what == "flicker" else choice.names[choice.chosen]
    return f"tried on a few pictures: {how}" + ("" if as_planned else f"; the rules had planned {planned}")


def _marked(choice: Candidates, best: int, scores: Sequence[float], because: str) -> ShotPlan:
    """The better plan, its decision carrying what was heard."""
    plan = choice.plans[best]
    unit = "samples" if choice.what == "field order" else "codes"
    heard = tuple(
        Evidence(what=f"{TAKEN if number == best else TRIED}{name}", value=round(score, 4), unit=unit)
        for number, (name, score) in enumerate(zip(choice.names, scores, strict=True))
    )
    if choice.what == "field order":
        was = plan.reading_choice
        said = Choice(because=f"{was.because}; {because}", evidence=(*was.evidence, *heard), by="audition")
        return plan.model_copy(update={"reading_choice": said})
    if choice.what == "flicker" and best != choice.chosen:
        left_out = Choice(because=because, evidence=heard, by="audition")
        return plan.model_copy(update={"tried": (*plan.tried, left_out)})
    kind = Deflicker if choice.what == "flicker" else Denoise
    decisions = tuple(
        d.model_copy(update={"because": f"{d.because}; {because}", "evidence": (*d.evidence, *heard), "by": "audition"})
        if isinstance(d.stage, kind)
        else d
        for d in plan.decisions
    )
    return plan.model_copy(update={"decisions": decisions})
