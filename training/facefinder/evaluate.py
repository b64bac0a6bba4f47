"""Judge a face detector: python -m training.facefinder.evaluate --pictures FOLDER --folder encore/inference."""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from encore.analysis.facefinder import BLACK, LEAST, TASK, FaceFinder
from encore.analysis.facemaps import STEP, Found, overlap
from encore.core.video import Plane
from encore.inference.zoo import Zoo
from training.facefinder.labels import Labelled, crowds
from training.facefinder.light import LAMPS, Luma, lit

FOR_PRECISION, FOR_RECALL = 32.0, 24.0
"""Least heights of faces, samples, that average precision and recall are measured on."""
HIT = 0.5
"""Share of the union that a box must have in common with the true one (PASCAL VOC, WIDER FACE)."""
LOW = 0.03
"""Score from which faces are listed for average precision."""
WHITE = (1.0, 1.0, 1.0)
FRAME = 160
"""Samples: sides of judged pictures are multiples of it."""
LIT_GAIN = 1.3
"""Exposure under lamps: whoever films by one opens the lens."""


@dataclass(frozen=True)
class Judged:
    """How good a detector is on crowds.

    Attributes:
        precision: average over all scores (all points), faces from 32 samples of height.
        recall: of faces from 24 samples, not heavily occluded, at the score that the finder works with.
        false: faces per picture at that score that are none.
        points: median distance of landmarks from the labels of sure ones, percent of the root of the box's area.
    """

    precision: float
    recall: float
    false: float
    points: float

    def told(self) -> dict[str, float]:
        """Rounded, for a log."""
        return {"ap": round(self.precision, 4), "recall": round(self.recall, 4), "false": round(self.false, 3),
                "points_percent": round(self.points, 2)}  # fmt: skip


def judged(network: nn.Module, held: Sequence[Labelled]) -> Judged:
    """How good a network in training is, by daylight."""
    return score(held, FaceFinder(Trained(network), LOW), lambda crowd: lit(crowd.image, WHITE))


def score(held: Sequence[Labelled], finder: FaceFinder, seen: Callable[[Labelled], Luma]) -> Judged:
    """How good a finder is on crowds under some light."""
    answers = [(crowd, finder.found(framed(seen(crowd)), 1)) for crowd in held]
    return Judged(average_precision(answers), _recall(answers), _false(answers) / len(answers), 100 * _points(answers))


def framed(luma: Luma) -> Luma:
    """A picture with black beside and below it: a few sizes for all, for run times compile a network for each."""
    height, width = luma.shape
    return np.pad(luma, ((0, -height % FRAME), (0, -width % FRAME)), constant_values=np.float32(BLACK))


def average_precision(answers: Sequence[tuple[Labelled, Sequence[Found]]], least: float = FOR_PRECISION) -> float:
    """Area under precision over recall; faces that do not count are neither right nor wrong."""
    marks: list[tuple[float, bool]] = []
    wanted = 0
    for crowd, faces in answers:
        counts = crowd.sure & (_heights(crowd) >= least)
        wanted += int(counts.sum())
        for face, hit in zip(faces, matched(crowd, faces, counts), strict=True):
            if hit >= 0 or (hit == -1 and face.bottom - face.top >= least):
                marks.append((face.score, hit >= 0))
    marks.sort(key=lambda mark: -mark[0])
    right = np.cumsum([mark[1] for mark in marks])
    precision = right / np.arange(1, len(marks) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(right / wanted, prepend=0) * precision))


def matched(crowd: Labelled, faces: Sequence[Found], counts: NDArray[np.bool_]) -> list[int]:
    """For every face that was found, best first, the number of the true one; -1: none; -2: one that does not count."""
    free, made = np.ones(len(crowd.boxes), bool), []
    for face in faces:
        common = overlap(np.array(face[1:5], np.float32), crowd.boxes)
        best = np.where(counts & free, common, 0)
        n = int(best.argmax()) if len(best) else 0
        if len(best) and best[n] >= HIT:
            free[n] = False
            made.append(n)
        else:
            near = ~counts & ((common >= HIT) | (~crowd.sure & _covers(crowd.boxes, face)))
            made.append(-2 if near.any() else -1)
    return made


