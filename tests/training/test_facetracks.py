"""Do faces move with their landmarks, do crops and truth lie on each other, are packs whole, does a network learn?"""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from encore.restoration.facespace import SIDE, TEMPLATE
from training.facetracks import pack
from training.facetracks.actors import WOBBLE, MovingFace, moving_face, occluder, wobble
from training.facetracks.clips import Example, played
from training.facetracks.expression import Expression, Wave
from training.facetracks.faces import NAMES, Face, Faces, distance_of
from training.facetracks.regions import regions, weights
from training.facetracks.scenes import LEAST, LIGHTS, FaceScene, drawn, lit
from training.moves import Move
from training.scenes import TIMES, Scene
from training.stagelight import Light
from training.stills import Stills, kept_for_validation
from training.tape import Recipe

DOT = 3.0
"""Samples: sigma of the dots at landmarks of a still."""
POINTS = np.array(TEMPLATE) * 0.7 + (10, 5)
LIVELY = Expression(Wave(0.1, 40, 0), Wave(0.05, 60, 1), Wave(0.08, 20, 2), Wave(0.04, 30, 3), ())


def still(folder: Path, name: str = "face.png", seed: int = 1) -> Face:
    """Bright dots at five landmarks of a soft grey still."""
    y, x = np.mgrid[0:200, 0:200]
    soft = cv2.GaussianBlur(np.random.default_rng(seed).random((200, 200), np.float32), (0, 0), 12)
    made = (soft - soft.mean()) * 2 + 0.4
    for across, down in POINTS:
        made += 0.5 * np.exp(-((x - across) ** 2 + (y - down) ** 2) / (2 * DOT**2))
    folder.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / name), np.rint(np.clip(made, 0, 1) * 255).astype(np.uint8)[..., None].repeat(3, 2))
    return Face(folder / name, tuple((float(x), float(y)) for x, y in POINTS))


def sources(folder: Path) -> tuple[Stills, Faces]:
    face = still(folder / "faces_ai")
    photograph = folder / "photo.png"
    cv2.imwrite(str(photograph), np.full((300, 400, 3), 60, np.uint8))
    return Stills((photograph,), ()), Faces((), (face,))


