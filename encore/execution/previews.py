"""Before and after pictures of a chunk, kept while it is being restored, for the report."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from encore.core.doc import write_atomically
from encore.core.time import TICKS_PER_FRAME
from encore.core.video import Clip, Plane
from encore.execution.job import Job
from encore.media.colour import display_rgb, working_planes
from encore.tape.reader import Reader

PREVIEW_LINES = 1080
JPEG_QUALITY = 90


def save_previews(folder: Path, key: str, before: Plane, clip: Clip, index: int) -> None:
    """Write `<key>.before.jpg` and `<key>.after.jpg`.

    Args:
        folder: where to.
        key: of the chunk.
        before: (H, W, 3) R'G'B' of the tape frame.
        clip: restored pictures.
        index: position of the picture in it.
    """
    _save(folder / f"{key}.before.jpg", before)
    _save(folder / f"{key}.after.jpg", _after(clip, index))


def before(job: Job, picture: int, reader: Reader) -> Plane:
    """(H, W, 3) R'G'B' of the woven tape frame that a picture was made from."""
    frame = reader.frame(job.take.ticks(picture).start // TICKS_PER_FRAME)
    return display_rgb(*working_planes(frame, reader.source.video.colour))


def _after(clip: Clip, index: int) -> Plane:
    """A restored picture in 16-bit codes, at most `PREVIEW_LINES` high, as R'G'B'."""
    height = min(PREVIEW_LINES, clip.format.height)
    size = (round(clip.format.width * height / clip.format.height), height)
    planes = [_smaller(plane[index], size) for plane in (clip.y, clip.cb, clip.cr)]
    return display_rgb((planes[0] - 4096) / 56064, (planes[1] - 32768) / 57344, (planes[2] - 32768) / 57344)


def _save(path: Path, rgb: Plane) -> None:
    done, payload = cv2.imencode(".jpg", np.ascontiguousarray(rgb[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if done:
        write_atomically(path, payload.tobytes())


def _smaller(plane: Plane, size: tuple[int, int]) -> Plane:
    small: Plane = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return small.astype(np.float32)
