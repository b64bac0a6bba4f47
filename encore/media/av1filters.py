"""Quantisers, segments and filters in the header of an AV1 frame: read in order to get past them."""

from __future__ import annotations

from dataclasses import dataclass

from encore.media.av1bits import Bits
from encore.media.av1obu import Sequence

_SEGMENTS = 8
_FEATURES = ((8, True), (6, True), (6, True), (6, True), (6, True), (3, False), (0, False), (0, False))
"""Bits and sign of what a segment may change (AV1 specification, 5.9.14)."""


@dataclass(frozen=True, slots=True)
class Segments:
    """What segments change of the quantiser, by segment; None: nothing."""

    quantisers: tuple[int | None, ...] = (None,) * _SEGMENTS


@dataclass(frozen=True, slots=True)
class Filters:
    """What the rest of a header depends on."""

    segments: Segments
    lossless: bool


def filters(bits: Bits, sequence: Sequence, before: Segments | None, block_copy: bool, full_width: bool) -> Filters:
    """Read quantization_params() to lr_params().

    Source: AV1 specification, 5.9.11 to 5.9.20.

    Args:
        bits: after tile_info().
        sequence: of the stream.
        before: segments of the primary reference frame; None: there is none.
        block_copy: allow_intrabc.
        full_width: the frame is not narrowed by super-resolution.
    """
    quantiser, exact = _quantisers(bits, sequence)
    segments, active = _segments(bits, before)
    changed = quantiser > 0 and bits.flag()  # delta_q_present
    if changed:
        bits.number(2)
        if not block_copy and bits.flag():  # delta_lf_present
            bits.number(3)
    levels = [quantiser + (change or 0) if active else quantiser for change in segments.quantisers]
    lossless = exact and all(level <= 0 for level in levels)
    if not (lossless or block_copy):
        _deblocking(bits, sequence)
        if sequence.cdef:
            bits.number(2)  # cdef_damping
            bits.number((6 if sequence.mono else 12) << bits.number(2))
    if sequence.restoration and not block_copy and not (lossless and full_width):
        _restoration(bits, sequence)
    return Filters(segments, lossless)


def _quantisers(bits: Bits, sequence: Sequence) -> tuple[int, bool]:
    """base_q_idx, and whether no plane differs from it."""
    base, changes = bits.number(8), [_change(bits)]
    if not sequence.mono:
        apart = sequence.separate_delta and bits.flag()
        changes += [_change(bits) for _ in range(4 if apart else 2)]
    if bits.flag():  # using_qmatrix
        bits.number(12 if sequence.separate_delta else 8)
    return base, not any(changes)


def _change(bits: Bits) -> int:
    return bits.signed(7) if bits.flag() else 0


def _segments(bits: Bits, before: Segments | None) -> tuple[Segments, bool]:
    """What segments change, and whether there are any."""
    if not bits.flag():
        return Segments(), False
    if before is not None:
        if bits.flag():  # segmentation_update_map
            bits.flag()
        if not bits.flag():  # segmentation_update_data
            return before, True
    found: list[int | None] = []
    for _ in range(_SEGMENTS):
        values = [_feature(bits, width, signed) if bits.flag() else None for width, signed in _FEATURES]
        found.append(values[0])
    return Segments(tuple(found)), True


def _feature(bits: Bits, width: int, signed: bool) -> int:
    return bits.signed(width + 1) if signed else bits.number(width)


def _deblocking(bits: Bits, sequence: Sequence) -> None:
    levels = bits.number(12)
    if levels and not sequence.mono:
        bits.number(12)
    bits.number(3)  # loop_filter_sharpness
    if bits.flag() and bits.flag():  # loop_filter_delta_enabled, loop_filter_delta_update
        for _ in range(10):
            if bits.flag():
                bits.number(7)


def _restoration(bits: Bits, sequence: Sequence) -> None:
    kinds = [bits.number(2) for _ in range(1 if sequence.mono else 3)]
    if not any(kinds):
        return
    if bits.flag() and not sequence.large_blocks:  # lr_unit_shift
        bits.flag()
    if sequence.subsampled == (True, True) and any(kinds[1:]):
        bits.flag()  # lr_uv_shift
