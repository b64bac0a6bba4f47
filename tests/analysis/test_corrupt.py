"""Damaged macroblocks and half pictures are found; motion, cuts, strobes and graphics are no damage."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from benchmarks.scan.material import tape_of
from encore.analysis.corrupt import LEAST_SHARE, CorruptQuestion, faults_in
from encore.analysis.look import Looker
from encore.analysis.question import Rows
from encore.core.time import Span

Frame = list[NDArray[np.uint8]]


def scene(
    count: int = 12, width: int = 360, height: int = 288, name: str = "coffee", speed: float = 2.0
) -> list[Frame]:
    """A moving camera over a photograph, 4:2:0 with a little noise."""
    world = cv2.resize(getattr(data, name)(), (width + 120, height + 80), interpolation=cv2.INTER_AREA)
    random = np.random.default_rng(1)
    made: list[Frame] = []
    for k in range(count):
        rgb = cv2.warpAffine(world, np.float32([[1, 0, -speed * k], [0, 1, -speed * k / 3]]), (width, height))
        ycc = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb).astype(np.float32)
        luma = np.clip(ycc[..., 0] + random.normal(0, 1.5, (height, width)), 0, 255).astype(np.uint8)
        small = [cv2.resize(ycc[..., n], (width // 2, height // 2), interpolation=cv2.INTER_AREA) for n in (2, 1)]
        made.append([luma, *(plane.astype(np.uint8) for plane in small)])
    return made


def found(frames: list[Frame], depth: int = 8) -> tuple[Rows, CorruptQuestion]:
    height, width = frames[0][0].shape
    question, looker = CorruptQuestion(tape_of(width, height)), Looker(depth)
    for frame in frames:
        question.observe(looker.look(frame))
    question.finish()
    return question.rows(Span(start=0, stop=len(frames))), question


def bad(frames: list[Frame], depth: int = 8) -> list[int]:
    return [int(k) for k in np.flatnonzero(found(frames, depth)[0]["share"] >= LEAST_SHARE)]


@pytest.mark.parametrize("name", ["coffee", "astronaut", "rocket"])
@pytest.mark.parametrize("speed", [0.0, 2.0, 7.0])
def test_moving_pictures_are_whole(name: str, speed: float) -> None:
    assert bad(scene(name=name, speed=speed)) == []


def test_cuts_and_strobes_are_no_damage() -> None:
    frames = scene(6) + scene(6, name="astronaut") + scene(6, name="rocket")
    for k in (2, 8, 9, 14):
        frames[k][0] = np.clip(frames[k][0].astype(np.float32) * 2 + 40, 0, 255).astype(np.uint8)
    for k in (4, 12):
        frames[k][0] = (frames[k][0] * 0.1).astype(np.uint8)
    assert bad(frames) == []


def test_blocks_from_elsewhere_are_marked() -> None:
    frames = scene()
    frames[6][0][96:128, 64:224] = frames[6][0][176:208, 160:320][::-1, ::-1]
    assert bad(frames) == [6]
    _, question = found(frames)
    hit = np.zeros((288, 360), bool)
    for mark in question.marks():
        assert mark.frame == 6
        assert mark.kind == "macroblock"
        hit[mark.top : mark.bottom, mark.left : mark.right] = True
    truth = np.zeros_like(hit)
    truth[96:128, 64:224] = True
    assert (hit & truth).sum() > 0.5 * truth.sum()
    assert (hit & ~truth).sum() < 0.3 * truth.sum()


@pytest.mark.parametrize("codes", [(0, 0, 0), (128, 128, 128)])
def test_half_pictures_are_faults_of_their_own(codes: tuple[int, int, int]) -> None:
    frames = scene()
    for plane, code in zip(frames[5], codes, strict=True):
        plane[plane.shape[0] // 2 :] = code
    rows, _ = found(frames)
    (fault,) = [one for one in faults_in(rows) if one.kind == "half picture"]
    assert (fault.span.start, fault.span.stop) == (5, 6)
    assert fault.repair == "rebuild"
    assert fault.score == 1


def test_a_lower_part_drawn_out_of_one_line_is_a_half_picture() -> None:
    frames = scene(name="astronaut")
    frames[7][0][144:] = frames[7][0][143]
    rows, _ = found(frames)
    assert [fault.kind for fault in faults_in(rows)] == ["half picture"]


def test_a_lower_part_that_stands_still_for_a_frame_is_a_half_picture() -> None:
    frames = scene(speed=4.0)
    for now, before in zip(frames[6], frames[5], strict=True):
        now[now.shape[0] // 2 :] = before[before.shape[0] // 2 :]
    rows, _ = found(frames)
    assert [(fault.kind, fault.span.start) for fault in faults_in(rows)] == [("half picture", 6)]


def test_damage_spreads_until_the_picture_is_refreshed() -> None:
    frames = scene(speed=0.0)
    for k in range(4, 9):
        frames[k][0][96:160, 32:288] = np.roll(frames[4][0], (64, 48), (0, 1))[96:160, 32:288]
    assert bad(frames) == [4, 5, 6, 7, 8]


@pytest.mark.parametrize(("width", "height"), [(352, 288), (704, 480), (720, 486), (64, 48), (16, 8)])
def test_all_sizes_short_runs_and_grey_tapes(width: int, height: int) -> None:
    for count in (1, 2, 3):
        frames = scene(count, width, height)
        assert bad(frames) == []
        assert bad([frame[:1] for frame in frames]) == []


def test_deep_samples_mean_the_same() -> None:
    frames = scene()
    frames[6][0][96:128, 64:224] = frames[6][0][176:208, 160:320][::-1, ::-1]
    deep = [[plane.astype(np.uint16) * 4 for plane in frame] for frame in frames]
    assert bad(deep, 10) == bad(frames) == [6]  # type: ignore[arg-type]
