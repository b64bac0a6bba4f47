"""Units of an AV1 stream, and what its sequence header says about all of its frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from encore.core.errors import ToolError
from encore.media.av1bits import Bits, leb128, leb128_of

SEQUENCE_HEADER, FRAME_HEADER, FRAME, REDUNDANT_FRAME_HEADER = 1, 3, 6, 7
"""Types of OBU that tell of frames (AV1 specification, 6.2.2)."""
CHOSEN_PER_FRAME = 2
"""SELECT_SCREEN_CONTENT_TOOLS and SELECT_INTEGER_MV: every frame says it itself."""
_IDENTITY = (1, 13, 0)
"""BT.709 primaries, sRGB transfer, identity matrix: R'G'B', whose chroma is not subsampled."""


@dataclass(frozen=True, slots=True)
class Obu:
    """An open bitstream unit.

    Attributes:
        kind: its type.
        head: header bytes without the size.
        sized: whether its size is written before the payload.
        payload: the rest.
    """

    kind: int
    head: bytes
    sized: bool
    payload: memoryview

    @property
    def layers(self) -> tuple[int, int]:
        """Temporal and spatial layer."""
        return (self.head[1] >> 5, self.head[1] >> 3 & 3) if len(self.head) > 1 else (0, 0)

    def with_payload(self, payload: bytes) -> bytes:
        """The bytes of this unit with another payload."""
        return self.head + (leb128_of(len(payload)) if self.sized else b"") + payload

    @property
    def data(self) -> bytes:
        """The bytes of this unit."""
        return self.with_payload(bytes(self.payload))


def obus(data: bytes) -> Iterator[Obu]:
    """The units of a packet, in order.

    Raises:
        ToolError: the packet is no AV1 or ends too early.
    """
    at, view = 0, memoryview(data)
    while at < len(data):
        first, start = data[at], at
        at += 2 if first & 4 else 1
        head, sized = data[start:at], bool(first & 2)
        size, at = leb128(data, at) if sized else (len(data) - at, at)
        if first & 0x80 or at + size > len(data):
            raise ToolError("reading an AV1 stream", stderr="a unit is longer than its packet")
        yield Obu(first >> 3 & 15, head, sized, view[at : at + size])
        at += size


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """One way to decode a stream of layers.

    Attributes:
        layers: operating_point_idc.
        modelled: whether its buffers are described.
    """

    layers: int
    modelled: bool


