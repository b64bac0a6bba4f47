"""How much does a shot rustle, and is it grain or what a codec left?"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.blocks import SIDE, Fields, displacement
from encore.analysis.codecloss import MOST, Evidence, grown_by
from encore.analysis.grain import LEVELS, TRAITS, Grain, correlations, energy, grain
from encore.analysis.look import Look
from encore.analysis.question import Column, Question, Rows, ShotFrames, Tape
from encore.core.answers import Noise, NoiseKind

_SAMPLED = (16, frozenset((1, 5, 8, 12)))
"""Tape frames measured: these of every sixteen. Five frames on end hold one of them, and groups of pictures of 12 or
15 are met at every place."""
_STEPS = LEVELS[2]
_BLACK, _DIM = 16.0, 4.0
"""Codes of black, and added to the light above it, so that the dark does not count as changing."""
_CHANGED = 0.04
"""Share of the light of a field from which it changed; chosen. Strobes and chases change a third of it and more."""
_REPEATED = 0.06
"""Energy, of what is usual in the shot, below which a frame repeats the one before: a quarter of the amplitude."""
_SHAKEN = (0.15, 3.0)
"""Share of the energy that wrong displacements and changes of light may leave; and times the least in the shot.
Chosen; still shots measured 0.00-0.02, pans over fine texture with noise of sigma 2 up to 0.6."""
_AUDIBLE = 1.0
"""Sigma from which a shot has noise: clean shots measured 0.3-0.5 raw and, without strobes, up to 1.2 after MPEG-2,
whose own changes from frame to frame cannot be told from faint noise."""
_EATEN = 1.41
"""Correction above which less than half of the energy is left of the noise: the codec made most of what is there."""
_LEVEL_BLOCKS = 12.0
"""Blocks a frame that a level of luma must have to be told."""


class NoiseQuestion(Question):
    """Measures the top fields of every fourth frame against those of the two frames before.

    Cost: 2.6-3.7 ms for 720x480 on one core beside the shared flow (measured, EPYC).
    """

    name = "noise"
    after = 0
    columns = (
        Column("luma", "standard deviation from frame to frame in flat parts of luma, before correction, codes"),
        Column("chroma", "the same of Cb or Cr, which take turns, codes"),
        Column("luma_traits", "what the correction goes by", (TRAITS,), kept=False),
        Column("chroma_traits", "the same of Cb or Cr", (TRAITS,), kept=False),
        Column("luma_levels", "energy in each step of luma, squared codes", (_STEPS,), kept=False),
        Column("chroma_levels", "the same of Cb or Cr", (_STEPS,), kept=False),
        Column("luma_areas", "blocks of each step of luma", (_STEPS,), kept=False),
        Column("chroma_areas", "the same for Cb or Cr", (_STEPS,), kept=False),
        Column("spectrum", "energy of DCT coefficients of luma, squared codes", (SIDE, SIDE), kept=False),
    )

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        self._due = False
        """A frame was asked for and not measured yet."""

    def observe(self, now: Look) -> None:
        """See the next tape frame; only some are measured, those with a change of light only where no other came."""
        asked = now.number % _SAMPLED[0] in _SAMPLED[1]
        overdue, self._due = asked and self._due, asked or self._due
        if not self._due or now.previous is None or not now.own:
            return
        if not overdue and _lit_anew(now, now.previous):
            return
        self._due = False
        luma = grain(_fields(now, None))
        if luma is not None:
            self._take(now.number, "luma", luma)
            self.note(now.number, spectrum=luma.spectrum)
        if now.chroma is not None:
            turn = now.number * len(_SAMPLED[1]) // _SAMPLED[0] % 2
            chroma = grain(_fields(now, turn), now.top)
            if chroma is not None:
                self._take(now.number, "chroma", chroma)

    def _take(self, frame: int, plane: str, measured: Grain) -> None:
        sigma = float(np.sqrt(energy(measured.spectrum)))
        names = (plane, f"{plane}_traits", f"{plane}_levels", f"{plane}_areas")
        values = (sigma, measured.traits, measured.levels, measured.areas)
        self.note(frame, **dict(zip(names, values, strict=True)))

    @classmethod
    def answer(cls, rows: Rows, shot: ShotFrames) -> Noise | None:
        """What the measured frames of a shot say together; None where none could be measured."""
        del shot
        luma, chroma = evidence(rows, "luma"), evidence(rows, "chroma")
        if luma is None:
            return None
        seen, frames = luma
        spectrum = rows["spectrum"][frames].mean(0).astype(np.float64)
        across, down = correlations(spectrum)
        grown = grown_by(seen, "luma")
        sigma = grown * float(np.sqrt(seen.over_picture))
        more = 1.0 if chroma is None else grown_by(chroma[0], "chroma")
        again = float(seen.usual[9:11].mean())
        return Noise(
            luma_sigma=sigma,
            chroma_sigma=0.0 if chroma is None else more * float(np.sqrt(chroma[0].over_picture)),
            luma_by_level=_by_level(seen, grown),
            chroma_by_level=() if chroma is None else _by_level(chroma[0], more),
            spatial_sigma=_spatial(seen),
            kind=_kind(sigma, grown),
            correlation_across=across,
            correlation_down=down,
            correlation_time=float(np.clip(1 + 2 * again, -1, 1)),
            spectrum=_scaled(spectrum, sigma),
        )


def evidence(rows: Rows, plane: str) -> tuple[Evidence, NDArray[np.intp]] | None:
    """What a shot's rows say about a plane, and the frames that say it.

    The first frame is compared with another shot and left out, as are frames that repeat the one before (telecine,
    held frames) and, where others are better, those in which the light changes or too much moves.
    """
    found = np.flatnonzero(np.isfinite(rows[plane]))
    found = found[found > 0]
    if not len(found):
        return None
    energies = rows[plane][found].astype(np.float64) ** 2
    wrong = rows[f"{plane}_traits"][found, -1]
    good = energies >= _REPEATED * np.percentile(energies, 75)
    good &= wrong <= max(_SHAKEN[0], _SHAKEN[1] * float(wrong[good].min()))
    found = found[good]
    traits = rows[f"{plane}_traits"][found].astype(np.float64)
    traits[found == 1, 9:11] = np.nan  # the frame two before is of another shot
    levels, areas = rows[f"{plane}_levels"][found].astype(np.float64), rows[f"{plane}_areas"][found]
    known = np.isfinite(levels)
    mean = np.where(known, levels, 0).sum(0) / np.maximum(known.sum(0), 1)
    levels = np.where((known.sum(0) > 0) & (areas.mean(0) >= _LEVEL_BLOCKS), mean, np.nan)
    return Evidence(energies[good], traits, levels, areas.mean(0)), found


def _lit_anew(now: Look, before: Look) -> bool:
    """Whether the light of the whole picture changed."""
    light = [max(float(cv2.mean(one.top)[0]) - _BLACK, 0.0) + _DIM for one in (now, before)]
    return abs(light[0] - light[1]) > _CHANGED * max(light)


def _fields(now: Look, plane: int | None) -> Fields:
    """Top fields of luma (None), Cb (0) or Cr (1), and the way back through them."""
    before = now.previous
    assert before is not None
    assert now.flow_back is not None
    looks = [one for one in (now, before, before.previous) if one is not None]
    if plane is None:
        images = [one.top for one in looks]
    else:
        images = [one.chroma[plane][0::2] for one in looks if one.chroma is not None]
    shape, neutral = images[0].shape, 16.0 if plane is None else 128.0
    move = displacement(now.flow_back, shape)
    if len(images) < 3 or before.flow_back is None:
        return Fields(images[0], images[1], move, neutral=neutral)
    return Fields(images[0], images[1], move, images[2], displacement(before.flow_back, shape), neutral)


def _by_level(seen: Evidence, grown: float) -> tuple[float | None, ...]:
    known = seen.levels <= MOST * seen.energy
    return tuple(grown * float(np.sqrt(one)) if sure else None for one, sure in zip(seen.levels, known, strict=True))


def _spatial(seen: Evidence) -> float:
    """Of single fields: as much of the temporal one as their middle and high coefficients have in flat parts."""
    new, single = seen.usual[1:3].sum(), seen.usual[4:6].sum()
    return float(np.sqrt(seen.energy * single / new)) if new > 0 else 0.0


def _kind(sigma: float, grown: float) -> NoiseKind:
    if sigma < _AUDIBLE:
        return "none"
    return "codec" if grown > _EATEN else "grain"


def _scaled(spectrum: NDArray[Any], sigma: float) -> tuple[tuple[float, ...], ...]:
    """A spectrum of noise of this sigma."""
    whole = float(energy(spectrum))
    scale = sigma * sigma / whole if whole > 0 else 0.0
    return tuple(tuple(float(one * scale) for one in line) for line in spectrum)
