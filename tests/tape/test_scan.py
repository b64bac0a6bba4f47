"""How tapes were scanned is measured right for every way of scanning, noise, light and mixture."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from encore.core.errors import DocumentError
from encore.core.findings import Scan
from encore.core.time import Span
from encore.tape.scan import FieldMeter, FieldStats, classify, majority
from tests.tape.moving import Frames, filmed, measured, scene

UNKNOWN = Scan(mode="interlaced", confidence=0)
WAYS = [
    ("interlaced", "tff", 0), ("interlaced", "bff", 0), ("progressive", "tff", 0), ("offset", "tff", 0),
    ("offset", "bff", 0), ("film", "tff", 2), ("film", "bff", 1), ("film2332", "tff", 0),
]  # fmt: skip
MODES = {"offset": "progressive", "film2332": "film"}


def judged(frames: Frames, fallback: Scan = UNKNOWN) -> list[tuple[Span, Scan]]:
    return classify(measured(frames), Span(start=0, stop=len(frames)), fallback)


def flashed(frames: Frames, seed: int = 0) -> Frames:
    """One field in seven much brighter."""
    random = np.random.default_rng(seed)
    result: Frames = []
    for frame in frames:
        light = frame.astype(np.float32)
        for parity in (0, 1):
            if random.random() < 1 / 7:
                light[parity::2] = light[parity::2] * random.uniform(1.5, 3) + 40
        result.append(np.clip(light, 0, 255).astype(np.uint8))
    return result


def expect(runs: list[tuple[Span, Scan]], mode: str, order: str) -> None:
    assert len(runs) == 1
    scan = runs[0][1]
    assert scan.mode == MODES.get(mode, mode)
    assert scan.offset == (mode == "offset")
    assert mode == "progressive" or scan.order == order
    assert scan.confidence > 0.5
    assert scan.evidence


@pytest.mark.parametrize("noise", [0, 4, 8])
@pytest.mark.parametrize(("mode", "order", "phase"), WAYS)
def test_sees_the_way_of_scanning(mode: str, order: str, phase: int, noise: float) -> None:
    expect(judged(filmed(mode, order, 24, phase, noise)), mode, order)


@pytest.mark.parametrize(
    "at",
    [scene("astronaut", (0.25, 0.1)), scene("chelsea", (9, 0)), scene("rocket", (0, 1.0)), scene("coffee", (0, 0))],
    ids=["slow", "fast", "one line per field", "only a ball moves"],
)
@pytest.mark.parametrize(("mode", "order", "phase"), WAYS[:4] + WAYS[5:6])
def test_any_motion_will_do(mode: str, order: str, phase: int, at: object) -> None:
    expect(judged(filmed(mode, order, 30, phase, 4, at)), mode, order)  # type: ignore[arg-type]


@pytest.mark.parametrize(("mode", "order", "phase"), WAYS[:6])
def test_strobes_do_not_confuse(mode: str, order: str, phase: int) -> None:
    expect(judged(flashed(filmed(mode, order, 36, phase, 4))), mode, order)


@pytest.mark.parametrize(("mode", "order"), [("interlaced", "bff"), ("progressive", "tff")])
def test_dissolves_and_fades_do_not_confuse(mode: str, order: str) -> None:
    one, other = filmed(mode, order, 30), filmed(mode, order, 30, at=scene("astronaut", (-2, 0.5)))
    mix = [
        np.round(a * (1 - k / 29) + b * (k / 29)).astype(np.uint8)
        for k, (a, b) in enumerate(zip(one, other, strict=True))
    ]
    expect(judged(mix), mode, order)
    expect(judged([np.round(a * (0.1 + k / 33)).astype(np.uint8) for k, a in enumerate(one)]), mode, order)


@pytest.mark.parametrize("noise", [0, 8])
def test_where_nothing_moves_the_fallback_decides(noise: float) -> None:
    still = filmed("interlaced", "tff", 24, 0, noise, scene("coffee", (0, 0), ball=False))
    fallback = Scan(mode="film", order="bff", confidence=0.9)
    ((span, scan),) = judged(still, fallback)
    assert span == Span(start=0, stop=24)
    assert (scan.mode, scan.order, scan.confidence) == ("film", "bff", 0)


@pytest.mark.parametrize("noise", [0, 8])
def test_splits_where_the_mode_changes(noise: float) -> None:
    frames = filmed("film", "tff", 25, 0, noise) + filmed("interlaced", "bff", 20, 0, noise)
    (first, film), (second, video) = judged(frames)
    assert (film.mode, video.mode, video.order) == ("film", "interlaced", "bff")
    assert abs(first.stop - 25) <= 2
    assert (first.start, second.start, second.stop) == (0, first.stop, 45)


def test_digits_without_motion_tell_no_order() -> None:
    fields: list[NDArray[np.uint8]] = []
    for k in range(80):
        field = np.full((120, 360), 16, np.uint8)
        cv2.putText(field, str(k % 10), (120, 110), cv2.FONT_HERSHEY_SIMPLEX, 4.5, 210, 24)
        fields.append(field)
    frames = [np.empty((240, 360), np.uint8) for _ in range(40)]
    for k, frame in enumerate(frames):
        frame[0::2], frame[1::2] = fields[2 * k], fields[2 * k + 1]
    ((_, scan),) = judged(frames, Scan(mode="progressive", order="bff", confidence=0))
    assert (scan.mode, scan.order) == ("interlaced", "bff")
    assert scan.confidence <= 0.5


def test_a_span_in_the_middle_is_judged_alone() -> None:
    frames = filmed("interlaced", "tff", 20) + filmed("progressive", "tff", 20)
    ((span, scan),) = classify(measured(frames), Span(start=20, stop=40), UNKNOWN)
    assert (span.start, span.stop, scan.mode) == (20, 40, "progressive")
    assert classify(measured(frames), Span(start=7, stop=7), UNKNOWN) == []
    ((_, one),) = classify(measured(frames), Span(start=3, stop=4), UNKNOWN)
    assert one.confidence == 0


def test_majority_weighs_by_length_and_confidence() -> None:
    film = Scan(mode="film", order="bff", confidence=1)
    video = Scan(mode="interlaced", order="tff", confidence=0.5)
    assert majority([(film, 100), (video, 150)]).mode == "film"
    assert majority([(film, 10), (video, 150)]).confidence == pytest.approx(75 / 85)
    assert majority([(UNKNOWN, 10)], film).order == "bff"
    assert majority([]).mode == "interlaced"


def test_stats_survive_the_disk(tmp_path: Path) -> None:
    stats = measured(filmed("interlaced", frames=5))
    stats.save(tmp_path / "stats.npz")
    again = FieldStats.load(tmp_path / "stats.npz")
    np.testing.assert_array_equal(again.comb_top_next, stats.comb_top_next)
    assert len(again) == 5
    assert np.isnan(again.comb_top_next[-1])
    assert len(again.cut(Span(start=1, stop=3))) == 2
    (tmp_path / "bad.npz").write_bytes(b"no")
    with pytest.raises(DocumentError):
        FieldStats.load(tmp_path / "bad.npz")


def test_depth_does_not_matter() -> None:
    frames = filmed("interlaced", frames=4)
    deep = measured([frame.astype(np.uint16) * 4 for frame in frames], depth=10)
    np.testing.assert_allclose(deep.comb_same, measured(frames).comb_same, rtol=0.02, atol=0.1)


@pytest.mark.parametrize("shape", [(8, 8), (9, 11), (17, 300), (241, 361)])
def test_odd_sizes(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    meter = FieldMeter()
    for _ in range(3):
        meter.add(random.integers(0, 255, shape).astype(np.uint8))
    assert np.isfinite(meter.stats().comb_bottom_next[:-1]).all()
    with pytest.raises(ValueError, match="size"):
        meter.add(np.zeros((32, 32), np.uint8))
    with pytest.raises(ValueError, match="plane"):
        meter.add(np.zeros((4, 4), np.uint8))


def test_an_empty_tape_has_empty_stats() -> None:
    assert len(FieldMeter().stats()) == 0
