"""Stage: one thing we may do to a shot; its fields are its parameters, and it opens into a filter that works."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol

from encore.core.doc import Doc
from encore.core.findings import Shot
from encore.core.video import Clip, VideoFormat


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a worker may use."""

    threads: int = 1
    """Threads a filter may start."""


class Filter(Protocol):
    """Live work: never changes its input; same input, same output; as many pictures out as in."""

    def __call__(self, clip: Clip, shot: Shot, /) -> Clip:
        """Restore the pictures of `clip`, which lie in `shot`."""
        ...


class Stage(Doc, ABC):
    """A declaration of work. Subclasses set `kind` (their name on disk) and their parameters as fields."""

    def halo(self) -> int:
        """Pictures of context needed on each side to be exact."""
        return 0

    def output(self, given: VideoFormat) -> VideoFormat:
        """The format that comes out, known before a frame is decoded.

        Raises:
            PlanError: this stage cannot work on `given`.
        """
        return given

    @abstractmethod
    def open(self, runtime: Runtime) -> Filter:
        """Load what is needed, once per worker."""
