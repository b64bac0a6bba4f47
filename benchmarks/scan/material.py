"""What the scan is tested on: photographs under moving cameras, filmed field by field, with noise, through MPEG-2."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import skimage
from numpy.typing import NDArray

from encore.analysis.look import Look, Looker
from encore.analysis.question import Tape
from encore.core.source import VideoStream
from encore.core.video import Colour
from encore.media.decode import decoded, raw
from encore.media.process import Tool
from encore.synthetic.signal import Planes, Recorder, woven

Picture = NDArray[np.float32]
"""(H, W, 3) R'G'B' in [0, 1]."""

WIDTH, HEIGHT = 720, 480
RATE = Fraction(30000, 1001)
BUNDLED = (
    "astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "motorcycle_left.png", "hubble_deep_field.jpg",
    "ihc.png", "camera.png", "brick.png", "grass.png", "gravel.png", "moon.png", "retina.jpg", "coins.png",
)  # fmt: skip
"""Photographs that come with scikit-image."""


@cache
def photographs(folder: Path | None = None, most: int = 60) -> tuple[NDArray[np.uint8], ...]:
    """Photographs as (H, W, 3) R'G'B' codes, at least 720 wide and 480 high: scikit-image's, or those of a folder."""
    places = sorted(folder.glob("*.*")) if folder else [Path(skimage.__file__).parent / "data" / n for n in BUNDLED]
    found: list[NDArray[np.uint8]] = []
    for place in places:
        codes = cv2.imread(str(place), cv2.IMREAD_COLOR_RGB)
        if codes is None:
            continue
        grow = max(1.3 * WIDTH / codes.shape[1], 1.3 * HEIGHT / codes.shape[0])
        way = cv2.INTER_CUBIC if grow > 1 else cv2.INTER_AREA
        found.append(np.asarray(cv2.resize(codes, None, fx=grow, fy=grow, interpolation=way), np.uint8))
        if len(found) >= most:
            break
    return tuple(found)


@dataclass(frozen=True)
class Scene:
    """A photograph before a moving camera, with something that moves on its own in front of it.

    Attributes:
        world: codes, larger than the raster.
        pan: samples right and down per tick.
        zoom: growth per tick.
        shake: standard deviation of the hand, samples.
        actor: codes of a picture in front, or None; it swings through the picture.
        swing: samples that the actor swings to either side, and ticks per swing.
        light: multiplies R'G'B'; one for all ticks, or a function of the tick.
    """

    world: NDArray[np.uint8]
    pan: tuple[float, float] = (0.0, 0.0)
    zoom: float = 0.0
    shake: float = 0.0
    actor: NDArray[np.uint8] | None = None
    swing: tuple[float, float] = (120.0, 90.0)
    blur: float = 0.6
    seed: int = 0
    size: tuple[int, int] = field(default=(WIDTH, HEIGHT))

    def at(self, tick: float) -> Picture:
        """The progressive picture at a moment, in ticks (fields)."""
        width, height = self.size
        high, wide = self.world.shape[:2]
        random = np.random.default_rng((self.seed, int(tick * 4)))
        hand = random.normal(0, self.shake, 2) if self.shake else (0.0, 0.0)
        scale = (1 + self.zoom * tick) * 1.0
        left = (wide - width) / 2 + self.pan[0] * tick + hand[0]
        top = (high - height) / 2 + self.pan[1] * tick + hand[1]
        matrix = np.array(
            [[1 / scale, 0, left + width / 2 * (1 - 1 / scale)], [0, 1 / scale, top + height / 2 * (1 - 1 / scale)]]
        )
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        codes = cv2.warpAffine(self.world, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT)
        picture = np.asarray(codes, np.float32) / np.float32(255)
        if self.actor is not None:
            self._act(picture, tick)
        if self.blur:
            picture = cv2.GaussianBlur(picture, (0, 0), self.blur)
        return np.asarray(picture, np.float32)

    def _act(self, picture: Picture, tick: float) -> None:
        assert self.actor is not None
        height, width = picture.shape[:2]
        tall = int(0.55 * height)
        size = (int(0.7 * tall), tall)
        actor = np.asarray(cv2.resize(self.actor, size, interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)
        turn = 2 * np.pi * tick / self.swing[1]
        at = width / 2 + self.swing[0] * np.sin(turn), 0.62 * height + 0.06 * height * np.sin(1.7 * turn)
        move = np.array([[1, 0, at[0] - size[0] / 2], [0, 1, at[1] - size[1] / 2]])
        y, x = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]  # type: ignore[misc]
        shape = np.clip((1 - (x * x + y * y)) * 12, 0, 1).astype(np.float32)
        cover = cv2.warpAffine(shape, move, (width, height))[..., None]
        moved = cv2.warpAffine(actor, move, (width, height))
        picture += (moved - picture) * cover


