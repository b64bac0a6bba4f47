"""How many bytes does every frame of a film take, and which are key frames?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from encore.media.inspect import open_container


@dataclass(frozen=True, slots=True)
class FrameSizes:
    """Of the coded frames of a film, in the order in which they are shown."""

    bytes: tuple[int, ...]
    keys: tuple[int, ...]
    """Numbers of the key frames."""


def frame_sizes(path: Path) -> FrameSizes:
    """Read them from the packets; nothing is decoded."""
    with open_container(path) as film:
        found = sorted(
            (packet.pts, packet.size, packet.is_keyframe)
            for packet in film.demux(video=0)
            if packet.size and packet.pts is not None
        )
    return FrameSizes(tuple(size for _, size, _ in found), tuple(n for n, (*_, key) in enumerate(found) if key))
