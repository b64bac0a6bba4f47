"""Fit the terms of `encore.analysis.codecloss`: how much of the noise did the codec eat?

python -m training.scan.fit_codecloss [--pictures FOLDER] [--shots N]

Shots with noise of known strength, raw and after MPEG-2 (`training.scan.hiss`), are measured by the question itself;
least absolute deviations then say the logarithm of the true noise over the measured one by products of its features,
chosen one by one by the error on scenes left out. Material, seeds and recipe are those of the shipped terms, which were
fitted to what an earlier state of the question measured (Cb and Cr of every frame instead of in turns): a new fit gives
mostly the same terms with other digits.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # pyright: ignore[reportMissingTypeStubs]

from training.scan.hiss import PLANES, Plane, Sample, samples

SHOTS = 288
STEPS = 9
"""Terms added to the first ones at most."""
LEAST_GAIN = 0.0004
"""Error that a further term must save."""
FOLDS = 6
RIDGE = 1.0
NEAR = 0.08
"""Residual below which deviations count squared rather than absolute."""
RAW_WEIGHT = 1.5
"""Of shots that were not compressed, of which there are fewer, and on which no harm may be done."""
LIMITS = (0.9, 3.0)
"""Factors beyond which no correction goes, as in the module that the terms are for."""

Term = tuple[str, str]
"""Two features to be multiplied; "" is 1."""
Table = dict[str, NDArray[np.float64]]
"""Each feature of all samples."""

CONSTANT: Term = ("", "")
FIRST: tuple[Term, ...] = (("sigma", ""), ("field_high", ""))
SINGLES = (
    "sigma", "low_middle", "middle_high", "field_middle", "field_high", "peaked_low", "peaked_middle", "peaked_high",
    "again_middle", "again_high", "uneven", "spread", "wrong",
)  # fmt: skip
PAIRS: tuple[Term, ...] = (
    ("sigma", "sigma"), ("sigma", "field_high"), ("sigma", "middle_high"), ("sigma", "peaked_middle"),
    ("sigma", "peaked_high"), ("field_middle", "middle_high"), ("field_middle", "low_middle"),
    ("field_middle", "field_middle"), ("peaked_middle", "peaked_middle"), ("peaked_high", "peaked_high"),
    ("middle_high", "peaked_high"), ("middle_high", "peaked_middle"), ("field_high", "middle_high"),
    ("field_middle", "peaked_middle"), ("sigma", "wrong"), ("field_high", "field_high"),
    ("again_middle", "field_middle"), ("sigma", "field_middle"),
)  # fmt: skip


class Fit:
    """Terms for one plane, and how well they do.

    Args:
        some: all samples of that plane.
    """

    def __init__(self, some: list[Sample]) -> None:
        self.true = np.array([one.true for one in some])
        self.measured = np.array([one.measured for one in some])
        self.shipped = np.array([one.shipped for one in some])
        self.rate = np.array([one.rate for one in some])
        self.fold = np.array([one.scene for one in some]) % FOLDS
        raw = {name: np.array([one.features[name] for one in some]) for name in SINGLES}
        audible = self.true >= 0.5
        cut = {name: np.percentile(values[audible], [1.5, 98.5]).round(2) + 0.0 for name, values in raw.items()}
        self.ranges = {name: (float(low), float(high)) for name, (low, high) in cut.items()}
        self.table: Table = {name: np.clip(values, *self.ranges[name]) for name, values in raw.items()}
        self.table[""] = np.ones(len(some))
        self.terms = self._chosen()
        self.weights = self._weights(self.terms, np.ones(len(some), np.bool_))

    def _design(self, terms: list[Term]) -> NDArray[np.float64]:
        return np.stack([self.table[first] * self.table[second] for first, second in terms], 1)

    def _weights(self, terms: list[Term], among: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Least absolute deviations of the logarithm of the factor, by squares that are weighted anew each time."""
        design = self._design(terms)[among]
        factor = np.log(np.maximum(self.true, 0.1) / self.measured)[among]
        counts = np.where(self.rate == 0, RAW_WEIGHT, 1.0)[among] * (self.true >= 0.8)[among]
        middle, size = design[counts > 0].mean(0), design[counts > 0].std(0) + 1e-9
        middle[0], size[0] = 0, 1
        scaled = (design - middle) / size  # ridge treats all features alike
        ridge = RIDGE * np.diag([0.0] + [1.0] * (len(terms) - 1))
        share = counts
        found: NDArray[np.float64] = np.zeros(len(terms))
        for _ in range(15):
            weighted = (scaled * share[:, None]).T
            found = np.asarray(np.linalg.solve(weighted @ scaled + ridge, weighted @ factor), np.float64)
            share = counts / np.maximum(NEAR, np.abs(factor - scaled @ found)) * 0.1
        found = found / size
        found[0] -= middle[1:] @ found[1:]
        return found

    def held_out(self, terms: list[Term]) -> NDArray[np.float64]:
        """Factor of every sample by weights fitted to other scenes."""
        factor = np.zeros(len(self.true))
        for fold in range(FOLDS):
            mine = self.fold == fold
            factor[mine] = self._design(terms)[mine] @ self._weights(terms, ~mine)
        return np.exp(factor)

    def _missed(self, terms: list[Term]) -> float:
        """Mean error of the logarithm on scenes left out; most of it counts where noise matters."""
        some = (self.true >= 1) & (self.true <= 14)
        error = np.minimum(np.abs(np.log(self.held_out(terms)[some] * self.measured[some] / self.true[some])), 0.6)
        matters = (self.true[some] >= 2) & (self.true[some] <= 12)
        return float((error * np.where(matters, 1, 0.4)).mean())

    def _chosen(self) -> list[Term]:
        terms = [CONSTANT, *FIRST]
        best = self._missed(terms)
        for _ in range(STEPS):
            pool = [term for term in (*((name, "") for name in SINGLES), *PAIRS) if term not in terms]
            missed, term = min(((self._missed([*terms, term]), term) for term in pool), key=lambda one: one[0])
            if missed > best - LEAST_GAIN:
                break
            best, terms = missed, [*terms, term]
        return sorted(terms, key=lambda term: term[1] != "")

    def quality(self) -> str:
        """Mean relative error of noise of sigma 2-12: measured, corrected, and by the shipped terms."""
        groups = {"raw": self.rate == 0, "MPEG-2 4-8 Mb/s": (self.rate >= 4) & (self.rate <= 8)}
        ways = {
            "not corrected": np.ones(len(self.true)),
            "fitted to these shots": np.exp(self._design(self.terms) @ self.weights),
            "fitted to other scenes": self.held_out(self.terms),
            "as shipped": self.shipped,
        }
        lines: list[str] = []
        for group, mine in groups.items():
            some = mine & (self.true >= 2) & (self.true <= 12)
            for way, factor in ways.items():
                error = np.abs(np.clip(factor, *LIMITS)[some] * self.measured[some] / self.true[some] - 1)
                figure = f"{error.mean():.3f}" if len(error) else "none"
                lines.append(f"{group}, {len(error)} shots, {way}: {figure}\n")
        return "".join(lines)


