"""The plan: what will be done to each shot, why, and by whose decision; JSON that a person can edit."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, Self

from pydantic import Field, NonNegativeInt, model_validator

from encore.core.doc import Doc
from encore.core.findings import Evidence, FieldOrder
from encore.core.time import Span
from encore.encoding.codecs import AnyCodec
from encore.encoding.filmgrain import FilmGrain
from encore.planning.losses import Losses
from encore.restoration import STAGES, AnyStage

GrainPlace = Literal["pixels", "stream"]
"""`pixels`: coded with the pictures. `stream`: AV1 only, a table that players make it from, beside clean pictures."""
PLAN_VERSION = 1
"""Layout of the plan document; a newer one is refused."""


class Intent(Doc):
    """What the user wants of the film."""

    preset: str = "concert"
    height: int = Field(default=2160, ge=240, le=4320, multiple_of=2)
    """Lines of the film."""
    rate: Literal["field", "frame"] = "field"
    """`field`: every field of an interlaced tape becomes a frame (59.94p, 50p). `frame`: one per tape frame."""
    aspect: Fraction | None = None
    """Shape of the whole picture, width over height; None: as measured."""
    frames: Span | None = None
    """Tape frames to restore, half-open; None: all."""
    crop: bool = False
    """Cut black edges and head-switching lines away instead of keeping the frame whole."""
    codec: str = "av1"
    quality: Literal["fast", "best"] = "best"
    """Of the repair. `best`: along motion. `fast`: without, for looking through a tape."""
    era: float | None = Field(default=None, ge=0, le=1)
    """Share of the tape's grain that stays: 0 clean, 1 as recorded; None: by how much there is."""
    grain: GrainPlace = "pixels"
    """Where the grain that stays is put."""
    upscaler: str = "auto"
    """What enlarges pictures: `lanczos`, the name of a network, or `auto`: by quality and by what each shot holds."""
    faces: str = "auto"
    """What restores faces: `off`, the name of a network, or `auto`: ours, where they are large enough."""
    stabilize: float = Field(default=0.0, ge=0, le=1)
    """Share of a camera's shake that is taken out; 0 leaves it, and the whole picture."""


class Reading(Doc):
    """How the fields of a shot become pictures."""

    method: Literal["compensated", "bwdif", "weave", "film"]
    """`compensated`: every field becomes a picture, its missing lines fetched along motion. `bwdif`: the same, quicker
    and without motion. `weave`: the two fields of a frame are one. `film`: 3:2 undone."""
    order: FieldOrder
    offset: Literal[0, 1] = 0
    """`weave` only: 1 pairs the second field of a frame with the first of the next."""


class Choice(Doc):
    """Why something was decided."""

    because: str
    evidence: tuple[Evidence, ...] = ()
    by: Literal["rule", "person", "audition"] = "rule"
    """`audition`: the better of several ways that were tried on a few pictures of the shot."""


class Decision(Choice):
    """A stage to run, and why."""

    stage: AnyStage


class ShotPlan(Doc):
    """Everything that will be done to one shot."""

    span: Span
    """Ticks of the tape (two per tape frame)."""
    reading: Reading
    reading_choice: Choice
    decisions: tuple[Decision, ...]
    """Stages in running order."""
    tried: tuple[Choice, ...] = ()
    """What an audition left out, with its scores."""
    reach: tuple[NonNegativeInt, NonNegativeInt] = (0, 0)
    """Ticks before and after the span that may be looked at for its sake: where it dissolves into its neighbours, or
    where only a part of a shot is restored; 0 at a cut."""
    film_grain: FilmGrain | None = None
    """What players make grain from, where the delivery's grain is in the stream."""
    losses: Losses = Losses()
    """Tape frames of the shot that are made anew or shown at another time; obeyed where there is a rebuild stage."""

    @model_validator(mode="after")
    def _in_running_order(self) -> Self:
        order = [STAGES.index(type(decision.stage)) for decision in self.decisions]
        if order != sorted(set(order)):
            names = ", ".join(stage.model_fields["kind"].default for stage in STAGES)
            raise ValueError(f"stages must appear once each and in running order ({names})")
        return self


class Delivery(Doc):
    """What the film file will be."""

    width: int = Field(ge=16, multiple_of=2)
    height: int = Field(ge=16, multiple_of=2)
    rate: Fraction = Field(gt=0)
    """Frames per second, constant."""
    ticks_per_frame: Fraction = Field(gt=0)
    """Tape ticks that one frame of the film lasts: 1 field rate, 2 frame rate, 5/2 film from 3:2."""
    codec: AnyCodec
    grain: GrainPlace = "pixels"
    choice: Choice


class Plan(Doc):
    """The whole job. Restoring obeys it and nothing else."""

    version: int = PLAN_VERSION
    source: str
    """Fingerprint of the tape it was made for."""
    analysis: str
    """Digest of the analysis it was made from."""
    intent: Intent
    span: Span
    """Ticks of the tape that become film."""
    delivery: Delivery
    shots: tuple[ShotPlan, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _covers(self) -> Self:
        edge = self.span.start
        for number, shot in enumerate(self.shots):
            if shot.span.start != edge or not len(shot.span):
                raise ValueError(f"shot {number} must start at tick {edge} and not be empty")
            edge = shot.span.stop
        if edge != self.span.stop:
            raise ValueError(f"shots end at tick {edge}, the plan's span at {self.span.stop}")
        return self
