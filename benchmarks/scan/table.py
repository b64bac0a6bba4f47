"""Row: one figure of the scan's benchmark beside what it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Settings:
    """How much to do.

    Attributes:
        full: everything; else a part of it that takes a minute or two.
        pictures: folder of photographs to use instead of the bundled ones.
        tapes: folder of the real tapes whose truth `real` knows; None leaves it out.
    """

    full: bool = True
    pictures: Path | None = None
    tapes: Path | None = None


@dataclass(frozen=True)
class Row:
    """One measured figure.

    Attributes:
        part: which question.
        what: what was measured, on how much material.
        value: the figure.
        sign: how it must stand to `target`; "" where it is only told.
        target: what it should be.
        digits: after the point.
    """

    part: str
    what: str
    value: float
    sign: Literal[">=", "<=", ""] = ""
    target: float | None = None
    digits: int = 3

    @property
    def kept(self) -> bool | None:
        """Whether it is as it should be; None where nothing was asked."""
        if self.target is None or not self.sign:
            return None
        return self.value >= self.target if self.sign == ">=" else self.value <= self.target

    def cells(self) -> tuple[str, str, str, str, str]:
        """For a table of text."""
        verdict = {None: "", True: "yes", False: "NO"}[self.kept]
        asked = f"{self.sign} {self.target:g}" if self.target is not None else ""
        return self.part, self.what, f"{self.value:.{self.digits}f}", asked, verdict


Bench = Callable[[Settings], Iterator[Row]]
"""What every module of this folder offers as `bench`."""
