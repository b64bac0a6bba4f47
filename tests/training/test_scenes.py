"""Is truth sharp, moving as told, within range, and the split of photographs the same for everybody?"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from training.moves import FASTEST, Move, Shake, velocity
from training.scenes import Scene
from training.stagelight import Beam, Light
from training.stills import Stills, kept_for_validation, reduced

SIZE = (48, 80)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(3)
    for name in ("photos", "faces_cc", "faces_ai"):
        (folder / name).mkdir()
        for number in range(30):
            coarse = random.integers(0, 256, (30, 45, 3), np.uint8)
            cv2.imwrite(str(folder / name / f"{number}.png"), cv2.resize(coarse, (450, 300)))
    return folder


def test_the_split_is_whole_and_by_name(pictures: Path) -> None:
    training, validation = (Stills.under(pictures, validation=side) for side in (False, True))
    assert len(training.photographs) + len(validation.photographs) == 30
    assert all(kept_for_validation(file) for file in validation.photographs + validation.faces)
    assert not any(kept_for_validation(file) for file in training.photographs + training.faces)
    assert kept_for_validation(Path("a/one.png")) == kept_for_validation(Path("b/one.png"))


def test_about_a_tenth_is_kept() -> None:
    assert 60 < sum(kept_for_validation(Path(f"{number}.webp")) for number in range(1000)) < 140


def test_a_folder_without_photographs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no photographs"):
        Stills.under(tmp_path, validation=False)


def test_any_scene_is_a_picture_at_any_moment(pictures: Path) -> None:
    stills = Stills.under(pictures, validation=False)
    for seed in range(8):
        scene = Scene.drawn(np.random.default_rng(seed), stills, SIZE)
        picture = scene.picture(3.0)
        assert picture.shape == (192, 320, 3)
        assert picture.dtype == np.float32
        assert picture.min() >= 0
        assert picture.max() <= 1


def test_the_same_seed_gives_the_same_scene(pictures: Path) -> None:
    stills = Stills.under(pictures, validation=False)
    one, other = (Scene.drawn(np.random.default_rng(5), stills, SIZE).picture(2.0) for _ in range(2))
    assert np.array_equal(one, other)


def test_the_world_moves_by_whole_samples_exactly() -> None:
    world = np.random.default_rng(1).random((300, 400, 3), np.float32)
    scene = Scene(world, Move((160, 96), (3.0, 2.0)), (), Light(), size=(192, 320))
    before, after = scene.picture(0), scene.picture(1)
    assert np.abs(after[2:, 3:] - before[:-2, :-3]).max() < 1e-4


def test_an_exposure_averages_its_moments() -> None:
    world = np.random.default_rng(1).random((300, 400, 3), np.float32)
    move = Move((160, 96), (4.0, 0.0))
    blurred = Scene(world, move, (), Light(), moments=2, shutter=0.5, size=(192, 320)).picture(0)
    sharp = Scene(world, move, (), Light(), size=(192, 320))
    assert np.abs(blurred - (sharp.picture(0) + sharp.picture(0.25)) / 2).max() < 1e-5


def test_light_is_crushed_and_clips() -> None:
    ramp = np.linspace(0, 1, 101, dtype=np.float32)[None, :, None].repeat(3, 2).repeat(24, 0)
    lit = Light(crush=0.05, clip=0.05).on(ramp, 0.0)[0, :, 0]
    assert lit[5] == 0
    assert lit[95] == pytest.approx(1)
    assert lit[50] == pytest.approx(0.5)


def test_a_strobe_is_on_or_off() -> None:
    beam = Beam((1.0, 0.0, 0.0), (0.5, 0.5), (0.0, 0.0), 0.3, 10.0, 0.0, strobe=True)
    strengths = {round(float(beam.field(time).max()), 3) for time in range(10)}
    assert len(strengths) == 2
    assert min(strengths) == 0


def test_velocities_have_a_limit_and_a_shake_comes_back() -> None:
    random = np.random.default_rng(2)
    speeds = np.array([velocity(random) for _ in range(2000)])
    assert np.abs(speeds).max() <= FASTEST
    assert 2 < np.abs(speeds).mean() < 6
    shaken = np.array([Shake.drawn(random).at(time) for time in range(200)])
    assert np.abs(shaken.mean(0)).max() < 1.5


def test_stills_are_made_smaller_only() -> None:
    codes = np.full((100, 150, 3), 255, np.uint8)
    assert reduced(codes, 1.5).shape == (67, 100, 3)
    assert reduced(codes, 1.0).max() == pytest.approx(1)
