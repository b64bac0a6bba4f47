"""The shape of samples: flags where they make sense, a guess said aloud where they do not."""

from __future__ import annotations

from fractions import Fraction

import pytest

from encore.core.source import VideoStream
from encore.core.video import Colour
from encore.tape.shape import settle_sample_aspect


@pytest.mark.parametrize(
    ("width", "height", "flagged", "expected", "guessed"),
    [
        (720, 480, Fraction(8, 9), Fraction(8, 9), False),
        (720, 480, Fraction(10, 11), Fraction(10, 11), False),
        (720, 480, Fraction(32, 27), Fraction(32, 27), False),
        (720, 576, Fraction(16, 15), Fraction(16, 15), False),
        (720, 576, Fraction(64, 45), Fraction(64, 45), False),
        (704, 480, Fraction(10, 11), Fraction(10, 11), False),
        (352, 240, Fraction(10, 11), Fraction(10, 11), False),
        (720, 480, None, Fraction(8, 9), True),
        (720, 576, None, Fraction(16, 15), True),
        (720, 486, None, Fraction(9, 10), True),
        (352, 288, None, Fraction(12, 11), True),
        (720, 480, Fraction(1), Fraction(8, 9), True),
        (720, 576, Fraction(1), Fraction(16, 15), True),
        (720, 480, Fraction(3), Fraction(8, 9), True),
        (720, 480, Fraction(1, 4), Fraction(8, 9), True),
        (640, 480, Fraction(1), Fraction(1), False),
        (768, 576, None, Fraction(1), True),
        (640, 480, None, Fraction(1), True),
        (1440, 1080, Fraction(4, 3), Fraction(4, 3), False),
        (854, 480, None, Fraction(1), False),
        (355, 243, Fraction(1), Fraction(1), False),
    ],
)
def test_settled(width: int, height: int, flagged: Fraction | None, expected: Fraction, guessed: bool) -> None:
    video = VideoStream(
        index=0, codec="x", width=width, height=height, pixel_format="yuv420p", chroma="420", depth=8,
        sample_aspect=flagged, flagged="tff", rate=Fraction(25), time_base=Fraction(1, 25),
        colour=Colour(matrix="bt601", primaries="bt709"),
    )  # fmt: skip
    assert settle_sample_aspect(video) == (expected, guessed)
