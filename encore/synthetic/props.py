"""What stands on our stage: wall, screens, drums, singer, crowd, each painted when it is first filmed."""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.synthetic.sprites import (
    CAMERAMAN,
    SINGER,
    Codes,
    Picture,
    Sprite,
    cut_out,
    drawn,
    linear,
    photograph,
    sized,
    through_lens,
)

STAGE_WIDTH, STAGE_HEIGHT = 2400, 1200
"""Stage pixels. A frame at zoom 1 sees 960 of them from top to bottom: twice as many as it has lines, so that
bilinear sampling stays equally sharp at every sub-pixel position."""
FLOOR = 860
"""Where wall and floor meet, in stage pixels."""


class Props:
    """Everything that can be filmed, each thing painted when it is first asked for.

    Args:
        seed: shapes the crowd.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    @cached_property
    def stage(self) -> Picture:
        """(H, W, 4): linear reflectance in [0, 1] and, in channel 3, how much of it shines by itself."""
        return _stage()

    @cached_property
    def guest(self) -> Picture:
        """A close-up of the guest, a cat with very fine hair; channels as those of the stage."""
        light = linear(sized(photograph("chelsea.png"), 1353, 900))
        return np.concatenate([light, np.zeros((*light.shape[:2], 1), np.float32)], axis=2)

    @cached_property
    def singer(self) -> Sprite:
        """An astronaut who sings."""
        return cut_out("astronaut.png", SINGER)

    @cached_property
    def microphone(self) -> Sprite:
        """On its stand."""
        return _microphone()

    @cached_property
    def desk(self) -> Sprite:
        """The singer's keyboard."""
        return _desk()

    @cached_property
    def crew(self) -> Sprite:
        """The cameraman in the pit."""
        return _crew()

    @cached_property
    def crowd(self) -> tuple[Sprite, ...]:
        """Five kinds of people from behind."""
        random = np.random.default_rng((self.seed, 1))
        return tuple(_fan(random, arms) for arms in (0, 1, 2, 1, 0))


def _microphone() -> Sprite:
    """A microphone on its stand, with the wire mesh that every de-interlacer fears."""
    height, width = 700, 160
    drawing, cover = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)
    for board, shade in ((cover, (255, 255, 255)), (drawing, (58, 58, 64))):
        cv2.line(board, (80, 110), (96, 700), shade, 26, cv2.LINE_AA)
        cv2.ellipse(board, (76, 62), (50, 56), 0, 0, 360, shade, -1, cv2.LINE_AA)
    for x in range(26, 130, 7):
        cv2.line(drawing, (x, 0), (x + 8, 122), (175, 175, 180), 2, cv2.LINE_AA)
        cv2.line(drawing, (20, x - 14), (134, x - 22), (140, 140, 150), 2, cv2.LINE_AA)
    cv2.ellipse(drawing, (76, 84), (50, 8), 0, 0, 360, (210, 205, 190), -1, cv2.LINE_AA)
    cv2.line(drawing, (76, 130), (92, 700), (150, 150, 160), 5, cv2.LINE_AA)
    return drawn(height, width, (80.0, 700.0), drawing, cover)


