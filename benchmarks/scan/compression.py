"""How well does the scan tell how coarsely a tape was compressed, whatever it shows?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.scan.material import Planes, film, interlaced, looks, scenes, tape_of
from benchmarks.scan.table import Row, Settings
from encore.analysis.compression import EVERY, CompressionQuestion
from encore.analysis.question import Rows, ShotFrames
from encore.core.answers import Compression as Answer
from encore.core.findings import Scan
from encore.core.time import Span
from encore.media.decode import Raw, decoded, raw
from encore.media.process import Tool

QUANTISERS = (2, 3, 4, 6, 8, 11, 15, 20, 25, 31)
FEW_QUANTISERS = (2, 6, 15, 31)
MEGABITS = (1.5, 3.0, 5.0, 9.0)
FRAMES = 2 * EVERY + 1
NOISES = (0.0, 0.7, 1.5, 3.0, 5.0)
"""Codes of luma, in turn over the scenes."""
_MPEG2 = ("-c:v", "mpeg2video", "-g", "15", "-bf", "2", "-flags", "+ildct+ilme")


@dataclass(frozen=True)
class Copy:
    """A scene as it came back from a codec."""

    scene: int
    quantiser: int
    """MPEG-2 code; 1: uncompressed."""
    answer: Answer
    rows: Rows
    seen: Answer
    """The same answer with the stream's quantiser withheld."""


def coded(frames: Sequence[Planes], arguments: Sequence[str], form: str = "matroska") -> list[Raw]:
    """Frames as they come back from an encoder.

    Args:
        frames: 4:2:0, 8 bits.
        arguments: of ffmpeg, for the codec.
        form: of the file.

    Raises:
        ToolError: ffmpeg failed.
    """
    height, width = frames[0][0].shape
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tape"
        given = ["-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", f"{width}x{height}"]
        given += ["-framerate", "30000/1001", "-i", "pipe:0", "-vf", "setfield=tff", *arguments, "-threads", "1"]
        with Tool("making a compressed tape", [*given, "-f", form, str(path)]) as tool:
            for frame in frames:
                for plane in frame:
                    tool.write(np.ascontiguousarray(plane).tobytes())
        return [raw(frame) for _, frame in decoded(path, 0, quantisers=True)]


def asked(frames: Sequence[Raw], codec: str = "mpeg2video", *, withheld: bool = False) -> tuple[Answer, Rows]:
    """What the scan says about frames, and its rows; `withheld`: without what the stream tells."""
    height, width = frames[0].planes[0].shape
    tape = tape_of(width, height)
    tape = type(tape)(tape.video.model_copy(update={"codec": codec}), tape.rate)
    question = CompressionQuestion(tape)
    for look, frame in zip(looks([frame.planes for frame in frames]), frames, strict=True):
        look.quantiser = None if withheld else frame.quantiser
        question.observe(look)
    span = Span(start=0, stop=len(frames))
    rows = question.rows(span)
    answer = question.answer(rows, ShotFrames(span, Scan(mode="interlaced", confidence=1), tape))
    assert answer is not None
    return answer, rows


def bench(settings: Settings) -> Iterator[Row]:
    """Severity against the quantiser, the stream's word, grid, rates, other codecs, banding."""
    count = 12 if settings.full else 3
    filmed = [
        film(interlaced(scene, FRAMES), NOISES[number % len(NOISES)], seed=number)
        for number, scene in enumerate(scenes(count, 21, settings.pictures))
    ]
    copies = [copy for number, frames in enumerate(filmed) for copy in _copies(number, frames, settings.full)]
    yield from _severity(copies)
    yield from _grid(copies, filmed)
    yield from _others(filmed if settings.full else filmed[:1])
    yield from _banding(settings.full)


