"""Batches: patches drawn from packs, mirrored and turned in time, as tensors."""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from encore.restoration.window import REACH, SCALE
from training.scenes import TIMES

PICTURES = 2 * REACH + 1
WORTHS = slice(PICTURES + 1, PICTURES + 1 + 2 * REACH)
"""Channels of a luma window that tell what neighbours are worth."""
HIDDEN = 0.1
"""Share of patches whose neighbours are hidden: shots of one picture, and pictures between lost ones, have none."""
AT_ONCE = 32
"""Patches per batch where all are wanted."""


class Packs:
    """Patches of finished shards.

    Args:
        folders: made by `training.pack`.
        colour: chroma instead of luma.
        alone: neighbours are hidden: the picture itself stands in their place, worth nothing.
        device: where batches go.
        clean: what noise and codec did to luma at the tape's size, of packs made with `--compressed`.

    Raises:
        FileNotFoundError: there is no finished shard.
    """

    def __init__(
        self, folders: Sequence[Path], *, colour: bool, alone: bool, device: torch.device, clean: bool = False
    ) -> None:
        self._alone, self._colour, self._device = alone, colour, device
        self.weight = torch.ones(1, 1, 1, 1, device=device)  # what errors count, place by place
        self.sample = 1 if clean else TIMES  # samples of a truth for one of the tape
        names = ("chroma.npy", "chroma_missing.npy") if colour else ("luma.npy", "luma_missing.npy")
        if clean:
            names = ("luma.npy", "clean_missing.npy")
        shards = [place.parent for folder in folders for place in sorted(folder.glob("shard-*/shard.json"))]
        self._shards = [
            tuple(np.load(shard / name, mmap_mode="r") for name in names)
            for shard in shards if not shard.name.endswith(".part")
        ]  # fmt: skip
        if not self._shards:
            raise FileNotFoundError(f"{folders}: no finished shard")
        self._ends = np.cumsum([len(shard[0]) for shard in self._shards])

    def __len__(self) -> int:
        return int(self._ends[-1])

    def drawn(self, count: int, random: np.random.Generator) -> tuple[Tensor, Tensor, float]:
        """Window, residual in units of the network, and codes per unit; mirrored and turned by chance."""
        windows, missing = zip(*(self._one(int(n)) for n in random.integers(0, len(self), count)), strict=True)
        window, true = np.stack(windows), np.stack(missing)
        if not self._colour and random.random() < 0.5:  # chroma sits left
            window, true = window[..., ::-1], true[..., ::-1]
        if random.random() < 0.5:  # upside down: which lines are the tape's turns with the picture
            window, true = window[..., ::-1, :], true[..., ::-1, :]
            if self._colour:
                window = window[:, [0, 1, 4, 5, 2, 3, 6]]
        if self._colour and random.random() < 0.5:
            window, true = window[:, [1, 0, *range(2, 7)]], true[:, ::-1]
        if not self._colour and random.random() < 0.5:
            window = window[:, [*range(PICTURES)[::-1], PICTURES, *range(WORTHS.start, WORTHS.stop)[::-1], 10]]
        if not self._colour:
            window = np.array(window)
            _hide(window, random.random(count) < HIDDEN)
        return *self._given(window, true), SCALE

    def all(self) -> Iterator[tuple[Tensor, Tensor, float]]:
        """Every patch once, in order."""
        for start in range(0, len(self), AT_ONCE):
            chosen = [self._one(n) for n in range(start, min(start + AT_ONCE, len(self)))]
            windows, missing = zip(*chosen, strict=True)
            yield *self._given(np.stack(windows), np.stack(missing)), SCALE

    def _one(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        shard = int(np.searchsorted(self._ends, number, "right"))
        place = number - (int(self._ends[shard - 1]) if shard else 0)
        window, missing = self._shards[shard]
        return window[place], missing[place]

    def _given(self, window: np.ndarray, true: np.ndarray) -> tuple[Tensor, Tensor]:
        given = torch.from_numpy(np.ascontiguousarray(window)).to(self._device).float()
        if self._alone:
            given[:, :PICTURES] = given[:, REACH : REACH + 1].clone()
            given[:, WORTHS] = 0
        wanted = torch.from_numpy(np.ascontiguousarray(true)).to(self._device).float() / SCALE
        if wanted.ndim == 3:
            wanted = wanted[:, None]
        return given.contiguous(memory_format=torch.channels_last), wanted


def _hide(window: np.ndarray, hidden: np.ndarray) -> None:
    """In place, in the patches that are marked: the picture itself stands in its neighbours' place, worth nothing."""
    window[hidden, :PICTURES] = window[hidden, REACH : REACH + 1]
    window[hidden, WORTHS] = 0
