"""What the light does is told, and nothing where it does nothing; its colours are those of the lamps."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Literal

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from encore.analysis.light import LightQuestion
from encore.analysis.lightbeam import SIZE, BeamMeter
from encore.analysis.lightcolours import clipped_shares
from encore.analysis.lightevents import Swings, light_events
from encore.analysis.look import Looker
from encore.analysis.question import ShotFrames, Tape
from encore.core.answers import Light
from encore.core.findings import Scan
from encore.core.source import VideoStream
from encore.core.time import Span
from encore.core.video import Colour
from encore.media.colour import to_rgb_matrix

Planes = list[NDArray[Any]]
Lamp = Callable[[int], Any]
RATE = Fraction(30000, 1001)
WORLD = np.asarray(cv2.resize(np.asarray(data.coffee(), np.uint8), (900, 600), interpolation=cv2.INTER_AREA))
GREY: NDArray[Any] = WORLD.mean(2, keepdims=True).astype(np.float32) / 255 * np.ones(3, np.float32)


def filmed(
    frames: int, lamp: Lamp, pan: tuple[float, float] = (0.6, 0.2), size: tuple[int, int] = (352, 240),
    order: Literal["tff", "bff"] = "tff", noise: float = 2.0,
) -> list[Planes]:  # fmt: skip
    """Interlaced 4:2:0 frames of a grey scene under a lamp: ticks to linear R, G, B."""
    random, (width, height) = np.random.default_rng(0), size
    matrix = np.linalg.inv(to_rgb_matrix("bt601"))
    made: list[Planes] = []
    for k in range(frames):
        frame = np.empty((height, width, 3), np.float32)
        for parity in (0, 1):
            tick = 2 * k + (parity if order == "tff" else 1 - parity)
            move = np.array([[1.0, 0, 200 + pan[0] * tick], [0, 1, 150 + pan[1] * tick]])
            seen = cv2.warpAffine(GREY, move, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
            light = np.sqrt(np.clip(seen**2 * np.asarray(lamp(tick), np.float32), 0, 1))
            frame[parity::2] = cv2.transform(light, matrix)[parity::2]
        frame += random.standard_normal(frame.shape) * noise / 219
        luma = 16 + 219 * frame[..., 0]
        small = [frame[parity::2, ::2, 1:][::2] for parity in (0, 1)]
        chroma = np.empty((2 * max(len(one) for one in small), *small[0].shape[1:]), np.float32)
        chroma[0::2], chroma[1::2] = small[0], small[1][: len(small[0])]
        made.append([np.clip(one, 1, 254).astype(np.uint8) for one in (luma, *(128 + 224 * chroma.transpose(2, 0, 1)))])
    return made


def asked(frames: Sequence[Planes], order: Literal["tff", "bff"] = "tff", depth: int = 8) -> Light | None:
    height, width = frames[0][0].shape
    video = VideoStream(
        index=0, codec="mpeg2video", width=width, height=height, pixel_format="yuv420p", chroma="420", depth=depth,
        sample_aspect=None, flagged="tff", rate=None, time_base=Fraction(1, 90000),
        colour=Colour(matrix="bt601", primaries="smpte170m"),
    )  # fmt: skip
    tape, looker = Tape(video, RATE), Looker(depth, 100)
    question = LightQuestion(tape)
    for planes in frames:
        question.observe(looker.look(planes))
    span = Span(start=100, stop=100 + len(frames))
    shot = ShotFrames(span, Scan(mode="interlaced", order=order, confidence=1), tape)
    return LightQuestion.answer(question.rows(span), shot)


def events(answer: Light | None) -> list[tuple[str, int, int]]:
    assert answer is not None
    return [(one.kind, one.span.start - 100, one.span.stop - 100) for one in answer.events]


@pytest.mark.parametrize("length", [1, 3, 6])
def test_a_flash(length: int) -> None:
    frames = filmed(30, lambda tick: 0.9 if 24 <= tick < 24 + 2 * length else 0.25)
    assert events(asked(frames)) == [("flash", 12, 12 + length)]


@pytest.mark.parametrize(("hz", "order"), [(3.0, "tff"), (7.0, "bff"), (12.0, "tff"), (20.0, "bff"), (24.0, "tff")])
def test_a_strobe_and_its_rate(hz: float, order: Literal["tff", "bff"]) -> None:
    per_tick = hz / float(2 * RATE)
    frames = filmed(45, lambda tick: 0.15 + 0.8 * (tick >= 16 and (tick * per_tick) % 1 < per_tick), order=order)
    answer = asked(frames, order)
    ((kind, start, stop),) = events(answer)
    assert kind == "strobe"
    assert 7 <= start <= 20
    assert stop >= 36
    assert answer is not None
    assert answer.strobe_hz == pytest.approx(hz, rel=0.08)


def test_blackouts_inside_and_to_the_end() -> None:
    inside = filmed(30, lambda tick: 0.0 if 20 <= tick < 34 else 0.4)
    assert events(asked(inside)) == [("blackout", 10, 17)]
    to_the_end = filmed(24, lambda tick: 0.0 if tick >= 30 else 0.4)
    assert events(asked(to_the_end)) == [("blackout", 15, 24)]


def test_a_chase() -> None:
    colours = ((1, 0.05, 0.05), (0.05, 0.1, 1), (0.1, 1, 0.1))
    frames = filmed(40, lambda tick: 0.7 * np.array(colours[tick // 16 % 3]))
    ((kind, start, stop),) = events(asked(frames))
    assert kind == "chase"
    assert 7 <= start <= 9
    assert 32 <= stop <= 34


def beam(tick: int) -> NDArray[np.float32]:
    cone = np.zeros((240, 352), np.float32)
    foot = 20 + 4 * tick
    corners = [(180, -4), (186, -4), (foot + 36, 244), (foot - 36, 244)]
    cv2.fillConvexPoly(cone, np.array(corners, np.int32), 1.0)
    return 0.15 + 0.7 * cv2.GaussianBlur(cone, (0, 0), 4)[..., None]


def test_a_beam() -> None:
    ((kind, start, stop),) = events(asked(filmed(40, beam, pan=(0, 0))))
    assert kind == "beam"
    assert stop - start >= 25


@pytest.mark.parametrize(("high", "way"), [(110, (1, 0)), (110, (-1, 0)), (30, (0, 0))])
def test_long_strips_are_a_beam_and_short_ones_are_not(high: int, way: tuple[int, int]) -> None:
    meter, seen = BeamMeter(), None
    for k in range(5):
        light = np.full((SIZE[1], SIZE[0]), 40, np.float32)
        at = 80 + 5 * k * (way[0] or 1)
        light[5 : 5 + high, at : at + 20] = 120
        seen = meter.sweep(light, light)
        assert (seen is None) == (k < 2)
    assert seen == pytest.approx(way, abs=0.05)


@pytest.mark.parametrize("pan", [(0.0, 0.0), (2.5, 0.5), (-1.0, -1.0)])
def test_cameras_and_fades_are_no_events(pan: tuple[float, float]) -> None:
    assert events(asked(filmed(30, lambda _: 0.5, pan, noise=5))) == []
    assert events(asked(filmed(60, lambda tick: 0.05 + tick / 150, pan))) == []


def test_a_person_walking_is_no_event() -> None:
    frames = filmed(40, lambda _: 0.4, (0, 0))
    for k, planes in enumerate(frames):
        planes[0][60:, 20 + 6 * k : 80 + 6 * k] = WORLD[200:380, 300:360, 1]
    assert events(asked(frames)) == []


@pytest.mark.parametrize("colour", [(1, 0.05, 0.05), (0.05, 0.1, 1), (1, 0.1, 0.9), (1, 1, 1), (1, 0.5, 0.1)])
def test_the_colour_of_a_light(colour: tuple[float, float, float]) -> None:
    answer = asked(filmed(6, lambda _: 0.6 * np.array(colour)))
    assert answer is not None
    assert answer.colours[0] == pytest.approx(tuple(np.sqrt(colour)), abs=0.08)
    assert max(answer.colours[0]) == 1
    assert answer.colour_shares[0] > 0.9
    assert answer.clipped == (0, 0, 0)


def test_two_lights_and_an_overdriven_one() -> None:
    left = (np.arange(352) < 176)[None, :, None] * np.ones((240, 1, 1))
    answer = asked(filmed(6, lambda _: np.where(left > 0, (6, 0.1, 0.1), (0.1, 0.1, 0.7)), (0, 0)))
    assert answer is not None
    assert len(answer.colours) == 2
    assert {int(np.argmax(colour)) for colour in answer.colours} == {0, 2}
    assert answer.clipped[0] > 0.1
    assert answer.clipped[1:] == (0, 0)


def test_only_a_plateau_is_clipping() -> None:
    rising = np.tile(np.linspace(0, 1, 9000, dtype=np.float32), (3, 1))
    assert clipped_shares(rising).tolist() == [0, 0, 0]
    cut = np.minimum(rising * 1.5, 1)
    assert clipped_shares(cut) == pytest.approx([1 / 3] * 3, abs=0.03)


def test_grey_tapes_short_runs_and_odd_sizes() -> None:
    frames = filmed(30, lambda tick: 0.9 if 24 <= tick < 28 else 0.25)
    assert events(asked([planes[:1] for planes in frames])) == [("flash", 12, 14)]
    for count in (1, 2):
        answer = asked(frames[:count])
        assert answer is not None
        assert answer.events == ()
        assert 0 < answer.exposure < 1
    for size in ((704, 480), (720, 486), (32, 32)):
        assert asked(filmed(2, lambda _: 0.5, size=size)) is not None


def test_deep_samples_say_the_same() -> None:
    frames = filmed(16, lambda tick: 0.9 if 12 <= tick < 16 else 0.25)
    shallow, deep = asked(frames), asked([[p.astype(np.uint16) * 4 for p in planes] for planes in frames], depth=10)
    assert shallow is not None and deep is not None
    assert deep.exposure == pytest.approx(shallow.exposure, abs=1e-3)
    assert deep.events == shallow.events


def test_black_frames() -> None:
    answer = asked([[np.full((240, 352), 16, np.uint8), *(np.full((120, 176), 128, np.uint8) for _ in range(2))]] * 6)
    assert answer is not None
    assert (answer.exposure, answer.colours, answer.events) == (0, (), ())


def test_events_lie_inside_their_shot() -> None:
    ticks = np.zeros(80)
    ticks[40:44] = 1.0
    quiet = np.zeros(40)
    swings = Swings(ticks, quiet + 0.4, quiet, np.zeros((40, 2)))
    ((flash,)) = light_events(swings, Span(start=7, stop=47), 25.0)
    assert (flash.kind, flash.span) == ("flash", Span(start=27, stop=29))
