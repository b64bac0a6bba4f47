"""Enlarging with networks that add nothing, detail, or what is not there: any size, place, colour, and gap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import pytest

from encore.core.answers import Noise
from encore.core.errors import PlanError
from encore.core.findings import Scan, Shot
from encore.core.time import Span
from encore.core.video import Clip, Colour, VideoFormat
from encore.media.colour import to_bt709, to_rgb_matrix
from encore.restoration import Runtime, Upscale
from encore.restoration.invention import enlarged
from encore.restoration.networks import Device, Network
from encore.restoration.superres import PICTURE_MOST, chroma_to_bt709, luma_to_bt709, resited
from encore.restoration.tally import Tally
from encore.restoration.window import CHANNELS, CHROMA_CHANNELS, REACH, SCALE
from tests.restoration.filmed import Picture, clip_of, scene

SHOT = Shot(span=Span(start=0, stop=8), scan=Scan(mode="progressive", confidence=1))
NOISE = Noise(
    luma_sigma=2, chroma_sigma=2, spatial_sigma=2, kind="grain", correlation_across=0, correlation_down=0,
    correlation_time=0,
)  # fmt: skip
SIZE = (64, 80)
SD601 = Colour(matrix="bt601", primaries="smpte170m")


@dataclass(frozen=True)
class Card:
    name: str
    task: str
    inputs: int


@dataclass(frozen=True)
class Fake:
    card: Card
    made: Callable[[Picture], Picture]

    def __call__(self, planes: Picture, /) -> Picture:
        assert planes.dtype == np.float32 and planes.shape[:2] == (1, self.card.inputs)
        return self.made(planes[0])[None].astype(np.float32)


def nothing(planes: Picture) -> Picture:
    return np.zeros((1, 4 * planes.shape[1], 4 * planes.shape[2]), np.float32)


def no_colours(planes: Picture) -> Picture:
    return np.zeros((2, 4 * planes.shape[1], 4 * planes.shape[2]), np.float32)


def sharper(planes: Picture) -> Picture:
    """Takes a small blur off the middle picture."""
    base = enlarged(planes[REACH])
    return (base - cv2.GaussianBlur(base, (0, 0), 3.0))[None] * 0.6


def dotted(planes: Picture) -> Picture:
    made = nothing(planes)
    made[0, ::8] = 20 / SCALE
    return made


def doubled(planes: Picture) -> Picture:
    """A picture network of scale 2."""
    return np.repeat(np.repeat(planes, 2, 1), 2, 2)


FAKES = {
    "nothing": Fake(Card("nothing", "luma-x4", CHANNELS), nothing),
    "sharper": Fake(Card("sharper", "luma-x4", CHANNELS), sharper),
    "dotted": Fake(Card("dotted", "luma-x4", CHANNELS), dotted),
    "doubled": Fake(Card("doubled", "picture", 3), doubled),
    "grey": Fake(Card("grey", "picture", 1), lambda planes: enlarged(planes[0])[None]),
    "no colours": Fake(Card("no colours", "chroma-x4", CHROMA_CHANNELS), no_colours),
    "colours": Fake(
        Card("colours", "chroma-x4", CHROMA_CHANNELS),
        lambda planes: np.stack([0.5 * (e - cv2.blur(e, (9, 9))) for e in map(enlarged, planes[:2])]),
    ),
}


class Zoo:
    def open(self, name: str, threads: int = 1, device: Device = "auto") -> Network:
        assert threads == 1 and device == "auto"
        return FAKES[name]


def runtime() -> Runtime:
    return Runtime(zoo=Zoo())


def filmed(count: int = 5, size: tuple[int, int] = SIZE, colour: Colour = SD601) -> Clip:
    at = scene(*size)
    clip = clip_of([at(n) for n in range(count)])
    return replace(clip, format=clip.format.model_copy(update={"colour": colour}))


def upscaled(clip: Clip, wanted: Span | None = None, shot: Shot = SHOT, tally: Tally | None = None, **how: Any) -> Clip:
    stage = Upscale.model_validate({"width": 4 * clip.format.width, "height": 4 * clip.format.height, **how})
    work = stage.open(Runtime(zoo=Zoo(), tally=tally or Tally()))
    return work(clip, shot, wanted or Span(start=0, stop=len(clip)))


def test_what_it_asks_for() -> None:
    assert (Upscale(width=96, height=80).halo(), Upscale(width=96, height=80).follows()) == (0, False)
    stage = Upscale(width=96, height=80, network="nothing")
    assert (stage.halo(), stage.follows()) == (REACH, True)


def test_nothing_added_is_the_classical_picture() -> None:
    clip = filmed()
    found, lanczos = upscaled(clip, network="nothing", chroma_network="no colours"), upscaled(clip)
    y = to_bt709((clip.y[2], clip.cb[2], clip.cr[2]), SD601)[0]
    assert np.abs(found.y[2] - (4096 + 56064 * enlarged(y))).max() < 0.55
    assert np.array_equal(found.cb, lanczos.cb) and np.array_equal(found.cr, lanczos.cr)
    assert found.format == lanczos.format and found.at == lanczos.at


@pytest.mark.parametrize("network", ["sharper", "dotted", "doubled", "grey"])
def test_pieces_equal_the_whole(network: str) -> None:
    clip = filmed(7)
    how: dict[str, Any] = {"network": network, "chroma_network": "colours"}
    whole = upscaled(clip, **how)
    piece = upscaled(clip.cut(Span(start=1, stop=6)), Span(start=2, stop=3), **how)
    for name in ("y", "cb", "cr"):
        assert np.array_equal(getattr(piece, name)[0], getattr(whole, name)[3])


@pytest.mark.parametrize("size", [(64, 80), (63, 77), (32, 34)])
@pytest.mark.parametrize("film", [(320, 256), (320, 288), (426, 288), (160, 128), (96, 96)])
def test_any_size(size: tuple[int, int], film: tuple[int, int]) -> None:
    clip = filmed(1, size)
    how: dict[str, Any] = {"width": film[0], "height": film[1]}
    found = upscaled(clip, network="sharper", chroma_network="colours", **how)
    plain = upscaled(clip, **how)
    assert found.y.shape == plain.y.shape and found.cb.shape == plain.cb.shape
    for name in ("y", "cb", "cr"):  # what is in the picture stays in its place
        one, other = (np.asarray(getattr(clip, name)[0], np.float32) for clip in (found, plain))
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.98


def test_crop_keeps_places() -> None:
    clip, crop = filmed(3), (7, 3, 71, 59)
    whole = upscaled(clip, network="sharper", chroma_network="colours")
    part = upscaled(clip, network="sharper", chroma_network="colours", crop=crop, width=256, height=224)
    rim = 20
    for name, step in (("y", 4), ("cb", 2), ("cr", 2)):
        one = getattr(part, name)[1].astype(np.int32)
        other = getattr(whole, name)[1, step * 3 : step * 59, step * 7 : step * 71].astype(np.int32)
        assert np.abs(one - other)[rim:-rim, rim:-rim].max() <= 40  # 0.2 of a code


@pytest.mark.parametrize("chroma", ["420", "422"])
def test_detail_of_chroma_lies_where_the_film_has_it(chroma: str) -> None:
    """A network that knows the truth beyond what gathering leaves: the wave is whole again, at its place."""
    height, width = SIZE
    fine = 8 * np.sin(np.arange(2 * width) * 0.9)[None, :].repeat(2 * height, 0).astype(np.float32)
    for film in ((4 * width, 4 * height), (6 * width, 4 * height), (4 * width, 5 * height)):
        size = (film[1] // (2 if chroma == "420" else 1), film[0] // 2)
        found = resited(fine, size)
        place = np.arange(size[1]) * (2 * width / size[1])  # both grids begin with luma's first sample ...
        place += (2 * width / size[1] - 1) / 4  # ... and that lies in the middle of its own width
        assert np.abs(found - 8 * np.sin(place * 0.9))[:, 12:-12].max() < 1.2


def test_colours_turn_as_the_tape_s_do() -> None:
    """Small changes of grey through the whole conversion."""
    for matrix, primaries in (("bt601", "bt709"), ("bt601", "smpte170m"), ("bt601", "bt470bg"), ("bt709", "bt709")):
        colour = Colour.model_validate({"matrix": matrix, "primaries": primaries})
        grey = [np.full((1, 1), value, np.float32) for value in (0.5, 0.0, 0.0)]
        rest = to_bt709((grey[0], grey[1], grey[2]), colour)
        for number in range(2):
            moved = [*grey]
            moved[1 + number] = np.full((1, 1), 0.01, np.float32)
            turned = to_bt709((moved[0], moved[1], moved[2]), colour)
            change = [float(turned[1 + n][0, 0] - rest[1 + n][0, 0]) / 0.01 for n in range(2)]
            assert change == pytest.approx(chroma_to_bt709(colour)[:, number].tolist(), abs=0.02)


@pytest.mark.parametrize("light", [(0.6, 0.6, 0.6), (0.7, 0.1, 0.1), (0.1, 0.1, 0.7)])
def test_detail_is_as_strong_as_the_colour_makes_it(light: tuple[float, float, float]) -> None:
    """Under saturated light, luma of the tape's primaries and of BT.709 are not the same."""
    y, cb, cr = (float(v) for v in np.linalg.solve(to_rgb_matrix("bt601"), np.array(light)))
    planes = tuple(np.full((8, 8), value, np.float32) for value in (y, cb, cr))
    found = luma_to_bt709((planes[0], planes[1], planes[2]), SD601)
    more = to_bt709((planes[0] + np.float32(0.01), planes[1], planes[2]), SD601)[0]
    change = (more - to_bt709((planes[0], planes[1], planes[2]), SD601)[0]) / 0.01
    assert found is not None and found[1, 1] == pytest.approx(change[1, 1], abs=0.03)
    assert luma_to_bt709((planes[0], planes[1], planes[2]), Colour(matrix="bt601", primaries="bt709")) is None


