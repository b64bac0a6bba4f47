"""Facts in words: sizes, lengths, rates, shapes and colours the way a person reads them."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping, Sequence
from fractions import Fraction

from encore.core.doc import Doc
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
BY_WORDS = {"rule": "by rule", "person": "decided by a person", "audition": "by audition"}
"""Whose decision something was."""
SETTING_NAMES = {
    "longest": "longest gap in pictures",
    "reach": "pictures looked at on each side",
    "spared": "effects of the light spared",
}
"""Parameters whose own names say too little beside a number."""
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


def moved_words(by: int) -> str:
    """What is shown in the place of a tape frame that was moved.

    Args:
        by: tape frames from its place to the one that is shown there.
    """
    return f"shows what lies {count_words(abs(by), 'tape frame')} {'later' if by > 0 else 'earlier'} on the tape"


def made_words(between: int, held: int, stuck: int) -> str:
    """How pictures were made anew: from both sides, from one side, or not at all."""
    parts = (
        f"{count_words(between, 'picture')} made from both sides" if between else "",
        f"{count_words(held, 'picture')} continued from one side" if held else "",
        f"{count_words(stuck, 'picture')} left, nothing good is near" if stuck else "",
    )
    return ", ".join(part for part in parts if part)


def repair_words(rebuilt: int, moved: int, left: int, held: int, stuck: int) -> str:
    """What became of all that was lost on a tape.

    Args:
        rebuilt: tape frames.
        moved: tape frames.
        left: places.
        held: pictures made from one side only.
        stuck: pictures that had nothing good near.
    """
    if not (rebuilt or moved or left):
        return "Nothing was lost: no tape frame was found missing, repeated or unreadable, and none was made anew."
    notes = ", ".join(
        part
        for part in (
            f"{count_words(held, 'picture')} could only be continued from one side" if held else "",
            f"{count_words(stuck, 'picture')} stayed as on the tape with nothing good near" if stuck else "",
        )
        if part
    )
    made = f"{count_words(rebuilt, 'tape frame')} {'was' if rebuilt == 1 else 'were'} made anew"
    place = f"{moved:,} {'is shown at its' if moved == 1 else 'are shown at their'} true time"
    rest = f"{count_words(left, 'place')} {'was' if left == 1 else 'were'} left as on the tape"
    return f"{made}{f' ({notes})' if notes else ''}, {place}, {rest}."


def guard_words(blended: int, blocks: int) -> str:
    """What the comparison of the film with the tape gave back."""
    if not blended:
        return f"None of {blocks:,} blocks of 32×32 had to be given back: nothing but noise was taken off."
    were = "was" if blended == 1 else "were"
    return (
        f"{blended:,} of {blocks:,} blocks of 32×32 {were} given back because more than noise was taken off there "
        f"({share_words(blended / blocks)})."
    )


def deblock_words(blended: int, blocks: int) -> str:
    """What the guard held back of what a network took for a codec's marks."""
    if not blended:
        return f"What was taken for marks of the codec was small enough to be so in all of {blocks:,} blocks of 32×32."
    were = "was" if blended == 1 else "were"
    return (
        f"{blended:,} of {blocks:,} blocks of 32×32 {were} given back a part of what was taken for marks of the codec, "
        f"because it was more than the codec can have done ({share_words(blended / blocks)})."
    )


def detail_words(blended: int, blocks: int) -> str:
    """What the comparison of the enlarged film with the tape took back of a network's detail."""
    if not blended:
        return f"What networks added agrees with the tape in all of {blocks:,} blocks of 32×32."
    were = "was" if blended == 1 else "were"
    return (
        f"{blended:,} of {blocks:,} blocks of 32×32 {were} given less of a network's detail than it made, because "
        f"all of it would not have agreed with the tape ({share_words(blended / blocks)})."
    )


def face_words(blended: int, faces: int) -> str:
    """What the comparison of restored faces with the tape took back of them; a face counts in every picture."""
    if not blended:
        return f"What was added to faces agrees with the tape in all of {faces:,} pictures of a face."
    were = "was" if blended == 1 else "were"
    return (
        f"{blended:,} of {faces:,} pictures of a face {were} given less than the network for faces found, because all "
        f"of it would not have agreed with the tape ({share_words(blended / faces)})."
    )


def settings(doc: Doc) -> dict[str, float | str]:
    """Parameters of a stage or a codec by name; lists as how many things they hold, what is not set left out."""
    told: dict[str, float | str] = {}
    for name, value in doc.model_dump(mode="json").items():
        if isinstance(value, bool) or not (value is None or isinstance(value, int | float | list)):
            told[name] = str(value)
        elif isinstance(value, list):
            told[name] = float(len(value))  # pyright: ignore[reportUnknownArgumentType]
        elif value is not None:
            told[name] = float(value)
    return {name: value for name, value in told.items() if name != "kind"}


def setting_words(docs: Sequence[Mapping[str, float | str]]) -> tuple[str, ...]:
    """Parameters of one or several stages of a kind: `era 0.35`, or from least to most `era 0.2 to 0.6`."""
    words: list[str] = []
    for name in dict.fromkeys(name for doc in docs for name in doc):
        values = [doc[name] for doc in docs if name in doc]
        numbers = [value for value in values if not isinstance(value, str)]
        texts = sorted({value for value in values if isinstance(value, str)})
        if numbers:
            ends = dict.fromkeys((number_words(min(numbers)), number_words(max(numbers))))
            texts.insert(0, " to ".join(ends))
        words.append(f"{SETTING_NAMES.get(name, name)} {', '.join(texts)}")
    return tuple(words)
