"""Played: a simulated tape read and restored by Encore itself, as far as networks come into it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from encore.analysis.composite import CompositeQuestion
from encore.analysis.look import Looker
from encore.analysis.noise import NoiseQuestion
from encore.analysis.question import ShotFrames, Tape
from encore.core.answers import Composite, Noise
from encore.core.findings import Scan, Shot
from encore.core.time import Span
from encore.core.video import Clip, stack
from encore.media.decode import decoded, raw
from encore.restoration.chain import restored
from encore.restoration.denoise import Denoise
from encore.restoration.keep import Keep
from encore.restoration.stage import Runtime
from encore.tape.probe import probe
from encore.tape.reader import Reader, Take, picture_starts
from encore.tape.timeline import make_clock

RASTER = (720, 480)
"""Samples and lines of a whole tape's picture, sampled at 13.5 MHz."""


class Player:
    """A tape that is one shot, top field first; close it after use.

    Args:
        path: the tape.
        progressive: whether both fields of a frame show one moment.
    """

    def __init__(self, path: Path, *, progressive: bool = False) -> None:
        self._path, source = path, probe(path)
        self._video = source.video
        stamps = [stamp for stamp, _ in decoded(path, self._video.index)]
        self._clock = make_clock(stamps, self._video.time_base, self._video.rate)
        self._reader = Reader(source, self._clock, sample_aspect=Fraction(1))
        span, method = self._clock.timeline.span, "weave" if progressive else "compensated"
        self._take = Take(method, "tff", span, picture_starts(method, span, 0))
        self._scan = Scan(mode="progressive" if progressive else "interlaced", order="tff", confidence=1)
        self.pictures = self._take.pictures
        self.noise, self.composite = self._measured()

    def __enter__(self) -> Player:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()

    def read(self, pictures: Span) -> Clip:
        """As the reader gives them, with motion."""
        return self._reader.read(self._take, pictures, follow=True)

    def denoised(self, pictures: Span) -> Clip:
        """After Denoise and Keep, with motion."""
        shot = Shot(span=self._take.span, scan=self._scan, noise=self.noise, composite=self.composite)
        return stack(list(restored([Denoise(), Keep()], shot, pictures, self.pictures, self.read, Runtime())))

    def _measured(self) -> tuple[Noise | None, Composite | None]:
        """As a scan does."""
        # lines are parts of whole ones: their samples and their subcarrier are those of a whole raster
        whole = self._video.model_copy(update={"width": RASTER[0], "height": RASTER[1]})
        tape = Tape(whole, self._clock.timeline.rate)
        noise, composite, looker = NoiseQuestion(tape), CompositeQuestion(tape), Looker()
        for _, frame in decoded(self._path, self._video.index):
            look = looker.look(raw(frame).planes)
            noise.observe(look)
            composite.observe(look)
        noise.finish()
        composite.finish()
        frames = Span(start=0, stop=self._clock.timeline.frames)
        shot = ShotFrames(frames, self._scan, tape)
        return NoiseQuestion.answer(noise.rows(frames), shot), CompositeQuestion.answer(composite.rows(frames), shot)
