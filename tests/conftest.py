"""Tapes for every test: made once per session, shared by all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from encore.synthetic.tape import TapeRecipe, Truth, make_tape
from tests import films

settings.register_profile("encore", deadline=None, derandomize=True, database=None)
settings.load_profile("encore")

Make = Callable[..., Path]
TruthOf = Callable[[Path], Truth]


class Shelf:
    """Makes a tape when it is asked for the first time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.truths: dict[Path, Truth] = {}

    def make(self, suffix: str = ".mpg", **overrides: Any) -> Path:
        recipe = TapeRecipe(**overrides)
        path = self.folder / f"{recipe.digest[:16]}{suffix}"
        if path not in self.truths:
            self.truths[path] = make_tape(path, recipe)
        return path


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return Shelf(tmp_path_factory.mktemp("tapes"))


@pytest.fixture(scope="session")
def make(shelf: Shelf) -> Make:
    """`make(suffix=".mpg", **recipe)` is the path of such a tape. It is shared: read it, never write to it."""
    return shelf.make


@pytest.fixture(scope="session")
def truth_of(shelf: Shelf) -> TruthOf:
    """`truth_of(path)` is what is really on a tape that came from `make`."""
    return shelf.truths.__getitem__


@pytest.fixture(scope="session")
def small_tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `tiny_tape`, but a quarter of its size and without truth: for tests of the work around the pictures."""
    return films.small_tape(tmp_path_factory.mktemp("small") / "small.mpg")


@pytest.fixture(scope="session")
def tiny_tape(make: Make) -> Path:
    """NTSC, interlaced, top field first, MPEG-2 in .mpg with AC-3: 30 frames, one cut at tick 30."""
    return make(".mpg")
