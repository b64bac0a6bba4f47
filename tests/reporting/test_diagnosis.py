from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encore.core.answers import Light, LightEvent, LightKind
from encore.core.findings import Damage, DamageKind, Fault, FaultKind, Scan, ScanMode
from encore.core.time import Span
from encore.reporting.diagnosis import EVENTS, FAULTS, MODES, UNREADABLE, diagnose, merged
from encore.reporting.traits import TRAITS
from tests.reporting.scanned import answered, scanned

SPANS = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 30)).map(lambda s: Span(start=s[0], stop=s[0] + s[1])))


def _bare(story):
    return story.analysis.model_copy(update={"damage": (), "warnings": ()})


def _titles(analysis, kind, video=None):
    return [found.title for found in diagnose(analysis, video) if found.kind == kind]


def _one(analysis, title, video=None):
    return next(found for found in diagnose(analysis, video) if found.title == title)


def test_a_tape_without_answers_has_only_its_scan_modes(story):
    assert _titles(_bare(story), "wound") == []
    assert sorted(_titles(_bare(story), "patina")) == ["Field motion", "Film, 3:2 pulldown", "Whole pictures"]


def test_a_tape_without_shots_has_nothing(story):
    assert diagnose(_bare(story).model_copy(update={"shots": ()}), story.source.video) == ()


def test_a_clean_tape_has_no_wounds_but_its_evening(story):
    analysis = scanned(_bare(story), bad=0)
    assert _titles(analysis, "wound") == []
    assert {"Strobe light", "Flashes", "Blackouts", "Light beyond the tape's limit", "Coloured light"} <= set(
        _titles(analysis, "patina")
    )


def test_a_terrible_tape_tells_every_trait_once(story):
    analysis = scanned(story.analysis, bad=1)
    titles = [found.title for found in diagnose(analysis, story.source.video)]
    assert len(titles) == len(set(titles))
    assert {trait.title for trait in TRAITS} - set(titles) == {"Light beyond the tape's limit"}  # the range is wrong
    found = _one(analysis, "Dropouts")
    assert found.share == 1 and found.where == (analysis.timeline.span,) and "In every shot" in found.words


def test_what_is_true_for_some_shots_is_one_finding_with_places(story):
    shots = list(_bare(story).shots)
    for number in (0, 1, 3):
        shots[number] = answered(shots[number], 0.7)
    analysis = _bare(story).model_copy(update={"shots": tuple(shots)})
    found = _one(analysis, "Rainbows")
    assert found.where == (Span(start=0, stop=1400), Span(start=1530, stop=2700))
    assert "In 3 of 5 shots: 6.3\N{NO-BREAK SPACE}codes." in found.words and 0 < found.severity < 1
    assert found.share == pytest.approx((1400 + 1170) / 3600)
    assert found.threshold.startswith("Told from 3 codes: colour is seen less sharply")
    assert "43\N{NO-BREAK SPACE}% of what the raster can hold" in _one(analysis, "Little detail").words


def test_faults_are_counted_and_doubt_is_told(story):
    faults = (
        Fault(kind="duplicate", span=Span(start=10, stop=11), score=0.9),
        Fault(kind="duplicate", span=Span(start=400, stop=402), score=0.2),
    )
    found = _one(_bare(story).model_copy(update={"faults": faults}), "Frames shown twice")
    assert "3 frames in 2 places. 1 of them is doubtful." in found.words
    assert found.where == (Span(start=20, stop=22), Span(start=800, stop=804)) and found.severity == pytest.approx(
        (1.1 / 60.06 * 60 / 4) ** 0.5, abs=0.01
    )


def test_strobes_tell_their_rate(story):
    events = tuple(
        LightEvent(kind="strobe", span=Span(start=at, stop=at + 30), rate_hz=rate)
        for at, rate in ((5, 6.0), (90, 12.5))
    )
    light = Light(exposure=0.1, clipped=(0, 0, 0), change=0.1, events=events)
    shots = (_bare(story).shots[0].model_copy(update={"light": light}), *_bare(story).shots[1:])
    found = _one(_bare(story).model_copy(update={"shots": shots}), "Strobe light")
    assert found.kind == "patina" and "2 in all, 6.0 to 12.5 flashes a second." in found.words


@pytest.mark.parametrize(
    ("flagged", "mode", "order", "offset", "wrong"),
    [
        ("tff", "interlaced", "bff", 0, True),
        ("bff", "interlaced", "bff", 0, False),
        ("unknown", "interlaced", "bff", 0, False),
        ("progressive", "interlaced", "tff", 0, True),
        ("progressive", "film", "tff", 0, True),
        ("progressive", "progressive", "tff", 0, False),
        ("tff", "progressive", "tff", 0, False),
        ("tff", "progressive", "tff", 1, True),
    ],
)
def test_wrong_flags(story, flagged, mode, order, offset, wrong):
    scan = Scan(mode=mode, order=order, offset=offset, confidence=0.9)
    shots = tuple(shot.model_copy(update={"scan": scan}) for shot in story.analysis.shots)
    video = story.source.video.model_copy(update={"flagged": flagged})
    analysis = _bare(story).model_copy(update={"shots": shots})
    assert ("Wrong scan flag" in _titles(analysis, "wound", video)) == wrong
    unsure = tuple(shot.model_copy(update={"scan": scan.model_copy(update={"confidence": 0.1})}) for shot in shots)
    assert "Wrong scan flag" not in _titles(_bare(story).model_copy(update={"shots": unsure}), "wound", video)


def test_gaps_and_unreadable_frames_are_wounds(story):
    line = story.analysis.timeline.model_copy(update={"jumps": ((Fraction(3), Fraction(5, 2)),)})
    damage = (
        Damage(span=Span(start=420, stop=423), kind="corrupt"),
        Damage(span=Span(start=500, stop=501), kind="held"),
    )
    analysis = _bare(story).model_copy(update={"timeline": line, "damage": damage})
    assert "2.5 s in 1 place." in _one(analysis, "Gaps in time").words
    assert "3 frames in 1 place." in _one(analysis, "Damaged data").words
    assert {"Gaps in time", "Damaged data", "Frames without a picture"} == set(_titles(analysis, "wound"))


def test_wounds_come_first_and_worst_first(story):
    found = diagnose(scanned(story.analysis, bad=0.6), story.source.video)
    kinds = [one.kind for one in found]
    assert kinds == sorted(kinds, reverse=True)
    for kind in ("wound", "patina"):
        weights = [2 * one.severity + one.share for one in found if one.kind == kind]
        assert weights == sorted(weights, reverse=True)


@given(SPANS)
def test_merged_spans_cover_the_same_without_overlap(spans):
    joined = merged(spans)
    assert {at for span in joined for at in range(span.start, span.stop)} == {
        at for span in spans for at in range(span.start, span.stop)
    }
    assert all(a.stop < b.start for a, b in pairwise(joined))


def test_everything_that_analysis_can_say_has_words():
    assert set(FAULTS) == set(get_args(FaultKind)) and set(UNREADABLE) == set(get_args(DamageKind))
    assert set(EVENTS) == set(get_args(LightKind)) and set(MODES) == set(get_args(ScanMode))