@dataclass(frozen=True, slots=True)
class Timing:
    """Lengths, in bits, of the times that frames carry; all 0 where there is no decoder model.

    Attributes:
        delay: of buffer delays.
        removal: of buffer removal times.
        shown: of presentation times, 0 where pictures follow each other evenly.
    """

    delay: int = 0
    removal: int = 0
    shown: int = 0


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence header, as far as frame headers depend on it.

    Source: AV1 specification, 5.5.

    Attributes:
        still: reduced_still_picture_header.
        timing: of its decoder model.
        points: operating points.
        size_bits: bits of a frame's width and height.
        size: largest width and height.
        id_bits: bits of a frame's number and of a difference of numbers; (0, 0): frames have none.
        large_blocks: superblocks of 128 samples.
        warped: enable_warped_motion.
        order_bits: bits of an order hint; 0: there are none.
        motion_fields: enable_ref_frame_mvs.
        screen_content: seq_force_screen_content_tools.
        whole_vectors: seq_force_integer_mv.
        superres: enable_superres.
        cdef: enable_cdef.
        restoration: enable_restoration.
        mono: no chroma.
        subsampled: horizontally and vertically.
        separate_delta: separate_uv_delta_q.
        grain_at: bit of film_grain_params_present in the payload.
        grain: whether it is set.
    """

    still: bool
    timing: Timing
    points: tuple[OperatingPoint, ...]
    size_bits: tuple[int, int]
    size: tuple[int, int]
    id_bits: tuple[int, int]
    large_blocks: bool
    warped: bool
    order_bits: int
    motion_fields: bool
    screen_content: int
    whole_vectors: int
    superres: bool
    cdef: bool
    restoration: bool
    mono: bool
    subsampled: tuple[bool, bool]
    separate_delta: bool
    grain_at: int
    grain: bool


def sequence_of(payload: bytes | memoryview) -> Sequence:
    """Read a sequence header.

    Raises:
        ToolError: it ends in the middle.
    """
    bits = Bits(payload)
    profile, _still_picture, still = bits.number(3), bits.flag(), bits.flag()
    timing, points = (Timing(), (_reduced_point(bits),)) if still else _operating_points(bits)
    size_bits = bits.number(4) + 1, bits.number(4) + 1
    size = bits.number(size_bits[0]) + 1, bits.number(size_bits[1]) + 1
    id_bits = (0, 0)
    if not still and bits.flag():
        difference = bits.number(4) + 2
        id_bits = difference + bits.number(3) + 1, difference
    large_blocks, _filter_intra, _edge_filter = bits.flag(), bits.flag(), bits.flag()
    warped, order_bits, motion_fields, screen_content, whole_vectors = (
        (False, 0, False, CHOSEN_PER_FRAME, CHOSEN_PER_FRAME) if still else _tools(bits)
    )
    superres, cdef, restoration = bits.flag(), bits.flag(), bits.flag()
    mono, subsampled, separate = _colours(bits, profile)
    return Sequence(
        still, timing, points, size_bits, size, id_bits, large_blocks, warped, order_bits, motion_fields,
        screen_content, whole_vectors, superres, cdef, restoration, mono, subsampled, separate,
        grain_at=bits.at, grain=bits.flag(),
    )  # fmt: skip


def _reduced_point(bits: Bits) -> OperatingPoint:
    bits.number(5)  # seq_level_idx
    return OperatingPoint(0, modelled=False)


def _operating_points(bits: Bits) -> tuple[Timing, tuple[OperatingPoint, ...]]:
    timing = _timing(bits) if bits.flag() else Timing()
    delayed = bits.flag()  # initial_display_delay_present_flag
    points: list[OperatingPoint] = []
    for _ in range(bits.number(5) + 1):
        layers = bits.number(12)
        if bits.number(5) > 7:
            bits.flag()  # seq_tier
        modelled = timing.delay > 0 and bits.flag()
        if modelled:
            bits.number(2 * timing.delay + 1)  # both buffer delays, low_delay_mode_flag
        if delayed and bits.flag():
            bits.number(4)
        points.append(OperatingPoint(layers, modelled))
    return timing, tuple(points)


def _timing(bits: Bits) -> Timing:
    bits.number(64)  # num_units_in_display_tick, time_scale
    even = bits.flag()
    if even:
        bits.unary()  # num_ticks_per_picture
    if not bits.flag():
        return Timing()
    delay = bits.number(5) + 1
    bits.number(32)  # num_units_in_decoding_tick
    removal, shown = bits.number(5) + 1, bits.number(5) + 1
    return Timing(delay, removal, 0 if even else shown)


def _tools(bits: Bits) -> tuple[bool, int, bool, int, int]:
    bits.number(2)  # enable_interintra_compound, enable_masked_compound
    warped, _dual, ordered = bits.flag(), bits.flag(), bits.flag()
    motion_fields = bits.number(2) & 1 == 1 if ordered else False  # after enable_jnt_comp
    screen_content = CHOSEN_PER_FRAME if bits.flag() else bits.number(1)
    whole_vectors = CHOSEN_PER_FRAME
    if screen_content and not bits.flag():
        whole_vectors = bits.number(1)
    return warped, bits.number(3) + 1 if ordered else 0, motion_fields, screen_content, whole_vectors


def _colours(bits: Bits, profile: int) -> tuple[bool, tuple[bool, bool], bool]:
    """mono_chrome, subsampling and separate_uv_delta_q."""
    deep = bits.flag()
    twelve = bits.flag() if profile == 2 and deep else False
    mono = profile != 1 and bits.flag()
    described = tuple(bits.number(8) for _ in range(3)) if bits.flag() else (2, 2, 2)
    if mono:
        bits.flag()  # color_range
        return True, (True, True), False
    if described == _IDENTITY:
        return False, (False, False), bits.flag()
    bits.flag()  # color_range
    subsampled = (profile != 1, profile == 0)
    if profile == 2 and twelve:
        across = bits.flag()
        subsampled = across, across and bits.flag()
    if subsampled == (True, True):
        bits.number(2)  # chroma_sample_position
    return False, subsampled, bits.flag()
