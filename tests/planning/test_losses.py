"""Is what the tape did not give told apart from how it was filmed, and are frames moved to their true times?"""

from __future__ import annotations

from fractions import Fraction

import pytest

from encore.core.answers import Motion
from encore.core.findings import Analysis, Damage, Fault, Mark
from encore.core.time import Span
from encore.planning.losses import Losses, covered_by, film_frames, losses_of, torn_by
from tests.planning.facts import INTERLACED, analysis_of

MOVING = Motion(global_motion=3.0, pan=(3.0, 0.0), zoom=0, shake=0, local_motion=1.0, camera="pan")
PAIRED = "remove and rebuild the gap"


def _span(start: int, count: int = 1) -> Span:
    return Span(start=start, stop=start + count)


def _fault(kind: str, start: int, count: int = 1, score: float = 0.95, repair: str = "rebuild") -> Fault:
    return Fault.model_validate({"kind": kind, "span": _span(start, count), "score": score, "repair": repair})


def _found(
    *faults: Fault, moving: Motion | None = MOVING, damage: tuple[Damage, ...] = (),
    covered: dict[int, float] | None = None,
) -> Losses:  # fmt: skip
    analysis: Analysis = analysis_of(frames=60).model_copy(update={"faults": faults, "damage": damage})
    shot = analysis.shots[0].model_copy(update={"motion": moving})
    return losses_of(analysis, shot, 4, covered or {})


def test_a_sure_repeat_is_made_anew() -> None:
    assert _found(_fault("duplicate", 20)).lost == {40, 41}
    assert _found(_fault("frozen", 20, 4)).lost == set(range(40, 48))


@pytest.mark.parametrize(
    "fault",
    [
        _fault("duplicate", 20, score=0.6),
        _fault("frozen", 20, 9),
        _fault("dropped", 20),
        _fault("black", 20, repair="none"),
        _fault("cadence break", 20, repair="look"),
    ],
)
def test_what_is_unsure_or_too_long_stays(fault: Fault) -> None:
    assert not _found(fault).lost


def test_where_nothing_moves_nothing_is_rebuilt() -> None:
    still = MOVING.model_copy(update={"global_motion": 0.1, "local_motion": 0.2})
    assert _found(_fault("duplicate", 20), moving=still) == Losses()
    assert _found(_fault("duplicate", 20), moving=None).lost


def test_repeats_on_a_beat_are_no_fault() -> None:
    found = _found(*(_fault("duplicate", at) for at in range(3, 60, 6)))
    assert not found.lost
    assert {loss.repair for loss in found.losses} == {"left"}


@pytest.mark.parametrize(("repeat", "missing"), [(20, 25), (25, 20), (20, 21), (21, 20), (20, 20), (20, 31)])
def test_a_repeat_and_a_missing_frame_are_put_in_order(repeat: int, missing: int) -> None:
    """Camera frames shown on a tape with the fault: after the repair every frame shows its own time, or is lost."""
    times = [float(n) for n in range(60)]
    # what the camera saw without the missing frame, then the repeat put in
    if repeat < missing:
        tape = [*times[:repeat], times[repeat - 1], *times[repeat : missing - 1], *times[missing:]]
    elif missing < repeat:
        tape = [*times[:missing], *times[missing + 1 : repeat + 1], times[repeat], *times[repeat + 1 :]]
    else:
        tape = [*times[:repeat], times[repeat - 1], *times[repeat + 1 :]]
    assert len(tape) == 60
    found = _found(_fault("duplicate", repeat, repair=PAIRED), _fault("dropped", missing, repair=PAIRED))
    for n in range(60):
        if 2 * n not in found.lost:
            assert tape[found.moved.get(n, n)] == n
    assert len(found.lost) == 2


def test_unsure_pairs_move_nothing() -> None:
    found = _found(_fault("duplicate", 20, score=0.8, repair=PAIRED), _fault("dropped", 25, score=0.95, repair=PAIRED))
    assert not found.moved
    assert found.lost == {40, 41}


def test_frames_covered_by_damage_are_lost_and_others_torn() -> None:
    marks = [
        Mark(7, "macroblock", 0, 0, 720, 400), Mark(9, "macroblock", 32, 16, 64, 32),
        Mark(9, "dropout", 5, 100, 40, 101), Mark(9, "scratch", 50, 0, 52, 480),
    ]  # fmt: skip
    covered = covered_by(marks, 720 * 480)
    found = _found(covered=covered)
    assert found.lost == {14, 15}
    assert torn_by(marks, found) == {9: ((32, 16, 64, 32), (5, 100, 40, 101))}


def test_damage_moves_with_its_frame() -> None:
    found = _found(_fault("duplicate", 20, repair=PAIRED), _fault("dropped", 25, repair=PAIRED))
    assert torn_by([Mark(22, "dropout", 0, 8, 30, 9)], found) == {21: ((0, 8, 30, 9),)}


def test_frames_that_the_file_lacks() -> None:
    assert _found(damage=(Damage(span=_span(12), kind="held"),)).lost == {24, 25}
    many = tuple(Damage(span=_span(at), kind="held") for at in range(0, 60, 4))
    assert not _found(damage=many).lost


def test_other_shots_are_not_asked() -> None:
    analysis = analysis_of(scans=(INTERLACED, INTERLACED), cuts=[61])
    analysis = analysis.model_copy(update={"faults": (_fault("duplicate", 10), _fault("duplicate", 30))})
    assert losses_of(analysis, analysis.shots[0], 4, {}).lost == {20, 21}
    assert not losses_of(analysis, analysis.shots[1], 4, {}).lost


def test_frames_of_the_film_are_told() -> None:
    assert film_frames(_span(20, 2), 0, Fraction(1)) == Span(start=40, stop=44)
    assert film_frames(_span(20, 2), 10, Fraction(2)) == Span(start=15, stop=17)
    assert film_frames(_span(2), 10, Fraction(1)) == Span(start=0, stop=0)
