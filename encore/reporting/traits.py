"""Which numbers of a shot are a wound or a trait to keep, from where on, and what that means for people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from encore.core.findings import Shot
from encore.core.time import TICKS_PER_FRAME


@dataclass(frozen=True, slots=True)
class Trait:
    """A number of a shot that means something from some size on.

    Attributes:
        kind: whether restoration should heal it or leave it.
        title: what it is called.
        words: what it is, in one or two sentences.
        number: of a shot, 0 or more; None where it could not be told.
        seen: from where on it is told.
        strong: where it is as marked as it gets; less than `seen` where small numbers are the marked ones.
        unit: shown behind the number; empty where the number says nothing to people.
        origin: of `seen` and `strong`.
        factor: from the number to its unit.
    """

    kind: Literal["wound", "patina"]
    title: str
    words: str
    number: Callable[[Shot], float | None]
    seen: float
    strong: float
    unit: str
    origin: str
    factor: float = 1.0


def _of_codec(shot: Shot) -> float | None:
    return shot.noise.luma_sigma if shot.noise and shot.noise.kind == "codec" else None


def _of_camera(shot: Shot) -> float | None:
    return shot.noise.luma_sigma if shot.noise and shot.noise.kind != "codec" else None


def _shift(shot: Shot) -> float | None:
    found = shot.composite
    shifts = (found.chroma_shift_across, found.chroma_shift_down) if found else ()
    return max((abs(shift) for shift in shifts if shift is not None), default=None)


def _dropouts(shot: Shot) -> float | None:
    return shot.damage.dropout_lines * TICKS_PER_FRAME / max(1, len(shot.span)) if shot.damage else None


def _lamps(shot: Shot) -> float | None:
    """Clipping counts as light only where the range is right."""
    if shot.light is None or (shot.composite and shot.composite.range_suspect):
        return None
    return max(shot.light.clipped)


def _coloured(shot: Shot) -> float | None:
    """Saturation of the strongest light."""
    colours = shot.light.colours if shot.light else ()
    return 1 - min(colours[0]) / max(*colours[0], 1e-6) if colours else None


TRAITS = (
    Trait(
        "wound", "Dropouts", "Pieces of lines are missing where the tape has lost its coating, mostly as short "
        "bright or dark streaks.", _dropouts, 0.2, 2, "pieces in 100 frames",
        "digital tapes, which have none, measured up to 0.18 a frame; two in every frame spoil the picture", 100,
    ),
    Trait(
        "wound", "Snow", "Frames that are mostly noise, without a picture.",
        lambda shot: shot.damage and shot.damage.snow_frames, 1, 30, "frames a shot",
        "one is seen; 30 are a second of them",
    ),
    Trait(
        "wound", "Line jitter", "Lines are shifted sideways against each other, upright edges look frayed.",
        lambda shot: shot.damage and shot.damage.jitter, 0.5, 2, "samples",
        "half a sample doubles the width of a sharp edge (sigma 0.3 to 0.6); 2 samples are a judgement",
    ),
    Trait(
        "wound", "Head switching", "The lowest lines are torn where the recorder changed its video heads; "
        "television sets hid them.", lambda shot: shot.damage and shot.damage.head_switching_lines, 1, 12, "lines",
        "one is seen; VHS switches 5 to 8 lines before the end of a field, so 12 lines of a frame are its usual most",
    ),
    Trait(
        "wound", "Scratches", "Upright lines that stand still over the picture.",
        lambda shot: shot.damage and len(shot.damage.scratches), 1, 4, "a shot", "one is seen",
    ),
    Trait(
        "wound", "Dot crawl", "Dots crawl along edges of colour: brightness and colour once shared one wire.",
        lambda shot: shot.composite and shot.composite.dot_crawl, 2, 8, "codes",
        "2 of 219 codes are about the contrast that the eye sees in a regular pattern (1 %)",
    ),
    Trait(
        "wound", "Rainbows", "False colour shimmers on fine patterns, for the same reason as dot crawl.",
        lambda shot: shot.composite and shot.composite.rainbow, 3, 12, "codes",
        "colour is seen less sharply than brightness: half as much again as for dot crawl, a judgement",
    ),
    Trait(
        "wound", "Shifted colour", "Colour lies beside the things it belongs to.", _shift, 1, 4, "samples",
        "colour has half of the samples; less than one of luma is within its own raster",
    ),
    Trait(
        "wound", "Blocks and mosquitoes of compression", "The codec threw away what it could not afford: blocks in "
        "flat parts, noise around edges.", lambda shot: shot.compression and shot.compression.severity, 0.3, 0.8,
        "of 1", "a judgement; digital tapes that look clean measured 0.2 to 0.3, a coarse one 0.76",
    ),
    Trait(
        "wound", "Banding", "Soft gradients, such as light in haze, became staircases.",
        lambda shot: shot.compression and shot.compression.banding, 0.1, 0.5, "% of gradients",
        "one gradient in ten, one in two: a judgement", 100,
    ),
    Trait(
        "wound", "Colour noise", "Blotches of colour that no camera saw and no light made.",
        lambda shot: shot.noise and shot.noise.chroma_sigma, 3, 8, "codes",
        "as for rainbows",
    ),
    Trait(
        "wound", "Noise made by compression", "What moves here is not grain any more but what the codec made of it.",
        _of_codec, 2, 8, "codes", "as for dot crawl",
    ),
    Trait(
        "wound", "Little detail", "The recording carried no finer detail than this; the rest must be rebuilt "
        "from several frames and from experience.", lambda shot: shot.sharpness and shot.sharpness.luma_bandwidth,
        0.5, 0.2, "% of what the raster can hold",
        "VHS reaches 21 to 36 % of the raster's bandwidth, DV and DVD about 80 %", 100,
    ),
    Trait(
        "wound", "Bright seams", "Edges were sharpened once, they carry a bright or dark seam.",
        lambda shot: shot.sharpness and shot.sharpness.halo, 0.1, 0.4, "% of the edge",
        "a tenth of the edge is seen, a judgement; eight real tapes measured 0 to 14 %", 100,
    ),
    Trait(
        "wound", "Wrong range of levels", "Black is grey or white is cut off: the levels were written in another "
        "range than the file claims.", lambda shot: shot.composite and float(bool(shot.composite.range_suspect)),
        1, 1, "", "either the levels fit the claim or they do not",
    ),
    Trait(
        "wound", "Wrong colour matrix", "Colours are a little off: they were written with another matrix than the "
        "file claims.", lambda shot: shot.composite and float(bool(shot.composite.matrix_suspect)),
        1, 1, "", "either the colours fit the claim or they do not",
    ),
    Trait(
        "patina", "Grain", "The fine noise of camera, tape or film. It is lowered for the eye and laid over the "
        "film again; plastic smoothness is no aim.", _of_camera, 1, 8, "codes",
        "one code is the smallest step of the tape; eight times that is a judgement",
    ),
    Trait(
        "patina", "Light beyond the tape's limit", "Lamps and what they light are brighter than the tape can hold. "
        "That is how it looked; there is nothing behind it to bring back.", _lamps, 0.005, 0.1, "% of the picture",
        "half a percent is a square of 40 samples, a lamp; a tenth floods the stage: a judgement", 100,
    ),
    Trait(
        "patina", "Coloured light", "Deep red, blue or green light of the stage. White balance would take it away.",
        _coloured, 0.5, 1, "", "the weakest part of the light is half of the strongest: plainly a colour, a judgement",
    ),
    Trait(
        "patina", "Hand-held camera", "The camera breathes with the one who holds it.",
        lambda shot: shot.motion and shot.motion.shake, 1, 4, "samples a frame",
        "steady shots of real tapes measured 0.1 to 0.7, one from the hand 2.5",
    ),
    Trait(
        "patina", "Soft lens", "Edges are wide as filmed: out of focus, or a soft lens.",
        lambda shot: shot.sharpness and shot.sharpness.blur_sigma, 2.5, 6, "samples",
        "a Gaussian that leaves what VHS can hold has 1.5 to 2.5 samples (12 dB at 36 to 21 %); wider is the lens",
    ),
)  # fmt: skip
"""All traits, in no order: the diagnosis sorts by what was found."""
