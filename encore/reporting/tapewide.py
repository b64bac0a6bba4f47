"""What does the tape measure as a whole, and what do these numbers mean to people?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from encore.core.findings import Shot


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of shots that is worth a mean.

    Attributes:
        group: under which it is shown.
        label: for people.
        unit: of the shown number.
        number: of a shot; None where it could not be told.
        meaning: what it says, and what is little or much.
        digits: behind the point.
        factor: from the number to its unit.
    """

    group: str
    label: str
    unit: str
    number: Callable[[Shot], float | None]
    meaning: str
    digits: int = 2
    factor: float = 1.0


MEASURES = (
    Measure("Light", "Exposure", "%", lambda s: s.light and s.light.exposure,
            "Mean brightness; 0 is black, 100 white.", 0, 100),
    Measure("Light", "Change of light", "%", lambda s: s.light and s.light.change,
            "How much the light on things differs from frame to frame; what moves does not count.", 1, 100),
    Measure("Light", "Overexposed", "%", lambda s: s.light and max(s.light.clipped),
            "Part of the picture at the upper limit of red, green or blue: lamps, and what they flood.", 1, 100),
    Measure("Noise", "Noise", "codes", lambda s: s.noise and s.noise.luma_sigma,
            "How much brightness rustles in time (standard deviation), as far as it can be known how it was before "
            "compression. A code is one of the 256 steps of 8 bits. Below 1 clean, 2 to 4 usual for tape, above 8 "
            "heavy."),
    Measure("Noise", "Noise, left in pictures", "codes", lambda s: s.noise and s.noise.spatial_sigma,
            "The same within single fields; much less than above where a codec has smoothed."),
    Measure("Noise", "Colour noise", "codes", lambda s: s.noise and s.noise.chroma_sigma,
            "The same in the colour differences; VHS shows it as crawling blotches."),
    Measure("Compression", "Severity", "of 1", lambda s: s.compression and s.compression.severity,
            "0: nothing to be seen of compression, 1: very coarse."),
    Measure("Compression", "Blockiness", "×", lambda s: s.compression and s.compression.blockiness,
            "Steps on the borders of the codec's blocks against those beside; 1 is none."),
    Measure("Compression", "Ringing", "", lambda s: s.compression and s.compression.ringing,
            "Restlessness beside strong edges; 0 is none."),
    Measure("Compression", "Banding", "%", lambda s: s.compression and s.compression.banding,
            "Part of the soft gradients that became staircases.", 1, 100),
    Measure("Compression", "Quantiser", "", lambda s: s.compression and s.compression.quantiser,
            "The steps that the stream itself names; larger is coarser.", 1),
    Measure("Sharpness", "Clarity", "of 1", lambda s: s.sharpness and s.sharpness.clarity,
            "0 mush, 1 as much as the raster can carry: what the upscaling has to start from."),
    Measure("Sharpness", "Blur", "samples", lambda s: s.sharpness and s.sharpness.blur_sigma,
            "Width of edges (standard deviation); 0.5 is as sharp as samples can be."),
    Measure("Sharpness", "Bandwidth", "%", lambda s: s.sharpness and s.sharpness.luma_bandwidth,
            "Finest detail across, as part of what the raster can carry: VHS 21 to 36, DV and DVD about 80.", 0, 100),
    Measure("Sharpness", "Bandwidth of colour", "%", lambda s: s.sharpness and s.sharpness.chroma_bandwidth,
            "The same in colour: VHS about 5; DV of 525 lines can have 25, DVD 50.", 0, 100),
    Measure("Sharpness", "Seams", "%", lambda s: s.sharpness and s.sharpness.halo,
            "Overshoot beside edges, from sharpening, as part of the edge.", 0, 100),
    Measure("Defects", "Dropouts", "line pieces", lambda s: s.damage and s.damage.dropout_lines,
            "Pieces of lines that the tape has lost, in a shot.", 0),
    Measure("Defects", "Line jitter", "samples", lambda s: s.damage and s.damage.jitter,
            "How far lines are shifted sideways against their neighbours (root mean square)."),
    Measure("Defects", "Dot crawl", "codes", lambda s: s.composite and s.composite.dot_crawl,
            "Strength of the dots that crawl along edges of colour."),
    Measure("Defects", "Rainbows", "codes", lambda s: s.composite and s.composite.rainbow,
            "Strength of false colour on fine patterns."),
    Measure("Defects", "Colour shift, right", "samples", lambda s: s.composite and s.composite.chroma_shift_across,
            "How far colour lies beside its place."),
    Measure("Defects", "Colour shift, down", "lines", lambda s: s.composite and s.composite.chroma_shift_down,
            "The same; every copy of a VHS tape adds a line or two."),
    Measure("Faces", "Faces in a shot", "", lambda s: None if s.faces is None else len(s.faces),
            "People who were followed through a shot.", 1),
    Measure("Faces", "Distance between the eyes", "lines",
            lambda s: max((one.size for one in s.faces or ()), default=None),
            "Of the largest face of a shot: 10 are some dots, 25 a face, 100 fill the picture.", 0),
    Measure("Complexity and motion", "Camera", "samples/frame", lambda s: s.motion and s.motion.global_motion,
            "How fast the camera moves the picture.", 1),
    Measure("Complexity and motion", "Shake", "samples/frame", lambda s: s.motion and s.motion.shake,
            "How much of that is trembling."),
    Measure("Complexity and motion", "Things", "samples/frame", lambda s: s.motion and s.motion.local_motion,
            "How fast what moves most moves within the picture.", 1),
    Measure("Complexity and motion", "Spatial information", "codes", lambda s: s.complexity and s.complexity.si_mean,
            "How much contour a picture has (ITU-T P.910).", 0),
    Measure("Complexity and motion", "Temporal information", "codes", lambda s: s.complexity and s.complexity.ti_mean,
            "How much changes from picture to picture (ITU-T P.910).", 1),
    Measure("Complexity and motion", "Texture", "codes", lambda s: s.complexity and s.complexity.dct_energy,
            "How much fine structure must be encoded (E of VCA).", 1),
    Measure("Complexity and motion", "Change of texture", "codes", lambda s: s.complexity and s.complexity.dct_change,
            "How much of it is new in every picture (h of VCA).", 1),
)  # fmt: skip
"""In the order of the page."""

