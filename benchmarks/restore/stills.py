"""Pictures side by side, where the ways to make a film differ most."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks.repair.recording import Planes
from benchmarks.restore.contenders import Film
from benchmarks.restore.taping import Taped
from encore.core.video import CHROMA_CODES, LUMA_CODES, Plane
from encore.media.colour import display_rgb
from encore.motion.light import BLACK

CROP = (270, 360)
"""Lines and samples of each, shown at double size."""


def stills(folder: Path, tape: Taped, films: Sequence[Film]) -> None:
    """Write one picture: the truth and every film of it, cut out where films are furthest apart."""
    folder.mkdir(parents=True, exist_ok=True)
    middle = len(tape.truth) // 2
    spread: Plane = np.stack([film.planes[middle][0] for film in films]).std(axis=0, dtype=np.float32)
    high, wide = CROP
    means: Plane = cv2.blur(spread, (wide, high))[high // 2 : -high // 2, wide // 2 : -wide // 2]
    top, left = (int(place) for place in np.unravel_index(int(np.argmax(means)), means.shape))
    crops = [_crop(planes, top, left) for planes in (tape.truth[middle], *(film.planes[middle] for film in films))]
    sheet = cv2.resize(np.hstack(crops), None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    cv2.imwrite(str(folder / f"{tape.name}.png"), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    (folder / "order.txt").write_text("\n".join(["truth", *(film.by for film in films)]) + "\n", encoding="utf-8")


def _crop(planes: Planes, top: int, left: int) -> Plane:
    height, width = planes[0].shape
    y = (planes[0] - np.float32(BLACK)) / np.float32(LUMA_CODES)
    cb, cr = (cv2.resize((plane - np.float32(128)) / np.float32(CHROMA_CODES), (width, height)) for plane in planes[1:])
    return display_rgb(y, cb, cr)[top : top + CROP[0], left : left + CROP[1]]
