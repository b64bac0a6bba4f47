"""Release a network with its card: python -m training.export NAME --checkpoint FILE --folder encore/inference."""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import time
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import nn

from encore.inference.card import Measure, ModelCard, Task
from encore.inference.graph import examined
from encore.inference.zoo import Zoo, sha256_of
from encore.restoration.facespace import SIDE
from encore.restoration.facewindow import CHANNELS as FACE_CHANNELS
from training.unet import SHAPES, Shape, network_of

OPSET = 17
"""Of ONNX: old enough for every run time, new enough for all we need."""
AGREE = 1e-4
"""Largest difference between PyTorch and ONNX Runtime in 32-bit floats, where the largest values are about 1."""
TAPE = (480, 720)
"""Lines and samples of the picture on which speed is measured."""
RUNS = 5
PICTURES = (
    "encore photos/ (CC0, CC BY, CC BY-SA, Unsplash, Pexels), faces_cc/ (CC BY 4.0, webmorphR.stim, Face Research Lab "
    "London Set and others), faces_ai/ (generated people, no licence stated); motion and tape simulated"
)
"""What is in the folders that packs are made of, with their licences."""


def main() -> None:
    """Export, check, measure, and write the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", choices=sorted(SHAPES))
    parser.add_argument(
        "--checkpoint", type=Path, required=True, help="state.pt of training.train, its log.jsonl beside"
    )
    parser.add_argument("--folder", type=Path, required=True, help="gets cards/NAME.toml and weights/NAME.onnx")
    parser.add_argument("--version", default="1")
    asked = parser.parse_args()
    recipe = SHAPES[asked.network]
    known = torch.load(asked.checkpoint, weights_only=True)
    network = network_of(recipe).eval()
    network.load_state_dict(known["mean"])
    for name in ("weights", "cards"):
        (asked.folder / name).mkdir(parents=True, exist_ok=True)
    file = asked.folder / "weights" / f"{asked.network}.onnx"
    written(network, recipe.inputs, file)
    off = disagreement(network, recipe, file)
    if off > AGREE:
        file.unlink()
        raise SystemExit(f"{file}: differs from PyTorch by {off:.2g}")
    told = json.loads((asked.checkpoint.parent / "log.jsonl").read_text().splitlines()[-1])
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True).stdout
    card = ModelCard(
        name=asked.network, version=asked.version, task=task_of(recipe),
        file=file.name, sha256=sha256_of(file), bytes=file.stat().st_size, scale=recipe.scale, inputs=recipe.inputs,
        outputs=recipe.outputs, radius=max(recipe.radius, examined(file).radius or 0), multiple_of=recipe.multiple_of,
        code_licence="Apache-2.0", weights_licence="Apache-2.0",
        trained_on=PICTURES, trained_by=f"training/runs/{asked.network}.sh @ {commit.strip()}, {known['step']} steps",
        measured=(gain(told, recipe),), made=datetime.datetime.now(datetime.UTC).date(),
    )  # fmt: skip
    place = asked.folder / "cards" / f"{asked.network}.toml"
    card.save(place)
    card = card.model_copy(update={"measured": (*card.measured, cost(asked.network, asked.folder, recipe))})
    card.save(place)
    print(f"{place}: {known['step']} steps, {card.bytes} bytes, off by {off:.1g}, {card.measured}")


def written(network: nn.Module, inputs: int, file: Path) -> None:
    """Write ONNX with any number, height and width of windows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the exporter that needs no further package
        torch.onnx.export(
            network, (torch.randn(1, inputs, 64, 96),), file, dynamo=False, opset_version=OPSET,
            input_names=["window"], output_names=["residual"],
            dynamic_axes={"window": {0: "n", 2: "h", 3: "w"}, "residual": {0: "n", 2: "H", 3: "W"}},
        )  # fmt: skip


def disagreement(network: nn.Module, shape: Shape, file: Path) -> float:
    """Largest difference between PyTorch and ONNX Runtime on pictures of another size."""
    height, width = (-(-length // shape.multiple_of) * shape.multiple_of for length in (33, 47))
    odd = torch.randn(2, shape.inputs, height, width)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        return float(np.abs(network(odd).numpy() - session.run(None, {"window": odd.numpy()})[0]).max())


def task_of(shape: Shape) -> Task:
    """What a network of this shape is for."""
    if shape.inputs == FACE_CHANNELS:
        return "face-x1"
    if shape.scale == 1:
        return "luma-x1"
    return "chroma-x4" if shape.outputs == 2 else "luma-x4"


def gain(told: dict[str, float], shape: Shape) -> Measure:
    """What the last validation said."""
    how = "patches of simulated tapes of photographs never trained on, mean of patches; training.pack --validation"
    if shape.inputs == FACE_CHANNELS:
        how = "faces never trained on, mean of faces, weighted as in training; training.facetracks.pack --validation"
    value = round(told["psnr_db"] - told["classical_db"], 2)
    before = "the picture that goes in" if shape.scale == 1 else "bicubic of the same picture"
    return Measure(name=f"PSNR over {before}", value=value, unit="dB", how=how)


def cost(name: str, folder: Path, shape: Shape) -> Measure:
    """What a picture of 720x480, or a face, costs, by the released file in the run time of the package."""
    inputs, face = shape.inputs, shape.inputs == FACE_CHANNELS
    height, width = (SIDE, SIDE) if face else TAPE if inputs > 7 else (TAPE[0] // 2, TAPE[1] // 2)
    network = Zoo(shipped=folder).open(name, threads=1, device="cpu")
    planes = np.random.default_rng(1).standard_normal((1, inputs, height, width)).astype(np.float32)
    network(planes)
    found: list[float] = []
    for _ in range(RUNS):
        started = time.process_time()
        network(planes)
        found.append((time.process_time() - started) * 1000)
    how = f"best of {RUNS}, one thread, OpenVINO, {network.device}, {machine()}"
    what = "a face" if face else "a picture of 720x480"
    return Measure(name=what, value=round(min(found)), unit="core-ms", how=how)


def machine() -> str:
    """The processor's name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown processor")


if __name__ == "__main__":
    main()
