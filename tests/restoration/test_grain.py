"""What grain comes back is the tape's own; what a codec ate from it comes back as strong and of the same spectrum."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest

from encore.core.answers import Noise
from encore.core.findings import Scan, Shot
from encore.core.time import Span
from encore.core.video import Clip, Plane, VideoFormat
from encore.restoration import Runtime
from encore.restoration.grain import Grain
from encore.restoration.synthesis import SIDE, spectrum_of

WIDTH, HEIGHT, PICTURES = 256, 192, 4
LEVELS = 16 + 219 / 8 * (np.arange(8) + 0.5)
RINGS = np.rint(np.hypot(*np.mgrid[:SIDE, :SIDE])).astype(int)


def white(size: tuple[int, ...], seed: int) -> Plane:
    return np.random.default_rng(seed).standard_normal(size).astype(np.float32)


def coloured(size: tuple[int, ...], seed: int) -> Plane:
    """Noise of sigma 1, correlated across."""
    made = white(size, seed)
    for n in range(1, size[-1]):
        made[..., n] = 0.6 * made[..., n - 1] + 0.8 * made[..., n]
    return made


def noise(of: Plane, sigma: float, kind: str = "grain", levels: tuple[float | None, ...] = ()) -> Noise:
    spectrum = spectrum_of(of)
    spectrum *= sigma * sigma / spectrum.mean()
    spectrum[0, 0] = 0
    known: Any = kind
    seen = sigma / 2 if kind == "codec" else sigma
    return Noise(
        luma_sigma=sigma, chroma_sigma=sigma, spatial_sigma=seen, kind=known, luma_by_level=levels,
        correlation_across=0.6, correlation_down=0, correlation_time=0,
        spectrum=tuple(tuple(float(one) for one in line) for line in spectrum),
    )  # fmt: skip


def shot(found: Noise | None) -> Shot:
    return Shot(span=Span(start=8, stop=80), scan=Scan(mode="interlaced", confidence=1), noise=found)


def clip(residual: Plane, luma: Plane | None = None, *, interlaced: bool = True, chroma: float = 1.0) -> Clip:
    """Residual (T, H, W) in codes over a picture of columns of eight levels; chroma has a quarter of it."""
    pictures, height, width = residual.shape
    y = np.repeat(LEVELS, -(-width // 8))[:width] if luma is None else luma
    y = np.broadcast_to((y - 16) / 219, residual.shape).astype(np.float32)
    parity = tuple(n % 2 for n in range(pictures)) if interlaced else ()
    grain = residual.astype(np.float32) / np.float32(219)
    small = grain[:, : -(-height // 2), : -(-width // 2)] * np.float32(chroma)
    for n, true in enumerate(parity):
        grain[n, 1 - true :: 2] = 0
        small[n, 1 - true :: 2] = 0
    form = VideoFormat(width=width, height=height, chroma="420")
    flat = np.zeros(small.shape, np.float32)
    return Clip(
        y=y, cb=flat, cr=flat.copy(), at=tuple(range(pictures)), format=form, parity=parity,
        grain=(grain, small, small.copy()),
    )  # fmt: skip


def run(given: Clip, found: Noise | None, era: float = 1.0) -> Plane:
    """Grain of luma in codes."""
    made = Grain(era=era).open(Runtime())(given, shot(found), Span(start=0, stop=len(given)))
    assert made.grain is not None
    assert all(np.isfinite(plane).all() for plane in made.grain)
    assert np.array_equal(made.y, given.y)
    return made.grain[0] * np.float32(219)


def eaten(residual: Plane) -> Plane:
    """What a codec leaves: low frequencies, at less than half."""
    return np.stack([cv2.GaussianBlur(one, (0, 0), 1.0) for one in residual]) * np.float32(0.6)


@pytest.fixture(scope="module")
def recorded() -> Plane:
    """Sigma 4 on every line of every picture; fields apart, since the spectrum is theirs."""
    fields = coloured((PICTURES, 2, HEIGHT // 2, WIDTH), 1)
    return fields.transpose(0, 2, 1, 3).reshape(PICTURES, HEIGHT, WIDTH) * np.float32(4)


def test_as_recorded_true_lines_are_the_tapes_and_made_ones_as_strong(recorded: Plane) -> None:
    given = clip(recorded)
    made = run(given, noise(recorded[0, ::2], 4))
    for n in range(PICTURES):
        true, other = made[n, n % 2 :: 2], made[n, 1 - n % 2 :: 2]
        assert np.allclose(true, recorded[n, n % 2 :: 2], atol=1e-4)
        assert abs(other.std() / true.std() - 1) < 0.03
    pairs = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairwise(made)]
    assert max(np.abs(pairs)) < 0.05


@pytest.mark.parametrize("interlaced", [True, False])
def test_what_a_codec_ate_comes_back_level_by_level(recorded: Plane, interlaced: bool) -> None:
    sigmas = tuple(float(s) for s in np.linspace(5, 2, 8))
    column = np.repeat(np.array(sigmas) / 4, WIDTH // 8).astype(np.float32)
    truth = recorded * column
    found = noise(recorded[0, ::2], 3.7, "codec", sigmas)
    made = run(clip(eaten(truth), interlaced=interlaced), found)
    for level in range(8):
        inside = np.s_[..., level * WIDTH // 8 + 4 : (level + 1) * WIDTH // 8 - 4]
        assert abs(made[inside].std() / truth[inside].std() - 1) < 0.1, level
    pairs = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairwise(made)]
    assert max(np.abs(pairs)) < 0.1


@pytest.mark.parametrize("interlaced", [True, False])
def test_what_a_codec_ate_comes_back_in_its_spectrum(recorded: Plane, interlaced: bool) -> None:
    made = run(clip(eaten(recorded), interlaced=interlaced), noise(recorded[0, ::2], 4, "codec"))
    a = np.mean([spectrum_of(made[n, n % 2 :: 2]) for n in range(PICTURES)], 0)
    b = np.mean([spectrum_of(recorded[n, n % 2 :: 2]) for n in range(PICTURES)], 0)
    for ring in range(1, SIDE):
        assert abs(10 * np.log10(a[ring == RINGS].sum() / b[ring == RINGS].sum())) < 1.5, ring


def test_a_single_field_too_quiet_tells_that_a_codec_ate(recorded: Plane) -> None:
    found = noise(recorded[0, ::2], 4, "grain")
    left = clip(eaten(recorded))
    quiet = run(left, found.model_copy(update={"spatial_sigma": 2.0}))
    assert abs(quiet.std() / 4 - 1) < 0.1
    assert abs(run(left, found)[0, ::2].std() / eaten(recorded)[0, ::2].std() - 1) < 0.01


@pytest.mark.parametrize("kind", ["grain", "codec"])
def test_the_dial(recorded: Plane, kind: str) -> None:
    given, found = clip(eaten(recorded)), noise(recorded[0, ::2], 4, kind)
    whole, half, none = (run(given, found, era) for era in (1.0, 0.5, 0.0))
    assert np.allclose(half, whole / 2, atol=1e-4)
    assert not none.any()


def test_nothing_is_made_where_nothing_was(recorded: Plane) -> None:
    flat = clip(np.zeros_like(recorded))
    for found in (None, noise(recorded[0], 0.4, "none"), noise(recorded[0], 4, "grain")):
        assert not run(flat, found).any()
    dark = np.full(WIDTH, 16.0)
    dark[WIDTH // 2 :] = 240
    assert not run(clip(np.zeros_like(recorded), dark), noise(recorded[0], 4, "codec")).any()


def test_never_more_than_there_was(recorded: Plane) -> None:
    """Where the residual is already as strong as the shot's noise, as beside an edge, nothing is added."""
    made = run(clip(recorded * 2), noise(recorded[0, ::2], 4, "codec"))
    assert np.allclose(made[0, ::2], recorded[0, ::2] * 2, atol=1e-4)


