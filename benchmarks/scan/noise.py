"""Is the noise told as it was on the tape, raw and after MPEG-2?"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # pyright: ignore[reportMissingTypeStubs]

from benchmarks.scan.material import HEIGHT, WIDTH, Picture, Scene, film, interlaced, looks, mpeg2, scenes, tape_of
from benchmarks.scan.table import Row, Settings
from encore.analysis.blocks import blocks_of, dct
from encore.analysis.noise import NoiseQuestion
from encore.analysis.question import ShotFrames
from encore.core.answers import Noise
from encore.core.findings import Scan
from encore.core.time import Span
from encore.core.video import LUMA_CODES
from encore.synthetic.signal import CHROMA_NOISE, Planes

FRAMES = 18
SIGMAS = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
RATES = (4.0, 5.0, 6.0, 8.0)
ACROSS = 0.7
"""Gaussian that colours the noise of tape, samples: neighbours correlate by 0.6."""
SLOPE = 0.4
"""Noise of white over that of mid-grey, less 1, where it grows with the level."""
COLOURED = 0.2
"""Correlation of horizontal neighbours from which noise is called coloured."""
SEED = 11


@dataclass(frozen=True)
class Hiss:
    """Noise to be added: `across` colours it, `slope` makes it follow the level."""

    sigma: float
    across: float = 0.0
    slope: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Case:
    """A shot, its truth and what was answered."""

    hiss: Hiss
    rate: float
    true: float
    by_level: NDArray[np.float64]
    spectrum: NDArray[np.float64]
    answer: Noise | None
    milliseconds: float

    @property
    def error(self) -> float:
        """Relative, of luma; 1 where nothing was answered."""
        return abs(self.answer.luma_sigma / self.true - 1) if self.answer else 1.0

    @property
    def chroma_error(self) -> float:
        """The same of chroma."""
        return abs(self.answer.chroma_sigma / (CHROMA_NOISE * self.hiss.sigma) - 1) if self.answer else 1.0


def bench(settings: Settings) -> Iterator[Row]:
    """Rows of the table."""
    with threadpool_limits(1):
        cases = list(_cases(settings))
    loud = [case for case in cases if 2 <= case.hiss.sigma <= 12]
    for name, some in (
        ("raw", [case for case in loud if not case.rate]),
        ("after MPEG-2", [case for case in loud if case.rate]),
    ):
        yield from _errors(name, some)
    told = [case for case in cases if case.answer]
    ranks = _spearman([case.true for case in told], [case.answer.luma_sigma for case in told if case.answer])
    yield Row("noise", f"Spearman of luma sigma, {len(told)} shots", ranks, ">=", 0.95)
    raw = [case for case in loud if not case.rate]
    yield Row("noise", f"white or coloured told, raw, {len(raw)} shots", _coloured(raw), ">=", 0.95)
    yield Row("noise", "error of the spectrum, raw, dB", _spectrum_error(raw), "<=", 1.5)
    still = [case.answer.luma_sigma for case in told if case.answer and not case.hiss.sigma]
    yield Row("noise", f"luma sigma where there is none, {len(still)} shots, codes", float(np.mean(still)), "<=", 1.0)
    yield Row("noise", "core-ms per frame", float(np.median([case.milliseconds for case in cases])), "<=", 4.0, 1)


def _errors(name: str, cases: Sequence[Case]) -> Iterator[Row]:
    errors, chroma = (np.array([getattr(case, of) for case in cases]) for of in ("error", "chroma_error"))
    yield Row("noise", f"error of sigma 2-12, {name}, {len(cases)} shots, mean", float(errors.mean()), "<=", 0.15)
    yield Row("noise", f"error of sigma 2-12, {name}, 90th percentile", float(np.percentile(errors, 90)))
    yield Row("noise", f"shots within 15 %, {name}", float((errors <= 0.15).mean()))
    yield Row("noise", f"error of chroma sigma, {name}, mean", float(chroma.mean()), "<=", 0.15)
    yield Row("noise", f"shots within 15 %, chroma, {name}", float((chroma <= 0.15).mean()))
    levels = [abs(got / true - 1) for case in cases if case.answer for got, true in _pairs(case, case.answer)]
    yield Row("noise", f"error of sigma by level, {name}, {len(levels)} levels", float(np.mean(levels)), "<=", 0.15)


def _pairs(case: Case, answer: Noise) -> Iterator[tuple[float, float]]:
    for got, true in zip(answer.luma_by_level, case.by_level, strict=True):
        if got is not None and np.isfinite(true):
            yield got, float(true)


def _coloured(cases: Sequence[Case]) -> float:
    right = [(case.answer.correlation_across > COLOURED) == bool(case.hiss.across) for case in cases if case.answer]
    return float(np.mean(right))


def _spectrum_error(cases: Sequence[Case]) -> float:
    errors: list[float] = []
    for case in cases:
        if case.answer:
            got, true = np.array(case.answer.spectrum).ravel()[1:], case.spectrum.ravel()[1:]
            errors.append(float(np.abs(10 * np.log10(np.maximum(got, 1e-3) / np.maximum(true, 1e-3))).mean()))
    return float(np.mean(errors))


def _spearman(first: Sequence[float], second: Sequence[float]) -> float:
    ranks = [np.argsort(np.argsort(values, kind="stable")) for values in (first, second)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _cases(settings: Settings) -> Iterator[Case]:
    """Every scene with four strengths of noise raw, and four after MPEG-2, so that all of them meet all rates."""
    for number, scene in enumerate(scenes(16 if settings.full else 2, SEED, settings.pictures)):
        clean = film(_lit(scene, number))
        for turn in range(4):
            at = number * 5 + turn * 3
            across, slope = (ACROSS if at % 3 == 1 else 0.0), (SLOPE if at % 4 == 2 else 0.0)
            for rate in (0.0, RATES[(number + turn) % 4]):
                sigma = SIGMAS[(at + (4 if rate else 0)) % 8]
                yield _case(clean, Hiss(sigma, across, slope, 100 * number + 10 * turn + bool(rate)), rate)


def _lit(scene: Scene, number: int) -> list[tuple[Picture, Picture]]:
    """Strobes, dark stages with one spot, progressive pictures, and plain ones."""
    pictures: list[tuple[Picture, Picture]] = list(interlaced(scene, FRAMES))
    if number % 8 == 3:
        return [_dimmed(pair, 1.0 if n % 6 < 3 else 0.4) for n, pair in enumerate(pictures)]
    if number % 8 == 5:
        spot = np.zeros((HEIGHT, WIDTH), np.float32)
        cv2.circle(spot, (WIDTH // 2, HEIGHT // 2), HEIGHT // 4, 1.0, -1)
        soft = np.asarray(cv2.GaussianBlur(spot, (0, 0), 12), np.float32)[..., None]
        return [_dimmed(pair, soft * np.float32(0.85) + np.float32(0.05)) for pair in pictures]
    if number % 8 == 6:
        return [(a, a) for a, _ in pictures]
    return pictures


def _dimmed(pair: tuple[Picture, Picture], light: float | Picture) -> tuple[Picture, Picture]:
    first, second = (np.asarray(picture * light, np.float32) for picture in pair)
    return first, second


def _case(clean: Sequence[Planes], hiss: Hiss, rate: float) -> Case:
    made = [_noisy(planes, hiss, n) for n, planes in enumerate(clean)]
    frames = [planes for planes, _ in made]
    noise = np.stack([added for _, added in made[::6]])
    true = float(np.sqrt((noise * noise).mean()))
    level = np.clip((np.stack([planes[0] for planes in clean[::6]]) - 16.0) * 8 / LUMA_CODES, 0, 7).astype(int)
    with np.errstate(invalid="ignore"):
        squares = [(noise[level == n] ** 2).mean() if (level == n).any() else np.nan for n in range(8)]
    spectrum = (dct(blocks_of(noise[0][0::2])) ** 2).mean(0).astype(np.float64)
    answer, milliseconds = _answer(mpeg2(frames, rate) if rate else frames)
    return Case(hiss, rate, true, np.sqrt(np.array(squares)), spectrum, answer, milliseconds)


def _answer(frames: Sequence[Planes]) -> tuple[Noise | None, float]:
    question, taken = NoiseQuestion(tape_of()), 0.0
    for look in looks(frames):
        assert (look.flow_back is None) == (look.previous is None)
        assert look.luma.size
        assert look.chroma
        started = time.thread_time()
        question.observe(look)
        taken += time.thread_time() - started
    question.finish()
    span = Span(start=0, stop=len(frames))
    shot = ShotFrames(span, Scan(mode="interlaced", order="tff", confidence=1), tape_of())
    return NoiseQuestion.answer(question.rows(span), shot), taken / len(frames) * 1000


def _noisy(planes: Planes, hiss: Hiss, number: int) -> tuple[Planes, NDArray[np.float32]]:
    """Planes with noise, and that of luma; fields have noise of their own."""
    random = np.random.default_rng((hiss.seed, 17, number))
    out: list[NDArray[np.uint8]] = []
    luma_noise = np.zeros(0, np.float32)
    for plane in planes:
        codes = plane.astype(np.float32)
        noise = random.standard_normal(plane.shape, np.float32)
        if hiss.across:
            noise = cv2.GaussianBlur(noise, (9, 1), hiss.across, borderType=cv2.BORDER_REFLECT)
            noise /= noise.std()
        luma = cv2.resize(planes[0], plane.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
        follows = 1 + hiss.slope * np.clip((luma - 16) / LUMA_CODES * 2 - 1, -1, 1)
        noise = np.asarray(noise * follows * hiss.sigma * (1 if not out else CHROMA_NOISE), np.float32)
        luma_noise = luma_noise if out else noise
        out.append(np.clip(np.rint(codes + noise), 1, 254).astype(np.uint8))
    return (out[0], out[1], out[2]), luma_noise
