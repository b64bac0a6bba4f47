"""Known shake goes and a known pan stays; flows still lead from picture to picture."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.findings import Scan, SeenFace, Shot
from encore.core.time import Span
from encore.core.video import Clip, Motion, Plane, VideoFormat
from encore.motion.flow import fetched
from encore.restoration.stabilize import REACH, Stabilize
from encore.restoration.stage import Runtime

SHOT = Shot(span=Span(start=0, stop=60), scan=Scan(mode="interlaced", confidence=1))
COUNT = 40


def filmed(way: NDArray[np.float64], size: tuple[int, int] = (160, 120)) -> Clip:
    """A still scene seen by a camera whose content stands `way` (right, down) from where it began."""
    random, (width, height) = np.random.default_rng(6), size
    noise = random.uniform(0, 1, (height + 40, width + 140)).astype(np.float32)
    world = np.asarray(cv2.GaussianBlur(noise, (0, 0), 2), np.float32) * np.float32(3) - np.float32(1)
    y: list[Plane] = []
    for x, down in way:
        place = np.array([[1, 0, 120 - x], [0, 1, 20 - down]])
        y.append(cv2.warpAffine(world, place, size, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP))
    onward = [np.full((height, width, 2), way[n + 1] - way[n], np.float32) for n in range(len(way) - 1)]
    motion = Motion((*onward, None), (None, *(-flow for flow in onward)))
    planes = np.stack(y)
    chroma = np.stack([cv2.resize(plane, ((width + 1) // 2, (height + 1) // 2)) - 0.5 for plane in y])
    form = VideoFormat(width=width, height=height, chroma="420")
    return Clip(
        y=planes, cb=chroma, cr=-chroma, at=tuple(range(len(way))), format=form, motion=motion,
        parity=(0, 1) * (len(way) // 2), grain=(planes * 0.1, chroma * 0.1, -chroma * 0.1),
    )  # fmt: skip


def hand(amplitude: float = 1.0, pan: float = 0.0) -> NDArray[np.float64]:
    at = np.arange(COUNT)
    return np.stack([amplitude * np.sin(at * 0.9) + pan * at, amplitude * np.cos(at * 0.7)], axis=1)


def run(given: Clip, stage: Stabilize | None = None) -> Clip:
    return (stage or Stabilize()).open(Runtime())(given, SHOT, Span(start=0, stop=len(given)))


def steps(clip: Clip) -> NDArray[np.float64]:
    """Mean movement from picture to picture as the flows of the clip tell."""
    assert clip.motion
    return np.array([flow.mean(axis=(0, 1)) for flow in clip.motion.onward[:-1] if flow is not None])


def test_shake_goes_and_pan_stays() -> None:
    given = filmed(hand(pan=2.0))
    found = run(given)
    before, after = steps(given)[8:-8], steps(found)[8:-8]
    assert (after.std(axis=0) < 0.45 * before.std(axis=0)).all()
    assert abs(after[:, 0].mean() - 2 * 1.03) < 0.12
    assert found.parity == () and found.format == given.format


def test_flows_lead_where_content_went() -> None:
    found = run(filmed(hand()))
    assert found.motion and found.motion.onward[10] is not None
    off = fetched(found.y[11], found.motion.onward[10]) - found.y[10]
    assert np.abs(off[12:-12, 12:-12]).mean() < 0.01


def test_strength_says_how_much() -> None:
    given = filmed(hand())
    half, whole = (steps(run(given, Stabilize(strength=s)))[8:-8].std() for s in (0.5, 1.0))
    assert whole < half < steps(given)[8:-8].std()


def test_nothing_from_outside_comes_into_the_picture() -> None:
    given = filmed(hand(amplitude=9.0))
    bright = replace(given, y=np.ones_like(given.y))
    framed = np.zeros_like(bright.y)
    framed[:, 10:-10, 12:-12] = 1
    active = (12, 10, 148, 110)
    found = run(replace(bright, y=framed), Stabilize(active=active))
    assert found.y[:, 13:-13, 15:-15].min() > 0.9


def test_grain_and_torn_places_move_along() -> None:
    given = replace(filmed(hand()), torn=(((20, 10, 40, 20),),) * COUNT)
    found = run(given)
    assert found.grain is not None
    assert np.abs(found.grain[0] - found.y * 0.1).max() < 1e-4
    assert all(len(one) == 1 and abs(one[0][0] - 20) < 6 for one in found.torn)


def test_pictures_do_not_depend_on_the_batch() -> None:
    given, stage = filmed(hand(pan=1.0), (65, 49)), Stabilize()
    whole = run(given)
    grown = Span(start=18, stop=20).grown(stage.halo(), Span(start=0, stop=COUNT))
    wanted = Span(start=18 - grown.start, stop=20 - grown.start)
    piece = stage.open(Runtime())(given.cut(grown), SHOT, wanted)
    assert grown.start > 0 and stage.halo() > REACH
    assert np.array_equal(piece.y, whole.y[18:20])
    assert piece.motion and whole.motion
    for one, other in zip(piece.motion.onward, whole.motion.onward[18:20], strict=True):
        assert one is not None and other is not None and np.array_equal(one, other)


def test_single_pictures_and_clips_without_motion() -> None:
    given = replace(filmed(hand()), motion=None)
    assert len(run(given)) == COUNT
    assert len(run(given.cut(Span(start=3, stop=4)))) == 1


def test_faces_stay_on_their_content() -> None:
    given = filmed(hand(pan=1.0))
    points = [[(60.3 + x, 50.7 + y) for x, y in ((0, 0), (18, 1), (9, 8), (2, 16), (15, 17))] for _ in range(COUNT)]
    faces = tuple((SeenFace(n, 1, 50, 40, 90, 80, tuple(one), 0.9),) for n, one in enumerate(points))
    found = run(replace(given, faces=faces))
    assert len(found.faces) == COUNT and found.faces != faces
    for before, after, (one,), (other,) in zip(given.y, found.y, faces, found.faces, strict=True):
        for place, moved in zip(one.landmarks, other.landmarks, strict=True):
            seen, there = (cv2.getRectSubPix(plane, (9, 9), at) for plane, at in ((before, place), (after, moved)))
            assert np.abs(seen - there).mean() < 0.02
        assert other.left < other.right and (other.tick, other.track, other.confidence) == (one.tick, 1, 0.9)
