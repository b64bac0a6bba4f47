"""Doubts are settled by trying: the right field order and the right strength win, and verdicts are kept."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from encore.core.answers import Noise
from encore.core.events import Decided, Event
from encore.core.findings import Analysis, Box, Edges, Scan, Shot, Timeline
from encore.core.time import Span
from encore.core.video import Clip, Motion, VideoFormat
from encore.encoding.codecs import Avc
from encore.execution.audition import auditioned
from encore.execution.store import Store
from encore.motion.flow import Follower
from encore.planning.plan import Choice, Decision, Delivery, Intent, Plan, Reading, ShotPlan
from encore.restoration import Denoise, Upscale
from encore.tape.probe import probe
from encore.tape.reader import Take
from tests.motion.scenes import HEIGHT, WIDTH, pan

COUNT = 16
SPAN = Span(start=0, stop=COUNT)


class Film:
    """Stands in for a reader: a noisy pan, its pictures swapped in pairs where the field order is wrong."""

    def __init__(self, order: str, sigma: float) -> None:
        self.order, self.reads = order, 0
        random = np.random.default_rng(1)
        self.truth = pan((1.5, 0.4), COUNT, grain=2.5)
        self.pictures = [p + random.normal(0, sigma, p.shape).astype(np.float32) for p in self.truth]

    def read(self, take: Take, span: Span, *, follow: bool = False) -> Clip:
        self.reads += 1
        there = range(span.start, span.stop)
        numbers = list(there) if take.order == self.order else [n ^ 1 for n in there]
        y = (np.stack([self.pictures[n] for n in numbers]) - 16) / np.float32(219)
        c = np.zeros((len(y), HEIGHT // 2, WIDTH // 2), np.float32)
        motion = None
        if follow:
            flows = [Follower().between(self.pictures[a], self.pictures[b]) for a, b in pairwise(range(COUNT))]
            motion = Motion(
                tuple(flows[n][0] if n + 1 < COUNT else None for n in there),
                tuple(flows[n - 1][1] if n else None for n in there),
            )
        form = VideoFormat(width=WIDTH, height=HEIGHT, chroma="420")
        return Clip(y=y, cb=c, cr=c.copy(), at=tuple(there), format=form, motion=motion)


@pytest.fixture
def store(small_tape: Path, tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "space", probe(small_tape), "test")
    yield made
    made.close()


def analysis_of(confidence: float, told: float) -> Analysis:
    noise = Noise(
        luma_sigma=told, chroma_sigma=1, spatial_sigma=told, kind="codec", correlation_across=0, correlation_down=0,
        correlation_time=0,
    )  # fmt: skip
    box = Box(left=0, top=0, right=WIDTH, bottom=HEIGHT)
    shot = Shot(span=SPAN, scan=Scan(mode="interlaced", order="tff", confidence=confidence), noise=noise)
    clock = Timeline(rate=Fraction(25), frames=COUNT // 2, start_s=Fraction(0), kind="constant", decoded=COUNT // 2)
    return Analysis(
        source="tape", timeline=clock, edges=Edges(active=box, full=box), shots=(shot,), sample_aspect=Fraction(1),
        version="test",
    )  # fmt: skip


def plan_of() -> Plan:
    because = Choice(because="so")
    shot = ShotPlan(
        span=SPAN, reading=Reading(method="compensated", order="tff"), reading_choice=because,
        decisions=(Decision(stage=Denoise(reach=2), because="so"),
                   Decision(stage=Upscale(width=64, height=48), because="so")),
    )  # fmt: skip
    delivery = Delivery(
        width=64, height=48, rate=Fraction(50), ticks_per_frame=Fraction(1), codec=Avc(), choice=because
    )
    return Plan(source="tape", analysis="x", intent=Intent(), span=SPAN, delivery=delivery, shots=(shot,))


def tried(film: Film, store: Store, confidence: float, told: float) -> tuple[ShotPlan, list[Event]]:
    heard: list[Event] = []
    analysis = analysis_of(confidence, told)
    found = auditioned(plan_of(), analysis, None, film, store, heard.append)  # type: ignore[arg-type]
    return found.shots[0], heard


@pytest.mark.parametrize("order", ["tff", "bff"])
def test_the_order_in_which_things_move_smoothly_wins(store: Store, order: str) -> None:
    shot, heard = tried(Film(order, 1), store, confidence=0.2, told=1)
    assert shot.reading.order == order
    assert shot.reading_choice.by == "audition" and "tried" in shot.reading_choice.because
    marks = {True: "taken", False: "tried"}
    assert [e.what for e in shot.reading_choice.evidence] == [f"{marks[o == order]}: {o}" for o in ("tff", "bff")]
    assert ("the rules had planned tff" in shot.reading_choice.because) == (order == "bff")
    assert any(isinstance(event, Decided) and order in event.decision for event in heard)


def test_where_nothing_moves_the_order_stays_and_the_reason_says_so(store: Store) -> None:
    film = Film("bff", 0)
    film.pictures = film.pictures[:1] * COUNT
    shot, _ = tried(film, store, confidence=0.2, told=1)
    assert shot.reading.order == "tff"
    assert "with the other field order it does not move clearly more smoothly" in shot.reading_choice.because
    assert "had planned" not in shot.reading_choice.because


@pytest.mark.parametrize(("told", "wanted"), [(4.0, (1.0, 1.4)), (2.0, (2.0,)), (8.0, (0.5, 0.7))])
def test_a_wrong_measurement_of_noise_is_found_out(store: Store, told: float, wanted: tuple[float, ...]) -> None:
    shot, _ = tried(Film("tff", 4), store, confidence=1, told=told / 0.8)
    (stage,) = [d.stage for d in shot.decisions if isinstance(d.stage, Denoise)]
    assert stage.strength in wanted
    (decision,) = [d for d in shot.decisions if isinstance(d.stage, Denoise)]
    assert decision.by == "audition" and len(decision.evidence) == 5
    assert [e.what for e in decision.evidence if e.what.startswith("taken: ")] == [
        f"taken: {stage.strength:g} times the noise measured"
    ]


def test_verdicts_are_kept(store: Store) -> None:
    film = Film("bff", 2)
    first, _ = tried(film, store, 0.2, 2)
    reads = film.reads
    again, heard = tried(film, store, 0.2, 2)
    assert again == first and film.reads == reads > 0 and not heard
    tried(film, store, 0.3, 2)
    assert film.reads == reads  # nothing that the plan depends on has changed


def test_nothing_is_tried_without_doubt_or_pictures(store: Store) -> None:
    film = Film("bff", 2)
    plan = plan_of()
    sure = analysis_of(1, 2)
    noise = sure.shots[0].noise
    assert noise is not None
    shot = sure.shots[0].model_copy(update={"noise": noise.model_copy(update={"kind": "grain"})})
    sure = sure.model_copy(update={"shots": (shot,)})
    assert auditioned(plan, sure, None, film, store, lambda _e: None) == plan  # type: ignore[arg-type]
    assert film.reads == 0
