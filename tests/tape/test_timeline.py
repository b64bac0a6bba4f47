"""One constant clock from whatever timestamps a tape has: nothing lost, nothing out of order, sound in step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encore.core.errors import InputError
from encore.media.decode import Stamp, decoded
from encore.media.inspect import inspect
from encore.tape.timeline import STANDARD_RATES, Clock, make_clock, nearest_standard

NTSC, PAL, FILM = Fraction(30000, 1001), Fraction(25), Fraction(24000, 1001)
TICK = Fraction(1, 90000)
MS = Fraction(1, 1000)


def clock(
    seconds: Sequence[Fraction | float | None], base: Fraction = TICK, rate: Fraction | None = NTSC,
    corrupt: Sequence[int] = (),
) -> Clock:  # fmt: skip
    stamps = [
        Stamp(None if s is None else round(s / base), 0, n in corrupt, interlaced=True) for n, s in enumerate(seconds)
    ]
    return make_clock(stamps, base, rate)


def steady(frames: int, rate: Fraction = NTSC, start: Fraction = Fraction(0)) -> list[Fraction]:
    return [start + n / rate for n in range(frames)]


def is_plain(made: Clock, frames: int) -> bool:
    return made.top.tolist() == made.bottom.tolist() == list(range(frames))


@pytest.mark.parametrize("rate", [NTSC, PAL, FILM, Fraction(50), Fraction(60000, 1001), Fraction(24), Fraction(30)])
@pytest.mark.parametrize("base", [TICK, MS, Fraction(1, 30000)])
def test_constant(rate: Fraction, base: Fraction) -> None:
    made = clock(steady(300, rate, Fraction(1, 2)), base, rate)
    assert (made.timeline.rate, made.timeline.kind, made.timeline.frames) == (rate, "constant", 300)
    assert (made.timeline.held, made.timeline.skipped, made.timeline.jumps) == (0, 0, ())
    assert is_plain(made, 300)
    assert abs(made.timeline.start_s - Fraction(1, 2)) <= base
    assert made.timeline.span.stop == 600 and made.timeline.tick_rate == 2 * rate


@pytest.mark.parametrize("flagged", [None, Fraction(90000), Fraction(25), Fraction(599, 20), Fraction(0)])
def test_a_wrong_or_missing_flag_does_not_matter(flagged: Fraction | None) -> None:
    assert clock(steady(300), TICK, flagged).timeline.rate == NTSC


@given(st.sampled_from([NTSC, PAL, FILM]), st.integers(2, 400), st.floats(0, 1e5), st.sampled_from([TICK, MS]))
def test_constant_clocks_never_lose_a_frame(rate: Fraction, frames: int, start: float, base: Fraction) -> None:
    made = clock(steady(frames, rate, Fraction(start)), base, rate)
    assert is_plain(made, frames)
    assert made.timeline.rate == rate
    assert abs(made.timeline.start_s - Fraction(start)) <= 2 * base


def test_long_millisecond_clock_does_not_drift() -> None:
    made = clock(steady(30_000), MS)
    assert is_plain(made, 30_000)


@pytest.mark.parametrize("gap", [1, 3, 30, 140])
def test_short_gaps_are_held(gap: int) -> None:
    at = steady(100) + [(100 + gap + n) / NTSC for n in range(100)]
    made = clock(at)
    assert (made.timeline.frames, made.timeline.held, made.timeline.jumps) == (200 + gap, gap, ())
    assert made.top[99 : 101 + gap].tolist() == [99] * (gap + 1) + [100]
    assert [(d.kind, d.span.start, d.span.stop) for d in made.damage] == [("held", 100, 100 + gap)]


def test_long_gaps_are_closed_for_sound_too() -> None:
    made = clock(steady(100) + steady(100, start=100 / NTSC + 60))
    assert is_plain(made, 200)
    ((at, gap),) = made.timeline.jumps
    assert abs(at - (100 / NTSC + 60)) < MS and abs(gap - 60) < 1 / NTSC


@pytest.mark.parametrize("back", [Fraction(10), Fraction(3)])
def test_going_back_in_time_is_a_cut_in_the_capture(back: Fraction) -> None:
    made = clock(steady(300) + steady(100, start=300 / NTSC - back))
    assert is_plain(made, 400)
    assert made.timeline.start_s == 0
    ((_, gap),) = made.timeline.jumps
    assert abs(gap + back) < 1 / NTSC


def test_one_capture_three_times_over() -> None:
    """Most of it lies after a jump, and still it starts where it starts."""
    made = clock(steady(90, start=Fraction(5)) * 3)
    assert is_plain(made, 270)
    assert abs(made.timeline.start_s - 5) <= TICK
    assert [gap for _, gap in made.timeline.jumps] == [-90 / NTSC] * 2


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_stray_frames_at_the_ends_join_their_neighbours(frames: int) -> None:
    late = clock(steady(100) + steady(frames, start=100 / NTSC + 2))
    early = clock(steady(frames) + steady(100, start=frames / NTSC + 2))
    for made in (late, early):
        assert is_plain(made, 100 + frames)
        assert made.timeline.jumps == ()
    assert late.timeline.start_s == 0
    assert abs(early.timeline.start_s - 2) < 2 / NTSC  # by the many, not by the strays


def test_soft_telecine_is_read_at_its_own_rate() -> None:
    at, seconds = Fraction(0), []
    for n in range(200):
        seconds.append(at)
        at += Fraction(3 if n % 2 else 2, 2) / NTSC
    made = clock(seconds)
    assert (made.timeline.kind, made.timeline.rate) == ("soft telecine", FILM)
    assert is_plain(made, 200)


def test_hybrid_closes_a_pause() -> None:
    """A capture that was paused for a minute is not an hour of one held picture."""
    units = [1.5, 1.0] * 6 + [1.0] * 20
    times = np.concatenate([[0.0], np.cumsum(units)]) * 1001
    paused = np.concatenate([times[:16], times[16:] + 60 * 30000])
    whole, made = (
        make_clock([Stamp(round(float(t)), 0, False, False) for t in line], Fraction(1, 30000), NTSC)
        for line in (times, paused)
    )
    assert made.timeline.kind == "hybrid"
    assert abs(made.timeline.frames - whole.timeline.frames) <= 1
    ((at, gap),) = made.timeline.jumps
    assert abs(gap - 60) < Fraction(1, 20)
    assert abs(at - Fraction(int(paused[16]), 30000)) < Fraction(1, 1000)


def test_hybrid_is_laid_out_by_fields() -> None:
    """Film with repeat flags, then video: every decoded frame shows as long as its flags say."""
    at, seconds, lengths = Fraction(0), [], []
    for n in range(160):
        fields = (3 if n % 2 else 2) if n < 60 else 2
        seconds.append(at)
        lengths.append(fields)
        at += Fraction(fields, 2) / NTSC
    made = clock(seconds)
    assert (made.timeline.kind, made.timeline.rate) == ("hybrid", NTSC)
    shown = np.stack([made.top, made.bottom], 1).ravel()
    assert np.bincount(shown).tolist()[:-1] == lengths[:-1]
    assert (np.diff(shown) >= 0).all()


def test_variable_times_get_the_television_rate_beneath_them() -> None:
    """One frame in six dropped, some late by a third: 29.97 is the clock that shows them all."""
    seconds = [(n + (0.3 if n % 4 == 1 else 0)) / float(NTSC) for n in range(300) if n % 6 != 3]
    made = clock(seconds, TICK, Fraction(2500, 100))
    assert made.timeline.rate == NTSC
    assert made.timeline.kind == "variable"
    assert set(made.top.tolist()) == set(range(len(seconds)))
    assert made.timeline.held == pytest.approx(50, abs=3)
    start = float(made.timeline.start_s)
    late = np.array([start + n / float(NTSC) - seconds[shown] for n, shown in enumerate(made.top)])
    inner = late[6:-6]  # at the ends a gap is closed: frames there may be strays
    assert -0.6 / float(NTSC) < inner.min() and inner.max() < 1.6 / float(NTSC)


def test_wildly_variable_times_still_make_a_clock() -> None:
    random = np.random.default_rng(9)
    seconds = np.cumsum(random.uniform(0.005, 0.2, 400)).tolist()
    made = clock(seconds, MS, None)
    assert made.timeline.kind == "variable"
    assert 10 <= made.timeline.rate <= 60
    assert made.timeline.frames / made.timeline.rate == pytest.approx(seconds[-1] - seconds[0], rel=0.05)


def test_no_times_at_all() -> None:
    made = clock([None] * 50, TICK, PAL)
    assert (made.timeline.kind, made.timeline.rate) == ("untimed", PAL)
    assert is_plain(made, 50)
    assert clock([None] * 50, TICK, None).timeline.rate == NTSC


def test_some_missing_times_follow_from_their_neighbours() -> None:
    seconds: list[Fraction | None] = list(steady(100))
    for n in (0, 7, 8, 50, 99):
        seconds[n] = None
    made = clock(seconds)
    assert is_plain(made, 100)
    assert abs(made.timeline.start_s) <= TICK


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_very_short_tapes(frames: int) -> None:
    made = clock(steady(frames, PAL), TICK, PAL)
    assert is_plain(made, frames) and made.timeline.rate == PAL


def test_no_frames() -> None:
    with pytest.raises(InputError, match="no picture"):
        clock([])


def test_identical_times() -> None:
    made = clock([Fraction(1)] * 20, TICK, PAL)
    assert made.timeline.frames >= 1
    assert (np.diff(made.top) >= 0).all()


def test_damage_is_told_by_tape_frame() -> None:
    made = clock(steady(20), corrupt=(3, 4, 10))
    assert [(d.kind, d.span.start, d.span.stop) for d in made.damage] == [("corrupt", 3, 5), ("corrupt", 10, 11)]


times = st.lists(st.one_of(st.none(), st.integers(-2000, 900_000)), min_size=1, max_size=60)


@settings(max_examples=150)
@given(times, st.sampled_from([None, NTSC, PAL, Fraction(1000)]))
def test_any_times_make_a_clock_that_never_runs_backwards(pts: list[int | None], rate: Fraction | None) -> None:
    made = make_clock([Stamp(p, 0, corrupt=False, interlaced=False) for p in pts], TICK, rate)
    line = made.timeline
    assert len(made.top) == len(made.bottom) == line.frames >= 1
    for shown in (made.top, made.bottom):
        assert (np.diff(shown) >= 0).all() and shown.min() >= 0 and shown.max() < len(pts)
    assert line.decoded == len(pts)
    assert line.rate > 0
    if line.kind != "hybrid":
        assert len(set(made.top.tolist())) == line.decoded - line.skipped
        assert line.frames == line.decoded - line.skipped + line.held
    assert all(0 <= d.span.start < d.span.stop <= line.frames for d in made.damage)


def test_saved_and_read_back(tmp_path: Path) -> None:
    seconds: list[Fraction | None] = list(steady(30))
    seconds[4] = None
    made = clock(seconds, corrupt=(2,))
    made.save(tmp_path / "clock.npz")
    back = Clock.load(tmp_path / "clock.npz", made.timeline, made.damage)
    assert back.pts == made.pts and back.pts[4] is None
    assert np.array_equal(back.top, made.top) and np.array_equal(back.bottom, made.bottom)
    assert (back.timeline, back.damage) == (made.timeline, made.damage)


@pytest.mark.parametrize("rate", STANDARD_RATES)
def test_nearest_standard(rate: Fraction) -> None:
    assert nearest_standard(rate) == rate
    assert nearest_standard(Fraction(round(float(rate), 2)).limit_denominator(100)) in STANDARD_RATES
    assert nearest_standard(Fraction(37)) == 37


@pytest.mark.parametrize(
    ("suffix", "recipe", "rate", "kind", "frames"),
    [
        (".mpg", {}, NTSC, "constant", 30),
        (".mpg", {"scan": "soft", "frames": 24}, FILM, "soft telecine", 24),
        (".dv", {"codec": "dv", "frames": 25, "scenes": ("wide",)}, NTSC, "constant", 25),
    ],
)  # fmt: skip
def test_real_tapes(
    make: Callable[..., Path], suffix: str, recipe: dict[str, object], rate: Fraction, kind: str, frames: int
) -> None:
    source = inspect(make(suffix, **recipe))
    video = source.video
    made = make_clock([stamp for stamp, _ in decoded(source.path, video.index)], video.time_base, video.rate)
    assert (made.timeline.rate, made.timeline.kind, made.timeline.frames) == (rate, kind, frames)
