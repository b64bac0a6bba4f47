"""Candidates: where a shot could as well be treated otherwise, the ways worth trying on a few of its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from encore.core.findings import Shot
from encore.planning.plan import Decision, Reading, ShotPlan
from encore.restoration import Deblock, Deflicker, Denoise, Upscale

DOUBTFUL_ORDER = 0.5
"""Confidence in the scan of an interlaced shot below which the other field order is tried: so much is reached where
the frames that speak for it outweigh the others by 0.7 of what the scan calls sure."""
UNSURE_NOISE = 1.3
"""Ratio of temporal to spatial noise, either way up, from which the figure is doubtful: a codec or the picture itself
had a share in it; chosen."""
TAKEN, TRIED = "taken: ", "tried: "
"""How evidence of an audition starts: the score of the way that was taken, and of one that was only tried."""
STRENGTHS = (0.5, 0.7, 1.0, 1.4, 2.0)
"""Times the measured noise; a wrong measurement is seldom wrong by more than 2."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Ways to treat one shot that differ in one thing.

    Attributes:
        what: in which.
        names: of the ways.
        plans: the same number; the one that the rules chose is at `chosen`.
        chosen: its place.
    """

    what: Literal["field order", "flicker", "denoise strength"]
    names: tuple[str, ...]
    plans: tuple[ShotPlan, ...]
    chosen: int


def candidates(plan: ShotPlan, shot: Shot) -> tuple[Candidates, ...]:
    """What is worth trying on a shot; nothing where the measurements are sure or a person has decided."""
    found = (_orders(plan, shot), _flicker(plan), _strengths(plan, shot))
    return tuple(one for one in found if one is not None)


def _orders(plan: ShotPlan, shot: Shot) -> Candidates | None:
    fields = plan.reading.method in ("compensated", "bwdif")
    if not fields or plan.reading_choice.by == "person" or not 0 < shot.scan.confidence < DOUBTFUL_ORDER:
        return None
    order: Literal["tff", "bff"] = "bff" if plan.reading.order == "tff" else "tff"
    other = plan.model_copy(update={"reading": Reading(method=plan.reading.method, order=order)})
    return Candidates("field order", (plan.reading.order, order), (plan, other), 0)


def _flicker(plan: ShotPlan) -> Candidates | None:
    """The scan does not measure flicker: whether there is any shows when its stage is tried."""
    decision = next((d for d in plan.decisions if isinstance(d.stage, Deflicker)), None)
    if decision is None or decision.by != "rule":
        return None
    without = plan.model_copy(update={"decisions": tuple(d for d in plan.decisions if d is not decision)})
    return Candidates("flicker", ("steadied", "as it is"), (plan, without), 0)


def _strengths(plan: ShotPlan, shot: Shot) -> Candidates | None:
    place = next((n for n, d in enumerate(plan.decisions) if isinstance(d.stage, Denoise)), None)
    noise = shot.noise
    if place is None or noise is None or plan.decisions[place].by == "person":
        return None
    ratio = noise.luma_sigma / max(noise.spatial_sigma, 0.1)
    if noise.kind == "grain" and 1 / UNSURE_NOISE < ratio < UNSURE_NOISE:
        return None
    made = tuple(
        plan.model_copy(update={"decisions": tuple(_at(decision, strength) for decision in plan.decisions)})
        for strength in STRENGTHS
    )
    names = tuple(f"{strength:g} times the noise measured" for strength in STRENGTHS)
    return Candidates("denoise strength", names, made, STRENGTHS.index(1.0))


def _at(decision: Decision, strength: float) -> Decision:
    """A decision where the noise is so many times what was measured: taken off, and what networks are told is left."""
    stage = decision.stage
    if isinstance(stage, Denoise):
        stage = stage.model_copy(update={"strength": strength})
    elif isinstance(stage, Deblock | Upscale) and stage.networks() and decision.by != "person":
        stage = stage.model_copy(update={"noise": min(stage.noise * strength, 2.0)})
    return decision.model_copy(update={"stage": stage})
