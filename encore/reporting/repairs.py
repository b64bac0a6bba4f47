"""What was lost on the tape, what was done about it, and which stages worked how strongly?"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from encore.core.findings import Analysis, Damage, DamageKind, Fault, FaultKind
from encore.core.result import Result
from encore.core.time import TICKS_PER_FRAME, Span, timecode
from encore.planning.candidates import TAKEN, TRIED
from encore.planning.losses import STILL, SURE, Loss, film_frames
from encore.planning.plan import Choice, Plan, ShotPlan
from encore.reporting import words
from encore.reporting.facts import AuditionFacts, LossFacts, RepairFacts, StageFacts, WayFacts
from encore.restoration import STAGES, Rebuild
from encore.restoration.rebuild import Fate, fates
from encore.tape.reader import picture_starts

MOST_KEPT = 2000
"""Places left as on the tape that are told one by one; a tape of 25 pictures in 30 leaves 20,000 an hour."""
FAULT_WORDS: dict[FaultKind | DamageKind, str] = {
    "held": "the file has no frame for this time",
    "duplicate": "shows the frame before again",
    "frozen": "the picture is frozen",
    "dropped": "a frame is missing before this one",
    "field repeat": "one of its fields shows the frame before",
    "field drop": "a field is missing before this frame",
    "cadence break": "the pattern in which frames repeat breaks here",
    "corrupt": "damaged places in the picture",
    "half picture": "only a part of the picture is there",
}
"""Why a frame is not what the camera saw; black frames are, as far as anybody can tell."""
Flaw = Fault | Damage
PAIRED = "remove and rebuild the gap"
"""What the analysis proposes for a repeat and a missing frame near it."""
REPEATS: tuple[FaultKind, ...] = ("duplicate", "frozen", "field repeat")
MOVING: tuple[FaultKind | DamageKind, ...] = (*REPEATS, "dropped", "held")
"""Those that nobody sees where nothing moves."""
TORN: tuple[FaultKind, ...] = ("corrupt", "half picture")
"""Faults whose places are filled wherever there is a rebuild stage."""


@dataclass(frozen=True, slots=True)
class _Shot:
    """One shot, with what is known about it."""

    number: int
    plan: ShotPlan
    origin: int
    """Tick at which the film starts."""
    step: Fraction
    """Ticks per frame of the film."""
    tick_rate: Fraction

    @property
    def stage(self) -> Rebuild | None:
        return next((one.stage for one in self.plan.decisions if isinstance(one.stage, Rebuild)), None)

    @property
    def frames(self) -> Span:
        """Tape frames of which the shot has any field."""
        return Span(start=self.plan.span.start // TICKS_PER_FRAME, stop=-(-self.plan.span.stop // TICKS_PER_FRAME))

    def ticks(self, frames: Span) -> slice:
        """Ticks of the shot in these tape frames, counted from its first."""
        inside = Span(start=frames.start * TICKS_PER_FRAME, stop=frames.stop * TICKS_PER_FRAME).within(self.plan.span)
        return slice(inside.start - self.plan.span.start, inside.stop - self.plan.span.start)

    def told(self, loss: Loss, done: str, **counts: int) -> LossFacts:
        """A loss with its times, as far as it lies in the shot."""
        return LossFacts(
            shot=self.number, span=loss.span, film=film_frames(loss.span, self.origin, self.step),
            start=timecode(loss.span.start * TICKS_PER_FRAME / self.tick_rate),
            repair=loss.repair, done=done, because=loss.because, **counts,
        )  # fmt: skip


def repairs_of(analysis: Analysis, plan: Plan, result: Result) -> RepairFacts:
    """All about the repair of a film; pure."""
    rate, step = analysis.timeline.tick_rate, plan.delivery.ticks_per_frame
    shots = [_Shot(number, one, plan.span.start, step, rate) for number, one in enumerate(plan.shots)]
    told: list[LossFacts] = []
    kept: list[LossFacts] = []
    made: Counter[Fate] = Counter()
    ticks = moved = left = 0
    for shot, flaws in zip(shots, _by_shot(analysis, plan), strict=True):
        losses = _losses(shot)
        lost = _marked(shot, (loss for loss in losses if loss.repair == "rebuilt"))
        starts, found = _pictures(shot, lost)
        made.update(found.values())
        told += _told(shot, [loss for loss in losses if loss.repair != "left"], starts, found)
        open_ends = [loss for loss in losses if loss.repair == "left" and not lost[shot.ticks(loss.span)].all()]
        open_ends += [_left(fault, plan, analysis) for fault in _unanswered(shot, flaws, losses)]
        places = _merged(open_ends)
        kept += [shot.told(loss, "left as on the tape") for loss in places[: MOST_KEPT - len(kept)]]
        ticks += int(lost.sum())
        moved += sum(len(loss.span) for loss in losses if loss.repair == "moved")
        left += len(places)
    counted = _added(chunk.counts for chunk in result.chunks)
    counts, detail, people = (counted.get(stage, {}) for stage in ("keep", "upscale", "faces"))
    rebuilt = ticks // TICKS_PER_FRAME
    return RepairFacts(
        summary=words.repair_words(rebuilt, moved, left, made["held"], made["left"]),
        rebuilt=rebuilt, moved=moved, left=left, losses=tuple(told), kept=tuple(kept),
        stages=_stages(plan), auditions=tuple(audition for shot in shots for audition in _auditions(shot)),
        blocks=counts.get("blocks", 0), blended=counts.get("blended", 0),
        detail_blocks=detail.get("blocks", 0), detail_blended=detail.get("blended", 0),
        faces=people.get("faces", 0), faces_blended=people.get("blended", 0),
    )  # fmt: skip


def counts_of(result: Result) -> dict[int, dict[str, dict[str, int]]]:
    """By shot, what its stages counted over all chunks."""
    chunks: dict[int, list[dict[str, dict[str, int]]]] = {}
    for chunk in result.chunks:
        chunks.setdefault(chunk.shot, []).append(chunk.counts)
    return {shot: _added(counts) for shot, counts in chunks.items()}


def _added(counts: Iterable[dict[str, dict[str, int]]]) -> dict[str, dict[str, int]]:
    sums: dict[str, Counter[str]] = {}
    for one in counts:
        for stage, numbers in one.items():
            sums.setdefault(stage, Counter()).update(numbers)
    return {stage: dict(numbers) for stage, numbers in sums.items()}


def _by_shot(analysis: Analysis, plan: Plan) -> list[list[Flaw]]:
    """Faults of the tape, and frames that the file does not have, by the planned shot that they start in."""
    starts = [shot.span.start for shot in plan.shots]
    found: list[list[Flaw]] = [[] for _ in starts]
    for flaw in [*analysis.faults, *(one for one in analysis.damage if one.kind == "held")]:
        tick = flaw.span.start * TICKS_PER_FRAME
        if flaw.kind in FAULT_WORDS and tick in plan.span:
            found[bisect_right(starts, tick) - 1].append(flaw)
    return found


def _losses(shot: _Shot) -> list[Loss]:
    """Losses as they were treated: within the shot, and left as they are where there is no stage to obey them."""
    found: list[Loss] = []
    for loss in shot.plan.losses.losses:
        span, repair, because = loss.span.within(shot.frames), loss.repair, loss.because
        if shot.stage is None and repair != "left":
            repair, because = "left", f"{because}; the plan has no rebuild stage"
        if len(span):
            found.append(Loss(span=span, repair=repair, because=because))
    return _merged(found)


def _merged(losses: Iterable[Loss]) -> list[Loss]:
    """In order; what is told twice of the same frames is told once, with both reasons."""
    found: dict[tuple[int, int, str], Loss] = {}
    for loss in losses:
        key = (loss.span.start, loss.span.stop, loss.repair)
        known = found.get(key)
        if known is None:
            found[key] = loss
        elif loss.because not in known.because:
            found[key] = known.model_copy(update={"because": f"{known.because}; {loss.because}"})
    return [found[key] for key in sorted(found)]


def _marked(shot: _Shot, losses: Iterable[Loss]) -> NDArray[np.bool_]:
    """Of every tick of the shot, whether one of these losses covers it."""
    marked = np.zeros(len(shot.plan.span), np.bool_)
    for loss in losses:
        marked[shot.ticks(loss.span)] = True
    return marked


def _pictures(shot: _Shot, lost: NDArray[np.bool_]) -> tuple[NDArray[np.int64], dict[int, Fate]]:
    """First ticks of the pictures, counted from that of the shot, and what becomes of those that are made anew.

    A picture is made anew if any of its ticks is lost, as the reader has it.
    """
    reading, span = shot.plan.reading, shot.plan.span
    # where the pictures of 3:2 film start is known only from the pixels; tape frames stand for them
    starts = picture_starts(reading.method, span, reading.offset) - span.start
    return starts, fates(np.logical_or.reduceat(lost, starts).tolist(), shot.stage.longest) if shot.stage else {}


def _told(shot: _Shot, losses: Sequence[Loss], starts: NDArray[np.int64], found: Mapping[int, Fate]) -> list[LossFacts]:
    """What was rebuilt and what was moved, with what could be done for every picture that shows any of it."""
    shown = shot.plan.losses.moved
    told: list[LossFacts] = []
    for loss in losses:
        if loss.repair == "moved":
            at = loss.span.start
            told.append(shot.told(loss, words.moved_words(shown.get(at, at) - at)))
            continue
        ticks = shot.ticks(loss.span)
        first, last = np.searchsorted(starts, [ticks.start, ticks.stop - 1], side="right").tolist()
        fate = Counter(found[n] for n in range(first - 1, last))
        done = words.made_words(fate["between"], fate["held"], fate["left"])
        told.append(shot.told(loss, done, pictures=sum(fate.values()), held=fate["held"], stuck=fate["left"]))
    return told


def _unanswered(shot: _Shot, flaws: Sequence[Flaw], losses: Sequence[Loss]) -> list[Flaw]:
    """Flaws that the plan says nothing about."""
    told = _marked(shot, losses)
    found: list[Flaw] = []
    for flaw in flaws:
        pair = isinstance(flaw, Fault) and flaw.repair == PAIRED
        near = shot.ticks(Span(start=max(0, flaw.span.start - pair), stop=flaw.span.stop))
        # what is missing before a frame cannot be told in its place unless a repeat near gave the time for it
        answered = told[near].any() and (pair or flaw.kind != "dropped")
        if not (answered or (flaw.kind in TORN and shot.stage is not None)):
            found.append(flaw)
    return found


def _left(flaw: Flaw, plan: Plan, analysis: Analysis) -> Loss:
    because = FAULT_WORDS[flaw.kind]
    if plan.intent.quality == "fast":
        because += "; quality fast repairs no frames"
    elif flaw.kind in MOVING and _still(analysis, flaw.span.start * TICKS_PER_FRAME):
        because += "; nothing moves here"
    elif isinstance(flaw, Fault) and flaw.kind in REPEATS and flaw.score < SURE:
        because += "; too unsure to be replaced"
    elif isinstance(flaw, Fault) and flaw.kind == "dropped":
        because += "; too unsure to move frames" if flaw.repair == PAIRED else "; no repeat near it makes room for it"
    return Loss(span=flaw.span, repair="left", because=because)


def _still(analysis: Analysis, tick: int) -> bool:
    at = bisect_right(analysis.shots, tick, key=lambda shot: shot.span.start) - 1
    motion = analysis.shots[at].motion if at >= 0 else None
    return motion is not None and max(motion.global_motion, motion.local_motion) < STILL


def _stages(plan: Plan) -> tuple[StageFacts, ...]:
    ticks: Counter[str] = Counter()
    shots: Counter[str] = Counter()
    given: dict[str, list[dict[str, float | str]]] = {}
    for shot in plan.shots:
        for decision in shot.decisions:
            kind = decision.stage.kind
            ticks[kind] += len(shot.span)
            shots[kind] += 1
            given.setdefault(kind, []).append(words.settings(decision.stage))
    order: list[str] = [stage.model_fields["kind"].default for stage in STAGES]
    return tuple(
        StageFacts(kind=kind, shots=shots[kind], share=ticks[kind] / len(plan.span), settings=words.setting_words(docs))
        for kind, docs in sorted(given.items(), key=lambda one: order.index(one[0]))
    )


def _auditions(shot: _Shot) -> list[AuditionFacts]:
    """What was tried for a shot; the scores are evidence of what was decided."""
    tried: list[tuple[str, Choice]] = [
        ("field order", shot.plan.reading_choice),
        *(("deflicker", one) for one in shot.plan.tried),
        *((one.stage.kind, one) for one in shot.plan.decisions),
    ]
    return [
        AuditionFacts(shot=shot.number, what=what, because=choice.because, ways=ways)
        for what, choice in tried
        if (ways := _ways(choice))
    ]


def _ways(choice: Choice) -> tuple[WayFacts, ...]:
    return tuple(
        WayFacts(name=one.what.removeprefix(mark), score=float(one.value), unit=one.unit, taken=mark == TAKEN)
        for one in choice.evidence
        for mark in (TAKEN, TRIED)
        if one.what.startswith(mark) and not isinstance(one.value, str)
    )
