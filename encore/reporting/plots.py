"""Numbers of every tape frame to curves that a page can hold: which are drawn, in what order, and how coarsely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

POINTS = 1500
"""Most points of a curve: more than the pixels that a plot is wide, few enough for two dozen curves in a page."""
HEIGHT = 100
"""Units of a plot from bottom to top; the page stretches them."""
BRIDGED = 3
"""Times the usual distance between noted frames up to which a curve goes on: questions look at every n-th frame."""
PEAK = (98.0, 2.5)
"""A curve is cut off at that percentile times that factor where single peaks would press the rest flat."""

Series = Mapping[str, NDArray[np.float32]]
"""`question.column` to one number (or a few) per tape frame, nan where nothing was noted."""


@dataclass(frozen=True, slots=True)
class Track:
    """One curve of the time line.

    Attributes:
        column: `question.column` of the scan.
        label: for people.
        unit: of the numbers.
        group: under which it is shown.
        meaning: one sentence for those who do not know the term.
        factor: by which the noted numbers are multiplied to have the unit.
        across: column at a right angle to the first, where the curve is the length of both.
        unnoted: number of frames without one, where it means something that there is none.
    """

    column: str
    label: str
    unit: str
    group: str
    meaning: str
    factor: float = 1.0
    across: str = ""
    unnoted: float = np.nan


_MOVES = "Complexity and motion"
TRACKS = (
    Track("light.top", "Exposure", "%", "Light", "Mean brightness: 0 is black, 100 is white.", 100),
    Track("light.change", "Change of light", "%", "Light", "How much the light differs from the frame before.", 100),
    Track("light.clipped", "Overexposed", "%", "Light", "Part of the picture at the limit of red, green or blue.", 100),
    Track("noise.luma", "Noise", "codes", "Noise", "What rustles in brightness, standard deviation in 8-bit steps."),
    Track("noise.chroma", "Colour noise", "codes", "Noise", "The same in the colour differences."),
    Track("damage.dropouts", "Dropouts", "line pieces", "Defects", "Pieces of lines that the tape has lost."),
    Track("damage.snow", "Snow", "%", "Defects", "Part of the frame that is noise without a picture.", 100),
    Track("damage.jitter", "Line jitter", "samples", "Defects", "How far lines are shifted against their neighbours."),
    Track("damage.head_lines", "Head switching", "lines", "Defects", "Lines at the bottom that are torn."),
    Track("corrupt.share", "Broken blocks", "%", "Defects", "Part of the picture that decoded wrongly.", 100),
    Track("composite.dot_crawl", "Dot crawl", "codes", "Defects", "Dots that crawl along edges of colour."),
    Track("faces.count", "Faces", "", "Faces", "Faces that a frame shows, whether they were followed or not."),
    Track("shots.cut", "New picture", "", _MOVES, "How unlike the shot before a new shot is: 0 to 1.", unnoted=0),
    Track(
        "motion.right", "Camera", "samples/frame", _MOVES, "How fast the camera moves the picture.", 1, "motion.down"
    ),
    Track("motion.local_most", "Things", "samples/frame", _MOVES, "How fast things move in the picture."),
    Track("complexity.si", "Spatial information", "codes", _MOVES, "How much contour there is (ITU-T P.910)."),
    Track("complexity.ti", "Temporal information", "codes", _MOVES, "How much changes in time (ITU-T P.910)."),
    Track("complexity.dct_energy", "Texture", "codes", _MOVES, "How much fine structure there is (E of VCA)."),
    Track("complexity.dct_change", "Change of texture", "codes", _MOVES, "How much of it is new (h of VCA)."),
    Track("compression.across", "Blockiness", "×", "Compression", "Steps on the codec's grid against those beside it."),
    Track("compression.ringing", "Ringing", "×", "Compression", "Restlessness beside edges against flat parts."),
    Track("compression.quantiser", "Quantiser", "", "Compression", "The stream's own steps; more is coarser."),
    Track("sharpness.blur", "Blur", "samples", "Sharpness", "Width of edges, standard deviation; less is sharper."),
)
"""All curves, in the order of the page; a tape without one of these columns goes without that curve."""


@dataclass(frozen=True, slots=True)
class Plot:
    """One curve, drawn; a point stands for a stretch of frames and spans from its least to its largest number.

    Attributes:
        track: what it shows.
        low: least number of every point; None where nothing was noted.
        high: largest.
        floor: number at the bottom of the plot.
        ceiling: number at its top; larger ones are cut off.
        path: SVG path of the envelope, `points` wide and `HEIGHT` high.
        points: how many.
    """

    track: Track
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    floor: float
    ceiling: float
    path: str

    @property
    def points(self) -> int:
        """How many points the curve has."""
        return len(self.low)

    @property
    def peak(self) -> float:
        """Largest number of all."""
        return max(number for number in self.high if number is not None)


def plots_of(series: Series) -> tuple[Plot, ...]:
    """Curves of all columns that we know and that say something."""
    plots = (plot(track, numbers) for track in TRACKS if (numbers := _numbers(track, series)) is not None)
    return tuple(one for one in plots if one is not None)


def _numbers(track: Track, series: Series) -> NDArray[Any] | None:
    first = series.get(track.column)
    if first is None or not track.across:
        return first
    second = series.get(track.across)
    return None if second is None else np.hypot(first, second)


def plot(track: Track, column: NDArray[Any], most: int = POINTS) -> Plot | None:
    """One curve, of several numbers per frame the largest; None where no number was noted."""
    numbers = np.asarray(column, np.float64) * track.factor
    numbers[~np.isfinite(numbers)] = track.unnoted
    if numbers.ndim > 1:
        numbers = np.fmax.reduce(numbers.reshape(len(numbers), -1), axis=1, initial=np.nan)
    low, high = envelope(numbers, most)
    known = np.isfinite(low)
    if not known.any():
        return None
    floor, ceiling = _scale(low[known], high[known])
    path = _path(low, high, floor, ceiling, _reach(numbers, len(low)))
    return Plot(track, _short(low), _short(high), floor, ceiling, path)


def envelope(numbers: NDArray[np.float64], most: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The least and the largest of at most `most` nearly equal stretches; nan where all of one is nan."""
    points = min(most, len(numbers))
    if not points:
        return numbers, numbers
    starts = np.arange(points) * len(numbers) // points
    unknown = np.isnan(numbers)
    low = np.minimum.reduceat(np.where(unknown, np.inf, numbers), starts)
    high = np.maximum.reduceat(np.where(unknown, -np.inf, numbers), starts)
    empty = low > high
    low[empty] = high[empty] = np.nan
    return low, high