def test_rebuilt_pictures_and_places_get_the_grain_of_their_shot(recorded: Plane) -> None:
    residual = recorded.copy()
    residual[1] = 0
    residual[2, 40:140, 60:180] = 0
    torn = (), (), ((60, 40, 180, 140),), ()
    given = replace(clip(residual), lost=(False, True, False, False), torn=torn)
    made = run(given, noise(recorded[0, ::2], 4, "grain"))
    assert abs(made[1].std() / made[0].std() - 1) < 0.1
    assert abs(made[2, 60:120, 90:150].std() / made[0].std() - 1) < 0.1
    assert np.allclose(made[2, 0:40:2], recorded[2, 0:40:2], atol=1e-4)


def test_chroma_gets_less(recorded: Plane) -> None:
    given = clip(np.zeros_like(recorded))
    made = Grain(era=1).open(Runtime())(given, shot(noise(recorded[0, ::2], 4, "codec")), Span(start=0, stop=PICTURES))
    assert made.grain is not None
    sigmas = [float(plane.std()) * scale for plane, scale in zip(made.grain, (219, 224, 224), strict=True)]
    assert abs(sigmas[0] - 4) < 0.4 and abs(sigmas[1] - 2) < 0.2 and abs(sigmas[2] - 2) < 0.2
    assert abs(np.corrcoef(made.grain[1].ravel(), made.grain[2].ravel())[0, 1]) < 0.1


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (65, 49), (9, 3)])
@pytest.mark.parametrize("interlaced", [True, False])
def test_batches_do_not_matter(recorded: Plane, size: tuple[int, int], interlaced: bool) -> None:
    given = clip(eaten(recorded[:, : size[1], : size[0]]), interlaced=interlaced)
    found = noise(recorded[0, ::2], 4, "codec")
    whole = run(given, found)
    assert whole.shape == (PICTURES, size[1], size[0])
    for n in range(PICTURES):
        assert np.array_equal(run(given.cut(Span(start=n, stop=n + 1)), found)[0], whole[n])
    wanted = Grain(era=1).open(Runtime())(given, shot(found), Span(start=1, stop=3))
    assert wanted.at == (1, 2) and wanted.grain is not None
    assert np.array_equal(wanted.grain[0] * np.float32(219), whole[1:3])


def test_without_a_residual_there_is_nothing_to_do(recorded: Plane) -> None:
    given = replace(clip(recorded), grain=None)
    made = Grain().open(Runtime())(given, shot(noise(recorded[0], 4, "codec")), Span(start=1, stop=2))
    assert made.grain is None and made.at == (1,)
