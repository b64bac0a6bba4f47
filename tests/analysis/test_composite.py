"""Dot crawl, rainbows, shifted chroma and wrong flags are found, and motion, strobes and noise are none of them."""

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from encore.analysis.composite import CompositeQuestion
from encore.analysis.look import Looker
from encore.analysis.question import ShotFrames, Tape
from encore.analysis.subcarrier import Residue, carrier_of
from encore.core.answers import Composite
from encore.core.findings import Scan
from encore.core.source import VideoStream
from encore.core.time import Span
from encore.core.video import Chroma, Colour, Matrix, Siting

Picture = NDArray[np.float32]
"""(3, H, W): luma, Cb, Cr codes, chroma at full size."""


def cards(width: int = 720, height: int = 240) -> Picture:
    """Soft cards of random colour."""
    return _cards(width, height).copy()


@cache
def _cards(width: int, height: int) -> Picture:
    random = np.random.default_rng(0)
    picture = np.full((3, height, width), 100, np.float32)
    for _ in range(width * height // 900):
        x, y = random.integers(0, width), random.integers(0, height)
        wide, high = random.integers(15, 90, 2)
        colour = random.uniform((40, 70, 70), (210, 186, 186))
        picture[:, y : y + high, x : x + wide] = colour[:, None, None]
    return np.stack([cv2.GaussianBlur(plane, (0, 0), 0.8) for plane in picture]).astype(np.float32)


def stream(
    width: int = 720, height: int = 240, chroma: Chroma = "420", depth: int = 8, *, full: bool = False,
    matrix: Matrix = "bt601", siting: Siting = "left",
) -> Tape:  # fmt: skip
    video = VideoStream(
        index=0, codec="x", width=width, height=height, pixel_format="x", chroma=chroma, depth=depth,
        sample_aspect=Fraction(1), flagged="tff", rate=Fraction(30000, 1001), time_base=Fraction(1, 90000),
        colour=Colour(matrix=matrix, primaries="smpte170m", full_range=full, siting=siting),
    )  # fmt: skip
    return Tape(video, Fraction(30000, 1001))


def fewer(full: NDArray[Any], chroma: Chroma, siting: Siting) -> NDArray[Any]:
    """Chroma of a woven interlaced frame."""
    plane: NDArray[Any] = full
    if siting == "center":
        plane = (plane[:, 0::2] + plane[:, 1::2]) / 2
    elif chroma == "411":
        plane = cv2.blur(plane, (5, 1))[:, 0::4]
    else:
        plane = cv2.sepFilter2D(plane, cv2.CV_32F, np.array([0.25, 0.5, 0.25]), np.ones(1))[:, 0::2]
    if chroma != "420":
        return plane
    out = np.empty((plane.shape[0] // 2, plane.shape[1]), np.float32)
    for parity, share in ((0, 0.75), (1, 0.25)):
        first, second, lines = plane[parity::4], plane[parity + 2 :: 4], len(out[parity::2])
        second = np.concatenate([second, first[-1:]])
        out[parity::2] = first[:lines] * share + second[:lines] * (1 - share)
    return out


def answer(
    at: Callable[[int], Picture], frames: int = 6, noise: float = 2, tape: Tape | None = None, grey: bool = False
) -> Composite | None:
    random = np.random.default_rng(5)
    tape = tape or stream()
    depth, chroma, siting = tape.video.depth, tape.video.chroma, tape.video.colour.siting
    looker, question = Looker(depth), CompositeQuestion(tape)
    for number in range(frames):
        y, b, r = at(number)
        planes = [y] if grey else [y, fewer(b, chroma, siting), fewer(r, chroma, siting)]
        planes = [plane + random.standard_normal(plane.shape, np.float32) * noise for plane in planes]
        kind = np.uint8 if depth == 8 else np.uint16
        codes = [np.clip(np.rint(plane * 2 ** (depth - 8)), 0, 2**depth - 1).astype(kind) for plane in planes]
        question.observe(looker.look(codes))
    span = Span(start=0, stop=frames)
    return CompositeQuestion.answer(question.rows(span), ShotFrames(span, Scan(mode="interlaced", confidence=1), tape))


def moved(picture: Picture, right: float, down: float) -> Picture:
    """Chroma beside luma."""
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float64)
    size = picture.shape[2], picture.shape[1]
    chroma = [cv2.warpAffine(p, matrix, size, borderMode=cv2.BORDER_REPLICATE) for p in picture[1:]]
    return np.stack([picture[0], *chroma]).astype(np.float32)


def dots(picture: Picture, number: int, step: float, per_line: float, per_frame: float, height: float) -> Picture:
    """Dots of one amplitude all over."""
    lines, samples = np.mgrid[: picture.shape[1], : picture.shape[2]]
    phase = step * samples + per_line * (lines // 2) + per_frame * number
    return np.stack([picture[0] + height * np.cos(2 * np.pi * phase), *picture[1:]]).astype(np.float32)


def test_ntsc_dots_are_measured_in_codes() -> None:
    found = answer(lambda k: dots(cards(), k, 3.579545 / 13.5, 0.5, 0.5, 3))
    assert found is not None
    assert found.dot_crawl == pytest.approx(3, rel=0.2)
    assert found.rainbow == 0


def test_pal_dots_too() -> None:
    found = answer(lambda k: dots(cards(720, 288), k, 4.43361875 / 13.5, -0.25, 0.75, 3), tape=stream(720, 288))
    assert found is not None
    assert found.dot_crawl == pytest.approx(3, rel=0.3)


def test_rainbows_on_fine_luma() -> None:
    def at(number: int) -> Picture:
        picture = cards()
        stripes = 20 * np.cos(2 * np.pi * 0.26 * np.arange(720))[None]
        false = 6 * (-1) ** number * np.where(np.arange(240) // 2 % 2, 1, -1)[:, None] * np.ones((1, 720))
        return np.stack([picture[0] + stripes, picture[1] + false, picture[2]]).astype(np.float32)

    found = answer(at)
    assert found is not None
    assert found.rainbow > 2
    assert found.dot_crawl == 0


def still(_: int) -> Picture:
    return cards()


def pan(number: int) -> Picture:
    return np.roll(cards(), 2 * number, 2)


def tilt(number: int) -> Picture:
    return np.roll(cards(), (4 * number, 3 * number), (1, 2))


def strobe(number: int) -> Picture:
    picture = cards()
    picture[0] *= 1 if number // 3 % 2 else 0.4
    return picture


def flicker(number: int) -> Picture:
    picture = cards()
    picture[0] *= 1 if number % 2 else 0.5
    return picture


@pytest.mark.parametrize("noise", [0, 6])
@pytest.mark.parametrize(
    "at",
    [
        still,
        pan,
        tilt,
        strobe,
        flicker,
    ],
    ids=["still", "pan", "tilt", "strobe", "every other frame"],
)
def test_motion_light_and_noise_are_no_faults(at: Callable[[int], Picture], noise: float) -> None:
    found = answer(at, noise=noise)
    assert found is not None
    assert found.dot_crawl == 0
    assert found.rainbow == 0
    assert found.range_suspect == ""
    assert found.matrix_suspect == ""


@pytest.mark.parametrize(("right", "down"), [(0, 0), (1, 0), (-2.5, 0), (3, 1), (0, -2), (0.5, 2)])
def test_shifted_chroma_is_measured(right: float, down: float) -> None:
    found = answer(lambda _: moved(cards(720, 480), right, down), frames=1)
    assert found is not None
    assert found.chroma_shift_across == pytest.approx(right, abs=0.3)
    assert found.chroma_shift_down == pytest.approx(down, abs=0.4)


@pytest.mark.parametrize(("chroma", "siting"), [("422", "left"), ("411", "left"), ("420", "center")])
def test_correct_chroma_of_all_formats_measures_zero(chroma: Chroma, siting: Siting) -> None:
    found = answer(lambda _: cards(), frames=1, tape=stream(chroma=chroma, siting=siting))
    assert found is not None
    assert found.chroma_shift_across == pytest.approx(0, abs=0.3)
    assert found.chroma_shift_down == pytest.approx(0, abs=0.3)


def ramp(low: float, high: float) -> Picture:
    """From black to white with a flat stretch at both ends."""
    line = np.clip(np.linspace(low - 30, high + 30, 720), low, high)
    neutral = np.full((240, 720), 128)
    return np.stack([np.tile(line, (240, 1)), neutral, neutral]).astype(np.float32)


@pytest.mark.parametrize(
    ("low", "high", "full", "suspect"),
    [(0, 255, False, "full as studio"), (16, 235, True, "studio as full"), (16, 235, False, ""), (0, 255, True, "")],
)
def test_wrong_ranges(low: float, high: float, full: bool, suspect: str) -> None:
    found = answer(lambda _: ramp(low, high), frames=1, tape=stream(full=full))
    assert found is not None
    assert found.range_suspect == suspect


def bars(of_red: float, of_blue: float) -> Picture:
    """Saturated colours, coded with a matrix."""
    picture = np.empty((3, 240, 720), np.float32)
    for number, rgb in enumerate([(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (1, 0, 1)]):
        red, green, blue = rgb
        y = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
        codes = 16 + 219 * y, 128 + 112 * (blue - y) / (1 - of_blue), 128 + 112 * (red - y) / (1 - of_red)
        picture[:, :, 120 * number : 120 * number + 120] = np.array(codes, np.float32)[:, None, None]
    return picture


def test_a_wrong_matrix_where_colours_prove_it() -> None:
    hd, sd = bars(0.2126, 0.0722), bars(0.299, 0.114)
    wrong, right = answer(lambda _: hd, frames=1), answer(lambda _: sd, frames=1)
    assert wrong is not None
    assert right is not None
    assert wrong.matrix_suspect == "bt709"
    assert wrong.clipped_colours > 0.2
    assert right.matrix_suspect == ""
    assert right.clipped_colours < 0.05
    other = answer(lambda _: sd, frames=1, tape=stream(matrix="bt709"))
    assert other is not None
    assert other.matrix_suspect == "bt601"


@pytest.mark.parametrize("size", [(352, 288), (704, 480), (720, 486), (24, 16)])
@pytest.mark.parametrize("frames", [1, 2, 6])
def test_odd_sizes_and_short_runs(size: tuple[int, int], frames: int) -> None:
    found = answer(lambda _: cards(*size), frames=frames, tape=stream(*size))
    assert found is not None
    assert found.dot_crawl == 0
    if size == (24, 16):
        assert found.chroma_shift_across is None
    else:
        assert found.chroma_shift_across == pytest.approx(0, abs=0.5)


def test_grey_and_deep_tapes() -> None:
    grey = answer(lambda _: ramp(0, 255), frames=1, grey=True)
    assert grey is not None
    assert grey.range_suspect == "full as studio"
    assert grey.clipped_colours == 0
    deep = answer(lambda _: moved(cards(), 2, 0), frames=1, tape=stream(depth=10))
    assert deep is not None
    assert deep.chroma_shift_across == pytest.approx(2, abs=0.3)


def test_no_shift_is_told_of_colours_that_have_nothing_in_common_with_luma() -> None:
    other = np.stack([cards()[0], *(plane[::-1, ::-1] for plane in cards()[1:])]).astype(np.float32)
    found = answer(lambda _: other, frames=1)
    grey = answer(lambda _: ramp(16, 235), frames=1)
    assert found is not None
    assert grey is not None
    assert found.chroma_shift_across is None
    assert grey.chroma_shift_down is None


def test_nothing_is_said_of_what_was_not_seen() -> None:
    tape = stream()
    rows = CompositeQuestion(tape).rows(Span(start=1, stop=3))
    shot = ShotFrames(Span(start=1, stop=3), Scan(mode="interlaced", confidence=1), tape)
    assert CompositeQuestion.answer(rows, shot) is None
    assert Residue(100, 1e9, 5).amplitude(0) == 0
    assert carrier_of(352, 288) is None
