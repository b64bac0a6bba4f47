"""Damage put into pictures is found, and what only looks like damage is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from encore.analysis.damage import DamageQuestion
from encore.analysis.look import Looker
from encore.analysis.question import Rows, ShotFrames, Tape
from encore.core.answers import TapeDamage
from encore.core.findings import Mark, Scan
from encore.core.source import VideoStream
from encore.core.time import Span
from encore.core.video import Colour
from tests.tape.moving import filmed, scene

Planes = tuple[NDArray[Any], ...]


def asked(frames: Sequence[Planes], depth: int = 8) -> tuple[Rows, list[Mark], TapeDamage]:
    height, width = frames[0][0].shape
    video = VideoStream(
        index=0, codec="mpeg2video", width=width, height=height, pixel_format="yuv420p", chroma="420", depth=depth,
        sample_aspect=Fraction(8, 9), flagged="tff", rate=Fraction(25), time_base=Fraction(1, 25),
        colour=Colour(matrix="bt601", primaries="smpte170m"),
    )  # fmt: skip
    tape = Tape(video, Fraction(25))
    question, looker = DamageQuestion(tape), Looker(depth)
    for planes in frames:
        question.observe(looker.look(planes))
    question.finish()
    span = Span(start=0, stop=len(frames))
    rows = question.rows(span)
    answer = DamageQuestion.answer(rows, ShotFrames(span, Scan(mode="interlaced", confidence=1), tape))
    assert answer is not None
    return rows, list(question.marks()), answer


def coloured(luma: Sequence[NDArray[Any]]) -> list[Planes]:
    return [(plane, plane[::2, ::2] // 2 + 64, 192 - plane[::2, ::2] // 2) for plane in luma]


def clip(frames: int = 5, noise: float = 3) -> list[NDArray[Any]]:
    return filmed("interlaced", frames=frames, noise=noise)


def test_a_clean_tape_has_nothing() -> None:
    rows, marks, answer = asked(coloured(clip(12)))
    assert marks == []
    assert answer == TapeDamage(
        dropout_lines=0, dropout_share=0, snow_frames=0, jitter=answer.jitter, head_switching_lines=0
    )
    assert answer.jitter < 0.15
    assert np.nansum(rows["dropouts"]) == 0


@pytest.mark.parametrize("at", [0, 2, 4])
@pytest.mark.parametrize(("code", "line"), [(240, 101), (4, 60), (240, 60)])
def test_a_lost_piece_of_a_line_is_marked_where_it_is(at: int, code: int, line: int) -> None:
    frames = [frame // 2 + (0 if code > 128 else 110) for frame in clip()]
    frames[at][line, 100:190] = code
    _, marks, answer = asked([(frame,) for frame in frames])
    (mark,) = marks
    assert (mark.frame, mark.kind, mark.top, mark.bottom) == (at, "dropout", line, line + 1)
    assert abs(mark.left - 100) <= 4
    assert abs(mark.right - 190) <= 4
    assert answer.dropout_lines == 1
    assert answer.dropout_share == pytest.approx(90 / frames[0].size / 5, rel=0.1)


def test_three_lines_and_a_comet_tail() -> None:
    frames = [frame // 2 for frame in clip()]
    fade = np.linspace(1, 0, 120)
    for line in (80, 82, 84):
        frames[2][line, 50:170] = (frames[2][line, 50:170] * (1 - fade) + 245 * fade).astype(np.uint8)
    _, marks, _ = asked([(frame,) for frame in frames])
    assert sorted({mark.top for mark in marks}) == [80, 82, 84]
    assert all(mark.left <= 54 and mark.right > 110 for mark in marks)


def test_a_piece_that_lost_its_colour_only() -> None:
    frames = coloured(clip())
    frames[2][1][40, 60:110] = 220
    _, marks, _ = asked(frames)
    assert {(mark.top, mark.bottom) for mark in marks} == {(80, 81), (82, 83)}
    assert all(abs(mark.left - 120) <= 6 and abs(mark.right - 220) <= 6 for mark in marks)


@pytest.mark.parametrize("seen", [2, 3])
def test_what_the_next_field_shows_too_is_no_dropout(seen: int) -> None:
    frames = clip()
    frames[2][100:103, 100:130] = 240
    if seen == 3:
        frames[2][102:106, 130:160] = 240
    assert asked([(frame,) for frame in frames])[1] == []


def test_a_piece_lost_while_the_light_flashes() -> None:
    light = (1.0, 0.2, 1.8, 0.1, 1.0)
    frames = [np.clip(frame * (0.5 * gain), 0, 255).astype(np.uint8) for frame, gain in zip(clip(), light, strict=True)]
    frames[2][100, 100:190] = 250
    marks = asked([(frame,) for frame in frames])[1]
    assert (2, 100) in {(mark.frame, mark.top) for mark in marks}


def test_slanted_strings_hardly_fire() -> None:
    frames = clip(6, noise=2)
    for number, frame in enumerate(frames):
        for x in range(0, frame.shape[1], 24):
            line = 60 + 40 * (number % 3) + number % 2 + 2 * (x // 24)
            frame[line, x : x + 24] = 240
    assert len(asked([(frame,) for frame in frames])[1]) <= 3


@pytest.mark.parametrize("lines", [2, 4, 8])
def test_a_piece_lost_at_the_bottom(lines: int) -> None:
    frames = [frame // 2 for frame in clip(6)]
    line = frames[0].shape[0] - lines
    frames[2][line, 100:190] = 250
    assert {mark.top for mark in asked([(frame,) for frame in frames])[1]} == {line}


def test_light_does_not_fire() -> None:
    random = np.random.default_rng(0)
    frames = [
        np.clip(frame * random.choice([0.1, 0.4, 1.0, 1.8]), 0, 255).astype(np.uint8) for frame in clip(12, noise=2)
    ]
    rows, marks, _ = asked(coloured(frames))
    assert [mark for mark in marks if mark.kind != "dropout"] == []
    assert np.nanmean(rows["dropout_share"]) < 0.0005


def test_a_cut_does_not_fire() -> None:
    other = filmed("interlaced", frames=4, noise=3, at=scene("astronaut"))
    assert asked(coloured([*clip(4), *other]))[1] == []


def test_static_between_recordings() -> None:
    random = np.random.default_rng(0)
    noise = [np.clip(random.normal(110, 50, (240, 360)), 0, 255).astype(np.uint8) for _ in range(4)]
    rows, marks, answer = asked([(frame,) for frame in [*clip(4), *noise]])
    assert answer.snow_frames == 4
    assert np.all(rows["snow"] == np.repeat([0, 1], 4))
    assert {mark.kind for mark in marks} == {"snow"}
    assert {mark.frame for mark in marks} == {4, 5, 6, 7}


def test_head_switching() -> None:
    frames = filmed("interlaced", frames=16, noise=2)
    frames = [np.ascontiguousarray(np.repeat(np.repeat(frame, 2, axis=0), 2, axis=1)) for frame in frames]
    for frame in frames:
        frame[-8:] = np.roll(frame[-8:], 30, axis=1)
    _, marks, answer = asked([(frame,) for frame in frames])
    assert marks == []
    assert 6 <= answer.head_switching_lines <= 10


@pytest.mark.parametrize(("height", "width", "depth"), [(288, 352, 8), (480, 704, 8), (486, 720, 10), (241, 353, 8)])
def test_all_sizes_depths_and_short_runs(height: int, width: int, depth: int) -> None:
    scale = 2 ** (depth - 8)
    kind = np.uint16 if depth > 8 else np.uint8
    luma = np.full((height, width), 60 * scale, kind)
    half = np.full(((height + 1) // 2, (width + 1) // 2), 128 * scale, kind)
    for count in (1, 2, 3):
        frames = [(luma.copy(), half, half) for _ in range(count)]
        frames[-1][0][90, 100:150] = 230 * scale
        rows, marks, _ = asked(frames, depth)
        assert len(rows["dropouts"]) == count
        assert [mark[2:] for mark in marks] == ([] if count == 1 else [(100, 90, 150, 91)]) or count > 1
        assert len(marks) == (count > 1)


def test_no_answer_without_a_frame() -> None:
    empty = {column.name: np.full((3, *column.shape), np.nan, np.float32) for column in DamageQuestion.columns}
    shot = ShotFrames(Span(start=0, stop=3), Scan(mode="interlaced", confidence=1), None)  # type: ignore[arg-type]
    assert DamageQuestion.answer(empty, shot) is None
