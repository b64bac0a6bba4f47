"""Dissolves and fades are found as spans; light, cameras and cuts are neither."""

import numpy as np
import pytest

from benchmarks.scan.material import tape_of
from encore.analysis.look import Looker
from encore.analysis.shots import CutMeter, ShotsQuestion
from encore.analysis.transitions import transitions_in
from encore.core.findings import Transition
from encore.core.time import Span
from tests.analysis.test_shots import Field, lit, picture, shot


def found(frames: list[Field], noise: float = 2) -> list[Transition]:
    random = np.random.default_rng(0)
    looker, question = Looker(), ShotsQuestion(tape_of(360, 240))
    for frame in frames:
        noisy = frame + random.normal(0, noise, frame.shape)
        question.observe(looker.look([np.clip(noisy, 0, 255).astype(np.uint8)]))
    question.finish()
    return transitions_in(question.rows(Span(start=0, stop=len(frames))), "tff")


def dissolve(old: str, new: str, before: int, length: int, after: int) -> list[Field]:
    frames: list[Field] = []
    for k in range(before + length + after):
        share = float(np.clip((k - before + 0.5) / length, 0, 1))
        frames.append(picture(old, 2 * k) * (1 - share) + picture(new, 2 * k) * share)
    return frames


def fade(old: str, new: str, length: int, black: int) -> list[Field]:
    down = [picture(old, 2 * k, 1 - (k + 0.5) / length) for k in range(length)]
    up = [picture(new, 2 * k, (k + 0.5) / length) for k in range(length)]
    return [*shot(old, 15), *down, *[down[0] * 0] * black, *up, *shot(new, 15)]


def overlap(span: Span, first: int, after: int) -> float:
    common = min(span.stop, 2 * after) - max(span.start, 2 * first)
    return common / max(len(span), 2 * (after - first))


@pytest.mark.parametrize(("length", "noise"), [(8, 1), (15, 5), (30, 3), (45, 1)])
def test_finds_dissolves(length: int, noise: float) -> None:
    (one,) = found(dissolve("astronaut", "coffee", 20, length, 20), noise)
    assert one.kind == "dissolve"
    assert overlap(one.span, 20, 20 + length) > 0.6
    assert one.score > 0.8


@pytest.mark.parametrize(("length", "black"), [(6, 0), (10, 5), (16, 0)])
def test_finds_fades_through_black(length: int, black: int) -> None:
    (one,) = found(fade("astronaut", "coffee", length, black), 1)
    assert one.kind == "fade"
    assert overlap(one.span, 15, 15 + 2 * length + black) > 0.6


def test_lights_that_go_down_and_up_on_one_scene_are_no_fade() -> None:
    assert found(fade("astronaut", "astronaut", 12, 3)) == []


@pytest.mark.parametrize("kind", ["flash", "white-out", "blackout", "gain", "beam"])
def test_light_is_no_dissolve(kind: str) -> None:
    random = np.random.default_rng(3)
    frames = [lit(frame, kind, random) if k % 9 < 4 else frame for k, frame in enumerate(shot("coffee", 60))]
    assert found(frames) == []


@pytest.mark.parametrize("speed", [2, 8])
def test_a_moving_camera_is_no_dissolve(speed: int) -> None:
    assert found([picture("astronaut", speed * k) for k in range(60)]) == []


def test_cuts_dissolves_and_fades_come_in_order_without_overlap() -> None:
    frames = [*shot("rocket", 25), *dissolve("astronaut", "coffee", 25, 14, 25), *shot("chelsea", 25)]
    one, two, three = found(frames)
    assert [one.kind, two.kind, three.kind] == ["cut", "dissolve", "cut"]
    assert (one.span.start, three.span.start) == (50, 2 * 89)
    assert one.span.stop <= two.span.start < two.span.stop <= three.span.start


def test_a_cut_is_an_empty_span_of_its_tick() -> None:
    (one,) = found(shot("rocket", 12) + shot("chelsea", 12))
    assert one == Transition(kind="cut", span=Span(start=24, stop=24), score=one.score)


def test_no_frames() -> None:
    assert CutMeter().mixes() == []
    assert found(shot("rocket", 1)) == []


def test_the_same_dissolve_in_two_parts_counts_once() -> None:
    columns = ("cut", "bottom_before_new", "bottom_still_old", "mix", "mix_before", "mix_after", "mix_black")
    rows = {name: np.full(60, np.nan, np.float32) for name in columns}
    for frame, score in ((29, 0.9), (30, 0.95)):
        rows["mix"][frame], rows["mix_before"][frame], rows["mix_after"][frame] = score, 8, 8
        rows["mix_black"][frame] = 0
    (one,) = transitions_in(rows, "tff")
    assert one.span == Span(start=44, stop=76)