def ranges(plane: Plane, fit: Fit) -> str:
    """As the module holds them, of the features that its terms use."""
    used = {name for term in fit.terms for name in term}
    rows = [f'        "{name}": {fit.ranges[name]},\n' for name in SINGLES if name in used]
    return f'    "{plane}": {{\n{"".join(rows)}    }},\n'


def main() -> None:
    """Make the material, fit both planes, and print what the module holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, help="photographs to use instead of the bundled ones")
    parser.add_argument("--shots", type=int, default=SHOTS, help="made; those of some strobed scenes are left out")
    given = parser.parse_args()
    with threadpool_limits(1):
        some = list(samples(given.shots, given.pictures))
        fits: dict[Plane, Fit] = {plane: Fit([one for one in some if one.plane == plane]) for plane in PLANES}
    sys.stdout.write("\n_RANGES = {\n" + "".join(ranges(plane, fit) for plane, fit in fits.items()) + "}\n")
    for plane, fit in fits.items():
        rows = [
            f'    ({round(float(weight), 4)}, "{a}", "{b}"),\n'
            for weight, (a, b) in zip(fit.weights, fit.terms, strict=True)
        ]
        sys.stdout.write(f"_{plane.upper()}: _Terms = (\n{''.join(rows)})\n")
    for plane, fit in fits.items():
        sys.stdout.write(f"\n{plane}, mean relative error of sigma 2-12\n{fit.quality()}")


if __name__ == "__main__":
    main()
