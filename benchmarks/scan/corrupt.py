"""How well does the scan find pictures that a broken stream has damaged, and nothing else?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.scan.material import Planes, film, interlaced, looks, mpeg2, scenes, tape_of
from benchmarks.scan.table import Row, Settings
from encore.analysis.corrupt import LEAST_SHARE, CorruptQuestion
from encore.core.time import Span
from encore.media.decode import decoded, raw
from encore.media.process import Tool

VISIBLE = 12.0
"""Mean difference of a macroblock from the undamaged decode, codes, that is damage anybody sees."""
CLEARLY = 0.02
"""Share of macroblocks from which a frame is clearly damaged; between `LEAST_SHARE` and this it is nobody's fault."""
FRAMES = 45
_PACKET = 188
_PICTURE_PID = 0x100
"""FFmpeg's first stream in a transport stream."""
_CODECS = {
    "MPEG-2": ("-c:v", "mpeg2video", "-b:v", "5M", "-maxrate", "9M", "-bufsize", "1835008", "-g", "15", "-bf", "2"),
    "H.264": ("-c:v", "libx264", "-crf", "23", "-g", "25", "-preset", "veryfast", "-x264-params", "slices=4"),
}


@dataclass
class Tally:
    """Hits and misses."""

    hit: int = 0
    missed: int = 0
    false: int = 0
    clean: int = 0
    common: int = 0
    either: int = 0

    def add(self, whole: Sequence[Planes], broken: Sequence[Planes]) -> None:
        """Count one clip."""
        truth = truth_of(whole, broken)
        found, mask = found_in(broken)
        share = truth.mean(axis=(1, 2))
        bad, good, said = share >= CLEARLY, share == 0, found >= LEAST_SHARE
        self.hit += int((said & bad).sum())
        self.missed += int((~said & bad).sum())
        self.false += int((said & good).sum())
        self.clean += int(good.sum())
        self.common += int((mask & truth).sum())
        self.either += int((mask | truth)[said | bad].sum())


def bench(settings: Settings) -> Iterator[Row]:
    """Broken streams of both codecs, damaged blocks, and material that only looks wild."""
    count = 6 if settings.full else 2
    frames = FRAMES if settings.full else 24
    chosen = scenes(count, 31, settings.pictures)
    filmed = [film(interlaced(scene, frames), 1.5, seed=number) for number, scene in enumerate(chosen)]
    for name, way in _CODECS.items():
        tally = Tally()
        for number, clip in enumerate(filmed):
            tally.add(*_broken(clip, way, number))
        yield from _rows(tally, f"broken {name} streams")
    tally = Tally()
    for number, clip in enumerate(filmed):
        whole = mpeg2(clip)
        tally.add(whole, _displaced(whole, number))
    yield from _rows(tally, "blocks of single frames displaced or lost")
    yield from _wild(filmed)


