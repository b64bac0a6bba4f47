"""Path to source: is this a tape we can work on? Refuses early and clearly."""

from __future__ import annotations

from pathlib import Path

from encore.core.errors import InputError
from encore.core.source import Source
from encore.media.inspect import inspect

SMALLEST, LARGEST = (64, 48), (1920, 1152)
"""Samples and lines. Below, there is no picture to restore; above, it is no standard-definition tape, nor a larger
capture of one. 1152 lines is twice 625-line television."""


def probe(path: Path) -> Source:
    """Look at a tape without decoding it.

    Raises:
        InputError: missing, a folder, empty, no video, or of a size that Encore does not restore.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file", todo="check the name")
    if not path.is_file():
        raise InputError(f"{path}: is a folder, not a tape", todo="give one video file")
    try:
        if path.stat().st_size == 0:
            raise InputError(f"{path}: is empty", todo="check that the capture is complete")
        source = inspect(path)
    except PermissionError as error:
        raise InputError(f"{path}: may not be read", todo="check its permissions") from error
    video = source.video
    size = f"{video.width}x{video.height}"
    if video.width < SMALLEST[0] or video.height < SMALLEST[1]:
        raise InputError(
            f"{path}: {size} is too small to be a tape", todo=f"at least {SMALLEST[0]}x{SMALLEST[1]} is needed"
        )
    if min(video.width, video.height) > LARGEST[1] or max(video.width, video.height) > LARGEST[0]:
        raise InputError(
            f"{path}: {size} is more than Encore restores ({LARGEST[0]}x{LARGEST[1]})",
            todo="it has the resolution of a film already; scale it down first if it is an enlarged tape",
        )
    return source
