"""What does the tape look like? Small pictures of it, often enough that every shot has one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.look import Look
from encore.analysis.part import Parts
from encore.analysis.question import Question, Tape
from encore.core.video import CHROMA_CODES, LUMA_CODES
from encore.tape.shape import settle_sample_aspect

_EVERY = 8
"""Tape frames between two small pictures; no shot is shorter than six."""
_LINES = 96
"""Lines of a small picture; 2.5 kB each, 65 MB for a tape of two hours."""
_QUALITY = 72
"""Of JPEG; no block shows at this size."""
_TO_RGB = {"bt601": (1.402, 0.344136, 0.714136, 1.772), "bt709": (1.5748, 0.187324, 0.468124, 1.8556)}
"""Cr to R', Cb and Cr to G', Cb to B' (ITU-R BT.601-7 and BT.709-6)."""


class ThumbsQuestion(Question):
    """Keeps a small JPEG of every eighth tape frame, in the right shape and colours, made from its top field."""

    name = "thumbs"
    before, after = 0, 0

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        video = tape.video
        aspect, _ = settle_sample_aspect(video)
        self._size = (max(1, round(_LINES * aspect * video.width / video.height)), _LINES)
        self._pictures = bytearray()
        self._sizes: list[int] = []
        self._frames: list[int] = []

    def observe(self, now: Look) -> None:
        """See the next tape frame."""
        if now.counted and now.number % _EVERY == 0:
            done, jpeg = cv2.imencode(".jpg", self._picture(now), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
            if done:
                self._pictures += jpeg.tobytes()
                self._sizes.append(jpeg.size)
                self._frames.append(now.number)

    def sums(self) -> dict[str, NDArray[Any]]:
        """All pictures of this part in a row, their sizes in bytes and tape frames."""
        return {
            "jpeg": np.frombuffer(bytes(self._pictures), np.uint8),
            "bytes": np.array(self._sizes, np.int64),
            "frames": np.array(self._frames, np.int64),
        }

    def _picture(self, now: Look) -> NDArray[np.uint8]:
        """(lines, W, 3) B'G'R' codes."""
        colour = self.tape.video.colour
        black, white, steep = (0.0, 255.0, 255.0) if colour.full_range else (16.0, LUMA_CODES, CHROMA_CODES)
        luma = (self._small(now.top) - black) / white
        if now.chroma is None:
            return np.asarray(cv2.cvtColor(_codes(luma), cv2.COLOR_GRAY2BGR), np.uint8)
        blue, red = (self._small(plane[0::2]) / steep - 128 / steep for plane in now.chroma)
        cr_r, cb_g, cr_g, cb_b = _TO_RGB.get(colour.matrix, _TO_RGB["bt601"])
        return _codes(np.stack([luma + cb_b * blue, luma - cb_g * blue - cr_g * red, luma + cr_r * red], 2))

    def _small(self, plane: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.resize(plane, self._size, interpolation=cv2.INTER_AREA), np.float32)


def thumb_of(parts: Parts) -> Callable[[int], bytes | None]:
    """A function that gives the JPEG nearest to a tape frame; it reads one part at a time."""
    places: list[tuple[int, int, int, int]] = []
    for number, sums in enumerate(parts.sums("thumbs")):
        stops = np.cumsum(sums["bytes"])
        starts = stops - sums["bytes"]
        places += [(int(f), number, int(a), int(b)) for f, a, b in zip(sums["frames"], starts, stops, strict=True)]
    frames = [place[0] for place in places]

    def thumb(frame: int) -> bytes | None:
        if not places:
            return None
        _, number, start, stop = places[_nearest(frames, frame)]
        part = parts.known(parts.spans[number])
        return None if part is None else part.sums["thumbs.jpeg"][start:stop].tobytes()

    return thumb


def _nearest(ascending: Sequence[int], wanted: int) -> int:
    at = bisect_left(ascending, wanted)
    if at and (at == len(ascending) or wanted - ascending[at - 1] <= ascending[at] - wanted):
        return at - 1
    return at


def _codes(picture: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.clip(np.rint(picture * np.float32(255)), 0, 255).astype(np.uint8)
