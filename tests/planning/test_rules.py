"""Rules turn facts and wishes into one plan: always the same, covering everything, with reasons."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encore.core.errors import PlanError
from encore.core.findings import Analysis, Scan, Transition
from encore.core.time import Span
from encore.execution.job import output_span
from encore.planning.check import check_plan
from encore.planning.plan import Intent, Plan
from encore.planning.presets import PRESETS
from encore.planning.rules import RULES, make_plan, picture_shape, planned_span
from encore.restoration import STAGES
from tests.planning.facts import (
    BOTTOM,
    FILM,
    INTERLACED,
    NTSC,
    OFFSET,
    PAL,
    PROGRESSIVE,
    STILL,
    analysis_of,
    source_of,
)

SMALL = Intent(height=480)


def dissolving(scans: tuple[Scan, ...], kinds: tuple[str, ...]) -> Analysis:
    """Shots of 20 tape frames, with such ways from one to the next."""
    cuts = [40 * (n + 1) for n in range(len(kinds))]
    found = analysis_of(scans, cuts, frames=20 * len(scans))
    ways = tuple(
        Transition(
            kind=kind, span=Span(start=cut, stop=cut) if kind == "cut" else Span(start=cut - 8, stop=cut + 8), score=1
        )  # type: ignore[arg-type]
        for kind, cut in zip(kinds, cuts, strict=True)
    )
    return found.model_copy(update={"transitions": ways})


def test_context_goes_through_dissolves_and_never_across_cuts() -> None:
    four = (INTERLACED,) * 4
    plan = make_plan(source_of(), dissolving(four, ("dissolve", "fade", "cut")), SMALL)
    assert [shot.span.start for shot in plan.shots] == [0, 40, 80, 120]
    assert [shot.reach for shot in plan.shots] == [(0, 80), (40, 40), (80, 0), (0, 0)]


def test_context_ends_where_the_scan_changes() -> None:
    plan = make_plan(source_of(), dissolving((INTERLACED, PROGRESSIVE), ("dissolve",)), SMALL)
    assert [shot.reach for shot in plan.shots] == [(0, 0), (0, 0)]


def test_an_excerpt_sees_its_whole_shot() -> None:
    plan = make_plan(source_of(), analysis_of(), SMALL.model_copy(update={"frames": Span(start=10, stop=30)}))
    assert plan.shots[0].span == Span(start=20, stop=60) and plan.shots[0].reach == (20, 60)


@pytest.mark.parametrize(
    ("scans", "rate", "wanted", "expected"),
    [
        ((INTERLACED,), NTSC, "field", Fraction(60000, 1001)),
        ((INTERLACED,), NTSC, "frame", NTSC),
        ((BOTTOM,), PAL, "field", Fraction(50)),
        ((PROGRESSIVE,), NTSC, "field", NTSC),
        ((PROGRESSIVE,), PAL, "field", PAL),
        ((OFFSET,), PAL, "frame", PAL),
        ((FILM,), NTSC, "field", Fraction(24000, 1001)),
        ((FILM,), NTSC, "frame", Fraction(24000, 1001)),
        ((FILM, INTERLACED), NTSC, "field", Fraction(60000, 1001)),
        ((FILM, PROGRESSIVE), NTSC, "field", Fraction(60000, 1001)),
        ((PROGRESSIVE, INTERLACED), NTSC, "field", Fraction(60000, 1001)),
        ((FILM, INTERLACED), NTSC, "frame", NTSC),
    ],
)
def test_rate(scans: tuple[Scan, ...], rate: Fraction, wanted: str, expected: Fraction) -> None:
    analysis = analysis_of(scans, (40,) if len(scans) == 2 else (), rate=rate)
    delivery = make_plan(source_of(), analysis, SMALL.model_copy(update={"rate": wanted})).delivery
    assert delivery.rate == expected
    assert delivery.rate * delivery.ticks_per_frame == analysis.timeline.tick_rate
    assert delivery.choice.because


@pytest.mark.parametrize(
    ("scan", "method", "order", "offset"),
    [
        (INTERLACED, "compensated", "tff", 0),
        (BOTTOM, "compensated", "bff", 0),
        (STILL, "compensated", "tff", 0),
        (PROGRESSIVE, "weave", "tff", 0),
        (OFFSET, "weave", "tff", 1),
        (FILM, "film", "tff", 0),
    ],
)
def test_reading(scan: Scan, method: str, order: str, offset: int) -> None:
    shot = make_plan(source_of(), analysis_of((scan,)), SMALL).shots[0]
    reading, choice = shot.reading, shot.reading_choice
    assert (reading.method, reading.order, reading.offset) == (method, order, offset)
    assert choice.because and choice.by == "rule"
    assert ("nothing moves" in choice.because) == (scan.confidence == 0)


def test_fast_reading_follows_nothing() -> None:
    fast = SMALL.model_copy(update={"quality": "fast"})
    assert make_plan(source_of(), analysis_of((INTERLACED,)), fast).shots[0].reading.method == "bwdif"
    source = source_of()
    rgb = source.video.colour.model_copy(update={"matrix": "rgb"})
    source = source.model_copy(update={"video": source.video.model_copy(update={"colour": rgb})})
    assert make_plan(source, analysis_of((INTERLACED,)), SMALL).shots[0].reading.method == "bwdif"


@pytest.mark.parametrize(
    ("shape", "height", "size"),
    [
        (Fraction(8, 9), 480, (640, 480)),
        (Fraction(8, 9), 2160, (2880, 2160)),
        (Fraction(32, 27), 2160, (3840, 2160)),
        (Fraction(10, 11), 480, (654, 480)),
    ],
)
def test_size(shape: Fraction, height: int, size: tuple[int, int]) -> None:
    delivery = make_plan(source_of(), analysis_of(shape=shape), Intent(height=height)).delivery
    assert (delivery.width, delivery.height) == size


def test_wanted_aspect_is_that_of_the_whole_frame() -> None:
    analysis, wide = analysis_of(), Intent(height=1080, aspect=Fraction(16, 9))
    assert make_plan(source_of(), analysis, wide).delivery.width == 1920
    cropped = make_plan(source_of(), analysis, wide.model_copy(update={"crop": True}))
    assert {shot.decisions[-1].stage.crop for shot in cropped.shots} == {(8, 2, 712, 470)}
    shape = Fraction(16, 9) * Fraction(480, 720) * Fraction(704, 468)
    assert cropped.delivery.width == 2 * round(1080 * shape / 2)
    assert picture_shape(source_of(), analysis, wide, None) == Fraction(16, 9)


@pytest.mark.parametrize("aspect", [Fraction(1, 100), Fraction(40)])
def test_absurd_shapes_are_refused(aspect: Fraction) -> None:
    with pytest.raises(PlanError, match="wide"):
        make_plan(source_of(), analysis_of(), Intent(height=480, aspect=aspect))


@pytest.mark.parametrize("frames", [Span(start=0, stop=61), Span(start=70, stop=80), Span(start=5, stop=5)])
def test_frames_that_are_not_there(frames: Span) -> None:
    with pytest.raises(PlanError, match="not on the tape"):
        planned_span(analysis_of(), Intent(frames=frames))


def test_only_wanted_frames_are_planned() -> None:
    plan = make_plan(source_of(), analysis_of((INTERLACED,) * 3, (40, 80)), Intent(frames=Span(start=30, stop=45)))
    assert plan.span == Span(start=60, stop=90)
    assert [shot.span for shot in plan.shots] == [Span(start=60, stop=80), Span(start=80, stop=90)]


def test_one_rule_for_every_stage_in_running_order() -> None:
    plan = make_plan(source_of(), analysis_of(), SMALL)
    kinds = [type(decision.stage) for decision in plan.shots[0].decisions]
    assert kinds == [stage for stage in STAGES if stage in kinds]
    assert len(RULES) == len(STAGES)
    assert all(decision.because for decision in plan.shots[0].decisions)


scans = st.sampled_from([INTERLACED, BOTTOM, PROGRESSIVE, OFFSET, FILM, STILL])
cut_lists = st.lists(st.integers(1, 199), max_size=6, unique=True).map(sorted)


@given(cut_lists, st.data())
def test_plans_are_total_repeatable_and_cover_every_frame(cuts: list[int], data: st.DataObject) -> None:
    shots = data.draw(st.lists(scans, min_size=len(cuts) + 1, max_size=len(cuts) + 1))
    analysis = analysis_of(shots, cuts, frames=100, rate=data.draw(st.sampled_from([NTSC, PAL])))
    edges = data.draw(st.none() | st.tuples(st.integers(0, 99), st.integers(1, 100)).filter(lambda e: e[0] < e[1]))
    name = data.draw(st.sampled_from(sorted(PRESETS)))
    intent = Intent(
        preset=name, height=480, rate=data.draw(st.sampled_from(["field", "frame"])), crop=data.draw(st.booleans()),
        frames=Span(start=edges[0], stop=edges[1]) if edges else None,
        codec=data.draw(st.sampled_from(["av1", "hevc", "avc", "prores", "ffv1"])),
    )  # fmt: skip
    plan = make_plan(source_of(), analysis, intent)
    assert make_plan(source_of(), analysis, intent).digest == plan.digest
    assert Plan.model_validate_json(plan.to_json()) == plan
    check_plan(plan, source_of(), analysis)
    assert plan.shots[0].span.start == plan.span.start and plan.shots[-1].span.stop == plan.span.stop
    assert all(a.span.stop == b.span.start for a, b in pairwise(plan.shots))
    frames = [output_span(shot.span, plan) for shot in plan.shots]
    assert frames[0].start == 0
    assert all(a.stop == b.start for a, b in pairwise(frames))
    assert frames[-1].stop == math.ceil(len(plan.span) / plan.delivery.ticks_per_frame)
