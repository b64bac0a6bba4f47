"""Two films as one to look at: side by side or with a wipe, as a film or as one picture, in true colours."""

from __future__ import annotations

import os
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from encore.core.doc import write_atomically
from encore.core.errors import InputError, OutputError, PlanError, ToolError
from encore.media.process import Tool, run
from encore.reporting.labels import Image, labels_of, laid_over
from encore.reporting.showing import TIME, Film, dressed, even, jump_to, look, paced

FORMATS = {".png": "", ".mp4": "mp4", ".mkv": "matroska"}
"""Suffix of the result to ffmpeg's muxer; a picture needs none."""
DIVIDER = 4
"""Pixels between the two; even, so that 4:2:0 chroma stays in step."""
WIPE_S = 6
"""Seconds in which the divider of a film goes to the right and back."""
TODO = "choose another folder or free some space"
LOWEST, HIGHEST = 120, 4320
TAGS = "setparams=range=limited:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
"""As a filter: colour given as output options is lost in part by ffmpeg 9."""


def compare_films(
    a: Path,
    b: Path,
    out: Path,
    *,
    mode: Literal["side", "wipe"] = "side",
    at_s: Fraction | None = None,
    height: int = 1080,
    offset_s: Fraction = Fraction(0),
) -> Path:
    """Show two films as one; A is shown as it is (an interlaced tape woven), at B's rate and in B's shape.

    An HD film of another shape than B keeps it, with black around. Films are compared as long
    as both last, with B's sound where the container can hold it.

    Args:
        a: before; shown left.
        b: after; shown right.
        out: returned; `.png` for one moment, `.mp4` or `.mkv` (H.264, 8 bits, BT.709) for a film.
        mode: `side`: both whole. `wipe`: A left of a divider, which moves in a film, else stands in the middle.
        at_s: for a picture, seconds from B's first picture; None: the middle.
        height: lines of each picture, even, 120 to 4320.
        offset_s: second of A, from its first picture, at which B begins.

    Raises:
        InputError: a film is missing or has no picture, or one of them has none at `at_s`.
        OutputError: `out` is one of the films, of an unknown kind, or cannot be written.
        PlanError: `height`, `at_s` or `offset_s` is out of range.
        ToolError: ffmpeg failed.
    """
    _refuse_files(a, b, out)
    _refuse_numbers(out, at_s, height, offset_s)
    films = look(a), look(b)
    size = (even(height * (films[1].shape or Fraction(films[1].video.width, films[1].video.height))), height)
    if out.suffix.lower() == ".png":
        _still(films, out, mode, at_s, offset_s, size=size)
    else:
        _moving(films, out, mode, offset_s, size)
    return out


def _still(
    films: tuple[Film, Film], out: Path, mode: str, at_s: Fraction | None, offset_s: Fraction, *, size: tuple[int, int]
) -> None:
    pictures = _moment(*films, at_s, offset_s, size)
    joined = _side_by_side(pictures) if mode == "side" else _half_and_half(pictures)
    _write_picture(out, laid_over(joined, labels_of(_names(films), joined.shape[1], size[1], ends=mode == "wipe")))


def _moving(films: tuple[Film, Film], out: Path, mode: str, offset_s: Fraction, size: tuple[int, int]) -> None:
    if not _together(*films, offset_s):
        todo = "check the offset; remux a film that does not say its length"
        raise InputError(f"{films[0].path} and {films[1].path}: do not last together", todo=todo)
    across = 2 * size[0] + DIVIDER if mode == "side" else size[0]
    with tempfile.TemporaryDirectory(prefix="encore-compare-") as folder:
        labels = Path(folder) / "labels.png"
        labels.write_bytes(_png(labels_of(_names(films), across, size[1], ends=mode == "wipe")))
        _write_film(films, labels, out, _graph(*films, offset_s, size, mode), offset_s)


def _refuse_files(a: Path, b: Path, out: Path) -> None:
    for path in (a, b):
        if not path.is_file():
            raise InputError(f"{path}: there is no such file", todo="check the name")
        if path.resolve() == out.resolve() or (out.exists() and path.samefile(out)):
            raise OutputError(f"{out}: would overwrite one of the films", todo="choose another name for the comparison")
    if out.suffix.lower() not in FORMATS:
        kind = out.suffix or "a file without suffix"
        raise OutputError(f"{out}: a comparison cannot be written as {kind}", todo="use .png, .mp4 or .mkv")
    if not out.parent.is_dir():
        raise OutputError(f"{out.parent}: there is no such folder", todo="make it first")


def _refuse_numbers(out: Path, at_s: Fraction | None, height: int, offset_s: Fraction) -> None:
    if height % 2 or not LOWEST <= height <= HIGHEST:
        raise PlanError(f"height {height} must be even and from {LOWEST} to {HIGHEST}")
    if at_s is not None and out.suffix.lower() != ".png":
        raise PlanError("a moment is for a picture", todo="give a .png, or leave the moment out")
    if offset_s < 0 or (at_s is not None and at_s < 0):
        raise PlanError("a film cannot be shown before its first picture", todo="give seconds from 0")


def _names(films: tuple[Film, Film]) -> tuple[str, str]:
    a, b = (f"{film.path.name}  {film.video.width}×{film.video.height}" for film in films)
    return a, b


def _together(a: Film, b: Film, offset_s: Fraction) -> Fraction:
    """Seconds that both last from B's first picture on; 0 where a file does not say."""
    return max(Fraction(0), min(a.shown_s - offset_s, b.shown_s))


def _moment(a: Film, b: Film, at_s: Fraction | None, offset_s: Fraction, size: tuple[int, int]) -> tuple[Image, Image]:
    """What both show at one moment."""
    number = int((at_s if at_s is not None else _together(a, b, offset_s) / 2) * b.rate)
    before = _picture(a, number / b.rate + offset_s, b.rate, dressed(a, size, "yuv444p"), size)
    return before, _picture(b, number / b.rate, b.rate, dressed(b, size, "yuv444p"), size)


