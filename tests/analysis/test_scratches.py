"""Lines that stand still before a moving picture are scratches; lines of the picture are none."""

from __future__ import annotations

import numpy as np
import pytest

from encore.analysis.scratches import ScratchMeter
from tests.tape.moving import Frames, filmed, scene


def told(frames: Frames) -> list[float]:
    meter = ScratchMeter()
    last = np.zeros(0, np.float32)
    for frame in frames[::3]:
        last = meter.add(frame[0::2])
    return sorted(float(column) for column in last)


def panned() -> Frames:
    return filmed("interlaced", frames=36, noise=3, at=scene("coffee", pan=(2, 0.3)))


@pytest.mark.parametrize("by", [30, -30])
def test_a_line_that_stands_still(by: int) -> None:
    frames = panned()
    for frame in frames:
        frame[:, 120:122] = np.clip(frame[:, 120:122].astype(int) + by, 0, 255)
    (column,) = told(frames)
    assert column == pytest.approx(120.5, abs=1)


def test_a_clean_tape_has_none() -> None:
    assert told(panned()) == []


def test_what_stands_still_with_the_picture_is_not_told() -> None:
    frames = filmed("interlaced", frames=36, noise=3, at=scene("coffee", pan=(0, 0), ball=False))
    for frame in frames:
        frame[:, 120:122] = 250
    assert told(frames) == []


def test_a_stand_that_ends_half_way_up_is_not_told() -> None:
    frames = panned()
    for frame in frames:
        frame[130:, 120:122] = 250
    assert told(frames) == []
