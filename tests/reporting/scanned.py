"""Measured tapes that never were: clean, terrible, silent and long ones, with curves and little pictures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.answers import (
    Complexity,
    Composite,
    Compression,
    FaceTrack,
    Light,
    LightEvent,
    Motion,
    Noise,
    Sharpness,
    TapeDamage,
)
from encore.core.findings import Analysis, Fault, Shot, Transition
from encore.core.time import Span
from encore.reporting.plots import TRACKS

LAMPS = ((1.0, 0.1, 0.15), (0.2, 0.3, 1.0), (1.0, 0.8, 0.5), (0.1, 0.9, 0.3), (0.9, 0.2, 1.0))


def answered(shot: Shot, bad: float, number: int = 0) -> Shot:
    """The shot with all answers: nothing wrong at 0, everything at 1."""
    start = shot.span.start // 2
    events = (
        LightEvent(kind="strobe", span=Span(start=start + 2, stop=start + 30), rate_hz=8.2),
        LightEvent(kind="flash", span=Span(start=start + 40, stop=start + 41)),
        LightEvent(kind="blackout", span=Span(start=start + 50, stop=start + 60)),
    )
    return shot.model_copy(
        update={
            "noise": Noise(
                luma_sigma=0.6 + 9 * bad, chroma_sigma=0.5 + 9 * bad, spatial_sigma=0.5 + 4 * bad,
                kind="grain" if number % 3 else "codec", correlation_across=0.3, correlation_down=0.1,
                correlation_time=0.05,
            ),
            "compression": Compression(
                blockiness=1 + bad, ringing=bad, banding=bad / 2, quantiser=2 + 20 * bad, severity=bad
            ),
            "sharpness": Sharpness(
                blur_sigma=0.7 + 3 * bad, luma_bandwidth=0.85 - 0.6 * bad, chroma_bandwidth=0.4 - 0.35 * bad,
                halo=bad / 3, clarity=0.9 - 0.8 * bad,
            ),
            "composite": Composite(
                dot_crawl=6 * bad, rainbow=9 * bad, chroma_shift_across=2.5 * bad, chroma_shift_down=-3 * bad,
                range_suspect="full as studio" if bad > 0.9 else "", matrix_suspect="bt709" if bad > 0.9 else "",
            ),
            "light": Light(
                exposure=0.08 + 0.1 * (number % 4), colours=(LAMPS[number % 5], LAMPS[(number + 2) % 5]),
                colour_shares=(0.6, 0.2), clipped=(0.04, 0.01, 0.0), change=0.03, strobe_hz=8.2,
                events=events if number % 4 == 1 else (),
            ),
            "motion": Motion(
                global_motion=2.0 * (number % 3), pan=(1.0, 0.0), zoom=0.0, shake=2 * bad, local_motion=4.0,
                camera=("still", "pan", "shake")[number % 3],
            ),
            "complexity": Complexity(si_mean=41, si_p95=60, ti_mean=8, ti_p95=30, dct_energy=20, dct_change=4),
            "damage": TapeDamage(
                dropout_lines=round(400 * bad), dropout_share=bad / 100, snow_frames=round(8 * bad), jitter=bad,
                head_switching_lines=round(8 * bad), scratches=(120.5,) if bad > 0.5 else (),
            ),
        }
    )  # fmt: skip


def scanned(analysis: Analysis, bad: float = 0.4) -> Analysis:
    """All answers, faults of all kinds where it is bad, and transitions."""
    shots = tuple(answered(shot, bad, number) for number, shot in enumerate(analysis.shots))
    kinds = ("duplicate", "frozen", "dropped", "half picture", "field repeat", "corrupt")
    frames = analysis.timeline.frames
    faults = tuple(
        Fault(kind=kinds[n % 6], span=Span(start=at, stop=min(frames, at + 1 + n % 4)), score=(n % 5) / 5 + 0.2)
        for n, at in enumerate(range(7, frames, 97))
    )  # fmt: skip
    ways: list[Transition] = []
    for number, (_, after) in enumerate(pairwise(shots)):
        at, kind = after.span.start, ("dissolve", "cut", "fade", "cut")[number % 4]
        soft = 0 if kind == "cut" else 24
        ways.append(Transition(kind=kind, span=Span(start=max(0, at - soft), stop=at + soft), score=0.9))
    return analysis.model_copy(
        update={
            "shots": shots,
            "faults": faults if bad > 0.2 else (),
            "transitions": tuple(ways),
            "medium": "VHS in standard play" if bad > 0.3 else "DVD or DV",
        }
    )


def with_faces(shot: Shot) -> Shot:
    """The shot with one person all through it."""
    return shot.model_copy(update={"faces": (face_track(3, shot.span),)})


def face_track(number: int, span: Span, size: float = 21.0) -> FaceTrack:
    """A face in blue light that turns a little."""
    return FaceTrack(
        number=number, span=span, size=size, smallest=size * 0.9, largest=size * 1.2, sharpness=0.4, yaw_deg=-12.0,
        turned_deg=35.0, occluded=0.1, light=(0.2, 0.3, 1.0), exposure=0.35, clipped=0.01, confidence=0.8,
    )  # fmt: skip


def curves(frames: int, seed: int = 1) -> dict[str, NDArray[np.float32]]:
    """Every column that the page can draw; some are noted every fifth frame only."""
    rng = np.random.default_rng(seed)
    made: dict[str, NDArray[np.float32]] = {}
    for number, track in enumerate(TRACKS):
        slow = np.interp(np.arange(frames), np.linspace(0, frames, 40), rng.uniform(0.1, 0.5, 40))
        column = (slow + rng.exponential(0.05, frames)).astype(np.float32) * (1 if track.factor > 1 else 8)
        if number % 2:
            column[np.arange(frames) % 5 != 0] = np.nan
        made[track.column] = column
        if track.across:
            made[track.across] = np.zeros(frames, np.float32)
    return made


def pictures(shots: Sequence[Shot]) -> dict[int, bytes]:
    """A JPEG of 160x120 for every second tape second, coloured as its shot."""
    made: dict[int, bytes] = {}
    y, x = np.mgrid[0:120, 0:160] / 120
    for number, shot in enumerate(shots):
        beam = np.clip(np.exp(-(((x - 0.6 - 0.3 * y * np.sin(number)) / 0.2) ** 2)) + 0.1, 0, 1)[..., None]
        noise = np.random.default_rng(number).normal(0, 6, (120, 160, 3))
        picture = np.clip(255 * beam * np.array(LAMPS[number % 5])[::-1] + noise, 0, 255).astype(np.uint8)
        for part in range(3):
            frame = (shot.span.start * (3 - part) + shot.span.stop * part) // 6
            made[frame] = cv2.imencode(".jpg", np.roll(picture, 25 * part, axis=1))[1].tobytes()
    return made


def nearest(made: dict[int, bytes], frame: int) -> bytes | None:
    """As the scan gives it: the picture of the sampled frame nearest to this one."""
    return made[min(made, key=lambda at: abs(at - frame))] if made else None
