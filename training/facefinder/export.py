"""Release the face detector with its card: python -m training.facefinder.export --checkpoint FILE --pictures FOLDER."""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import argparse
import datetime
import subprocess
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import nn

from encore.analysis.facefinder import LEAST, TASK, FaceFinder
from encore.inference.card import Measure, ModelCard
from encore.inference.graph import examined
from encore.inference.zoo import Zoo, sha256_of
from training.export import AGREE, OPSET, machine
from training.facefinder.evaluate import LIT_GAIN, LOW, WHITE, Judged, cost, score
from training.facefinder.labels import Labelled, crowds
from training.facefinder.light import LAMPS, lit
from training.facefinder.network import Finder

NAME = "faces"
"""Of the network and its card."""
LICENCE = "for non-commercial research, as the annotated crowds it learned from; unclear for other use"
"""Of the weights. The code is under Apache-2.0."""
PICTURES = (
    "WIDER FACE, part of the validation split (non-commercial research; landmarks by YuNet), encore faces_cc/ "
    "(CC BY 4.0, webmorphR.stim, Face Research Lab London Set and others), faces_ai/ (generated people, no licence "
    "stated), photos/ (CC0, CC BY, CC BY-SA, Unsplash, Pexels); lamps, tape and occluders simulated"
)
"""What it learned from, with licences."""
HELD = "WIDER FACE pictures held back (15 %), at 640 samples"


def main() -> None:
    """Export, check, measure, and write the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, help="state.pt of training.facefinder.train")
    parser.add_argument("--pictures", type=Path, required=True, help="with wider.csv, to measure on")
    parser.add_argument("--folder", type=Path, default=Path("encore/inference"), help="gets cards/ and weights/")
    parser.add_argument("--version", default="1")
    asked = parser.parse_args()
    known = torch.load(asked.checkpoint, weights_only=True)
    network = Finder().eval()
    network.load_state_dict(known["mean"])
    for name in ("weights", "cards"):
        (asked.folder / name).mkdir(parents=True, exist_ok=True)
    file = asked.folder / "weights" / f"{NAME}.onnx"
    written(network, file)
    card = described(file, asked.version, known["step"])
    place = asked.folder / "cards" / f"{NAME}.toml"
    card.save(place)
    finder = FaceFinder(Zoo(shipped=asked.folder).open(NAME, threads=1, device="cpu"), LOW)
    card = card.model_copy(update={"measured": measured(finder, crowds(asked.pictures, held=True), asked.folder)})
    card.save(place)
    print(f"{place}: {known['step']} steps, {card.bytes} bytes, {card.measured}")


def written(network: nn.Module, file: Path) -> None:
    """Write ONNX with any number, height and width of pictures.

    Raises:
        SystemExit: it computes something else than PyTorch does.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the exporter that needs no further package
        torch.onnx.export(
            network, (torch.randn(1, 1, 96, 128),), file, dynamo=False, opset_version=OPSET,
            input_names=["picture"], output_names=["maps"],
            dynamic_axes={"picture": {0: "n", 2: "h", 3: "w"}, "maps": {0: "n", 2: "H", 3: "W"}},
        )  # fmt: skip
    odd = torch.randn(2, 1, 64, 160)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        true = network(odd).numpy()
    off = float(np.abs(true - session.run(None, {"picture": odd.numpy()})[0]).max() / max(1.0, np.abs(true).max()))
    if off > AGREE:
        file.unlink()
        raise SystemExit(f"{file}: differs from PyTorch by {off:.2g}")


def described(file: Path, version: str, steps: int) -> ModelCard:
    """The card of a file, without figures."""
    found = examined(file)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True).stdout
    return ModelCard(
        name=NAME, version=version, task=TASK, file=file.name, sha256=sha256_of(file), bytes=file.stat().st_size,
        scale=found.scale, reduction=found.reduction, inputs=found.inputs, outputs=found.outputs, radius=found.radius,
        multiple_of=found.multiple_of, code_licence="Apache-2.0", weights_licence=LICENCE, trained_on=PICTURES,
        trained_by=f"training/runs/faces.sh @ {commit.strip()}, {steps} steps",
        made=datetime.datetime.now(datetime.UTC).date(),
    )  # fmt: skip


def measured(finder: FaceFinder, held: Sequence[Labelled], folder: Path) -> tuple[Measure, ...]:
    """By daylight, under lamps, and what a picture costs."""
    day = score(held, finder, lambda crowd: lit(crowd.image, WHITE))
    lamps = {
        name: score(held, finder, lambda crowd, lamp=lamp: lit(crowd.image, lamp, LIT_GAIN))
        for name, lamp in LAMPS.items()
    }
    worst = min(lamps, key=lambda name: lamps[name].precision)
    network = Zoo(shipped=folder).open(NAME, threads=1, device="cpu")
    how = f"two sizes, one exposure, median of 20, one thread, OpenVINO, {network.device}, {machine()}"
    return (
        *_figures(day, HELD),
        *_figures(lamps[worst], f"{HELD}, under the worst of seven lamps, {worst}"),
        Measure(name="a picture of 640x480", value=cost(FaceFinder(network)), unit="core-ms", how=how),
    )


def _figures(judged: Judged, how: str) -> tuple[Measure, ...]:
    return (
        Measure(name="AP, faces from 32 samples", value=round(judged.precision, 3), unit="", how=how),
        Measure(
            name="recall, faces from 24 samples, not heavily occluded", value=round(judged.recall, 3), unit="",
            how=f"{how}; score from {LEAST}, {judged.false:.2f} false per picture",
        ),
    )  # fmt: skip


if __name__ == "__main__":
    main()
