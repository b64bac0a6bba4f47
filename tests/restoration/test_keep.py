"""What a denoiser takes off that is no noise is given back, and noise is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from encore.core.answers import Noise
from encore.core.findings import Scan, Shot
from encore.core.time import Span
from encore.core.video import BT709, Clip, Plane, VideoFormat
from encore.restoration import Runtime, Upscale
from encore.restoration.keep import Keep, back_projection, blocks_of, kept
from encore.restoration.tally import Tally

WIDTH, HEIGHT, PICTURES, SIGMA = 160, 128, 2, 4.0


def noise(sigma: float = SIGMA) -> Noise:
    return Noise(
        luma_sigma=sigma, chroma_sigma=sigma, spatial_sigma=sigma, kind="grain", correlation_across=0,
        correlation_down=0, correlation_time=0,
    )  # fmt: skip


def shot(found: Noise | None) -> Shot:
    return Shot(span=Span(start=8, stop=80), scan=Scan(mode="interlaced", confidence=1), noise=found)


def scene(size: tuple[int, int] = (WIDTH, HEIGHT)) -> Plane:
    """(T, H, W) codes: a soft gradient, fine texture on the right, a thin slanted line on the left that moves."""
    width, height = size
    x = np.broadcast_to(np.arange(width, dtype=np.float32), (height, width))
    texture = cv2.GaussianBlur(
        np.random.default_rng(5).standard_normal((height, width)).astype(np.float32), (0, 0), 0.9
    )
    still = 60 + 0.3 * x + 90 * texture * (x > 0.7 * width)
    pictures = [still.copy() for _ in range(PICTURES)]
    for n, one in enumerate(pictures):
        start, stop = (4 + 6 * n, 2), (width // 3 + 6 * n, height - 3)
        cv2.line(one, start, stop, 140.0, 1, cv2.LINE_AA)
    return np.stack(pictures)


def clip(clean: Plane, noisy: Plane, *, interlaced: bool = True, colour: Plane | None = None) -> Clip:
    """As a denoiser leaves it that makes `clean` of `noisy`; chroma likewise, at half size."""
    y, grain = (((plane - base) / 219).astype(np.float32) for plane, base in ((clean, 16), (noisy - clean, 0)))
    small = np.zeros((len(y), -(-y.shape[1] // 2), -(-y.shape[2] // 2)), np.float32)
    tint = small.copy() if colour is None else (colour / 224).astype(np.float32)
    parity = tuple(n % 2 for n in range(len(y))) if interlaced else ()
    for n, true in enumerate(parity):
        grain[n, 1 - true :: 2] = tint[n, 1 - true :: 2] = 0
    form = VideoFormat(width=y.shape[2], height=y.shape[1], chroma="420", colour=BT709)
    return Clip(
        y=y, cb=small, cr=small.copy(), at=tuple(range(len(y))), format=form, parity=parity,
        grain=(grain, tint, tint.copy()),
    )  # fmt: skip


def hissing(truth: Plane, sigma: float = SIGMA) -> Plane:
    return truth + np.random.default_rng(7).normal(0, sigma, truth.shape).astype(np.float32)


def true_lines(plane: Plane) -> Plane:
    return np.stack([one[n % 2 :: 2] for n, one in enumerate(plane)])


def error(made: Clip, truth: Plane) -> float:
    """Root mean square on true lines, codes."""
    return float(np.sqrt(np.mean((true_lines(made.y) * 219 + 16 - true_lines(truth)) ** 2)))


def blurred(truth: Plane, noisy: Plane) -> Plane:
    del truth
    return np.stack([cv2.GaussianBlur(one, (0, 0), 1.0) for one in noisy])


def without_line(truth: Plane, noisy: Plane) -> Plane:
    del noisy
    return np.stack([cv2.medianBlur(one.astype(np.uint8), 5) for one in truth]).astype(np.float32) * (
        np.arange(truth.shape[2]) < 0.6 * truth.shape[2]
    ) + truth * (np.arange(truth.shape[2]) >= 0.6 * truth.shape[2])


def ghosting(truth: Plane, noisy: Plane) -> Plane:
    del noisy
    made = truth.copy()
    made[:, 30:90, 20:90] += 4
    return made


@pytest.mark.parametrize("sigma", [2.0, 4.0, 8.0])
@pytest.mark.parametrize("interlaced", [True, False])
def test_right_denoising_is_left_alone(sigma: float, interlaced: bool) -> None:
    truth = scene()
    given = clip(truth, hissing(truth, sigma), interlaced=interlaced)
    made, agreement = kept(given, noise(sigma))
    assert agreement.blended == 0 and agreement.worst < 1.2
    assert agreement.blocks == PICTURES * 4 * 5
    assert np.sqrt(np.mean((made.y - given.y) ** 2)) * 219 < 0.05 * sigma


@pytest.mark.parametrize("wrong", [blurred, without_line, ghosting])
def test_what_is_no_noise_comes_back(wrong: Callable[[Plane, Plane], Plane]) -> None:
    truth = scene()
    noisy = hissing(truth)
    given = clip(wrong(truth, noisy), noisy)
    made, agreement = kept(given, noise())
    assert 0 < agreement.blended < agreement.blocks
    assert agreement.worst <= 1.2001
    assert error(made, truth) < 0.75 * error(given, truth)


def test_where_nothing_was_taken_off_beside_much() -> None:
    truth = scene()
    noisy = hissing(truth)
    noisy[:, 40:, :] = truth[:, 40:, :]
    noisy[:, 40:80, 30:60] += 200
    made, agreement = kept(clip(truth, noisy), noise())
    assert np.isfinite(made.y).all() and agreement.worst <= 1.2001


def test_only_the_place_is_given_back() -> None:
    truth = scene()
    given = clip(ghosting(truth, truth), hissing(truth))
    made, _ = kept(given, noise())
    given_back = np.abs(made.y - given.y)
    assert given_back[:, :, 130:].max() * 219 < 1.0
    assert np.abs(true_lines(made.y - given.y)[:, 20:40, 30:80]).mean() * 219 > 3


def test_nothing_is_lost_between_picture_and_grain() -> None:
    truth = scene()
    noisy = hissing(truth)
    given = clip(blurred(truth, noisy), noisy)
    made, _ = kept(given, noise())
    assert made.grain is not None and given.grain is not None
    assert np.allclose(true_lines(made.y + made.grain[0]), true_lines(noisy - 16) / 219, atol=1e-5)
    assert not made.grain[0][0, 1::2].any()


def test_every_block_agrees_afterwards() -> None:
    """Measured from outside: against what went in, on a grid of its own."""
    truth = scene((192, 128))
    noisy = hissing(truth)
    made, _ = kept(clip(blurred(truth, noisy) + 3, noisy), noise())
    missed = true_lines(noisy) - (true_lines(made.y) * 219 + 16)
    blocks = missed.reshape(PICTURES, 4, 16, 6, 32)
    assert np.sqrt((blocks**2).mean((2, 4))).max() <= 1.2 * SIGMA + 1e-3


def test_repaired_damage_is_spared() -> None:
    truth = scene()
    noisy = hissing(truth)
    noisy[:, 32:64, 32:96] = 235
    patch = (32, 32, 96, 64)
    given = replace(clip(truth, noisy), torn=((patch,), (patch,)), lost=(False, True))
    made, _ = kept(given, noise())
    assert np.array_equal(made.y[0, 32:64:2, 32:96], given.y[0, 32:64:2, 32:96])
    assert np.array_equal(made.y[1], given.y[1])


def test_colour_is_kept_too() -> None:
    truth = scene()
    tint = np.random.default_rng(1).normal(0, SIGMA, (PICTURES, HEIGHT // 2, WIDTH // 2)).astype(np.float32)
    right, _ = kept(clip(truth, hissing(truth), colour=tint), noise())
    assert np.sqrt(np.mean(right.cb**2)) * 224 < 0.05 * SIGMA
    tint[:, 16:48, 20:60] += 10
    made, _ = kept(clip(truth, hissing(truth), colour=tint), noise())
    for plane in (made.cb, made.cr):
        assert plane[:, 24:40, 30:50].mean() * 224 > 8
        assert np.abs(plane[:, :, 70:]).max() * 224 < 1


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (65, 49), (9, 5)])
def test_batches_do_not_matter_and_input_stays(size: tuple[int, int]) -> None:
    truth = scene((WIDTH, HEIGHT))[:, : size[1], : size[0]]
    noisy = hissing(truth)
    given = clip(blurred(truth, noisy), noisy)
    before = given.y.copy()
    work = Keep().open(Runtime())
    whole = work(given, shot(noise()), Span(start=0, stop=PICTURES))
    assert whole.grain is not None
    for n in range(PICTURES):
        one = work(given, shot(noise()), Span(start=n, stop=n + 1))
        assert one.at == (n,) and one.grain is not None
        assert np.array_equal(one.y[0], whole.y[n]) and np.array_equal(one.grain[0][0], whole.grain[0][n])
    assert np.array_equal(given.y, before)


def test_without_a_residual_or_its_measure_there_is_nothing_to_do() -> None:
    given = clip(scene(), scene())
    work, span = Keep().open(Runtime()), Span(start=0, stop=PICTURES)
    assert np.array_equal(work(given, shot(None), span).y, given.y)
    assert work(replace(given, grain=None), shot(noise()), span).grain is None
    assert kept(replace(given, grain=None), noise())[1].blocks == 0


def test_blocks_are_counted() -> None:
    truth = scene()
    tally = Tally()
    work = Keep().open(Runtime(tally=tally))
    work(clip(ghosting(truth, truth), hissing(truth)), shot(noise()), Span(start=0, stop=1))
    counted = tally.take()["keep"]
    assert counted["blocks"] == 20 and 2 <= counted["blended"] <= 12
    assert tally.take() == {}


def test_a_film_agrees_with_its_tape_and_a_wrong_one_does_not() -> None:
    truth = scene()
    noisy = hissing(truth)
    given = replace(clip(noisy, noisy), grain=None)
    span = Span(start=0, stop=PICTURES)
    crop = (8, 3, WIDTH - 4, HEIGHT - 5)
    film = Upscale(width=444, height=360, chroma="420", crop=crop).open(Runtime())(given, shot(None), span)
    found = back_projection(film, given, SIGMA, crop)
    assert found.shape == (PICTURES, *blocks_of(HEIGHT - 8, WIDTH - 12))
    assert np.median(found) < 0.4 and found.max() < 1.0
    moved = replace(film, y=np.roll(film.y, 6, axis=2))
    assert back_projection(moved, given, SIGMA, crop).max() > 1.2
