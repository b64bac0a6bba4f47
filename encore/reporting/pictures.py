"""Previews on disk to small JPEGs inside the page, within a budget of bytes that a browser opens at once."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.result import ChunkResult, Result

MOST_PAIRS = 24
"""Before/after pairs in a page: enough to judge a concert, few enough to look at."""
PAIR_WIDTH = 1280
"""Pixels across of a restored picture in a pair; wider than most windows show."""
PAIR_BYTES = 5_500_000
THUMB_WIDTH = 200
THUMB_BYTES = 3_000_000
"""Budgets of all pairs and all thumbnails as JPEG; in base64 with 2000 shots the page stays below 15 MB."""
QUALITIES = (85, 75, 65, 55, 45, 35)
"""JPEG qualities that are tried until a picture fits; 85 shows no artefact at this size."""
SMALLEST_WIDTH = 64

Image = NDArray[np.uint8]
"""(H, W, 3) in OpenCV's channel order, blue first."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One moment before and after, as data addresses, with the chunk that it comes from."""

    chunk: ChunkResult
    before: str
    after: str
    before_size: tuple[int, int]
    """(width, height) of the tape frame in the page."""
    after_size: tuple[int, int]


def pairs_of(result: Result, previews: Path) -> tuple[Pair, ...]:
    """Up to `MOST_PAIRS` pairs in order of time: one of every shot first, then more of long shots.

    Pairs of which a picture is missing or broken are left out.
    """
    both = _kept(previews, result.chunks, "before") & _kept(previews, result.chunks, "after")
    whole = [chunk for chunk in result.chunks if chunk.key in both]
    first = _middles(whole)
    taken = {chunk.key for chunk in first}
    rest = [chunk for chunk in whole if chunk.key not in taken]
    chosen = _spread(first, MOST_PAIRS)
    chosen = sorted(chosen + _spread(rest, MOST_PAIRS - len(chosen)), key=lambda chunk: chunk.span.start)
    budget = PAIR_BYTES // max(1, 2 * len(chosen))
    pairs = (_pair(chunk, previews, budget) for chunk in chosen)
    return tuple(pair for pair in pairs if pair is not None)


def thumbs_of(result: Result, previews: Path, shape: Fraction) -> dict[int, str]:
    """Number of the shot to a small picture of it as data address; shots without a preview are not there.

    Args:
        result: whose chunks name the previews.
        previews: folder with `<chunk key>.after.jpg` and `<chunk key>.before.jpg`.
        shape: width over height at which pictures are shown.
    """
    kept = _kept(previews, result.chunks, "before") | _kept(previews, result.chunks, "after")
    chunks = _middles([chunk for chunk in result.chunks if chunk.key in kept])
    budget = THUMB_BYTES // max(1, len(chunks))
    thumbs: dict[int, str] = {}
    for chunk in chunks:
        image = _small(_file(previews, chunk, "after"))
        image = image if image is not None else _small(_file(previews, chunk, "before"))
        if image is not None:
            thumbs[chunk.shot] = address_of(jpeg_within(_sized(image, THUMB_WIDTH, shape), budget))
    return thumbs


def _file(previews: Path, chunk: ChunkResult, side: str) -> Path:
    return previews / f"{chunk.key}.{side}.jpg"


def _kept(previews: Path, chunks: Sequence[ChunkResult], side: str) -> set[str]:
    """Keys of the chunks that have a preview of this side."""
    return {chunk.key for chunk in chunks if _file(previews, chunk, side).is_file()}


def _middles(chunks: list[ChunkResult]) -> list[ChunkResult]:
    """The middle chunk of each shot, in order of time."""
    by_shot: dict[int, list[ChunkResult]] = {}
    for chunk in sorted(chunks, key=lambda chunk: chunk.span.start):
        by_shot.setdefault(chunk.shot, []).append(chunk)
    return [group[len(group) // 2] for group in by_shot.values()]


def _spread(chunks: Sequence[ChunkResult], most: int) -> list[ChunkResult]:
    """At most `most` of them, evenly spread."""
    if len(chunks) <= most:
        return list(chunks)
    return [chunks[(2 * i + 1) * len(chunks) // (2 * most)] for i in range(most)]


def _pair(chunk: ChunkResult, previews: Path, budget: int) -> Pair | None:
    before = _read(_file(previews, chunk, "before"), cv2.IMREAD_COLOR)
    after = _read(_file(previews, chunk, "after"), cv2.IMREAD_COLOR)
    if before is None or after is None:
        return None
    before, after = _sized(before, PAIR_WIDTH), _sized(after, PAIR_WIDTH)
    return Pair(
        chunk=chunk,
        before=address_of(jpeg_within(before, budget)),
        after=address_of(jpeg_within(after, budget)),
        before_size=(before.shape[1], before.shape[0]),
        after_size=(after.shape[1], after.shape[0]),
    )


def _read(path: Path, mode: int) -> Image | None:
    """A picture, or None where there is none that can be read; paths outside ASCII work on every system."""
    try:
        data = np.fromfile(path, np.uint8)
    except OSError:
        return None
    image = cv2.imdecode(data, mode) if data.size else None
    return None if image is None else np.asarray(image, np.uint8)


def _small(path: Path) -> Image | None:
    """A picture at least as wide as a thumbnail where it can be; large ones are decoded at a quarter, much faster."""
    image = _read(path, cv2.IMREAD_REDUCED_COLOR_4)
    return image if image is None or image.shape[1] >= THUMB_WIDTH else _read(path, cv2.IMREAD_COLOR)


def _sized(image: Image, width: int, shape: Fraction | None = None) -> Image:
    """At most `width` across; with `shape`, stretched to it."""
    width = min(width, image.shape[1])
    height = round(width / shape) if shape else round(image.shape[0] * width / image.shape[1])
    if (width, height) == (image.shape[1], image.shape[0]):
        return image
    return np.asarray(cv2.resize(image, (width, max(1, height)), interpolation=cv2.INTER_AREA), np.uint8)


def jpeg_within(image: Image, budget: int) -> bytes:
    """The best JPEG that fits the budget in bytes: less quality first, then half the size."""
    data = b""
    for quality in QUALITIES:
        data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1])[
            1
        ].tobytes()
        if len(data) <= budget:
            return data
    return data if image.shape[1] <= SMALLEST_WIDTH else jpeg_within(_sized(image, image.shape[1] // 2), budget)


def address_of(data: bytes) -> str:
    """A JPEG as data address, for the page itself."""
    return "data:image/jpeg;base64," + base64.b64encode(data).decode()
