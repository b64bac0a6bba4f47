"""Judge: how much nearer to the truth a face network brings held-back faces; python -m training.facetracks.judge.

By the distance between the eyes, for the face, its eyes and its mouth, by light; against the enlarged picture alone.
"""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from encore.inference.card import Measure
from encore.inference.zoo import Zoo
from training.facetracks.batches import FacePacks
from training.facetracks.regions import regions

BUCKETS = (10.0, 16.0, 24.0, 40.0, 90.0)
"""Distances between the eyes, lines of the tape, at which groups of faces end; the first begins a little below."""
BEST = 60.0
"""PSNR, dB, that is counted at most."""

Row = dict[str, Any]


def judged(network: Callable[[np.ndarray], np.ndarray], packs: FacePacks) -> list[Row]:
    """For every face what is told of it and, by region, the PSNR before and after, dB.

    Args:
        network: (1, 6, 256, 256) to (1, 1, 256, 256).
        packs: held-back faces.
    """
    places, rows = regions(), []
    for number in range(len(packs)):
        window, true, unit = packs.one(number)
        made = network(window[None])[0, 0]
        row: Row = dict(packs.told[number])
        for name, place in places.items():
            row[name] = tuple(level((planes * unit)[place]) for planes in (true, true - made))
        rows.append(row)
    return rows


def level(missed: np.ndarray) -> float:
    """PSNR of errors in codes, dB."""
    return float(min(BEST, 10 * np.log10(255**2 / max(float(np.mean(missed * missed)), 1e-9))))


def groups(rows: list[Row]) -> dict[str, list[Row]]:
    """All faces, those of each distance and those of each light."""
    found = {"all": rows}
    for least, most in zip((0.0, *BUCKETS[1:-1]), BUCKETS[1:], strict=True):
        found[f"{max(least, BUCKETS[0]):.0f} to {most:.0f}"] = [row for row in rows if least <= row["distance"] < most]
    for light in sorted({row["light"] for row in rows}):
        found[light] = [row for row in rows if row["light"] == light]
    return {name: members for name, members in found.items() if members}


def table(rows: list[Row]) -> str:
    """Markdown: before and gain by group and region, dB; share of faces that gained."""
    lines = ["| faces | number | face before | face | eyes | mouth | faces gaining |", "|---|---|---|---|---|---|---|"]
    for name, members in groups(rows).items():
        gains = {region: _gains(members, region) for region in ("face", "eyes", "mouth")}
        before = np.mean([row["face"][0] for row in members])
        means = " | ".join(f"{gain.mean():+.2f}" for gain in gains.values())
        lines.append(f"| {name} | {len(members)} | {before:.2f} | {means} | {(gains['face'] > 0).mean():.0%} |")
    return "\n".join(lines)


def measures(rows: list[Row]) -> tuple[Measure, ...]:
    """What a card says: gains of the face by distance, and of eyes and mouth."""
    how = "faces never trained on, mean of {}; training.facetracks.judge"
    found = [
        Measure(
            name=f"PSNR of the face over the enlarged picture, eyes {name} samples apart",
            value=round(float(_gains(members, "face").mean()), 2), unit="dB", how=how.format(len(members)),
        )
        for name, members in groups(rows).items() if " to " in name
    ]  # fmt: skip
    for region in ("eyes", "mouth"):
        value = round(float(_gains(rows, region).mean()), 2)
        name = f"PSNR of the {region} over the enlarged picture"
        found.append(Measure(name=name, value=value, unit="dB", how=how.format(len(rows))))
    return tuple(found)


def _gains(rows: list[Row], region: str) -> np.ndarray:
    return np.array([row[region][1] - row[region][0] for row in rows])


def main() -> None:
    """Judge a released network, print the table, and write what it says into the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network")
    parser.add_argument("--folder", type=Path, required=True, help="with cards/NAME.toml and weights/NAME.onnx")
    parser.add_argument("--packs", type=Path, nargs="+", required=True, help="made with --validation")
    asked = parser.parse_args()
    zoo = Zoo(shipped=asked.folder)
    rows = judged(zoo.open(asked.network, threads=1, device="cpu"), FacePacks(asked.packs, device=torch.device("cpu")))
    print(table(rows))
    card = zoo.card(asked.network)
    kept = tuple(one for one in card.measured if "of the" not in one.name)
    card.model_copy(update={"measured": (*kept, *measures(rows))}).save(asked.folder / "cards" / f"{card.name}.toml")


if __name__ == "__main__":
    main()
