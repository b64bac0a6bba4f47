"""Train one network from packs: python -m training.train NAME --packs FOLDER --validation FOLDER --out FOLDER.

Straight through: read, shuffle, step, keep. Killed, it goes on from its last checkpoint. One machine, one device.
"""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from encore.restoration.facewindow import CHANNELS as FACE_CHANNELS
from training.batches import Packs
from training.facetracks.batches import FacePacks
from training.losses import penalty
from training.unet import SHAPES, Shape, network_of

WARM = 500
"""Steps over which the rate rises."""
LAST_RATE = 0.02
"""Share of the rate at the end of its cosine."""
EMA = 0.999
"""Share of the running mean of weights that a step keeps; the mean is what is released."""
CLIP = 1.0
"""Largest norm of a gradient."""
BORDER = 4
"""Samples of the tape at the edge of a patch that are not judged: the network sees zeros beyond."""
EVERY_S, CHECK_EVERY = 60.0, 2000
"""Seconds between checkpoints, steps between validations."""


def main() -> None:
    """Train."""
    asked = arguments()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(asked.seed)
    device = torch.device(asked.device)
    asked.out.mkdir(parents=True, exist_ok=True)
    recipe = SHAPES[asked.network]
    network = network_of(recipe).to(device, memory_format=torch.channels_last)
    mean = network_of(recipe).to(device, memory_format=torch.channels_last)
    mean.load_state_dict(network.state_dict())
    optimiser = torch.optim.AdamW(network.parameters(), asked.rate, betas=(0.9, 0.99), weight_decay=1e-4)
    step = resumed(asked.out / "state.pt", network, mean, optimiser, asked.start)
    packs, held = (opened(recipe, folders, asked.alone, device) for folders in (asked.packs, asked.validation))
    kept = started = time.time()
    first, losses = step, []
    while step < asked.steps:
        for group in optimiser.param_groups:
            group["lr"] = asked.rate * pace(step, asked.steps)
        window, true, _ = packs.drawn(asked.batch, np.random.default_rng((asked.seed, step)))
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast(device.type, torch.bfloat16):
            made = network(window)
        made, true = (inner(planes * packs.weight, recipe.scale) for planes in (made.float(), true))
        loss = penalty(made, true, packs.sample)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimiser.step()
        step += 1
        with torch.no_grad():
            share = min(EMA, (1 + step) / (10 + step))
            for old, new in zip(mean.parameters(), network.parameters(), strict=True):
                old.lerp_(new, 1 - share)
        losses.append(loss.item())
        if step % CHECK_EVERY == 0 or step == asked.steps:
            told = {"step": step, "loss": round(float(np.mean(losses)), 5), **judged(mean, held, recipe.scale)}
            told["ms_per_step"] = round((time.time() - started) / (step - first) * 1000, 1)
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
    parser.add_argument("network", choices=sorted(SHAPES))
    parser.add_argument("--packs", type=Path, nargs="+", required=True, help="folders made by training.pack")
    parser.add_argument("--validation", type=Path, nargs="+", required=True, help="the same, of held-back photographs")
    parser.add_argument("--out", type=Path, required=True, help="checkpoints and log; going on from what is there")
    parser.add_argument("--start", type=Path, help="weights to start from: state.pt of the same shape")
    parser.add_argument("--steps", type=int, default=60000)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--alone", action="store_true", help="hide the neighbours: the single-picture twin")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def pace(step: int, steps: int) -> float:
    """Share of the rate at a step: a rise, then a cosine."""
    if step < WARM:
        return (step + 1) / WARM
    done = (step - WARM) / max(1, steps - WARM)
    return LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def opened(shape: Shape, folders: list[Path], alone: bool, device: torch.device) -> Packs | FacePacks:
    """The packs that a network of this shape learns from."""
    if shape.inputs == FACE_CHANNELS:
        return FacePacks(folders, device=device)
    return Packs(folders, colour=shape.outputs == 2, clean=shape.scale == 1, alone=alone, device=device)


def inner(planes: Tensor, scale: int) -> Tensor:
    """Planes without the edge that is not judged."""
    edge = BORDER * scale
    return planes[..., edge:-edge, edge:-edge]


def judged(network: nn.Module, held: Packs | FacePacks, scale: int) -> dict[str, float]:
    """Mean PSNR of held-back patches, in dB: of the network, and of the classical picture that it adds to."""
    network.eval()
    found: list[tuple[float, float]] = []
    share = held.weight.sqrt()
    with torch.no_grad():
        for window, true, factor in held.all():
            with torch.autocast(window.device.type, torch.bfloat16):
                made = network(window).float()
            missed, plain = (inner(planes * factor * share, scale) for planes in (made - true, true))
            found += zip(levels(missed), levels(plain), strict=True)
    network.train()
    ours, plain = np.mean(found, axis=0)
    return {"psnr_db": round(float(ours), 3), "classical_db": round(float(plain), 3)}


def levels(missed: Tensor) -> list[float]:
    """PSNR of every patch of a batch, errors given in codes."""
    squares = (missed * missed).mean((1, 2, 3)).clamp_min(1e-3)
    return (10 * torch.log10(255**2 / squares)).tolist()


def keep(path: Path, network: nn.Module, mean: nn.Module, optimiser: torch.optim.Optimizer, step: int) -> None:
    """Write a checkpoint aside and rename it."""
    aside = path.with_suffix(".part")
    torch.save({"network": network.state_dict(), "mean": mean.state_dict(), "optimiser": optimiser.state_dict(),
                "step": step}, aside)  # fmt: skip
    aside.replace(path)


def resumed(
    path: Path, network: nn.Module, mean: nn.Module, optimiser: torch.optim.Optimizer, start: Path | None
) -> int:
    """Take up the last checkpoint, or the weights to start from; the step to go on with."""
    if path.is_file():
        known = torch.load(path, weights_only=True)
        network.load_state_dict(known["network"])
        mean.load_state_dict(known["mean"])
        optimiser.load_state_dict(known["optimiser"])
        return int(known["step"])
    if start:
        weights = torch.load(start, weights_only=True)["mean"]
        network.load_state_dict(weights)
        mean.load_state_dict(weights)
    return 0


if __name__ == "__main__":
    main()
