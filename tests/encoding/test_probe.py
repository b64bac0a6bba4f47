"""Probes on tiny clips of every difficult kind: what comes out is what a viewer would want."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from encore.core.errors import PlanError
from encore.encoding.codecs import Av1, Avc, Codec, Hevc
from encore.encoding.features import NAMES, features_of
from encore.encoding.predict import Guess
from encore.encoding.probe import Prober, Window, encode_raw
from encore.encoding.quality import LIMITS, quality_of
from encore.encoding.search import Search, search
from encore.encoding.tuned import RANGES, Tuned, arguments, at_crf, tunable
from encore.media.framesizes import frame_sizes
from encore.media.vmaf import detail_gain, scored
from tests.encoding.clips import Luma, drifting, sharpened, written

QUICK = Av1(speed=11)
HIGH = LIMITS["high"]
Make = Callable[[int], Luma]


def searched(
    tmp_path: Path, frames: int, make: Make, rate: Fraction = Fraction(30000, 1001), *, grey: bool = False
) -> Search:
    clip = written(tmp_path / "clip.y4m", frames, make, rate, grey=grey)
    prober = Prober([Window(clip)], QUICK, frames, HIGH, tmp_path)
    found = search(lambda crf: prober.probe(crf).point, HIGH, Guess(40), RANGES["av1"].grid)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.y4m"]
    return found


def test_a_search_on_real_probes_meets_its_target(tmp_path: Path) -> None:
    found = searched(tmp_path, 16, drifting)
    clip = tmp_path / "clip.y4m"
    again = Prober([Window(clip)], QUICK, 16, HIGH, tmp_path).probe(found.crf)
    assert max(again.point.drop, again.point.strain) == pytest.approx(HIGH.mean, abs=0.8)
    assert len(found.points) <= 4
    assert Prober([Window(clip)], QUICK, 16, HIGH, tmp_path).probe(found.crf).point == again.point


def test_three_frames_of_a_strobe(tmp_path: Path) -> None:
    found = searched(tmp_path, 3, lambda n: np.clip(drifting(n) * (1.0 if n % 2 else 0.25), 16, 235))
    assert RANGES["av1"].least <= found.crf <= RANGES["av1"].most and len(found.points) <= 4


def test_all_black_costs_nothing(tmp_path: Path) -> None:
    found = searched(tmp_path, 8, lambda _: np.full((240, 320), 16.0), Fraction(60000, 1001), grey=True)
    assert found.crf > 45 and len(found.points) <= 4 and max(point.bytes for point in found.points) < 500


def test_a_banded_master_reaches_its_drop(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(40, 90, 320), (240, 1))

    def banded(number: int) -> Luma:
        return np.where(np.arange(240)[:, None] < 150, np.round(ramp / 6) * 6, drifting(number))

    clip = written(tmp_path / "clip.y4m", 12, banded)
    prober = Prober([Window(clip)], QUICK, 12, HIGH, tmp_path)
    seen = prober.probe(24).quality
    assert seen.vmaf is not None and seen.vmaf < 95  # by itself it would never be good enough
    found = search(lambda crf: prober.probe(crf).point, HIGH, Guess(40), RANGES["av1"].grid)
    assert found.crf > 17 and not any("out of reach" in reason for reason in found.reasons)


def test_sharpening_on_the_way_is_refused(tmp_path: Path) -> None:
    clip = written(tmp_path / "clip.y4m", 8)
    trick = written(tmp_path / "trick.y4m", 8, lambda n: sharpened(drifting(n)))
    film = tmp_path / "film.mp4"
    encode_raw(trick, at_crf(QUICK, 20), film)
    scores = scored(film, clip, old=True)
    made = quality_of(scores, scored(clip, clip), Fraction(30), detail=detail_gain(film, clip))
    assert len(made.refused()) == 2
    honest = Prober([Window(clip)], QUICK, 8, HIGH, tmp_path).probe(24, thorough=True)
    assert not honest.quality.refused() and honest.quality.detail is not None


def test_a_banned_trick_never_starts(tmp_path: Path) -> None:
    clip = written(tmp_path / "clip.y4m", 2)
    with pytest.raises(PlanError, match="tune"):
        encode_raw(clip, QUICK, tmp_path / "film.mp4", ("-svtav1-params", "tune=5"))
    assert not (tmp_path / "film.mp4").exists()


def test_windows_are_weighted_and_bytes_are_those_of_the_shot(tmp_path: Path) -> None:
    easy = written(tmp_path / "easy.y4m", 8, lambda _: drifting(0))
    hard = written(tmp_path / "hard.y4m", 8, lambda n: drifting(n, seed=n + 2))
    windows = [Window(easy, 0.75), Window(hard, 0.25)]
    both, alone = (Prober(w, QUICK, 400, HIGH, tmp_path).probe(40) for w in (windows, windows[1:]))
    assert both.point.drop < alone.point.drop and both.point.bytes < alone.point.bytes * 0.5
    assert both.quality.second == pytest.approx(alone.quality.second)


@pytest.mark.parametrize("codec", [Av1(speed=11), Hevc(speed="ultrafast"), Avc(speed="ultrafast")])
def test_quarters_of_a_crf_reach_every_encoder(tmp_path: Path, codec: Tuned) -> None:
    clip = written(tmp_path / "clip.y4m", 3, depth=codec.depth)
    sizes: list[int] = []
    for crf in (30.0, 30.5):
        encode_raw(clip, at_crf(codec, crf), tmp_path / "film.mp4")
        sizes.append(sum(frame_sizes(tmp_path / "film.mp4").bytes))
    assert sizes[0] != sizes[1]


def test_recipes_at_another_quality() -> None:
    assert at_crf(Av1(speed=12), 30, 2).speed == 13
    assert at_crf(Hevc(speed="fast"), 20.5, 2).speed == "veryfast"
    assert at_crf(Avc(speed="ultrafast"), 20, 2).speed == "ultrafast"
    assert "-crf" not in arguments(at_crf(Av1(), 30.25), 300)
    assert any(word.startswith("crf=30.25:") for word in arguments(at_crf(Av1(), 30.25), 300))
    for crf in (13.0, 30.1):
        with pytest.raises(PlanError):
            at_crf(Av1(), crf)
    assert tunable("av1") and not tunable(Codec.__name__) and not tunable("ffv1")


def test_features_tell_shots_apart(tmp_path: Path) -> None:
    still = Window(written(tmp_path / "still.y4m", 10, lambda _: drifting(0)), faces=((0, 0, 160, 120),))
    moving = Window(written(tmp_path / "moving.y4m", 10))
    flat = Window(written(tmp_path / "flat.y4m", 1, lambda _: np.full((240, 320), 60.0)))
    one, other, plain = (dict(zip(NAMES, features_of([w]), strict=True)) for w in (still, moving, flat))
    assert one["change"] < other["change"] and one["texture"] == pytest.approx(other["texture"], abs=0.3)
    assert plain["flat share"] == 1 > other["flat share"] and plain["texture"] < one["texture"]
    assert one["face share"] == pytest.approx(0.25) and other["face share"] == 0