@pytest.mark.parametrize("chroma", ["444", "422", "411"])
@pytest.mark.parametrize("siting", ["left", "center", "topleft"])
def test_every_chroma_is_brought_to_the_network(chroma: str, siting: str) -> None:
    clip = filmed(1)
    form = VideoFormat.model_validate({
        "width": SIZE[1], "height": SIZE[0], "chroma": chroma, "colour": SD601.model_copy(update={"siting": siting})
    })  # fmt: skip
    height, width = form.chroma_size
    cb = np.asarray(cv2.resize(clip.cb[0], (width, height), interpolation=cv2.INTER_AREA), np.float32)[None]
    given = replace(clip, cb=cb, cr=-cb, format=form)
    found, plain = upscaled(given, chroma_network="colours"), upscaled(given)
    assert np.array_equal(found.y, plain.y) and not np.array_equal(found.cb, plain.cb)
    assert np.corrcoef(found.cb.ravel(), plain.cb.ravel())[0, 1] > 0.98


def test_alone_lost_and_unmeasured() -> None:
    clip = filmed(3)
    for given in (
        replace(clip, motion=None),
        replace(clip, lost=(False, True, False)),
        clip.cut(Span(start=0, stop=1)),
    ):
        found = upscaled(given, network="sharper", chroma_network="colours")
        assert len(found) == len(given) and not np.array_equal(found.y, upscaled(given).y)
    noisy = SHOT.model_copy(update={"noise": NOISE})
    assert upscaled(clip, shot=noisy, network="sharper").y.std() > 0


