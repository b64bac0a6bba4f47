from __future__ import annotations

import pytest

from encore.core.findings import Fault, Motion
from encore.core.time import Span
from encore.planning.losses import Loss, Losses
from encore.planning.plan import Reading
from encore.reporting import words
from encore.reporting.build import build_report, gather
from encore.reporting.facts import Report
from encore.reporting.repairs import MOST_KEPT, counts_of, repairs_of
from encore.restoration import Rebuild, Upscale
from tests.reporting.test_build import EVIL, Page


def _repairs(story):
    return repairs_of(story.analysis, story.plan, story.result)


def _planned(story, number, **changes):
    """The story's plan with one shot changed."""
    shots = list(story.plan.shots)
    shots[number] = shots[number].model_copy(update=changes)
    return story.plan.model_copy(update={"shots": tuple(shots)})


def _page(story, tmp_path, plan=None):
    page = build_report(story.source, story.analysis, plan or story.plan, story.result, tmp_path / "none", tmp_path)
    return page.read_text(encoding="utf-8")


def test_everything_that_was_lost_is_told_once(lossy):
    found = _repairs(lossy)
    rows = [(one.shot, one.repair, one.span.start, one.span.stop, one.film.start) for one in found.losses]
    assert rows == [
        (0, "rebuilt", 0, 1, 0), (0, "moved", 90, 99, 180), (0, "rebuilt", 99, 100, 198),
        (3, "rebuilt", 1100, 1101, 2200),
    ]  # fmt: skip
    assert (found.rebuilt, found.moved, found.left) == (3, 9, 4)
    assert [(one.span.start, one.shot) for one in found.kept] == [(400, 1), (500, 1), (620, 1), (640, 1)]
    assert "for too long to be rebuilt" in found.kept[0].because and "too unsure" in found.kept[3].because
    assert found.losses[3].start == "0:00:36.703" and found.losses[1].done == words.moved_words(1)


def test_pictures_that_could_only_be_held_are_counted(lossy):
    first, _, hole, frame = _repairs(lossy).losses
    assert (first.pictures, first.held, first.stuck) == (2, 2, 0) and "continued from one side" in first.done
    assert (hole.pictures, hole.held) == (2, 0) and hole.done == "2 pictures made from both sides"
    assert (frame.pictures, frame.done) == (1, "1 picture made from both sides")
    assert "2 pictures could only be continued from one side" in _repairs(lossy).summary


def test_a_shot_without_any_good_picture_stays(tell):
    story = tell((0, 4, 40))
    lost = Losses(losses=(Loss(span=Span(start=0, stop=2), repair="rebuilt", because="unreadable"),))
    plan = _planned(story, 0, losses=lost)
    (one,) = repairs_of(story.analysis, plan, story.result).losses
    assert (one.pictures, one.held, one.stuck) == (4, 0, 4)


def test_pictures_that_straddle_frames_are_made_anew_with_any_of_them(story):
    reading = story.plan.shots[3].reading.model_copy(update={"offset": 1})
    found = repairs_of(story.analysis, _planned(story, 3, reading=reading), story.result)
    assert (found.losses[-1].pictures, found.losses[-1].done) == (2, "2 pictures made from both sides")
    assert found.rebuilt == 3  # tape frames, whose halves are in two pictures


def test_a_picture_of_two_lost_frames_is_counted_once_in_the_sum(tell):
    story = tell((0, 4, 40))
    told = tuple(Loss(span=Span(start=n, stop=n + 1), repair="rebuilt", because="unreadable") for n in (0, 1))
    reading = Reading(method="weave", order="tff", offset=1)
    found = repairs_of(story.analysis, _planned(story, 0, losses=Losses(losses=told), reading=reading), story.result)
    assert [one.stuck for one in found.losses] == [2, 2] and found.rebuilt == 2
    assert "3 pictures stayed as on the tape" in found.summary


def test_nothing_lost_is_one_line(tell, tmp_path):
    story = tell((0, 200, 400))
    found = repairs_of(story.analysis.model_copy(update={"damage": ()}), story.plan, story.result)
    assert not found.losses and not found.kept and found.summary.startswith("Nothing was lost")
    read = Page(_page(story, tmp_path))
    assert "Nothing was lost" in read.text and not any(attrs.get("class") == "losses" for _, attrs in read.tags)


def test_a_plan_without_a_rebuild_stage_leaves_everything(lossy):
    shot = lossy.plan.shots[0]
    plan = _planned(lossy, 0, decisions=tuple(one for one in shot.decisions if not isinstance(one.stage, Rebuild)))
    found = repairs_of(lossy.analysis, plan, lossy.result)
    assert [one.shot for one in found.losses] == [3] and (found.rebuilt, found.moved) == (1, 0)
    assert all("no rebuild stage" in one.because for one in found.kept if one.shot == 0)
    assert [one.span.start for one in found.kept if one.shot == 0] == [0, 90, 99]