QUESTIONS: dict[str, Callable[[Shot], object]] = {
    "light": lambda s: s.light,
    "noise": lambda s: s.noise,
    "compression": lambda s: s.compression,
    "sharpness": lambda s: s.sharpness,
    "faults of composite video": lambda s: s.composite,
    "damage of the tape": lambda s: s.damage,
    "motion": lambda s: s.motion,
    "complexity": lambda s: s.complexity,
    "faces": lambda s: s.faces,
}
"""What is asked of every shot, beside its scan mode."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A number of the whole tape: the mean over its shots by their length, with the least and the largest shot."""

    measure: Measure
    mean: float
    low: float
    high: float
    shots: int

    def words(self, value: float) -> str:
        """The value in its unit."""
        return f"{value * self.measure.factor:.{self.measure.digits}f}"


def means(shots: Sequence[Shot]) -> tuple[Mean, ...]:
    """All numbers that at least one shot has."""
    found: list[Mean] = []
    for measure in MEASURES:
        told = [(number, len(shot.span)) for shot in shots if (number := measure.number(shot)) is not None]
        told = [(number, length) for number, length in told if math.isfinite(number)]
        if told:
            total = sum(length for _, length in told) or 1
            mean = sum(number * length for number, length in told) / total
            numbers = [number for number, _ in told]
            found.append(Mean(measure, mean, min(numbers), max(numbers), len(told)))
    return tuple(found)


def untold(shots: Sequence[Shot]) -> dict[str, int]:
    """Question to the number of shots whose answer is unknown; those that all shots answer are not there."""
    counts = {name: sum(answer(shot) is None for shot in shots) for name, answer in QUESTIONS.items()}
    return {name: count for name, count in counts.items() if count}
