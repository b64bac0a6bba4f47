"""A wider network that starts as a narrower one: python -m training.widen FROM TO --checkpoint FILE --out FILE."""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import nn

from training.networks import RECIPES, Plain


def main() -> None:
    """Widen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("narrow", choices=sorted(RECIPES))
    parser.add_argument("wide", choices=sorted(RECIPES))
    parser.add_argument("--checkpoint", type=Path, required=True, help="state.pt of the narrow one")
    parser.add_argument("--out", type=Path, required=True, help="weights for `training.train --start`")
    asked = parser.parse_args()
    narrow, wide = Plain(RECIPES[asked.narrow]), Plain(RECIPES[asked.wide])
    narrow.load_state_dict(torch.load(asked.checkpoint, weights_only=True)["mean"])
    widened(narrow, wide)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"mean": wide.state_dict()}, asked.out)


def widened(narrow: Plain, wide: Plain) -> None:
    """Give a wide network, in place, the function of a narrow one of the same depth.

    What the narrow one has is copied; what is new listens to it, but nothing old listens to what is new yet, save the
    last layer, a little.

    Raises:
        ValueError: they differ in more than their width.
    """
    pairs = [
        (old, new) for old, new in zip(narrow.body, wide.body, strict=False) if isinstance(old, nn.Conv2d)
    ]  # fmt: skip
    if len(narrow.body) != len(wide.body):
        raise ValueError("the networks differ in depth")
    with torch.no_grad():
        for number, (old, new) in enumerate(pairs):
            outputs, inputs = old.weight.shape[:2]
            new.weight[:outputs, :inputs] = old.weight
            if number < len(pairs) - 1:
                new.weight[:outputs, inputs:] = 0
            new.bias[:outputs] = old.bias


if __name__ == "__main__":
    main()
