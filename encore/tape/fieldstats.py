"""FieldMeter: what the fields of a tape say about each other, one row of numbers per tape frame, flags unread."""

from __future__ import annotations

import io
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast
from zipfile import BadZipFile

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.doc import write_atomically
from encore.core.errors import DocumentError
from encore.core.time import Span

Numbers = NDArray[np.float32]
"""One float32 per tape frame."""
Image = NDArray[np.float32]

_BLOCK = 16
"""Samples; light is allowed to differ between two fields per block of this many field lines and (half-width) samples.
Small enough for a moving light beam, large enough that the comb of an edge averages out inside it."""
_TOP, _BOTTOM, _SIDE = 8, 16, 8
"""Lines and samples left out of the measure: blanking, head switching (up to 16 lines) and side overscan."""
_MAX_WIDTH = 720
"""Samples; wider frames are averaged down across, which costs no line and keeps the time per frame bounded."""


@dataclass(frozen=True, slots=True)
class FieldStats:
    """What the fields of each tape frame k have in common with each other and with those of frame k + 1.

    T is the top field (even lines), B the bottom field. All arrays are float32 with one entry per tape frame;
    entries that need frame k + 1 are nan for the last one. Energies are in squared 8-bit codes, mean over the
    frame, with differences of local light taken out: C, the comb, is the energy of bottom lines against the mean
    of the top lines around them (0: a smooth weave); D, the change, that between fields of the same parity.
    """

    comb_same: Numbers
    """C(T_k, B_k)."""
    comb_top_next: Numbers
    """C(T_k+1, B_k)."""
    comb_bottom_next: Numbers
    """C(T_k, B_k+1)."""
    top_change: Numbers
    """D(T_k, T_k+1)."""
    bottom_change: Numbers
    """D(B_k, B_k+1)."""
    detail: Numbers
    """Energy of the lines of T_k against the mean of their neighbours in T_k: a weave with more comb than this is
    of two moments, however still everything else is."""
    error: Numbers
    """Standard error of the difference of two combs, from its spread over blocks (median, robust to motion)."""
    top_light: Numbers
    """Mean of T_k, 8-bit codes."""
    bottom_light: Numbers
    """Mean of B_k, 8-bit codes."""

    def __len__(self) -> int:
        """Tape frames."""
        return len(self.comb_same)

    def cut(self, span: Span) -> FieldStats:
        """The rows of a span of tape frames; its last row no longer knows the frame after it.

        Args:
            span: tape frames, inside 0..len.
        """
        rows = {field.name: cast(Numbers, getattr(self, field.name))[span.start : span.stop] for field in fields(self)}
        for name in (*_FORWARD, "error"):
            rows[name] = rows[name].copy()
            rows[name][-1:] = np.nan
        return FieldStats(**rows)

    def without(self, frames: NDArray[np.int64]) -> FieldStats:
        """The same, but nothing known about how `frames` differ from the frames after them."""
        rows = {field.name: cast(Numbers, getattr(self, field.name)) for field in fields(self)}
        for name in _FORWARD:
            rows[name] = rows[name].copy()
            rows[name][frames] = np.nan
        return FieldStats(**rows)

    def save(self, path: Path) -> None:
        """Write as npz.

        Raises:
            OutputError: the folder is not writable or the disk is full.
        """
        arrays: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        packed = io.BytesIO()
        np.savez(packed, **arrays)
        write_atomically(path, packed.getvalue())

    @classmethod
    def load(cls, path: Path) -> FieldStats:
        """Read back what `save` wrote.

        Raises:
            DocumentError: the file is missing, no npz, or of something else.
        """
        try:
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                return cls(**{field.name: file[field.name].astype(np.float32) for field in fields(cls)})
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise DocumentError(f"{path}: cannot be read as field statistics ({error})") from error