def found_in(frames: Sequence[Planes]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Share of damaged macroblocks of every frame, and which ones they are: (frames, rows, columns)."""
    height, width = frames[0][0].shape
    question = CorruptQuestion(tape_of(width, height))
    for look in looks(frames):
        question.observe(look)
    question.finish()
    mask = np.zeros((len(frames), height // 16, width // 16), np.bool_)
    for mark in question.marks():
        mask[mark.frame, mark.top // 16 : mark.bottom // 16, mark.left // 16 : mark.right // 16] = True
    return question.rows(Span(start=0, stop=len(frames)))["share"], mask


def truth_of(whole: Sequence[Planes], broken: Sequence[Planes]) -> NDArray[np.bool_]:
    """Macroblocks that differ visibly, in luma or chroma."""
    found: list[NDArray[np.bool_]] = []
    for one, other in zip(whole, broken, strict=True):
        height, width = one[0].shape
        size = (width // 16, height // 16)
        off = [
            cv2.resize(cv2.absdiff(a, b).astype(np.float32), size, interpolation=cv2.INTER_AREA)
            for a, b in zip(one, other, strict=True)
        ]
        found.append(np.maximum.reduce(off) > VISIBLE)
    return np.stack(found)


def _broken(frames: Sequence[Planes], way: Sequence[str], seed: int) -> tuple[list[Planes], list[Planes]]:
    """A clip through a codec, whole and with packets of its transport stream overwritten; frames by their times."""
    height, width = frames[0][0].shape
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tape.ts"
        given = ["-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", f"{width}x{height}"]
        given += ["-framerate", "30000/1001", "-i", "pipe:0", "-vf", "setfield=tff", *way, "-flags", "+ildct+ilme"]
        with Tool("making a tape to break", [*given, "-threads", "1", "-f", "mpegts", str(path)]) as tool:
            for frame in frames:
                for plane in frame:
                    tool.write(np.ascontiguousarray(plane).tobytes())
        whole = _read(path)
        path.write_bytes(_overwritten(path.read_bytes(), seed))
        broken = _read(path)
    last = whole[min(whole)]
    shown: list[Planes] = []
    for time in sorted(whole):
        last = broken.get(time, last)  # a frame that was lost altogether holds the one before
        shown.append(last)
    return [whole[time] for time in sorted(whole)], shown


def _read(path: Path) -> dict[int, Planes]:
    found: dict[int, Planes] = {}
    for stamp, frame in decoded(path, 0):
        planes = raw(frame).planes
        if stamp.pts is not None:
            found[stamp.pts] = (planes[0], planes[1], planes[2])
    return found


def _overwritten(stream: bytes, seed: int) -> bytes:
    """About four bursts of damage per clip, in packets that only carry picture data."""
    random = np.random.default_rng((seed, 77))
    packets: NDArray[np.uint8] = np.frombuffer(stream, np.uint8).reshape(-1, _PACKET).copy()
    pid = (packets[:, 1] & 31).astype(np.int64) * 256 + packets[:, 2]
    plain = (pid == _PICTURE_PID) & ((packets[:, 1] & 0x40) == 0) & ((packets[:, 3] & 0x20) == 0)
    places = [int(place) for place in np.flatnonzero(plain)]
    for _ in range(4):
        first = int(random.integers(len(places) // 20, len(places)))
        for place in places[first : first + int(random.integers(2, 10))]:
            packets[place, 4:] = random.integers(0, 256, _PACKET - 4, dtype=np.uint8)
    return packets.tobytes()


def _displaced(frames: Sequence[Planes], seed: int) -> list[Planes]:
    """Every fifth frame with a run of macroblocks from elsewhere, from another time, grey, or green."""
    random = np.random.default_rng((seed, 78))
    made: list[Planes] = []
    for number, frame in enumerate(frames):
        planes = tuple(plane.copy() for plane in frame)
        if number % 5 == 3:
            _hurt(planes, frames[number - 3], random)
        made.append((planes[0], planes[1], planes[2]))
    return made


def _hurt(planes: Sequence[NDArray[np.uint8]], other: Planes, random: np.random.Generator) -> None:
    rows, columns = (int(side) // 16 for side in other[0].shape)
    kind = int(random.integers(4))
    for _ in range(int(random.integers(2, 5))):
        row, left = int(random.integers(rows)), int(random.integers(columns - 10))
        long = int(random.integers(8, columns - left))
        away = int(random.integers(2, columns)), int(random.integers(2, rows))
        for plane, source, size in zip(planes, other, (16, 8, 8), strict=True):
            down, across = slice(row * size, row * size + size), slice(left * size, (left + long) * size)
            if kind == 0:
                plane[down, across] = np.roll(source, (away[1] * size, away[0] * size), (0, 1))[down, across]
            elif kind == 1:
                plane[down, across] = plane[down, across][::-1, ::-1].copy()
            else:
                plane[down, across] = 128 if kind == 2 else 0


def _rows(tally: Tally, what: str) -> Iterator[Row]:
    said, bad = tally.hit + tally.false, tally.hit + tally.missed
    yield Row("corrupt", f"{what}: recall of {bad} frames clearly damaged", tally.hit / max(1, bad), ">=", 0.9)
    yield Row("corrupt", f"{what}: precision, {tally.clean} frames undamaged", tally.hit / max(1, said), ">=", 0.95)
    yield Row(
        "corrupt", f"{what}: overlap of macroblocks, intersection over union", tally.common / max(1, tally.either)
    )


def _wild(filmed: Sequence[Sequence[Planes]]) -> Iterator[Row]:
    """False alarms under strobes, cuts and coarse quantisers."""
    random = np.random.default_rng(9)
    cuts = [
        clip[at] for at in range(0, len(filmed[0]), 8) for clip in filmed for at in range(at, at + 8) if at < len(clip)
    ]
    strobes: list[Planes] = []
    for frame in filmed[-1]:
        gain = float(random.choice([0.1, 1.0, 1.0, 2.5]))
        luma = np.clip((frame[0].astype(np.float32) - 16) * gain + 16, 0, 255).astype(np.uint8)
        strobes.append((luma, frame[1], frame[2]))
    for name, clip in (("cuts", mpeg2(cuts)), ("strobes", mpeg2(strobes)), ("1.5 Mb/s", mpeg2(filmed[0], 1.5))):
        share, _ = found_in(clip)
        yield Row(
            "corrupt", f"false alarms in {len(share)} frames with {name}", float((share >= LEAST_SHARE).sum()), "<=", 0
        )
