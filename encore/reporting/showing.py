"""One film as ffmpeg shows it: when it starts, how it keeps another's pace, how its samples become BT.709 pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from encore.core.source import VideoStream
from encore.media.inspect import inspect
from encore.media.process import run

SAME_SHAPE = 0.03
"""Relative difference up to which A is stretched to B's shape: BT.601 samples make 4:3 tapes 1.364 wide (2.3 %)."""
TAPE_LINES = 576
"""Frames with more lines come from no standard-definition tape; their flags are believed."""
RATE_IF_UNKNOWN = Fraction(25)
"""Frames per second, what ffmpeg too assumes of streams without a clock."""
MATRICES = {"bt601": "smpte170m", "bt709": "bt709", "smpte240m": "smpte240m", "rgb": "gbr"}
"""Our names to zscale's; primaries are called alike. It converts them in BT.1886 light, as `encore.media.colour`."""
FILE = re.compile(r"Duration: (\d+):(\d+):([\d.]+), start: (-?[\d.]+)")
FIRST = re.compile(r" n: *0 pts: *\S+ pts_time:(-?[\d.]+)")
"""ffmpeg's words for the length and start of a file, and for when its first picture shows."""
TIME = "-copyts"
"""Keeps the file's own clock: without it ffmpeg counts from the first of the streams that happen to be used."""


@dataclass(frozen=True, slots=True)
class Film:
    """What is needed to show a film beside another; seconds are on the file's own clock."""

    path: Path
    video: VideoStream
    length_s: Fraction
    """Of the whole file; 0 where the file does not say."""
    start_s: Fraction
    """First timestamp of any stream."""
    first_s: Fraction
    """When the first picture shows."""

    @property
    def shown_s(self) -> Fraction:
        """Seconds from the first picture to the end of the file, 0 or less where the file does not say."""
        return self.length_s - (self.first_s - self.start_s)

    @property
    def rate(self) -> Fraction:
        """Frames per second."""
        return self.video.rate or RATE_IF_UNKNOWN

    @property
    def shape(self) -> Fraction | None:
        """Width over height of the picture as flagged; None where nothing is flagged."""
        aspect = self.video.sample_aspect
        return aspect * self.video.width / self.video.height if aspect else None


def look(path: Path) -> Film:
    """A film's picture stream, and length and start as ffmpeg says them, since it cuts by its own clock.

    Raises:
        InputError: no media file, or one without a picture.
        ToolError: its first picture cannot be decoded.
    """
    video = inspect(path).video
    one_frame = ["-map", f"0:{video.index}", "-vf", "showinfo=checksum=0", "-frames:v", "1", "-f", "null", "-"]
    said = run(f"looking at {path}", ["-loglevel", "info", "-nostats", TIME, "-i", str(path), *one_frame])
    file, picture = FILE.search(said), FIRST.search(said)
    first = Fraction(picture.group(1)) if picture else Fraction(0)
    if not file:
        return Film(path, video, Fraction(0), first, first)
    hours, minutes, seconds, start = (Fraction(text) for text in file.groups())
    return Film(path, video, hours * 3600 + minutes * 60 + seconds, start, first)


def even(value: Fraction) -> int:
    """The nearest even number of samples, at least 16: what 4:2:0 and every encoder accept."""
    return max(16, round(value / 2) * 2)


def dressed(film: Film, size: tuple[int, int], pixels: str) -> str:
    """Filters from a film's own samples to `size` (width, height) in BT.709 and ffmpeg's format `pixels`.

    A tape fills all, since its flagged shape is seldom true and pictures must lie on each other; so does a film
    without a flagged shape. Any other film keeps its shape with black around it.
    """
    width, height = size
    inner_w, inner_h = size
    shape = film.shape if film.video.height > TAPE_LINES else None
    if shape and abs(float(shape * height / width) - 1) > SAME_SHAPE:
        inner_w, inner_h = (width, even(width / shape)) if shape * height > width else (even(height * shape), height)
    colour = film.video.colour
    given = f"matrixin={MATRICES[colour.matrix]}:primariesin={colour.primaries}:transferin=bt709"
    given += f":rangein={'full' if colour.full_range else 'limited'}:chromalin={colour.siting}"
    wanted = "matrix=bt709:primaries=bt709:transfer=bt709:range=limited:chromal=left"
    # setfield: a woven frame is one picture here; zscale would else resize its fields apart
    scaled = f"zscale=w={inner_w}:h={inner_h}:filter=lanczos:{given}:{wanted}"
    steps = ["setfield=prog", scaled, f"format={pixels}", "setsar=1"]
    if (inner_w, inner_h) != size:
        steps.append(f"pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:black")
    return ",".join(steps)


def paced(first_s: Fraction, rate: Fraction) -> str:
    """Filters to constant `rate` by repeating or leaving out; the picture at `first_s` becomes number 0.

    At any moment the latest picture shows; a quarter of a frame of room is for timestamps rounded to milliseconds.
    """
    return f"setpts=PTS-({float(first_s + 1 / (4 * rate)):.6f})/TB,fps={rate}:round=up"


def jump_to(film: Film, at_s: Fraction) -> list[str]:
    """Input options to start `at_s` after the first picture without decoding all before; none near the start."""
    start = film.first_s - film.start_s + at_s - 1 / (2 * film.rate)  # half a frame before: rounding loses no frame
    return ["-ss", f"{float(start):.6f}"] if at_s > 0 and start > 0 else []
