"""What a codec did goes as far as it was measured to be, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from encore.core.answers import Compression, Noise
from encore.core.errors import PlanError
from encore.core.findings import Scan, Shot
from encore.core.time import Span
from encore.core.video import LUMA_CODES, Clip
from encore.restoration import Deblock, Runtime
from encore.restoration.deblock import allowed, limited
from encore.restoration.networks import Device, Network
from encore.restoration.tally import Tally
from encore.restoration.window import CHANNELS, NOISE_SCALE, REACH, SCALE
from tests.restoration.filmed import Picture, clip_of, scene

COARSE = Compression(blockiness=2, ringing=1, banding=0, quantiser=30, severity=0.7)
FINE = Compression(blockiness=1, ringing=0, banding=0, quantiser=4, severity=0.0)
SHOT = Shot(span=Span(start=0, stop=8), scan=Scan(mode="progressive", confidence=1), compression=COARSE)
NOISE = Noise(
    luma_sigma=3, chroma_sigma=2, spatial_sigma=3, kind="grain", correlation_across=0, correlation_down=0,
    correlation_time=0,
)  # fmt: skip
SIZES = ((64, 96), (65, 83), (24, 20))


@dataclass(frozen=True)
class Fake:
    """A network that knows what is wrong, in codes."""

    wrong: Callable[[Picture], Picture]
    name: str = "deblock"
    task: str = "luma-x1"
    inputs: int = CHANNELS

    @property
    def card(self) -> Fake:
        return self

    def __call__(self, planes: Picture, /) -> Picture:
        assert planes.dtype == np.float32 and planes.shape[:2] == (1, CHANNELS)
        return -np.asarray(self.wrong(planes[0]), np.float32)[None, None] / np.float32(SCALE)


@dataclass(frozen=True)
class Zoo:
    network: Fake

    def open(self, name: str, threads: int = 1, device: Device = "auto") -> Network:
        assert (name, threads, device) == ("deblock", 1, "auto")
        return self.network


def blocks(size: tuple[int, int], height: float = 2.0) -> Picture:
    """A level of its own for each block of 8x8 samples, codes."""
    levels = np.random.default_rng(5).choice([-height, height], (size[0] // 8 + 1, size[1] // 8 + 1))
    return levels.repeat(8, 0).repeat(8, 1)[: size[0], : size[1]].astype(np.float32)


def filmed(size: tuple[int, int] = SIZES[0], count: int = 5) -> Clip:
    at = scene(*size)
    return clip_of([at(n) for n in range(count)])


def damaged(clip: Clip, wrong: Picture) -> Clip:
    return replace(clip, y=clip.y + wrong / np.float32(LUMA_CODES))


def done(
    clip: Clip, wrong: Callable[[Picture], Picture], shot: Shot = SHOT, tally: Tally | None = None, **how: Any
) -> Clip:
    runtime = Runtime(zoo=Zoo(Fake(wrong)), tally=tally or Tally())
    return Deblock(network="deblock", **how).open(runtime)(clip, shot, Span(start=0, stop=len(clip)))


def off(one: Clip, other: Clip) -> float:
    """Root mean square of luma, codes."""
    return float(np.sqrt(np.mean((one.y - other.y) ** 2))) * LUMA_CODES


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [1, 5])
def test_blocks_go_and_the_picture_stays(size: tuple[int, int], count: int) -> None:
    clean, wrong, tally = filmed(size, count), blocks(size), Tally()
    given = damaged(clean, wrong)
    found = done(given, lambda _: wrong, tally=tally)
    assert off(given, clean) == pytest.approx(2, abs=1e-3)
    assert off(found, clean) < 1e-3
    assert found.cb is given.cb or np.array_equal(found.cb, given.cb)
    assert np.array_equal(found.cr, given.cr)
    counted = tally.take()["deblock"]
    assert counted["blended"] == 0 and counted["blocks"] == count * -(-size[0] // 32) * -(-size[1] // 32)


def test_strength_is_a_share() -> None:
    clean, wrong = filmed(), blocks(SIZES[0])
    given = damaged(clean, wrong)
    assert off(done(given, lambda _: wrong, strength=0.5), clean) == pytest.approx(1, abs=1e-3)
    assert off(done(given, lambda _: wrong, strength=0), given) == 0


def test_a_codec_that_did_little_is_no_reason_to_take_off_much() -> None:
    given, wrong, tally = filmed(), blocks(SIZES[0], 30.0), Tally()
    fine = SHOT.model_copy(update={"compression": FINE})
    most = float(allowed(FINE, np.zeros((1, 1), np.float32))[0, 0])
    found = done(given, lambda _: wrong, fine, tally)
    assert 0 < off(found, given) <= most * 1.001 < 2
    counted = tally.take()["deblock"]
    assert counted["blended"] == counted["blocks"]


def test_detail_that_vanishes_in_one_place_is_given_back_there_alone() -> None:
    wrong = blocks((96, 160), 0.5)
    wrong[32:64, 64:96] = 40
    before = wrong.copy()
    found = limited(wrong, np.full(wrong.shape, 1.0, np.float32))
    assert (found.blocks, found.blended) == (15, 1)
    assert np.sqrt(np.mean(wrong[32:64, 64:96] ** 2)) <= 1.001
    for far in (slice(0, 16), slice(144, 160)):  # edges are soft beyond the blocks beside it
        assert np.array_equal(wrong[:, far], before[:, far])
    assert np.abs(wrong).max() <= 40


def test_more_may_go_of_what_is_coarser_and_noisier() -> None:
    flat = np.zeros((2, 2), np.float32)
    found = [allowed(one, flat + noise)[0, 0] for one, noise in ((FINE, 0), (COARSE, 0), (COARSE, 4))]
    assert found == sorted(found) and found[2] >= 4


def test_where_nothing_was_measured_nothing_is_done() -> None:
    given = filmed()
    unknown = SHOT.model_copy(update={"compression": None})
    assert off(done(given, lambda planes: np.ones(planes.shape[1:]), unknown), given) == 0


def test_what_was_lost_is_left_alone() -> None:
    given = replace(filmed(), lost=(False, False, True, False, False))
    found = done(given, lambda planes: np.ones(planes.shape[1:]))
    changed = np.abs(found.y - given.y).max((1, 2)) > 0
    assert changed.tolist() == [True, True, False, True, True]


@pytest.mark.parametrize(("noise", "told"), [(None, 0.5), (1.0, 3.0), (0.4, 1.2), (0.0, 0.5)])
def test_the_network_is_told_the_noise_that_is_left(noise: float | None, told: float) -> None:
    seen: list[Picture] = []

    def wrong(planes: Picture) -> Picture:
        seen.append(planes[2 * REACH + 1] * NOISE_SCALE)
        return np.zeros(planes.shape[1:])

    shot = SHOT if noise is None else SHOT.model_copy(update={"noise": NOISE})
    done(filmed(count=1), wrong, shot, noise=1.0 if noise is None else noise)
    assert np.allclose(seen[0], told, rtol=1e-3)


def test_a_network_for_something_else_is_refused() -> None:
    zoo = Zoo(Fake(lambda planes: planes[0], task="luma-x4"))
    with pytest.raises(PlanError, match="luma-x1"):
        Deblock(network="deblock").open(Runtime(zoo=zoo))
