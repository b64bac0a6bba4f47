"""Restored pictures of a chunk into one encoder or several, each shown as often as the film needs it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

import cv2
import numpy as np

from encore.core.doc import write_atomically
from encore.core.errors import StageError
from encore.core.video import Chroma, Clip, Plane
from encore.encoding.codecs import KEY_FRAME_S, Codec
from encore.media.colour import gather_chroma, narrowed
from encore.media.write import ChunkWriter

SUFFIX_OF = {"prores": ".mov", "ffv1": ".mkv"}
"""Chunk container by codec kind, where it is not MP4."""

Planes = tuple[Plane, Plane, Plane]


@dataclass(frozen=True, slots=True)
class Outlet:
    """A chunk that is wanted of some pictures."""

    path: Path
    """Chunk to write."""
    codec: Codec
    listing: Path | None = None
    """Where to write the MD5 of every frame that the encoder gets, one per line; None: nowhere."""


def encode_chunk(
    clips: Iterable[Clip], shown: Sequence[int], codec: Codec, rate: Fraction, path: Path, watch: Callable[[int], None]
) -> int:
    """`encode_outlets` with one outlet: encode one chunk; it appears under `path` when it is whole.

    Returns:
        Frames by which decoding order runs ahead of display order.
    """
    return encode_outlets(clips, shown, (Outlet(path, codec),), rate, watch)[0]


def encode_outlets(
    clips: Iterable[Clip], shown: Sequence[int], outlets: Sequence[Outlet], rate: Fraction, watch: Callable[[int], None]
) -> list[int]:
    """Encode the same frames with several codecs at once; no chunk appears before all encoders have all frames.

    Args:
        clips: restored pictures in order, in 16-bit codes at the film's size.
        shown: the picture number of every frame of the chunk, never decreasing.
        outlets: what is to be made of them.
        rate: frames per second.
        watch: hears the number of frames handed over so far.

    Returns:
        For every outlet, the frames by which decoding order runs ahead of display order.

    Raises:
        StageError: the pictures do not cover `shown`.
        ToolError, OutputError, VerifyError: as `ChunkWriter`.
    """
    coming = iter(clips)
    first = next(coming, None)
    if first is None:
        raise StageError(f"{len(shown)} frames of a chunk had no picture")
    size, done = (first.format.width, first.format.height), 0
    with ExitStack() as open_:
        taps: list[_Tap] = []
        for outlet in outlets:
            taps.append(_Tap(outlet, size, rate))
            open_.enter_context(taps[-1])
        for clip in chain((first,), coming):
            for index, number in enumerate(clip.at):
                times = 0
                while done < len(shown) and shown[done] == number:
                    done, times = done + 1, times + 1
                for tap in taps if times else ():
                    tap.show(clip, index, times)
                for frames in range(done - times, done):
                    watch(frames + 1)
        if done != len(shown):
            raise StageError(f"{len(shown) - done} frames of a chunk had no picture")
        return [tap.close() for tap in taps]


class _Tap(ChunkWriter):
    """An encoder that takes pictures in 16-bit codes, with the chroma they have."""

    def __init__(self, outlet: Outlet, size: tuple[int, int], rate: Fraction) -> None:
        codec = outlet.codec
        super().__init__(outlet.path, size, rate, codec.chroma, codec.depth, codec.arguments(round(KEY_FRAME_S * rate)))
        self._codec, self._listing = codec, outlet.listing
        self._sums: list[str] = []

    def show(self, clip: Clip, index: int, times: int) -> None:
        """Append a picture, so many times."""
        planes = codes_of(clip, index, self._codec.chroma, self._codec.depth)
        for _ in range(times):
            self.write(planes)
        if self._listing is not None:
            self._sums += [_md5(planes)] * times

    def close(self) -> int:
        """As `ChunkWriter`; the listing is written before the chunk gets its name."""
        if self._listing is not None:
            write_atomically(self._listing, "".join(f"{total}\n" for total in self._sums).encode())
        return super().close()


def codes_of(clip: Clip, index: int, chroma: Chroma, depth: int) -> Planes:
    """A picture as an encoder takes it: chroma brought to its places, codes rounded to `depth` bits."""
    y, cb, cr = clip.y[index], clip.cb[index], clip.cr[index]
    given = clip.format.chroma
    cb, cr = (_resampled(plane, given, chroma, (y.shape[0], y.shape[1])) for plane in (cb, cr))
    return narrowed(y, depth), narrowed(cb, depth), narrowed(cr, depth)


def _resampled(plane: Plane, given: Chroma, wanted: Chroma, size: tuple[int, int]) -> Plane:
    """16-bit codes of chroma with another subsampling; sited left before and after."""
    if given == wanted:
        return plane
    height, width = size[0] // (2 if wanted == "420" else 1), size[1] // 2
    if given == "444":
        fine = gather_chroma(plane.astype(np.float32), (height, width), 2)
        return np.clip(np.rint(fine), 0, 65535).astype(np.uint16)
    how = cv2.INTER_AREA if height < plane.shape[0] else cv2.INTER_LANCZOS4
    return cv2.resize(plane, (width, height), interpolation=how)


def _md5(planes: Planes) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    for plane in planes:
        digest.update(np.ascontiguousarray(plane).data)
    return digest.hexdigest()
