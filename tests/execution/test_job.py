"""The key of a chunk is everything that decides its content, and nothing else."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from encore.core.findings import SeenFace
from encore.core.time import Span
from encore.execution.job import CHUNK_S, Job, jobs, output_span
from encore.planning.plan import Decision, Intent, Plan
from encore.planning.rules import make_plan
from encore.restoration import Faces
from encore.tape.fieldstats import FieldMeter, FieldStats
from encore.tape.reader import Take
from tests.planning.facts import BOTTOM, FILM, INTERLACED, OFFSET, PROGRESSIVE, analysis_of, source_of

SCANS = (INTERLACED, PROGRESSIVE, FILM, OFFSET)
CUTS = (41, 80, 131)


@pytest.fixture(scope="module")
def stats() -> FieldStats:
    meter, random = FieldMeter(8), np.random.default_rng(1)
    for _ in range(100):
        meter.add(random.integers(0, 256, (48, 64), np.uint8))
    return meter.stats()


def plan_of(**intent: object) -> Plan:
    return make_plan(source_of(), analysis_of(SCANS, CUTS, frames=100), Intent(height=480, **intent))  # type: ignore[arg-type]


def keys(plan: Plan, stats: FieldStats, version: str = "1") -> dict[tuple[int, int], str]:
    return {(job.shot, job.span.start): job.key for job in jobs(plan, stats, version)}


def test_jobs_cover_the_film_in_order(stats: FieldStats) -> None:
    for rate in ("field", "frame"):
        plan = plan_of(rate=rate)
        found = list(jobs(plan, stats, "1"))
        edges = [0, *(job.span.stop for job in found)]
        assert [job.span.start for job in found] == edges[:-1]
        assert edges[-1] == -(-200 // plan.delivery.ticks_per_frame)
        assert len({job.key for job in found}) == len(found)
        for job in found:
            assert len(job.shown) == len(job.span)
            assert list(job.shown) == sorted(job.shown)
            assert job.shown[0] >= 0 and job.shown[-1] < job.take.pictures.stop


def test_field_rate_shows_every_field_of_video(stats: FieldStats) -> None:
    job = next(iter(jobs(plan_of(), stats, "1")))
    assert job.shown == tuple(range(41))


def test_whole_pictures_are_shown_twice_at_field_rate(stats: FieldStats) -> None:
    job = list(jobs(plan_of(), stats, "1"))[1]
    assert job.take.method == "weave"
    assert all(count in (1, 2) for count in np.bincount(job.shown))


def test_long_shots_become_pieces(stats: FieldStats) -> None:
    meter = FieldMeter(8)
    for _ in range(3):
        meter.add(np.zeros((48, 64), np.uint8))
    plan = make_plan(source_of(), analysis_of((INTERLACED,), frames=1000), Intent(height=480))
    found = list(jobs(plan, meter.stats(), "1"))
    lengths = [len(job.span) for job in found]
    assert sum(lengths) == 2000
    assert max(lengths) <= CHUNK_S * plan.delivery.rate
    assert max(lengths) - min(lengths) <= 1


def test_a_shot_shorter_than_a_frame_of_the_film_may_have_no_job(stats: FieldStats) -> None:
    analysis = analysis_of((INTERLACED,) * 3, (41, 42), frames=100)
    plan = make_plan(source_of(), analysis, Intent(height=480, rate="frame"))
    assert [len(output_span(shot.span, plan)) for shot in plan.shots] == [21, 0, 79]
    assert [job.shot for job in jobs(plan, stats, "1")] == [0, 2]


def edited(plan: Plan, number: int, **reading: object) -> Plan:
    shot = plan.shots[number]
    changed = shot.model_copy(update={"reading": shot.reading.model_copy(update=reading)})
    return plan.model_copy(update={"shots": (*plan.shots[:number], changed, *plan.shots[number + 1 :])})


@pytest.mark.parametrize("number", range(4))
def test_editing_a_shot_changes_its_keys_alone(stats: FieldStats, number: int) -> None:
    plan = plan_of()
    before, after = keys(plan, stats), keys(edited(plan, number, order="bff"), stats)
    assert {place for place in before if before[place] != after.get(place)} == {p for p in before if p[0] == number}


def test_reasons_change_nothing(stats: FieldStats) -> None:
    plan = plan_of()
    shot = plan.shots[0]
    said = shot.model_copy(update={"reading_choice": shot.reading_choice.model_copy(update={"because": "I say so"})})
    assert keys(plan, stats) == keys(plan.model_copy(update={"shots": (said, *plan.shots[1:])}), stats)


@pytest.mark.parametrize(
    "change",
    [
        {"source": "0" * 64},
        {"delivery": {"rate": Fraction(25)}},
        {"delivery": {"codec": {"kind": "avc"}}},
        {"delivery": {"grain": "stream"}},
    ],
    ids=["tape", "rate", "codec", "grain"],
)
def test_everything_else_changes_all(stats: FieldStats, change: dict[str, object]) -> None:
    plan = plan_of()
    raw = plan.model_dump(mode="python")
    for name, value in change.items():
        raw[name] = {**raw[name], **value} if isinstance(value, dict) else value
    before, after = keys(plan, stats), keys(Plan.model_validate(raw), stats)
    assert all(before[place] != after[place] for place in before)
    assert all(a != b for a, b in zip(before.values(), keys(plan, stats, "2").values(), strict=True))


def test_other_weights_of_the_same_name_change_the_keys(stats: FieldStats) -> None:
    plan = plan_of()
    shot = plan.shots[0]
    upscale = shot.decisions[-1]
    stage = upscale.stage.model_copy(update={"network": "sr-fast"})
    decisions = (*shot.decisions[:-1], upscale.model_copy(update={"stage": stage}))
    plan = plan.model_copy(update={"shots": (shot.model_copy(update={"decisions": decisions}), *plan.shots[1:])})

    def of(weights: dict[str, str]) -> list[tuple[int, str]]:
        return [(job.shot, job.key) for job in jobs(plan, stats, "1", weights=weights)]

    one, other = of({"sr-fast": "a", "sr-best": "c"}), of({"sr-fast": "b", "sr-best": "c"})
    assert {shot for (shot, key), (_, new) in zip(one, other, strict=True) if key != new} == {0}
    assert of({"sr-fast": "a", "sr-best": "d"}) == one


class Known:
    """Faces of a tape, as far as keys need them; their digest is that of the ticks in which somebody is."""

    def __init__(self, *seen: int) -> None:
        self.seen = seen

    def of(self, take: Take) -> dict[int, tuple[SeenFace, ...]]:
        return {picture: () for picture in range(len(take.starts))}

    def digest(self, ticks: Span) -> str:
        return ",".join(str(tick) for tick in self.seen if tick in ticks)


def test_faces_decide_where_they_are_restored(stats: FieldStats) -> None:
    plan = plan_of()
    shots = list(plan.shots)
    for number in (0, 2):
        *others, last = (one for one in shots[number].decisions if one.stage.kind != "faces")
        faces = Decision(stage=Faces(), because="")
        shots[number] = shots[number].model_copy(update={"decisions": (*others, faces, last)})
    plan = plan.model_copy(update={"shots": tuple(shots)})

    def made(*seen: int) -> list[Job]:
        return list(jobs(plan, stats, "1", faces=Known(*seen)))

    before, after = made(5, 30, 60, 100), made(5, 31, 61, 100)
    assert {a.shot for a, b in zip(before, after, strict=True) if a.key != b.key} == {0}
    wanted = {number: any(one.stage.kind == "faces" for one in shot.decisions) for number, shot in enumerate(shots)}
    assert {job.shot: job.take.faces is not None for job in before} == wanted
    assert all(job.take.faces is None for job in jobs(plan, stats, "1"))


def test_keys_do_not_depend_on_the_run(stats: FieldStats) -> None:
    assert keys(plan_of(), stats) == keys(Plan.model_validate_json(plan_of().to_json()), stats)


def test_a_moved_cut_leaves_the_others(stats: FieldStats) -> None:
    def run(cuts: tuple[int, ...]) -> list[Job]:
        plan = make_plan(
            source_of(), analysis_of((INTERLACED, BOTTOM, INTERLACED), cuts, frames=100), Intent(height=480)
        )
        return list(jobs(plan, stats, "1"))

    before, after = run((40, 100)), run((50, 100))
    assert [a.key == b.key for a, b in zip(before, after, strict=True)] == [False, False, True]
    assert before[2].span == Span(start=100, stop=200)
