"""Is noise taken off, more of it than by FFmpeg's filters, and nothing else?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.repair.asked import Asked, unavailable
from benchmarks.repair.deinterlace import told
from benchmarks.repair.playing import Player, codes_of, deinterlacers, filtered, stage_of
from benchmarks.repair.recording import Hiss, Planes, interlaced, planes_of, record
from benchmarks.repair.scenes import HEIGHT, KINDS, WIDTH, scene, softened
from benchmarks.repair.scores import correlation, line_psnr, own_lines, steepness
from benchmarks.scan.table import Row
from encore.core.time import Span
from encore.restoration.stage import Stage

PICTURES = 24
SCORED = Span(start=8, stop=16)
"""Pictures that have neighbours on both sides."""
RIVALS: dict[str, tuple[str, ...]] = {
    "hqdn3d": ("hqdn3d=4", "hqdn3d=8"),
    "nlmeans": ("nlmeans=s=3", "nlmeans=s=4"),
    "bm3d": ("bm3d=sigma=12:planes=1", "bm3d=sigma=20:planes=1"),
}
"""FFmpeg's filters at sigma 4, each at strengths around its best; the better one of each tape counts."""
SCORED_OF_SLOW = 2
"""Pictures of filters that see one picture at a time that are scored; they are slow."""
MEGABITS = 6.0


@dataclass(frozen=True)
class Case:
    """A noisy tape."""

    kind: str
    hiss: Hiss
    megabits: float = 0.0

    @property
    def noise(self) -> str:
        """Kind and strength of noise."""
        after = " after MPEG-2" if self.megabits else ""
        return f"sigma {self.hiss.sigma:g}{' coloured' if self.hiss.coloured else ''}{after}"


@dataclass
class Scores:
    """Of one tape: gains over the noisy lines in dB, and how what was taken off follows the picture."""

    case: Case
    before: float
    gains: dict[str, float] = field(default_factory=dict[str, float])
    chroma: float = 0.0
    signed: float = 0.0
    unsigned: float = 0.0
    sigma: float | None = None
    """Of luma, as measured; None where it could not be."""


def bench(asked: Asked) -> Iterator[Row]:
    """Rows of the table."""
    stage = stage_of("denoise")
    if stage is None:
        yield unavailable("denoise", "the stage denoise, only FFmpeg's filters are measured")
    found: list[Scores] = []
    for case, truth in _cases(asked):
        scores = _played(case, truth, stage)
        found.append(scores)
        what = f"{case.kind} {case.noise} (noisy {scores.before:.2f}, gains {told(scores.gains)})"
        if scores.sigma is not None:
            what = f"{what}, sigma measured {scores.sigma:.1f}"
        if stage is not None:
            yield Row("denoise", f"{what}; gain on true lines, dB", scores.gains["ours"], ">=", 0.0, 2)
        else:
            yield unavailable("denoise", what)
    if stage is not None:
        yield from _sums(found)


def _sums(found: Sequence[Scores]) -> Iterator[Row]:
    for noise in dict.fromkeys(one.case.noise for one in found):
        some = [one for one in found if one.case.noise == noise]
        gain, least = float(np.mean([one.gains["ours"] for one in some])), min(one.gains["ours"] for one in some)
        white = noise == "sigma 4"
        yield Row("denoise", f"{noise}, {len(some)} tapes, mean gain, dB", gain, ">=", 4.0 if white else None, 2)
        yield Row("denoise", f"{noise}, smallest gain, dB", least, digits=2)
        chroma = float(np.mean([one.chroma for one in some]))
        yield Row("denoise", f"{noise}, mean gain of chroma, dB", chroma, ">=", 4.0 if white else None, 2)
        for name, what in (("signed", "residual"), ("unsigned", "|residual|")):
            follows = [float(getattr(one, name)) for one in some]
            size, asked = float(np.mean(np.abs(follows))), 0.05 if white else None
            told_of = f"{noise}, size of corr({what}, |gradient|), {min(follows):+.3f} to {max(follows):+.3f}, mean"
            yield Row("denoise", told_of, size, "<=", asked)
    for name in found[0].gains:
        some = [one.gains["ours"] - one.gains[name] for one in found if name in one.gains]
        if name != "ours":
            yield Row("denoise", f"over {name}, {len(some)} tapes, mean, dB", float(np.mean(some)), ">=", 0.0, 2)


