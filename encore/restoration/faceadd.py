"""Face add: every face of a picture seen in face space, restored there, and added to the enlarged picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from encore.core.findings import SeenFace, Shot
from encore.core.video import Clip, Patch, Plane
from encore.restoration.faceanswer import missing, most_of
from encore.restoration.facefuse import AROUND, Found, fused
from encore.restoration.facegates import eyes_of
from encore.restoration.faceguard import held
from encore.restoration.facemask import mask_of
from encore.restoration.facespace import Transform, back, into, reach, transform_of
from encore.restoration.invention import AFTER, SCALE, WHOLE, enlarged
from encore.restoration.networks import Network
from encore.restoration.tally import Tally

_Key = tuple[int, int, int, tuple[SeenFace, ...]]
LOOKS = AROUND + 1
"""Pictures on each side that decide a face: those whose answers are averaged, and one beyond for theirs."""
EVERY = 8
"""Lines of which one is enough to tell a picture from another: of two pictures no line has the same noise."""
RIM = 3
"""Samples of the tape around a part that is enlarged alone: a cubic looks at two."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The pictures of a clip, as the faces in them are looked at."""

    clip: Clip
    shot: Shot
    codes: Sequence[Plane]
    """Luma, codes."""
    detail: Callable[[int], Plane]
    """Makes what a network adds to luma of the picture at a position: (4H, 4W) codes."""
    told: Callable[[Plane], Plane]
    """Codes of noise in luma of any size, codes, as that network is told."""
    noise: Callable[[Plane], Plane]
    """The same as it is on the tape."""
    keys: dict[int, _Key] = field(default_factory=dict[int, "_Key"])
    """By position: what was found for it."""

    @property
    def size(self) -> tuple[int, int]:
        """Lines and samples of the enlarged picture."""
        height, width = self.codes[0].shape
        return SCALE * height, SCALE * width

    def faces(self, at: int) -> tuple[SeenFace, ...]:
        """Those of a picture that are to be restored."""
        return tuple(face for face in self.clip.faces[at] if face.strength > 0) if self.clip.faces else ()

    def key(self, at: int) -> _Key:
        """What no other picture has."""
        if at not in self.keys:
            luma = crc32(self.clip.y[at, ::EVERY].tobytes())
            self.keys[at] = self.clip.at[at], self.shot.span.start, luma, self.faces(at)
        return self.keys[at]


@dataclass(slots=True, eq=False)
class _Face:
    """A face in one picture."""

    seen: SeenFace
    transform: Transform
    crop: Plane
    sigma: float
    missing: Plane | None = None


@dataclass(slots=True, eq=False)
class _Picture:
    """A picture that was enlarged, until it is used; and its faces."""

    detail: Plane | None
    faces: dict[int, _Face] = field(default_factory=dict[int, _Face])


