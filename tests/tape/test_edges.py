"""Borders and head switching are found, dark stages are left whole."""

import numpy as np
import pytest

from encore.core.findings import Box
from encore.tape.edges import EdgeMeter
from tests.tape.moving import Frames, filmed, scene

RNG = np.random.default_rng


def bordered(frames: Frames, top: int, bottom: int, left: int, right: int, black: int = 16, noise: float = 0) -> Frames:
    """The same frames with black painted over their rim."""
    random = RNG(0)
    result: Frames = []
    for frame in frames:
        framed = np.full(frame.shape, black, np.float32)
        inside = np.s_[top : frame.shape[0] - bottom, left : frame.shape[1] - right]
        framed[inside] = frame[inside]
        framed += random.normal(0, noise, frame.shape) if noise else 0
        result.append(np.clip(framed, 0, 255).astype(np.uint8))
    return result


def seen(frames: Frames) -> tuple[int, int, int, int, int]:
    meter = EdgeMeter()
    for frame in frames:
        meter.add(frame)
    edges = meter.edges()
    box = edges.active
    height, width = frames[0].shape
    assert edges.full == Box(left=0, top=0, right=width, bottom=height)
    return box.top, height - box.bottom, box.left, width - box.right, edges.head_switching_lines


@pytest.mark.parametrize("noise", [0, 8])
@pytest.mark.parametrize(
    "border", [(30, 30, 0, 0), (0, 0, 46, 46), (0, 0, 8, 6), (28, 32, 8, 8), (0, 0, 0, 0)],
    ids=["letterbox", "pillarbox", "overscan", "all round", "none"],
)  # fmt: skip
def test_finds_black_borders(border: tuple[int, int, int, int], noise: float) -> None:
    found = seen(bordered(filmed("interlaced", frames=16), *border, noise=noise))
    assert found == (*border, 0)


def test_set_up_level_is_black_too() -> None:
    assert seen(bordered(filmed("interlaced", frames=8), 24, 24, 0, 0, black=32)) == (24, 24, 0, 0, 0)


def spotlit(brightness: float) -> Frames:
    """A dark stage with one round light; its rim is black but for haze."""
    down, across = np.mgrid[0:240, 0:360].astype(np.float32)
    glow = np.exp(-(((across - 180) / 60) ** 2 + ((down - 140) / 45) ** 2))
    return [
        np.clip(frame * glow * brightness + 16, 0, 255).astype(np.uint8) for frame in filmed("interlaced", frames=16)
    ]


@pytest.mark.parametrize("brightness", [0.2, 0.6, 1.0])
def test_a_dark_stage_is_not_cropped(brightness: float) -> None:
    assert seen(spotlit(brightness)) == (0, 0, 0, 0, 0)


def test_a_dark_scene_does_not_widen_the_border() -> None:
    frames = bordered(spotlit(0.5), 30, 30, 0, 0) + bordered(filmed("interlaced", frames=16), 30, 30, 0, 0)
    assert seen(frames) == (30, 30, 0, 0, 0)


def test_a_black_tape_and_no_tape_are_whole() -> None:
    assert seen([np.full((240, 360), 16, np.uint8)] * 5) == (0, 0, 0, 0, 0)
    assert EdgeMeter().edges().active == Box(left=0, top=0, right=0, bottom=0)


def torn(frames: Frames, lines: int, shift: int, noise: float = 0, jitter: int = 3) -> Frames:
    """Frames of twice the size whose last lines are displaced, as where a recorder switches heads."""
    random = RNG(1)
    result: Frames = []
    for small in frames:
        frame = np.kron(small, np.ones((2, 2), np.uint8))
        for line in range(frame.shape[0] - lines, frame.shape[0]):
            moved = np.roll(frame[line], shift + int(random.integers(-jitter, jitter + 1)))
            frame[line] = np.clip(moved + random.normal(0, noise, moved.shape), 0, 255).astype(np.uint8)
        result.append(frame)
    return result


@pytest.mark.parametrize(("lines", "shift", "noise"), [(6, 24, 0), (8, -30, 10), (12, 20, 5), (10, 0, 90)])
def test_finds_head_switching(lines: int, shift: int, noise: float) -> None:
    *rim, heads = seen(torn(filmed("interlaced", frames=12, noise=2), lines, shift, noise))
    assert abs(heads - lines) <= 2
    assert rim == [0, heads, 0, 0]


@pytest.mark.parametrize("name", ["coffee", "rocket", "chelsea"])
def test_no_head_switching_where_there_is_none(name: str) -> None:
    assert seen(torn(filmed("interlaced", frames=12, noise=4, at=scene(name)), 0, 0))[-1] == 0


def test_a_disturbance_in_few_frames_is_none() -> None:
    clean = torn(filmed("interlaced", frames=12), 0, 0)
    assert seen(clean + torn(filmed("interlaced", frames=4), 8, 24))[-1] == 0


def test_refuses_other_sizes() -> None:
    meter = EdgeMeter()
    meter.add(np.zeros((48, 64), np.uint8))
    with pytest.raises(ValueError, match="one size"):
        meter.add(np.zeros((48, 66), np.uint8))