def _scale(low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[float, float]:
    floor, peak = min(0.0, float(low.min())), float(high.max())
    percentile, factor = PEAK
    usual = float(np.percentile(high, percentile))
    ceiling = usual * factor if 0 < usual * factor < peak else peak
    return floor, ceiling if ceiling > floor else floor + max(1.0, abs(floor))


def _reach(numbers: NDArray[np.float64], points: int) -> float:
    """Points without a number that a curve still crosses."""
    noted = np.flatnonzero(np.isfinite(numbers))
    usual = float(np.median(np.diff(noted))) if len(noted) > 1 else 1.0
    return max(1.0, BRIDGED * usual * points / len(numbers))


def _path(low: NDArray[np.float64], high: NDArray[np.float64], floor: float, ceiling: float, reach: float) -> str:
    """The outline of every unbroken piece: there along the largest numbers, back along the least."""
    known = np.flatnonzero(np.isfinite(low))
    pieces = np.split(known, np.flatnonzero(np.diff(known) > reach) + 1)
    scale = HEIGHT / (ceiling - floor)
    top = np.round(HEIGHT - (np.minimum(high, ceiling) - floor) * scale, 1)
    bottom = np.round(HEIGHT - (np.minimum(low, ceiling) - floor) * scale, 1)
    return "".join(_outline(piece, top, bottom) for piece in pieces)


def _outline(at: NDArray[np.intp], top: NDArray[np.float64], bottom: NDArray[np.float64]) -> str:
    # A point covers its whole stretch, so that a piece of one point has a width.
    left, right = at[0], at[-1] + 1
    there = [f"{left} {top[at[0]]:g}", *(f"{x}.5 {top[x]:g}" for x in at), f"{right} {top[at[-1]]:g}"]
    back = [f"{right} {bottom[at[-1]]:g}", *(f"{x}.5 {bottom[x]:g}" for x in at[::-1]), f"{left} {bottom[at[0]]:g}"]
    return f"M{'L'.join(there + back)}Z"


def _short(numbers: NDArray[np.float64]) -> tuple[float | None, ...]:
    """Four digits are enough to read; None is what JSON has for nan."""
    return tuple(None if np.isnan(number) else float(f"{number:.4g}") for number in numbers)