class FaceAdder:
    """Adds to enlarged pictures what a network finds missing from their faces.

    What it found in pictures around is kept for the next ones, so that nothing is computed twice when pictures are
    wanted in order: at most `2 LOOKS + 1` pictures' faces, and the detail of those to come. It decides nothing.

    Args:
        network: for faces, or for pictures of any kind.
        tally: where `faces` are counted and those `blended` because they did not agree with the tape.
    """

    def __init__(self, network: Network, tally: Tally) -> None:
        self.network, self._tally = network, tally
        self._known: dict[_Key, _Picture] = {}

    def detail(self, view: View, at: int) -> Plane:
        """What a network adds to luma of a picture, faces not included: (4H, 4W) codes, from now on the caller's."""
        number = view.clip.at[at]
        self._known = {key: known for key, known in self._known.items() if abs(key[0] - number) <= LOOKS}
        if not self._known and not view.faces(at):
            return view.detail(at)
        known = self._picture(view, at, keep=True)
        made, known.detail = known.detail, None
        return view.detail(at) if made is None else made

    def add(self, film: Plane, view: View, at: int) -> None:
        """Add, in place, to an enlarged picture what its faces lack, as far as the tape agrees.

        Args:
            film: (4H, 4W) codes.
            view: of the pictures around.
            at: position of the picture.
        """
        for seen in view.faces(at):
            face = self._picture(view, at, keep=False).faces[seen.track]
            share = seen.strength * most_of(self.network, eyes_of(face.transform))
            if share == 0:
                continue
            patch, place = back(self._missing(view, at, face) * np.float32(share), face.transform, view.size)
            blended = False
            if patch.any():
                part = film[place[1] : place[3], place[0] : place[2]]
                left, top, right, bottom = (n // SCALE for n in place)
                own = view.codes[at][top:bottom, left:right]
                allowed = view.noise(own) * np.float32(WHOLE if view.clip.grain is None else AFTER)
                patch, blended = held(patch, part, own, allowed)
                part += patch
            self._tally.add("faces", faces=1, blended=int(blended))

    def _picture(self, view: View, at: int, *, keep: bool) -> _Picture:
        key = view.key(at)
        if key not in self._known:
            detail = view.detail(at)
            faces = {seen.track: _seen(view, at, seen, detail) for seen in view.faces(at)}
            self._known[key] = _Picture(detail if keep else None, faces)
        return self._known[key]

    def _face(self, view: View, at: int, here: int, track: int) -> _Face | None:
        """A face in the picture at a position, for the picture at `here`; None: it is not there."""
        if not 0 <= at < len(view.clip) or not any(seen.track == track for seen in view.faces(at)):
            return None
        return self._picture(view, at, keep=at >= here).faces[track]

    def _beside(self, view: View, at: int, here: int, track: int) -> _Face | None:
        """The same; None also where the tape did not give the picture."""
        lost = 0 <= at < len(view.clip) and bool(view.clip.lost) and view.clip.lost[at]
        return None if lost else self._face(view, at, here, track)

    def _found(self, view: View, at: int, here: int, face: _Face) -> Found:
        if face.missing is None:
            sides = [self._beside(view, at + side, here, face.seen.track) for side in (-1, 1)]
            before, after = (side.crop if side else None for side in sides)
            face.missing = missing(self.network, (before, face.crop, after), face.sigma)
        return Found(face.crop, face.missing)

    def _missing(self, view: View, at: int, face: _Face) -> Plane:
        """From a face, in face space: with what its neighbours know, behind its mask."""
        own = self._found(view, at, at, face)
        around: list[list[Found]] = [[], []]
        for found, side in zip(around, (-1, 1), strict=True):
            for far in range(1, AROUND + 1):
                other = self._beside(view, at + side * far, at, face.seen.track)
                if other is None:
                    break
                found.append(self._found(view, at + side * far, at, other))
        made = fused(own, around[0], around[1], face.sigma)
        return made * mask_of(face.seen.landmarks, face.transform)


def _seen(view: View, at: int, seen: SeenFace, detail: Plane) -> _Face:
    transform = transform_of(seen.landmarks, view.clip.format.sample_aspect)
    place = reach(transform, view.size)
    crop = into(_part(view.codes[at], detail, place), transform, place[:2])
    left, top, right, bottom = (n // SCALE for n in place)
    own = view.codes[at][top : bottom + 1, left : right + 1]
    return _Face(seen, transform, crop, float(view.told(own).mean()))


def _part(own: Plane, detail: Plane, place: Patch) -> Plane:
    """A part of the enlarged picture with detail, codes."""
    left, top, right, bottom = place
    x, y = max(left // SCALE - RIM, 0), max(top // SCALE - RIM, 0)
    base = enlarged(own[y : -(-bottom // SCALE) + RIM, x : -(-right // SCALE) + RIM])
    return (
        base[top - SCALE * y : bottom - SCALE * y, left - SCALE * x : right - SCALE * x]
        + detail[top:bottom, left:right]
    )