def test_the_noise_told_is_the_share_of_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float] = []

    def listening(planes: Picture) -> Picture:
        told.append(float(planes[2 * REACH + 1].max()) * 8)
        return nothing(planes)

    monkeypatch.setitem(FAKES, "listening", Fake(Card("listening", "luma-x4", CHANNELS), listening))
    clip, noisy = filmed(1), SHOT.model_copy(update={"noise": NOISE})
    for share in (1.0, 0.4, 0.0):
        upscaled(clip, shot=noisy, network="listening", noise=share)
    upscaled(clip, network="listening")
    assert told == pytest.approx([2.0, 0.8, 0.5, 0.5])


def test_what_is_made_up_is_counted_and_held() -> None:
    clip, tally = filmed(2), Tally()
    upscaled(clip, network="nothing", tally=tally)
    assert tally.take() == {"upscale": {"blended": 0, "blocks": 12}}
    wrong = upscaled(clip, network="dotted", tally=tally)
    assert tally.take()["upscale"]["blended"] >= 6
    right = upscaled(clip, network="nothing")
    off = np.abs(wrong.y.astype(np.float32) - right.y.astype(np.float32))[:, ::8] / 256
    assert off.mean() < 8


def test_grain_comes_back_over_the_detail() -> None:
    clip = filmed(1)
    grain = np.zeros_like(clip.y)
    grain[0, 20:40, 20:60] = np.random.default_rng(1).normal(0, 0.02, (20, 40))
    with_grain = replace(clip, grain=(grain, np.zeros_like(clip.cb), np.zeros_like(clip.cr)))
    without = replace(clip, grain=(np.zeros_like(grain), np.zeros_like(clip.cb), np.zeros_like(clip.cr)))
    one, other = (upscaled(given, network="sharper").y[0].astype(np.float32) for given in (with_grain, without))
    expected = enlarged(grain[0]) * 56064
    assert np.abs((one - other) - expected).max() < 0.1 * np.abs(expected).max()


def test_strength_is_a_share_of_the_detail() -> None:
    clip = filmed(1, colour=Colour(matrix="bt709", primaries="bt709"))
    none, half, full = (
        upscaled(clip, network="sharper", strength=share).y.astype(np.float32) for share in (0.0, 0.5, 1.0)
    )
    assert np.array_equal(none, upscaled(clip, network="nothing").y)
    assert np.abs(half - none).mean() == pytest.approx(0.5 * np.abs(full - none).mean(), rel=0.15)


def test_foreign_pictures_are_blended() -> None:
    clip = filmed(1)
    base, blended = (upscaled(clip, network=name).y.astype(np.float32) / 256 for name in ("nothing", "doubled"))
    boxes = np.repeat(np.repeat(clip.y[0] * 219 + 16, 4, 0), 4, 1)
    pulled = np.abs(blended - base).mean() / np.abs(cv2.resize(boxes, None, fx=1, fy=1) - base).mean()
    assert 0.1 < pulled <= PICTURE_MOST


def test_the_wrong_network_is_refused() -> None:
    with pytest.raises(PlanError, match="colours is for chroma-x4"):
        Upscale(width=96, height=80, network="colours").open(runtime())
    with pytest.raises(PlanError, match="sharper is for luma-x4"):
        Upscale(width=96, height=80, chroma_network="sharper").open(runtime())


def test_the_input_is_left_alone() -> None:
    clip = filmed(3)
    before = [plane.copy() for plane in (clip.y, clip.cb, clip.cr)]
    upscaled(clip, network="sharper", chroma_network="colours")
    for plane, was in zip((clip.y, clip.cb, clip.cr), before, strict=True):
        assert np.array_equal(plane, was)