def _picture(film: Film, at_s: Fraction, rate: Fraction, dress: str, size: tuple[int, int]) -> Image:
    """The picture that shows `at_s` seconds after the film's first, as `_graph` would show it at `rate`."""
    run_up = min(int(at_s * rate), -(-rate.numerator // rate.denominator))  # about a second, whole frames
    start_s = at_s - run_up / rate
    exact = "accurate_rnd+full_chroma_inp+full_chroma_int"
    to_rgb = f"scale=in_color_matrix=bt709:in_range=tv:out_range=pc:flags={exact},format=bgr24"
    graph = f"{paced(film.first_s + start_s, rate)}:start_time={float(run_up / rate):.6f},{dress},{to_rgb}"
    arguments = [
        TIME,
        "-noautorotate",
        *jump_to(film, start_s),
        "-i",
        str(film.path),
        "-map",
        f"0:{film.video.index}",
        "-vf",
        graph,
    ]
    width, height = size
    with Tool(
        f"taking a picture from {film.path}", [*arguments, "-frames:v", "1", "-f", "rawvideo", "-"], output=True
    ) as tool:
        data = tool.read(width * height * 3)
    if len(data) < width * height * 3:
        raise InputError(
            f"{film.path}: has no picture {float(at_s):.3f} s after its first", todo="choose an earlier moment"
        )
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)


def _graph(a: Film, b: Film, offset_s: Fraction, size: tuple[int, int], mode: str) -> str:
    """The filter graph from [0], [1] and labels [2] to [out], on B's clock."""
    width, height = size
    beside, period = width + DIVIDER, f"(1-cos(2*PI*t/{WIPE_S}))/2"
    films = (
        f"[0:{a.video.index}]{paced(a.first_s + offset_s, b.rate)},{dressed(a, size, 'yuv420p')}[a];"
        f"[1:{b.video.index}]{paced(b.first_s, b.rate)},{dressed(b, size, 'yuv420p')}"
    )
    if mode == "side":
        joined = f"[b];[a]pad={beside}:{height}:0:0:white[c];[c][b]hstack"
    else:
        flat = "format=yuv420p,lutyuv=y={0}:u={0}:v={0}"
        joined = (
            f"[b];color=black:s={size[0]}x{height}:r={b.rate},{flat.format(0)}[n];"
            f"color=black:s={size[0]}x{height}:r={b.rate},{flat.format(255)}[y];"
            f"[n][y]hstack,crop={width}:{height}:x='{width}*(1-{period})':y=0[m];"
            f"color=white:s={DIVIDER}x{height}:r={b.rate},format=yuv420p[d];"
            f"[a][b][m]maskedmerge[w];[w][d]overlay=x='{width}*{period}-{DIVIDER // 2}':y=0:shortest=1"
        )
    ending = f"trim=end={float(_together(a, b, offset_s)):.6f},setpts=PTS+{float(b.first_s):.6f}/TB"
    return f"{films}{joined}[j];[j][2:v]overlay=0:0:format=yuv420,{TAGS},{ending}[out]"


def _write_film(films: tuple[Film, Film], labels: Path, out: Path, graph: str, offset_s: Fraction) -> None:
    a, b = films
    kind = FORMATS[out.suffix.lower()]
    aside = out.with_name(f".{out.name}.{os.getpid()}.part")
    sound_s = b.first_s - b.start_s + _together(a, b, offset_s)
    inputs = [TIME, "-noautorotate", *jump_to(a, offset_s), "-i", str(a.path)]
    inputs += ["-noautorotate", "-t", f"{float(sound_s):.6f}", "-i", str(b.path), "-i", str(labels)]
    picture = ["-filter_complex", graph, "-map", "[out]", "-fps_mode", "passthrough"]
    codec = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p"]
    ending = ["-avoid_negative_ts", "make_zero", "-f", kind, str(aside)]
    try:
        run(f"comparing {a.path.name} and {b.path.name}", [*inputs, *picture, *codec, *_sound(b, kind), *ending])
        aside.replace(out)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(
            f"{out}: cannot be written ({error})", todo="choose another folder or free some space"
        ) from error
    finally:
        aside.unlink(missing_ok=True)


def _sound(b: Film, kind: str) -> list[str]:
    """Options that carry B's sound over, none where it has none or the container refuses it: tried on its start."""
    trial = ["-i", str(b.path), "-map", "0:a", "-c", "copy", "-t", "0.5", "-f", kind]
    with tempfile.TemporaryDirectory(prefix="encore-sound-") as folder:
        try:
            run("trying the sound", [*trial, str(Path(folder) / "sound")])
        except ToolError:
            return ["-an"]
    return ["-map", "1:a", "-c:a", "copy"]


def _side_by_side(pictures: tuple[Image, Image]) -> Image:
    divider = np.full((pictures[0].shape[0], DIVIDER, 3), 255, np.uint8)
    return np.concatenate([pictures[0], divider, pictures[1]], axis=1)


def _half_and_half(pictures: tuple[Image, Image]) -> Image:
    middle = pictures[0].shape[1] // 2
    joined = np.concatenate([pictures[0][:, :middle], pictures[1][:, middle:]], axis=1)
    joined[:, middle - DIVIDER // 2 : middle + DIVIDER // 2] = 255
    return joined


def _png(image: Image) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def _write_picture(out: Path, image: Image) -> None:
    try:
        write_atomically(out, _png(image))
    except OSError as error:
        raise OutputError(
            f"{out}: cannot be written ({error})", todo="choose another folder or free some space"
        ) from error