def _covers(boxes: NDArray[np.float32], face: Found) -> NDArray[np.bool_]:
    """(n,) whether the middle of a face lies in boxes."""
    middle = np.array([face.left + face.right, face.top + face.bottom]) / 2
    return np.asarray(((boxes[:, :2] <= middle) & (middle <= boxes[:, 2:])).all(1))


def _recall(answers: Sequence[tuple[Labelled, Sequence[Found]]]) -> float:
    hit = wanted = 0
    for crowd, faces in answers:
        counts = crowd.sure & (_heights(crowd) >= FOR_RECALL) & (crowd.hidden < 2)
        wanted += int(counts.sum())
        hit += sum(n >= 0 for n in matched(crowd, _told(faces), counts))
    return hit / wanted


def _false(answers: Sequence[tuple[Labelled, Sequence[Found]]]) -> int:
    every = (matched(crowd, _told(faces), crowd.sure) for crowd, faces in answers)
    return sum(n == -1 for hits in every for n in hits)


def _points(answers: Sequence[tuple[Labelled, Sequence[Found]]]) -> float:
    off: list[float] = []
    for crowd, faces in answers:
        counts = crowd.sure & (_heights(crowd) >= FOR_RECALL) & (crowd.worth > 0.85)
        for face, n in zip(_told(faces), matched(crowd, _told(faces), counts), strict=True):
            if n >= 0:
                sides = crowd.boxes[n, 2:] - crowd.boxes[n, :2]
                away = np.linalg.norm(np.array(face.landmarks) - crowd.landmarks[n], axis=1)
                off.append(float(away.mean() / np.sqrt(sides.prod())))
    return float(np.median(off)) if off else float("nan")


def _told(faces: Sequence[Found]) -> list[Found]:
    return [face for face in faces if face.score >= LEAST]


def _heights(crowd: Labelled) -> NDArray[np.float32]:
    return crowd.boxes[:, 3] - crowd.boxes[:, 1]


@dataclass(frozen=True)
class _Card:
    name: str = "faces in training"
    task: str = TASK


class Trained:
    """A network of PyTorch as the finder wants one."""

    def __init__(self, network: nn.Module) -> None:
        self.card, self._network = _Card(), network.eval()
        self._device = next(network.parameters()).device

    def __call__(self, planes: Plane) -> Plane:
        """Maps of pictures of any size."""
        height, width = planes.shape[2:]
        padded = np.pad(planes, ((0, 0), (0, 0), (0, -height % 32), (0, -width % 32)), mode="symmetric")
        tensor = torch.from_numpy(padded).to(self._device, memory_format=torch.channels_last)
        with torch.inference_mode(), torch.autocast(self._device.type, torch.bfloat16):
            maps = self._network(tensor).float().cpu().numpy()
        return maps[:, :, : -(-height // STEP), : -(-width // STEP)]


def main() -> None:
    """Print figures by daylight and under every lamp, and the cost of a picture of 640x480."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, required=True, help="with wider.csv")
    parser.add_argument("--folder", type=Path, required=True, help="with cards/faces.toml")
    asked = parser.parse_args()
    held = crowds(asked.pictures, held=True)
    finder = FaceFinder(Zoo(shipped=asked.folder).open("faces", threads=1, device="cpu"), LOW)
    for name, lamp in {"white": WHITE, **LAMPS}.items():
        gain = 1.0 if name == "white" else LIT_GAIN
        told: dict[str, Any] = score(
            held, finder, lambda crowd, lamp=lamp, gain=gain: lit(crowd.image, lamp, gain)
        ).told()
        print(json.dumps({"light": name, **told}), flush=True)
    print(json.dumps({"core_ms": cost(FaceFinder(Zoo(shipped=asked.folder).open("faces", threads=1, device="cpu")))}))


def cost(finder: FaceFinder, runs: int = 20) -> float:
    """Milliseconds of one core for a picture of 640x480 in one exposure; the median of some."""
    random = np.random.default_rng(1)
    luma = random.uniform(16, 235, (480, 640)).astype(np.float32)
    spent: list[float] = []
    for _ in range(runs + 1):
        before = time.process_time()
        finder.found(luma, 1)
        spent.append((time.process_time() - before) * 1000)
    return round(float(np.median(spent[1:])), 1)


if __name__ == "__main__":
    main()
