"""Adding: a network from a file into the user's folder, examined, with a card."""

from __future__ import annotations

import datetime
import re
import shutil
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from encore.core.doc import writing, written_aside
from encore.core.errors import ModelError
from encore.inference.card import SUFFIXES, UNKNOWN, ModelCard, Task
from encore.inference.graph import examined
from encore.inference.zoo import Zoo, sha256_of

TASKS: dict[tuple[int, int, Fraction], Task] = {
    (11, 1, Fraction(4)): "luma-x4",
    (7, 2, Fraction(4)): "chroma-x4",
    (11, 1, Fraction(1)): "luma-x1",
    (1, 15, Fraction(1, 8)): "faces",
    (6, 1, Fraction(1)): "face-x1",
}
"""Channels in, channels out and ratio of the networks that the restoration has a place for, by what they are for."""
_NAME = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Told:
    """What only the person who adds a network knows."""

    name: str = ""
    """What it is to be called; empty: as its file."""
    version: str = "1"
    """Of the weights."""
    code_licence: str = UNKNOWN
    """Licence of the program."""
    weights_licence: str = UNKNOWN
    """Licence of the weights."""
    trained_on: str = UNKNOWN
    """What it learned from."""
    trained_by: str = UNKNOWN
    """Who published it, or which script made it."""
    radius: int | None = None
    """Samples around a place that decide it, if the person knows it and the file does not tell."""


def add(zoo: Zoo, file: Path, told: Told | None = None) -> ModelCard:
    """Copy a network into the user's folder, with a card.

    The card is written last, so that a half-copied network is never listed.

    Returns:
        The card.

    Raises:
        ModelError: the file is missing or no network that Encore can run, or its name is taken.
        OutputError: the user's folder cannot be written.
    """
    told = told or Told()
    if not file.is_file():
        raise ModelError(f"{file}: there is no such file", todo="give the path of the weights")
    if file.suffix not in SUFFIXES:
        raise ModelError(f"{file}: not one of {', '.join(SUFFIXES)}", todo="export the network in one of these formats")
    name = told.name or _NAME.sub("-", file.stem.lower()).strip("-._")
    if any(card.name == name for card in zoo.cards()):
        raise ModelError(f"there is a network called {name}", todo="choose another name with --name")
    card = _described(file, name, told)
    into = zoo.users / "weights" / card.file
    with writing(into, todo="free some space, or set ENCORE_MODELS to another folder"):
        into.parent.mkdir(parents=True, exist_ok=True)
        (zoo.users / "cards").mkdir(exist_ok=True)
        with file.open("rb") as source, written_aside(into) as copy:
            shutil.copyfileobj(source, copy)
    card.save(zoo.users / "cards" / f"{name}.toml")
    return card


def _described(file: Path, name: str, told: Told) -> ModelCard:
    """The card of a file: what can be measured is, the rest is as told."""
    inputs, outputs, ratio, radius, multiple_of, minimum = _needs(file)
    card: dict[str, object] = {
        "name": name,
        "version": told.version,
        "task": _task(file, inputs, outputs, ratio),
        "file": f"{name}{file.suffix}",
        "sha256": sha256_of(file),
        "bytes": file.stat().st_size,
        "scale": ratio.numerator,
        "reduction": ratio.denominator,
        "inputs": inputs,
        "outputs": outputs,
        "radius": told.radius if radius is None else radius,
        "multiple_of": multiple_of,
        "minimum": minimum,
        "code_licence": told.code_licence,
        "weights_licence": told.weights_licence,
        "trained_on": told.trained_on,
        "trained_by": told.trained_by,
        "made": datetime.date.today(),
    }
    return ModelCard.checked(card, str(file))


def _needs(file: Path) -> tuple[int, int, Fraction, int | None, int, int]:
    """Channels in and out, ratio of sizes, radius, and which sizes it takes."""
    if file.suffix == ".onnx":
        found = examined(file)
        ratio = Fraction(found.scale, found.reduction)
        return found.inputs, found.outputs, ratio, found.radius, found.multiple_of, 1
    from encore.inference.torch import read

    loaded = read(file)
    sizes = loaded.size_requirements
    ratio, least = Fraction(loaded.scale), max(1, sizes.minimum)
    return loaded.input_channels, loaded.output_channels, ratio, None, sizes.multiple_of, least


def _task(file: Path, inputs: int, outputs: int, ratio: Fraction) -> Task:
    """What a network can be for, by what goes in and comes out.

    Raises:
        ModelError: Encore has no place for it.
    """
    if inputs == outputs and inputs in (1, 3) and ratio >= 1:
        return "picture"
    if task := TASKS.get((inputs, outputs, ratio)):
        return task
    raise ModelError(
        f"{file}: takes {inputs} channels and gives {outputs} at {ratio} times the size, which fits no task",
        todo="a network for pictures has 3 channels, or 1, in and out; docs/howto/models.md lists the others",
    )
