"""ModelCard: what a network is, what it needs, where it comes from, and what it may be used for."""

from __future__ import annotations

import datetime
import json
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from encore.core.doc import Doc, first_fault, write_atomically
from encore.core.errors import ModelError

Task = Literal["luma-x4", "chroma-x4", "luma-x1", "picture", "faces", "face-x1", "face-id"]
"""What a network is for: luma and chroma residuals of our window, at four times or the same size; whole pictures; maps
of where faces are; the residual of an aligned face; what tells faces of two people apart."""
SUFFIXES = (".onnx", ".pth", ".safetensors")
"""Kinds of weight files: the first needs nothing more than Encore, the others the extra `torch`."""
UNKNOWN = "unknown"
"""Word for what the giver of a network did not say."""

_TODO = "docs/howto/models.md says what a card has"


class Measure(Doc):
    """One measured figure of a network."""

    name: str
    """What was measured, such as PSNR-Y."""
    value: float
    """The figure."""
    unit: str
    """Its unit; empty for a plain number."""
    how: str
    """On what, and on which machine."""


class ModelCard(Doc):
    """A network, told so that it can be run, checked and judged without opening its file."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    """What it is called; also the name of its card."""
    version: str
    """Changes with the weights."""
    task: Task
    """What it is for."""
    file: str = Field(pattern=r"^[^/\\]+\.(onnx|pth|safetensors)$")
    """Name of its weight file, which lies in the folder `weights` beside its card's folder."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Digest of the weight file."""
    bytes: int = Field(gt=0)
    """Size of the weight file."""
    scale: int = Field(ge=1, le=16)
    """Samples that come out for one that goes in, per axis."""
    reduction: int = Field(default=1, ge=1, le=64)
    """Samples that go in for one that comes out, per axis; 1 unless the network gives maps coarser than the picture."""
    inputs: int = Field(ge=1)
    """Channels that go in."""
    outputs: int = Field(ge=1)
    """Channels that come out."""
    radius: int | None = Field(default=None, ge=0)
    """Samples of the input around a place that decide its output; None: unknown, so pictures are never split."""
    multiple_of: int = Field(default=1, ge=1)
    """Height and width of the input must be multiples of this, and this one of the reduction."""
    minimum: int = Field(default=1, ge=1)
    """Least height and width of the input, samples."""
    code_licence: str = UNKNOWN
    """Licence of the program that defines and trains the network."""
    weights_licence: str = UNKNOWN
    """Licence of the weights, which is often another one."""
    trained_on: str = UNKNOWN
    """Pictures that it learned from, and their licence."""
    trained_by: str = UNKNOWN
    """Script and commit that made the weights, or where they were published."""
    measured: tuple[Measure, ...] = ()
    """What it achieves and costs."""
    made: datetime.date
    """Day the weights were made or, for a foreign network, added."""

    @model_validator(mode="after")
    def _whole_places(self) -> Self:
        if self.multiple_of % self.reduction:
            raise ValueError("multiple_of must be a multiple of reduction")
        return self

    @property
    def ratio(self) -> Fraction:
        """Size of what comes out over that of what goes in, per axis."""
        return Fraction(self.scale, self.reduction)

    def to_toml(self) -> str:
        """The card as TOML that a person can read and edit."""
        facts = self.model_dump(exclude={"measured"}, exclude_none=True)
        tables = [("[[measured]]", measure.model_dump()) for measure in self.measured]
        return "\n".join(_lines(facts) + [line for head, rows in tables for line in ("", head, *_lines(rows))]) + "\n"

    def save(self, path: Path) -> None:
        """Write the card aside and rename it.

        Raises:
            OutputError: the folder is not writable or the disk is full.
        """
        write_atomically(path, self.to_toml().encode())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a card back.

        Raises:
            ModelError: the file is missing, is no TOML, or does not describe a network.
        """
        try:
            facts = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ModelError(f"{path}: the card cannot be read ({error})", todo=_TODO) from error
        return cls.checked(facts, str(path))

    @classmethod
    def checked(cls, facts: dict[str, object], where: str) -> Self:
        """A card from its fields.

        Raises:
            ModelError: a field is missing or wrong; the message begins with `where`.
        """
        try:
            return cls.model_validate(facts)
        except ValidationError as error:
            raise ModelError(f"{where}: no valid card: {first_fault(error)}", todo=_TODO) from error


def _lines(facts: dict[str, object]) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in facts.items()]


def _value(value: object) -> str:
    """A value as TOML writes it: its strings have JSON's escapes, and one more."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return value.isoformat() if isinstance(value, datetime.date) else repr(value)
