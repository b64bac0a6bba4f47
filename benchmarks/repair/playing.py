"""A tape played by Encore, all the way from the file to progressive pictures, and by filters of FFmpeg."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.repair.recording import Planes
from encore.analysis.look import Looker
from encore.analysis.noise import NoiseQuestion
from encore.analysis.question import ShotFrames, Tape
from encore.core.findings import Scan, Shot
from encore.core.time import Span
from encore.core.video import CHROMA_CODES, LUMA_CODES, Clip, Patch, stack
from encore.media.decode import decoded, raw
from encore.media.process import Tool
from encore.motion.light import BLACK
from encore.restoration.chain import restored
from encore.restoration.stage import Runtime, Stage
from encore.tape.probe import probe
from encore.tape.reader import Reader, ReadingMethod, Take, picture_starts
from encore.tape.timeline import make_clock


class Player:
    """A tape that is one shot, top field first; close it after use.

    Args:
        path: the tape.
        method: of the reader.
        lost: ticks that the tape did not give.
        torn: places that it did not give, by tape frame.
    """

    def __init__(
        self, path: Path, method: ReadingMethod = "compensated", *, lost: frozenset[int] = frozenset(),
        torn: Mapping[int, tuple[Patch, ...]] | None = None,
    ) -> None:  # fmt: skip
        self.path, self.source = path, probe(path)
        video = self.source.video
        stamps = [stamp for stamp, _ in decoded(path, video.index)]
        self.clock = make_clock(stamps, video.time_base, video.rate)
        self.reader = Reader(self.source, self.clock, sample_aspect=video.sample_aspect or Fraction(8, 9))
        self.span = self.clock.timeline.span
        starts = picture_starts(method, self.span, 0)
        self.take = Take(method, "tff", self.span, starts, lost=lost, torn=torn or {})
        self.scan = Scan(mode="progressive" if method == "weave" else "interlaced", order="tff", confidence=1)
        self.shot = Shot(span=self.span, scan=self.scan)

    def __enter__(self) -> Player:
        return self

    def __exit__(self, *_: object) -> None:
        self.reader.close()

    def read(self, pictures: Span) -> Clip:
        """As the reader gives them."""
        return self.reader.read(self.take, pictures)

    def restored(self, stages: Sequence[Stage], pictures: Span | None = None) -> Clip:
        """Pictures of the shot (None: all) after these stages, in the batches of a restoration."""
        return stack(list(self.batches(stages, pictures)))

    def batches(self, stages: Sequence[Stage], pictures: Span | None = None) -> Iterator[Clip]:
        """The same, one batch after the other."""
        follow, whole = any(stage.follows() for stage in stages), self.take.pictures

        def read(span: Span) -> Clip:
            return self.reader.read(self.take, span, follow=follow)

        return restored(stages, self.shot, pictures or whole, whole, read, Runtime())

    def listen(self) -> None:
        """Measure the shot's noise as a scan does, for the stages to know."""
        question, looker = NoiseQuestion(tape := Tape(self.source.video, self.clock.timeline.rate)), Looker()
        for _, frame in decoded(self.path, self.source.video.index):
            question.observe(looker.look(raw(frame).planes))
        question.finish()
        frames = Span(start=0, stop=self.clock.timeline.frames)
        noise = NoiseQuestion.answer(question.rows(frames), ShotFrames(frames, self.scan, tape))
        self.shot = Shot(span=self.span, scan=self.scan, noise=noise)


def stage_of(name: str, **parameters: float) -> Stage | None:
    """A stage of restoration by the name of its module, with its own defaults; None where there is no such module."""
    try:
        module = importlib.import_module(f"encore.restoration.{name}")
    except ModuleNotFoundError:
        return None
    return cast(Stage, getattr(module, name.capitalize())(**parameters))


def codes_of(clip: Clip) -> list[Planes]:
    """Pictures of a clip in 8-bit studio codes, not rounded."""
    y = clip.y * np.float32(LUMA_CODES) + np.float32(BLACK)
    cb, cr = (plane * np.float32(CHROMA_CODES) + np.float32(128) for plane in (clip.cb, clip.cr))
    return [(y[n], cb[n], cr[n]) for n in range(len(clip))]


def deinterlacers(weights: Path | None = None) -> dict[str, str]:
    """FFmpeg's, as it wants them to be written, two pictures per frame."""
    every = {name: f"{name}=mode={mode}:parity=tff:deint=all" for name, mode in
             (("bwdif", "send_field"), ("yadif", "send_field"), ("w3fdif", "field"), ("estdif", "field"))}  # fmt: skip
    if weights:
        every["nnedi"] = f"nnedi=weights={weights}:deint=all:field=tf"
    return every


def filtered(path: Path, graph: str, size: tuple[int, int]) -> list[Planes]:
    """Pictures of a file after filters of FFmpeg, in 8-bit codes.

    Args:
        path: the file.
        graph: the filters.
        size: (width, height) of the pictures.

    Raises:
        ToolError: ffmpeg failed.
    """
    width, height = size
    sizes = [width * height, width * height // 4, width * height // 4]
    given = ["-filter_threads", "1", "-threads", "1", "-i", str(path), "-vf", graph, "-fps_mode", "passthrough"]
    given += ["-pix_fmt", "yuv420p", "-f", "rawvideo", "pipe:1"]
    pictures: list[Planes] = []
    with Tool(f"filtering with {graph}", given, output=True) as tool:
        while len(block := tool.read(sum(sizes))) == sum(sizes):
            codes: NDArray[Any] = np.frombuffer(block, np.uint8).astype(np.float32)
            y, cb, cr = np.split(codes, np.cumsum(sizes)[:-1])
            half = (height // 2, width // 2)
            pictures.append((y.reshape(height, width), cb.reshape(half), cr.reshape(half)))
    return pictures
