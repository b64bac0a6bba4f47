"""Views keep faces and labels together, targets say what decoding reads; a detector learns, goes on, is released."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

torch: Any = pytest.importorskip("torch")

from encore.analysis.facefinder import FaceFinder  # noqa: E402
from encore.analysis.facemaps import STEP, UNIT, Found, once, told  # noqa: E402
from encore.inference.zoo import Zoo  # noqa: E402
from training.facefinder import evaluate, export, labels, light, losses, train, views  # noqa: E402

POINTS = ((-0.2, -0.2), (0.2, -0.2), (0.0, 0.0), (-0.15, 0.25), (0.15, 0.25))
HEAD = [*labels.NAMES]


def painted(image: Any, x: float, y: float, side: float) -> list[tuple[float, float]]:
    """A bright disc with dark eyes and mouth; its landmarks."""
    points = [(x + a * side, y + b * side) for a, b in POINTS]
    cv2.circle(image, (round(x), round(y)), round(side / 2), (220, 200, 180), -1)
    for a, b in points:
        cv2.circle(image, (round(a), round(b)), max(1, round(side / 12)), (40, 30, 20), -1)
    return points


def crowd(count: int = 3, seed: int = 0, size: tuple[int, int] = (300, 400)) -> labels.Labelled:
    random = np.random.default_rng(seed)
    image = np.full((*size, 3), 60, np.uint8)
    boxes, points = [], []
    for n in range(count):
        side = float(random.uniform(24, 60))
        x, y = 60 + n * 110.0, float(random.uniform(60, size[0] - 60))
        points.append(painted(image, x, y, side))
        boxes.append((x - side / 2, y - side / 2, x + side / 2, y + side / 2))
    return labels.Labelled(
        image, np.array(boxes, np.float32), np.array(points, np.float32), np.ones(count, np.float32),
        np.ones(count, bool), np.zeros(count, np.int64), f"{seed}.png",
    )  # fmt: skip


def pictures(folder: Path) -> Path:
    """A folder as the training material has one: crowds on both sides of the split, portraits, photographs."""
    for name in ("wider", "faces_cc", "photos"):
        (folder / name).mkdir(parents=True)
    rows: list[dict[str, Any]] = []
    for seed in range(6):
        made = crowd(1, seed, (160, 200))
        file = f"wider/{seed}.png"
        cv2.imwrite(str(folder / file), made.image[..., ::-1])
        for box, points in zip(made.boxes, made.landmarks, strict=True):
            spots = {
                f"{name}_{axis}": p[k] for name, p in zip(HEAD, points, strict=True) for k, axis in enumerate("xy")
            }
            flags = dict.fromkeys(("blur", "expression", "illumination", "invalid", "occlusion", "pose"), 0)
            rows.append(
                {"file": file, "x": box[0], "y": box[1], "w": box[2] - box[0], "h": box[3] - box[1], **flags, **spots,
                 "score": 0.9}
            )  # fmt: skip
    written(folder / "wider.csv", rows)
    faces: list[dict[str, Any]] = []
    for n in range(3):
        image = np.full((160, 120, 3), 128, np.uint8)
        points = painted(image, 60, 80, 70)
        cv2.imwrite(str(folder / f"faces_cc/{n}.png"), image[..., ::-1])
        cv2.imwrite(str(folder / f"photos/{n}.png"), np.full((300, 280, 3), 30 * n, np.uint8))
        spots = {f"{name}_{axis}": p[k] for name, p in zip(HEAD, points, strict=True) for k, axis in enumerate("xy")}
        faces.append({"file": f"faces_cc/{n}.png", **spots, "score": 0.9})
    written(folder / "faces.csv", faces)
    return folder


def written(file: Path, rows: list[dict[str, Any]]) -> None:
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_a_box_about_landmarks_is_as_people_draw_it() -> None:
    points = np.array([[(40, 40), (60, 40), (50, 50), (43, 60), (57, 60)]], np.float32)
    left, top, right, bottom = labels.box_of(points)[0].tolist()
    assert left + right == pytest.approx(100) and right - left == pytest.approx(43.6, abs=0.1)
    assert top < 24 and 72 < bottom < 76


@pytest.mark.parametrize("seed", range(6))
def test_a_view_moves_faces_and_labels_alike(seed: int) -> None:
    """The eyes of painted faces are dark and their skin is bright, wherever they come to lie."""
    random = np.random.default_rng(seed)
    seen = views.of_crowd(crowd(seed=seed), random)
    seen = views.mirrored(seen) if seed % 2 else seen
    sure = seen.sure & (seen.boxes[:, 3] - seen.boxes[:, 1] > 20)
    assert seen.image.shape == (views.SIDE, views.SIDE, 3) and len(seen.boxes) == len(seen.landmarks)
    for box, points in zip(seen.boxes[sure], seen.landmarks[sure], strict=True):
        for x, y in points:
            if 1 < x < views.SIDE - 2 and 1 < y < views.SIDE - 2:
                assert seen.image[int(y), int(x), 0] < 160
                assert box[0] - 1 < x < box[2] + 1 and box[1] - 1 < y < box[3] + 1
        if seed % 2 == 0 and abs(points[1, 1] - points[0, 1]) < abs(points[1, 0] - points[0, 0]):
            assert points[0, 0] < points[1, 0]


def test_a_mirror_exchanges_left_and_right() -> None:
    seen = crowd()
    once_more = views.mirrored(views.mirrored(seen))
    np.testing.assert_allclose(once_more.landmarks, seen.landmarks, rtol=1e-5)
    np.testing.assert_allclose(once_more.boxes, seen.boxes, rtol=1e-5)
    mirror = views.mirrored(seen)
    assert (mirror.landmarks[:, 0, 0] < mirror.landmarks[:, 1, 0]).all()


def test_lamps_change_luma_as_a_camera_sees_them() -> None:
    white = np.full((4, 4, 3), 255, np.uint8)
    assert light.lit(white, (1, 1, 1)).mean() == pytest.approx(235, abs=0.1)
    assert light.lit(white, (0, 0, 1)).mean() == pytest.approx(16 + 219 * 0.114, abs=0.1)
    assert light.lit(white // 2, (0, 0, 1), 4.0).mean() == pytest.approx(16 + 219 * 0.114, abs=0.5), "it clips"
    for seed in range(8):
        made = light.taped(
            light.stage(crowd().image[:256, :256], np.random.default_rng(seed)), np.random.default_rng(seed)
        )
        assert made.shape == (256, 256) and np.isfinite(made).all() and made.min() >= 0 and made.max() <= 255


def test_decoding_reads_what_targets_say() -> None:
    view = views.View(
        np.zeros((views.SIDE, views.SIDE), np.uint8), np.array([[100, 90, 160, 170], [20, 30, 32, 46]], np.float32),
        np.array([[(110, 110), (150, 110), (130, 130), (115, 150), (145, 150)]] * 2, np.float32),
        np.ones(2, np.float32), np.ones(2, bool),
    )  # fmt: skip
    true = losses.targets([view], torch.device("cpu"))
    assert int((true.score == 1).sum()) == 2 and float(true.share.sum()) == pytest.approx(2, abs=1e-5)
    at = (np.arange(losses.CELLS) + 0.5) * STEP
    place = np.stack(np.meshgrid(at, at))
    box = true.box[0].numpy()
    sides = np.concatenate([place - box[:2], box[2:] - place]).clip(1e-3)
    size = np.sqrt((sides[0] + sides[2]) * (sides[1] + sides[3]))
    points = (true.points[0].numpy() - np.tile(place, (5, 1, 1))) / size
    maps = np.concatenate([np.where(true.score[0].numpy() == 1, 4, -8)[None], np.log(sides / UNIT), points])
    found = once([told(maps.astype(np.float32), 0.5)], (views.SIDE, views.SIDE))
    assert sorted(tuple(round(v) for v in face[1:5]) for face in found) == [(20, 30, 32, 46), (100, 90, 160, 170)]
    assert found[0].landmarks[0] == pytest.approx((110, 110), abs=0.01)
    assert float(losses.penalty(torch.from_numpy(maps).float()[None], true)["box"]) < 1e-4


def test_faces_that_do_not_count_cost_nothing() -> None:
    view = views.View(
        np.zeros((views.SIDE, views.SIDE), np.uint8), np.array([[0, 0, 256, 256]], np.float32),
        np.full((1, 5, 2), np.nan, np.float32), np.zeros(1, np.float32), np.zeros(1, bool),
    )  # fmt: skip
    true = losses.targets([view], torch.device("cpu"))
    assert float(losses.penalty(torch.full((1, 15, 32, 32), 3.0), true)["sum"]) == 0


def test_average_precision_counts_what_it_should() -> None:
    seen = crowd(3, size=(300, 400))
    boxes = [(0.0, 0.0, 60.0, 60.0), (100.0, 0.0, 160.0, 60.0), (200.0, 0.0, 212.0, 12.0)]
    seen = labels.Labelled(
        seen.image, np.array(boxes, np.float32), seen.landmarks, seen.worth, seen.sure, seen.hidden, ""
    )
    none = tuple((0.0, 0.0) for _ in range(5))
    faces = [Found(0.9, *boxes[0], none), Found(0.8, 0, 200, 60, 260, none), Found(0.7, *boxes[1], none),
             Found(0.6, *boxes[2], none), Found(0.5, 300, 0, 310, 10, none)]  # fmt: skip
    assert evaluate.matched(seen, faces, np.array([True, True, False])) == [0, -1, 1, -2, -1]
    assert evaluate.average_precision([(seen, faces)]) == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert evaluate.average_precision([(seen, faces[:1])]) == pytest.approx(0.5)


def test_a_detector_learns_goes_on_and_is_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pictures(tmp_path / "pictures")
    monkeypatch.setattr(train, "EVERY_S", 0.0)
    monkeypatch.setattr(labels, "HELD_PERCENT", 40)
    monkeypatch.setattr(export, "LAMPS", {"red": (1, 0.05, 0.07)})
    for steps in (3, 5):
        words = f"train --pictures {folder} --out {tmp_path / 'out'} --steps {steps} --batch 2 --check 3 --device cpu"
        monkeypatch.setattr(sys, "argv", words.split())
        train.main()
    told_lines = [json.loads(line) for line in (tmp_path / "out/log.jsonl").read_text().splitlines()]
    assert [one["step"] for one in told_lines] == [3, 5] and all(0 <= one["ap"] <= 1 for one in told_lines)
    words = f"export --checkpoint {tmp_path / 'out/state.pt'} --pictures {folder} --folder {tmp_path / 'zoo'}"
    monkeypatch.setattr(sys, "argv", words.split())
    export.main()
    zoo = Zoo(users=tmp_path / "none", shipped=tmp_path / "zoo")
    card = zoo.card("faces")
    assert (card.task, card.inputs, card.outputs, card.reduction, card.multiple_of) == ("faces", 1, 15, 8, 32)
    assert "non-commercial" in card.weights_licence and len(card.measured) == 5
    assert FaceFinder(zoo.open("faces")).found(np.full((100, 90), 60, np.float32)) == []


def test_lamps_shine_beside_faces_only() -> None:
    boxes = np.array([[0, 0, 120, 256]], np.float32)
    for seed in range(10):
        image = np.zeros((256, 256, 3), np.uint8)
        light.lamps(image, boxes, np.random.default_rng(seed))
        assert not image[:, :118].any() and (seed > 0 or image.any())
    light.lamps(image, np.zeros((0, 4), np.float32), np.random.default_rng(1))
    assert image.max() > 100
