"""Stage: one thing we may do to a shot; its fields are its parameters, and it opens into a filter that works."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Protocol

from encore.core.doc import Doc
from encore.core.findings import Shot
from encore.core.time import Span
from encore.core.video import Clip, VideoFormat
from encore.restoration.networks import Device, Network, Zoo
from encore.restoration.tally import Tally


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a worker may use."""

    threads: int = 1
    """Threads a filter may start."""
    tally: Tally = field(default_factory=Tally)
    """Where filters count what the report is to tell."""
    device: Device = "auto"
    """Where networks run."""
    zoo: Zoo | None = None
    """Where networks come from; None: those that are released with Encore or were added."""

    def network(self, name: str) -> Network:
        """A network, ready to run.

        Raises:
            ModelError: there is none of that name, or it cannot run here.
        """
        if self.zoo is not None:
            return self.zoo.open(name, self.threads, self.device)
        from encore.inference.zoo import Zoo as Released

        return Released().open(name, self.threads, self.device)


class Filter(Protocol):
    """Live work: never changes its input; a picture comes out the same whichever others are asked for with it."""

    def __call__(self, clip: Clip, shot: Shot, wanted: Span, /) -> Clip:
        """Restore the pictures at positions `wanted` of `clip`, which lies in `shot`.

        The others are there to be looked at: up to `Stage.halo` on each side, fewer at the ends of the shot.
        """
        ...


class Stage(Doc, ABC):
    """A declaration of work. Subclasses set `kind` (their name on disk) and their parameters as fields."""

    def halo(self) -> int:
        """Pictures of context needed on each side to be exact."""
        return 0

    def follows(self) -> bool:
        """Whether it looks along motion: then clips come with `Clip.motion`."""
        return False

    def networks(self) -> tuple[str, ...]:
        """Names of the networks that it opens."""
        return ()

    def output(self, given: VideoFormat) -> VideoFormat:
        """The format that comes out, known before a frame is decoded.

        Raises:
            PlanError: this stage cannot work on `given`.
        """
        return given

    @abstractmethod
    def open(self, runtime: Runtime) -> Filter:
        """Load what is needed, once per worker."""
