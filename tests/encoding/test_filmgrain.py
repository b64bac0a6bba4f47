"""A player's grain is as strong, and as coarse, as what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from encore.core.answers import Noise
from encore.encoding.codecs import Av1
from encore.encoding.filmgrain import FilmGrain, fit_of, regrained
from encore.encoding.grainfilter import enlarged, fitted, grain
from encore.media.process import Tool
from encore.media.write import ChunkWriter

LEVELS = (2.0, 3.0, 4.0, 5.0, 5.0, 4.0, 3.0, 2.0)
NOISE = Noise(
    luma_sigma=4.0, chroma_sigma=2.0, luma_by_level=LEVELS, chroma_by_level=(2.0,) * 8, spatial_sigma=4.0,
    kind="grain", correlation_across=0.4, correlation_down=0.15, correlation_time=0.0,
)  # fmt: skip
FILM = (4.0, 4.5)
Planes = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


def bars(size: tuple[int, int], frames: int) -> Iterator[Planes]:
    """Eight grey bars at the middles of the levels, 10 bits."""
    width, height = size
    codes = np.repeat(np.round((16 + (np.arange(8) + 0.5) * 219 / 8) * 4), width // 8)
    grey = np.full((height // 2, width // 2), 512, np.uint16)
    for _ in range(frames):
        yield np.tile(codes, (height, 1)).astype(np.uint16), grey, grey


def chunk(path: Path, size: tuple[int, int], frames: int) -> Path:
    with ChunkWriter(path, size, Fraction(25), "420", 10, Av1(speed=13, crf=10).arguments(100)) as writer:
        for planes in bars(size, frames):
            writer.write(planes)
        writer.close()
    return path


def decoded(path: Path, size: tuple[int, int], *options: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Luma and Cb of all frames, 8-bit codes."""
    arguments = ("-c:v", "libdav1d", *options, "-i", str(path), "-f", "rawvideo", "-pix_fmt", "yuv420p10le", "-")
    with Tool("decoding", arguments, output=True) as tool:
        data = b"".join(iter(lambda: tool.read(1 << 20), b""))
    width, height = size
    frames = np.frombuffer(data, "<u2").reshape(-1, height * width * 3 // 2) / 4
    luma = frames[:, : height * width].reshape(-1, height, width)
    return luma, frames[:, height * width : height * width * 5 // 4].reshape(-1, height // 2, width // 2)


def grain_of(path: Path, size: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a player adds to luma and to Cb."""
    shown, beneath = decoded(path, size), decoded(path, size, "-export_side_data", "film_grain")
    return shown[0] - beneath[0], shown[1] - beneath[1]


def near(plane: NDArray[np.float64], *, down: bool) -> float:
    one, other = (plane[:, 1:], plane[:, :-1]) if down else (plane[:, :, 1:], plane[:, :, :-1])
    return float((one * other).mean() / (plane * plane).mean())


@pytest.mark.parametrize(("size", "frames"), [((512, 288), 12), pytest.param((1920, 1080), 24, marks=pytest.mark.slow)])
def test_a_player_makes_what_was_measured(tmp_path: Path, size: tuple[int, int], frames: int) -> None:
    path = chunk(tmp_path / "chunk.mp4", size, frames)
    made = FilmGrain.of(NOISE, 0.5, FILM, woven=False)
    assert made is not None
    regrained(path, made, 3)
    luma, chroma = grain_of(path, size)
    fit, bar = fit_of(NOISE, FILM, woven=False), size[0] // 8
    for n, sigma in enumerate(LEVELS):
        inside = luma[:, :, n * bar + 8 : (n + 1) * bar - 8]
        assert inside.std() == pytest.approx(0.5 * fit.strength * sigma, rel=0.15)
    assert chroma[:, :, 16:-16].std() == pytest.approx(0.5 * fit.strength * 2.0, rel=0.15)
    middle = luma[:, :, 3 * bar + 8 : 5 * bar - 8]
    assert near(middle, down=False) == pytest.approx(fit.wanted[0], abs=0.1)
    assert near(middle, down=True) == pytest.approx(fit.wanted[1], abs=0.1)
    one, other = middle[0].ravel(), middle[1].ravel()
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.25  # every frame has its own
    assert abs(luma.mean()) < 0.1


@pytest.mark.parametrize("woven", [True, False])
@pytest.mark.parametrize("correlation", [(0.0, 0.0), (0.4, 0.15), (0.7, 0.4)])
def test_a_filter_is_as_coarse_as_the_film(correlation: tuple[float, float], *, woven: bool) -> None:
    fit = fitted(*correlation, FILM, woven=woven)
    assert fit.made == pytest.approx(fit.wanted, abs=0.1)
    assert max(map(abs, fit.weights)) <= 128 and 0 <= fit.grain_shift <= 3


def test_enlarging_is_told_as_it_happens() -> None:
    """Covariances of noise that really is enlarged by Lanczos, 4 times."""
    noise = np.random.default_rng(1).standard_normal((64, 600)).astype(np.float32)
    noise[:, 1:] = noise[:, 1:] + noise[:, :-1]
    film = cv2.resize(noise, (2400, 64), interpolation=cv2.INTER_LANCZOS4)[:, 40:-40]
    found = [float((film[:, : 2300 - lag] * film[:, lag:2300]).mean()) for lag in range(11)]
    told = enlarged(np.array([2.0, 1.0, 0, 0, 0, 0, 0, 0]), 4.0)
    assert np.abs(np.array(found) - told[:11]).max() < 0.08
    assert enlarged(np.array([2.0, 1.0]), 1.0)[:3].tolist() == [2, 1, 0]


def test_grain_too_coarse_for_blocks_is_made_finer_and_said() -> None:
    """A tape at its own size keeps its grain; at 4K, lines of a field lie nine lines apart."""
    assert fitted(0.4, 0.15, (1.0, 1.0), woven=True).finer == (1, 1)
    fit = fitted(0.9, 0.9, (8.0, 9.0), woven=False)
    assert 0 < fit.luma < 128 and min(fit.finer) > 10
    assert fit.made == pytest.approx(fit.wanted, abs=0.1)


def test_grain_shows_no_bricks(tmp_path: Path) -> None:
    """Steps at the edges of a decoder's blocks are not far stronger than elsewhere."""
    path = chunk(tmp_path / "chunk.mp4", (512, 288), 8)
    made = FilmGrain.of(NOISE, 1.0, FILM, woven=False)
    assert made is not None
    regrained(path, made, 3)
    luma, _ = grain_of(path, (512, 288))
    for axis in (1, 2):
        steps = (np.diff(luma[:, :, 130:382] if axis == 1 else luma, axis=axis) ** 2).mean(axis=(0, 3 - axis))
        by_place = [steps[n + 32 : -32 : 32].mean() for n in range(32)]
        assert max(by_place) < 2.5 * np.median(by_place)


def test_white_noise_comes_through_a_filter_of_nothing() -> None:
    made = grain(np.zeros(24, np.int64), 7, 20.0, (38, 44, 6))
    assert made.std() == pytest.approx(20, rel=0.05)


def test_where_there_is_nothing_to_say() -> None:
    none = NOISE.model_copy(update={"kind": "none"})
    assert FilmGrain.of(none, 1.0, FILM, woven=True) is None
    assert FilmGrain.of(NOISE, 0.0, FILM, woven=True) is None
    grey = NOISE.model_copy(update={"chroma_sigma": 0.0, "chroma_by_level": ()})
    made = FilmGrain.of(grey, 1.0, FILM, woven=True)
    assert made is not None and made.chroma == ()


def test_levels_that_were_not_seen() -> None:
    seen = NOISE.model_copy(update={"luma_by_level": (None, None, 4.0, None, None, None, None, None)})
    plain = NOISE.model_copy(update={"luma_by_level": ()})
    made, flat = (FilmGrain.of(noise, 0.5, FILM, woven=True) for noise in (seen, plain))
    assert made is not None and flat is not None
    assert {scaling for _, scaling in made.luma[1:-1]} == {scaling for _, scaling in flat.luma[1:-1]}
    assert made.luma[0] == (16, 0) and made.luma[-1] == (235, 0)


def test_strength_follows_share_and_stands_in_a_plan() -> None:
    half, whole = (FilmGrain.of(NOISE, share, FILM, woven=True) for share in (0.25, 0.5))
    assert half is not None and whole is not None
    for (_, less), (_, more) in zip(half.luma[1:-1], whole.luma[1:-1], strict=True):
        assert less * 2.0**-half.scaling_shift == pytest.approx(more * 2.0**-whole.scaling_shift / 2, rel=0.05)
    assert FilmGrain.model_validate_json(whole.to_json()) == whole and whole.digest != half.digest
    eaten = FilmGrain.of(NOISE.model_copy(update={"kind": "codec"}), 0.5, FILM, woven=True)
    assert eaten is not None and eaten.luma == whole.luma
    assert max(s for _, s in eaten.chroma) == pytest.approx(max(s for _, s in whole.chroma) / 2, abs=1)
