"""Blur, bandwidth and overshoot are measured on noisy edges, and nothing is said where there are none."""

from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from encore.analysis.edgestack import EdgeStack, edge_stack
from encore.analysis.look import Looker
from encore.analysis.question import ShotFrames, Tape
from encore.analysis.sharpness import SharpnessQuestion, medium
from encore.core.answers import Sharpness
from encore.core.findings import Scan
from encore.core.source import VideoStream
from encore.core.time import Span
from encore.core.video import Chroma, Colour

Plane = NDArray[Any]


def cards(height: int = 240, width: int = 720, low: float = 40, high: float = 210, seed: int = 0) -> Plane:
    """Upright cards of random grey with sub-sample edges."""
    random = np.random.default_rng(seed)
    big = np.full((height // 4, width * 4), low, np.float32)
    for left in range(0, width * 4, 150):
        for top in range(0, height // 4, 20):
            big[top : top + 20, left : left + 150] = random.uniform(low, high)
    wide = cv2.resize(big, (width, height // 4), interpolation=cv2.INTER_AREA)
    return np.repeat(wide, 4, 0)[:height].astype(np.float32)


def tape(width: int, height: int, chroma: Chroma = "420", depth: int = 8) -> Tape:
    video = VideoStream(
        index=0, codec="x", width=width, height=height, pixel_format="x", chroma=chroma, depth=depth,
        sample_aspect=Fraction(1), flagged="tff", rate=Fraction(30), time_base=Fraction(1, 30),
        colour=Colour(matrix="bt601", primaries="smpte170m"),
    )  # fmt: skip
    return Tape(video, Fraction(30))


def answer(
    pictures: list[Plane], noise: float = 0, colour: tuple[Plane, Plane] | None = None, depth: int = 8
) -> Sharpness | None:
    random = np.random.default_rng(1)
    height, width = pictures[0].shape
    looker, about = Looker(depth), tape(width, height, depth=depth)
    question = SharpnessQuestion(about)
    kind = np.uint8 if depth == 8 else np.uint16
    for picture in pictures:
        planes = [picture, *(colour or ())]
        noisy = [(plane + random.normal(0, noise, plane.shape)) * 2 ** (depth - 8) for plane in planes]
        question.observe(looker.look([np.clip(plane, 0, 2**depth - 1).astype(kind) for plane in noisy]))
    span = Span(start=0, stop=len(pictures))
    return SharpnessQuestion.answer(question.rows(span), ShotFrames(span, Scan(mode="interlaced", confidence=1), about))


def blurred(picture: Plane, sigma: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma, sigmaY=0.01), np.float32)


@pytest.mark.parametrize("sigma", [0.7, 1.2, 2.0])
@pytest.mark.parametrize("noise", [0, 4])
def test_blur_is_measured(sigma: float, noise: float) -> None:
    found = answer([blurred(cards(), sigma)] * 6, noise)
    assert found is not None
    assert found.blur_sigma == pytest.approx(sigma, rel=0.25)
    assert found.luma_bandwidth == pytest.approx(min(1, 0.53 / sigma), rel=0.25)


def test_clarity_falls_with_blur_and_not_with_noise() -> None:
    clear = [answer([blurred(cards(), sigma)]) for sigma in (0.5, 1, 2, 4)]
    found = [one.clarity for one in clear if one]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 4
    noisy = answer([blurred(cards(), 2)] * 11, 6)
    assert noisy is not None
    assert noisy.clarity == pytest.approx(found[2], abs=0.08)


def test_blur_downwards_changes_nothing() -> None:
    down = np.asarray(cv2.GaussianBlur(blurred(cards(), 1), (0, 0), 0.01, sigmaY=2), np.float32)
    across, both = answer([blurred(cards(), 1)]), answer([down])
    assert across is not None
    assert both is not None
    assert both.blur_sigma == pytest.approx(across.blur_sigma, rel=0.1)


def test_overshoot_is_seen() -> None:
    soft = blurred(cards(), 1.2)
    plain, sharpened = answer([soft]), answer([soft + 1.0 * (soft - blurred(soft, 1.5))])
    assert plain is not None
    assert sharpened is not None
    assert plain.halo < 0.05
    assert sharpened.halo > plain.halo + 0.04


def test_the_bandwidth_of_colour_is_that_of_luma_samples() -> None:
    colour = cards(120, 360, 80, 180, seed=3)
    fine = answer([cards()], colour=(blurred(colour, 0.8), blurred(colour, 0.8)))
    tape_like = answer([cards()], colour=(blurred(colour, 4), blurred(colour, 4)))
    assert fine is not None
    assert tape_like is not None
    assert fine.chroma_bandwidth is not None
    assert tape_like.chroma_bandwidth is not None
    assert fine.chroma_bandwidth > 0.2
    assert tape_like.chroma_bandwidth < 0.11


@pytest.mark.parametrize("size", [(288, 352), (480, 704), (486, 720)])
def test_other_sizes_and_grey_tapes(size: tuple[int, int]) -> None:
    found = answer([blurred(cards(*size), 1)])
    assert found is not None
    assert found.blur_sigma == pytest.approx(1, rel=0.3)
    assert found.chroma_bandwidth is None


def test_deep_samples() -> None:
    picture = blurred(cards(), 1.5)
    eight, ten = answer([picture]), answer([picture], depth=10)
    assert eight is not None
    assert ten is not None
    assert ten.blur_sigma == pytest.approx(eight.blur_sigma, rel=0.05)


@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize("noise", [0, 8])
def test_nothing_is_said_of_a_dark_or_empty_stage(frames: int, noise: float) -> None:
    assert answer([np.full((240, 720), 20, np.float32)] * frames, noise) is None
    assert answer([cards(low=16, high=20)] * frames, noise) is None
    assert answer([np.zeros((16, 24), np.float32)] * frames) is None


def test_stacks_add_up_and_leave_out_what_was_not_noted() -> None:
    stack = edge_stack(blurred(cards(), 1)[0::2], 10)
    assert stack is not None
    rows = np.stack([stack.packed(), np.full_like(stack.packed(), np.nan), stack.packed()])
    both = EdgeStack.summed(rows)
    assert both.edges == 2 * stack.edges
    np.testing.assert_allclose(both.response(), stack.response(), atol=0.02)


@pytest.mark.parametrize(
    ("luma", "chroma", "name"),
    [
        (0.23, 0.06, "VHS EP"), (0.31, 0.06, "VHS LP"), (0.36, 0.07, "VHS SP"), (0.55, 0.07, "S-VHS or Hi8"),
        (0.6, 0.22, "broadcast or DVD"), (0.3, 0.22, ""), (0.3, None, ""), (0.36, 0.125, ""),
    ],
)  # fmt: skip
def test_the_medium_needs_luma_and_chroma_to_agree(luma: float, chroma: float | None, name: str) -> None:
    assert medium(luma, chroma) == name
