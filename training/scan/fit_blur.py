"""Fits the nets of `encore/analysis/edgenets.py`: from features of edges to the blur and to the halo of a field.

    python -m training.scan.fit_blur --pictures FOLDER [--fields N] [--write]

It prints the tables in the form in which that module holds them, or writes them into it. The shipped tables come from
the same recipe, on other draws of the same material: a new fit gives other numbers and the same quality.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.scan.sharpness import spearman
from encore.analysis import edgenets
from training.scan.material import Known, Pictures, filmed, pictures, single

Numbers = NDArray[np.float64]

FIELDS = 10300
"""Of the shipped fit: 60 and 14 shots in eight conditions each, and single fields."""
_JUDGED = 800
"""Fields that the fit is judged by: 96 of them of shots."""
_FILMED, _PLAIN, _PROCESSED = 0.115, 0.575, 0.31
"""Shares of shots, of single fields only blurred, and of single fields of which most are sharpened or limited."""
_FILMED_COUNTS = 2.0
"""Weight of a field of a shot: real MPEG-2 is worth more than the imitation."""
_FAR = 3.0
"""Spreads beyond which a feature counts no further, as in `edgenets`."""
_HIDDEN = 8
"""Units; decay empties those that are not needed: 6 were left of the shipped net of blur."""
_BATCH = 256
_JITTER = 0.05
"""Standard deviation of what is added to the inputs in fitting, spreads: against learning the material by heart."""
_RATE = 0.012
"""Adam's first step; it falls to nothing along a cosine."""
_BETAS = (0.9, 0.99)
_HUBER = 0.5
"""Error from which the loss rises no faster than linearly."""
_HALO_SCALE = 10.0
"""Of the halo in fitting, so that its errors are as large as those of the logarithm of sigma."""
_IDLE = 0.02
"""Largest weight of a hidden unit that decay has emptied; its constant output goes into the offset."""
_DIGITS = 3
"""After the point, of all numbers that are shipped."""


@dataclass(frozen=True)
class Net:
    """One hidden layer.

    Attributes:
        weights: (features, units).
        offsets: of the units.
        out: weights of the units, and an offset.
    """

    weights: Numbers
    offsets: Numbers
    out: Numbers

    def through(self, inputs: Numbers) -> Numbers:
        """What it says about every row."""
        return np.tanh(inputs @ self.weights + self.offsets) @ self.out[:-1] + self.out[-1]


@dataclass(frozen=True)
class Fitted:
    """What `edgenets` holds."""

    mean: Numbers
    spread: Numbers
    blur: Net
    halo: Net

    def inputs(self, some: Sequence[Known]) -> Numbers:
        """Features as the nets take them."""
        return np.clip((_features(some) - self.mean) / self.spread, -_FAR, _FAR)


def material(count: int, shown: Pictures, seed: int) -> list[Known]:
    """About so many fields of all kinds."""
    random = np.random.default_rng(seed)
    return [
        *filmed(round(_FILMED * count), shown, random),
        *single(round(_PLAIN * count), shown, random, processed=False),
        *single(round(_PROCESSED * count), shown, random, processed=True),
    ]


def fit(some: Sequence[Known]) -> Fitted:
    """Both nets."""
    # a limited field's sigma is not its blur: the limit widens its edges too
    true = [one for one in some if one.kind != "limited"]
    features = _features([one for one in true if one.kind in ("filmed", "plain")])
    mean, spread = features.mean(0).round(_DIGITS), features.std(0).round(_DIGITS)
    unfitted = Net(np.zeros((len(mean), 1)), np.zeros(1), np.zeros(2))
    prepared = Fitted(mean, spread, unfitted, unfitted)
    sigma = np.log([one.sigma for one in true])
    counts = np.array([_FILMED_COUNTS if one.kind == "filmed" else 1.0 for one in true])
    blur = _net(prepared.inputs(true), sigma, counts, decay=6e-4, steps=9000)
    processed = [one for one in some if one.kind in ("unsharp", "limited")]
    halo = _HALO_SCALE * np.array([one.halo for one in processed])
    found = _net(prepared.inputs(processed), halo, np.ones(len(halo)), decay=3e-4, steps=12000)
    return Fitted(mean, spread, _shipped(blur), _shipped(Net(found.weights, found.offsets, found.out / _HALO_SCALE)))


def figures(nets: Fitted, some: Sequence[Known]) -> str:
    """How well the nets do on fields that they have not seen."""
    lines: list[str] = []
    for kind in ("filmed", "plain", "unsharp"):
        these = [one for one in some if one.kind == kind]
        truth = np.log([one.sigma for one in these])
        said = nets.blur.through(nets.inputs(these))
        bias, error = float(np.mean(said - truth)), float(np.median(np.abs(said - truth)))
        figure = f"Spearman {spearman(truth.tolist(), said.tolist()):.3f}, median error {error:.3f}, bias {bias:+.3f}"
        lines.append(f"blur, {len(these)} {kind} fields: {figure}")
    these = [one for one in some if one.kind in ("unsharp", "limited")]
    said = nets.halo.through(nets.inputs(these))
    rank = spearman([one.halo for one in these], said.tolist())
    return "\n".join([*lines, f"halo, {len(these)} processed fields: Spearman {rank:.3f}", ""])


