"""Clips with known truth: a textured world panned by a camera that gathers speed, with a disc that moves on its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.video import Clip, Motion, Patch, VideoFormat
from encore.motion.flow import Follower

Picture = NDArray[Any]


def scene(height: int = 120, width: int = 160, speed: float = 2.0, gain: float = 0.0) -> Callable[[float], Picture]:
    """Luma codes at a time; the camera moves `speed` samples per picture and gathers `gain` more each picture."""
    random = np.random.default_rng(5)
    noise: Picture = random.normal(0, 1, (2 * height, 3 * width)).astype(np.float32)
    world = np.asarray(
        120 + 160 * cv2.GaussianBlur(noise, (0, 0), 2.5) + 120 * cv2.GaussianBlur(noise, (0, 0), 8), np.float32
    )
    spots: Picture = random.normal(0, 1, (height, width)).astype(np.float32)
    disc = np.asarray(120 + 160 * cv2.GaussianBlur(spots, (0, 0), 2), np.float32)

    def at(time: float) -> Picture:
        x = width + speed * time + 0.5 * gain * time * time
        matrix = np.array([[1, 0, x], [0, 1, height / 2]], np.float32)
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        seen = cv2.warpAffine(world, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT)
        shift = np.array([[1, 0, 1.5 * time], [0, 1, 0]], np.float32)
        actor = cv2.warpAffine(disc, shift, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        mask = np.zeros((height, width), np.float32)
        cv2.circle(
            mask, (int(16 * (width / 2 - 12 + 1.5 * time)), 8 * height), 16 * height // 6, 1.0, -1, cv2.LINE_AA, 4
        )
        return np.clip(seen + (actor - seen) * mask, 16, 235)

    return at


def clip_of(
    pictures: Sequence[Picture], lost: Sequence[int] = (), torn: dict[int, tuple[Patch, ...]] | None = None
) -> Clip:
    """Pictures of luma codes, with chroma that follows luma, and their motion."""
    count, (height, width) = len(pictures), pictures[0].shape
    flags = tuple(n in lost for n in range(count))
    follower = Follower()
    pairs = [
        None if flags[n] or flags[n + 1] else follower.between(pictures[n], pictures[n + 1]) for n in range(count - 1)
    ]
    y = np.stack([(one - 16) / np.float32(219) for one in pictures]).astype(np.float32)
    small: list[Picture] = [
        cv2.resize(one, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA) for one in y
    ]
    c = (np.stack(small) - np.float32(0.5)) * np.float32(0.4)
    motion = Motion((*(p[0] if p else None for p in pairs), None), (None, *(p[1] if p else None for p in pairs)))
    return Clip(
        y=y, cb=c, cr=-c, at=tuple(range(count)), format=VideoFormat(width=width, height=height, chroma="420"),
        motion=motion, lost=flags if lost else (), torn=tuple(torn.get(n, ()) for n in range(count)) if torn else (),
    )  # fmt: skip


def patched(picture: Picture, places: Sequence[Patch]) -> Picture:
    """With straight lines from above to below over torn places, as the reader fills them."""
    made = picture.copy()
    for left, top, right, bottom in places:
        above = made[max(0, top - 1) if top else bottom, left:right]
        below = made[bottom, left:right] if bottom < len(made) else above
        share = (np.arange(1, bottom - top + 1, dtype=np.float32) / (bottom - top + 1))[:, None]
        made[top:bottom, left:right] = above + (below - above) * share
    return made


def psnr(one: Picture, other: Picture) -> float:
    """Of planes in codes, in dB; 8 samples at the rim are left out."""
    off = (one - other)[8:-8, 8:-8].astype(np.float64)
    return float(10 * np.log10(255**2 / max(1e-9, float((off * off).mean()))))
