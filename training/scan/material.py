"""What the nets of blur and halo are fitted on: fields of photographs and cards whose blur and overshoot are known."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import skimage
from numpy.typing import NDArray

from benchmarks.scan.material import BUNDLED, HEIGHT, WIDTH, Scene
from benchmarks.scan.sharpness import CONDITIONS, FRAMES, LENS, REDUCED, blurred, condition, limited, shot
from encore.analysis.edgewidth import edge_features
from encore.analysis.sharpness import EVERY
from encore.core.video import Plane

Picture = NDArray[np.float32]
"""(H, W, 3) R'G'B' codes."""
Photograph = NDArray[np.uint8]
"""The same, whole codes."""
Kind = Literal["filmed", "plain", "unsharp", "limited"]

HELD = 0.365
"""Share of a folder's photographs, the first by name, that is kept for judging. Of 204 it is 74: the 60 that the
benchmark judges by and the others of the same two sources."""
_BUNDLED = 0.3
"""Share of bands that show a photograph of scikit-image, where there are others too."""
_CARDS = 0.12
"""Share of worlds that are cards: their edges are sharper than any photograph's, and alone."""
_LIGHTS = (
    (1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (0.25, 0.25, 0.3), (0.08, 0.12, 0.9), (0.9, 0.06, 0.1), (0.5, 0.5, 0.5),
    (0.15, 0.15, 0.15),
)  # fmt: skip
"""Factors of R'G'B': white twice, dark, blue, red, and two dimmed whites."""
_LUMA = (0.299, 0.587, 0.114)
"""Of R'G'B' (BT.601)."""
_PER_WORLD = 4
"""Fields that are made of a world; making one takes longer than blurring it."""


@dataclass(frozen=True)
class Known:
    """A field of known blur and halo.

    Attributes:
        kind: where it comes from: shots like the benchmark's, or single fields: only blurred; sharpened, a third of
            them by nothing; or limited.
        features: see `edge_features`.
        sigma: of its blur across, samples.
        halo: overshoot of a step, share of the step.
    """

    kind: Kind
    features: NDArray[np.float32]
    sigma: float
    halo: float = 0.0


@dataclass(frozen=True)
class Pictures:
    """Photographs of a folder, and scikit-image's.

    Attributes:
        own: of the folder; scikit-image's where there is none.
        bundled: scikit-image's, or none for not using them besides.
    """

    own: Sequence[Photograph]
    bundled: Sequence[Photograph] = ()

    def one(self, random: np.random.Generator) -> Photograph:
        """Any of them."""
        some = self.bundled if self.bundled and random.random() < _BUNDLED else self.own
        return some[int(random.integers(len(some)))]


def pictures(folder: Path | None) -> tuple[Pictures, Pictures]:
    """What to fit on, and what to judge by: no photograph is in both."""
    data = Path(skimage.__file__).parent / "data"
    bundled = _read([data / name for name in BUNDLED])
    own = _read(sorted(folder.glob("*.*"))) if folder else bundled
    held = int(HELD * len(own))
    return Pictures(own[held:], bundled if folder else ()), Pictures(own[:held])


def filmed(count: int, made: Pictures, random: np.random.Generator) -> Iterator[Known]:
    """About so many measured fields of shots: moving, lit, noisy and through MPEG-2, as the benchmark has them."""
    moves = [(0, 0), (0, 0), (1, 0), (-1, 1), (3, 1), (-3, 0)]
    for number in range(math.ceil(count / (len(CONDITIONS) * math.ceil(FRAMES / EVERY)))):
        world = _bands([made.one(random), made.one(random)], WIDTH + 80, HEIGHT + 80, REDUCED)
        across, down = moves[int(random.integers(len(moves)))]
        scene = Scene(world, pan=(float(across), float(down)), blur=LENS, seed=number)
        for name in CONDITIONS:
            sigma = _between(random, 0.5, 4)
            frames = shot(scene, blurred(sigma, sigma * int(random.integers(2))), condition(name), number)
            for luma, *_ in frames[::EVERY]:
                features = edge_features(luma[0::2].astype(np.float32))
                if features is not None:
                    yield Known("filmed", features, math.hypot(sigma, LENS))


def single(count: int, made: Pictures, random: np.random.Generator, *, processed: bool) -> Iterator[Known]:
    """About so many single fields, which are cheap.

    Args:
        count: of fields; those with too few edges are not given.
        made: what they show.
        random: of all choices.
        processed: whether they are sharpened or limited after the blur.
    """
    for _ in range(math.ceil(count / _PER_WORLD)):
        world = _world(made, random)
        for _ in range(_PER_WORLD):
            sigma = math.hypot(_between(random, 0.35, 2.2 if processed else 5), LENS)
            field = _blurred(world, sigma, random)
            kind: Kind = "plain"
            halo = 0.0
            if processed:
                kind, field, halo = _processed(field, sigma, random)
            features = edge_features(_taped(field, random))
            if features is not None:
                yield Known(kind, features, sigma, halo)


def _read(places: Sequence[Path]) -> list[Photograph]:
    found = [cv2.imread(str(place), cv2.IMREAD_COLOR_RGB) for place in places]
    return [np.asarray(one, np.uint8) for one in found if one is not None]


def _between(random: np.random.Generator, least: float, most: float) -> float:
    """Any ratio as probable as any other."""
    return math.exp(random.uniform(math.log(least), math.log(most)))


def _bands(shown: Sequence[Photograph], width: int, height: int, scale: float) -> Photograph:
    """Photographs one above the other, mirrored to the width: so no seam is upright."""
    tall = height // len(shown)
    bands: list[Photograph] = []
    for one in shown:
        small = np.asarray(cv2.resize(one, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        bands.append(small[_mirrored(small.shape[0], tall)][:, _mirrored(small.shape[1], width)])
    return np.ascontiguousarray(np.concatenate(bands))


def _mirrored(size: int, count: int) -> NDArray[np.int64]:
    """Places of so many samples around the middle, mirrored at the ends as often as needed."""
    at = (np.arange(count) + (size - count) // 2) % (2 * size - 2)
    return np.minimum(at, 2 * size - 2 - at)


def _world(made: Pictures, random: np.random.Generator) -> Picture:
    """Cards, or up to three photographs, each reduced until its own softness is less than a sample."""
    if random.random() < _CARDS:
        return _cards(random)
    shown: list[Photograph] = []
    for _ in range(int(random.integers(1, 4))):
        one = made.one(random)
        shown.append(one[:, ::-1].copy() if random.random() < 0.5 else one)
    return _bands(shown, WIDTH, HEIGHT, random.uniform(0.35, REDUCED)).astype(np.float32)


def _cards(random: np.random.Generator) -> Picture:
    """Slanted boxes, drawn four times as wide as they are filmed so that their edges are smooth."""
    drawn = np.full((HEIGHT, 4 * WIDTH, 3), random.uniform(0, 255), np.float32)
    for _ in range(int(random.integers(20, 300))):
        x, y = int(random.integers(4 * WIDTH)), int(random.integers(HEIGHT))
        wide, tall = int(random.integers(60, 600)), int(random.integers(8, 120))
        colour = random.uniform(0, 255, 3) if random.random() < 0.3 else np.full(3, random.uniform(0, 255))
        lean = 4 * tall * random.normal(0, 0.5)
        corners = np.array([(x, y), (x + wide, y), (x + wide + lean, y + tall), (x + lean, y + tall)], np.int32)
        cv2.fillPoly(drawn, [corners], [float(code) for code in colour])
    return np.asarray(cv2.resize(drawn, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.float32)


def _blurred(world: Picture, sigma: float, random: np.random.Generator) -> Plane:
    """Luma of one field, blurred across, and by half of them down as well."""
    light = np.array(_LIGHTS[int(random.integers(len(_LIGHTS)))], np.float32)
    luma = world @ (np.array(_LUMA, np.float32) * light) * np.float32(219 / 255) + np.float32(16)
    soft = cv2.GaussianBlur(luma, (0, 0), sigma, sigmaY=sigma if random.random() < 0.5 else LENS)
    return np.asarray(soft, np.float32)[int(random.integers(2)) :: 2]


def _processed(field: Plane, sigma: float, random: np.random.Generator) -> tuple[Kind, Plane, float]:
    """The field as a recorder gives it, and what the same filter makes of a step as blurred as the field."""
    step = np.repeat(np.array([[0, 1]], np.float32), WIDTH // 2, axis=1)
    step = np.asarray(cv2.GaussianBlur(step, (0, 0), sigma, sigmaY=0.01), np.float32)
    number = int(random.integers(5))
    kind: Kind = "unsharp" if number < 3 else "limited"
    if kind == "unsharp":
        gain, radius = random.uniform(0, 1.6) if number else 0.0, random.uniform(1, 3)
        field, step = _unsharp(field, gain, radius), _unsharp(step, gain, radius)
    else:
        share, boost = random.uniform(0.3, 0.9), float(random.choice([0, random.uniform(0, 1.5)]))
        field, step = limited(field, share, boost), limited(step, share, boost)
    # the ends of the line are steps of their own to a filter that works on its spectrum
    return kind, field, max(0.0, float(step[0, 300:420].max()) - 1)


def _unsharp(plane: Plane, gain: float, radius: float) -> Plane:
    soft: Any = cv2.GaussianBlur(plane, (0, 0), radius, sigmaY=0.01)
    return np.asarray(plane + gain * (plane - soft), np.float32)


def _taped(field: Plane, random: np.random.Generator) -> Plane:
    """With noise, quantised in blocks or not, and one of ten as narrow as a half raster."""
    level = float(random.choice([0, 1, 2, 3, 4, 6, 8]))
    noise = random.standard_normal(field.shape, np.float32)
    if random.random() < 0.3:
        noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.6), np.float32)
        noise /= noise.std()
    noisy = field + np.float32(level) * noise
    step = float(random.choice([0, 0, 0, 4, 8, 14, 24]))
    coded = _quantised(noisy, step) if step else noisy
    narrow = coded[:, :352] if random.random() < 0.1 else coded
    return np.clip(np.rint(narrow), 0, 255).astype(np.float32)


def _quantised(field: Plane, step: float) -> Plane:
    """Blocks of 8x8 with the higher frequencies quantised more coarsely, roughly as MPEG-2's intra matrix does."""
    high, wide = field.shape[0] // 8, field.shape[1] // 8
    blocks = field.reshape(high, 8, wide, 8).transpose(0, 2, 1, 3)
    change = np.asarray(cv2.dct(np.eye(8, dtype=np.float32)), np.float32)
    at = np.arange(8)
    steps = step * (1 + 0.22 * (at[:, None] + at)) / 1.5
    rows = change @ blocks @ change.T
    kept = np.sign(rows) * np.floor(np.abs(rows) / steps + 0.4) * steps
    back: NDArray[Any] = change.T @ kept @ change
    return back.transpose(0, 2, 1, 3).reshape(field.shape).astype(np.float32)
