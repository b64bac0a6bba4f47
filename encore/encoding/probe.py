"""Try a CRF on a few pictures of a shot: encode them, measure, throw the encode away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from encore.core.video import Patch
from encore.encoding.banned import refuse
from encore.encoding.codecs import KEY_FRAME_S
from encore.encoding.curve import Point
from encore.encoding.quality import Limits, Quality, quality_of
from encore.encoding.tuned import Tuned, arguments, at_crf
from encore.media.framesizes import FrameSizes, frame_sizes
from encore.media.process import run
from encore.media.vmaf import Scores, detail_gain, scored
from encore.media.write import TAGS
from encore.media.y4m import raw_pictures

FASTER = 2
"""Presets by which a probe is quicker than the encode. More would not rank pictures as the encode does: AV1 with preset
10 for 6 missed by -4.2 to +4.4 points, with 8 for 6 by -1.1 to +1.5."""


@dataclass(frozen=True, slots=True)
class Window:
    """A run of pictures of a shot, raw on disk as the encoder would get them."""

    path: Path
    weight: float = 1.0
    """Share of the shot that it stands for."""
    faces: tuple[Patch, ...] = ()
    """Where faces are while it lasts, even edges."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a probe found."""

    point: Point
    quality: Quality


class Prober:
    """Tries CRFs on the windows of one shot.

    Args:
        windows: at least one.
        codec: recipe of the encode.
        frames: of the shot.
        limits: of the profile, for the strain.
        scratch: folder for what is thrown away.
    """

    def __init__(self, windows: Sequence[Window], codec: Tuned, frames: int, limits: Limits, scratch: Path) -> None:
        self._windows, self._codec, self._frames, self._limits = tuple(windows), codec, frames, limits
        self._scratch = scratch
        self._raws = [raw_pictures(window.path) for window in windows]
        self._own = [scored(window.path, window.path) for window in windows]

    @property
    def rate(self) -> Fraction:
        """Frames per second of the shot."""
        return self._raws[0].rate

    def probe(self, crf: float, *, faster: int = FASTER, thorough: bool = False) -> Seen:
        """Encode all windows at a CRF and measure them.

        Args:
            crf: the one to try.
            faster: presets by which it is quicker than the encode.
            thorough: look for sharpening too, which takes twice the time.

        Raises:
            ToolError, OutputError: the encoder or the measuring failed; VerifyError: it lost a frame.
        """
        found: list[Scores] = []
        sizes: list[FrameSizes] = []
        details: list[float] = []
        for number, window in enumerate(self._windows):
            path = self._scratch / f"probe{number}.mp4"
            try:
                encode_raw(window.path, at_crf(self._codec, crf, faster), path)
                sizes.append(frame_sizes(path))
                found.append(scored(path, window.path, old=thorough, faces=window.faces))
                if thorough and (detail := detail_gain(path, window.path)) is not None:
                    details.append(detail)
            finally:
                path.unlink(missing_ok=True)
        quality = self._pooled(found, max(details, default=None))
        weight = self._bytes(sizes)
        return Seen(Point(crf=crf, drop=quality.drop, strain=quality.strain(self._limits), bytes=weight), quality)

    def _pooled(self, found: Sequence[Scores], detail: float | None) -> Quality:
        each = [quality_of(scores, own, self.rate) for scores, own in zip(found, self._own, strict=True)]
        shares = np.array([window.weight for window in self._windows])
        weights = np.concatenate(
            [np.full(raw.frames, share / raw.frames) for raw, share in zip(self._raws, shares, strict=True)]
        )
        whole = quality_of(_joined(found), _joined(self._own), self.rate, weights=weights, detail=detail)
        gaps = [one.face_gap for one in each if one.face_gap is not None]
        worst = max(one.second for one in each)  # a second does not reach from one window into the next
        return whole.model_copy(update={"second": worst, "face_gap": min(gaps, default=None)})

    def _bytes(self, sizes: Sequence[FrameSizes]) -> float:
        """Of the whole shot: key frames as often as it will have them, and all others as the windows have them."""
        keys = -(-self._frames // max(1, round(KEY_FRAME_S * self.rate)))
        shares = np.array([window.weight for window in self._windows])
        shares = shares / shares.sum()
        key = [float(np.mean([one.bytes[n] for n in one.keys])) for one in sizes]
        rest = [
            float(np.mean([size for n, size in enumerate(one.bytes) if n not in one.keys] or [0.0])) for one in sizes
        ]
        return float(keys * (shares * key).sum() + (self._frames - keys) * (shares * rest).sum())


def encode_raw(raw: Path, codec: Tuned, out: Path, more: Sequence[str] = ()) -> None:
    """Encode raw pictures just as a chunk would be.

    Raises:
        PlanError: a banned trick; ToolError, OutputError: the encoder failed.
    """
    keys = round(KEY_FRAME_S * raw_pictures(raw).rate)
    given = (*arguments(codec, keys), *more)
    refuse(given)
    depth = "yuv420p" if codec.depth == 8 else "yuv420p10le"
    tags = ("-vf", TAGS, "-fps_mode", "passthrough")
    run("trying a quality", ("-i", str(raw), *tags, *given, "-pix_fmt", depth, "-f", "mp4", str(out)))


def _joined(parts: Sequence[Scores]) -> Scores:
    """Scores of several windows as one."""

    def whole(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None:
        columns = [getattr(part, name) for part in parts]
        return None if any(column is None for column in columns) else np.concatenate(columns)

    xpsnr = whole("xpsnr")
    assert xpsnr is not None, "measured for every frame"
    at = tuple(range(len(xpsnr)))
    return Scores(at, whole("v1"), whole("v0"), whole("neg"), whole("banding"), xpsnr)
