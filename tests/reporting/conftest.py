"""A concert of five shots that never was: hand-made documents and previews for report tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest

from encore.core.events import Fellback, Warned
from encore.core.findings import Analysis, Box, Damage, Edges, Evidence, Fault, Scan, Shot, Timeline
from encore.core.result import Carried, Check, ChunkResult, Result, Timing
from encore.core.source import Chapter, Source, Stream, VideoStream
from encore.core.time import Span
from encore.core.video import Colour
from encore.encoding.codecs import Av1
from encore.planning.losses import Loss, Losses
from encore.planning.plan import Choice, Decision, Delivery, Intent, Plan, Reading, ShotPlan
from encore.restoration import Deflicker, Denoise, Grain, Keep, Rebuild, Upscale

RATE = Fraction(30000, 1001)


@dataclass(frozen=True)
class Story:
    """Documents that belong together."""

    source: Source
    analysis: Analysis
    plan: Plan
    result: Result

    def with_result(self, **changes: object) -> Story:
        return replace(self, result=self.result.model_copy(update=changes))

    def with_faults(self, faults: tuple[Fault, ...]) -> Story:
        analysis = self.analysis.model_copy(update={"faults": faults})
        plan = self.plan.model_copy(update={"analysis": analysis.digest})
        return replace(self, analysis=analysis, plan=plan).with_result(plan=plan.digest)


def _scans(number: int) -> Scan:
    if number % 5 == 3:
        moved = Evidence(what="difference between fields of a frame", value=0.41, unit="× of line noise")
        return Scan(mode="progressive", order="tff", confidence=0.93, evidence=(moved,))
    if number % 5 == 4:
        phase = Evidence(what="3:2 phase held", value=98.7, unit="%")
        return Scan(mode="film", order="bff", confidence=0.99, evidence=(phase,))
    evidence = (
        Evidence(what="motion, bottom field first", value=0.83, unit="px/field"),
        Evidence(what="against top field first", value=11.8, unit="×"),
    )
    return Scan(mode="interlaced", order="bff", confidence=0.12 if number == 2 else 0.98, evidence=evidence)


def _shot_plan(number: int, span: Span, scan: Scan) -> ShotPlan:
    person = number == 2
    fields = "bwdif" if person else "compensated"
    method = {"interlaced": fields, "progressive": "weave", "film": "film"}[scan.mode]
    because = "decided by hand: the blackout hides which field is first" if person else f"measured as {scan.mode}"
    upscale = Decision(
        stage=Upscale(width=2880, height=2160),
        because="the film has 2160 lines",
        evidence=(Evidence(what="tape lines", value=480),),
    )
    return ShotPlan(
        span=span,
        reading=Reading.model_validate({"method": method, "order": scan.order}),
        reading_choice=Choice(because=because, evidence=scan.evidence[:1], by="person" if person else "rule"),
        decisions=(*_repairs(number), upscale),
        losses=_losses(number, span),
    )


def _repairs(number: int) -> tuple[Decision, ...]:
    """What goes before the upscale stage, in shots 0, 1, 3 and so on."""
    if number % 5 in (2, 4):
        return ()
    grain = Decision(stage=Grain(era=0.2 + number % 2 / 10), because="some of the grain comes back")
    keep = Decision(stage=Keep(), because="what was taken off is compared with the noise measured; the rest goes back")
    denoise = Decision(stage=Denoise(strength=1), because="noise of up to 6.1 codes is taken off along motion")
    rebuild = Decision(stage=Rebuild(), because="2 tape frames are made anew from good neighbours along motion")
    if number:
        return rebuild, denoise, keep, grain
    scores = (
        ("tried: 0.5 times the noise measured", 3.21),
        ("tried: 1 times the noise measured", 1.9),
        ("taken: 1.4 times the noise measured", 1.52),
    )
    heard = tuple(Evidence(what=name, value=score, unit="codes") for name, score in scores)
    steady = Decision(
        stage=Deflicker(spared=(Span(start=9, stop=14),)),
        because="light that trembles a little is steadied; tried on a few pictures",
        evidence=tuple(
            Evidence(what=name, value=score, unit="codes")
            for name, score in (("taken: steadied", 0.04), ("tried: as it is", 0.15))
        ),
        by="audition",
    )
    stronger = {"stage": Denoise(strength=1.4), "evidence": heard, "by": "audition"}
    return rebuild, steady, denoise.model_copy(update=stronger), keep, grain


def _losses(number: int, span: Span) -> Losses:
    """Of shot 0: its first frame, and a repeat and a missing frame; of shot 1: a freeze; of shot 3: a hole."""
    first = -(-span.start // 2)

    def loss(repair: Literal["rebuilt", "moved", "left"], because: str, start: int, stop: int) -> Loss:
        return Loss(span=Span(start=first + start, stop=first + stop), repair=repair, because=because)

    if number == 0 and len(span) > 300:
        late = Span(start=90, stop=99)
        told = (
            loss("rebuilt", "shows the frame before again", 0, 1),
            loss("moved", "a repeat and a missing frame beside them", 90, 99),
            loss("rebuilt", "a frame is missing here", 99, 100),
        )
        return Losses(losses=told, shift=((late, 1),))
    if number == 1 and len(span) > 300:
        return Losses(losses=(loss("left", "the picture is frozen, for too long to be rebuilt", 99, 111),))
    if number == 3 and len(span) > 800:
        return Losses(losses=(loss("rebuilt", "the file has no frame for this time", 335, 336),))
    return Losses()


FAULTS = (
    Fault(kind="duplicate", span=Span(start=90, stop=91), score=0.95, repair="remove and rebuild the gap"),
    Fault(kind="dropped", span=Span(start=100, stop=101), score=0.95, repair="remove and rebuild the gap"),
    Fault(kind="frozen", span=Span(start=400, stop=412), score=0.99, repair="rebuild"),
    Fault(kind="dropped", span=Span(start=500, stop=501), score=0.8, repair="rebuild"),
    Fault(kind="field drop", span=Span(start=620, stop=621), score=0.7, repair="rebuild field"),
    Fault(kind="duplicate", span=Span(start=640, stop=641), score=0.6, repair="rebuild"),
    Fault(kind="black", span=Span(start=710, stop=720), score=1),
)
"""A pair that was answered, a freeze that was left, three that no stage does anything about, and darkness."""


def make_story(edges: tuple[int, ...] = (0, 601, 1400, 1530, 2700, 3600), name: str = "concert 2000.mpg") -> Story:
    """A tape with shots between `edges` (ticks), restored at field rate."""
    spans = [Span(start=a, stop=b) for a, b in pairwise(edges)]
    frames = edges[-1] // 2
    video = VideoStream(
        index=0, codec="mpeg2video", width=720, height=480, pixel_format="yuv420p", chroma="420", depth=8,
        sample_aspect=Fraction(8, 9), flagged="tff", rate=RATE, time_base=Fraction(1, 90000),
        colour=Colour(matrix="bt601", primaries="smpte170m", guessed=True),
    )  # fmt: skip
    source = Source(
        path=Path("/archive/tapes") / name,
        bytes=1_734_112_256,
        fingerprint="5f" * 32,
        container="mpeg",
        video=video,
        others=(
            Stream(index=1, kind="audio", codec="ac3", language="eng", duration_s=Fraction(frames) / RATE),
            Stream(index=2, kind="subtitle", codec="dvd_subtitle", language="deu"),
        ),
        chapters=(Chapter(start_s=Fraction(0), end_s=Fraction(20), title="Opening & first song"),),
        metadata=(("title", "Live in the year 2000"),),
    )
    scans = [_scans(number) for number in range(len(spans))]
    analysis = Analysis(
        source=source.fingerprint,
        timeline=Timeline(
            rate=RATE, frames=frames, start_s=Fraction(1, 2), kind="constant", decoded=frames - 1, held=1
        ),
        edges=Edges(
            active=Box(left=8, top=0, right=712, bottom=474),
            full=Box(left=0, top=0, right=720, bottom=480),
            head_switching_lines=6,
        ),
        shots=tuple(Shot(span=span, scan=scan) for span, scan in zip(spans, scans, strict=True)),
        damage=(
            Damage(span=Span(start=420, stop=423), kind="corrupt"),
            Damage(span=Span(start=1100, stop=1101), kind="held"),
        ),
        sample_aspect=Fraction(8, 9),
        aspect_guessed=True,
        warnings=("the tape is flagged top field first, its pixels say bottom field first",),
        version="0.1.0",
    )
    delivery = Delivery(
        width=2880, height=2160, rate=RATE * 2, ticks_per_frame=Fraction(1), codec=Av1(),
        choice=Choice(because="the default: smallest files, plays in current browsers and televisions"),
    )  # fmt: skip
    plan = Plan(
        source=source.fingerprint,
        analysis=analysis.digest,
        intent=Intent(),
        span=Span(start=0, stop=edges[-1]),
        delivery=delivery,
        shots=tuple(_shot_plan(n, span, scan) for n, (span, scan) in enumerate(zip(spans, scans, strict=True))),
    )
    return Story(source, analysis, plan, _result(source, plan))


def _counts(frames: int, part: int) -> dict[str, dict[str, int]]:
    blocks = frames * 345
    blended = {"keep": 7 - part % 2, "deblock": 0, "upscale": 11}
    counts = {stage: {"blocks": blocks, "blended": number} for stage, number in blended.items()}
    return counts | {"faces": {"faces": frames, "blended": 3}}


def _result(source: Source, plan: Plan) -> Result:
    chunks = [
        ChunkResult(
            key=f"{number:04d}-{part:02d}", shot=number, span=span, file=f"{number}-{part}.mkv",
            bytes=len(span) * 31_000, sha256="ab" * 32, pictures=len(span),
            timings=(
                Timing(part="read", wall_s=len(span) * 0.02, cpu_s=len(span) * 0.03),
                Timing(part="upscale", wall_s=len(span) * 0.1, cpu_s=len(span) * 0.19),
                Timing(part="encode", wall_s=len(span) * 0.2, cpu_s=len(span) * 0.41),
            ),
            counts=_counts(len(span), part) if _repairs(number) else {},
        )
        for number, shot in enumerate(plan.shots)
        for part, span in enumerate(shot.span.pieces(600))
    ]  # fmt: skip
    frames = len(plan.span)
    return Result(
        source=source.fingerprint,
        plan=plan.digest,
        output=Path("/archive/films/concert 2000.encore.mp4"),
        bytes=frames * 31_000 + 3_000_000,
        frames=frames,
        rate=RATE * 2,
        width=2880,
        height=2160,
        chunks=tuple(chunks),
        reused=2,
        carried=(
            Carried(index=1, kind="audio", codec="ac3", language="eng", how="copied"),
            Carried(index=2, kind="subtitle", codec="dvd_subtitle", language="deu", how="left out: mp4 cannot hold it"),
        ),
        checks=(
            Check(
                promise="as many frames as promised", expected=f"{frames} frames", found=f"{frames} frames", kept=True
            ),
            Check(promise="constant rate", expected="60000/1001", found="60000/1001", kept=True),
            Check(promise="sound starts with the picture", expected="0.000 ± 0.020 s", found="0.004 s", kept=True),
            Check(promise="colour is tagged", expected="bt709/bt709/bt709/tv", found="bt709/bt709/bt709/tv", kept=True),
        ),
        fallbacks=(
            Fellback(asked="subtitles copied", used="left out", why="MP4 has no place for DVD subtitles; choose mkv"),
        ),
        warnings=(Warned(what="3 frames could not be decoded whole and are shown as they came", at_s=14.014),),
        timings=(Timing(part="scan", wall_s=21.5, cpu_s=40.1), Timing(part="join", wall_s=3.2, cpu_s=0)),
        version="0.1.0",
    )


def draw(folder: Path, result: Result, size: tuple[int, int] = (320, 240)) -> None:
    """Previews that look like a stage: light from above, a figure, and combs where the tape is woven."""
    folder.mkdir(exist_ok=True)
    for number, chunk in enumerate(result.chunks):
        hue, at = (chunk.shot * 37 + 110) % 180, 0.35 + 0.06 * number
        before = _stage(min(720, size[0]), min(480, size[1]), hue, at, woven=True)
        cv2.imwrite(str(folder / f"{chunk.key}.before.jpg"), before)
        cv2.imwrite(str(folder / f"{chunk.key}.after.jpg"), _stage(*size, hue, at, woven=False))


def _stage(width: int, height: int, hue: int, at: float, *, woven: bool) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    y, x = y / height, x / width
    shift = np.where(np.arange(height) % 2 == 0, 0.012, -0.012)[:, None] if woven else 0.0
    beam = np.exp(-(((x - 0.5 - (y * 0.4) * np.sin(hue)) / (0.05 + 0.2 * y)) ** 2)) * (1 - 0.5 * y)
    figure = np.exp(-((((x + shift - at % 1) / 0.06) ** 4) + (((y - 0.62) / 0.26) ** 4)))
    value = np.clip(0.06 + 0.75 * beam + 0.5 * figure, 0, 1) * 255
    noise = np.random.default_rng(hue).normal(0, 9 if woven else 2, value.shape)
    hsv = np.dstack([np.full_like(value, hue), np.clip(200 - 150 * figure, 0, 255), np.clip(value + noise, 0, 255)])
    return cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR)


@pytest.fixture(scope="session")
def story() -> Story:
    return make_story()


@pytest.fixture(scope="session")
def lossy(story) -> Story:
    """The same concert, its faults found."""
    return story.with_faults(FAULTS)


@pytest.fixture(scope="session")
def tell() -> Callable[..., Story]:
    return make_story


@pytest.fixture(scope="session")
def paint() -> Callable[..., None]:
    return draw
