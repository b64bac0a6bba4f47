"""A tape simulated: camera, cable, recorder and codec, each a small function of codes, with one recipe for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.video import CHROMA_CODES, LUMA_CODES
from encore.media.colour import to_rgb_matrix
from encore.motion.light import BLACK
from training import composite
from training.recording import Codec, Planes, interlaced
from training.scenes import TIMES
from training.stills import Picture

Lines = NDArray[Any]
"""(lines, samples, 3) float32: Y', Cb, Cr in 8-bit codes, chroma about 0, at luma's places."""
TO_CODES = (np.diag([LUMA_CODES, CHROMA_CODES, CHROMA_CODES]) @ np.linalg.inv(to_rgb_matrix("bt709"))).astype(
    np.float32
)
"""R'G'B' to Y'CbCr of BT.709 in codes: then reading a tape that says so converts nothing."""
TAPS = 12
"""Samples on each side of the filters that limit a band."""
LIGHT = np.array([0.25, 0.5, 0.25], np.float32)
"""Taps before every other line or sample is left out."""


@dataclass(frozen=True)
class Analog:
    """What one recording does to the lines of a field."""

    luma_band: float = 1.0
    """Share of Nyquist (6.75 MHz) that luma keeps; 1: all."""
    chroma_band: float = 1.0
    """The same of Cb and Cr, against luma's Nyquist."""
    delay: float = 0.0
    """Samples by which chroma comes late."""
    smear: float = 0.0
    """Share of luma that trails to the right, over some samples."""
    peaking: float = 0.0
    """Overshoot of a recorder that sharpens along lines; share."""
    wobble: float = 0.0
    """Samples by which lines stand aside, standard deviation."""
    composite: float = 0.0
    """Share of luma's and chroma's crosstalk that is left by the filter that parts them; 0: never one signal."""
    comb: float = 0.0
    """Share of a line comb in that filter, beside a notch."""
    luma_sigma: float = 0.0
    """Noise of luma, 8-bit codes."""
    chroma_sigma: float = 0.0
    """Noise of Cb and Cr where they are recorded, at every other sample."""
    coloured: float = 0.0
    """Gaussian along lines that colours the noise, samples."""
    dark: float = 0.0
    """Slope of the noise against brightness, per unit: above 0 it is stronger in the dark."""

    def mild(self, random: np.random.Generator) -> Analog:
        """Another copy on a good machine."""
        return replace(
            self, luma_band=max(self.luma_band, 0.7), smear=0.0, peaking=0.0, wobble=0.0, composite=0.0,
            luma_sigma=self.luma_sigma * random.uniform(0.3, 0.7), chroma_sigma=self.chroma_sigma * 0.5, delay=0.0,
        )  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """All that happens to a picture before it is a file."""

    blur: float = 0.3
    """Gaussian of the lens, samples of the tape, beside the box of the sensor."""
    aperture: float = 0.0
    """Aperture correction: share of the detail that is added again; makes halos."""
    soft_lines: bool = False
    """Whether lines are averaged by (1, 2, 1) / 4 against flicker."""
    analog: tuple[Analog, ...] = (Analog(),)
    """Recordings, one after the other."""
    progressive: bool = False
    """Both fields of a frame show the same moment."""
    codec: Codec = field(default_factory=Codec)

    @staticmethod
    def drawn(random: np.random.Generator, strength: float = 1.0) -> Recipe:
        """Any recipe; `strength` scales noise and faults."""
        first = _analog(random, strength)
        more = (first.mild(random),) if random.random() < 0.15 else ()
        return Recipe(
            blur=float(random.uniform(0.25, 0.6)),
            aperture=float(random.uniform(0, 0.8) * strength) if random.random() < 0.6 else 0.0,
            soft_lines=bool(random.random() < 0.7),
            analog=(first, *more),
            progressive=bool(random.random() < 0.11),
            codec=Codec(
                megabits=float(random.uniform(3, 8)) if random.random() < 0.6 else 0.0,
                crf=int(random.integers(18, 29)) if random.random() < 0.1 else None,
            ),
        )

    def told(self) -> dict[str, Any]:
        """For a sidecar."""
        return asdict(self)


