"""A finished film is recognised only where it lies, whole, and as it would be made now."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from encore.core.result import Result


def test_is_still(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"12345")
    made = Result(
        source="s", plan="p", output=film, bytes=5, frames=1, rate=Fraction(25), width=16, height=16, chunks=(),
        reused=0, carried=(), checks=(), version="1",
    )  # fmt: skip
    assert made.is_still(film, "p", "1")
    assert not made.is_still(film, "q", "1")
    assert not made.is_still(film, "p", "2")
    assert not made.is_still(tmp_path / "other.mp4", "p", "1")
    film.write_bytes(b"123456")
    assert not made.is_still(film, "p", "1")
    film.unlink()
    assert not made.is_still(film, "p", "1")
