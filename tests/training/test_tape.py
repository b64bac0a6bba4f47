"""Does a simulated tape do what its recipe says: where samples lie, how strong noise is, what composite leaves?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from encore.core.video import LUMA_CODES
from training import composite
from training.recording import Codec, interlaced, record
from training.tape import MID, MILD, STRONG, Analog, Recipe, band, fields_of, filmed, recorded


def ramp(height: int, width: int) -> np.ndarray:
    x = np.arange(width, dtype=np.float32)[None] / 512 + np.zeros((height, 1), np.float32)
    return np.dstack([x, x, x])


def grey(level: float, lines: int = 48, samples: int = 96) -> np.ndarray:
    made = np.zeros((lines, samples, 3), np.float32)
    made[..., 0] = level
    return made


def test_samples_lie_in_the_middle_of_4x4_places() -> None:
    lines = filmed(ramp(64, 256), Recipe(blur=0.4))
    assert lines.shape == (16, 64, 3)
    expected = (4 * np.arange(64) + 1.5) / 512 * LUMA_CODES
    assert np.abs(lines[8, 4:-4, 0] - expected[4:-4]).max() < 0.01
    assert np.abs(lines[..., 1:]).max() < 0.01


def test_aperture_correction_overshoots() -> None:
    step = np.zeros((64, 128, 3), np.float32)
    step[:, 64:] = 1
    plain, sharp = (filmed(step, Recipe(aperture=share))[8, :, 0] for share in (0.0, 0.6))
    assert plain.max() < LUMA_CODES + 0.1
    assert sharp.max() > LUMA_CODES * 1.05


def test_noise_is_as_strong_and_as_coloured_as_told() -> None:
    random = np.random.default_rng(1)
    for coloured in (0.0, 0.8):
        noise = recorded(grey(110), Analog(luma_sigma=4, coloured=coloured), 0, random)[..., 0] - 110
        assert noise.std() == pytest.approx(4, rel=0.1)
        neighbours = np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1]
        assert (neighbours > 0.4) == (coloured > 0)


def test_the_dark_is_noisier_where_told() -> None:
    analog = Analog(luma_sigma=3, dark=0.8)
    dark, bright = (recorded(grey(level), analog, 0, np.random.default_rng(1))[..., 0].std() for level in (10, 200))
    assert dark > 1.5 * bright


def test_a_clean_recording_changes_nothing() -> None:
    lines = np.random.default_rng(1).random((24, 48, 3), np.float32) * 100
    assert np.array_equal(recorded(lines, Analog(), 0, np.random.default_rng(1)), lines)


def test_bands_are_as_wide_as_told() -> None:
    x = np.arange(200)
    for share in (0.3, 0.8):
        taps = band(share)
        low, high = (
            np.convolve(np.cos(np.pi * f * x), taps, "same")[50:150].std() for f in (share - 0.2, share + 0.15)
        )
        assert low > 0.6
        assert high < 0.1
    assert len(band(1.0)) == 1


def test_composite_leaves_flat_colour_alone_and_crawls_at_edges() -> None:
    y, c = np.full((40, 160), 100, np.float32), np.zeros((40, 160, 2), np.float32)
    c[..., 0] = 30
    out_y, out_c = composite.passed(y, c, 0, 1.0, 0.5)
    middle = np.s_[8:-8, 30:-30]
    assert np.abs(out_y[middle] - 100).max() < 1
    assert np.abs(out_c[middle] - [30, 0]).max() < 1.5
    c[:, 80:, 0] = -30
    crawl = [composite.passed(y, c, tick, 1.0, 0.0)[0][20, 70:90] - 100 for tick in (0, 2)]
    assert np.abs(crawl[0]).max() > 3
    assert np.abs(crawl[0] + crawl[1]).max() < 0.3 * np.abs(crawl[0]).max()  # the next frame has the opposite sign


def test_composite_takes_fine_luma_for_colour() -> None:
    x = np.arange(160)
    y = np.tile(100 + 40 * np.cos(2 * np.pi * composite.CYCLES * x), (40, 1)).astype(np.float32)
    _, c = composite.passed(y, np.zeros((40, 160, 2), np.float32), 0, 1.0, 0.0)
    assert np.abs(c[20, 40:-40]).max() > 15


def test_fields_are_of_their_moments() -> None:
    frames = fields_of([grey(level, 16, 32) for level in (50, 100)], Recipe(), 1)
    assert len(frames) == 1
    assert set(np.unique(frames[0][0][0::2])) == {66}
    assert set(np.unique(frames[0][0][1::2])) == {116}
    assert frames[0][1].shape == (8, 16)


def test_chroma_lines_lie_between_lines_of_their_field() -> None:
    lines = np.zeros((16, 32, 3), np.float32)
    lines[..., 1] = 4 * np.arange(16)[:, None]
    cb = fields_of([lines, lines], Recipe(), 1)[0][1]
    # line j of progressive 4:2:0 is at 2 j + 0.5, and interlaced 4:2:0 puts its lines in the same places
    assert np.abs(cb[:, 8].astype(float) - 128 - 4 * (2 * np.arange(8) + 0.5)).max() <= 0.5


def test_seeds_decide() -> None:
    lines = [grey(100, 16, 32)] * 2
    recipe = Recipe(analog=(Analog(luma_sigma=3),))
    one, same, other = (fields_of(lines, recipe, seed)[0][0] for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_recipes_are_drawn_within_what_tapes_have() -> None:
    drawn = [Recipe.drawn(np.random.default_rng(seed)) for seed in range(400)]
    sigmas = np.array([one.analog[0].luma_sigma for one in drawn])
    assert sigmas.max() <= 10
    assert 0.2 < np.mean(sigmas < 1) < 0.45
    assert 0.5 < np.mean([one.codec.megabits > 0 for one in drawn]) < 0.7
    assert Recipe.drawn(np.random.default_rng(5)) == Recipe.drawn(np.random.default_rng(5))
    assert MILD.analog[0].luma_sigma < MID.analog[0].luma_sigma < STRONG.analog[0].luma_sigma
    assert MID.told()["analog"][0]["luma_band"] == 0.8


def test_more_bits_lose_less(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    still = cv2.GaussianBlur(random.random((96, 160, 3), np.float32), (0, 0), 1.5) * 219
    frames = fields_of([still] * 8, replace(MID, analog=(Analog(luma_sigma=4),)), 1)
    sizes: list[int] = []
    for megabits in (3.0, 8.0):
        folder = tmp_path / str(megabits)
        folder.mkdir()
        sizes.append(record(folder, frames, Codec(megabits=megabits)).stat().st_size)
    assert sizes[0] < 0.8 * sizes[1]
    assert record(tmp_path, frames, Codec(crf=24)).name == "copy.mkv"
    assert len(interlaced([frames[0], frames[0]])) == 1