def scenes(count: int, seed: int = 0, folder: Path | None = None) -> list[Scene]:
    """Scenes of all kinds: still, pans slow and fast, zooms, hand-held, with and without an actor; reproducible."""
    worlds = photographs(folder)
    random = np.random.default_rng((seed, 7))
    made: list[Scene] = []
    for number in range(count):
        world, actor = worlds[number % len(worlds)], worlds[int(random.integers(len(worlds)))]
        speed = float(random.choice([0.0, 0.3, 1.0, 2.5]))
        turn = float(random.uniform(0, 2 * np.pi))
        made.append(
            Scene(
                world, pan=(speed * np.cos(turn), 0.4 * speed * np.sin(turn)),
                zoom=float(random.choice([0, 0, 0.0006, -0.0005])), shake=float(random.choice([0, 0, 0.8])),
                actor=actor if random.random() < 0.7 else None,
                swing=(float(random.uniform(40, 200)), float(random.uniform(60, 160))), seed=number,
            )
        )  # fmt: skip
    return made


def film(
    pictures: Iterable[tuple[Picture, Picture]], noise: float = 0.0, seed: int = 0, order: Literal["tff", "bff"] = "tff"
) -> list[Planes]:
    """Woven 4:2:0 tape frames from pairs of progressive pictures: the moments of the first and of the second field.

    Args:
        pictures: two full pictures per tape frame; give the same twice for a progressive frame.
        noise: standard deviation of white noise, 8-bit codes of luma.
        seed: of the noise.
        order: which field is first in time.
    """
    recorder = Recorder("420", 8, noise, top_left=False, seed=seed)
    first, second = (0, 1) if order == "tff" else (1, 0)
    return [
        woven(
            recorder.record(np.ascontiguousarray(a[first::2]), first, 2 * n),
            recorder.record(np.ascontiguousarray(b[second::2]), second, 2 * n + 1),
            order == "tff",
        )
        for n, (a, b) in enumerate(pictures)
    ]


def interlaced(scene: Scene, frames: int, start: int = 0) -> Iterable[tuple[Picture, Picture]]:
    """Moments of a scene for `film`, a tick apart."""
    return ((scene.at(2 * k + start), scene.at(2 * k + 1 + start)) for k in range(frames))


def mpeg2(frames: Sequence[Planes], megabits: float = 5.0, *, interlaced: bool = True, gop: int = 15) -> list[Planes]:
    """Frames as they come back from an MPEG-2 disc of that bit rate.

    Raises:
        ToolError: ffmpeg failed.
    """
    height, width = frames[0][0].shape
    bits = int(megabits * 1e6)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tape.mpg"
        given = ["-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", f"{width}x{height}"]
        given += ["-framerate", "30000/1001", "-i", "pipe:0", "-c:v", "mpeg2video", "-b:v", str(bits), "-maxrate"]
        given += ["9000000", "-bufsize", "1835008", "-g", str(gop), "-bf", "2", "-threads", "1"]
        given += ["-vf", "setfield=tff", "-flags", "+ildct+ilme"] if interlaced else []
        with Tool("making an MPEG-2 tape", [*given, "-f", "vob", str(path)]) as tool:
            for frame in frames:
                for plane in frame:
                    tool.write(np.ascontiguousarray(plane).tobytes())
        back = [raw(frame).planes for _, frame in decoded(path, 0)]
    assert len(back) == len(frames)
    return [(planes[0], planes[1], planes[2]) for planes in back]


def looks(frames: Iterable[Sequence[NDArray[Any]]]) -> Iterable[Look]:
    """Looks for questions."""
    looker = Looker()
    for planes in frames:
        yield looker.look(planes)


def tape_of(width: int = WIDTH, height: int = HEIGHT) -> Tape:
    """What a question may know of such a tape."""
    video = VideoStream(
        index=0, codec="mpeg2video", width=width, height=height, pixel_format="yuv420p", chroma="420", depth=8,
        sample_aspect=Fraction(8, 9), flagged="tff", rate=RATE, time_base=Fraction(1, 90000),
        colour=Colour(matrix="bt601", primaries="smpte170m"),
    )  # fmt: skip
    return Tape(video, RATE)
