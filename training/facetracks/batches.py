"""Batches of faces: windows of face space made from packs, mirrored and turned in time, as tensors."""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from encore.motion.light import BLACK
from encore.restoration.facespace import SIDE
from encore.restoration.facewindow import ANSWER, face_window
from training.batches import AT_ONCE, HIDDEN
from training.facetracks.regions import weights

TURNED, SCALED, ASIDE, SHADED = 0.04, 0.04, 2.5, 0.2
"""Standard deviations: radians, logarithm, samples, and share of the light from the middle to an edge."""
TAPE_SAMPLE = 4
"""Samples of face space for one of the tape where eyes are 16 apart, which is usual: there the size of a reduction."""


class FacePacks:
    """Examples of finished shards.

    Args:
        folders: made by `training.facetracks.pack`.
        device: where batches go.

    Raises:
        FileNotFoundError: there is no finished shard.
    """

    def __init__(self, folders: Sequence[Path], *, device: torch.device) -> None:
        found = [place.parent for folder in folders for place in sorted(folder.glob("shard-*/shard.json"))]
        shards = [shard for shard in found if not shard.name.endswith(".part")]
        if not shards:
            raise FileNotFoundError(f"{folders}: no finished shard")
        self._device, self.sample = device, TAPE_SAMPLE
        self.told: list[dict[str, Any]] = []
        self._places: list[tuple[tuple[np.ndarray, ...], int]] = []
        for shard in shards:
            arrays = tuple(np.load(shard / f"{name}.npy", mmap_mode="r") for name in ("own", "beside", "true"))
            told = json.loads((shard / "shard.json").read_text())
            self.told += told
            self._places += [(arrays, n) for n in range(len(told))]
        places = torch.from_numpy(weights())
        self.weight = (places / places.mean())[None, None].to(device)

    def __len__(self) -> int:
        return len(self._places)

    def drawn(self, count: int, random: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Windows, residuals in units of the network, and codes per unit; mirrored and turned by chance."""
        return self._given([self._changed(int(n), random) for n in random.integers(0, len(self), count)])

    def all(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Every example once, in order."""
        for start in range(0, len(self), AT_ONCE):
            yield self._given([self.one(n) for n in range(start, min(start + AT_ONCE, len(self)))])

    def one(self, number: int) -> tuple[np.ndarray, np.ndarray, float]:
        """An example as it is: window, residual, codes per unit."""
        own, beside, true = self._planes(number)
        return _lesson((beside[0], own, beside[1]), true, self.told[number]["sigma"])

    def _planes(self, number: int) -> tuple[np.ndarray, ...]:
        arrays, place = self._places[number]
        own, beside, true = (array[place].astype(np.float32) for array in arrays)
        return own, beside, true

    def _changed(self, number: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
        own, beside, true = self._planes(number)
        own, before, after, true = _varied((own, *beside, true), random)
        beside = (before, after)
        before, after = beside if random.random() < 0.5 else beside[::-1]
        sides = [None if random.random() < HIDDEN / 2 else plane for plane in (before, after)]
        if random.random() < HIDDEN / 2:
            sides = [None, None]
        return _lesson((sides[0], own, sides[1]), true, self.told[number]["sigma"])

    def _given(self, chosen: list[tuple[np.ndarray, np.ndarray, float]]) -> tuple[Tensor, Tensor, Tensor]:
        windows, missing, codes = zip(*chosen, strict=True)
        window = torch.from_numpy(np.stack(windows)).to(self._device)
        true = torch.from_numpy(np.stack(missing)[:, None]).to(self._device)
        units = torch.tensor(codes, dtype=torch.float32, device=self._device)[:, None, None, None]
        return window.contiguous(memory_format=torch.channels_last), true, units


def _varied(planes: Sequence[np.ndarray], random: np.random.Generator) -> list[np.ndarray]:
    """The same planes mirrored by chance, a little turned, larger or aside, and lit from another side.

    Places and shades of the eyes of some hundred faces are learned by heart otherwise.
    """
    turn, scale = random.normal(0, TURNED), np.exp(random.normal(0, SCALED))
    c, s = scale * np.cos(turn), scale * np.sin(turn)
    mirrored = -1.0 if random.random() < 0.5 else 1.0
    middle = (SIDE - 1) / 2
    aside = random.normal(0, ASIDE, 2) + middle
    place = np.array([[mirrored * c, -s, 0], [mirrored * s, c, 0]])
    place[:, 2] = aside - place[:, :2] @ (middle, middle)
    ramp = np.linspace(-1, 1, SIDE, dtype=np.float32)
    across, down = random.normal(0, SHADED, 2)
    light = np.clip(1 + np.float32(across) * ramp[None] + np.float32(down) * ramp[:, None], 0.4, 1.6)
    size, how, rim = (SIDE, SIDE), cv2.INTER_CUBIC, cv2.BORDER_REPLICATE
    moved = [cv2.warpAffine(plane, place, size, flags=how, borderMode=rim) for plane in planes]
    return [(plane - np.float32(BLACK)) * light + np.float32(BLACK) for plane in moved]


def _lesson(
    crops: tuple[np.ndarray | None, np.ndarray, np.ndarray | None], true: np.ndarray, sigma: float
) -> tuple[np.ndarray, np.ndarray, float]:
    window, std = face_window(crops, sigma)
    unit = std * ANSWER
    return window, (true - crops[1]) / np.float32(unit), unit
