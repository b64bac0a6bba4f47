"""Look: one tape frame, prepared once for all questions: fields, half size, motion to the frame before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint8]
Image = NDArray[np.float32]
"""8-bit codes, whatever the tape's depth; deeper tapes keep their fractions."""
Flow = NDArray[np.float32]
"""(H, W, 2): where the sample shown here is in the other picture, as steps across and down."""

_CHAIN = 3
"""Frames that a look remembers before itself."""
_LEVELS = (4.0, (6, 4))
"""CLAHE limit and tiles: flow must not see the light change (algorithm trials: AUC 1.0 against changes of light)."""

_SMALLEST = 12
"""Samples on a side below which OpenCV's flow fails; nothing is said to move there."""


class _Dis(Protocol):
    """What we use of OpenCV's dense flows."""

    def calc(self, before: Codes, after: Codes, flow: None, /) -> Any: ...  # noqa: ANN401 - OpenCV's own


class _Tools:
    """Flow and equaliser; one set per series of looks, not for sharing between threads."""

    def __init__(self) -> None:
        self.flow = cast(_Dis, cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST))
        self.clahe = cv2.createCLAHE(clipLimit=_LEVELS[0], tileGridSize=_LEVELS[1])


class Look:
    """One woven tape frame and what several questions want to know of it; each is computed when first asked for.

    The top field (even lines) stands for the frame wherever one field is enough, so that interlaced frames do not
    comb. Arrays are shared: never write into them.

    Attributes:
        number: tape frame.
        planes: luma, or luma, Cb, Cr, as on the tape: uint8, or uint16 of `depth` bits.
        depth: bits per sample.
        own: False where the tape has no frame of its own here and the one before is shown.
        quantiser: mean quantiser of the stream's own scale, None where it does not tell.
        counted: False on frames that are shown for context only, before and after a part of the tape.
        previous: the look before, up to three of them.
    """

    def __init__(
        self, number: int, planes: Sequence[NDArray[Any]], depth: int, tools: _Tools, previous: Look | None
    ) -> None:
        self.number, self.planes, self.depth, self.previous = number, tuple(planes), depth, previous
        self.own, self.counted = True, True
        self.quantiser: float | None = None
        self._tools = tools

    @cached_property
    def luma(self) -> Image:
        """(H, W)."""
        return _codes(self.planes[0], self.depth)

    @cached_property
    def chroma(self) -> tuple[Image, Image] | None:
        """Cb and Cr in their own size, 128 is neutral; None on grey tapes."""
        if len(self.planes) < 3:
            return None
        return _codes(self.planes[1], self.depth), _codes(self.planes[2], self.depth)

    @property
    def top(self) -> Image:
        """(ceil(H / 2), W): even lines."""
        return self.luma[0::2]

    @property
    def bottom(self) -> Image:
        """(floor(H / 2), W): odd lines."""
        return self.luma[1::2]

    @cached_property
    def half(self) -> Codes:
        """(H // 2, W // 2): the top field averaged across, so that samples are as high as they are wide."""
        height, width = self.planes[0].shape
        lines = self.planes[0][0 : height // 2 * 2 : 2]
        small = cv2.resize(lines, (max(1, width // 2), lines.shape[0]), interpolation=cv2.INTER_AREA)
        if small.dtype != np.uint8:
            small = np.minimum(small * np.float32(2.0 ** (8 - self.depth)), 255)
        return small.astype(np.uint8)

    @cached_property
    def level(self) -> Codes:
        """`half` with local contrast equalised: what flow is measured on."""
        return cast(Codes, self._tools.clahe.apply(self.half))

    @cached_property
    def flow_back(self) -> Flow | None:
        """From `half` to that of the frame before; None on the first frame."""
        return None if self.previous is None else self._flow(self.level, self.previous.level)

    @cached_property
    def flow_on(self) -> Flow | None:
        """From `half` of the frame before to this one; None on the first frame."""
        return None if self.previous is None else self._flow(self.previous.level, self.level)

    def _flow(self, before: Codes, after: Codes) -> Flow:
        if min(before.shape) < _SMALLEST:
            return np.zeros((*before.shape, 2), np.float32)
        return cast(Flow, self._tools.flow.calc(before, after, None))


class Looker:
    """Turns tape frames, given in order, into looks. Not for sharing between threads.

    Args:
        depth: bits per sample, 8-16.
        first: number of the first tape frame.
    """

    def __init__(self, depth: int = 8, first: int = 0) -> None:
        self._depth, self._next, self._tools = depth, first, _Tools()
        self._last: Look | None = None

    def look(self, planes: Sequence[NDArray[Any]]) -> Look:
        """The next frame.

        Args:
            planes: luma (H, W), or luma and two chroma planes, unsigned samples; H and W at least 8.

        Raises:
            ValueError: no plane, too small, or of another size than the frames before.
        """
        luma = planes[0]
        if luma.ndim != 2 or min(luma.shape) < 8:
            raise ValueError(f"a tape frame must be a plane of at least 8x8 samples, not {luma.shape}")
        if self._last is not None and self._last.planes[0].shape != luma.shape:
            raise ValueError("all tape frames must have the same size")
        now = Look(self._next, planes, self._depth, self._tools, self._last)
        old = now
        for _ in range(_CHAIN):
            old = old.previous or old
        old.previous = None  # so that memory does not grow
        self._last, self._next = now, self._next + 1
        return now


def _codes(plane: NDArray[Any], depth: int) -> Image:
    codes = plane.astype(np.float32)
    return codes if depth == 8 else codes * np.float32(2.0 ** (8 - depth))
