"""Do compressed clips have a codec, and is their truth what the tape would be without it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from encore.restoration.window import CHANNELS
from training import clips, pack
from training.clips import GIVEN, Example, compressed_clip, played, told_by
from training.moves import Move
from training.pack import GRID, SIDE, Patch, on_grid
from training.recording import Codec
from training.scenes import Scene
from training.stagelight import Light
from training.stills import Stills
from training.tape import Analog, Recipe


def scene() -> Scene:
    fine = np.random.default_rng(1).random((400, 640, 3), np.float32)
    soft = cv2.GaussianBlur(fine, (0, 0), 5)
    world = np.clip((soft - soft.mean()) * 8 + 0.5, 0, 1)
    return Scene(world, Move((192, 128), (0.0, 0.0)), (), Light(), size=(256, 384))


def missing(recipe: Recipe) -> float:
    """Root mean square of what is told to be wrong at the tape's size, codes, in the middle of a picture."""
    _, examples = played(scene(), recipe, seed=1, denoised=False)
    wrong = next(iter(examples)).clean_missing
    assert wrong is not None and wrong.shape == (64, 96)
    return float(np.sqrt(np.mean(wrong[8:-8, 8:-8] ** 2)))


def test_what_is_missing_is_what_codec_and_noise_did_and_no_blur() -> None:
    soft = Recipe(blur=0.6, soft_lines=True, progressive=True, analog=(Analog(luma_band=0.4, peaking=0.5),))
    assert missing(soft) < 0.5  # rounding
    assert missing(replace(soft, codec=Codec(megabits=1.0))) > 1
    assert missing(replace(soft, analog=(replace(soft.analog[0], luma_sigma=4.0),))) == pytest.approx(4, rel=0.15)


def test_every_compressed_clip_has_a_codec(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Recipe] = []

    def kept(_: Scene, recipe: Recipe, **how: object) -> tuple[clips.Known, Iterator[Example]]:
        seen.append(recipe)
        return clips.Known(recipe, told_by(recipe), None, bool(how["denoised"]), 1.0), iter(())

    monkeypatch.setattr(clips, "played", kept)
    monkeypatch.setattr(Scene, "drawn", lambda *_: scene())
    stills = Stills.__new__(Stills)
    denoised = [compressed_clip((1, number), stills)[0].denoised for number in range(40)]
    assert all(clips.MEGABITS[0] <= one.codec.megabits <= clips.MEGABITS[1] for one in seen)
    copies = [one.codec.crf for one in seen if one.codec.crf is not None]
    assert 0 < len(copies) < 20 and all(one in range(*clips.CRFS) for one in copies)
    assert 0.7 < np.mean(denoised) < 1


def test_patches_begin_with_blocks_and_have_their_truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    clean = random.normal(0, 3, (64, 96)).astype(np.float32)
    whole = Example(
        number=6, luma=random.random((CHANNELS, 64, 96), np.float32), base=np.full((256, 384), 60, np.float32),
        missing=random.normal(0, 9, (256, 384)).astype(np.float32), chroma=np.zeros((7, 32, 48), np.float32),
        chroma_missing=np.zeros((2, 128, 192), np.float32), clean_missing=clean,
    )  # fmt: skip
    assert on_grid(Patch(6, 38)) == Patch(0, 32) and on_grid(Patch(8, 40)) == Patch(8, 40)
    known = clips.Known(Recipe(codec=Codec(megabits=3)), told_by(Recipe()), None, True, 0.4)
    monkeypatch.setattr(pack, "compressed_clip", lambda _seed, _stills: (known, [whole] * len(GIVEN)))
    pack.shard(tmp_path / "shard-001-0000", 1, range(1), Stills.__new__(Stills), compressed=True)
    arrays = {name: np.load(tmp_path / "shard-001-0000" / f"{name}.npy") for name in ("luma", "clean_missing")}
    corners = [(top, left) for top in range(0, 64 - SIDE + 1, GRID) for left in range(0, 96 - SIDE + 1, GRID)]
    for window, wrong in zip(arrays["luma"], arrays["clean_missing"], strict=True):
        cuts = [(slice(top, top + SIDE), slice(left, left + SIDE)) for top, left in corners]
        (place,) = [cut for cut in cuts if np.allclose(whole.luma[2][cut], window[2], atol=1e-3)]
        assert np.allclose(clean[place], wrong, atol=1e-2)
