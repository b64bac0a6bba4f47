"""What happens now: small facts that the command line draws and `--json` prints, one per line."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from encore.core.doc import Doc

SECONDS_BETWEEN_PROGRESS = 0.25
"""Often enough for a bar that moves, seldom enough for a log."""


class Progress(Doc):
    """Work advances. Sent at most a few times a second."""

    event: Literal["progress"] = "progress"
    stage: Literal["scan", "restore", "encode", "join", "verify"]
    done: int
    """Frames finished: tape frames while scanning, output frames otherwise."""
    total: int
    """Frames in all, same unit."""
    shot: int | None = None
    """Number of the shot, from 0."""
    frames_per_s: float | None = None
    """Frames per second of this run, reused frames not counted."""
    left_s: float | None = None
    """Estimated seconds until this stage ends."""
    expected_bytes: int | None = None
    """Estimated size of the finished picture stream."""


class Found(Doc):
    """Something was measured on the tape."""

    event: Literal["found"] = "found"
    what: str
    value: str
    at_s: float | None = None
    """Where, in seconds from the tape's first frame; none for the whole tape."""


class Decided(Doc):
    """A decision was taken for a shot or for the film."""

    event: Literal["decided"] = "decided"
    shot: int | None
    """None: for the whole film."""
    decision: str
    because: str


class Warned(Doc):
    """Something is not as it should be; the work goes on."""

    event: Literal["warned"] = "warned"
    what: str
    at_s: float | None = None


class Fellback(Doc):
    """Something asked for could not be done, and something else was done instead."""

    event: Literal["fellback"] = "fellback"
    asked: str
    used: str
    why: str


class ChunkDone(Doc):
    """A run of output frames is finished and safe on disk."""

    event: Literal["chunk_done"] = "chunk_done"
    shot: int
    start: int
    """First output frame."""
    stop: int
    """First output frame after."""
    reused: bool
    """True when an earlier run had done it."""
    bytes: int
    seconds: float
    """Wall time of the work; 0 when reused."""


class Done(Doc):
    """The film is published."""

    event: Literal["done"] = "done"
    output: str
    frames: int
    report: str


class Failed(Doc):
    """The work stopped with an error; always the last event."""

    event: Literal["failed"] = "failed"
    kind: str
    """Class of the error, as drawn in `encore.core.errors`."""
    message: str
    exit_code: int


Event = Annotated[
    Progress | Found | Decided | Warned | Fellback | ChunkDone | Done | Failed, Field(discriminator="event")
]
"""Any event; told apart by its `event` field."""

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads an event back from a line of `--json`."""


def ignore(_event: Event) -> None:
    """Watch nothing."""