def _cases(asked: Asked) -> Iterator[tuple[Case, list[Planes]]]:
    """Every kind, sharp and soft by turns, with white noise, and with coloured noise and after MPEG-2."""
    kinds = tuple(KINDS) if asked.full else ("static", "slow", "dancer", "shake")
    for number, kind in enumerate(kinds):
        pictures = scene(kind, PICTURES, asked.pictures)
        truth = [planes_of(picture) for picture in (softened(pictures) if number % 2 else pictures)]
        cases = [
            Case(kind, Hiss(4.0)), Case(kind, Hiss(8.0)), Case(kind, Hiss(4.0, coloured=True)),
            Case(kind, Hiss(4.0), MEGABITS),
        ]  # fmt: skip
        for case in cases if asked.full else (cases[0], cases[1 + number % 3]):
            yield case, truth


def _played(case: Case, truth: Sequence[Planes], stage: Stage | None) -> Scores:
    true = truth[SCORED.start : SCORED.stop]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("tape.mpg" if case.megabits else "tape.mkv")
        record(path, interlaced(truth, case.hiss), megabits=case.megabits)
        with Player(path) as player:
            given = codes_of(player.restored([], SCORED))
            scores = Scores(case, _on_lines(given, true, 0))
            if stage is not None:
                player.listen()
                scores.sigma = player.shot.noise.luma_sigma if player.shot.noise else None
                _ours(scores, given, codes_of(player.restored([stage], SCORED)), true)
        if case.hiss == Hiss(4.0) and not case.megabits:
            scores.gains.update(_rivals(path, given, true))
    return scores


def _ours(scores: Scores, given: Sequence[Planes], made: Sequence[Planes], true: Sequence[Planes]) -> None:
    scores.gains["ours"] = _on_lines(made, true, 0) - scores.before
    changes = [_on_lines(made, true, plane) - _on_lines(given, true, plane) for plane in (1, 2)]
    scores.chroma = float(np.mean(changes))
    signed: list[float] = []
    unsigned: list[float] = []
    for n, (before, after, clean) in enumerate(zip(given, made, true, strict=True)):
        residual = own_lines(before[0] - after[0], SCORED.start + n)
        steep = own_lines(steepness(clean[0]), SCORED.start + n)
        signed.append(correlation(residual, steep))
        unsigned.append(correlation(np.abs(residual), steep))
    scores.signed, scores.unsigned = float(np.mean(signed)), float(np.mean(unsigned))


def _on_lines(found: Sequence[Planes], true: Sequence[Planes], plane: int) -> float:
    """PSNR on the lines that come from the tape."""
    pairs = enumerate(zip(found, true, strict=True))
    return float(np.mean([line_psnr(one[plane], other[plane], SCORED.start + n) for n, (one, other) in pairs]))


def _rivals(path: Path, given: Sequence[Planes], true: Sequence[Planes]) -> Iterator[tuple[str, float]]:
    """Best gain of each on the first scored pictures, after bwdif, which keeps the tape's lines."""
    before = deinterlacers()["bwdif"]
    for name, strengths in RIVALS.items():
        count = len(SCORED) if name == "hqdn3d" else SCORED_OF_SLOW
        cut = f"trim=start_frame={SCORED.start}:end_frame={SCORED.start + count}"
        noisy, clean = _on_lines(given[:count], true[:count], 0), true[:count]
        orders = [[before, one, cut] if name == "hqdn3d" else [before, cut, one] for one in strengths]
        made = [filtered(path, ",".join(order), (WIDTH, HEIGHT)) for order in orders]
        yield name, max(_on_lines(pictures, clean, 0) for pictures in made) - noisy
