"""How well tape damage is found, and left alone what only looks like it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.scan.material import film, interlaced, looks, mpeg2, scenes, tape_of
from benchmarks.scan.stress import (
    EFFECTS,
    moments,
    with_dropouts,
    with_heads,
    with_jitter,
    with_scratches,
    with_snow,
)
from benchmarks.scan.table import Row, Settings
from encore.analysis.damage import DamageQuestion
from encore.analysis.question import Rows, ShotFrames
from encore.core.answers import TapeDamage
from encore.core.findings import Mark, Scan
from encore.core.time import Span
from encore.synthetic.signal import Planes

MEGABITS = 6.0
"""A disc of a tape."""
SEED = 5
"""Of the scenes; others were used to set constants."""
CHANGED = 20
"""8-bit codes by which a sample must have changed to be lost, in luma or chroma: less is not to be seen."""
TOUCHED = 4
"""8-bit codes of chroma from which a sample beside a dropout may be marked too: chroma has fewer lines."""
DROPOUTS = 6.0
"""Per frame, mean."""


@dataclass(frozen=True)
class Found:
    """What the question said about a clip."""

    rows: Rows
    marks: Sequence[Mark]
    answer: TapeDamage


def asked(frames: Sequence[Planes]) -> Found:
    """Put the question to a clip."""
    height, width = frames[0][0].shape
    tape = tape_of(width, height)
    question = DamageQuestion(tape)
    for look in looks(frames):
        question.observe(look)
    question.finish()
    span = Span(start=0, stop=len(frames))
    rows = question.rows(span)
    answer = DamageQuestion.answer(rows, ShotFrames(span, Scan(mode="interlaced", confidence=1), tape))
    assert answer is not None
    return Found(rows, list(question.marks()), answer)


def bench(settings: Settings) -> Iterator[Row]:
    """All figures."""
    yield from dropouts(settings)
    yield from snow(settings)
    yield from jitter(settings)
    yield from heads(settings)
    yield from scratches(settings)


def dropouts(settings: Settings) -> Iterator[Row]:
    """Found and false samples, before and after coding, by what happens on stage."""
    count, frames = (14, 12) if settings.full else (4, 6)
    effects = [None, *EFFECTS] if settings.full else [None, "strobe", "confetti", "sparkles"]
    tally: dict[tuple[str, str], NDArray[np.int64]] = {}
    for number, scene in enumerate(scenes(count, SEED, settings.pictures)):
        effect = effects[number % len(effects)]
        clean = film(moments(scene, frames, EFFECTS[effect] if effect else None), (1, 2, 4, 6)[number % 4], number)
        damaged, places = with_dropouts(clean, DROPOUTS, SEED + number)
        for coded, pair in (
            ("uncoded", (clean, damaged)),
            ("MPEG-2", (mpeg2(clean, MEGABITS), mpeg2(damaged, MEGABITS))),
        ):
            counts = _judged(pair[0], None, None) + _judged(pair[1], clean, list(zip(damaged, places, strict=True)))
            key = (coded, effect or "plain")
            tally[key] = tally.get(key, np.zeros(4, np.int64)) + counts
    for coded in ("uncoded", "MPEG-2"):
        mine = {effect: counts for (one, effect), counts in tally.items() if one == coded}
        all_of_it = np.sum(list(mine.values()), axis=0)
        what = f"dropouts, {coded}, {count} clips of {frames} frames"
        yield Row("damage", f"{what}: lost samples found", all_of_it[0] / all_of_it[1], ">=", 0.9)
        yield Row("damage", f"{what}: samples marked falsely, %", 100 * all_of_it[2] / all_of_it[3], "<=", 0.05, 4)
        for effect, counts in mine.items():
            yield Row("damage", f"dropouts, {coded}, {effect}: lost samples found", counts[0] / counts[1])
            yield Row(
                "damage", f"dropouts, {coded}, {effect}: marked falsely, %", 100 * counts[2] / counts[3], digits=4
            )


def _judged(
    shown: Sequence[Planes], clean: Sequence[Planes] | None, lost: list[tuple[Planes, NDArray[np.bool_]]] | None
) -> NDArray[np.int64]:
    """Samples found, lost, marked falsely, shown."""
    counts = np.zeros(4, np.int64)
    marks = asked(shown).marks
    for number, frame in enumerate(shown):
        marked = np.zeros(frame[0].shape, np.bool_)
        for mark in marks:
            if mark.frame == number and mark.kind == "dropout":
                marked[mark.top : mark.bottom, mark.left : mark.right] = True
        must = may = np.zeros_like(marked)
        if clean is not None and lost is not None:
            damaged, place = lost[number]
            luma = cv2.absdiff(clean[number][0], damaged[0])
            chroma = _spread(np.maximum(*(cv2.absdiff(clean[number][n], damaged[n]) for n in (1, 2))))
            must = place & ((luma >= CHANGED) | (chroma >= CHANGED))
            may = place | (chroma >= TOUCHED)
        counts += [(marked & must).sum(), must.sum(), (marked & ~may).sum(), marked.size]
    return counts


def _spread(chroma: NDArray[Any]) -> NDArray[np.uint8]:
    """Interlaced 4:2:0 chroma over the luma lines and samples that it colours."""
    luma = np.empty((2 * chroma.shape[0], 2 * chroma.shape[1]), np.uint8)
    for parity in range(2):
        luma[parity::2] = np.repeat(np.repeat(chroma[parity::2], 2, axis=0), 2, axis=1)
    return luma


def snow(settings: Settings) -> Iterator[Row]:
    """Frames of static, and pictures full of texture that are none."""
    count, frames = (7, 12) if settings.full else (3, 9)
    hits = wanted = false = rest = 0
    error: list[float] = []
    for number, scene in enumerate(scenes(count, SEED + 1, settings.pictures)):
        effect = EFFECTS["confetti"] if number % 3 == 0 else None
        clean = film(moments(scene, frames, effect), (2, 6)[number % 2], number)
        for snowy, shares in (with_snow(clean, number), (clean, [0.0] * frames)):
            seen = asked(mpeg2(snowy, MEGABITS)).rows["snow"]
            is_snow, found = np.array(shares) > 0.5, seen > 0.5
            hits, wanted = hits + int((is_snow & found).sum()), wanted + int(is_snow.sum())
            false, rest = false + int((~is_snow & found).sum()), rest + int((~is_snow).sum())
            error += [abs(float(a) - b) for a, b in zip(seen, shares, strict=True)]
    yield Row("damage", f"snow, MPEG-2: recall of {wanted} frames", hits / wanted, ">=", 0.95)
    yield Row("damage", f"snow, MPEG-2: precision, {rest} other frames", hits / max(1, hits + false), ">=", 0.95)
    yield Row("damage", "snow, MPEG-2: mean error of its share of the frame", float(np.mean(error)))


def jitter(settings: Settings) -> Iterator[Row]:
    """Measured against true displacement."""
    count, frames = (14, 12) if settings.full else (4, 6)
    true = np.linspace(0, 3, count)
    measured: list[float] = []
    for number, scene in enumerate(scenes(count, SEED + 2, settings.pictures)):
        clean = film(interlaced(scene, frames), (1, 4)[number % 2], number)
        measured.append(
            asked(mpeg2(with_jitter(clean, float(true[number * 5 % count]), number), MEGABITS)).answer.jitter
        )
    truth = true[np.arange(count) * 5 % count]
    rank = [np.argsort(np.argsort(values)) for values in (truth, np.array(measured))]
    yield Row(
        "damage",
        f"jitter 0-3 samples, MPEG-2, {count} clips: Spearman",
        float(np.corrcoef(rank[0], rank[1])[0, 1]),
        ">=",
        0.9,
    )
    yield Row("damage", "jitter: mean absolute error, samples", float(np.abs(truth - measured).mean()))
    still = [one for one, was in zip(measured, truth, strict=True) if was == 0]
    yield Row("damage", "jitter: measured where there is none, samples", max(still))


def heads(settings: Settings) -> Iterator[Row]:
    """Lines at the bottom."""
    count, frames = (10, 16) if settings.full else (3, 11)
    found = exact = false = 0
    for number, scene in enumerate(scenes(count, SEED + 3, settings.pictures)):
        clean = film(interlaced(scene, frames), 3, number)
        lines = 6 + 2 * (number % 4)
        told = asked(mpeg2(with_heads(clean, lines, number), MEGABITS)).answer.head_switching_lines
        found, exact = found + (told > 0), exact + (abs(told - lines) <= 2)
        false += asked(mpeg2(clean, MEGABITS)).answer.head_switching_lines > 0
    yield Row("damage", f"head switching of 6-12 lines, MPEG-2, {count} clips: found", found / count, ">=", 0.8)
    yield Row("damage", "head switching: within two lines", exact / count)
    yield Row("damage", f"head switching: told of {count} clips without", false / count, "<=", 0)


def scratches(settings: Settings) -> Iterator[Row]:
    """Upright lines over moving pictures."""
    count, frames = (8, 45) if settings.full else (2, 36)
    moving = [one for one in scenes(6 * count, SEED + 4, settings.pictures) if abs(one.pan[0]) > 0.25][:count]
    hits = wanted = false = false_clean = 0
    for number, scene in enumerate(moving):
        random = np.random.default_rng((SEED, number))
        columns = sorted(float(c) for c in random.choice(np.arange(20, 700, 40), 2, replace=False))
        clean = film(interlaced(scene, frames), (2, 5)[number % 2], number)
        told = asked(mpeg2(with_scratches(clean, columns, number), MEGABITS)).answer.scratches
        near = [any(abs(one - column) <= 2 for one in told) for column in columns]
        hits, wanted = hits + sum(near), wanted + len(near)
        false += sum(all(abs(one - column) > 2 for column in columns) for one in told)
        false_clean += len(asked(mpeg2(clean, MEGABITS)).answer.scratches)
    yield Row(
        "damage",
        f"scratches, MPEG-2, {len(moving)} clips of {frames} frames: found of {wanted}",
        hits / wanted,
        ">=",
        0.8,
    )
    yield Row("damage", "scratches: false ones in these clips", float(false), "<=", 0, 0)
    yield Row("damage", "scratches: false ones in the same clips without", float(false_clean), "<=", 0, 0)
