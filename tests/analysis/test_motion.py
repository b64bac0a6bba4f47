"""The camera's movement is told beside actors, in the dark, under strobes; and in a word."""

from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from encore.analysis.look import Looker
from encore.analysis.motion import MotionQuestion, camera_movement, camera_word, shaken
from encore.analysis.question import ShotFrames, Tape
from encore.core.answers import Motion
from encore.core.findings import Scan
from encore.core.source import VideoStream
from encore.core.time import Span
from encore.core.video import Colour

RATE = Fraction(30000, 1001)
WORLD: NDArray[Any] = np.tile(np.asarray(data.gravel(), np.uint8), (2, 2))[:700, :1000]


def asked(frames: list[NDArray[Any]], depth: int = 8) -> Motion | None:
    height, width = frames[0].shape
    video = VideoStream(
        index=0, codec="mpeg2video", width=width, height=height, pixel_format="gray", chroma="420", depth=depth,
        sample_aspect=None, flagged="tff", rate=None, time_base=Fraction(1, 90000),
        colour=Colour(matrix="bt601", primaries="smpte170m"),
    )  # fmt: skip
    tape, looker = Tape(video, RATE), Looker(depth)
    question = MotionQuestion(tape)
    for frame in frames:
        question.observe(looker.look([frame]))
    span = Span(start=0, stop=len(frames))
    return MotionQuestion.answer(question.rows(span), ShotFrames(span, Scan(mode="interlaced", confidence=1), tape))


def filmed(
    frames: int, pan: tuple[float, float] = (0, 0), zoom: float = 0, shake: float = 0, actor: bool = False,
    size: tuple[int, int] = (352, 240), light: float = 1.0, noise: float = 2.0,
) -> list[NDArray[Any]]:  # fmt: skip
    """Interlaced frames: the second field is half a frame later."""
    random = np.random.default_rng(0)
    width, height = size
    made: list[NDArray[Any]] = []
    for k in range(frames):
        hand, frame = random.normal(0, shake, 2), np.empty((height, width), np.float32)
        for parity in (0, 1):
            time = k + parity / 2
            grow = 1 / (1 + zoom * time)
            x, y = 500 + pan[0] * time + hand[0], 350 + pan[1] * time + hand[1]
            matrix = np.array([[grow, 0, x - grow * width / 2], [0, grow, y - grow * height / 2]])
            field = cv2.warpAffine(WORLD, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP).astype(
                np.float32
            )
            if actor:
                at = int(width * 0.3 + 4 * time)
                field[height // 5 :, at : at + width * 5 // 12] = WORLD[: height - height // 5, : width * 5 // 12] * 0.8
            frame[parity::2] = field[parity::2]
        codes = 16 + frame * 0.8 * light + random.standard_normal(frame.shape) * noise
        made.append(np.clip(codes, 0, 255).astype(np.uint8))
    return made


@pytest.mark.parametrize("pan", [(1.2, 0.0), (-3.0, 1.0), (0.0, 2.0), (6.0, -2.0)])
def test_pans_are_measured(pan: tuple[float, float]) -> None:
    answer = asked(filmed(12, pan))
    assert answer is not None
    assert answer.pan == pytest.approx(pan, abs=0.1 + 0.04 * np.hypot(*pan))
    assert answer.camera == "pan"
    assert answer.global_motion == pytest.approx(np.hypot(*pan), rel=0.15)
    assert answer.shake < 0.3


def test_an_actor_of_a_third_is_not_the_camera() -> None:
    answer = asked(filmed(10, (1.5, 0.0), actor=True, size=(720, 480)))
    assert answer is not None
    assert answer.pan == pytest.approx((1.5, 0.0), abs=0.25)
    assert answer.local_motion > 3


def test_zoom_and_its_direction() -> None:
    for zoom in (0.008, -0.006):
        answer = asked(filmed(12, zoom=zoom))
        assert answer is not None
        assert answer.zoom == pytest.approx(zoom, rel=0.25)
        assert answer.camera == "zoom"


def test_a_still_camera_and_noise() -> None:
    answer = asked(filmed(10, noise=6))
    assert answer is not None
    assert answer.camera == "still"
    assert answer.global_motion < 0.2
    assert answer.local_motion < 1


def test_shake_grows_with_the_hand() -> None:
    answers = [asked(filmed(20, shake=shake)) for shake in (0.0, 0.8, 2.0)]
    still, some, much = (answer.shake if answer else -1 for answer in answers)
    assert still < 0.2 < some < much
    assert much == pytest.approx(2.0 * np.sqrt(2), rel=0.35)
    assert answers[2] is not None and answers[2].camera == "shake"


def test_strobes_do_not_move_the_camera() -> None:
    bright, dim = filmed(14, (1.5, 0.5)), filmed(14, (1.5, 0.5), light=0.35)
    answer = asked([dim[k] if k % 3 else bright[k] for k in range(14)])
    assert answer is not None
    assert answer.pan == pytest.approx((1.5, 0.5), abs=0.3)


def test_nothing_can_be_said_of_black_or_single_frames() -> None:
    assert asked([np.full((240, 352), 16, np.uint8)] * 4) is None
    assert asked(filmed(1)) is None
    assert asked(filmed(2, (2.0, 0.0))) is not None


@pytest.mark.parametrize("size", [(704, 480), (720, 486), (32, 32), (51, 35)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    asked(filmed(3, (1.0, 0.0), size=size))


def test_deep_samples_say_the_same() -> None:
    frames = filmed(4, (2.0, 0.0))
    shallow, deep = asked(frames), asked([frame.astype(np.uint16) * 4 for frame in frames], 10)
    assert shallow is not None and deep is not None
    assert deep.pan == pytest.approx(shallow.pan, abs=0.05)


def test_movement_of_a_turning_camera() -> None:
    down, across = np.mgrid[-7:8, -11:12] * 16.0
    flow = np.stack([1.0 - 0.01 * down, 0.5 + 0.01 * across], 2).astype(np.float32)
    flow[3:9, 5:14] += 9
    movement, support = camera_movement(flow, np.ones(flow.shape[:2], np.float32))
    assert movement == pytest.approx([1.0, 0.5, 0.0, 0.01], abs=0.01)
    assert 0.7 < support < 0.9
    assert camera_movement(flow, np.zeros(flow.shape[:2], np.float32))[1] == 0


def test_smooth_courses_do_not_shake() -> None:
    steps = np.stack([np.linspace(0, 3, 60), np.full(60, 1.0)], 1)
    shake, course = shaken(steps, RATE)
    assert shake < 1e-6
    assert course == pytest.approx(steps, abs=1e-6)
    assert shaken(steps[:2], RATE)[0] == 0


def test_words() -> None:
    still, right = np.zeros((20, 2)), np.tile([2.0, 0.0], (20, 1))
    assert camera_word(still, np.zeros(20), 0.1) == "still"
    assert camera_word(right, np.zeros(20), 0.1) == "pan"
    assert camera_word(right, np.zeros(20), 1.0) == "moving"
    assert camera_word(still, np.full(20, 1.0), 0.1) == "zoom"
    assert camera_word(still, np.zeros(20), 1.0) == "shake"
    assert camera_word(np.concatenate([right, -right]), np.zeros(40), 0.1) == "moving"
