"""Colour truth: values computed by hand, chroma where the standards put it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encore.core.video import CHROMA_STEPS, Chroma, Colour, Matrix, Primaries, Siting
from encore.media.colour import (
    display_rgb,
    gather_chroma,
    narrowed,
    primaries_matrix,
    resample,
    shift,
    spread_chroma,
    studio_codes,
    to_rgb_matrix,
    working_planes,
)
from encore.media.decode import Raw

RED = {  # 8-bit studio codes of 100 % red
    "bt601": (81.481, 90.203, 240.0),
    "bt709": (62.559, 102.336, 240.0),
    "smpte240m": (62.428, 102.005, 240.0),
}


def flat(values: tuple[float, ...], depth: int = 16, size: tuple[int, int] = (16, 16), *, rgb: bool = False) -> Raw:
    """A flat picture of 8-bit code values, at more bits so that rounding does not matter."""
    scale = 1 << (depth - 8)
    kind = np.uint8 if depth == 8 else np.uint16
    return Raw(tuple(np.full(size, round(v * scale), kind) for v in values), depth, rgb)


def as_rgb(planes: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.array([plane[8, 8] for plane in planes]) @ to_rgb_matrix("bt709").T


@pytest.mark.parametrize("matrix", ["bt601", "bt709", "smpte240m"])
def test_red_is_red_whatever_the_matrix(matrix: Matrix) -> None:
    found = working_planes(flat(RED[matrix]), Colour(matrix=matrix, primaries="bt709"))
    assert as_rgb(found) == pytest.approx([1, 0, 0], abs=5e-4)
    assert [p[8, 8] for p in found] == pytest.approx([0.2126, -0.11457, 0.5], abs=5e-4)


@pytest.mark.parametrize(
    ("full", "code", "value"),
    [
        (False, 16, 0.0),
        (False, 235, 1.0),
        (False, 1, -15 / 219),
        (False, 254, 238 / 219),
        (True, 0, 0.0),
        (True, 255, 1.0),
    ],
)
@pytest.mark.parametrize("depth", [8, 10])
def test_range_without_clipping(full: bool, code: int, value: float, depth: int) -> None:
    colour = Colour(matrix="bt709", primaries="bt709", full_range=full)
    luma = np.full(
        (8, 8), ((1 << depth) - 1) if full and code else code << (depth - 8), np.uint8 if depth == 8 else np.uint16
    )
    neutral = np.full((8, 8), 128 << (depth - 8), luma.dtype)
    y, cb, cr = working_planes(Raw((luma, neutral, neutral), depth), colour)
    assert y[0, 0] == pytest.approx(value, abs=1e-6)
    assert cb[0, 0] == cr[0, 0] == 0


@pytest.mark.parametrize(("full", "top"), [(False, 240), (True, 255)])
def test_chroma_range(full: bool, top: int) -> None:
    colour = Colour(matrix="bt709", primaries="bt709", full_range=full)
    _, cb, _ = working_planes(flat((128, top, 128), 8), colour)
    assert cb[0, 0] == pytest.approx(0.5 if not full else 127 / 255, abs=1e-6)


def test_primaries_as_published() -> None:
    smptec = [[0.9395, 0.0502, 0.0103], [0.0178, 0.9658, 0.0164], [-0.0016, -0.0044, 1.0060]]
    ebu = [[1.0440, -0.0440, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0118, 0.9882]]
    assert np.allclose(primaries_matrix("smpte170m", "bt709"), smptec, atol=2e-4)
    assert np.allclose(primaries_matrix("bt470bg", "bt709"), ebu, atol=2e-4)
    assert np.allclose(primaries_matrix("bt709", "bt709"), np.eye(3), atol=1e-12)


@pytest.mark.parametrize("primaries", ["bt709", "smpte170m", "bt470bg"])
@pytest.mark.parametrize("code", [4, 16, 60, 126, 235, 250])
def test_grey_stays_grey(primaries: Primaries, code: int) -> None:
    y, cb, cr = working_planes(flat((code, 128, 128)), Colour(matrix="bt601", primaries=primaries))
    assert y[8, 8] == pytest.approx((code - 16) / 219, abs=2e-4)
    assert abs(cb[8, 8]) < 2e-4 and abs(cr[8, 8]) < 2e-4


def test_red_of_525_lines_becomes_what_a_screen_shows() -> None:
    red = as_rgb(working_planes(flat(RED["bt601"]), Colour(matrix="bt601", primaries="smpte170m")))
    column = primaries_matrix("smpte170m", "bt709")[:, 0]
    assert red == pytest.approx(np.sign(column) * np.abs(column) ** (1 / 2.4), abs=2e-3)


def test_rgb_and_grey_tapes() -> None:
    rgb = Colour(matrix="rgb", primaries="bt709", full_range=True)
    green_blue_red = flat((0, 0, 255), 8, rgb=True)
    assert as_rgb(working_planes(green_blue_red, rgb)) == pytest.approx([1, 0, 0], abs=1e-5)
    y, cb, cr = working_planes(flat((235,), 8), Colour(matrix="bt601", primaries="smpte170m"))
    assert y[0, 0] == 1 and not cb.any() and not cr.any() and cb.shape == y.shape


@pytest.mark.parametrize("depth", [8, 10])
def test_601_to_709_to_the_screen_within_one_code(depth: int) -> None:
    random = np.random.default_rng(7)
    small = random.random((6, 8, 3))
    rgb = np.clip(np.kron(small, np.ones((8, 8, 1))), 0.02, 0.98)
    ycc = rgb @ np.linalg.inv(to_rgb_matrix("bt601")).T
    scale = 1 << (depth - 8)
    kind = np.uint8 if depth == 8 else np.uint16
    codes = [np.rint((ycc[..., 0] * 219 + 16) * scale), *(np.rint((ycc[..., n] * 224 + 128) * scale) for n in (1, 2))]
    planes = working_planes(Raw(tuple(c.astype(kind) for c in codes), depth), Colour(matrix="bt601", primaries="bt709"))
    shown = display_rgb(*planes).astype(int)
    assert np.abs(shown - rgb * 255).max() <= (2.1 if depth == 8 else 1.0)
    assert np.abs(shown - rgb * 255).mean() < 0.6


def wave(places: np.ndarray) -> np.ndarray:
    """Smooth colour over luma places, a period of 48 samples."""
    return 0.3 * np.sin(2 * np.pi * (places + 5) / 48)


def sampled(chroma: Chroma, siting: Siting, size: tuple[int, int], *, down_the_page: bool) -> np.ndarray:
    """The wave as the chroma plane of such a tape holds it."""
    across, down = CHROMA_STEPS[chroma]
    height, width = -(-size[0] // down), -(-size[1] // across)
    x = np.arange(width) * across + (0 if siting in ("left", "topleft") else (across - 1) / 2)
    y = np.arange(height) * down + (0 if siting == "topleft" else (down - 1) / 2)
    return np.broadcast_to(wave(y)[:, None] if down_the_page else wave(x)[None], (height, width)).astype(np.float32)


@pytest.mark.parametrize("down_the_page", [False, True])
@pytest.mark.parametrize(
    ("chroma", "siting"),
    [("420", "left"), ("420", "center"), ("420", "topleft"), ("422", "left"), ("411", "left"), ("410", "center"),
     ("440", "left"), ("444", "left")],
)  # fmt: skip
@pytest.mark.parametrize("size", [(96, 192), (97, 191)])
def test_chroma_comes_to_lie_on_its_luma(
    chroma: Chroma, siting: Siting, size: tuple[int, int], down_the_page: bool
) -> None:
    plane = sampled(chroma, siting, size, down_the_page=down_the_page)
    found = spread_chroma(plane, size, siting)
    truth = np.broadcast_to(
        wave(np.arange(size[0]))[:, None] if down_the_page else wave(np.arange(size[1]))[None], size
    )
    inside = (slice(24, -24), slice(24, -24))
    assert found.shape == size
    assert np.abs(found[inside] - truth[inside]).max() < 0.005  # half a sample off would be 0.02


@pytest.mark.parametrize("siting", ["left", "center"])
def test_wrong_siting_would_be_seen(siting: Siting) -> None:
    other: Siting = "center" if siting == "left" else "left"
    found = spread_chroma(sampled("420", siting, (96, 192), down_the_page=False), (96, 192), other)
    assert np.abs(found - wave(np.arange(192))[None])[:, 24:-24].max() > 0.015


@pytest.mark.parametrize("across", [2])
@pytest.mark.parametrize("factor", [1, 2, 4.5])
@pytest.mark.parametrize("down", [1, 2])
def test_film_chroma_sits_left(across: int, factor: float, down: int) -> None:
    width, film = 192, round(192 * factor)
    plane = np.broadcast_to(wave(np.arange(width))[None], (96, width)).astype(np.float32)
    found = gather_chroma(plane, (round(96 * factor) // down, film // across), across)
    places = (np.arange(film // across) * across + 0.5) / factor - 0.5  # of a left-sited sample, on the tape
    edge = 24
    assert np.abs(found[10] - wave(places))[edge:-edge].max() < 0.004


@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_shift_moves_content_and_keeps_flat_flat(right: float, below: float) -> None:
    x, y = np.arange(96), np.arange(64)
    plane = (wave(x)[None] + wave(y)[:, None]).astype(np.float32)
    truth = wave(x - right)[None] + wave(y - below)[:, None]
    assert np.abs(shift(plane, right, below) - truth)[12:-12, 12:-12].max() < 0.004
    assert np.allclose(shift(np.full((20, 20), 0.37, np.float32), right, below), 0.37, atol=1e-6)


@pytest.mark.parametrize("right", [0.25, 0.5, -0.25])
def test_shift_moves_slopes_as_far_as_waves(right: float) -> None:
    slope = np.tile(np.arange(64, dtype=np.float32), (32, 1))
    assert np.abs(shift(slope, right, 0.0) - (slope - right))[:, 12:-12].max() < 0.01


def test_ten_bits_are_rounded_not_cut() -> None:
    codes = np.array([[0, 31, 32, 63, 64, 95, 96, 60160, 65503, 65504, 65535]], np.uint16)
    assert narrowed(codes, 10).tolist() == [[0, 0, 1, 1, 1, 1, 2, 940, 1023, 1023, 1023]]
    assert narrowed(codes, 8).tolist() == [[0, 0, 0, 0, 0, 0, 0, 235, 255, 255, 255]]
    assert (narrowed(codes, 10).dtype, narrowed(codes, 8).dtype) == (np.uint16, np.uint8)


@given(st.integers(0, 65535), st.sampled_from([8, 10]))
def test_narrowing_is_the_nearest_code(code: int, depth: int) -> None:
    step = 1 << (16 - depth)
    found = int(narrowed(np.array([[code]], np.uint16), depth)[0, 0])
    assert found == min((code + step // 2) // step, (1 << depth) - 1)


def test_studio_codes() -> None:
    luma = np.array([[0.0, 1.0, -1.0, 2.0, 0.5]], np.float32)
    assert studio_codes(luma, luma=True).tolist() == [[4096, 60160, 0, 65535, 32128]]
    chroma = np.array([[0.0, 0.5, -0.5]], np.float32)
    assert studio_codes(chroma, luma=False).tolist() == [[32768, 61440, 4096]]


@pytest.mark.parametrize("size", [(96, 192), (48, 96), (31, 77), (200, 500), (96, 400)])
def test_resampling_does_not_shift(size: tuple[int, int]) -> None:
    plane = (wave(np.arange(192))[None] + wave(np.arange(96))[:, None]).astype(np.float32)
    x, y = ((np.arange(n) + 0.5) * m / n - 0.5 for n, m in ((size[1], 192), (size[0], 96)))
    truth = wave(x)[None] + wave(y)[:, None]
    edge = (slice(size[0] // 5, -size[0] // 5), slice(size[1] // 5, -size[1] // 5))
    assert np.abs(resample(plane, size) - truth)[edge].max() < 0.012
