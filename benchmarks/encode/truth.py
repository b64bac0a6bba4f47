"""What every CRF really costs a shot: whole shots encoded as a film would be, measured in full, and kept."""

from __future__ import annotations

import functools
import resource
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.encode.material import RATE, Shot
from encore.core.doc import Doc
from encore.encoding.curve import hermite, tangents
from encore.encoding.probe import encode_raw
from encore.encoding.quality import Quality, quality_of
from encore.encoding.tuned import RANGES, Tuned, at_crf
from encore.media.framesizes import frame_sizes
from encore.media.vmaf import Scores, scored

Numbers = NDArray[np.float64]
STEP = 8.0
"""CRF between true encodes; between them, curves through all of them are read: an encode in their middle lies
within 0.1 points and 1 % of bytes of it."""


class Encoded(Doc):
    """A whole shot at one CRF."""

    crf: float
    bytes: int
    quality: Quality
    own: float
    """Mean VMAF v1 of the reference against itself."""
    neg: float
    """Mean VMAF v0.6.1 NEG."""
    first: float
    """1st percentile of VMAF v1."""
    xpsnr_low: float
    """15th percentile of XPSNR over every third frame, dB."""
    encode_s: float
    measure_s: float
    """Processor seconds."""


@dataclass(frozen=True, slots=True)
class Truth:
    """All encodes of a shot, rising CRF."""

    shot: Shot
    encodes: tuple[Encoded, ...]

    @property
    def crfs(self) -> Numbers:
        """Of the encodes."""
        return np.array([one.crf for one in self.encodes])

    def at(self, name: str, crf: float) -> float:
        """A figure at any CRF: `bytes`, `drop`, `p95`, `second`, `vmaf`, `neg`, `xpsnr`, `first`, `xpsnr_low`, ..."""
        if name == "bytes":
            return float(2 ** self._read(np.log2([one.bytes for one in self.encodes]), crf))
        owners = [one if hasattr(one, name) else one.quality for one in self.encodes]
        return float(self._read(np.array([getattr(owner, name) for owner in owners], float), crf))

    def _read(self, values: Numbers, crf: float) -> float:
        return float(hermite(self.crfs, values, tangents(self.crfs, values), np.array([crf]))[0])


def truth(shot: Shot, codec: Tuned, folder: Path) -> Truth:
    """Encode a shot at every `STEP`-th CRF, or read what an earlier run found."""
    limits = RANGES[codec.kind]
    crfs = np.arange(limits.least + 2, limits.most, STEP)
    return Truth(shot, tuple(_encoded(shot, codec, float(crf), folder) for crf in crfs))


def _encoded(shot: Shot, codec: Tuned, crf: float, folder: Path) -> Encoded:
    path = folder / f"{shot.path.stem}-{codec.kind}{codec.speed}-{crf:g}.json"
    if path.exists():
        return Encoded.load(path)
    film = path.with_suffix(".mp4")
    own, started = _own(shot.path), spent()
    encode_raw(shot.path, at_crf(codec, crf), film)
    encode_s, started = spent() - started, spent()
    scores = scored(film, shot.path, old=True)
    measure_s = spent() - started
    assert scores.neg is not None and scores.v1 is not None and own.v1 is not None, "VMAF is there"
    sizes = frame_sizes(film)
    made = Encoded(
        crf=crf, bytes=sum(sizes.bytes), quality=quality_of(scores, own, RATE, keys=sizes.keys),
        own=float(own.v1.mean()), neg=float(scores.neg.mean()), first=float(np.percentile(scores.v1, 1)),
        xpsnr_low=float(np.percentile(scores.xpsnr[::3], 15)), encode_s=encode_s, measure_s=measure_s,
    )  # fmt: skip
    made.save(path)
    film.unlink()
    return made


@functools.cache
def _own(path: Path) -> Scores:
    return scored(path, path)


def spent() -> float:
    """Processor seconds of all programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
