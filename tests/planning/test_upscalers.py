"""A network enlarges what has detail to be found, and the plan tells why another does not."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from encore.core.answers import FaceTrack, Light, Noise, Sharpness
from encore.core.errors import PlanError
from encore.core.findings import Shot
from encore.planning.plan import Decision, Intent
from encore.planning.rules import make_plan
from encore.planning.upscalers import CHROMA_UPSCALER, DEBLOCKER, FACE_RESTORER, LEAST_CLARITY, UPSCALERS, at_hand
from encore.restoration import AnyStage, Faces, Upscale
from encore.restoration.window import NOISE_LEFT
from tests.planning.facts import analysis_of, source_of

BEST = UPSCALERS["best"]
THERE = frozenset({BEST, "sr-fast", CHROMA_UPSCALER})
NOISY = Noise(
    luma_sigma=4, chroma_sigma=3, spatial_sigma=4, kind="grain", correlation_across=0, correlation_down=0,
    correlation_time=0,
)  # fmt: skip


def decided(networks: frozenset[str] = THERE, answers: dict[str, object] | None = None, **wanted: object) -> Decision:
    found = analysis_of()
    shot: Shot = found.shots[0].model_copy(update=answers or {})
    found = found.model_copy(update={"shots": (shot,)})
    plan = make_plan(source_of(), found, Intent.model_validate(wanted), networks=networks)
    return next(one for one in plan.shots[0].decisions if isinstance(one.stage, Upscale))


def stage_of(decision: Decision) -> Upscale:
    assert isinstance(decision.stage, Upscale)
    return decision.stage


def sharp(clarity: float) -> Sharpness:
    blur = 4 * 8**-clarity
    return Sharpness(blur_sigma=blur, luma_bandwidth=0.5, chroma_bandwidth=None, halo=0, clarity=clarity)


def test_a_network_enlarges_if_it_is_there() -> None:
    found = decided()
    assert stage_of(found).network == BEST and stage_of(found).chroma_network == CHROMA_UPSCALER
    assert "2160 lines" in found.because and BEST in found.because
    alone = stage_of(decided(frozenset({BEST})))
    assert alone.network == BEST and alone.chroma_network is None


def test_without_networks_pictures_are_enlarged_as_ever() -> None:
    found = decided(frozenset())
    assert stage_of(found) == Upscale(width=2880, height=2160) and "is not there" in found.because


def test_quick_and_small_films_need_none() -> None:
    assert stage_of(decided(quality="fast")).network is None
    found = decided(height=480)
    assert stage_of(found).network is None and "not larger" in found.because


def test_the_asked_one_rules() -> None:
    assert stage_of(decided(upscaler="sr-fast")).network == "sr-fast"
    soft: dict[str, object] = {"sharpness": sharp(0.1)}
    assert stage_of(decided(answers=soft, upscaler="sr-fast", quality="fast")).network == "sr-fast"
    found = decided(upscaler="lanczos")
    assert stage_of(found).network is None and "lanczos was asked for" in found.because


@pytest.mark.parametrize("name", ["sr-best", CHROMA_UPSCALER, ""])
def test_an_unknown_one_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(PlanError, match="auto, lanczos, sr-balanced, sr-fast"):
        decided(upscaler=name)


def test_mush_and_darkness_hold_no_detail() -> None:
    found = decided(answers={"sharpness": sharp(0.2)})
    assert stage_of(found).network is None and "clarity 0.20" in found.because and found.evidence
    assert stage_of(decided(answers={"sharpness": sharp(LEAST_CLARITY + 0.01)})).network == BEST
    found = decided(answers={"light": Light.model_construct(exposure=0.004, events=())})
    assert stage_of(found).network is None and "0.4% of white" in found.because and found.evidence


def test_the_noise_told_is_what_is_left() -> None:
    assert stage_of(decided()).noise == 1.0
    assert stage_of(decided(answers={"noise": NOISY})).noise == NOISE_LEFT
    fast = decided(answers={"noise": NOISY}, upscaler="sr-fast", quality="fast")
    assert stage_of(fast).noise == 1.0


@dataclass(frozen=True)
class OneCard:
    name: str
    task: str
    radius: int = 8


def test_only_what_a_plan_can_use_is_at_hand() -> None:
    cards = [
        OneCard("a", "luma-x4"), OneCard("b", "picture"), OneCard("c", "chroma-x4"), OneCard("d", "luma-x1"),
        OneCard(CHROMA_UPSCALER, "chroma-x4"), OneCard(DEBLOCKER, "luma-x1"),
    ]  # fmt: skip
    cards += [OneCard(FACE_RESTORER, "face-x1"), OneCard("faces", "faces")]
    assert at_hand(cards) == {"a", "b", CHROMA_UPSCALER, DEBLOCKER, FACE_RESTORER}


ALL = THERE | {FACE_RESTORER, "foreign"}


def stages_of(tracks: tuple[FaceTrack, ...] | None, networks: frozenset[str] = ALL, **wanted: object) -> list[AnyStage]:
    found = analysis_of()
    found = found.model_copy(update={"shots": (found.shots[0].model_copy(update={"faces": tracks}),)})
    plan = make_plan(source_of(), found, Intent.model_validate(wanted), networks=networks)
    return [one.stage for one in plan.shots[0].decisions if isinstance(one.stage, Faces | Upscale)]


def seen(largest: float, number: int = 1) -> FaceTrack:
    return FaceTrack.model_construct(number=number, largest=largest)


def test_faces_that_are_large_enough_are_restored() -> None:
    person, enlarging = stages_of((seen(8), seen(30, 2)))
    assert isinstance(person, Faces) and person.exclude == () and person.only is None
    assert isinstance(enlarging, Upscale) and enlarging.face_network == FACE_RESTORER


@pytest.mark.parametrize(
    ("tracks", "wanted"),
    [
        (None, {}), ((), {}), ((seen(9.9),), {}), ((seen(30),), {"faces": "off"}),
        ((seen(30),), {"upscaler": "lanczos"}),
        ((seen(30),), {"quality": "fast", "upscaler": "sr-fast"}), ((seen(30),), {"height": 480}),
    ],
)  # fmt: skip
def test_nobody_is_restored(tracks: tuple[FaceTrack, ...] | None, wanted: dict[str, object]) -> None:
    (enlarging,) = stages_of(tracks, **wanted)
    assert isinstance(enlarging, Upscale) and enlarging.face_network is None


def test_a_network_for_faces_may_be_named() -> None:
    _, enlarging = stages_of((seen(30),), faces="foreign")
    assert isinstance(enlarging, Upscale) and enlarging.face_network == "foreign"
    (enlarging,) = stages_of((seen(30),), networks=THERE)
    assert isinstance(enlarging, Upscale) and enlarging.face_network is None
    with pytest.raises(PlanError, match="auto, off, face-s, foreign, sr-balanced"):
        stages_of((seen(30),), faces=CHROMA_UPSCALER)
