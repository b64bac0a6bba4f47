"""This machine: one chunk after the other, restored pictures streaming into the encoder."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace

import cv2
import psutil

from encore.core.errors import EncoreError, StageError
from encore.core.events import SECONDS_BETWEEN_PROGRESS, ChunkDone, Event, Progress
from encore.core.findings import Analysis, Shot
from encore.core.result import ChunkResult, Timing
from encore.core.time import Span
from encore.core.video import Clip, Plane
from encore.encoding.deliveries import FILM
from encore.encoding.filmgrain import regrained
from encore.execution.job import Job, with_chroma
from encore.execution.outlets import Ordered, encode_ordered, keep, missing_of
from encore.execution.previews import before, save_previews
from encore.execution.store import Store
from encore.planning.plan import Delivery
from encore.restoration import AnyStage
from encore.restoration.chain import restored
from encore.restoration.networks import Device
from encore.restoration.stage import Runtime
from encore.tape.reader import Reader


class Local:
    """Runs jobs in this process, skipping those whose chunks are already whole in the workspace."""

    def __init__(
        self,
        store: Store,
        reader: Reader,
        analysis: Analysis,
        delivery: Delivery,
        threads: int = 1,
        device: Device = "auto",
    ) -> None:
        self._store, self._reader, self._analysis, self._delivery = store, reader, analysis, delivery
        self._runtime = Runtime(threads=threads, device=device)
        self.also: dict[str, list[ChunkResult]] = {}
        """Chunks of further deliveries by name, as far as `run` has come."""

    def run(self, jobs: Iterable[Job], total: int, watch: Callable[[Event], None]) -> Iterator[ChunkResult]:
        """Do the jobs in order; every result is safe on disk before it is yielded.

        Raises:
            StageError: a stage failed, with shot and stage; ToolError, OutputError: the encoder or the disk did.
        """
        cv2.setNumThreads(self._runtime.threads)
        meter = _Meter(total, watch)
        for job in jobs:
            found, missing = missing_of(self._store, job.orders)
            started = time.perf_counter()
            if missing:
                found |= self._guarded(job, missing, meter)
                meter.finished(job, found[FILM], time.perf_counter() - started)
            else:
                meter.reused(job, found[FILM])
            for name in job.orders.keys() - {FILM}:
                self.also.setdefault(name, []).append(found[name])
            yield found[FILM]

    def _guarded(self, job: Job, missing: dict[str, Ordered], meter: _Meter) -> dict[str, ChunkResult]:
        try:
            return self._work(job, missing, meter)
        except EncoreError:
            raise
        except Exception as error:  # the one place: whatever a stage throws becomes an error that names the shot
            raise StageError(
                f"shot {job.shot}, output frames {job.span.start}:{job.span.stop}: {type(error).__name__}: {error}",
                todo="run again; if it stays, report it with the tape's scan",
            ) from error

    def _work(self, job: Job, missing: dict[str, Ordered], meter: _Meter) -> dict[str, ChunkResult]:
        """Restore once, and feed the encoders whose chunks are missing."""
        fine = any(order.codec.chroma == "422" for order in missing.values())
        orders = {n: replace(o, key=o.same) if fine and o.same else o for n, o in missing.items()}
        pictures = Span(start=job.shown[0], stop=job.shown[-1] + 1)
        clock, started = _Clock(), time.process_time()
        self._runtime.tally.take()  # what a chunk that failed has left there
        children = psutil.Process().cpu_times().children_user
        with closing(self._restored(job, pictures, with_chroma(job.plan, "422" if fine else None), clock)) as clips:
            made = encode_ordered(clips, job.shown, orders, self._delivery.rate, self._store, meter.step(job))
        if self._delivery.grain == "stream" and FILM in made:
            regrained(made[FILM].path, job.plan.film_grain, seed=job.span.start)
        clock.spent("restore", time.process_time() - started, less="read")
        encoder_s = psutil.Process().cpu_times().children_user - children
        timings = (*clock.timings(), Timing(part="encode", wall_s=0, cpu_s=encoder_s))
        return keep(self._store, made, job.shot, job.span, len(pictures), timings, self._runtime.tally.take())

    def _restored(self, job: Job, pictures: Span, stages: Sequence[AnyStage], clock: _Clock) -> Generator[Clip]:
        """Pictures of a chunk; how long they took is told to the clock, and the middle one is kept for the report."""
        follow = any(decision.stage.follows() for decision in job.plan.decisions)
        middle = job.shown[len(job.shown) // 2]
        seen: list[Plane] = []

        def read(span: Span) -> Clip:
            with clock.part("read"):
                if middle in span and not seen:  # here, for only one thread may read
                    seen.append(before(job, middle, self._reader))
                return self._reader.read(job.take, span, follow=follow)

        clips = restored(stages, self._shot(job), pictures, job.take.pictures, read, self._runtime)
        with closing(clips):
            while True:
                with clock.part("restore"):
                    clip = next(clips, None)
                if clip is None:
                    return
                if middle in clip.at:
                    save_previews(self._store.previews, job.key, seen[0], clip, clip.at.index(middle))
                yield clip

    def _shot(self, job: Job) -> Shot:
        """What analysis knows of the shot in the plan; a person may have redrawn its edges."""
        middle = (job.plan.span.start + job.plan.span.stop) // 2
        found = next((shot for shot in self._analysis.shots if middle in shot.span), self._analysis.shots[0])
        return found.model_copy(update={"span": job.plan.span})


class _Clock:
    """Wall and processor time of the parts of a chunk."""

    def __init__(self) -> None:
        self._wall: dict[str, float] = defaultdict(float)
        self._cpu: dict[str, float] = defaultdict(float)

    @contextmanager
    def part(self, name: str) -> Generator[None]:
        wall, cpu = time.perf_counter(), time.thread_time()
        yield
        self._wall[name] += time.perf_counter() - wall
        self._cpu[name] += time.thread_time() - cpu

    def spent(self, name: str, cpu_s: float, less: str) -> None:
        """Put right what a part took in all its threads, without what another part took."""
        self._cpu[name] = cpu_s - self._cpu[less]

    def timings(self) -> tuple[Timing, ...]:
        return tuple(Timing(part=name, wall_s=wall, cpu_s=self._cpu[name]) for name, wall in self._wall.items())


class _Meter:
    """Progress of the whole run: frames, speed, time left, expected size."""

    def __init__(self, total: int, watch: Callable[[Event], None]) -> None:
        self._total, self._watch = total, watch
        self._done = self._bytes = self._worked = 0
        self._started = self._told = time.perf_counter()

    def step(self, job: Job) -> Callable[[int], None]:
        def heard(frames: int) -> None:
            now = time.perf_counter()
            if now - self._told >= SECONDS_BETWEEN_PROGRESS:
                self._told = now
                self._tell(job, self._done + frames, self._worked + frames, now)

        return heard

    def reused(self, job: Job, result: ChunkResult) -> None:
        self._count(job, result)
        self._watch(_chunk_done(job, result, reused=True, seconds=0.0))

    def finished(self, job: Job, result: ChunkResult, seconds: float) -> None:
        self._worked += len(job.span)
        self._count(job, result)
        self._watch(_chunk_done(job, result, reused=False, seconds=seconds))
        self._tell(job, self._done, self._worked, time.perf_counter())

    def _count(self, job: Job, result: ChunkResult) -> None:
        self._done += len(job.span)
        self._bytes += result.bytes

    def _tell(self, job: Job, done: int, worked: int, now: float) -> None:
        speed = worked / (now - self._started) if worked and now > self._started else None
        self._watch(
            Progress(
                stage="restore", done=done, total=self._total, shot=job.shot, frames_per_s=speed,
                left_s=(self._total - done) / speed if speed else None,
                expected_bytes=self._bytes * self._total // self._done if self._done else None,
            )
        )  # fmt: skip


def _chunk_done(job: Job, result: ChunkResult, *, reused: bool, seconds: float) -> ChunkDone:
    return ChunkDone(
        shot=job.shot, start=job.span.start, stop=job.span.stop, reused=reused, bytes=result.bytes, seconds=seconds
    )
