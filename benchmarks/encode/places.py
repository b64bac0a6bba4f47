"""Faces favoured by x264 and x265: what they gain, and what everything else pays, at equal bytes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.encode.asked import Asked
from benchmarks.encode.bdrate import bd_rate
from benchmarks.encode.material import RATE, SIZE, shots
from benchmarks.scan.table import Row
from encore.core.video import Patch
from encore.encoding.codecs import Avc, Hevc
from encore.encoding.curve import hermite, rising, tangents
from encore.encoding.regions import OFFSET, held, regions_of
from encore.encoding.tuned import at_crf
from encore.media.framesizes import frame_sizes
from encore.media.regionwrite import RegionWriter
from encore.media.vmaf import scored
from encore.media.y4m import Y4mWriter, planes, raw_pictures

FACES: dict[str, Patch] = {"close": (240, 96, 400, 272)}
"""Where the singer's face is in a generated scene, samples."""
FRAMES = 48
CRFS = {"avc": (20, 26, 32), "hevc": (22, 28, 34)}
GAIN_DB = 0.7
"""That a face should gain at equal bytes."""
LOST = 0.3
"""Points of VMAF v1 that the whole picture may lose for it."""


@dataclass(frozen=True, slots=True)
class Encode:
    """Figures of one."""

    bytes: int
    face: float
    """PSNR inside, dB."""
    vmaf: float


def bench(asked: Asked) -> Iterator[Row]:
    """Rows of the table."""
    with ExitStack() as stack:
        folder = asked.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        shot = next(one for one in shots(folder, None, full=asked.full) if one.name == "close")
        for codec in (Avc(), Hevc()):
            path = folder / f"places{codec.depth}.y4m"
            _cut(shot.path, path, codec.depth)
            found = {told: [_encoded(path, codec, crf, told, folder) for crf in CRFS[codec.kind]]
                     for told in (False, True)}  # fmt: skip
            yield from _rows(codec.kind, found[False], found[True])


def _rows(kind: str, plain: list[Encode], told: list[Encode]) -> Iterator[Row]:
    middle = plain[1].bytes
    face = _at(told, middle, "face") - _at(plain, middle, "face")
    lost = _at(plain, middle, "vmaf") - _at(told, middle, "vmaf")
    yield Row("places", f"{kind}: PSNR-Y of the face at equal bytes, dB", face, ">=", GAIN_DB, 2)
    yield Row("places", f"{kind}: VMAF v1 of the whole picture lost for it, points", lost, "<=", LOST, 2)
    rate = bd_rate([(one.bytes, one.face) for one in plain], [(one.bytes, one.face) for one in told])
    if rate is not None:
        yield Row("places", f"{kind}: bytes at equal PSNR-Y of the face, %", rate, digits=1)


def _at(encodes: list[Encode], size: float, name: str) -> float:
    """A figure at a number of bytes."""
    order = sorted(encodes, key=lambda one: one.bytes)
    x = np.log([float(one.bytes) for one in order])
    y = rising(x, np.array([float(getattr(one, name)) for one in order]), 1e-6)
    return float(hermite(x, y, tangents(x, y), np.array([np.log(size)]))[0])


def _encoded(path: Path, codec: Avc | Hevc, crf: int, told: bool, folder: Path) -> Encode:
    raw, film = raw_pictures(path), folder / "places.mp4"
    face = FACES["close"]
    places = held([(face,)] * raw.frames, SIZE)
    with RegionWriter(film, SIZE, RATE, codec.depth, at_crf(codec, crf).arguments(150)) as writer:
        for picture, here in zip(planes(raw), places, strict=True):
            marked = regions_of(here, SIZE, OFFSET[codec.kind]) if told else ()
            writer.write(picture, tuple((one.place, one.offset) for one in marked))
        writer.close()
    scores = scored(film, path, faces=[face])
    size = sum(frame_sizes(film).bytes)
    film.unlink()
    assert scores.v1 is not None, "VMAF is there"
    return Encode(size, float(scores.faces[0].mean()), float(scores.v1.mean()))


def _cut(whole: Path, path: Path, depth: int) -> None:
    raw = raw_pictures(whole)
    with Y4mWriter(path, SIZE, RATE, depth) as writer:
        for number, picture in enumerate(planes(raw)):
            if number < FRAMES:
                y, cb, cr = ((plane >> 2).astype(np.uint8) if depth == 8 else plane for plane in picture)
                writer.write((y, cb, cr))
        writer.close()
