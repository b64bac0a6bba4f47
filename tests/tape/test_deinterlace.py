"""Fields become pictures from their own shot alone."""

from __future__ import annotations

import numpy as np
import pytest

from encore.core.findings import FieldOrder
from encore.core.time import Span
from encore.media.decode import Raw
from encore.tape.deinterlace import bob, deinterlaced, field_parity, weave
from tests.films import noise_raw


def same(a: Raw, b: Raw) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a.planes, b.planes, strict=True))


def test_parity() -> None:
    assert [field_parity(t, "tff") for t in range(4)] == [0, 1, 0, 1]
    assert [field_parity(t, "bff") for t in range(4)] == [1, 0, 1, 0]


def test_weave_takes_even_lines_from_top_and_odd_from_bottom() -> None:
    a, b = noise_raw(1, height=47), noise_raw(2, height=47)
    made = weave(a, b)
    for plane, x, y in zip(made.planes, a.planes, b.planes, strict=True):
        assert np.array_equal(plane[0::2], x[0::2]) and np.array_equal(plane[1::2], y[1::2])
    assert weave(a, a) is a


@pytest.mark.parametrize("parity", [0, 1])
@pytest.mark.parametrize("height", [48, 49])
def test_bob_keeps_its_field_and_looks_at_nothing_else(parity: int, height: int) -> None:
    a, b = noise_raw(1, height=height), noise_raw(2, height=height)
    mixed = weave(a, b) if parity == 0 else weave(b, a)
    assert same(bob(mixed, parity), bob(a, parity))
    found = bob(a, parity)
    for plane, given in zip(found.planes, a.planes, strict=True):
        assert plane.shape == given.shape and plane.dtype == given.dtype
        assert np.array_equal(plane[parity::2], given[parity::2])


def test_bob_means_are_rounded_and_edges_repeated() -> None:
    luma = np.array([[10], [0], [21], [0], [30], [0]], np.uint8)
    assert bob(Raw((luma,), 8), 0).planes[0].ravel().tolist() == [10, 16, 21, 26, 30, 30]
    assert bob(Raw((luma[::-1].copy(),), 8), 1).planes[0].ravel().tolist() == [30, 30, 26, 21, 16, 10]


@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize("shot", [Span(start=0, stop=24), Span(start=3, stop=21), Span(start=5, stop=6)])
def test_pieces_are_the_whole(order: FieldOrder, shot: Span) -> None:
    frames = [noise_raw(n) for n in range(12)]
    whole = deinterlaced(frames.__getitem__, shot, shot, "420", order)
    assert len(whole) == len(shot)
    for piece in shot.pieces(5):
        part = deinterlaced(frames.__getitem__, piece, shot, "420", order)
        assert all(same(a, whole[piece.start - shot.start + n]) for n, a in enumerate(part))


@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize(("start", "stop"), [(5, 14), (6, 13), (5, 13), (6, 14)])
def test_nothing_beyond_the_shot_is_looked_at(order: FieldOrder, start: int, stop: int) -> None:
    """A cut between two fields of a frame: the other field belongs to other people."""
    shot = Span(start=start, stop=stop)
    inside = [noise_raw(n) for n in range(12)]
    parity = 0 if order == "tff" else 1

    def elsewhere(number: int) -> Raw:
        mine, other = inside[number], noise_raw(100 + number)
        fields = {}
        for tick in (2 * number, 2 * number + 1):
            fields[(tick + parity) % 2] = mine if tick in shot else other
        return weave(fields[0], fields[1])

    a = deinterlaced(inside.__getitem__, shot, shot, "420", order)
    b = deinterlaced(elsewhere, shot, shot, "420", order)
    assert all(same(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("order", ["tff", "bff"])
def test_true_lines_at_every_tick(order: FieldOrder) -> None:
    frames = [noise_raw(n) for n in range(5)]
    span = Span(start=0, stop=10)
    for tick, picture in enumerate(deinterlaced(frames.__getitem__, span, span, "420", order)):
        parity = field_parity(tick, order)
        assert np.array_equal(picture.planes[0][parity::2], frames[tick // 2].planes[0][parity::2])
