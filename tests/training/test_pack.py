"""Do pairs fit together to a fraction of a sample, and are shards whole, exact and kept?"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from encore.restoration.window import CHANNELS, NOISE_LEFT
from training import clips, pack
from training.chroma import film_chroma, true_chroma
from training.clips import GIVEN, Example, played, told_by
from training.moves import Move
from training.pack import ARRAYS, SIDE, Patch, places
from training.recording import Codec
from training.scenes import Scene
from training.stagelight import Light
from training.stills import Picture, Stills
from training.tape import Analog, Recipe


def world(height: int = 400, width: int = 640) -> Picture:
    fine = np.random.default_rng(1).random((height, width, 3), np.float32)
    soft = cv2.GaussianBlur(fine, (0, 0), 5)
    return np.clip((soft - soft.mean()) * 8 + 0.5, 0, 1)


def scene(velocity: tuple[float, float] = (2.0, 0.0)) -> Scene:
    return Scene(world(), Move((192, 128), velocity), (), Light(), size=(256, 384))


def off(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(x, y) by which `one` is moved against `other`, by least squares over gradients."""
    a, b = (cv2.GaussianBlur(plane.astype(np.float32), (0, 0), 1.5)[24:-24, 24:-24] for plane in (one, other))
    down, across = np.gradient(b)
    system = [[(across * across).sum(), (across * down).sum()], [(across * down).sum(), (down * down).sum()]]
    return np.linalg.solve(system, [(across * (b - a)).sum(), (down * (b - a)).sum()])


@pytest.mark.parametrize("progressive", [False, True])
def test_truth_and_base_lie_on_each_other(progressive: bool) -> None:
    # a de-interlacer's own errors in motion are no matter of this test
    seen = scene((2.0, 0.0) if progressive else (0.0, 0.0))
    known, examples = played(seen, Recipe(progressive=progressive), seed=1, denoised=False)
    found = list(examples)
    assert [one.number for one in found] == list(range(GIVEN.start, GIVEN.stop))
    for one in found[3:5]:
        truth = one.base + one.missing
        assert np.abs(off(truth, one.base)).max() < 0.05
        assert one.luma.shape == (CHANNELS, 64, 96)
        assert one.chroma_missing.shape == (2, 128, 192)
        assert np.sqrt(np.mean(one.missing**2)) < 6
        assert (one.luma[-1].mean() == 1) == progressive
    assert not known.denoised
    assert known.factor == 1


def test_chroma_truth_and_classical_chroma_lie_on_each_other() -> None:
    y, x = np.mgrid[0:256, 0:384].astype(np.float32)
    large = np.dstack([20 * np.sin(x / 25 + y / 31), 20 * np.cos(x / 37 - y / 29)])
    # the tape's 4:2:0: its columns on luma's even ones, its lines between two of luma's
    across, down = 8 * np.arange(48) + 1.5, 8 * np.arange(32) + 3.5
    places_x, places_y = np.meshgrid(across.astype(np.float32), down.astype(np.float32))
    small = cv2.remap(large, places_x, places_y, cv2.INTER_LINEAR)
    true, made = true_chroma(large), film_chroma(small)
    for one, other in zip(true, made, strict=True):
        assert np.abs(off(one, other)).max() < 0.1


def test_noise_is_told_as_much_as_is_left() -> None:
    recipe = Recipe(analog=(Analog(luma_sigma=4, chroma_sigma=3),))
    raw, _ = played(scene(), recipe, seed=1, denoised=False)
    clean, examples = played(scene(), recipe, seed=1, denoised=True, wrong=1.1)
    assert 2 < raw.noise.luma_sigma < 5
    assert clean.denoised
    assert clean.factor == pytest.approx(NOISE_LEFT * 1.1)
    sigma = next(examples).luma[5] * 8
    assert sigma.mean() == pytest.approx(clean.factor * clean.noise.luma_sigma, rel=0.3)


def test_noise_that_cannot_be_measured_is_the_recipes() -> None:
    noise = told_by(Recipe(analog=(Analog(luma_sigma=3, chroma_sigma=2), Analog(luma_sigma=4))))
    assert noise.luma_sigma == pytest.approx(5)
    assert noise.chroma_sigma == pytest.approx(2)


def example() -> Example:
    random = np.random.default_rng(1)
    luma, base = random.random((CHANNELS, 64, 96), np.float32), np.full((256, 384), 60, np.float32)
    missing = np.zeros((256, 384), np.float32)
    missing[:, 192:] = random.normal(0, 30, (256, 192))
    chroma, chroma_missing = random.random((7, 32, 48), np.float32), random.random((2, 128, 192), np.float32)
    return Example(6, luma, base, missing, chroma, chroma_missing)


def test_patches_are_even_inside_and_prefer_detail() -> None:
    random, found = np.random.default_rng(1), list[Patch]()
    for _ in range(60):
        found += places(example(), random)
    assert all(one.top % 2 == 0 and one.left % 2 == 0 for one in found)
    assert all(0 <= one.top <= 64 - SIDE and 0 <= one.left <= 96 - SIDE for one in found)
    assert np.mean([one.left for one in found]) > (96 - SIDE) / 2


def test_patches_of_all_arrays_are_of_the_same_place() -> None:
    whole = example()
    parts = Patch(4, 10).cut(whole)
    assert {name: part.shape for name, part in parts.items()} == {name: shape for name, (shape, _) in ARRAYS.items()}
    assert np.array_equal(parts["luma"][0], whole.luma[0, 4:60, 10:66])
    assert np.array_equal(parts["luma_missing"], whole.missing[16:240, 40:264])
    assert np.array_equal(parts["chroma"][0], whole.chroma[0, 2:30, 5:33])
    assert np.array_equal(parts["chroma_missing"], whole.chroma_missing[:, 8:120, 20:132])


def test_shards_are_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures, out = tmp_path / "pictures", tmp_path / "out"
    pictures.mkdir()
    for number in range(3):
        cv2.imwrite(str(pictures / f"{number}.png"), np.rint(world(200, 300) * 255).astype(np.uint8))
    asked: list[tuple[int, int]] = []

    def clip(seed: tuple[int, int], _: Stills) -> tuple[clips.Known, list[Example]]:
        asked.append(seed)
        return clips.Known(Recipe(codec=Codec(crf=20)), told_by(Recipe()), None, True, 0.4), [example()] * len(GIVEN)

    monkeypatch.setattr(pack, "clip", clip)
    command = ["--pictures", str(pictures), "--out", str(out), "--clips", "21", "--seed", "3"]
    pack.main(command)
    assert asked == [(3, number) for number in range(21)]
    assert sorted(folder.name for folder in out.iterdir()) == ["shard-003-0000", "shard-003-0001"]
    told = json.loads((out / "shard-003-0001" / "shard.json").read_text())
    arrays = {name: np.load(out / "shard-003-0001" / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
    assert {len(array) for array in arrays.values()} == {len(told["patches"])} == {24}
    assert told["clips"][0]["recipe"]["codec"]["crf"] == 20
    top, left = told["patches"][5]["place"]
    assert np.abs(arrays["luma"][5][2] - example().luma[2, top : top + SIDE, left : left + SIDE]).max() < 1e-3
    pack.main(command)
    assert len(asked) == 21
