"""Train the face detector: python -m training.facefinder.train --pictures FOLDER --out FOLDER.

Killed, it goes on from its last checkpoint. One machine, one device; views are made between steps, by the same thread.
"""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from encore.analysis.facefinder import given
from training.facefinder.evaluate import judged
from training.facefinder.labels import crowds, portraits
from training.facefinder.light import Rgb
from training.facefinder.losses import penalty, targets
from training.facefinder.network import Finder
from training.facefinder.views import View, Views
from training.stills import kept_for_validation
from training.train import CLIP, EMA, keep, pace, resumed

PHOTOGRAPH = 900
"""Samples that the longer side of a photograph is reduced to."""
EVERY_S = 120.0
"""Seconds between checkpoints."""


def main() -> None:
    """Train."""
    asked = arguments()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(asked.seed)
    cv2.setNumThreads(1)
    device = torch.device(asked.device)
    asked.out.mkdir(parents=True, exist_ok=True)
    network, mean = (Finder().to(device, memory_format=torch.channels_last) for _ in range(2))
    mean.load_state_dict(network.state_dict())
    mean.eval()
    optimiser = torch.optim.AdamW(network.parameters(), asked.rate, betas=(0.9, 0.99), weight_decay=0.02)
    step = resumed(asked.out / "state.pt", network, mean, optimiser, asked.start)
    views, held = material(asked.pictures), crowds(asked.pictures, held=True)
    kept = started = time.time()
    first, spent, losses = step, 0.0, []
    while step < asked.steps:
        for group in optimiser.param_groups:
            group["lr"] = asked.rate * pace(step, asked.steps)
        random, before = np.random.default_rng((asked.seed, step)), time.time()
        batch = [views.drawn(random) for _ in range(asked.batch)]
        spent += time.time() - before
        losses.append(stepped(network, optimiser, batch, device))
        step += 1
        averaged(mean, network, step)
        if step % asked.check == 0 or step == asked.steps:
            told = {"step": step, **means(losses), **pace_of(started, spent, step - first), **judged(mean, held).told()}
            losses = []
            print(json.dumps(told), flush=True)
            with (asked.out / "log.jsonl").open("a") as log:
                log.write(json.dumps(told) + "\n")
        if time.time() - kept > EVERY_S or step == asked.steps:
            keep(asked.out / "state.pt", network, mean, optimiser, step)
            kept = time.time()


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, required=True, help="with wider.csv, faces.csv and photos/")
    parser.add_argument("--out", type=Path, required=True, help="checkpoints and log; going on from what is there")
    parser.add_argument("--start", type=Path, help="weights to start from: state.pt")
    parser.add_argument("--steps", type=int, default=12000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--check", type=int, default=1000, help="steps between validations")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def material(folder: Path) -> Views:
    """All that is trained on, decoded: some 2 GB."""
    return Views(crowds(folder, held=False), portraits(folder, held=False), photographs(folder / "photos"))


def photographs(folder: Path) -> list[Rgb]:
    """Those that may be trained on, reduced."""
    made: list[Rgb] = []
    for file in sorted(folder.glob("*.*")):
        image = None if kept_for_validation(file) else cv2.imread(str(file), cv2.IMREAD_COLOR_RGB)
        if image is not None:
            share = min(1.0, PHOTOGRAPH / max(image.shape[:2]))
            made.append(np.asarray(cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8))
    return made


def stepped(
    network: nn.Module, optimiser: torch.optim.Optimizer, batch: list[View], device: torch.device
) -> dict[str, float]:
    """One step; the losses before it."""
    planes = torch.from_numpy(np.stack([given(view.level) for view in batch]))[:, None].to(device)
    optimiser.zero_grad(set_to_none=True)
    with torch.autocast(device.type, torch.bfloat16):
        maps = network(planes.contiguous(memory_format=torch.channels_last))
    missed = penalty(maps.float(), targets(batch, device))
    missed["sum"].backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5 * CLIP)
    optimiser.step()
    return {name: value.item() for name, value in missed.items()}


def averaged(mean: nn.Module, network: nn.Module, step: int) -> None:
    """Take a step's weights into the running mean; what normalisation has counted is taken as it is."""
    share = min(EMA, (1 + step) / (10 + step))
    with torch.no_grad():
        for old, new in zip(mean.parameters(), network.parameters(), strict=True):
            old.lerp_(new, 1 - share)
        for old, new in zip(mean.buffers(), network.buffers(), strict=True):
            old.copy_(new if not isinstance(old, Tensor) or not old.is_floating_point() else old.lerp(new, 1 - share))


def means(losses: list[dict[str, float]]) -> dict[str, float]:
    """Of what was lost since the last validation."""
    return {name: round(float(np.mean([one[name] for one in losses])), 4) for name in losses[0]}


def pace_of(started: float, spent: float, steps: int) -> dict[str, float]:
    """Milliseconds per step, of that for views."""
    return {
        "ms_per_step": round((time.time() - started) / steps * 1000, 1),
        "ms_views": round(spent / steps * 1000, 1),
    }


if __name__ == "__main__":
    main()
