"""A tape whose truth is known: a small concert of our own, recorded the way tapes of the year 2000 were."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from encore.core.findings import Box, Scan, ScanMode
from encore.core.time import Span
from encore.media.process import Tool
from encore.synthetic import carrier
from encore.synthetic.recipe import DEMO, MARK_TICKS, TapeRecipe
from encore.synthetic.scenes import BLACKOUT, Rows
from encore.synthetic.script import DISSOLVE_TICKS, Concert, evening
from encore.synthetic.signal import SAMPLE_RATE, Planes, Recorder, woven, write_sound
from encore.synthetic.sprites import Picture

MARK_BOX = Box(left=48, top=40, right=112, bottom=104)
"""Where a sync mark flashes, tape samples."""
MARK_EDGE = 8
"""Samples of black around it."""
MARK_CODE = np.float32(0.95)
"""Nearly white: noise must not clip."""
FILM_PICTURES = (0, 0, 1, 1, 1, 2, 2, 3, 3, 3)
"""Which of four film pictures each of ten fields shows: 2:3 pull-down (SMPTE RP 197)."""
FILM_TICKS = Fraction(5, 2)
"""Ticks of the tape per film picture."""
MODES: dict[str, ScanMode] = {"tff": "interlaced", "bff": "interlaced", "film": "film"}
"""How each scan of a recipe is to be found by analysis; the others are progressive."""

__all__ = ["DEMO", "MARK_BOX", "TapeRecipe", "Truth", "make_tape"]


@dataclass(frozen=True, slots=True)
class Truth:
    """What is really on a tape that we made.

    Attributes:
        recipe: what it was made from.
        concert: what was filmed.
        scan: how it was scanned, beyond doubt.
        cuts: ticks that show a new scene for the first time, ascending; no dissolves.
        dissolves: ticks during which one scene becomes the next.
        strobes: ticks of strobe scenes.
        blackouts: ticks without any light.
        marks: seconds after the first picture at which white square and beep start together.
        dropped: tape frames that are not in the file.
    """

    recipe: TapeRecipe
    concert: Concert
    scan: Scan
    cuts: tuple[int, ...]
    dissolves: tuple[Span, ...]
    strobes: tuple[Span, ...]
    blackouts: tuple[Span, ...]
    marks: tuple[Fraction, ...]
    dropped: tuple[int, ...]

    def shown(self, tick: int) -> Fraction:
        """The moment, in ticks, whose picture the tape shows at `tick`: the same for both fields of a whole frame."""
        return _shown(self.recipe, tick)

    def moment(self, tick: int) -> Picture:
        """The progressive truth of the picture shown at `tick`, before noise and compression.

        Returns:
            (H, W, 3) float32 R'G'B' in [0, 1], at the tape's raster, all lines. Interlaced tapes carry its lines
            of one parity; chroma on the tape has less resolution.

        Raises:
            IndexError: the tape has no such tick.
        """
        if not 0 <= tick < self.recipe.ticks:
            raise IndexError(f"tick {tick} is not on a tape of {self.recipe.ticks}")
        return _seen(self.recipe, self.concert, tick, Rows())

    def rows(self, tick: int) -> Rows:
        """The lines of the tape frame that show `tick`: one parity."""
        return Rows(_parity(self.recipe, tick), 2)


def make_tape(path: Path, recipe: TapeRecipe) -> Truth:
    """Film our concert and put it on a tape; memory does not grow with its length.

    Args:
        path: the file; its suffix chooses the container (.mpg .vob .ts .mkv .mp4 .mov .avi .dv).
        recipe: everything else.

    Returns:
        What a perfect analysis and restoration would find.

    Raises:
        PlanError: the recipe contradicts itself or the suffix.
        OutputError: the disk is full.
        ToolError: ffmpeg failed.
    """
    recipe.check(path)
    concert = evening(recipe.entries, recipe.frame, recipe.rate * 2, recipe.seed)
    truth = _truth(recipe, concert)
    with tempfile.TemporaryDirectory(prefix="encore-tape-") as name:
        folder = Path(name)
        _extras(recipe, truth, folder)
        with Tool(f"writing {path.name}", carrier.write(recipe, path, folder)) as tool:
            for planes in _frames(recipe, concert):
                for plane in planes:
                    tool.write(np.ascontiguousarray(plane))
        if recipe.scan == "soft":
            carrier.finish_soft(recipe, path, folder)
    return truth


def _shown(recipe: TapeRecipe, tick: int) -> Fraction:
    if recipe.scan == "film":
        return (tick // 10 * 4 + FILM_PICTURES[tick % 10]) * FILM_TICKS
    if recipe.scan in ("tff", "bff"):
        return Fraction(tick)
    return Fraction(max(0, (tick - recipe.offset) // 2 * 2 + recipe.offset))


def _parity(recipe: TapeRecipe, tick: int) -> int:
    """0 when this tick is a top field, 1 a bottom field."""
    return tick % 2 if recipe.order == "tff" else 1 - tick % 2


def _seen(recipe: TapeRecipe, concert: Concert, tick: int, rows: Rows) -> Picture:
    """The wanted lines of the picture at a tick, with the sync mark if it is time."""
    at = _shown(recipe, tick)
    picture = concert.moment(at, rows)
    if any(0 <= at - mark < MARK_TICKS for mark in recipe.mark_ticks):
        box = MARK_BOX
        lines = np.arange(rows.first, recipe.frame.height, rows.step)
        for edge, code in ((MARK_EDGE, np.float32(0)), (0, MARK_CODE)):
            inside = (lines >= box.top - edge) & (lines < box.bottom + edge)
            picture[inside, box.left - edge : box.right + edge] = code
    return picture


def _frames(recipe: TapeRecipe, concert: Concert) -> Iterator[Planes]:
    """What goes to the encoder, frame by frame."""
    top_left = recipe.codec == "dv" and recipe.standard == "pal"
    recorder = Recorder(recipe.sampling, recipe.depth, recipe.noise, top_left=top_left, seed=recipe.seed)
    if recipe.scan in ("progressive", "soft"):
        for tick in range(0, recipe.ticks, 2):
            yield recorder.record(_seen(recipe, concert, tick, Rows()), None, tick)
        return
    for tick in range(0, recipe.ticks, 2):
        fields: list[Planes] = []
        for at in (tick, tick + 1):
            parity = _parity(recipe, at)
            fields.append(recorder.record(_seen(recipe, concert, at, Rows(parity, 2)), parity, at))
        yield woven(fields[0], fields[1], recipe.order == "tff")


def _truth(recipe: TapeRecipe, concert: Concert) -> Truth:
    shown = [_shown(recipe, tick) for tick in range(recipe.ticks)]
    index = [concert.index(at) for at in shown]
    entered = [tick for tick in range(1, recipe.ticks) if index[tick] != index[tick - 1]]
    soft = [tick for tick in entered if concert.acts[index[tick]].dissolve]
    spans = [Span(start=start, stop=stop) for start, stop in zip([0, *entered], [*entered, recipe.ticks], strict=True)]
    names = [concert.acts[index[span.start]].scene.name for span in spans]
    dark = [
        Span(start=span.start + BLACKOUT[0], stop=span.start + BLACKOUT[1]).within(span)
        for span, name in zip(spans, names, strict=True)
        if name == "blackout"
    ]
    return Truth(
        recipe=recipe,
        concert=concert,
        scan=Scan(mode=MODES.get(recipe.scan, "progressive"), order=recipe.order, offset=recipe.offset, confidence=1.0),
        cuts=tuple(tick for tick in entered if tick not in soft),
        dissolves=tuple(
            Span(start=span.start, stop=span.start + DISSOLVE_TICKS).within(span)
            for span in spans
            if span.start in soft
        ),
        strobes=tuple(span for span, name in zip(spans, names, strict=True) if name == "strobe"),
        blackouts=tuple(span for span in dark if len(span)),
        marks=tuple(mark / (recipe.rate * 2) for mark in recipe.mark_ticks),
        dropped=recipe.dropped,
    )


def _extras(recipe: TapeRecipe, truth: Truth, folder: Path) -> None:
    """Sound, subtitles and chapters as files for ffmpeg to pick up."""
    length = recipe.frames / recipe.rate
    if recipe.sound != "none":
        write_sound(folder / "sound.wav", round(length * SAMPLE_RATE), truth.marks, recipe.seed)
    if recipe.subtitles:
        lines = ("Good evening!", "This one is for you.")
        times = [(length * i / 2, length * i / 2 + length * 2 / 5) for i in range(2)]
        cues = [
            f"{i + 1}\n{_srt(a)} --> {_srt(b)}\n{line}\n"
            for i, ((a, b), line) in enumerate(zip(times, lines, strict=True))
        ]
        (folder / "words.srt").write_text("\n".join(cues), encoding="utf-8")
    if recipe.chapters:
        edges = [round(start / (recipe.rate * 2) * 1000) for start in (*recipe.starts, recipe.ticks)]
        parts = [
            f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={a}\nEND={b}\ntitle={name}\n"
            for a, b, name in zip(edges, edges[1:], recipe.scenes, strict=False)
        ]
        (folder / "about.txt").write_text(";FFMETADATA1\n" + "".join(parts), encoding="utf-8")


def _srt(seconds: Fraction) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"
