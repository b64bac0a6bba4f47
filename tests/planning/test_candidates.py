"""Doubt is where measurements are unsure, and never where a person has decided."""

from __future__ import annotations

import pytest

from encore.core.answers import Noise
from encore.core.findings import Scan, Shot
from encore.core.time import Span
from encore.planning.candidates import STRENGTHS, candidates
from encore.planning.plan import Choice, Decision, Reading, ShotPlan
from encore.restoration import Deblock, Denoise, Upscale

SPAN = Span(start=0, stop=40)


def shot_of(confidence: float = 1.0, kind: str = "grain", spatial: float = 3.0) -> Shot:
    noise = Noise.model_validate({
        "luma_sigma": 3, "chroma_sigma": 2, "spatial_sigma": spatial, "kind": kind, "correlation_across": 0,
        "correlation_down": 0, "correlation_time": 0,
    })  # fmt: skip
    return Shot(span=SPAN, scan=Scan(mode="interlaced", confidence=confidence), noise=noise)


def plan_of(method: str = "compensated", by: str = "rule", stages: bool = True) -> ShotPlan:
    choice = Choice.model_validate({"because": "so", "by": by})
    denoise = Decision.model_validate({"stage": Denoise(), "because": "so", "by": by})
    upscale = Decision(stage=Upscale(width=64, height=48), because="so")
    reading = Reading.model_validate({"method": method, "order": "tff"})
    return ShotPlan(
        span=SPAN, reading=reading, reading_choice=choice, decisions=(denoise, upscale) if stages else (upscale,)
    )


@pytest.mark.parametrize(
    ("plan", "shot", "whats"),
    [
        (plan_of(), shot_of(), []),
        (plan_of(), shot_of(confidence=0.3), ["field order"]),
        (plan_of(), shot_of(confidence=0), []),
        (plan_of("weave"), shot_of(confidence=0.3), []),
        (plan_of(), shot_of(kind="codec"), ["denoise strength"]),
        (plan_of(), shot_of(spatial=1), ["denoise strength"]),
        (plan_of(), shot_of(spatial=9), ["denoise strength"]),
        (plan_of(stages=False), shot_of(kind="codec"), []),
        (plan_of(by="person"), shot_of(confidence=0.3, kind="codec"), []),
        (plan_of(), shot_of(confidence=0.3, kind="codec"), ["field order", "denoise strength"]),
        (plan_of(), shot_of().model_copy(update={"noise": None}), []),
    ],
)
def test_where_there_is_doubt(plan: ShotPlan, shot: Shot, whats: list[str]) -> None:
    assert [one.what for one in candidates(plan, shot)] == whats


def test_ways_differ_in_one_thing() -> None:
    plan = plan_of()
    orders, strengths = candidates(plan, shot_of(confidence=0.3, kind="codec"))
    assert [p.reading.order for p in orders.plans] == ["tff", "bff"]
    assert [p.decisions for p in orders.plans] == [plan.decisions] * 2
    assert [p.decisions[0].stage.strength for p in strengths.plans] == list(STRENGTHS)
    assert {p.reading for p in strengths.plans} == {plan.reading}
    for one in (orders, strengths):
        assert one.plans[one.chosen] == plan and len(one.names) == len(one.plans)


def test_networks_are_told_of_the_noise_that_is_tried() -> None:
    told = (Deblock(network="deblock", noise=1.0), Upscale(width=64, height=48, network="sr-fast", noise=0.4))
    plan = plan_of()
    decisions = (plan.decisions[0], *(Decision(stage=stage, because="so") for stage in told), plan.decisions[1])
    (strengths,) = candidates(plan.model_copy(update={"decisions": decisions}), shot_of(kind="codec"))
    for strength, one in zip(STRENGTHS, strengths.plans, strict=True):
        noises = [decision.stage.noise for decision in one.decisions[1:3]]
        assert noises == pytest.approx([min(strength, 2), 0.4 * strength])
        assert one.decisions[3] == plan.decisions[1]


def test_what_a_person_tells_networks_stays() -> None:
    plan = plan_of()
    told = Decision(stage=Upscale(width=64, height=48, network="sr-fast", noise=0.3), because="so", by="person")
    (strengths,) = candidates(plan.model_copy(update={"decisions": (plan.decisions[0], told)}), shot_of(kind="codec"))
    assert {one.decisions[1] for one in strengths.plans} == {told}
