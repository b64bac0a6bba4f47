"""Facts in words: sizes, lengths, rates, shapes and colours the way a person reads them."""

from __future__ import annotations

import colorsys
from fractions import Fraction

from encore.core.findings import FieldOrder
from encore.core.source import VideoStream
from encore.core.time import timecode
from encore.core.video import Colour

SIZES = ("bytes", "kB", "MB", "GB", "TB")
KNOWN_SHAPES = (Fraction(4, 3), Fraction(16, 9), Fraction(3, 2), Fraction(1), Fraction(9, 16), Fraction(3, 4))
"""Shapes that people know by name."""
SAME_SHAPE = 0.005
"""Relative difference below which a shape is called by its name: three pixels in 640."""
NEAR_SHAPE = 0.03
"""Relative difference up to which it is called near: BT.601 samples make 4:3 tapes 1.364 wide (2.3 %)."""
MATRIX_WORDS = {"bt601": "BT.601", "bt709": "BT.709", "smpte240m": "SMPTE 240M", "rgb": "R'G'B'"}
PRIMARIES_WORDS = {"bt709": "BT.709", "smpte170m": "SMPTE-C (525 lines)", "bt470bg": "EBU (625 lines)"}
HUES = ((15, "red"), (40, "orange"), (70, "yellow"), (165, "green"), (200, "cyan"), (255, "blue"), (290, "violet"),
        (340, "magenta"), (361, "red"))  # fmt: skip
"""Names of hues up to an angle in degrees, about as people draw the borders between them."""
PALE = 0.2
"""Saturation below which light is called white: that of 5000 K, (255, 228, 206) in sRGB, still is."""
ORDER_WORDS: dict[str, str] = {"tff": "top field first", "bff": "bottom field first"}


def printable(text: str) -> str:
    """Text that can be written as UTF-8; bytes of odd file names that are no text become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def size_words(count: int) -> str:
    """Bytes in powers of 1000, three digits or so: `4.2 GB`."""
    value, unit = float(count), 0
    while value >= 999.95 and unit < len(SIZES) - 1:
        value, unit = value / 1000, unit + 1
    return f"{count} {SIZES[0]}" if unit == 0 else f"{value:.{2 if value < 10 else 1}f} {SIZES[unit]}"


def rate_words(rate: Fraction | None) -> str:
    """Frames per second with its exact fraction where it is none of the whole numbers."""
    if rate is None:
        return "unknown"
    if rate.denominator == 1:
        return f"{rate.numerator} frames/s"
    return f"{float(rate):.3f} frames/s ({rate.numerator}/{rate.denominator})"


def bit_rate_words(bits_per_s: float) -> str:
    """Bits per second in Mbit/s, or kbit/s below one."""
    return f"{bits_per_s / 1e6:.2f} Mbit/s" if bits_per_s >= 1e6 else f"{bits_per_s / 1e3:.0f} kbit/s"


def shape_words(aspect: Fraction) -> str:
    """Width over height as people say it: `4:3`, `1.364:1 (near 4:3)`, `2.350:1`."""
    nearest = min(KNOWN_SHAPES, key=lambda known: abs(float(aspect / known) - 1))
    off = abs(float(aspect / nearest) - 1)
    name = f"{nearest.numerator}:{nearest.denominator}"
    if off <= SAME_SHAPE:
        return name
    return f"{float(aspect):.3f}:1" + (f" (near {name})" if off <= NEAR_SHAPE else "")


def colour_words(colour: Colour) -> str:
    """How code values become light, in one line."""
    words = (
        f"{MATRIX_WORDS[colour.matrix]} matrix, {PRIMARIES_WORDS[colour.primaries]} primaries, "
        f"{'full range 0–255' if colour.full_range else 'studio range 16–235'}, chroma sited {colour.siting}"
    )
    return words + (" (partly guessed from the line count: the tape does not say)" if colour.guessed else "")


def scan_words(mode: str, order: FieldOrder, offset: int = 0) -> str:
    """A measured scan type in words."""
    if mode == "progressive":
        return "progressive, pictures straddle frames" if offset else "progressive"
    return f"{'3:2 film' if mode == 'film' else mode}, {ORDER_WORDS[order]}"


def flag_words(video: VideoStream) -> str:
    """The scan type that the file claims, in words."""
    return {"unknown": "says nothing", "progressive": "progressive"}.get(
        video.flagged, f"interlaced, {ORDER_WORDS.get(video.flagged, video.flagged)}"
    )


def number_words(value: float | str) -> str:
    """A measured number with the digits that matter; text as it is."""
    if isinstance(value, str):
        return value
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def seconds_words(value: float) -> str:
    """A length of work: `0.42 s`, `12.3 s`, `3 min 20 s`, `1 h 05 min`."""
    if value < 60:
        return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def span_words(start_s: Fraction, stop_s: Fraction) -> str:
    """From when to when, as timecodes."""
    return f"{timecode(start_s)} – {timecode(stop_s)}"


def count_words(count: int, noun: str) -> str:
    """How many of what: `1 frame`, `1,204 frames`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def share_words(share: float) -> str:
    """A part of the whole that neither vanishes nor becomes whole by rounding: `61 %`, `under 0.1 %`, `over 99 %`."""
    percent = share * 100
    if percent <= 0 or percent >= 100:
        return f"{min(100, max(0, percent)):.0f} %"
    if percent < 0.1:
        return "under 0.1 %"
    return "over 99 %" if percent > 99 else f"{percent:.{1 if percent < 10 else 0}f} %"


def light_words(light: tuple[float, float, float]) -> str:
    """The colour of a light, R'G'B' from 0 to 1, as people call it."""
    red, green, blue = (min(1.0, max(0.0, part)) for part in light)
    hue, saturation, _ = colorsys.rgb_to_hsv(red, green, blue)
    if saturation < PALE:
        return "white"
    return next(name for end, name in HUES if hue * 360 < end)
