"""Further deliveries have names, codecs and places."""

from __future__ import annotations

from pathlib import Path

import pytest

from encore.core.errors import PlanError
from encore.encoding.deliveries import ALSO, HASHED, also_of, beside


def test_names() -> None:
    assert list(also_of(("mezzanine", "archive"))) == ["archive", "mezzanine"] and also_of(()) == {}
    assert HASHED in ALSO and {codec.chroma for codec in ALSO.values()} == {"422"}
    with pytest.raises(PlanError, match="no delivery called 'vhs'"):
        also_of(("archive", "vhs"))


def test_places() -> None:
    assert beside(Path("/a/film.mp4"), "archive") == Path("/a/film.archive.mkv")
    assert beside(Path("/a/film.mp4"), "mezzanine") == Path("/a/film.mezzanine.mov")
