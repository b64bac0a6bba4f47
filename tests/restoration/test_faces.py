"""Faces restored: only they change, as much as the tape allows, in their own light, steadily, whatever the chunk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from encore.core.answers import FaceTrack
from encore.core.errors import PlanError
from encore.core.findings import Shot
from encore.core.time import Span
from encore.core.video import Clip, stack
from encore.inference.adding import Told, add
from encore.inference.zoo import Zoo
from encore.media.colour import to_rgb_matrix
from encore.metrics.colour import colour_difference, hue_drift
from encore.restoration import Faces, Runtime, Upscale
from encore.restoration.chain import restored as chained
from encore.restoration.faceadd import LOOKS
from encore.restoration.tally import Tally
from encore.restoration.window import REACH
from tests.restoration.facefilm import (
    LUMA,
    SHOT,
    Card,
    Fake,
    Fakes,
    blurred,
    face,
    faced,
    nothing,
    reduced,
    restored,
    sharper,
)
from tests.restoration.filmed import Picture

LIGHTS = {
    "white": (1, 1, 1), "red": (1, 0.05, 0.07), "deep red": (1, 0.01, 0.01), "blue": (0.06, 0.1, 1),
    "green": (0.1, 1, 0.15), "magenta": (1, 0.1, 0.9), "amber": (1, 0.6, 0.1),
}  # fmt: skip


def luma(clip: Clip) -> Picture:
    return clip.y.astype(np.float32) / 256


def test_nothing_missing_is_nothing_changed() -> None:
    clip = faced(4)
    found, without = restored(clip, face(nothing)), restored(clip, None)
    for name in ("y", "cb", "cr"):
        assert np.array_equal(getattr(found, name), getattr(without, name))


@pytest.mark.parametrize("faces", [(), None])
def test_pictures_without_faces_stay_as_they_are(faces: tuple[()] | None) -> None:
    clip = faced(3)
    given = replace(clip, faces=() if faces is None else ((),) * 3)
    assert np.array_equal(restored(given, face(sharper)).y, restored(clip, None).y)
    weak = replace(clip, faces=tuple((seen[0]._replace(strength=0.0),) for seen in clip.faces))
    assert np.array_equal(restored(weak, face(sharper)).y, restored(clip, None).y)


def test_only_the_face_changes_and_becomes_sharper() -> None:
    clip, tally = faced(3), Tally()
    found, without = luma(restored(clip, face(sharper), tally=tally)), luma(restored(clip, None))
    assert tally.take()["faces"] == {"faces": 3, "blended": 0}
    change = np.abs(found - without)[1]
    x, y = (4 * np.mean(clip.faces[1][0].landmarks, axis=0)).astype(int)
    assert change[y - 40 : y + 40, x - 40 : x + 40].mean() > 0.4
    away = np.ones(change.shape, bool)
    away[y - 130 : y + 130, x - 100 : x + 100] = False
    assert away.mean() > 0.3 and change[away].max() == 0
    inside = (slice(y - 30, y + 30), slice(x - 30, x + 30))
    one, other = (np.abs(plane[1] - blurred(plane[1], 8))[inside].mean() for plane in (found, without))
    assert one > 1.02 * other


def test_pieces_equal_the_whole() -> None:
    clip = faced(9)
    whole = restored(clip, face(sharper)).y
    assert Upscale(width=96, height=80, network="a", face_network="b").halo() == REACH + LOOKS
    for size in (2, 4):
        parts: list[Picture] = []
        for piece in Span(start=0, stop=9).pieces(size):
            grown = piece.grown(REACH + LOOKS, Span(start=0, stop=9))
            wanted = Span(start=piece.start - grown.start, stop=piece.stop - grown.start)
            parts.append(restored(clip.cut(grown), face(sharper), wanted).y)
        assert np.array_equal(np.concatenate(parts), whole)


def test_one_filter_for_many_batches_gives_the_same_and_enlarges_every_picture_once() -> None:
    clip, calls = faced(9), [0, 0]

    def counted(number: int, fake: Fake) -> Fake:
        def made(planes: Picture) -> Picture:
            calls[number] += 1
            return fake.made(planes)

        return Fake(fake.card, made)

    nets = {"plain": counted(0, LUMA), "face": counted(1, face(sharper))}
    stages = [Faces(strength=1), Upscale(width=384, height=320, network="plain", face_network="face")]
    whole = Span(start=0, stop=9)
    found = stack(list(chained(stages, SHOT, whole, whole, clip.cut, Runtime(zoo=Fakes(nets)))))
    assert np.array_equal(found.y, restored(clip, face(sharper)).y)
    assert calls == [9, 9]


def test_a_filter_used_for_other_pictures_forgets_the_first() -> None:
    one, other = faced(3), faced(3, eyes=20)
    other = replace(other, y=other.y[::-1].copy())
    stage = Upscale(width=384, height=320, network="plain", face_network="face")
    work = stage.open(Runtime(zoo=Fakes({"plain": LUMA, "face": face(sharper)})))
    work(one, SHOT, Span(start=0, stop=3))
    again = work(other, SHOT, Span(start=0, stop=3))
    assert np.array_equal(again.y, restored(other, face(sharper)).y)


@pytest.mark.parametrize("light", LIGHTS.values(), ids=LIGHTS.keys())
def test_light_and_hue_stay(light: tuple[float, float, float]) -> None:
    grey = faced(1)
    shares = to_rgb_matrix("bt601")
    colour = np.linalg.solve(shares, np.array(light) * 0.8)
    level = grey.y[0] * 0.7
    small = reduced(level, (grey.cb.shape[2], grey.cb.shape[1]))
    planes = (colour[0] * level, colour[1] * small, colour[2] * small)
    y, cb, cr = (np.asarray(plane, np.float32)[None] for plane in planes)
    clip = replace(grey, y=y, cb=cb, cr=cr)
    found, without = restored(clip, face(sharper)), restored(clip, None)
    assert np.array_equal(found.cb, without.cb) and np.array_equal(found.cr, without.cr)
    assert not np.array_equal(found.y, without.y)
    drift = hue_drift(_chroma(found), _chroma(without))
    assert drift is None or drift < 1
    assert colour_difference(_blurred(found), _blurred(without)).max() < 1


def _chroma(clip: Clip) -> tuple[Picture, Picture]:
    return (clip.cb[0] / 256 - 128).astype(np.float32), (clip.cr[0] / 256 - 128).astype(np.float32)


def _blurred(clip: Clip) -> Picture:
    """R'G'B' of blocks of eight by eight samples of the tape."""
    small = (clip.y.shape[2] // 32, clip.y.shape[1] // 32)
    planes = [
        reduced(plane, small)
        for plane in ((clip.y[0] - 4096.0) / 56064, (clip.cb[0] - 32768.0) / 57344, (clip.cr[0] - 32768.0) / 57344)
    ]
    return np.clip(np.stack(planes, -1) @ to_rgb_matrix("bt709").T, 0, 1)


def test_what_flickers_is_steadied_and_what_stays_is_kept() -> None:
    """A network that adds the truth and something else every time; the face is the same for nine pictures."""
    still = faced(9)
    still = replace(
        still, y=np.repeat(still.y[4:5], 9, 0), motion=None, faces=(still.faces[4],) * 9,
    )  # fmt: skip
    random = np.random.default_rng(1)

    def restless(planes: Picture) -> Picture:
        noise: Picture = random.normal(0, 1, (1, *planes.shape[1:])).astype(np.float32)
        return sharper(planes) + 1.2 * blurred(noise[0], 3)[None]

    found, without = luma(restored(still, face(restless))), luma(restored(still, None))
    steady = luma(restored(still, face(sharper))) - without
    one = (found - without)[3:6]
    flicker = float(np.std(one - one.mean(0))) / float(np.std(steady))
    assert flicker < 0.35
    calm = (one.mean(0) * steady[4]).sum() / (steady[4] ** 2).sum()
    assert calm == pytest.approx(1, abs=0.1)


def test_what_the_tape_denies_is_held_and_counted() -> None:
    def moustache(planes: Picture) -> Picture:
        made = nothing(planes)
        made[0, 165:180, 90:170] = -8
        return made

    clip, tally = faced(2), Tally()
    found, without = (luma(restored(clip, network, tally=tally)) for network in (face(moustache), None))
    counts = tally.take()["faces"]
    assert counts == {"faces": 2, "blended": 2}
    taken = reduced(np.abs(found - without)[0], (96, 80))
    assert taken.max() < 4  # of tens of codes


def test_a_lost_picture_is_no_witness() -> None:
    clip = replace(faced(7), lost=tuple(n == 3 for n in range(7)))
    wrong = replace(clip, y=np.where(np.arange(7)[:, None, None] == 3, np.float32(0.5), clip.y).astype(np.float32))
    one, other = (restored(given, face(sharper), Span(start=4, stop=5)).y for given in (clip, wrong))
    plain_one, plain_other = (restored(given, None, Span(start=4, stop=5)).y for given in (clip, wrong))
    assert np.array_equal(plain_one, plain_other) and np.array_equal(one, other)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("scale", [1, 2])
def test_foreign_networks_are_held_to_half_and_to_large_faces(channels: int, scale: int) -> None:
    seen: list[tuple[int, ...]] = []

    def picture(planes: Picture) -> Picture:
        seen.append(planes.shape)
        made = planes + 0.5 * (planes - np.stack([blurred(plane, 8) for plane in planes]))
        return np.repeat(np.repeat(made, scale, 1), scale, 2)

    foreign = Fake(Card("foreign", "picture", channels), picture)
    small = faced(1, eyes=24)
    assert np.array_equal(restored(small, foreign).y, restored(small, None).y) and not seen
    large = faced(1, eyes=50, strength=1.0)
    change = np.abs(luma(restored(large, foreign)) - luma(restored(large, None)))
    assert seen[-1] == (channels, 512, 512) and change.max() > 0.5


def test_a_network_that_a_user_added_restores_large_faces(tmp_path: Path) -> None:
    """A real file of random weights, which makes everything twice as large; in a face it stays within half."""
    zoo = Zoo(users=tmp_path)
    card = add(zoo, Path(__file__).parents[1] / "inference" / "data" / "enlarge.onnx", Told("foreign"))
    assert (card.task, card.scale) == ("picture", 2)
    clip, tally = faced(1, eyes=50), Tally()
    found = restored(clip, zoo.open("foreign"), tally=tally)
    change = np.abs(luma(found) - luma(restored(clip, None)))
    assert change.max() > 0.5 and tally.take()["faces"]["faces"] == 1
    small = reduced(change[0], (96, 80))
    assert float(np.sqrt((small * small).mean())) < 1.2


def test_who_is_chosen() -> None:
    clip = faced(2)
    two = replace(clip, faces=tuple((seen[0], seen[0]._replace(track=2, strength=0.4)) for seen in clip.faces))

    def chosen(stage: Faces, given: Clip = two, shot: Shot = SHOT) -> list[tuple[int, float]]:
        found = stage.open(Runtime())(given, shot, Span(start=1, stop=2))
        assert len(found) == 1 and np.array_equal(found.y, given.y[1:2])
        return [(seen.track, round(seen.strength, 3)) for seen in found.faces[0]] if found.faces else []

    assert chosen(Faces()) == [(1, 0.68), (2, 0.34)]
    assert chosen(Faces(strength=1)) == [(1, 0.8), (2, 0.4)]
    assert chosen(Faces(strength=0)) == []
    assert chosen(Faces(exclude=(1,))) == [(2, 0.34)]
    assert chosen(Faces(only=(1,))) == [(1, 0.68)] and chosen(Faces(only=())) == []
    assert chosen(Faces(), replace(clip, faces=())) == []
    track = FaceTrack(
        number=1, span=Span(start=0, stop=4), size=20, smallest=20, largest=20, sharpness=0.01, yaw_deg=0, turned_deg=0,
        occluded=0, light=(1, 1, 1), exposure=0.5, clipped=0, confidence=0.9,
    )  # fmt: skip
    assert chosen(Faces(), two, SHOT.model_copy(update={"faces": (track,)})) == [(2, 0.34)]


def test_the_wrong_network_is_refused() -> None:
    wrong = Fake(Card("wrong", "luma-x1", 11), nothing)
    with pytest.raises(PlanError, match="wrong is for luma-x1"):
        restored(faced(1), wrong)
    with pytest.raises(PlanError, match="restores faces in what a network has enlarged"):
        restored(faced(1), face(nothing), network=None)