def _desk() -> Sprite:
    """The keyboard the singer stands behind; it hides where her portrait ends."""
    height, width = 260, 520
    drawing, cover = np.full((height, width, 3), 26, np.uint8), np.full((height, width), 255, np.uint8)
    drawing[:54, 8:-8] = (205, 205, 198)
    for x in range(8, width - 8, 14):
        drawing[:54, x : x + 1] = (60, 60, 60)
        if (x // 14) % 7 not in (2, 6):
            drawing[:32, x - 4 : x + 5] = (12, 12, 14)
    drawing[54:62] = (120, 18, 20)
    cloth = sized(photograph("gravel.png")[:190, :512], width, height - 62)
    drawing[62:] = (cloth * np.array([0.22, 0.22, 0.30])).astype(np.uint8)
    cv2.putText(drawing, "ENCORE", (96, 180), cv2.FONT_HERSHEY_DUPLEX, 2.6, (228, 222, 205), 6, cv2.LINE_AA)
    cv2.putText(drawing, "WORLD TOUR 2000", (140, 226), cv2.FONT_HERSHEY_DUPLEX, 0.9, (200, 170, 90), 2, cv2.LINE_AA)
    return drawn(height, width, (width / 2, float(height)), drawing, cover)


def _crew() -> Sprite:
    """A cameraman in the pit, nearly black against the stage."""
    person = cut_out("camera.png", CAMERAMAN)
    codes, cover = photograph("camera.png"), np.zeros((1024, 1024), np.uint8)
    for start, stop in (((293, 185), (293, 505)), ((287, 322), (236, 511)), ((302, 322), (398, 511))):
        cv2.line(cover, (2 * start[0], 2 * start[1]), (2 * stop[0], 2 * stop[1]), 255, 14, cv2.LINE_AA)
    alpha = np.maximum(person.pixels[..., 3:], cover[..., None].astype(np.float32) / 255)
    light = linear(sized(codes, 1024, 1024)) * alpha
    return Sprite(pixels=np.concatenate([light * np.float32(0.12), alpha], axis=2)[:, :840], foot=(400.0, 1024.0))


def _fan(random: np.random.Generator, arms: int) -> Sprite:
    """Head, shoulders and raised arms from behind, with a rim of stage light."""
    height, width = 420, 260
    cover = np.zeros((height, width), np.uint8)
    tilt, size = int(random.integers(-8, 9)), int(random.integers(34, 42))
    cv2.ellipse(cover, (130 + tilt, 250), (size, int(size * 1.25)), 0, 0, 360, 255, -1, cv2.LINE_AA)
    cv2.line(cover, (130 + tilt, 290), (130, 340), 255, 44, cv2.LINE_AA)
    cv2.ellipse(cover, (130, 420), (96, 104), 0, 180, 360, 255, -1, cv2.LINE_AA)
    for side in (-1, 1)[:arms]:
        elbow = (130 + side * int(random.integers(84, 98)), int(random.integers(215, 245)))
        hand = (elbow[0] - side * int(random.integers(6, 34)), int(random.integers(72, 104)))
        cv2.line(cover, (130 + side * 74, 370), elbow, 255, 42, cv2.LINE_AA)
        cv2.line(cover, elbow, hand, 255, 31, cv2.LINE_AA)
        cv2.ellipse(cover, hand, (18, 25), 0, 0, 360, 255, -1, cv2.LINE_AA)
        for x, y in ((-19, 34), (-7, 47), (5, 49), (16, 41)):
            cv2.line(cover, (hand[0] + x // 2, hand[1] - 12), (hand[0] + x, hand[1] - y), 255, 9, cv2.LINE_AA)
        cv2.line(cover, hand, (hand[0] - 32 * side, hand[1] - 12), 255, 10, cv2.LINE_AA)
    alpha = cv2.GaussianBlur(cover, (0, 0), 1.5).astype(np.float32) / 255
    below = np.roll(cv2.GaussianBlur(alpha, (0, 0), 3.5), 4, axis=0)
    rim = np.clip(alpha - below - np.float32(0.25), 0, 1) * np.float32(0.7) + np.float32(0.006)
    return Sprite(pixels=np.stack([rim * alpha] * 3 + [alpha], axis=2).astype(np.float32), foot=(130.0, 420.0))


def _stage() -> Picture:
    """The stage from the audience: wall, screens, truss, drums, amplifiers, floor."""
    drawing = np.zeros((STAGE_HEIGHT, STAGE_WIDTH, 3), np.uint8)
    shine = np.zeros((STAGE_HEIGHT, STAGE_WIDTH), np.uint8)
    folds = 0.62 + 0.38 * np.sin(np.arange(1200) / 19 + 1.6 * np.sin(np.arange(1200) / 83))
    stars = sized(photograph("hubble_deep_field.jpg"), 1200, 1046)[:FLOOR]
    cloth = np.clip((stars + np.array([26, 26, 40])) * folds[:, None], 0, 255).astype(np.uint8)
    drawing[:FLOOR] = np.hstack([cloth, cloth[:, ::-1]])
    bricks = sized(np.rot90(photograph("brick.png")).copy(), 860, 860)
    drawing[:FLOOR, :260] = (bricks[:, :260] * np.array([0.80, 0.62, 0.55])).astype(np.uint8)
    drawing[:FLOOR, -260:] = (bricks[:, -260:] * np.array([0.80, 0.62, 0.55])).astype(np.uint8)
    _screens(drawing, shine)
    _amplifiers(drawing)
    _drums(drawing)
    _floor(drawing)
    _truss(drawing, shine)
    glow = np.asarray(cv2.GaussianBlur(shine, (0, 0), 3.0), np.float32)[..., None] / 255
    return through_lens(np.concatenate([linear(drawing), glow], axis=2, dtype=np.float32))


def _screens(drawing: Codes, shine: NDArray[np.uint8]) -> None:
    films = (photograph("rocket.jpg"), photograph("motorcycle_left.png"))
    for x, film in zip((390, 1570), films, strict=True):
        drawing[220:540, x - 14 : x + 454] = (18, 18, 20)
        drawing[232:528, x : x + 440] = sized(film, 440, 296)
        drawing[232:528:4, x : x + 440] //= 2  # the gaps between the rows of lamps of such a screen
        shine[232:528, x : x + 440] = 235
    cv2.putText(drawing, "ENCORE", (905, 380), cv2.FONT_HERSHEY_TRIPLEX, 5.0, (250, 240, 215), 14, cv2.LINE_AA)
    cv2.putText(shine, "ENCORE", (905, 380), cv2.FONT_HERSHEY_TRIPLEX, 5.0, 210, 14, cv2.LINE_AA)
    cv2.putText(
        drawing, "live in concert  2000", (948, 448), cv2.FONT_HERSHEY_COMPLEX, 1.45, (255, 205, 120), 3, cv2.LINE_AA
    )
    cv2.putText(shine, "live in concert  2000", (948, 448), cv2.FONT_HERSHEY_COMPLEX, 1.45, 190, 3, cv2.LINE_AA)


def _amplifiers(drawing: Codes) -> None:
    cloth = photograph("gravel.png")
    for x in (300, 480, 660, 1640, 1820, 2000):
        for y in (600, 735):
            box = sized(cloth[:256, :320], 165, 122)
            drawing[y : y + 122, x : x + 165] = (box * np.array([0.36, 0.35, 0.33])).astype(np.uint8)
            cv2.rectangle(drawing, (x, y), (x + 165, y + 122), (96, 96, 92), 3, cv2.LINE_AA)
            for cx in (x + 44, x + 120):
                for radius, shade in ((34, 30), (27, 62), (10, 105)):
                    cv2.circle(drawing, (cx, y + 66), radius, (shade, shade, shade), 3, cv2.LINE_AA)
            cv2.putText(
                drawing, "encore", (x + 50, y + 22), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (220, 215, 200), 2, cv2.LINE_AA
            )


def _drums(drawing: Codes) -> None:
    cv2.rectangle(drawing, (1290, 770), (1620, FLOOR), (40, 38, 42), -1)
    for x in range(1290, 1620, 22):
        cv2.line(drawing, (x, 772), (x, FLOOR), (66, 64, 70), 2, cv2.LINE_AA)
    for x, y in ((1300, 560), (1600, 540), (1345, 640)):
        cv2.line(drawing, (x, y), (x + (1455 - x) // 5, 770), (150, 150, 155), 4, cv2.LINE_AA)
        cv2.ellipse(drawing, (x, y), (74, 13), -8 if x < 1455 else 8, 0, 360, (214, 172, 70), -1, cv2.LINE_AA)
    for centre, axes in (((1405, 628), (46, 40)), ((1505, 628), (46, 40)), ((1560, 705), (56, 50))):
        cv2.ellipse(drawing, centre, axes, 0, 0, 360, (142, 20, 26), -1, cv2.LINE_AA)
        cv2.ellipse(drawing, (centre[0], centre[1] - 24), (axes[0], 15), 0, 0, 360, (225, 222, 214), -1, cv2.LINE_AA)
    cv2.circle(drawing, (1455, 718), 82, (150, 24, 28), -1, cv2.LINE_AA)
    cv2.circle(drawing, (1455, 718), 70, (232, 230, 224), -1, cv2.LINE_AA)
    cv2.putText(drawing, "THE", (1430, 700), cv2.FONT_HERSHEY_TRIPLEX, 0.8, (30, 30, 60), 2, cv2.LINE_AA)
    cv2.putText(drawing, "FIELDS", (1402, 736), cv2.FONT_HERSHEY_TRIPLEX, 1.0, (120, 20, 30), 3, cv2.LINE_AA)


def _floor(drawing: Codes) -> None:
    mirror = cv2.GaussianBlur(drawing[FLOOR - 340 : FLOOR][::-1], (0, 0), 9.0)
    fade = np.linspace(0.55, 0.12, 340)[:, None, None]
    drawing[FLOOR:] = np.clip(mirror * fade + 34, 0, 255).astype(np.uint8)
    for x in range(-2400, 4800, 150):
        cv2.line(drawing, (1200 + (x - 1200) // 2, FLOOR), (x, STAGE_HEIGHT), (22, 22, 24), 3, cv2.LINE_AA)
    for y in (FLOOR, 905, 985, 1090):
        cv2.line(drawing, (0, y), (STAGE_WIDTH, y), (20, 20, 22), 3, cv2.LINE_AA)


def _truss(drawing: Codes, shine: NDArray[np.uint8]) -> None:
    for y in (96, 150):
        cv2.line(drawing, (0, y), (STAGE_WIDTH, y), (168, 170, 176), 7, cv2.LINE_AA)
    for x in range(0, STAGE_WIDTH, 54):
        cv2.line(drawing, (x, 150), (x + 27, 96), (140, 142, 148), 4, cv2.LINE_AA)
        cv2.line(drawing, (x + 27, 96), (x + 54, 150), (140, 142, 148), 4, cv2.LINE_AA)
    for x in range(140, STAGE_WIDTH, 163):
        cv2.rectangle(drawing, (x - 20, 152), (x + 20, 186), (30, 30, 32), -1)
        cv2.circle(drawing, (x, 188), 17, (255, 246, 226), -1, cv2.LINE_AA)
        cv2.circle(shine, (x, 188), 17, 255, -1, cv2.LINE_AA)
