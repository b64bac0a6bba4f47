"""Events read back from their JSON lines as what they were."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from pydantic import ValidationError

from encore.core.events import (
    EVENT,
    ChunkDone,
    Decided,
    Done,
    Event,
    Failed,
    Fellback,
    Found,
    Progress,
    Warned,
    ignore,
)

EVENTS: tuple[Event, ...] = (
    Progress(stage="restore", done=3, total=9, shot=0, frames_per_s=1.5, left_s=4.0, expected_bytes=10),
    Progress(stage="scan", done=0, total=0),
    Found(what="clock", value="30 frames", at_s=1.5),
    Decided(shot=None, decision="av1", because="small"),
    Warned(what="a gap", at_s=None),
    Fellback(asked="copy", used="flac", why="mp4"),
    ChunkDone(shot=1, start=0, stop=5, reused=True, bytes=100, seconds=0.0),
    Done(output="film.mp4", frames=5, report="report.html"),
    Failed(kind="InputError", message="no \n such \x1b file", exit_code=3),
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda e: e.event)
def test_round_trip(event: Event) -> None:
    line = event.model_dump_json()
    assert "\n" not in line
    assert json.loads(line)["event"] == event.event
    assert EVENT.validate_json(line) == event
    assert ignore(event) is None


def test_every_event_is_tried_here() -> None:
    union = get_args(get_args(Event)[0])
    assert {type(event) for event in EVENTS} == set(union)


@pytest.mark.parametrize("line", ["{}", '{"event": "else"}', '{"event": "warned"}', '{"event": "warned", "x": 1}'])
def test_strangers_are_refused(line: str) -> None:
    with pytest.raises(ValidationError):
        EVENT.validate_json(line)
