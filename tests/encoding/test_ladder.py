"""Rungs never exceed the film, share their key frames, and are worth their bits."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encore.core.errors import PlanError
from encore.core.time import Span
from encore.encoding.ladder import (
    APART_S,
    JND,
    KEY_S,
    SEGMENT_S,
    TOP_DROP,
    Grid,
    Point,
    candidates,
    grid_of,
    hull,
    pruned,
    recipe,
    rungs_of,
    windows,
)  # fmt: skip

NTSC = Fraction(60000, 1001)


def named(width: int, height: int, *codecs: str) -> list[str]:
    return [f"{rung.name} {rung.width}" for rung in rungs_of(width, height, codecs or ("av1", "avc"))]


def test_rungs_of_a_restored_tape() -> None:
    assert named(2880, 2160) == [
        "av1-2160p 2880", "av1-1440p 1920", "av1-1080p 1440", "av1-720p 960", "av1-540p 720", "av1-360p 480",
        "avc-1080p 1440", "avc-720p 960", "avc-360p 480",
    ]  # fmt: skip


def test_never_above_the_film() -> None:
    assert named(1440, 1080, "av1")[0] == "av1-1080p 1440"
    assert named(640, 480) == ["av1-480p 640", "av1-360p 480", "avc-480p 640", "avc-360p 480"]
    assert named(1488, 1116, "av1")[0] == "av1-1080p 1440"  # 1080 is near enough
    assert named(3840, 2880)[0] == "av1-2160p 2880"
    assert named(128, 96) == ["av1-96p 128", "avc-96p 128"]


def test_impossible_ladders() -> None:
    with pytest.raises(PlanError, match="hevc is no codec of a stream"):
        rungs_of(1920, 1080, ("hevc",))
    with pytest.raises(PlanError, match="too small"):
        rungs_of(62, 62)


def test_every_quality_is_tried() -> None:
    tried = candidates(rungs_of(960, 540))
    assert [(rung.name, rung.codec.crf) for rung in tried[:4]] == [
        ("av1-540p", 26), ("av1-540p", 34), ("av1-540p", 42), ("av1-360p", 26),
    ]  # fmt: skip
    assert len(tried) == 12


def test_grid() -> None:
    grid = grid_of(1000, NTSC, (70, 245, 600))
    assert grid.edges == (0, 240, 480, 720, 960, 1000)
    # 245 is too near to the segment at 240; frame 600 is on the grid anyway
    assert grid.keys == (0, 70, 120, 240, 360, 480, 600, 720, 840, 960)
    assert grid.keys_of(Span(start=240, stop=720)) == (120, 240, 360)
    assert list(grid.stretches(2)) == [Span(start=a, stop=b) for a, b in ((0, 480), (480, 960), (960, 1000))]
    assert grid_of(1, NTSC, ()) == Grid(edges=(0, 1), keys=(0,))


@given(
    st.integers(1, 3000), st.sampled_from([NTSC, Fraction(25), Fraction(24000, 1001)]), st.sets(st.integers(1, 3000))
)
def test_grid_of_anything(frames: int, rate: Fraction, cuts: set[int]) -> None:
    grid = grid_of(frames, rate, sorted(cut for cut in cuts if cut < frames))
    gaps = [b - a for a, b in zip(grid.keys, grid.keys[1:], strict=False)]
    assert set(grid.edges[:-1]) <= set(grid.keys) and list(grid.keys) == sorted(set(grid.keys))
    assert all(gap >= round(APART_S * rate) for gap in gaps) and max([0, *gaps]) <= (KEY_S + APART_S) * rate + 1
    assert {b - a for a, b in zip(grid.edges[:-1], grid.edges[1:-1], strict=False)} <= {round(SEGMENT_S * rate)}


def point(height: int, kbps: float, quality: float, kind: str = "av1", crf: int = 30) -> Point:
    rung = rungs_of(height * 4 // 3, height, (kind,))[0].model_copy(update={"codec": recipe(kind, crf)})
    return Point(rung=rung, bits_per_s=1000 * kbps, quality=quality)


def test_hull_leaves_out_what_others_beat() -> None:
    good = [point(360, 500, 60), point(720, 1000, 80), point(1080, 2000, 93), point(2160, 8000, 97)]
    bad = [point(720, 2100, 90), point(1080, 900, 70), point(2160, 4000, 93.5), point(360, 1000, 62)]
    assert hull([*good, *bad]) == good
    assert hull(good[:1]) == good[:1]


def test_rungs_are_a_visible_step_apart() -> None:
    points = [point(2160, 8000, 95), point(1440, 4000, 91), point(1080, 2500, 87), point(360, 400, 50)]
    assert [rung.height for rung in pruned(points, 98)] == [2160, 1080, 360]
    assert JND == 6


def test_the_top_rung_is_the_cheapest_that_is_good_enough() -> None:
    points = [point(2160, 9000, 97, crf=26), point(2160, 5000, 94, crf=34), point(2160, 3000, 90, crf=42)]
    assert [rung.codec.crf for rung in pruned(points, 98)] == [34]
    assert [rung.codec.crf for rung in pruned(points, 94.9)] == [42]
    assert [rung.codec.crf for rung in pruned(points, 100 + TOP_DROP)] == [26]


def test_every_codec_has_a_ladder_of_its_own() -> None:
    points = [point(1080, 2000, 95), point(1080, 4000, 94, "avc"), point(360, 400, 60), point(360, 900, 61, "avc")]
    assert [rung.name for rung in pruned(points, 98)] == ["av1-1080p", "av1-360p", "avc-1080p", "avc-360p"]


def test_windows_are_where_it_moves() -> None:
    motion = [1.0, 2.0, 3.0, 9.0, 4.0, 5.0, 0.5, 6.0, 7.0, 0.1]
    found = windows(motion, Fraction(25), 250, 20)
    assert [(span.start, len(span)) for span in found] == [(100, 20), (75, 20)][::-1]
    assert windows([1.0], Fraction(25), 10, 20) == (Span(start=0, stop=10),)
