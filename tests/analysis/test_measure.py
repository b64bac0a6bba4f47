"""Parts: the same numbers whatever the number of processes, and after a kill; nothing is measured twice."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encore.analysis import measure as measuring
from encore.analysis.look import Look, Looker
from encore.analysis.measure import measure, parts_of
from encore.analysis.part import Part, Parts, marks_table
from encore.analysis.question import Column, Question
from encore.analysis.questions import QUESTIONS
from encore.analysis.survey import survey
from encore.analysis.thumbs import thumb_of
from encore.analysis.work import part_from
from encore.core.errors import InputError, StageError
from encore.core.findings import Mark
from encore.core.time import Span
from encore.tape.probe import probe
from tests.analysis.looks import tape_of
from tests.films import lavfi


@given(st.integers(1, 300_000))
def test_parts_cover_a_tape(frames: int) -> None:
    parts = parts_of(frames)
    assert parts[0].start == 0 and parts[-1].stop == frames
    assert all(a.stop == b.start for a, b in pairwise(parts))
    assert all(0 < len(part) <= measuring.LONGEST for part in parts)


class Brightness(Question):
    """How bright?"""

    name = "brightness"
    columns = (Column("mean", "mean luma, codes"), Column("ends", "first and last line, codes", shape=(2,)))
    seen: ClassVar[list[int]] = []

    def observe(self, now: Look) -> None:
        """See a frame; the mean is noted one frame late."""
        Brightness.seen.append(now.number)
        self.note(now.number, ends=(now.top[0].mean(), now.top[-1].mean()))
        if now.previous is not None:
            self.note(now.previous.number, mean=now.previous.luma.mean())


@pytest.fixture
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "SHORTEST", 7)
    monkeypatch.setattr(measuring, "LONGEST", 7)
    monkeypatch.setattr(measuring, "BEFORE", 3)
    monkeypatch.setattr(measuring, "AFTER", 2)


@pytest.mark.usefixtures("short_parts")
def test_numbers_do_not_depend_on_processes(small_tape: Path, tmp_path: Path) -> None:
    one = survey(probe(small_tape), "1", lambda _: None)
    three = survey(probe(small_tape), "1", lambda _: None, folder=tmp_path, workers=3)
    assert len(one.parts.spans) > 3 and one.analysis == three.analysis
    for a, b in zip(one.parts.each(), three.parts.each(), strict=True):
        assert a.packed() == b.packed()


@pytest.mark.usefixtures("short_parts")
def test_less_context_says_the_same(small_tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = survey(probe(small_tape), "1", lambda _: None)
    monkeypatch.setattr(Question, "wants", lambda *_: True)
    whole = survey(probe(small_tape), "1", lambda _: None)
    for a, b in zip(some.parts.each(), whole.parts.each(), strict=True):
        assert a.packed() == b.packed()


@pytest.mark.usefixtures("short_parts")
def test_a_killed_survey_continues(small_tape: Path, tmp_path: Path) -> None:
    whole = survey(probe(small_tape), "1", lambda _: None, folder=tmp_path)
    files = sorted(tmp_path.iterdir())
    before = {path: path.read_bytes() for path in files}
    files[1].unlink()
    files[2].write_bytes(before[files[2]][:100])  # as a full disk would leave it
    source, parts = probe(small_tape), Parts(whole.parts.spans, tmp_path)
    assert not parts.complete()
    Brightness.seen.clear()
    told: list[int] = []

    def tell(fresh: int, known: int) -> None:
        told.append(fresh + known)

    seconds = measure(source, whole.clock, (*QUESTIONS, Brightness), parts, workers=1, tell=tell)
    again = [span for span in parts.spans if span.start in Brightness.seen and span.stop - 1 in Brightness.seen]
    assert again == [parts.spans[1], parts.spans[2]] and told[-1] == whole.clock.timeline.frames
    assert {"read", "brightness"} <= set(seconds)
    assert survey(source, "1", lambda _: None, folder=tmp_path).analysis == whole.analysis


def test_rows_marks_and_sums_of_a_part() -> None:
    question, looker = Brightness(tape_of(32, 16)), Looker()
    for number in range(5):
        question.observe(looker.look([np.full((16, 32), 10 * number, np.uint8)]))
    part = part_from([question], Span(start=1, stop=5))
    assert part.rows["brightness.mean"].tolist()[:3] == [10, 20, 30] and np.isnan(part.rows["brightness.mean"][3])
    assert part.rows["brightness.ends"].tolist() == [[10, 10], [20, 20], [30, 30], [40, 40]]


def test_later_notes_replace_earlier_ones_however_far_apart() -> None:
    question = Brightness(tape_of(32, 16))
    for frame in (700, 3, 255, 256):
        question.note(frame, mean=1, ends=(frame, 0))
    question.note(256, mean=2)
    rows = question.rows(Span(start=250, stop=701))
    assert np.flatnonzero(np.isfinite(rows["mean"])).tolist() == [5, 6, 450]
    assert rows["mean"][6] == 2 and rows["ends"][[5, 6, 450], 0].tolist() == [255, 256, 700]
    assert np.isnan(question.rows(Span(start=1000, stop=1002))["ends"]).all()


def test_a_part_is_the_same_after_the_disk(tmp_path: Path) -> None:
    marks = marks_table(
        [Mark(9, "scratch", 4, 0, 5, 9), Mark(8, "dropout", 1, 2, 3, 4), Mark(2, "snow", 0, 0, 1, 1)],
        Span(start=8, stop=10),
    )
    part = Part(Span(start=8, stop=10), {"a.b": np.float32([1, np.nan])}, marks, {"a.s": np.arange(3)})
    parts = Parts([part.span], tmp_path)
    parts.add(part)
    found = Part.load(next(tmp_path.iterdir()), part.span)
    assert found is not None and found.packed() == part.packed()
    assert found.marks.tolist() == [[8, 0, 1, 2, 3, 4], [9, 2, 4, 0, 5, 9]]
    assert parts.rows("a")["b"][0] == 1 and parts.sums("a")[0]["s"].tolist() == [0, 1, 2]
    assert Part.load(next(tmp_path.iterdir()), Span(start=8, stop=11)) is None


def test_looks_remember_three_frames_and_flow_both_ways() -> None:
    looker = Looker()
    random = np.random.default_rng(0)
    world = np.kron(random.integers(16, 235, (20, 40)), np.ones((8, 8))).astype(np.uint8)
    looks = [looker.look([world[8:104, 4 * k : 4 * k + 200]]) for k in range(6)]
    back, on = looks[-1].flow_back, looks[-1].flow_on
    assert back is not None and on is not None and back.shape == (48, 100, 2)
    assert np.median(back[..., 0]) == pytest.approx(2, abs=0.3) and np.median(on[..., 0]) == pytest.approx(-2, abs=0.3)
    assert looks[5].previous is looks[4] and looks[2].previous is None


def test_nothing_moves_in_tiny_frames() -> None:
    looker = Looker()
    looker.look([np.zeros((8, 8), np.uint8)])
    flow = looker.look([np.zeros((8, 8), np.uint8)]).flow_back
    assert flow is not None and flow.shape == (4, 4, 2) and not flow.any()


@pytest.mark.parametrize("planes", [np.zeros((8, 4), np.uint8), np.zeros((8, 8, 3), np.uint8)])
def test_what_is_no_frame_is_refused(planes: np.ndarray) -> None:
    with pytest.raises(ValueError, match="must be a plane"):
        Looker().look([planes])


def test_deep_samples_keep_their_fractions() -> None:
    look = Looker(depth=10).look([np.full((16, 16), 401, np.uint16)])
    assert look.luma[0, 0] == 100.25 and look.half[0, 0] == 100


def test_thumbs_are_near_and_in_shape(small_tape: Path) -> None:
    found = survey(probe(small_tape), "1", lambda _: None)
    thumb = thumb_of(found.parts)
    assert (thumb(0) or b"")[:2] == b"\xff\xd8" and thumb(9) == thumb(8)


def test_tapes_of_red_green_and_blue_are_measured_as_luma_and_chroma(tmp_path: Path) -> None:
    picture = "testsrc2=size=176x144:rate=30000/1001"
    found = {}
    for name, pixels in (("rgb", "gbrp"), ("yuv", "yuv444p")):
        path = lavfi(tmp_path / f"{name}.mkv", "-c:v", "ffv1", "-pix_fmt", pixels, picture=picture, frames=12)
        found[name] = survey(probe(path), "1", lambda _: None).parts.rows("fields")["top_light"]
    assert np.allclose(found["rgb"], found["yuv"], atol=1.5)


@pytest.mark.usefixtures("short_parts")
def test_errors_of_workers_arrive_as_they_are(small_tape: Path, tmp_path: Path) -> None:
    found = survey(probe(small_tape), "1", lambda _: None)
    gone = (*found.clock.pts[:-1], 7)
    with pytest.raises(InputError, match="changed while it was being restored"):
        measure(
            probe(small_tape), replace(found.clock, pts=gone), QUESTIONS, Parts(found.parts.spans, tmp_path), workers=2,
            tell=lambda _fresh, _known: None,
        )  # fmt: skip


@pytest.mark.usefixtures("short_parts")
def test_a_worker_that_dies_is_told(small_tape: Path, tmp_path: Path) -> None:
    found = survey(probe(small_tape), "1", lambda _: None)
    parts = Parts(found.parts.spans, tmp_path)
    with pytest.raises(StageError, match=r"measuring stopped \(exit status 1\): .*dies of it"):
        measure(
            probe(small_tape), found.clock, (*QUESTIONS, Deadly), parts, workers=2, tell=lambda _fresh, _known: None
        )


class Deadly(Question):
    """Has a bug."""

    name = "deadly"

    def observe(self, now: Look) -> None:
        """Fail."""
        raise ZeroDivisionError("dies of it")
