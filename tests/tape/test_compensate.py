"""Missing lines come from where they are: better than bwdif on motion, never across a cut, true lines untouched."""

from __future__ import annotations

import numpy as np
import pytest

from encore.core.time import Span
from encore.media.bwdif import bwdif
from encore.media.decode import Raw
from encore.tape.compensate import Compensator, Fields
from encore.tape.fieldlines import cubic_lines
from tests.motion.scenes import pan

TICKS = 14
INSIDE = (slice(10, -10), slice(10, -10))


def tape(pictures: list[np.ndarray], order: str = "tff", chroma: bool = True, depth: int = 8) -> list[Raw]:
    """Fields of the pictures, woven; chroma is luma mirrored in grey, at half its size, field by field."""
    frames: list[Raw] = []
    scale, kind = 1 << (depth - 8), np.uint8 if depth == 8 else np.uint16
    first = 0 if order == "tff" else 1
    for a, b in zip(pictures[0::2], pictures[1::2], strict=True):
        y = np.empty_like(a)
        y[first::2], y[1 - first :: 2] = a[first::2], b[1 - first :: 2]
        planes = [np.rint(y * scale).astype(kind)]
        if chroma:
            small = [p.reshape(p.shape[0] // 2, 2, p.shape[1] // 2, 2).mean((1, 3)) for p in (a, b)]
            c = np.empty_like(small[0])
            c[first::2], c[1 - first :: 2] = small[0][first::2], small[1][1 - first :: 2]
            planes += [np.rint(c * scale).astype(kind), np.rint((255 - c) * scale).astype(kind)]
        frames.append(Raw(tuple(planes), depth))
    return frames


def made(frames: list[Raw], shot: Span | None = None, order: str = "tff", lost: frozenset[int] = frozenset()):
    span = shot or Span(start=0, stop=2 * len(frames))
    maker = Compensator(Fields(frames.__getitem__, span, "420", order, lost))  # type: ignore[arg-type]
    return [maker.picture(tick) for tick in range(span.start, span.stop)]


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((a[INSIDE] - b[INSIDE]) ** 2)))


@pytest.mark.parametrize(("step", "gain"), [((0.0, 0.0), -0.1), ((1.4, 0.3), 2), ((0.3, -0.6), 2), ((-3.0, 0.2), 2)])
@pytest.mark.parametrize("order", ["tff", "bff"])
def test_better_than_bwdif(step: tuple[float, float], gain: float, order: str) -> None:
    truth = pan(step, TICKS)
    frames = tape(truth, order)
    ours = made(frames, order=order)
    theirs = bwdif(frames, "420", order)  # type: ignore[arg-type]
    middle = range(4, TICKS - 4)
    over = [psnr(ours[t][0], truth[t]) - psnr(theirs[t].planes[0].astype(np.float32), truth[t]) for t in middle]
    assert np.mean(over) > gain
    chroma = [(t, truth[t].reshape(60, 2, 80, 2).mean((1, 3))) for t in middle]
    found = [psnr(ours[t][1][..., 0], c) - psnr(theirs[t].planes[1].astype(np.float32), c) for t, c in chroma]
    assert np.mean(found) > min(gain, 0.5)


@pytest.mark.parametrize("depth", [8, 10])
@pytest.mark.parametrize("chroma", [True, False])
def test_true_lines_are_kept_bit_for_bit(depth: int, chroma: bool) -> None:
    frames = tape(pan((2, 1), 8), chroma=chroma, depth=depth)
    for tick, (y, c) in enumerate(made(frames)):
        planes = [plane.astype(np.float32) / (1 << (depth - 8)) for plane in frames[tick // 2].planes]
        own = slice(tick % 2, None, 2)
        assert np.array_equal(y[own], planes[0][own])
        assert (c is not None) == chroma
        if c is not None:
            assert np.array_equal(c[own], np.dstack(planes[1:])[own])


def test_a_cut_is_never_looked_across() -> None:
    one, other = pan((1, 0.5), 8, seed=1), pan((1, 0.5), 8, seed=2)
    frames = tape([*one[:5], *other[5:]])  # the cut runs through frame 2
    whole = tape(one)
    for tick, (cut, alone) in enumerate(
        zip(made(frames, Span(start=0, stop=5)), made(whole, Span(start=0, stop=5)), strict=True)
    ):
        assert np.array_equal(cut[0], alone[0]), tick


def test_lost_fields_are_never_fetched_from() -> None:
    truth = pan((1.2, 0.4), TICKS)
    broken = [np.full_like(p, 200) if n in (6, 7) else p for n, p in enumerate(truth)]
    lost = frozenset({6, 7})
    without = made(tape(broken), lost=lost)
    garbage = made(tape([np.full_like(p, 60) if n in (6, 7) else p for n, p in enumerate(truth)]), lost=lost)
    for tick in sorted(set(range(TICKS)) - lost):
        assert np.array_equal(without[tick][0], garbage[tick][0]), tick
        assert psnr(without[tick][0], truth[tick]) > 27


def test_a_flash_is_no_fault() -> None:
    """A picture beside a flash is as good as one far from it: fetches are lit like the picture they are for."""
    truth = pan((1.2, 0.3), TICKS, grain=2)
    lit = [(p - 16) * np.float32(0.4 if n != 7 else 1) + 16 for n, p in enumerate(truth)]
    found = [psnr(y, t) for (y, _), t in zip(made(tape(lit)), lit, strict=True)]
    assert min(found[6], found[8]) > min(found[4:6]) - 3


def test_still_pictures_do_not_flicker() -> None:
    still = pan((0, 0), TICKS)
    pictures = np.stack([y for y, _ in made(tape(still))[4:-4]])
    assert pictures.std(0)[INSIDE].mean() < 0.5
    bobbed = np.stack([p.copy() for p in still[4:-4]])
    for n, picture in enumerate(bobbed):
        picture[1 - n % 2 :: 2] = cubic_lines(picture[n % 2 :: 2], n % 2, len(picture) // 2)
    assert pictures.std(0)[INSIDE].mean() < 0.2 * bobbed.std(0)[INSIDE].mean()


@pytest.mark.parametrize("size", [(49, 65), (33, 64), (18, 16)])
@pytest.mark.parametrize("ticks", [1, 2, 3])
def test_odd_and_short(size: tuple[int, int], ticks: int) -> None:
    random = np.random.default_rng(1)
    height, width = size
    shapes = (size, *[(-(-height // 2), -(-width // 2))] * 2)
    frames = [Raw(tuple(random.integers(16, 235, s).astype(np.uint8) for s in shapes), 8) for _ in range(3)]
    for y, c in made(frames, Span(start=1, stop=1 + ticks)):
        assert y.shape == size and c is not None and c.shape == (*shapes[1], 2)
        assert np.isfinite(y).all() and np.isfinite(c).all()


@pytest.mark.parametrize("parity", [0, 1])
@pytest.mark.parametrize("height", [16, 17])
def test_cubic_lines_follow_a_slope(parity: int, height: int) -> None:
    slope = np.repeat(np.arange(height, dtype=np.float32)[:, None] * 3, 4, axis=1)
    missing = slope[1 - parity :: 2]
    found = cubic_lines(slope[parity::2], parity, len(missing))
    assert np.allclose(found[2:-2], missing[2:-2])
