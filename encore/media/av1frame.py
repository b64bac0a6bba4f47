"""Where in the header of an AV1 frame does film grain belong?"""

from __future__ import annotations

from collections.abc import Sequence as Many
from dataclasses import dataclass

from encore.core.errors import ToolError
from encore.media.av1bits import Bits
from encore.media.av1filters import Filters, Segments, filters
from encore.media.av1motion import STILL, Motions, motions, placed_references, skips
from encore.media.av1obu import CHOSEN_PER_FRAME, Sequence
from encore.media.av1tiles import tiles

KEY, INTER, INTRA_ONLY, SWITCH = range(4)
"""Types of frame (AV1 specification, 6.8.2)."""
SLOTS, REFERENCES = 8, 7
"""Frames that a decoder keeps, and those that one frame may look at."""
NO_REFERENCE = 7
"""PRIMARY_REF_NONE."""
ALL = (1 << SLOTS) - 1
"""refresh_frame_flags of a frame that takes all slots."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a splicer needs of a frame header.

    Attributes:
        end: bit at which film_grain_params() begin and, since there are none, the header ends.
        inter: frame_type is INTER_FRAME.
        seen: the frame is shown or may be shown later.
        repeats: it shows a frame that came before, and holds nothing else.
    """

    end: int
    inter: bool
    seen: bool
    repeats: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What a decoder remembers of a frame in a slot, as far as later headers depend on it."""

    kind: int
    size: tuple[int, int]
    order: int
    motions: Motions
    segments: Segments


class FrameReader:
    """Reads the frame headers of a stream in coding order.

    Source: AV1 specification, 5.9 and 7.20.
    """

    def __init__(self) -> None:
        self._slots: list[Kept | None] = [None] * SLOTS

    def read(self, payload: bytes | memoryview, sequence: Sequence, layers: tuple[int, int] = (0, 0)) -> Header:
        """The next frame's header.

        Args:
            payload: of the OBU, from the header's first bit on.
            sequence: what holds for all frames; it must not have film grain yet.
            layers: temporal and spatial layer of the OBU.

        Raises:
            ToolError: the header makes no sense.
        """
        frame = _Frame(Bits(payload), sequence, self._slots, layers)
        if not sequence.still and frame.bits.flag():
            return self._again(frame)
        frame.read()
        kept = Kept(frame.kind, frame.size, frame.order, frame.motions, frame.segments)
        self._slots = [kept if frame.refresh >> n & 1 else old for n, old in enumerate(frame.slots)]
        return Header(frame.bits.at, frame.kind == INTER, frame.shown or frame.showable, repeats=False)

    def _again(self, frame: _Frame) -> Header:
        """A frame that came before is shown; a key frame then takes all slots."""
        bits, sequence = frame.bits, frame.sequence
        kept = self._slots[bits.number(3)]
        bits.number(sequence.timing.shown + sequence.id_bits[0])
        if kept is None:
            raise ToolError("reading an AV1 stream", stderr="a frame is shown that was never coded")
        if kept.kind == KEY:
            self._slots = [kept] * SLOTS
        return Header(bits.at, kept.kind == INTER, seen=True, repeats=True)


class _Frame:
    """One header while it is read; what later parts depend on is left in attributes."""

    def __init__(self, bits: Bits, sequence: Sequence, slots: Many[Kept | None], layers: tuple[int, int]) -> None:
        self.bits, self.sequence, self.layers = bits, sequence, layers
        self.slots: list[Kept | None] = list(slots)
        self.kind, self.shown, self.showable, self.resilient = KEY, True, False, True
        self.size, self.coded_width, self.order, self.refresh = sequence.size, sequence.size[0], 0, ALL
        self.primary, self.references = NO_REFERENCE, (0,) * REFERENCES
        self.block_copy = self.precise = False
        self.motions: Motions = STILL
        self.segments: Segments = Segments()

    @property
    def intra(self) -> bool:
        return self.kind in (KEY, INTRA_ONLY)

    def read(self) -> None:
        bits, sequence = self.bits, self.sequence
        if not sequence.still:
            self._kind()
        if self.kind == KEY and self.shown:
            self.slots = [None for _ in range(SLOTS)]
        frozen = bits.flag()  # disable_cdf_update
        screen = bits.flag() if sequence.screen_content == CHOSEN_PER_FRAME else bool(sequence.screen_content)
        whole = screen and (bits.flag() if sequence.whole_vectors == CHOSEN_PER_FRAME else bool(sequence.whole_vectors))
        bits.number(sequence.id_bits[0])  # current_frame_id
        resized = self.kind == SWITCH or (not sequence.still and bits.flag())
        self.order = bits.number(sequence.order_bits)
        if not (self.intra or self.resilient):
            self.primary = bits.number(3)
        self._removal_times()
        self._refreshed()
        if self.intra:
            self._sized(resized)
            self.block_copy = screen and self.size[0] == self.coded_width and bits.flag()
        else:
            self._refers(resized, whole=whole)
        if not (sequence.still or frozen):
            bits.flag()  # disable_frame_end_update_cdf
        self._rest()

    def _kind(self) -> None:
        bits = self.bits
        self.kind, self.shown = bits.number(2), bits.flag()
        if self.shown:
            bits.number(self.sequence.timing.shown)
        self.showable = self.kind != KEY if self.shown else bits.flag()
        self.resilient = self.kind == SWITCH or (self.kind == KEY and self.shown) or bits.flag()

    def _removal_times(self) -> None:
        bits, sequence = self.bits, self.sequence
        if not sequence.timing.delay or not bits.flag():
            return
        temporal, spatial = self.layers
        for point in sequence.points:
            inside = point.layers >> temporal & 1 and point.layers >> (spatial + 8) & 1
            if point.modelled and (point.layers == 0 or inside):
                bits.number(sequence.timing.removal)

    def _refreshed(self) -> None:
        bits, sequence = self.bits, self.sequence
        if not (self.kind == SWITCH or (self.kind == KEY and self.shown)):
            self.refresh = bits.number(SLOTS)
        if self.resilient and sequence.order_bits and not (self.intra and self.refresh == ALL):
            for n, kept in enumerate(self.slots):
                order = bits.number(sequence.order_bits)
                if kept is None or kept.order != order:
                    self.slots[n] = Kept(INTER, sequence.size, order, STILL, Segments())

    def _sized(self, resized: bool) -> None:
        """frame_size() and render_size()."""
        bits, sequence = self.bits, self.sequence
        if resized:
            self.size = bits.number(sequence.size_bits[0]) + 1, bits.number(sequence.size_bits[1]) + 1
        self._narrowed()
        if bits.flag():
            bits.number(32)  # render_width, render_height

    def _narrowed(self) -> None:
        """superres_params()."""
        divisor = self.bits.number(3) + 9 if self.sequence.superres and self.bits.flag() else 8
        self.coded_width = (self.size[0] * 8 + divisor // 2) // divisor

    def _refers(self, resized: bool, *, whole: bool) -> None:
        bits, sequence = self.bits, self.sequence
        orders = [kept.order if kept else 0 for kept in self.slots]
        short = sequence.order_bits > 0 and bits.flag()
        if short:
            self.references = placed_references(orders, self.order, sequence.order_bits, bits.number(3), bits.number(3))
        given: list[int] = []
        for n in range(REFERENCES):
            given.append(self.references[n] if short else bits.number(3))
            bits.number(sequence.id_bits[1])
        self.references = tuple(given)
        self._sized_alike() if resized and not self.resilient else self._sized(resized)
        self.precise = not whole and bits.flag()
        if not bits.flag():  # is_filter_switchable
            bits.number(2)
        bits.flag()  # is_motion_mode_switchable
        if sequence.motion_fields and not self.resilient:
            bits.flag()  # use_ref_frame_mvs

    def _sized_alike(self) -> None:
        """frame_size_with_refs(): as a frame that it looks at, or of its own."""
        for reference in self.references:
            if self.bits.flag():
                self.size = self._known(reference).size
                self._narrowed()
                return
        self._sized(resized=True)

    def _known(self, slot: int) -> Kept:
        kept = self.slots[slot]
        if kept is None:
            raise ToolError("reading an AV1 stream", stderr="a frame looks at one that was never coded")
        return kept

    def _rest(self) -> None:
        """Everything from tile_info() to film grain."""
        bits, sequence = self.bits, self.sequence
        before = None if self.primary == NO_REFERENCE else self._known(self.references[self.primary])
        tiles(bits, sequence, (self.coded_width, self.size[1]))
        found: Filters = filters(
            bits, sequence, before.segments if before else None, self.block_copy, self.coded_width == self.size[0]
        )
        self.segments = found.segments
        if not found.lossless:
            bits.flag()  # tx_mode_select
        several = not self.intra and bits.flag()  # reference_select
        orders = [kept.order if kept else 0 for kept in self.slots]
        if several and sequence.order_bits and skips(
            [orders[slot] for slot in self.references], self.order, sequence.order_bits
        ):  # fmt: skip
            bits.flag()  # skip_mode_present
        if sequence.warped and not self.intra and not self.resilient:
            bits.flag()  # allow_warped_motion
        bits.flag()  # reduced_tx_set
        if not self.intra:
            self.motions = motions(bits, before.motions if before else STILL, precise=self.precise)
