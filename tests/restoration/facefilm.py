"""Clips with a face-like pattern that moves, its landmarks, and networks that find something missing, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from encore.core.findings import Scan, SeenFace, Shot
from encore.core.time import Span
from encore.core.video import Clip, Colour
from encore.restoration import Runtime, Upscale
from encore.restoration.facewindow import CHANNELS
from encore.restoration.networks import Device, Network
from encore.restoration.tally import Tally
from encore.restoration.window import CHANNELS as LUMA_CHANNELS
from tests.restoration.filmed import Picture, clip_of, scene
from tests.restoration.test_facespace import landmarks

SHOT = Shot(span=Span(start=0, stop=20), scan=Scan(mode="progressive", confidence=1))
SIZE = (80, 96)
COLOUR = Colour(matrix="bt601", primaries="bt709")


@dataclass(frozen=True)
class Card:
    name: str
    task: str
    inputs: int


@dataclass(frozen=True)
class Fake:
    card: Card
    made: Callable[[Picture], Picture]

    def __call__(self, planes: Picture, /) -> Picture:
        assert planes.dtype == np.float32 and planes.shape[:2] == (1, self.card.inputs)
        return np.asarray(self.made(planes[0])[None], np.float32)


def face(made: Callable[[Picture], Picture]) -> Fake:
    return Fake(Card("face", "face-x1", CHANNELS), made)


def nothing(planes: Picture) -> Picture:
    return np.zeros((1, *planes.shape[1:]), np.float32)


def sharper(planes: Picture) -> Picture:
    """Four times a third of what a blur takes, in quarters of the deviation."""
    return 1.2 * (planes[1] - blurred(planes[1], 4.0))[None]


def blurred(plane: Picture, sigma: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)


def reduced(plane: Picture, size: tuple[int, int]) -> Picture:
    """By areas, to (samples, lines)."""
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def plain(planes: Picture) -> Picture:
    return np.zeros((1, 4 * planes.shape[1], 4 * planes.shape[2]), np.float32)


LUMA = Fake(Card("plain", "luma-x4", LUMA_CHANNELS), plain)


def faced(count: int = 9, eyes: float = 16.0, at: tuple[float, float] = (44.0, 40.0), strength: float = 0.8) -> Clip:
    """A scene that moves two samples a picture, and a face that moves with it, in all pictures."""
    seen = scene(*SIZE)
    clip = clip_of([seen(n) for n in range(count)])
    faces = tuple(
        (SeenFace(n, 1, 0, 0, 0, 0, tuple(landmarks(eyes, (at[0] - 2 * n, at[1]))), 0.9, strength),)
        for n in range(count)
    )
    return replace(clip, faces=faces, format=clip.format.model_copy(update={"colour": COLOUR}))


@dataclass(frozen=True)
class Fakes:
    nets: Mapping[str, Network]

    def open(self, name: str, threads: int = 1, device: Device = "auto") -> Network:
        assert threads == 1 and device == "auto"
        return self.nets[name]


def restored(
    clip: Clip, fake: Network | None, wanted: Span | None = None, tally: Tally | None = None, **how: Any
) -> Clip:
    """Enlarged four times, with a network for faces or without."""

    zoo = Fakes({"plain": LUMA, "face": fake} if fake else {"plain": LUMA})
    told: dict[str, Any] = {"width": 4 * clip.format.width, "height": 4 * clip.format.height, "network": "plain"}
    stage = Upscale.model_validate({**told, "face_network": "face" if fake else None, **how})
    work = stage.open(Runtime(zoo=zoo, tally=tally or Tally()))
    return work(clip, SHOT, wanted or Span(start=0, stop=len(clip)))
