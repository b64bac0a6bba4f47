"""Which frames an AV1 frame looks at, and how the whole picture moved since."""

from __future__ import annotations

from collections.abc import Sequence as Many

from encore.media.av1bits import Bits

Motions = tuple[tuple[int, ...], ...]
"""Six parameters of a global motion for each of seven references."""
_PRECISION = 16
"""WARPEDMODEL_PREC_BITS."""
STILL: Motions = ((0, 0, 1 << _PRECISION, 0, 0, 1 << _PRECISION),) * 7
"""Nothing moved."""
_TURN_BITS, _TURN_PRECISION = 12, 15
_SHIFT_BITS, _SHIFT_PRECISION = 12, 6
_ONLY_SHIFT_BITS, _ONLY_SHIFT_PRECISION = 9, 3
"""Bits and fractional bits of parameters that turn, that shift, and that shift where nothing turns (specification)."""
_GOLDEN, _BACKWARD = 3, (6, 4, 5)
"""Places of GOLDEN_FRAME, and of ALTREF_FRAME, BWDREF_FRAME and ALTREF2_FRAME, among the references."""
_FORWARD = (1, 2, 4, 5, 6)
"""Places that are filled from the past, in this order (Ref_Frame_List)."""


def distance(one: int, other: int, order_bits: int) -> int:
    """Frames from order hint `other` to `one`; hints wrap around."""
    half = 1 << (order_bits - 1)
    difference = one - other
    return (difference & (half - 1)) - (difference & half)


def placed_references(orders: Many[int], order: int, order_bits: int, last: int, golden: int) -> tuple[int, ...]:
    """set_frame_refs(): slots of the seven references where a header tells only two.

    Source: AV1 specification, 7.8.

    Args:
        orders: order hints of all slots.
        order: of the frame.
        order_bits: of a hint.
        last: slot of LAST_FRAME.
        golden: slot of GOLDEN_FRAME.
    """
    away = [distance(hint, order, order_bits) for hint in orders]
    found: dict[int, int] = {0: last, _GOLDEN: golden}
    free = [slot for slot in range(len(orders)) if slot not in (last, golden)]

    def take(place: int, slots: list[int], *, latest: bool) -> None:
        if slots:
            found[place] = max(slots, key=lambda n: (away[n], n)) if latest else min(slots, key=lambda n: (away[n], n))
            free.remove(found[place])

    for place in _BACKWARD:
        take(place, [n for n in free if away[n] >= 0], latest=place == _BACKWARD[0])
    for place in _FORWARD:
        if place not in found:
            take(place, [n for n in free if away[n] < 0], latest=True)
    earliest = min(range(len(orders)), key=lambda n: (away[n], n))
    return tuple(found.get(place, earliest) for place in range(7))


def skips(hints: Many[int], order: int, order_bits: int) -> bool:
    """Whether a frame may have skip mode: it looks back and forth, or back to two moments.

    Args:
        hints: order hints of its references.
        order: of the frame.
        order_bits: of a hint.
    """
    away = {distance(hint, order, order_bits) for hint in hints}
    back = [d for d in away if d < 0]
    return bool(back) and (any(d > 0 for d in away) or len(back) > 1)


def motions(bits: Bits, before: Motions, *, precise: bool) -> Motions:
    """Read global_motion_params().

    Source: AV1 specification, 5.9.24 and 5.9.25.

    Args:
        bits: after reduced_tx_set.
        before: of the primary reference frame, from which they are told.
        precise: allow_high_precision_mv.
    """
    return tuple(_motion(bits, old, precise) for old in before)


def _motion(bits: Bits, old: tuple[int, ...], precise: bool) -> tuple[int, ...]:
    if not bits.flag():  # is_global
        return STILL[0]
    turns = bits.flag()  # is_rot_zoom
    shifts_only = not turns and bits.flag()  # is_translation
    found = list(STILL[0])
    if not shifts_only:
        found[2], found[3] = (_turn(bits, old, n) for n in (2, 3))
        found[4], found[5] = (-found[3], found[2]) if turns else (_turn(bits, old, 4), _turn(bits, old, 5))
    width, precision = _SHIFT_BITS, _SHIFT_PRECISION
    if shifts_only:
        width, precision = _ONLY_SHIFT_BITS - (not precise), _ONLY_SHIFT_PRECISION - (not precise)
    for n in (0, 1):
        most, coarse = 1 << width, _PRECISION - precision
        found[n] = bits.near(-most, most + 1, old[n] >> coarse) << coarse
    return tuple(found)


def _turn(bits: Bits, old: tuple[int, ...], n: int) -> int:
    """A parameter that turns or zooms; those of the diagonal are told as what they differ from 1."""
    most, coarse = 1 << _TURN_BITS, _PRECISION - _TURN_PRECISION
    one = 1 if n in (2, 5) else 0
    expected = (old[n] >> coarse) - (one << _TURN_PRECISION)
    return (bits.near(-most, most + 1, expected) << coarse) + (one << _PRECISION)
