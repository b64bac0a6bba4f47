"""Repeated, frozen, dropped and black frames and fields are found; motion, light and stillness make none up."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from encore.analysis.fields import FieldsQuestion
from encore.analysis.frames import FramesQuestion
from encore.analysis.look import Looker
from encore.analysis.part import Parts
from encore.analysis.question import ShotFrames, Tape
from encore.analysis.work import part_from
from encore.core.findings import Analysis, Fault, Scan
from encore.core.source import VideoStream
from encore.core.time import Span
from encore.core.video import Colour
from tests.tape.moving import Frames as Tapes
from tests.tape.moving import filmed, scene, tape

At = Callable[[float], NDArray[np.float32]]
VIDEO = Scan(mode="interlaced", confidence=1)
PAN = scene("coffee", (1.2, 0.3))


def about(width: int, height: int, depth: int = 8) -> Tape:
    video = VideoStream(
        index=0, codec="mpeg2video", width=width, height=height, pixel_format="yuv420p", chroma="420", depth=depth,
        sample_aspect=Fraction(1), flagged="tff", rate=Fraction(30), time_base=Fraction(1, 90000),
        colour=Colour(matrix="bt601", primaries="smpte170m"),
    )  # fmt: skip
    return Tape(video, Fraction(30))


CHELSEA, COFFEE = scene("chelsea", (0, 0)), scene("coffee", (1, 0), ball=False)


def slow_ball(time: float) -> NDArray[np.float32]:
    return CHELSEA(time / 3)


def faults(
    frames: Sequence[NDArray[Any]], scan: Scan = VIDEO, *, missing: Sequence[int] = (), depth: int = 8
) -> list[Fault]:
    """What is told about a tape of one shot."""
    height, width = frames[0].shape
    known = about(width, height, depth)
    questions = [FramesQuestion(known), FieldsQuestion(known)]
    looker = Looker(depth)
    for number, frame in enumerate(frames):
        look = looker.look([frame])
        look.own = number not in missing
        for question in questions:
            question.observe(look)
    whole = Span(start=0, stop=len(frames))
    parts = Parts([whole])
    parts.add(part_from(questions, whole))
    found = FramesQuestion.over_tape(parts, Analysis.model_construct(faults=()), [ShotFrames(whole, scan, known)])
    return list(cast(tuple[Fault, ...], found["faults"]))


def kinds(found: Sequence[Fault]) -> list[tuple[str, int, int]]:
    return [(fault.kind, fault.span.start, fault.span.stop) for fault in found]


def shown(numbers: Sequence[int], at: At = PAN, noise: float = 2.0, order: str = "tff") -> Tapes:
    """A tape that shows these frames of the camera, a repeated one with the same noise."""
    made = tape(at, [float(t) for t in range(2 * max(numbers) + 2)], order, noise)
    return [made[n] for n in numbers]


@pytest.mark.parametrize(("order", "noise"), [("tff", 0), ("bff", 4), ("tff", 8)])
def test_a_repeat_and_a_drop_near_by_are_a_pair(order: str, noise: float) -> None:
    numbers = [*range(12), *range(11, 18), *range(19, 30)]
    found = faults(shown(numbers, noise=noise, order=order))
    assert kinds(found) == [("duplicate", 12, 13), ("dropped", 19, 20)]
    assert {fault.repair for fault in found} == {"remove and rebuild the gap"}
    assert all(fault.score > 0.7 for fault in found)


@pytest.mark.parametrize(
    "at",
    [scene("astronaut", (0.3, 0.1)), scene("coffee", (0, 0), zoom=0.003), slow_ball],
    ids=["slow", "zoom", "only a ball moves"],
)
def test_any_motion_will_do(at: At) -> None:
    assert kinds(faults(shown([*range(14), *range(13, 28)], at))) == [("duplicate", 14, 15)]
    assert kinds(faults(shown([*range(14), *range(15, 28)], at))) == [("dropped", 14, 15)]


def test_a_frame_shown_instead_of_the_next_is_rebuilt() -> None:
    (found,) = faults(shown([*range(10), 9, *range(11, 25)]))
    assert (found.kind, found.span.start, found.repair) == ("duplicate", 10, "rebuild")


@pytest.mark.parametrize("length", [3, 20])
def test_freezes(length: int) -> None:
    assert kinds(faults(shown([*range(15), *[14] * length, *range(15, 34)]))) == [("frozen", 15, 15 + length)]


@pytest.mark.parametrize("parity", [0, 1])
def test_a_field_shown_again_while_the_other_goes_on(parity: int) -> None:
    frames = shown(range(26))
    frames[12] = frames[12].copy()
    frames[12][parity::2] = frames[11][parity::2]
    (found,) = faults(frames)
    assert (found.kind, found.span.start, found.repair) == ("field repeat", 12, "rebuild field")


@pytest.mark.parametrize("parity", [0, 1])
def test_a_lost_field(parity: int) -> None:
    frames = shown(range(28))
    late = [frame.copy() for frame in frames[:-1]]
    for number in range(13, 27):
        late[number][parity::2] = frames[number + 1][parity::2]
    assert kinds(faults(late)) == [("field drop", 13, 14)]


def turning(time: float) -> NDArray[np.float32]:
    return COFFEE(40 * np.sin(time / 12))


@pytest.mark.parametrize(
    "at",
    [PAN, scene("rocket", (6, 1)), scene("coffee", (0, 0), zoom=0.003), scene("chelsea", (0, 0)), turning,
     scene("coffee", (0, 0), ball=False)],
    ids=["pan", "fast", "zoom", "only a ball moves", "turns back", "still"],
)  # fmt: skip
def test_sound_tapes_have_no_faults(at: At) -> None:
    assert faults(shown(range(30), at, 3)) == []


def test_flashes_are_no_faults() -> None:
    random = np.random.default_rng(0)
    frames = [
        np.clip(frame * random.uniform(1.5, 3) + 40, 0, 255).astype(np.uint8) if random.random() < 0.15 else frame
        for frame in shown(range(40))
    ]
    assert faults(frames) == []


def test_black_frames_are_told_and_nothing_beside_them() -> None:
    frames = shown(range(34))
    for number in (11, 12, 22):
        frames[number] = np.full_like(frames[0], 16)
    found = faults(frames)
    assert kinds(found) == [("black", 11, 13), ("black", 22, 23)]
    assert {fault.repair for fault in found} == {"none"}


def test_frames_that_the_tape_does_not_have_are_known_already() -> None:
    assert faults(shown([*range(12), 11, *range(13, 28)]), missing=[12]) == []


@pytest.mark.parametrize("rate", [2, 5])
def test_slow_pictures_shown_again_in_turn_are_a_cadence(rate: int) -> None:
    """One repeat in `rate` frames."""
    numbers = [n - n // rate for n in range(50)]
    assert faults(shown(numbers, noise=1), Scan(mode="progressive", confidence=1)) == []


def test_a_cadence_that_stumbles_is_told() -> None:
    numbers = [n - n // 5 for n in range(33)]
    numbers += [numbers[-1] + 1 + n - n // 5 for n in range(33)]
    found = faults(shown(numbers, noise=1), Scan(mode="progressive", confidence=1))
    assert [fault.kind for fault in found] == ["cadence break"]
    assert abs(found[0].span.start - 33) <= 5


def test_the_pattern_of_film_is_no_fault_but_its_break_is() -> None:
    film = Scan(mode="film", confidence=1)
    assert faults(filmed("film", frames=40, noise=2), film) == []
    frames = filmed("film", frames=50, noise=2)
    found = faults([*frames[:22], *frames[24:]], film)
    assert [fault.kind for fault in found] == ["cadence break"]
    assert abs(found[0].span.start - 22) <= 1


def test_depth_does_not_matter() -> None:
    frames = [frame.astype(np.uint16) * 4 for frame in shown([*range(12), *range(11, 24)])]
    assert kinds(faults(frames, depth=10)) == [("duplicate", 12, 13)]


@pytest.mark.parametrize("shape", [(24, 26), (33, 51), (288, 352), (486, 720)])
@pytest.mark.parametrize("length", [1, 2, 7])
def test_odd_sizes_and_short_shots(shape: tuple[int, int], length: int) -> None:
    random = np.random.default_rng(0)
    assert faults([random.integers(0, 255, shape).astype(np.uint8) for _ in range(length)]) == []
