"""Faces: which people are restored, and how strongly; the enlarging does it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field

from encore.core.findings import SeenFace, Shot
from encore.core.time import Span
from encore.core.video import Clip
from encore.restoration.stage import Filter, Runtime, Stage

STRENGTH = 0.85
"""Share of what our network finds missing that is added. Trained for the least error, it is best taken whole where a
tape is what it learned from: 0.85 keeps 98 % of the gain there (1 - 0.15^2), and does 28 % less harm (1 - 0.85^2) where
it is not."""
BLURRED, SHARP = 0.05, 0.2
"""`FaceTrack.sharpness` below which a face is left as blurred as its lens left it, and from which it is restored;
chosen."""


class Faces(Stage):
    """Decides who is restored, and leaves in `Clip.faces` those who are, each with its strength.

    The strengths that come in change slowly from nothing to all: see `encore.restoration.facegates`. Here everybody's
    are multiplied by one number, so that they still do. Pictures are left alone: `upscale` adds what a face lacks.
    """

    kind: Literal["faces"] = "faces"
    strength: float = Field(default=STRENGTH, ge=0.0, le=1.0)
    """Share of what is found missing that is added."""
    only: tuple[int, ...] | None = None
    """Numbers of the people of the shot (`FaceTrack.number`) who are restored; null: all."""
    exclude: tuple[int, ...] = ()
    """Numbers of those who are not."""

    def open(self, runtime: Runtime) -> Filter:
        """Nothing to load."""

        def faces(clip: Clip, shot: Shot, wanted: Span, /) -> Clip:
            clip = clip.cut(wanted)
            if not clip.faces:
                return clip
            shares = {track.number: _share(track.sharpness) for track in shot.faces or ()}
            return replace(clip, faces=tuple(tuple(self._chosen(seen, shares)) for seen in clip.faces))

        return faces

    def _chosen(self, seen: tuple[SeenFace, ...], shares: dict[int, float]) -> list[SeenFace]:
        found = [
            face._replace(strength=face.strength * self.strength * shares.get(face.track, 1.0))
            for face in seen
            if face.track not in self.exclude and (self.only is None or face.track in self.only)
        ]
        return [face for face in found if face.strength > 0]


def _share(sharpness: float) -> float:
    return float(np.interp(sharpness, (BLURRED, SHARP), (0, 1)))