MILD = Recipe(blur=0.3, aperture=0.2, analog=(Analog(luma_sigma=0.8, chroma_sigma=0.7),), codec=Codec(megabits=8.0))
"""A good digital recording on a good disc."""
MID = Recipe(
    blur=0.4, aperture=0.4, soft_lines=True, codec=Codec(megabits=6.0),
    analog=(Analog(luma_band=0.8, chroma_band=0.25, luma_sigma=2.5, chroma_sigma=2.0, coloured=0.5, dark=0.3),),
)  # fmt: skip
"""A broadcast tape on a disc."""
STRONG = Recipe(
    blur=0.5, aperture=0.7, soft_lines=True, codec=Codec(megabits=4.0),
    analog=(
        Analog(luma_band=0.4, chroma_band=0.1, delay=0.5, smear=0.05, peaking=0.4, wobble=0.1, composite=0.4, comb=0.5,
               luma_sigma=5.0, chroma_sigma=5.0, coloured=0.8, dark=0.5),
    ),
)  # fmt: skip
"""A home recording off the air."""


def filmed(picture: Picture, recipe: Recipe) -> Lines:
    """What a camera gives of a picture of truth: a quarter of its lines and samples, at the middles of 4x4 places."""
    codes = cv2.transform(picture, TO_CODES)
    half = cv2.resize(codes, None, fx=2 / TIMES, fy=2 / TIMES, interpolation=cv2.INTER_AREA)
    # the lens works on half the truth's size, which costs a quarter: the sensor's box is made of two halves
    soft = cv2.GaussianBlur(half, (0, 0), recipe.blur * 2, borderType=cv2.BORDER_REPLICATE)
    lines = cv2.resize(soft, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    if recipe.aperture:
        y = np.ascontiguousarray(lines[..., 0])
        detail = y - cv2.GaussianBlur(y, (0, 0), 1.0, borderType=cv2.BORDER_REPLICATE)
        lines[..., 0] += np.float32(recipe.aperture) * detail
    if recipe.soft_lines:
        lines = cv2.sepFilter2D(lines, -1, np.ones(1, np.float32), LIGHT, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(lines, np.float32)


def recorded(lines: Lines, analog: Analog, tick: int, random: np.random.Generator) -> Lines:
    """The lines of a field after one recording."""
    y, c = np.ascontiguousarray(lines[..., 0]), np.ascontiguousarray(lines[..., 1:])
    if analog.composite:
        y, c = composite.passed(y, c, tick, analog.composite, analog.comb)
    y, c = _along(y, band(analog.luma_band)), _along(c, band(analog.chroma_band))
    if analog.smear:
        tail = np.zeros(2 * TAPS + 1, np.float32)
        tail[:TAPS] = np.exp(-np.arange(TAPS, 0, -1) / 4)  # taps before the middle: what comes from the left
        y += np.float32(analog.smear) * (_along(y, tail / tail.sum()) - y)
    if analog.peaking:
        soft = cv2.GaussianBlur(y, (9, 1), 1.6, borderType=cv2.BORDER_REPLICATE)
        y = y + np.float32(analog.peaking) * (y - soft)
    y = y + _noise(y.shape, analog.luma_sigma, analog.coloured, random) * _dark(y, analog.dark)
    if analog.chroma_sigma:
        c += np.dstack(
            [_noise(y.shape, analog.chroma_sigma * 1.6, max(analog.coloured, 1.0), random) for _ in range(2)]
        )
    made = np.dstack([y, c])
    if analog.wobble or analog.delay:
        made = _aside(made, analog, random)
    return made


def fields_of(frames: Sequence[Lines], recipe: Recipe, seed: int) -> list[Planes]:
    """Tape frames in 8-bit codes of pictures filmed at successive ticks; two ticks make a frame, top field first."""
    random = np.random.default_rng((seed, 17))
    fields: list[Planes] = []
    for tick, whole in enumerate(frames):
        field = whole[tick % 2 :: 2]
        for analog in recipe.analog:
            field = recorded(field, analog, tick, random)
        fields.append(_stored(field, tick % 2))
    return interlaced(fields)


def band(share: float) -> NDArray[np.float32]:
    """Taps of a low-pass that keeps this share of the frequencies up to Nyquist, at -6 dB."""
    if share >= 1:
        return np.ones(1, np.float32)
    places = np.arange(-TAPS, TAPS + 1)
    taps = np.sinc(places * share) * np.hamming(2 * TAPS + 1)
    return (taps / taps.sum()).astype(np.float32)


def _stored(lines: Lines, parity: int) -> Planes:
    """4:2:0: chroma lies on luma's columns, its lines between lines of the field, nearer to the outer one."""
    narrow = _along(lines[..., 1:], LIGHT)[:, ::2]
    share = np.float32(0.25 if parity else 0.75)
    c = narrow[0::2] * share + narrow[1::2] * (1 - share) + np.float32(128)
    planes = lines[..., 0] + np.float32(BLACK), c[..., 0], c[..., 1]
    y, cb, cr = (np.clip(np.rint(plane), 1, 254).astype(np.uint8) for plane in planes)
    return y, cb, cr


def _along(plane: NDArray[Any], taps: NDArray[np.float32]) -> NDArray[Any]:
    if len(taps) == 1:
        return plane
    return cv2.sepFilter2D(plane, -1, taps, np.ones(1, np.float32), borderType=cv2.BORDER_REPLICATE)


def _noise(shape: tuple[int, ...], sigma: float, coloured: float, random: np.random.Generator) -> NDArray[Any]:
    noise = random.standard_normal(shape, np.float32)
    if coloured > 0.2:
        noise = np.asarray(cv2.GaussianBlur(noise, (9, 1), coloured, borderType=cv2.BORDER_REFLECT), np.float32)
        noise /= noise.std()
    return noise * np.float32(sigma)


def _dark(y: NDArray[Any], slope: float) -> NDArray[Any]:
    return np.clip(1 + np.float32(slope) * (np.float32(0.5) - y / np.float32(LUMA_CODES)), 0.3, 2)


def _aside(lines: Lines, analog: Analog, random: np.random.Generator) -> Lines:
    height, width = lines.shape[:2]
    off = random.normal(0, analog.wobble, (height, 1)).astype(np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    luma, chroma = np.ascontiguousarray(lines[..., 0]), np.ascontiguousarray(lines[..., 1:])
    x += off
    luma = cv2.remap(luma, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    x -= np.float32(analog.delay)
    return np.dstack([luma, cv2.remap(chroma, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)])


def _analog(random: np.random.Generator, strength: float) -> Analog:
    home = random.random() < 0.25
    kind = random.random()
    sigma = random.uniform(0, 1) if kind < 0.25 else random.gamma(3.0, 1.0) if kind < 0.9 else random.uniform(4, 10)
    sigma = float(min(sigma, 10.0)) * strength
    return Analog(
        luma_band=random.uniform(0.28, 0.45) if home else random.choice([1.0, random.uniform(0.6, 0.95)]),
        chroma_band=random.uniform(0.06, 0.12) if home else random.choice([1.0, random.uniform(0.15, 0.4)]),
        delay=float(random.normal(0, 0.5)) * strength if home else 0.0,
        smear=random.uniform(0, 0.15) * strength if home else 0.0,
        peaking=random.uniform(0, 0.8) * strength if home else 0.0,
        wobble=random.uniform(0, 0.3) * strength if random.random() < 0.2 else 0.0,
        composite=random.uniform(0.1, 0.8) * strength if random.random() < 0.3 else 0.0,
        comb=random.uniform(0, 1),
        luma_sigma=sigma,
        chroma_sigma=sigma * random.uniform(0.5, 1.3),
        coloured=random.uniform(0, 0.9),
        dark=random.uniform(-0.2, 0.8),
    )
