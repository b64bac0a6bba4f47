"""How a frame of an AV1 stream is cut into tiles."""

from __future__ import annotations

from encore.media.av1bits import Bits
from encore.media.av1obu import Sequence

MOST_WIDTH, MOST_AREA, MOST_TILES = 4096, 4096 * 2304, 64
"""Samples across a tile and in it, and tiles along a side (AV1 specification, section 3)."""


def tiles(bits: Bits, sequence: Sequence, size: tuple[int, int]) -> None:
    """Read tile_info() of a frame of (width, height) as coded.

    Source: AV1 specification, 5.9.15.
    """
    side = 7 if sequence.large_blocks else 6
    across, down = ((samples + 7 >> 3 << 3) + (1 << side) - 1 >> side for samples in size)
    least_across = _log2(MOST_WIDTH >> side, across)
    least = max(least_across, _log2(MOST_AREA >> 2 * side, down * across))
    if bits.flag():  # uniform_tile_spacing_flag
        columns = _more(bits, least_across, _log2(1, min(across, MOST_TILES)))
        rows = _more(bits, max(least - columns, 0), _log2(1, min(down, MOST_TILES)))
    else:
        count, widest = _given(bits, across, MOST_WIDTH >> side)
        columns = _log2(1, count)
        area = across * down >> (least + 1 if least else 0)
        rows = _log2(1, _given(bits, down, max(area // widest, 1))[0])
    if columns or rows:
        bits.number(rows + columns + 2)  # context_update_tile_id, tile_size_bytes


def _log2(block: int, target: int) -> int:
    """Doublings of `block` until it is no less than `target`."""
    doublings = 0
    while block << doublings < target:
        doublings += 1
    return doublings


def _more(bits: Bits, least: int, most: int) -> int:
    while least < most and bits.flag():
        least += 1
    return least


def _given(bits: Bits, blocks: int, most: int) -> tuple[int, int]:
    """How many tiles there are along a side whose lengths are written, and the longest."""
    count = longest = done = 0
    while done < blocks:
        length = bits.below(min(blocks - done, most)) + 1
        count, longest, done = count + 1, max(longest, length), done + length
    return count, longest