def test_a_fast_plan_says_why_faults_stay(lossy):
    upscale = (next(one for one in lossy.plan.shots[0].decisions if isinstance(one.stage, Upscale)),)
    shots = tuple(one.model_copy(update={"losses": Losses(), "decisions": upscale}) for one in lossy.plan.shots)
    intent = lossy.plan.intent.model_copy(update={"quality": "fast"})
    found = repairs_of(lossy.analysis, lossy.plan.model_copy(update={"shots": shots, "intent": intent}), lossy.result)
    assert [one.span.start for one in found.kept] == [90, 100, 400, 500, 620, 640, 1100] and not found.losses
    assert all(one.because.endswith("; quality fast repairs no frames") for one in found.kept)


def test_repeats_where_nothing_moves_say_so(story):
    still = Motion(global_motion=0, pan=(0, 0), zoom=0, shake=0, local_motion=0.1, camera="still")
    told = story.with_faults((Fault(kind="duplicate", span=Span(start=640, stop=641), score=0.9, repair="rebuild"),))
    shots = tuple(shot.model_copy(update={"motion": still}) for shot in told.analysis.shots)
    found = repairs_of(told.analysis.model_copy(update={"shots": shots}), told.plan, told.result)
    assert [one.because for one in found.kept[1:]] == ["shows the frame before again; nothing moves here"]


def test_reasons_for_the_same_frames_stand_together(story):
    span = Span(start=400, stop=401)
    told = tuple(Loss(span=span, repair="rebuilt", because=because) for because in ("a", "b", "a"))
    plan = _planned(story, 1, losses=Losses(losses=told))
    (one,) = (one for one in repairs_of(story.analysis, plan, story.result).losses if one.shot == 1)
    assert one.because == "a; b"


def test_part_of_a_shot_tells_of_its_part_only(lossy):
    first = lossy.plan.shots[0].model_copy(update={"span": Span(start=190, stop=601)})
    plan = lossy.plan.model_copy(update={"span": Span(start=190, stop=3600), "shots": (first, *lossy.plan.shots[1:])})
    found = repairs_of(lossy.analysis, plan, lossy.result)
    assert [(one.span, one.film) for one in found.losses[:2]] == [
        (Span(start=95, stop=99), Span(start=0, stop=8)), (Span(start=99, stop=100), Span(start=8, stop=10))
    ]  # fmt: skip
    assert found.losses[0].done == words.moved_words(1)


def test_guard_and_auditions_are_told(lossy, tmp_path):
    found = _repairs(lossy)
    assert [(one.shot, one.what, [way.taken for way in one.ways]) for one in found.auditions] == [
        (0, "deflicker", [True, False]), (0, "denoise", [False, False, True])
    ]  # fmt: skip
    counts = counts_of(lossy.result)
    assert counts[0]["keep"] == {"blocks": 601 * 345, "blended": 13} and counts[2] == {}
    assert found.blocks == found.detail_blocks == sum(one["keep"]["blocks"] for one in counts.values() if one)
    assert found.detail_blended == sum(one["upscale"]["blended"] for one in counts.values() if one) == 66
    assert (found.faces, found.faces_blended) == (found.blocks // 345, 18)
    report = gather(lossy.source, lossy.analysis, lossy.plan, lossy.result)
    assert report.shots[0].counts == counts[0] and report.repairs == found
    text = Page(_page(lossy, tmp_path)).text
    assert "13 of 207,345 blocks of 32×32 were given back because more than noise was taken off there" in text
    assert "6 of 601 pictures of a face were given less than the network for faces found" in text
    assert "22 of 207,345 blocks of 32×32 were given less of a network's detail than it made" in text
    assert "marks of the codec was small enough to be so in all of 207,345 blocks" in text
    assert "✓ 1.4 times the noise measured 1.52 codes" in text and "by audition" in text
    assert Report.load(tmp_path / "report.json").repairs == found


def test_stages_with_their_range_of_strengths(lossy):
    stages = {one.kind: one for one in _repairs(lossy).stages}
    assert list(stages) == ["rebuild", "deflicker", "denoise", "keep", "grain", "upscale"]
    assert stages["denoise"].shots == 3 and stages["denoise"].settings == (
        "strength 1 to 1.4",
        "pictures looked at on each side 4",
    )
    assert stages["upscale"].share == pytest.approx(1) and stages["deflicker"].settings == (
        "effects of the light spared 1",
    )


def test_thousands_of_losses_stay_within_bounds(tell, tmp_path):
    story = tell((0, 120_000))
    told = tuple(
        Loss(span=Span(start=n, stop=n + 1), repair="left" if n % 3 else "rebuilt", because=EVIL)
        for n in range(0, 30_000, 5)
    )
    plan = _planned(story, 0, losses=Losses(losses=told))
    html = _page(story, tmp_path, plan)
    found = repairs_of(story.analysis, plan, story.result)
    assert len(found.losses) == 2000 and found.left == 4000 and len(found.kept) == MOST_KEPT
    assert EVIL not in html and html.count('<td class="mono">0:') == 1000 and len(html) < 1_000_000
    text = Page(html).text
    assert "and 1,500 more in report.json" in text and "and 3,500 more, the first ones of them in report.json" in text
