"""Where are faces, whose are they, and how do they look?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.facefinder import LEAST, TASK, FaceFinder
from encore.analysis.facelook import FaceLook, face_look
from encore.analysis.facepaths import Scene
from encore.analysis.facetold import face_tracks
from encore.analysis.facetracks import FAINT
from encore.analysis.look import Image, Look
from encore.analysis.part import Parts
from encore.analysis.question import Column, Question, ShotFrames, Tape
from encore.core.findings import Analysis
from encore.core.video import LUMA_CODES
from encore.inference.zoo import Zoo
from encore.tape.shape import settle_sample_aspect

NETWORK = "faces"
"""The network that finds faces."""
EVERY = 2
"""Tape frames between looks; tracks bridge what is between (algorithms of the design, 5.1)."""
MOST = 16
"""Faces of a frame that are noted."""
LARGEST = 576
"""Lines of the picture that is looked at: all of a recording of 625 lines. Larger pictures have larger faces."""


class Seen(Protocol):
    """A face as the finder tells it; edges of samples are whole numbers."""

    @property
    def score(self) -> float:
        """0 to 1."""
        ...

    @property
    def left(self) -> float:
        """Of the box, samples at square pixels; and so on."""
        ...

    @property
    def top(self) -> float:
        """Its upper edge."""
        ...

    @property
    def right(self) -> float:
        """Its right edge."""
        ...

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        ...

    @property
    def landmarks(self) -> tuple[tuple[float, float], ...]:
        """Subject's right eye, left eye, tip of the nose, right and left corner of the mouth."""
        ...


class Finder(Protocol):
    """Finds the faces of one picture."""

    def found(self, luma: Image, exposures: Literal[1, 3] | None = None) -> Sequence[Seen]:
        """Faces in luma of studio codes at square pixels, in any order."""
        ...


def finder_at_hand() -> Finder | None:
    """What finds faces, also faint ones; None: no network does.

    Raises:
        ModelError: the network is there, but cannot be used.
    """
    zoo = Zoo()
    if not any(card.name == NETWORK and card.task == TASK for card in zoo.cards()):
        return None
    return FaceFinder(zoo.open(NETWORK), FAINT)


class FacesQuestion(Question):
    """Notes the faces of every second frame, seen in its top field; tracks are told where shots are known.

    Cost: that of the network, see its card, and 0.7 ms a look and 0.3 ms a face (measured, EPYC).
    """

    name = "faces"
    before, after = 0, 0
    columns = (
        Column("count", "faces found; empty where nobody looked"),
        Column(
            "found", "score, left, top, right, bottom, x and y of five landmarks of each face", (MOST, 15), kept=False
        ),
        Column("look", "sharpness, level, red, green, blue, clipped of each sure face, 0 to 1", (MOST, 6), kept=False),
    )

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        self._finder = finder_at_hand()
        video = tape.video
        height = min(video.height, LARGEST)
        aspect, _ = settle_sample_aspect(video)
        self._size = max(1, round(float(aspect) * video.width * height / video.height)), height

    def observe(self, now: Look) -> None:
        """See the next tape frame."""
        if self._finder is None or now.number % EVERY:
            return
        field = now.top
        if self.tape.video.colour.full_range:
            field = field * np.float32(LUMA_CODES / 255) + np.float32(16)
        # lines of one moment only: a woven frame would show two faces, combed
        picture = np.asarray(cv2.resize(field, self._size, interpolation=cv2.INTER_CUBIC), np.float32)
        faces = _foremost(self._finder.found(picture))
        found = np.full((MOST, 15), np.nan, np.float32)
        look = np.full((MOST, len(FaceLook._fields)), np.nan, np.float32)
        for number, face in enumerate(faces):
            places = self._on_tape(face, field.shape)
            found[number] = face.score, *places.reshape(-1)
            if face.score >= LEAST:
                (left, top), (right, bottom) = places[:2].tolist()
                look[number] = face_look(now, (left, top, right, bottom), self.tape.video.colour)
        self.note(now.number, count=sum(face.score >= LEAST for face in faces), found=found, look=look)

    def _on_tape(self, face: Seen, field: tuple[int, ...]) -> NDArray[np.float64]:
        """(7, 2): corners of the box and landmarks; centres of samples are whole numbers, lines those of the frame."""
        places = np.array([(face.left, face.top), (face.right, face.bottom), *face.landmarks], np.float64)
        places *= (field[1] / self._size[0], field[0] / self._size[1])
        return (places - 0.5) * (1, 2)  # lines of the top field are the even ones

    @classmethod
    def over_tape(cls, parts: Parts, analysis: Analysis, shots: Sequence[ShotFrames]) -> Mapping[str, object]:
        """The shots with the tracks of their faces."""
        del shots  # tracks go on through dissolves
        return {"shots": tuple(
            shot.model_copy(update={"faces": face_tracks(parts, Scene.of(analysis, number))})
            for number, shot in enumerate(analysis.shots)
        )}  # fmt: skip


def _foremost(faces: Sequence[Any]) -> list[Any]:
    """As many as are noted: those that are sure before those that are not, each by size."""

    def rank(face: Seen) -> tuple[bool, float]:
        return face.score < LEAST, -(face.right - face.left) * (face.bottom - face.top)

    return sorted(faces, key=rank)[:MOST]
