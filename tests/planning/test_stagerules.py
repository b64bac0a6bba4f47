"""A stage is planned where its wound is, with a reason, and not where it is not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from encore.core.answers import Compression, Light, LightEvent, Noise, TapeDamage
from encore.core.errors import PlanError
from encore.core.findings import Analysis, Fault, Shot
from encore.core.time import Span
from encore.planning.losses import UNMARKED, Marked
from encore.planning.plan import Decision, Intent
from encore.planning.rules import make_plan
from encore.planning.stagerules import COARSE, COARSE_CODE, GRAIN_LEFT, LEAST_ERA, MOST_ERA
from encore.planning.upscalers import DEBLOCKER
from encore.restoration import Deblock, Deflicker, Dejitter, Denoise, Grain, Keep, Rebuild, Stabilize
from encore.restoration.window import NOISE_LEFT
from tests.planning.facts import INTERLACED, PROGRESSIVE, analysis_of, source_of

NOISY = Noise(
    luma_sigma=4, chroma_sigma=3, spatial_sigma=4, kind="grain", correlation_across=0, correlation_down=0,
    correlation_time=0,
)  # fmt: skip


def decided(
    answers: Mapping[str, object] | None = None, scan: object = INTERLACED, marked: Marked = UNMARKED,
    faults: tuple[Fault, ...] = (), networks: frozenset[str] = frozenset(), **wanted: object,
) -> dict[str, Decision]:  # fmt: skip
    """Decisions about a tape of one shot, by stage."""
    found: Analysis = analysis_of((scan,))  # type: ignore[arg-type]
    shot: Shot = found.shots[0].model_copy(update=dict(answers or {}))
    found = found.model_copy(update={"shots": (shot,), "faults": faults})
    plan = make_plan(source_of(), found, Intent.model_validate({"height": 480, **wanted}), marked, networks=networks)
    made = {decision.stage.kind: decision for decision in plan.shots[0].decisions}
    assert all(decision.because and decision.by == "rule" for decision in made.values())
    return made


def test_nothing_is_wrong() -> None:
    assert set(decided()) == {"deflicker", "upscale"}
    assert set(decided({"noise": NOISY}, quality="fast")) == {"upscale"}


def test_noise_is_taken_off_guarded_and_given_back() -> None:
    found = decided({"noise": NOISY})
    assert set(found) == {"deflicker", "denoise", "keep", "grain", "upscale"}
    assert isinstance(found["denoise"].stage, Denoise) and isinstance(found["keep"].stage, Keep)
    assert "4.0 codes" in found["denoise"].because
    quiet = NOISY.model_copy(update={"luma_sigma": 0.3, "chroma_sigma": 0.2})
    assert not {"denoise", "keep", "grain"} & set(decided({"noise": quiet}))


@pytest.mark.parametrize("sigma", [0.7, 2.0, 4.0, 8.0, 20.0])
def test_quiet_tapes_keep_more_grain(sigma: float) -> None:
    stage = decided({"noise": NOISY.model_copy(update={"luma_sigma": sigma})})["grain"].stage
    assert isinstance(stage, Grain)
    assert LEAST_ERA <= stage.era <= MOST_ERA
    assert stage.era * sigma <= max(GRAIN_LEFT + 0.1, LEAST_ERA * sigma)


@pytest.mark.parametrize("era", [0.0, 0.5, 1.0])
def test_the_asked_era_rules(era: float) -> None:
    decision = decided({"noise": NOISY}, era=era)["grain"]
    assert isinstance(decision.stage, Grain) and decision.stage.era == era and "as asked" in decision.because


def test_grain_in_the_stream_leaves_pictures_clean() -> None:
    noisy = analysis_of().shots[0].model_copy(update={"noise": NOISY.model_copy(update={"correlation_across": 0.4})})
    found = analysis_of().model_copy(update={"shots": (noisy,)})
    plan = make_plan(source_of(), found, Intent(height=2160, grain="stream"))
    (shot,) = plan.shots
    (grain,) = (one for one in shot.decisions if isinstance(one.stage, Grain))
    assert plan.delivery.grain == "stream" and shot.film_grain is not None
    assert isinstance(grain.stage, Grain) and grain.stage.era == 0
    assert "players make 35% of the grain" in grain.because and "finer" in grain.because
    assert make_plan(source_of(), found, Intent(height=2160)).shots[0].film_grain is None
    clean = make_plan(source_of(), found, Intent(height=2160, grain="stream", era=0)).shots[0]
    assert clean.film_grain is None and any("nothing of the grain" in one.because for one in clean.decisions)
    with pytest.raises(PlanError, match="hevc carries no film grain"):
        make_plan(source_of(), found, Intent(grain="stream", codec="hevc"))


def test_effects_of_light_are_spared() -> None:
    events = (
        LightEvent(kind="flash", span=Span(start=10, stop=12)),
        LightEvent(kind="strobe", span=Span(start=0, stop=3)),
    )
    light = Light.model_construct(events=events)
    stage = decided({"light": light})["deflicker"].stage
    assert isinstance(stage, Deflicker)
    assert [(s.start, s.stop) for s in stage.spared] == [(18, 27), (0, 9)]
    stage = decided({"light": light}, scan=PROGRESSIVE)["deflicker"].stage
    assert isinstance(stage, Deflicker)
    assert [(s.start, s.stop) for s in stage.spared] == [(9, 14), (0, 5)]


def test_displaced_lines_are_put_back() -> None:
    damage = TapeDamage(dropout_lines=0, dropout_share=0, snow_frames=0, jitter=0.4, head_switching_lines=0)
    found = decided({"damage": damage})
    assert isinstance(found["dejitter"].stage, Dejitter) and "0.4 samples" in found["dejitter"].because
    assert "dejitter" not in decided({"damage": damage.model_copy(update={"jitter": 0.1})})


def test_shake_goes_only_where_asked() -> None:
    stage = decided(stabilize=0.5, crop=True)["stabilize"].stage
    assert isinstance(stage, Stabilize) and stage.strength == 0.5 and stage.active == (8, 2, 712, 470)


def test_lost_frames_and_torn_places_are_rebuilt() -> None:
    repeat = Fault(kind="duplicate", span=Span(start=20, stop=21), score=0.99, repair="rebuild")
    found = decided(faults=(repeat,))["rebuild"]
    assert isinstance(found.stage, Rebuild) and "1 tape frames" in found.because
    torn = decided(marked=Marked({}, (3, 7, 999)))["rebuild"]
    assert "2 frames are filled" in torn.because
    covered = decided(marked=Marked({9: 0.8}, (9,)))["rebuild"]
    assert "1 tape frames" in covered.because and "filled" not in covered.because
    assert "rebuild" not in decided(faults=(repeat,), quality="fast")


def test_a_coarse_codec_is_undone_where_its_network_is_there() -> None:
    there = frozenset({DEBLOCKER})
    coarse = Compression(blockiness=2, ringing=1, banding=0, quantiser=28, severity=COARSE + 0.1)
    found = decided({"compression": coarse, "noise": NOISY}, networks=there)
    assert list(found) == ["deflicker", "denoise", "keep", "deblock", "grain", "upscale"]
    assert found["deblock"].stage == Deblock(network=DEBLOCKER, noise=NOISE_LEFT)
    assert [one.value for one in found["deblock"].evidence] == [coarse.severity, 14]
    quiet = decided({"compression": coarse}, networks=there)["deblock"].stage
    assert isinstance(quiet, Deblock) and quiet.noise == 1.0
    assert "deblock" not in decided({"compression": coarse}, networks=there, quality="fast")
    assert "deblock" not in decided({"compression": coarse})
    assert "deblock" not in decided(networks=there)
    with pytest.raises(PlanError, match="enlarges"):
        decided(networks=there, upscaler=DEBLOCKER)


@pytest.mark.parametrize(
    ("severity", "quantiser", "planned"),
    [
        (COARSE, None, True),
        (COARSE, 4.0, True),  # an earlier copy was coarse
        (COARSE - 0.01, None, False),
        (0.3, 2 * COARSE_CODE, True),
        (0.3, 2 * COARSE_CODE - 1, False),
        (0.0, 2.0, False),
    ],
)
def test_coarse_is_what_is_seen_or_what_the_stream_says(
    severity: float, quantiser: float | None, planned: bool
) -> None:
    found = Compression(blockiness=1, ringing=0, banding=0, quantiser=quantiser, severity=severity)
    assert ("deblock" in decided({"compression": found}, networks=frozenset({DEBLOCKER}))) == planned


def test_the_rate_of_the_film_moves_nothing() -> None:
    by_frame = decided({"noise": NOISY}, rate="frame")
    assert by_frame == decided({"noise": NOISY})