_FORWARD = ("comb_top_next", "comb_bottom_next", "top_change", "bottom_change")


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of one tape frame, ready to be compared."""

    top: Image
    bottom: Image
    between: Image
    """Mean of the top lines above and below each bottom line."""
    same: Image
    """Comb per block of the frame itself."""


class FieldMeter:
    """Measures `FieldStats` from woven tape frames, given one by one, in order; keeps only the last frame.

    The comb follows the idea of FFmpeg's idet (libavfilter/vf_idet.c: lines against their neighbours in this, the
    last and the next field), as an energy, so that noise adds the same to every comb and cancels in differences,
    and less the local mean per block, so that strobes, fades and light beams do not comb. Cost: 1.8-2.4 ms for
    720x480 on one core (measured, Xeon).

    Args:
        depth: bits per sample of the frames to come, 8-16.
    """

    def __init__(self, depth: int = 8) -> None:
        self._scale = 2.0 ** (8 - depth)
        self._last: _Fields | None = None
        self._rows: list[tuple[float, ...]] = []

    def add(self, luma: NDArray[Any]) -> None:
        """Measure the next tape frame.

        Args:
            luma: (H, W) unsigned samples, even lines are the top field; H at least 8, W at least 8, the same
                for all frames.

        Raises:
            ValueError: the frame is too small, no plane, or of another size than the one before.
        """
        if luma.ndim != 2 or min(luma.shape) < 8:
            raise ValueError(f"a tape frame must be a plane of at least 8x8 samples, not {luma.shape}")
        now = _fields_of(luma, self._scale)
        if self._last is not None:
            if self._last.top.shape != now.top.shape:
                raise ValueError("all tape frames must have the same size")
            self._rows[-1] = (*self._rows[-1][:4], *_against_next(self._last, now))
        lines = cast(Image, now.top[1:-1] - (now.top[:-2] + now.top[2:]) * np.float32(0.5))
        here = (now.same.mean(), _energy(lines).mean(), now.top.mean(), now.bottom.mean())
        self._rows.append((*(float(value) for value in here), *(np.nan,) * 5))
        self._last = now

    def stats(self) -> FieldStats:
        """What was measured so far."""
        table = np.array(self._rows, np.float32).reshape(-1, 9)
        same, detail, top, bottom, top_next, bottom_next, top_change, bottom_change, error = table.T.copy()
        return FieldStats(
            comb_same=same, comb_top_next=top_next, comb_bottom_next=bottom_next, top_change=top_change,
            bottom_change=bottom_change, detail=detail, error=error, top_light=top, bottom_light=bottom,
        )  # fmt: skip


def _fields_of(luma: NDArray[Any], scale: float) -> _Fields:
    """Split a frame into fields of half width (half the noise, half the work), without its disturbed rim."""
    height, width = luma.shape
    if height > 8 * (_TOP + _BOTTOM) and width > 8 * _SIDE:
        luma = luma[_TOP : height - _BOTTOM, _SIDE : width - _SIDE]
    luma = luma[: luma.shape[0] // 2 * 2]
    across = max(2, -(-luma.shape[1] // (_MAX_WIDTH // 2)))
    small = cv2.resize(luma, (luma.shape[1] // across, luma.shape[0]), interpolation=cv2.INTER_AREA)
    frame = cast(Image, small.astype(np.float32))
    if scale != 1:
        frame *= np.float32(scale)
    top, bottom = frame[0::2], frame[1:-1:2]
    between = cast(Image, (top[:-1] + top[1:]) * np.float32(0.5))
    return _Fields(top, bottom, between, _energy(bottom - between))


def _against_next(last: _Fields, now: _Fields) -> tuple[float, ...]:
    """Both crossed combs, both changes, and the standard error of a comb difference."""
    top_next = _energy(last.bottom - now.between)
    bottom_next = _energy(now.bottom - last.between)
    spread = np.concatenate([(last.same - top_next).ravel(), (last.same - bottom_next).ravel()])
    error = 1.4826 * float(np.median(np.abs(spread))) / float(np.sqrt(top_next.size))
    changes = _energy(now.top - last.top).mean(), _energy(now.bottom - last.bottom).mean()
    return float(top_next.mean()), float(bottom_next.mean()), float(changes[0]), float(changes[1]), error


def _energy(difference: Image) -> Image:
    """Variance of a difference per block: its energy without what is only a change of local light."""
    height, width = difference.shape
    tall, wide = min(_BLOCK, height), min(_BLOCK, width)
    whole = difference[: height // tall * tall, : width // wide * wide]
    grid = width // wide, height // tall
    mean = cv2.resize(whole, grid, interpolation=cv2.INTER_AREA)
    square = cv2.resize(whole * whole, grid, interpolation=cv2.INTER_AREA)
    return cast(Image, np.maximum(square - mean * mean, 0))
