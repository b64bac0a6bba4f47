"""The same with real motion: clips that are truly progressive, reduced to a tape's raster; needs --tapes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from benchmarks.repair.asked import Asked
from benchmarks.repair.deinterlace import all_played, told
from benchmarks.repair.rebuild import triplets
from benchmarks.repair.recording import NTSC, PAL, Hiss, Planes, interlaced, record
from benchmarks.repair.scores import Array, chroma, luma, psnr, unsteadiness
from benchmarks.scan.table import Row
from encore.core.video import CHROMA_CODES, LUMA_CODES
from encore.media.colour import display_rgb
from encore.media.decode import decoded, raw
from encore.media.inspect import inspect

WIDTH = 720
PICTURES = 24
SCORED = slice(4, 20)
"""Pictures that have neighbours on both sides."""
CROP = (180, 240)
"""Lines and samples of a still, before it is doubled."""


@dataclass(frozen=True)
class Real:
    """A clip without cuts.

    Attributes:
        name: of the file, below the folder of tapes.
        start: its first frame.
        lines: of the raster.
        asked: gain over bwdif, dB.
    """

    name: str
    start: int
    lines: int
    asked: float = -0.1


CLIPS = (
    Real("clean/hd720p50_street_performer_crowd.avi", 60, 576, asked=1.0),
    Real("clean/hd720_people_walk_far_to_near_street.mp4", 200, 480),
    Real("clean/hd720_erhu_player_stage.mp4", 60, 576),
    Real("clean/hd720_club_concert_red_green_cuts.mp4", 60, 480),
    Real("clean/hd1080_h264_film_woman_face.ts", 30, 576),
    Real("clean/uhd2160_hevc_fashion_runway_face.ts", 2, 576),
)
"""The first has 50 pictures a second, true field rate, of which 1 dB is asked (algorithm trials); the others 24 to 30,
so that their motion is twice as fast as a tape's."""


def bench(asked: Asked) -> Iterator[Row]:
    """Rows of the table."""
    if asked.tapes is None or not asked.tapes.is_dir():
        return
    gains: list[float] = []
    for clip in CLIPS if asked.full else CLIPS[:2]:
        truth = _truth(asked.tapes, clip)
        yield from _clip(clip, truth, asked, gains)
        yield from triplets(Path(clip.name).stem, truth)
    yield Row("real", f"over bwdif, {len(gains)} clips, mean, dB", float(np.mean(gains)), digits=2)


def _clip(clip: Real, truth: Sequence[Planes], asked: Asked, gains: list[float]) -> Iterator[Row]:
    name = Path(clip.name).stem
    with tempfile.TemporaryDirectory() as folder:
        path = record(Path(folder) / "tape.mkv", interlaced(truth, Hiss()), PAL if clip.lines == 576 else NTSC)
        made = dict(all_played(path, (WIDTH, clip.lines), asked.weights))
    some = {one: pictures[SCORED] for one, pictures in made.items()}
    true = truth[SCORED]
    figures = {one: luma(pictures, true) for one, pictures in some.items()}
    gains.append(figures["ours"] - figures["bwdif"])
    yield Row("real", f"{name}: {told(figures)}; over bwdif, dB", gains[-1], ">=", clip.asked, 2)
    colours = {one: chroma(pictures, true) for one, pictures in some.items() if one in ("ours", "bwdif")}
    yield Row("real", f"{name}: chroma over bwdif, dB", colours["ours"] - colours["bwdif"], ">=", -0.1, 2)
    each = [psnr(a[0], t[0]) - psnr(b[0], t[0]) for a, b, t in zip(some["ours"], some["bwdif"], true, strict=True)]
    yield Row("real", f"{name}: over bwdif, its worst picture, dB", min(each), digits=2)
    changing = unsteadiness(some["ours"], true) / unsteadiness(some["bwdif"], true)
    yield Row("real", f"{name}: error that changes over time over that of bwdif", changing)
    if asked.stills:
        _stills(asked.stills, name, some, true)


def _truth(tapes: Path, clip: Real) -> list[Planes]:
    """Pictures of a clip at the tape's raster, planes reduced by the mean of areas; an even number."""
    path = tapes / clip.name
    frames = islice(decoded(path, inspect(path).video.index), clip.start, clip.start + PICTURES)
    pictures: list[Planes] = []
    for _, frame in frames:
        found = raw(frame)
        scale = np.float32(1 << (found.depth - 8))
        y, cb, cr = (plane.astype(np.float32) / scale for plane in found.planes)
        half = (WIDTH // 2, clip.lines // 2)
        pictures.append(
            (
                np.asarray(cv2.resize(y, (WIDTH, clip.lines), interpolation=cv2.INTER_AREA), np.float32),
                np.asarray(cv2.resize(cb, half, interpolation=cv2.INTER_AREA), np.float32),
                np.asarray(cv2.resize(cr, half, interpolation=cv2.INTER_AREA), np.float32),
            )
        )
    return pictures[: len(pictures) // 2 * 2]


def _stills(folder: Path, name: str, made: Mapping[str, Sequence[Planes]], true: Sequence[Planes]) -> None:
    """Truth, bwdif and ours side by side, where ours errs most and where it loses most against bwdif."""
    folder.mkdir(parents=True, exist_ok=True)
    ours, others = made["ours"], made["bwdif"]
    errors = [np.asarray((a[0] - t[0]) ** 2) for a, t in zip(ours, true, strict=True)]
    losses = [error - (b[0] - t[0]) ** 2 for error, b, t in zip(errors, others, true, strict=True)]
    for what, maps in (("error", errors), ("loss", losses), ("win", [-loss for loss in losses])):
        number = int(np.argmax([_worst(one)[0] for one in maps]))
        _, (top, left) = _worst(maps[number])
        trio = [_crop(planes, top, left) for planes in (true[number], others[number], ours[number])]
        sheet = cv2.resize(np.hstack(trio), None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
        place = folder / f"{name}_{what}_{SCORED.start + number}.png"
        cv2.imwrite(str(place), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))


def _worst(errors: Array) -> tuple[float, tuple[int, int]]:
    """The largest mean over a crop, and its upper left corner."""
    high, wide = CROP
    means = cv2.blur(np.asarray(errors, np.float32), (wide, high), borderType=cv2.BORDER_REFLECT)
    inside = means[high // 2 : errors.shape[0] - high // 2, wide // 2 : errors.shape[1] - wide // 2]
    top, left = np.unravel_index(int(np.argmax(inside)), inside.shape)
    return float(inside.max()), (int(top), int(left))


def _crop(planes: Planes, top: int, left: int) -> Array:
    height, width = planes[0].shape
    y = (planes[0] - 16) / LUMA_CODES
    cb, cr = (
        cv2.resize((plane - 128) / CHROMA_CODES, (width, height), interpolation=cv2.INTER_LINEAR)
        for plane in planes[1:]
    )
    return display_rgb(y, cb, cr)[top : top + CROP[0], left : left + CROP[1]]
