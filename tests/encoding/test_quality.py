"""Drops are against the reference's own score; every limit, guard and ban does what it says."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from encore.core.errors import PlanError
from encore.encoding.banned import refuse
from encore.encoding.codecs import CODECS, codec_of
from encore.encoding.quality import LIMITS, ShotQuality, Target, drops_of, pulse, quality_of, told, worst_second
from encore.media.vmaf import Scores
from encore.media.write import TAGS


def scores(v1: list[float] | None, xpsnr: float = 40.0, **more: np.ndarray) -> Scores:
    count = len(v1) if v1 else 4
    flat = np.full(count, xpsnr)
    values = {"v0": None, "neg": None, "banding": np.zeros(count), **more}
    return Scores(tuple(range(count)), None if v1 is None else np.array(v1), xpsnr=flat, **values)


def test_a_banded_master_is_judged_by_what_the_encoder_lost() -> None:
    made = quality_of(scores([84.0] * 30), scores([88.0] * 30), Fraction(30))
    assert made.vmaf == 84 and made.drop == pytest.approx(4)
    assert made.strain(LIMITS["high"]) <= 5 and made.drop <= LIMITS["high"].mean


def test_the_worst_second_and_percentiles() -> None:
    drops = np.zeros(100)
    drops[40:50] = 12
    assert worst_second(drops, Fraction(30000, 1001)) == pytest.approx(4)
    assert worst_second(drops[:5], Fraction(30)) == 0
    made = quality_of(scores(list(95 - drops)), scores([95.0] * 100), Fraction(30))
    assert made.drop == pytest.approx(1.2) and made.p95 == pytest.approx(12) and set(made.worst) == set(range(40, 50))
    assert made.strain(LIMITS["high"]) == pytest.approx(12 / 8 * 5)
    assert told(made, LIMITS["high"]).startswith("95th percentile")


def test_new_banding_counts() -> None:
    made = quality_of(scores([95.0] * 4, banding=np.full(4, 2.0)), scores([96.0] * 4), Fraction(30))
    assert made.drop == pytest.approx(1) and made.strain(LIMITS["high"]) == pytest.approx(10)
    assert "banding" in told(made, LIMITS["high"])


def test_sharpening_is_refused() -> None:
    v0, neg = np.full(4, 99.5), np.full(4, 95.0)
    made = quality_of(scores([95.0] * 4, v0=v0, neg=neg), scores([96.0] * 4), Fraction(30), detail=1.2)
    assert len(made.refused()) == 2 and "NEG" in made.refused()[0]
    honest = quality_of(scores([95.0] * 4, v0=v0 - 2, neg=neg), scores([96.0] * 4), Fraction(30), detail=0.9)
    assert not honest.refused()


def test_key_frames_must_not_pulse() -> None:
    drops = np.full(60, 3.0)
    drops[30] = 8
    assert pulse(drops, [0, 30]) == pytest.approx(5) and pulse(drops, [0]) is None and pulse(drops, []) is None
    made = quality_of(scores(list(95 - drops)), scores([95.0] * 60), Fraction(30), keys=(0, 30))
    assert "key frames" in made.refused()[0]


def test_xpsnr_stands_in_for_vmaf() -> None:
    good, bad = (drops_of(scores(None, db), scores(None, 80.0)) for db in (60.0, 36.0))
    assert good.max() == 0 and bad.min() > 5
    assert quality_of(scores(None, 36.0), scores(None, 80.0), Fraction(30)).vmaf is None


def test_limits_widen_from_profile_to_profile() -> None:
    order = [LIMITS[name] for name in ("transparent", "high", "stream")]
    assert all(a.mean < b.mean and a.p95 < b.p95 and a.second < b.second for a, b in pairwise(order))
    assert all(one.mean < one.p95 < one.second for one in order) and Target().limits == LIMITS["high"]


def test_documents_there_and_back() -> None:
    found = ShotQuality(crf=30.25, predicted_drop=4.9, predicted_bytes=1000, probes=(), reasons=("a",))
    assert ShotQuality.model_validate_json(found.to_json()) == found
    assert Target.model_validate_json(Target(profile="stream").to_json()).profile == "stream"


@pytest.mark.parametrize(
    "given",
    [
        ("-svtav1-params", "tune=5:lp=2"),
        ("-svtav1-params", "lp=2:tune=5"),
        ("-svtav1-params", "tune=vmaf"),
        ("-aom-params", "tune=vmaf_max_gain"),
        ("-tune", "vmaf_without_preprocessing"),
        ("-vf", "scale=640:360,unsharp=5:5:0.8"),
        ("-vf", "cas=0.5"),
        ("-filter_complex", "[0:v]eq=contrast=1.1[a]"),
        ("-svtav1-params", "film-grain=8:film-grain-denoise=1"),
        ("-x264-params", "keyint=30:nr=100"),
        ("-x265-params", "nr-intra=200"),
        ("-vf", "hqdn3d"),
    ],
)
def test_tricks_are_refused_by_name(given: tuple[str, ...]) -> None:
    with pytest.raises(PlanError) as caught:
        refuse(("-c:v", "libsvtav1", *given))
    assert any(word in str(caught.value) for word in ("tune", "unsharp", "cas", "eq", "film-grain", "nr", "hqdn3d"))


def test_our_own_recipes_are_not_tricks() -> None:
    for kind in CODECS:
        codec = codec_of(kind)
        assert codec is not None
        refuse(("-vf", TAGS, *codec.arguments(300)))
    refuse(("-svtav1-params", "tune=0:film-grain=8:film-grain-denoise=0", "-x264-params", "nr=0", "-i", "cast.mkv"))
