"""This machine does what is not done yet, and says which shot failed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from encore.analysis.survey import Survey, survey
from encore.core.answers import Noise
from encore.core.errors import OutputError, StageError
from encore.core.events import ChunkDone, Event, Progress, ignore
from encore.core.time import Span
from encore.encoding.codecs import Av1
from encore.encoding.filmgrain import FilmGrain
from encore.execution.job import Job, jobs
from encore.execution.local import Local
from encore.execution.store import Store
from encore.media.process import ffmpeg_path
from encore.planning.plan import Intent, Plan
from encore.planning.rules import make_plan
from encore.restoration import Upscale
from encore.tape.probe import probe
from encore.tape.reader import Reader
from tests.films import frame_hashes

INTENT = Intent(height=240, codec="avc", quality="fast", frames=Span(start=10, stop=20))


class Bench:
    """Everything that a run needs, over the tiny tape."""

    def __init__(self, tape: Path, folder: Path) -> None:
        self.source = probe(tape)
        self.found: Survey = survey(self.source, "test", lambda _event: None)
        self.plan: Plan = make_plan(self.source, self.found.analysis, INTENT)
        self.store = Store(folder / "space", self.source, "test")
        self.reader = Reader(self.source, self.found.clock, sample_aspect=Fraction(12, 11))
        self.local = Local(self.store, self.reader, self.found.analysis, self.plan.delivery)
        self.events: list[Event] = []

    @property
    def jobs(self) -> list[Job]:
        return list(jobs(self.plan, self.found.stats, "test"))

    def run(self) -> list[str]:
        """Hashes of all frames, chunk after chunk."""
        results = self.local.run(self.jobs, 20, self.events.append)
        return [digest for r in results for digest in frame_hashes(self.store.path / "chunks" / r.file)]


@pytest.fixture
def bench(small_tape: Path, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(small_tape, tmp_path)
    yield made
    made.reader.close()
    made.store.close()


def test_work_is_kept_and_found_again(bench: Bench) -> None:
    first = bench.run()
    done = [event for event in bench.events if isinstance(event, ChunkDone)]
    assert [(event.start, event.stop, event.reused) for event in done] == [(0, 10, False), (10, 20, False)]
    last = [event for event in bench.events if isinstance(event, Progress)][-1]
    assert (last.stage, last.done, last.total) == ("restore", 20, 20)
    assert len(list(bench.store.previews.glob("*.jpg"))) == 4
    bench.events.clear()
    assert bench.run() == first and len(first) == 20
    assert [event.reused for event in bench.events if isinstance(event, ChunkDone)] == [True, True]


def test_results_add_up(bench: Bench) -> None:
    for job, result in zip(bench.jobs, bench.local.run(bench.jobs, 20, lambda _event: None), strict=True):
        assert (result.key, result.shot, result.span) == (job.key, job.shot, job.span)
        assert result.pictures == len(set(job.shown))
        assert {timing.part for timing in result.timings} >= {"read", "restore", "encode"}
        assert all(timing.wall_s >= 0 and timing.cpu_s >= 0 for timing in result.timings)


def test_a_stage_that_throws_becomes_an_error_with_the_shot(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> Callable[..., object]:
        def work(*_more: object) -> object:
            return np.zeros(3)[7]

        return work

    monkeypatch.setattr(Upscale, "open", broken)
    with pytest.raises(StageError, match="shot 0, output frames 0:10: IndexError"):
        bench.run()
    assert not list((bench.store.path / "chunks").iterdir())


def test_a_full_disk_while_previews_are_saved(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("encore.core.doc.os.fsync", full)
    with pytest.raises(OutputError, match=r"before\.jpg.*No space left"):
        bench.run()
    assert not list((bench.store.path / "chunks").iterdir())


def test_grain_goes_into_the_stream_of_every_chunk(small_tape: Path, tmp_path: Path) -> None:
    noise = Noise(
        luma_sigma=4, chroma_sigma=3, spatial_sigma=4, kind="grain", correlation_across=0.3, correlation_down=0.1,
        correlation_time=0,
    )  # fmt: skip
    table = FilmGrain.of(noise, 1.0, (1.0, 1.0), woven=True)
    made = Bench(small_tape, tmp_path)
    shots = made.plan.shots
    plan = made.plan.model_copy(
        update={
            "delivery": made.plan.delivery.model_copy(update={"codec": Av1(speed=13), "grain": "stream"}),
            "shots": (*shots[:-1], shots[-1].model_copy(update={"film_grain": table})),
        }
    )
    todo = list(jobs(plan, made.found.stats, "test"))
    local = Local(made.store, made.reader, made.found.analysis, plan.delivery)
    with closing(made.reader), closing(made.store):
        grainy = {
            result.shot: _grainy(made.store.path / "chunks" / result.file) for result in local.run(todo, 20, ignore)
        }
    assert grainy == {number: number == len(shots) - 1 for number in range(len(shots))}


def _grainy(chunk: Path) -> bool:
    """Whether a chunk looks other with the grain that its stream asks for than without."""
    command = [ffmpeg_path(), "-v", "error"]
    looks = [
        subprocess.run(
            [*command, *how, "-i", str(chunk), "-f", "framemd5", "-"], capture_output=True, check=True
        ).stdout
        for how in ((), ("-export_side_data", "film_grain"))
    ]
    return looks[0] != looks[1]