def _copies(number: int, frames: Sequence[Planes], full: bool) -> Iterator[Copy]:
    bare = [Raw(planes, 8) for planes in frames]
    answer, rows = asked(bare)
    yield Copy(number, 1, answer, rows, answer)
    for quantiser in QUANTISERS if full else FEW_QUANTISERS:
        back = coded(frames, [*_MPEG2, "-qscale:v", str(quantiser)])
        answer, rows = asked(back)
        yield Copy(number, quantiser, answer, rows, asked(back, withheld=True)[0])


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """Rank correlation, ties shared."""
    first, second = (_ranks(np.asarray(values, np.float64)) for values in (one, other))
    return float(np.corrcoef(first, second)[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - counts / 2)[places]


def _severity(copies: Sequence[Copy]) -> Iterator[Row]:
    packed = [copy for copy in copies if copy.quantiser > 1]
    said = f"{len({copy.scene for copy in copies})} scenes"
    truth = [float(copy.quantiser) for copy in packed]
    for what, values in (
        ("severity from pixels alone", [copy.seen.severity for copy in packed]),
        ("severity with the stream's word", [copy.answer.severity for copy in packed]),
        ("blockiness", [copy.answer.blockiness for copy in packed]),
    ):
        inside = [
            spearman(
                *zip(*[(v, c.quantiser) for v, c in zip(values, packed, strict=True) if c.scene == n], strict=True)
            )
            for n in sorted({copy.scene for copy in packed})
        ]
        target = 0.9 if what != "blockiness" else None
        yield Row(
            "compression", f"{what}, Spearman with quantiser, pooled over {said}", spearman(values, truth), ">=", target
        )
        yield Row("compression", f"{what}, the same within scenes, mean", float(np.mean(inside)), ">=", target)
    off = [abs((c.answer.quantiser or 0) - 2 * c.quantiser) for c in packed]
    yield Row("compression", "quantiser read from the stream, largest error", max(off), "<=", 0.01)
    bare = [copy.answer.severity for copy in copies if copy.quantiser == 1]
    yield Row("compression", f"severity of uncompressed scenes, largest of {len(bare)}", max(bare), "<=", 0.15)


def _grid(copies: Sequence[Copy], filmed: Sequence[Sequence[Planes]]) -> Iterator[Row]:
    coarse = [copy for copy in copies if copy.quantiser >= 6]
    periods = [_share((copy.rows["period"] == 8)[::EVERY]) for copy in coarse]
    yield Row(
        "compression",
        "grid's period found, share of frames at quantiser 6 and more",
        float(np.mean(periods)),
        ">=",
        0.95,
    )
    phases = [float(copy.rows["phase"][0] == 0) for copy in coarse]  # in others it moves with the picture
    yield Row(
        "compression",
        "grid's phase found, share of key frames at quantiser 6 and more",
        float(np.mean(phases)),
        ">=",
        0.95,
    )
    shifted: list[float] = []
    scaled: list[float] = []
    for frames in filmed[:4]:
        back = coded(frames, [*_MPEG2, "-qscale:v", "11"])
        cut = [Raw(tuple(p[:, 5:] for p in frame.planes[:1]), 8) for frame in back]
        shifted.append(float(asked(cut)[1]["phase"][0] == 3))
        wide = [Raw((_wider(frame.planes[0], 768),), 8) for frame in back]
        scaled.append(float(np.abs(asked(wide)[1]["period"][0] - 8 * 768 / 720) < 0.05))
    yield Row(
        "compression",
        "grid of captures cropped by 5 samples found, share of key frames",
        float(np.mean(shifted)),
        ">=",
        0.9,
    )
    yield Row("compression", "grid of captures rescaled to 768 found, share of key frames", float(np.mean(scaled)))


def _share(right: NDArray[np.bool_]) -> float:
    return float(np.mean(right))


def _wider(plane: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(plane, (width, plane.shape[0]), interpolation=cv2.INTER_LINEAR), np.uint8)


def _others(filmed: Sequence[Sequence[Planes]]) -> Iterator[Row]:
    for name, codec, ways in (
        (
            "MPEG-2 at {:g} Mb/s",
            "mpeg2video",
            [(m, (*_MPEG2, "-b:v", f"{m}M", "-maxrate", f"{m}M", "-bufsize", f"{m / 4}M")) for m in MEGABITS],
        ),
        (
            "H.264 at CRF {:g}",
            "h264",
            [
                (c, ("-c:v", "libx264", "-crf", f"{c}", "-flags", "+ildct+ilme", "-preset", "veryfast"))
                for c in (16, 22, 28, 34, 40)
            ],
        ),
        ("DV", "dvvideo", [(25, ("-c:v", "dvvideo", "-pix_fmt", "yuv411p"))]),
    ):
        for value, way in ways:
            found = [asked(coded(frames, way), codec)[0].severity for frames in filmed[:6]]
            yield Row(
                "compression", f"severity of {name.format(value)}, median of {len(found)}", float(np.median(found))
            )


def _banding(full: bool) -> Iterator[Row]:
    random = np.random.default_rng(5)
    smooth: list[float] = []
    noisy: list[float] = []
    coarse: list[float] = []
    for _ in range(10 if full else 4):
        ramp = _gradient(random)
        step = int(random.integers(3, 9))
        for found, codes in (
            (smooth, ramp), (noisy, ramp + random.normal(0, 1.5, ramp.shape)), (coarse, np.round(ramp / step) * step)
        ):  # fmt: skip
            plane = np.clip(np.round(codes), 0, 255).astype(np.uint8)
            found.append(asked([Raw((plane,), 8)])[0].banding)
    yield Row("compression", "banding of posterised gradients, least", min(coarse), ">=", 0.5)
    yield Row("compression", "banding of smooth gradients without noise, largest", max(smooth), "<=", 0.1)
    yield Row("compression", "banding of noisy gradients, largest", max(noisy), "<=", 0.1)


def _gradient(random: np.random.Generator) -> NDArray[np.float64]:
    """A picture of soft light falling off, rising by 0.1 to 0.5 codes a sample."""
    y, x = np.mgrid[:480, :720].astype(np.float64)
    slope, turn = random.uniform(0.12, 0.45), random.uniform(-0.6, 0.6)
    across = slope * (x * np.cos(turn) + y * np.sin(turn))
    return 60 + np.abs((across + random.uniform(0, 100)) % 260 - 130)
