"""Sharpness on pictures of known blur, bandwidth and overshoot, filmed, noisy, compressed and badly lit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage
from numpy.typing import NDArray

from benchmarks.scan.material import BUNDLED, HEIGHT, WIDTH, Picture, Scene, film, looks, mpeg2, tape_of
from benchmarks.scan.table import Row, Settings
from encore.analysis.question import ShotFrames
from encore.analysis.sharpness import SharpnessQuestion, medium
from encore.core.answers import Sharpness
from encore.core.findings import Scan
from encore.core.time import Span
from encore.synthetic.signal import BT601, Planes

FRAMES = 6
"""Of a shot, as short as shots are; two of them are measured."""
BACK = np.linalg.inv(BT601.astype(np.float64)).astype(np.float32)
SEED = 2
"""Of the scenes; the pictures are among those that the nets were fitted on, training/scan/README.md has others."""
CONDITIONS = ("clean", "noise 4", "noise 8", "5 Mb/s", "noise 6, 4 Mb/s", "dark", "blue", "strobe")
MEDIA = {
    "VHS EP": (0.21, 0.042), "VHS LP": (0.28, 0.045), "VHS SP": (0.36, 0.048),
    "S-VHS or Hi8": (0.62, 0.06), "broadcast or DVD": (0.85, 0.25),
}  # fmt: skip
"""Luma and chroma bandwidth, shares of 6.75 MHz: 1.4, 1.9, 2.4, 4.2 and 5.7 MHz, colour-under 280-400 kHz (ntsc-rs)."""
REDUCED = 0.5
"""Of their size: demosaicing and JPEG leave photographs soft by about a sample."""
LENS = 0.4
"""Sigma of the blur that every scene has, samples: it keeps aliasing small."""
Change = Callable[[Picture], Picture]


@cache
def reduced(folder: Path | None, most: int = 60) -> tuple[NDArray[np.uint8], ...]:
    """Photographs at `REDUCED` of their size, so that their own softness is less than a sample."""
    places = sorted(folder.glob("*.*")) if folder else [Path(skimage.__file__).parent / "data" / n for n in BUNDLED]
    found = [cv2.imread(str(place), cv2.IMREAD_COLOR_RGB) for place in places[:most]]
    way = cv2.INTER_AREA
    return tuple(
        np.asarray(cv2.resize(one, None, fx=REDUCED, fy=REDUCED, interpolation=way), np.uint8)
        for one in found
        if one is not None
    )


def sharp_scenes(count: int, seed: int, folder: Path | None) -> list[Scene]:
    """Scenes of two reduced photographs each, one above the other and mirrored to the width of the raster.

    They move by whole samples, so that no interpolation adds to the blur; no seam is upright.
    """
    random = np.random.default_rng((seed, 11))
    found = reduced(folder)
    order = random.permutation(len(found))
    made: list[Scene] = []
    for number in range(count):
        pair = [
            _filling(found[int(order[(2 * number + k) % len(found)])], WIDTH + 80, HEIGHT // 2 + 40) for k in (0, 1)
        ]
        moves = [(0, 0), (0, 0), (1, 0), (-1, 1), (3, 1), (-3, 0)]
        across, down = moves[int(random.integers(len(moves)))]
        made.append(Scene(np.concatenate(pair), pan=(float(across), float(down)), blur=LENS, seed=number))
    return made


def _filling(photograph: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """The middle of a photograph, mirrored at its rims as often as needed."""
    high, wide = photograph.shape[:2]
    more = max(0, height - high), max(0, width - wide)
    around = [(more[0] // 2, more[0] - more[0] // 2), (more[1] // 2, more[1] - more[1] // 2), (0, 0)]
    whole = np.pad(photograph, around, mode="reflect")
    top, left = (whole.shape[0] - height) // 2, (whole.shape[1] - width) // 2
    return np.ascontiguousarray(whole[top : top + height, left : left + width])


def blurred(across: float, down: float) -> Change:
    """A Gaussian blur."""

    def change(picture: Picture) -> Picture:
        soft = cv2.GaussianBlur(picture, (0, 0), max(across, 0.01), sigmaY=max(down, 0.01))
        return np.asarray(soft, np.float32)

    return change


def limited(plane: Picture, share: float, boost: float = 0.0) -> Picture:
    """A line's spectrum 12 dB down at a share of Nyquist, as steep as a tape's; `boost` is added around half of it."""
    wide = np.pad(plane, ((0, 0), (32, 32)), mode="edge")
    frequency = np.fft.rfftfreq(wide.shape[1]) * 2 / share
    response = (1 + 15 * frequency**6) ** -0.5 * (1 + boost * np.minimum(1, (2 * frequency) ** 2))
    return np.fft.irfft(np.fft.rfft(wide, axis=1) * response, wide.shape[1], axis=1)[:, 32:-32].astype(np.float32)


def taped(luma: float, chroma: float, boost: float = 0.0) -> Change:
    """A recorder's bandwidths, shares of luma's Nyquist."""

    def change(picture: Picture) -> Picture:
        y, b, r = (np.asarray(plane, np.float32) for plane in cv2.split(cv2.transform(picture, BT601)))
        planes = [limited(y, luma, boost), limited(b, chroma), limited(r, chroma)]
        return np.asarray(cv2.transform(cv2.merge(planes), BACK), np.float32)

    return change


def lit(kind: str) -> Callable[[Picture, int], Picture]:
    """Stage light: dark, of one colour, or a strobe."""
    colours = {"dark": (0.25, 0.25, 0.3), "blue": (0.08, 0.12, 0.9), "red": (0.9, 0.06, 0.1)}
    colour = np.array(colours.get(kind, (1.0, 1.0, 1.0)), np.float32)
    return lambda picture, tick: np.asarray(picture * colour * (0.15 if kind == "strobe" and tick // 6 % 2 else 1))


@dataclass(frozen=True)
class Condition:
    """How a shot comes to us.

    Attributes:
        noise: codes.
        megabits: of MPEG-2, 0 for none.
        light: see `lit`.
    """

    noise: float = 0
    megabits: float = 0
    light: str = ""


def condition(name: str) -> Condition:
    """One of `CONDITIONS`."""
    return {
        "clean": Condition(), "noise 4": Condition(4), "noise 8": Condition(8), "5 Mb/s": Condition(2, 5),
        "noise 6, 4 Mb/s": Condition(6, 4),
    }.get(name, Condition(3, 5, name))  # fmt: skip


def shot(scene: Scene, change: Change, how: Condition, seed: int) -> list[Planes]:
    """Tape frames of it."""
    light = lit(how.light)
    moments = (
        (light(change(scene.at(2 * k)), 2 * k), light(change(scene.at(2 * k + 1)), 2 * k + 1)) for k in range(FRAMES)
    )
    frames = film(moments, how.noise, seed)
    return mpeg2(frames, how.megabits) if how.megabits else frames


def measured(frames: list[Planes]) -> Sharpness | None:
    """The answer about a shot."""
    height, width = frames[0][0].shape
    tape = tape_of(width, height)
    question = SharpnessQuestion(tape)
    for look in looks(frames):
        question.observe(look)
    span = Span(start=0, stop=len(frames))
    about = ShotFrames(span, Scan(mode="interlaced", confidence=1), tape)
    return SharpnessQuestion.answer(question.rows(span), about)


def spearman(truth: Sequence[float], found: Sequence[float]) -> float:
    """Correlation of ranks."""
    ranks: list[Any] = [np.argsort(np.asarray(np.argsort(np.asarray(numbers)), np.int64)) for numbers in (truth, found)]
    both: NDArray[np.float64] = np.corrcoef(np.stack(ranks))
    return float(both[0, 1])


def bench(settings: Settings) -> Iterator[Row]:
    """All figures of this question."""
    made = sharp_scenes(10 if settings.full else 2, SEED, settings.pictures)
    yield from _blur(made, CONDITIONS if settings.full else CONDITIONS[::3])
    yield from _media(made if settings.full else made[:2])
    yield from _halo(made)


def _blur(made: Sequence[Scene], names: Sequence[str]) -> Iterator[Row]:
    random = np.random.default_rng(SEED)
    truth: list[float] = []
    found: list[Sharpness] = []
    for number, scene in enumerate(made):
        for name in names:
            sigma = math.exp(random.uniform(math.log(0.5), math.log(4)))
            answer = measured(shot(scene, blurred(sigma, sigma * int(random.integers(2))), condition(name), number))
            if answer:
                truth.append(math.hypot(sigma, LENS))
                found.append(answer)
    widths = [answer.blur_sigma for answer in found]
    total = len(made) * len(names)
    errors = np.abs(np.log(np.array(widths) / np.array(truth)))
    what = f"{len(found)} shots, sigma 0.6-4, {len(names)} conditions"
    yield Row("sharpness", f"blur: Spearman over {what}", spearman(truth, widths), ">=", 0.95)
    yield Row("sharpness", "blur: median relative error", float(np.median(errors)), "<=", 0.2)
    yield Row("sharpness", f"blur: share of {total} shots answered", len(found) / total, ">=", 0.9)
    clear = [-answer.clarity for answer in found]
    yield Row("sharpness", "clarity: Spearman against blur", spearman(truth, clear), ">=", 0.9)
    seen: list[float] = []
    for number, scene in enumerate(made[:5]):
        pair = [measured(shot(scene, blurred(1.0, down), Condition(2), number)) for down in (0.0, 2.0)]
        if pair[0] and pair[1]:
            seen.append(abs(math.log(pair[1].blur_sigma / pair[0].blur_sigma)))
    yield Row("sharpness", "blur downwards only: relative change, median", float(np.median(seen)), "<=", 0.15)


def _media(made: Sequence[Scene]) -> Iterator[Row]:
    right, wrong, tapes = 0, 0, 0
    chroma: list[bool] = []
    for name, (luma, colour) in MEDIA.items():
        answers: list[Sharpness] = []
        for number, scene in enumerate(made):
            how = condition(("clean", "noise 4", "5 Mb/s", "noise 6, 4 Mb/s")[number % 4])
            answer = measured(shot(scene, taped(luma, colour), how, number))
            answers += [answer] if answer else []
        errors = [answer.luma_bandwidth - luma for answer in answers]
        what = f"bandwidth of luma, {name}: error, mean of {len(answers)}"
        yield Row("sharpness", what, float(np.mean(errors)) if errors else np.nan)
        coloured = [answer.chroma_bandwidth for answer in answers if answer.chroma_bandwidth is not None]
        chroma += [(one > 0.125) == (colour > 0.125) for one in coloured]
        for at in range(len(answers)):
            some = [answers[(at + k) % len(answers)] for k in range(min(5, len(answers)))]
            colours = [one.chroma_bandwidth for one in some if one.chroma_bandwidth is not None]
            level = float(np.percentile([one.luma_bandwidth for one in some], 75))
            said = medium(level, float(np.median(colours)) if colours else None)
            right, wrong, tapes = right + (said == name), wrong + (said not in ("", name)), tapes + 1
    what = f"chroma of colour-under tape told from better, {len(chroma)} shots"
    yield Row("sharpness", what, float(np.mean(chroma)) if chroma else np.nan, ">=", 0.9)
    yield Row("sharpness", f"medium right, {tapes} tapes of up to five shots", right / max(1, tapes), ">=", 0.8)
    yield Row("sharpness", "medium wrong (not: left open)", wrong / max(1, tapes), "<=", 0.1)


def _halo(made: Sequence[Scene]) -> Iterator[Row]:
    truth: list[float] = []
    found: list[float] = []
    for number, scene in enumerate(made):
        for boost in (0.0, 0.4, 0.8, 1.2):
            how = condition(("clean", "noise 4", "5 Mb/s")[number % 3])
            answer = measured(shot(scene, taped(0.5, 0.1, boost), how, number))
            if answer:
                truth.append(boost)
                found.append(answer.halo)
    yield Row("sharpness", f"halo: Spearman, {len(found)} shots", spearman(truth, found), ">=", 0.8)
