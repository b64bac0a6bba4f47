"""A plan that a person edited is obeyed, or refused with the place and the reason; never half obeyed."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from encore.core.errors import PlanError
from encore.planning.check import check_plan, load_plan
from encore.planning.plan import Intent, Plan
from encore.planning.rules import make_plan
from tests.planning.facts import FILM, INTERLACED, PROGRESSIVE, analysis_of, source_of

ANALYSIS = analysis_of((INTERLACED, FILM, PROGRESSIVE), (40, 81))
Edit = Callable[[dict[str, Any]], object]


def edited(path: Path, edit: Edit) -> Path:
    plan = json.loads(make_plan(source_of(), ANALYSIS, Intent(height=480)).to_json())
    edit(plan)
    path.write_text(json.dumps(plan), encoding="utf-8")
    return path


def load_and_check(path: Path) -> Plan:
    plan = load_plan(path)
    check_plan(plan, source_of(), ANALYSIS)
    return plan


def put(*path: str | int, value: object) -> Edit:
    def edit(plan: dict[str, Any]) -> None:
        place: Any = plan
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return edit


def test_an_unedited_plan_passes(tmp_path: Path) -> None:
    assert load_and_check(edited(tmp_path / "plan.json", lambda plan: plan)).source == "f" * 64


@pytest.mark.parametrize(
    ("edit", "holds"),
    [
        (put("shots", 0, "reading", "method", value="weave"), lambda p: p.shots[0].reading.method == "weave"),
        (put("shots", 0, "reading_choice", "by", value="person"), lambda p: p.shots[0].reading_choice.by == "person"),
        (
            put("delivery", "codec", value={"kind": "av1", "crf": 40, "speed": 12}),
            lambda p: p.delivery.codec.speed == 12,
        ),
        (put("delivery", "codec", value={"kind": "avc"}), lambda p: p.delivery.codec.crf == 18),
        (
            put("shots", 0, "decisions", -1, "stage", "crop", value=[8, 0, 712, 480]),
            lambda p: p.shots[0].decisions[-1].stage.crop == (8, 0, 712, 480),
        ),
    ],
)
def test_edits_are_obeyed(tmp_path: Path, edit: Edit, holds: Callable[[Plan], bool]) -> None:
    assert holds(load_and_check(edited(tmp_path / "plan.json", edit)))


def move_cut(plan: dict[str, Any]) -> None:
    plan["shots"][0]["span"]["stop"] = plan["shots"][1]["span"]["start"] = 50


def other_rate(plan: dict[str, Any]) -> None:
    plan["delivery"].update(rate="30000/1001", ticks_per_frame="2")


def smaller(plan: dict[str, Any]) -> None:
    plan["delivery"].update(width=320, height=240)
    for shot in plan["shots"]:
        shot["decisions"][-1]["stage"].update(width=320, height=240)


@pytest.mark.parametrize("edit", [move_cut, other_rate, smaller])
def test_edits_in_several_places(tmp_path: Path, edit: Edit) -> None:
    load_and_check(edited(tmp_path / "plan.json", edit))


STAGE = ("shots", 1, "decisions", 0, "stage")


def twice(plan: dict[str, Any]) -> None:
    plan["shots"][0]["decisions"] *= 2


def no_shots(plan: dict[str, Any]) -> None:
    plan.update(span={"start": 0, "stop": 0}, shots=[])


def backwards(plan: dict[str, Any]) -> None:
    plan["delivery"].update(rate="-60000/1001", ticks_per_frame="-1")


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (put(*STAGE, value={"kind": "sharpen"}), "sharpen"),
        (put(*STAGE, "strength", value=3), "strength"),
        (put(*STAGE, "width", value="wide"), "width"),
        (put("colour", value="red"), "colour"),
        (put("delivery", "codec", "kind", value="vp9"), "vp9"),
        (put("delivery", "codec", "crf", value=99), "crf"),
        (put("version", value=99), "newer"),
        (put("source", value="0" * 64), "another tape"),
        (put("shots", 1, "span", "start", value=42), "shot 1 must start at tick 40"),
        (put("shots", 2, "span", "stop", value=119), "shots end at tick 119"),
        (put("shots", 0, "span", "stop", value=0), "shot"),
        (put("span", "stop", value=400), "shots end"),
        (put("shots", 0, "span", "start", value=50), "span"),
        (put("delivery", "width", value=500), "shot 0 ends as 640x480"),
        (put("delivery", "codec", value={"kind": "prores"}), "420, not 640x480 422"),
        (put("delivery", "rate", value="25"), "clock"),
        (put("delivery", "ticks_per_frame", value="0"), "ticks_per_frame"),
        (put("shots", 0, "decisions", -1, "stage", "crop", value=[0, 0, 721, 480]), "not inside"),
        (put("shots", 0, "decisions", -1, "stage", "crop", value=[100, 0, 100, 480]), "not inside"),
        (put("shots", 0, "decisions", -1, "stage", "crop", value=[1, 2]), "crop"),
        (put("shots", 0, "decisions", value=[]), "shot 0 ends as 720x480"),
        (put("shots", 0, "reading", "method", value="magic"), "method"),
        (put("shots", 0, "reach", value=[0, 999]), "shot 0 reaches"),
        (put("shots", value="all"), "shots"),
        (twice, "running order"),
        (no_shots, "shots"),
        (backwards, "rate"),
    ],
)
def test_what_cannot_be_obeyed_is_refused(tmp_path: Path, edit: Edit, says: str) -> None:
    path = edited(tmp_path / "plan.json", edit)
    with pytest.raises(PlanError) as caught:
        load_and_check(path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 4


def longer(plan: dict[str, Any]) -> None:
    plan["span"]["stop"] = plan["shots"][2]["span"]["stop"] = 130


def test_a_plan_beyond_the_end_of_the_tape(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="the plan ends at tick 130"):
        load_and_check(edited(tmp_path / "plan.json", longer))


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b"\xff\xfe\x00", b'"plan"', b'{"version": "new"}'])
def test_what_is_no_plan(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(PlanError) as caught:
        load_plan(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_no_plan_at_all(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(PlanError):
            load_plan(path)


def test_exact_numbers_survive_the_edit(tmp_path: Path) -> None:
    plan = load_and_check(edited(tmp_path / "plan.json", lambda plan: plan))
    assert plan.delivery.rate == Fraction(60000, 1001)