def dots(luma: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Where dots are, looked for at most eight samples away."""
    found: list[list[float]] = []
    for x, y in near:
        left, top = round(x) - 8, round(y) - 8
        part = luma[top : top + 17, left : left + 17].astype(np.float64)
        part = np.clip(part - np.percentile(part, 60), 0, None) ** 2
        down, across = np.mgrid[top : top + 17, left : left + 17]
        found.append([(part * across).sum() / part.sum(), (part * down).sum() / part.sum()])
    return np.array(found)


def face_scene(folder: Path, aspect: float = 1.0) -> FaceScene:
    """One face of eyes 24 apart, and no other damage than a tape's raster."""
    actor = moving_face(np.random.default_rng(2), still(folder), 24, aspect, (240 / aspect, 230))
    moved = Move((240 / aspect, 230), (1.0, 0.5), turn=0.1, turning=0.003, zooming=0.002)
    actor = replace(actor, move=moved, expression=LIVELY)
    world = np.full((600, 600, 3), 0.2, np.float32)
    size = (480, 16 * round(480 / aspect / 16))
    scene = Scene(world, Move((200, 200)), (actor,), Light(), size=size)
    return FaceScene(scene, (actor,), "white", aspect)


@pytest.mark.parametrize("aspect", [1.0, 8 / 9, 40 / 33])
def test_landmarks_move_with_the_face(tmp_path: Path, aspect: float) -> None:
    made = face_scene(tmp_path, aspect)
    for time in (0.0, 7.0, 19.0):
        seen = (made.faces[0].landmarks(time) + 0.5) * TIMES - 0.5
        assert np.abs(dots(made.scene.picture(time)[..., 1], seen) - seen).max() < 0.6
    assert distance_of(made.faces[0].landmarks(0), aspect) == pytest.approx(24, rel=0.06)


def test_a_closed_eye_is_narrower(tmp_path: Path) -> None:
    made = face_scene(tmp_path)
    blinking = replace(made.faces[0], expression=replace(LIVELY, blinks=(8.0,)))
    heights: list[float] = []
    for actor in (made.faces[0], blinking):
        x, y = ((actor.landmarks(8.0)[0] + 0.5) * TIMES - 0.5).round().astype(int)
        column = replace(made.scene, cutouts=(actor,)).picture(8.0)[y - 20 : y + 21, x, 1]
        heights.append(float((column > (column.max() + column.min()) / 2).sum()))
    assert heights[1] < 0.7 * heights[0]


def test_a_detectors_errors_are_small_and_slow() -> None:
    errors = np.stack([wobble(np.random.default_rng(seed), np.arange(12.0)) for seed in range(200)])
    assert errors.shape == (200, 12, 5, 2)
    assert errors.std() == pytest.approx(WOBBLE, rel=0.2)
    assert np.diff(errors, axis=1).std() < 0.3 * errors.std()


class NoDetail:
    """A network that adds nothing."""

    card = SimpleNamespace(name="nothing", task="luma-x4", inputs=11)

    def __call__(self, planes: np.ndarray, /) -> np.ndarray:
        return np.zeros((1, 1, TIMES * planes.shape[2], TIMES * planes.shape[3]), np.float32)


def off(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(x, y) by which `one` is moved against `other`, by least squares over gradients."""
    a, b = (cv2.GaussianBlur(plane.astype(np.float32), (0, 0), 3)[40:-40, 40:-40] for plane in (one, other))
    down, across = np.gradient(b)
    system = [[(across * across).sum(), (across * down).sum()], [(across * down).sum(), (down * down).sum()]]
    return np.linalg.solve(system, [(across * (b - a)).sum(), (down * (b - a)).sum()])


@pytest.mark.parametrize("progressive", [False, True])
def test_crops_and_truth_lie_on_each_other(tmp_path: Path, progressive: bool) -> None:
    made = face_scene(tmp_path, 8 / 9)
    # de-interlacing's own errors in motion, and those of a denoiser, are no matter of this test
    still_one = replace(made.faces[0], move=replace(made.faces[0].move, velocity=(0.0, 0.0), turning=0.0, zooming=0.0))
    actor = still_one if not progressive else made.faces[0]
    seen = FaceScene(replace(made.scene, cutouts=(actor,)), (actor,), "white", 8 / 9)
    random = np.random.default_rng(1)
    found = list(played(seen, Recipe(progressive=progressive), random, NoDetail(), 3))
    assert len(found) == 3
    for one in found:
        assert one.crops.shape == (3, SIDE, SIDE) and one.true.shape == (SIDE, SIDE)
        assert np.abs(off(one.crops[1], one.true)).max() < 0.35
        assert np.sqrt(np.mean((one.crops[1] - one.true) ** 2)) < 4
        # the places of the template are where the dots are, as far as the detector errs
        assert np.abs(dots(one.true, np.array(TEMPLATE)) - TEMPLATE).max() < 5
        assert one.told["light"] == "white" and 20 < one.told["distance"] < 28 and one.told["sigma"] >= 0.4


def test_a_still_is_on_one_side_only(tmp_path: Path) -> None:
    names = [f"{n}.png" for n in range(40)]
    with (tmp_path / "faces.csv").open("w", newline="") as table:
        rows = csv.DictWriter(table, ["file", *(f"{name}_{axis}" for name in NAMES for axis in "xy")])
        rows.writeheader()
        for number, name in enumerate(names):
            place = "" if number == 0 else "10.5"
            values = dict.fromkeys(rows.fieldnames[1:], place)
            rows.writerow({"file": f"{'faces_cc' if number % 2 else 'faces_ai'}/{name}", **values})
    sides = [Faces.under(tmp_path, validation=validation) for validation in (False, True)]
    found = [{face.file.name for face in (*side.studio, *side.others)} for side in sides]
    assert not found[0] & found[1] and len(found[0] | found[1]) == 39
    assert all(kept_for_validation(Path(name)) for name in found[1])
    assert all(face.file.parent.name == "faces_cc" for face in sides[0].studio)


def test_faces_have_room_and_any_light(tmp_path: Path) -> None:
    stills, faces = sources(tmp_path)
    lights: set[str] = set()
    for seed in range(12):
        made = drawn(np.random.default_rng(seed), stills, faces)
        height, width = made.scene.size
        assert height % 64 == 0 and width % 64 == 0 and 1 <= len(made.faces) <= 6
        for actor in made.faces:
            points = actor.landmarks(10.0)
            assert (points > 0).all() and (points < (width / TIMES, height / TIMES)).all()
            assert distance_of(points, made.aspect) > 0.9 * LEAST
        lights.add(made.light)
    assert len(lights) > 3 and lights <= set(LIGHTS)
    for name in LIGHTS:
        shown = lit(np.random.default_rng(3), name)[0].on(np.full((8, 8, 3), 0.5, np.float32), 0.0)
        assert 0 < shown.max() <= 1


def test_what_is_before_a_face_hides_some_of_it(tmp_path: Path) -> None:
    face = still(tmp_path)
    actor = moving_face(np.random.default_rng(1), face, 20, 1.0, (240, 240))
    plain = np.zeros((480, 480, 3), np.float32)
    actor.draw(plain, 10, (0, 0))
    for seed in range(9):
        before = occluder(np.random.default_rng(seed), actor, face)
        canvas = plain.copy()
        before.draw(canvas, 10, (0, 0))
        changed = (np.abs(canvas - plain) > 0.02).any(2)
        assert 10 < changed.sum() < 0.6 * changed.size


def test_eyes_and_mouth_count_more() -> None:
    places, counts = regions(), weights()
    assert (places["face"] >= (places["eyes"] | places["mouth"])).mean() > 0.99
    for x, y in TEMPLATE[:2]:
        assert counts[round(y), round(x)] == counts.max() > counts[143, 128] > counts[0, 0]
    assert np.abs(counts - counts[:, ::-1]).mean() < 0.05


def example(seed: int = 0) -> Example:
    """A truth with half as much detail again as the crops."""
    random = np.random.default_rng(seed)
    detail = cv2.GaussianBlur(random.standard_normal((SIDE, SIDE), np.float32), (0, 0), 4) * 90
    detail -= detail.mean()
    about = {"sigma": 1.0, "distance": 20.0 + 15 * seed, "light": "red", "face": 0, "picture": 7}
    return Example(np.stack([100 + detail] * 3), 100 + 1.5 * detail, about)


def packed(folder: Path, count: int = 6) -> Path:
    """A shard of examples."""
    shard, found = folder / "shard-001-0000", [example(seed) for seed in range(count)]
    shard.mkdir(parents=True)
    np.save(shard / "own.npy", np.stack([one.crops[1] for one in found]).astype(np.float16))
    np.save(shard / "beside.npy", np.stack([one.crops[::2] for one in found]).astype(np.uint8))
    np.save(shard / "true.npy", np.stack([one.true for one in found]).astype(np.float16))
    (shard / "shard.json").write_text(json.dumps([one.told for one in found]))
    return folder


def test_shards_are_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def clip(seed: tuple[int, int], *_: object) -> list[Example]:
        asked.append(seed)
        return [example(1), example(2)]

    monkeypatch.setattr(pack, "clip", clip)
    monkeypatch.setattr(pack, "CLIPS", 2)
    monkeypatch.setattr(pack, "Zoo", lambda: SimpleNamespace(open=lambda *_, **__: None))
    monkeypatch.setattr(pack.Stills, "under", lambda *_, **__: None)
    monkeypatch.setattr(pack.Faces, "under", lambda *_, **__: None)
    command = ["--pictures", str(tmp_path), "--out", str(tmp_path / "out"), "--clips", "3", "--seed", "4"]
    pack.main(command)
    pack.main(command)
    assert asked == [(4, 0), (4, 1), (4, 2)]
    shard = tmp_path / "out/shard-004-0001"
    assert np.load(shard / "beside.npy").shape == (2, 2, SIDE, SIDE)
    assert np.abs(np.load(shard / "own.npy")[1] - example(2).crops[1]).max() < 0.1
    assert [told["clip"] for told in json.loads((shard / "shard.json").read_text())] == [2, 2]


def test_mirrors_and_hidden_neighbours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    from training.facetracks import batches
    from training.facetracks.batches import FacePacks

    monkeypatch.setattr(batches, "SHADED", 0.0)
    packs = FacePacks([packed(tmp_path, 2)], device=torch.device("cpu"))
    random, hidden = np.random.default_rng(1), 0
    for _ in range(10):
        window, true, unit = packs.drawn(4, random)
        assert window.shape == (4, 6, SIDE, SIDE) and true.shape == (4, 1, SIDE, SIDE) and unit.shape == (4, 1, 1, 1)
        # half of the detail is missing: in units of the network, a quarter of its deviation, twice what is there
        level = true[:, 0].mean((1, 2), keepdim=True)
        assert torch.allclose(true[:, 0] - level, 2 * window[:, 1], atol=0.1)
        hidden += int((window[:, 4:].flatten(2) == 0).all(2).sum())
    assert 1 <= hidden < 24
    with pytest.raises(FileNotFoundError, match="no finished shard"):
        FacePacks([tmp_path / "none"], device=torch.device("cpu"))


def test_a_network_learns_is_released_and_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    from encore.inference.zoo import Zoo
    from training import export, train, unet
    from training.facetracks import judge

    small = unet.Levels(6, (16, 16), 1, 1, step=4)
    monkeypatch.setitem(unet.SHAPES, "face-s", small)
    monkeypatch.setattr(train, "WARM", 2)
    folder, out = packed(tmp_path / "pack", 4), tmp_path / "out"
    words = f"train face-s --packs {folder} --validation {folder} --out {out} --steps 14 --batch 2 --rate 4e-3"
    monkeypatch.setattr(sys, "argv", [*words.split(), "--device", "cpu"])
    train.main()
    told = json.loads((out / "log.jsonl").read_text())
    assert told["psnr_db"] > told["classical_db"] + 1
    words = f"export face-s --checkpoint {out / 'state.pt'} --folder {tmp_path / 'zoo'}"
    monkeypatch.setattr(sys, "argv", words.split())
    export.main()
    monkeypatch.setattr(sys, "argv", f"judge face-s --folder {tmp_path / 'zoo'} --packs {folder}".split())
    judge.main()
    card = Zoo(users=tmp_path / "none", shipped=tmp_path / "zoo").card("face-s")
    assert (card.task, card.scale, card.inputs, card.multiple_of) == ("face-x1", 1, 6, 8)
    assert card.radius is not None and card.radius >= small.radius
    gains = {one.name: one.value for one in card.measured if one.unit == "dB"}
    assert len(gains) == 1 + 3 + 2 and min(gains.values()) > 0.5
    assert [one.name for one in card.measured if one.unit == "core-ms"] == ["a face"]


def test_a_deep_step_starts_at_nothing_and_looks_no_farther_than_it_says() -> None:
    torch = pytest.importorskip("torch")
    from training.unet import Levels, network_of

    torch.manual_seed(1)
    shape = Levels(6, (48, 16), 1, 1, step=4)
    network = network_of(shape).eval()
    side = shape.multiple_of * (2 * shape.radius // shape.multiple_of + 3)
    window = torch.zeros(1, 6, 8, side)
    with torch.no_grad():
        assert float(network(torch.randn(1, 6, 32, 24)).abs().mean()) < 0.1
        plain = network(window)
        for at in range(side // 2, side // 2 + 5):
            window[..., at] = 100
            places = (network(window) != plain).any(2).flatten().nonzero()
            assert abs(places - at).max() <= shape.radius
            window[..., at] = 0


def test_an_actor_is_a_cutout_with_landmarks(tmp_path: Path) -> None:
    actor = moving_face(np.random.default_rng(4), still(tmp_path), 30, 1.0, (300, 300))
    assert isinstance(actor, MovingFace)
    assert np.abs(actor.landmarks(10.0).mean(0) * TIMES - 300).max() < 0.3 * 30 * TIMES