def tables(nets: Fitted) -> dict[str, str]:
    """The tables of `edgenets` by name."""
    return {
        "_MEAN": _row(nets.mean), "_SPREAD": _row(nets.spread),
        "_BLUR": _rows(nets.blur.weights), "_BLUR_OFFSETS": _row(nets.blur.offsets), "_BLUR_OUT": _row(nets.blur.out),
        "_HALO": _rows(nets.halo.weights), "_HALO_OFFSETS": _row(nets.halo.offsets), "_HALO_OUT": _row(nets.halo.out),
    }  # fmt: skip


def replaced(text: str, found: dict[str, str]) -> str:
    """The module's text with these tables."""
    for name, table in found.items():
        text, count = re.subn(rf"(?ms)^{name} = \(\n.*?^\)", lambda _, t=f"{name} = (\n{table})": t, text)
        assert count == 1, name
    return text


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Fit the nets of blur and halo.")
    parser.add_argument("--pictures", type=Path, help="folder of photographs; without it, scikit-image's alone")
    parser.add_argument("--fields", type=int, default=FIELDS, help="how many to fit on")
    parser.add_argument("--write", action="store_true", help="write the tables into edgenets.py, not to the screen")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    fitted_on, judged_by = pictures(asked.pictures)
    if not judged_by.own:
        parser.error("fewer than three photographs")
    nets = fit(material(asked.fields, fitted_on, seed=1))
    sys.stderr.write(figures(nets, material(_JUDGED, judged_by, seed=2)))
    found = tables(nets)
    if asked.write:
        place = Path(edgenets.__file__)
        place.write_text(replaced(place.read_text("utf-8"), found), "utf-8")
    else:
        sys.stdout.write("".join(f"{name} = (\n{table})  # fmt: skip\n" for name, table in found.items()))


def _features(some: Sequence[Known]) -> Numbers:
    return np.array([one.features for one in some], np.float64)


def _net(inputs: Numbers, truth: Numbers, counts: Numbers, decay: float, steps: int) -> Net:
    """By Adam, with a Huber loss, decay of the weights and jitter of the inputs."""
    random = np.random.default_rng(0)
    counts = counts / counts.mean()
    width = inputs.shape[1]
    parts: list[Any] = [
        random.normal(0, width**-0.5, (width, _HIDDEN)), np.zeros(_HIDDEN),
        random.normal(0, 0.3 * _HIDDEN**-0.5, _HIDDEN), np.array(truth.mean()),
    ]  # fmt: skip
    first, second = [np.zeros_like(one) for one in parts], [np.zeros_like(one) for one in parts]
    for step in range(1, steps + 1):
        at = random.integers(len(truth), size=_BATCH)
        seen = inputs[at] + random.normal(0, _JITTER, (_BATCH, width))
        units = np.tanh(seen @ parts[0] + parts[1])
        error = counts[at] * np.clip(units @ parts[2] + parts[3] - truth[at], -_HUBER, _HUBER) / _BATCH
        back = np.outer(error, parts[2]) * (1 - units**2)
        slopes = [seen.T @ back + decay * parts[0], back.sum(0), units.T @ error + decay * parts[2], error.sum()]
        rate = _RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
        for number, slope in enumerate(slopes):
            first[number] = _BETAS[0] * first[number] + (1 - _BETAS[0]) * slope
            second[number] = _BETAS[1] * second[number] + (1 - _BETAS[1]) * slope**2
            size = np.sqrt(second[number] / (1 - _BETAS[1] ** step)) + 1e-8
            parts[number] = parts[number] - rate * first[number] / (1 - _BETAS[0] ** step) / size
    return Net(parts[0], parts[1], np.append(parts[2], parts[3]))


def _shipped(net: Net) -> Net:
    """Without idle units, rounded."""
    used = np.abs(net.weights).max(0) > _IDLE
    rest = net.out[-1] + np.tanh(net.offsets[~used]) @ net.out[:-1][~used]
    numbers = net.weights[:, used], net.offsets[used], np.append(net.out[:-1][used], rest)
    return Net(*(one.round(_DIGITS) for one in numbers))


def _text(number: float) -> str:
    return f"{number + 0.0:g}"


def _rows(numbers: Numbers) -> str:
    return "".join(f"    ({', '.join(_text(one) for one in row)}),\n" for row in numbers)


def _row(numbers: Numbers) -> str:
    """Filled lines of up to 118 columns."""
    lines = ["   "]
    for one in numbers:
        text = f" {_text(one)},"
        if len(lines[-1]) + len(text) > 118:
            lines.append("   ")
        lines[-1] += text
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
