"""What the released networks promise: closer to the truth than the classical picture, and as much noise as is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import skimage
from numpy.typing import NDArray

from encore.core.video import Clip, VideoFormat
from encore.inference.zoo import Zoo
from encore.media.colour import gather_chroma, spread_chroma
from encore.restoration.invention import enlarged
from encore.restoration.window import SCALE, chroma_window, window

Picture = NDArray[Any]
SIZE = (96, 128)
LUMA = ["sr-fast", "sr-balanced", "sr-best"]


@pytest.fixture(scope="module")
def truth() -> Picture:
    """(4H, 4W, 3) Y, Cb, Cr codes of a part of a photograph."""
    codes = cv2.imread(str(Path(skimage.__file__).parent / "data/coffee.png"))
    assert codes is not None
    part = codes[: 4 * SIZE[0], : 4 * SIZE[1]].astype(np.float32)
    y, cr, cb = cv2.split(cv2.cvtColor(part / 255, cv2.COLOR_BGR2YCrCb))
    return cv2.merge([y * 219 + 16, (cb - 0.5) * 224, (cr - 0.5) * 224])


def taped(plane: Picture, sigma: float, seed: int = 1) -> Picture:
    """A quarter of the size, by a camera that averages lines, with noise."""
    small = cv2.resize(cv2.GaussianBlur(plane, (0, 0), 1.6), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    small = cv2.sepFilter2D(small, -1, np.ones(1), np.array([0.25, 0.5, 0.25]))
    return small + np.random.default_rng(seed).normal(0, sigma, small.shape).astype(np.float32)


def seen(own: Picture, sigma: float) -> Picture:
    """The window of a picture that stands alone."""
    y = (own[None] - 16) / 219
    colour = np.zeros((1, SIZE[0] // 2, SIZE[1] // 2), np.float32)
    shape = VideoFormat(width=SIZE[1], height=SIZE[0], chroma="420")
    clip = Clip(y=y, cb=colour, cr=colour.copy(), at=(0,), format=shape)
    return window(clip, [own], 0, np.full(SIZE, sigma, np.float32))


def psnr(found: Picture, true: Picture) -> float:
    inner = (slice(32, -32), slice(32, -32))
    return float(10 * np.log10(255**2 / np.mean(np.square(found[inner] - true[inner]))))


@pytest.mark.parametrize("name", LUMA)
@pytest.mark.parametrize("sigma", [0.5, 3.0])
def test_luma_comes_closer_to_the_truth(truth: Picture, name: str, sigma: float) -> None:
    own = taped(truth[..., 0], sigma)
    detail = Zoo().open(name, device="cpu")(seen(own, sigma)[None])[0, 0] * SCALE
    assert psnr(enlarged(own) + detail, truth[..., 0]) > psnr(enlarged(own), truth[..., 0]) + 0.5


@pytest.mark.parametrize("name", LUMA)
def test_less_noise_told_is_more_noise_kept(name: str) -> None:
    own = np.full(SIZE, 90, np.float32) + np.random.default_rng(2).normal(0, 3, SIZE).astype(np.float32)
    network = Zoo().open(name, device="cpu")
    left = [
        float((enlarged(own) + network(seen(own, told)[None])[0, 0] * SCALE)[32:-32, 32:-32].std())
        for told in (0.0, 1.5, 3.0)
    ]
    assert left[0] > left[1] > left[2] and left[0] > 1.2 * left[2]


def test_chroma_comes_closer_to_the_truth(truth: Picture) -> None:
    own, film = taped(truth[..., 0], 0.5), (2 * SIZE[0], 2 * SIZE[1])
    wanted = [gather_chroma(truth[..., n].copy(), film, 2) for n in (1, 2)]
    blurred = [cv2.GaussianBlur(truth[..., n], (0, 0), 6.0) for n in (1, 2)]  # a tape's narrow band of colour
    reduced = [cv2.resize(plane, SIZE[::-1], interpolation=cv2.INTER_AREA) for plane in blurred]
    small = [gather_chroma(plane, (SIZE[0] // 2, SIZE[1] // 2), 2) for plane in reduced]
    detail = Zoo().open("chroma-guided", device="cpu")(chroma_window(own, (small[0], small[1]), 0.5)[None])[0] * SCALE
    for plane, more, true in zip(small, detail, wanted, strict=True):
        classical = gather_chroma(spread_chroma(plane, SIZE, "left"), film, 2)
        assert psnr(classical + more, true) > psnr(classical, true) + 0.5


def test_a_codec_s_marks_are_taken_off(truth: Picture) -> None:
    clean = taped(truth[..., 0], 0.0)
    done, coded = cv2.imencode(".jpg", np.clip(np.rint(clean), 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 25])
    assert done
    own = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE).astype(np.float32)
    detail = Zoo().open("deblock", device="cpu")(seen(own, 1.0)[None])[0, 0] * SCALE
    assert psnr(own + detail, clean) > psnr(own, clean) + 0.3
