"""What else is made of the same pictures: a lossless archive, a mezzanine for editing."""

from __future__ import annotations

from pathlib import Path

from encore.core.errors import PlanError
from encore.encoding.codecs import AnyCodec, Ffv1, ProRes

ALSO: dict[str, AnyCodec] = {"archive": Ffv1(), "mezzanine": ProRes()}
"""Names on the command line: FFV1 in 10 bits 4:2:2 with hashes beside, ProRes 422 HQ in 10 bits."""
FILM = "film"
"""The delivery that was asked for first."""
HASHED = "archive"
"""Of this one, the MD5 of every frame and the digest of the file are written beside it."""


def also_of(names: tuple[str, ...]) -> dict[str, AnyCodec]:
    """Codecs of further deliveries by name.

    Raises:
        PlanError: there is none of that name.
    """
    for name in names:
        if name not in ALSO:
            raise PlanError(f"no delivery called {name!r}", todo=f"choose from {', '.join(ALSO)}")
    return {name: ALSO[name] for name in ALSO if name in names}


def beside(film: Path, name: str) -> Path:
    """Where a further delivery of a film lies: `film.archive.mkv` beside `film.mp4`."""
    return film.with_name(f"{film.stem}.{name}.{ALSO[name].containers[0]}")
