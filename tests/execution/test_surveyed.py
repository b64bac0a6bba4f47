"""A tape is measured once; anything missing, broken or different is measured anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from encore.core.events import Event, Found, Progress, Warned
from encore.core.source import Source
from encore.execution import surveyed as surveying
from encore.execution.store import Store
from encore.execution.surveyed import surveyed
from encore.tape.probe import probe


class Bench:
    """A workspace in which a tape has been measured."""

    def __init__(self, tape: Path, folder: Path) -> None:
        self.source: Source = probe(tape)
        self.store = Store(folder / "space", self.source, "1")
        self.found, self.timing = surveyed(self.source, self.store, "1", lambda _event: None, None)

    def again(self, version: str = "1", stop_frame: int | None = None) -> tuple[bool, list[Event]]:
        """Whether it was measured anew, and what was heard."""
        events: list[Event] = []
        surveyed(self.source, self.store, version, events.append, stop_frame)
        return any(isinstance(event, Progress) for event in events), events


@pytest.fixture
def bench(small_tape: Path, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(small_tape, tmp_path)
    yield made
    made.store.close()


def test_found_again_as_it_was(bench: Bench) -> None:
    again, timing = surveyed(bench.source, bench.store, "1", lambda _event: None, None)
    assert (again.analysis, timing) == (bench.found.analysis, bench.timing)
    assert np.array_equal(again.clock.top, bench.found.clock.top) and again.clock.pts == bench.found.clock.pts
    assert np.array_equal(again.stats.error, bench.found.stats.error, equal_nan=True)


def test_findings_are_told_either_way(bench: Bench) -> None:
    anew, events = bench.again()
    assert not anew
    assert any(isinstance(event, Found) for event in events)
    assert {e.what for e in events if isinstance(e, Warned)} == set(bench.found.analysis.warnings)


def test_another_version_or_length_measures_anew(bench: Bench) -> None:
    assert bench.again(version="2")[0]
    assert not bench.again(version="2")[0]
    assert bench.again(version="2", stop_frame=10)[0]
    assert bench.again()[0]


def test_another_network_for_faces_measures_anew(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveying, "_face_network", lambda: "f" * 64)
    assert bench.again()[0] and not bench.again()[0]


@pytest.mark.parametrize("name", ["frames.parquet", "marks.parquet", "faces.parquet"])
def test_tables_that_are_gone_are_made_anew(bench: Bench, name: str) -> None:
    (bench.store.path / name).unlink()
    bench.again()
    assert (bench.store.path / name).is_file()


@pytest.mark.parametrize("name", ["clock.npz", "fields.npz", "analysis.json", "survey.json"])
@pytest.mark.parametrize("damage", ["gone", "cut", "empty", "noise"])
def test_damaged_files_are_measured_anew(bench: Bench, name: str, damage: str) -> None:
    path = bench.store.path / name
    content = path.read_bytes()
    path.unlink()
    if damage != "gone":
        path.write_bytes({"cut": content[: len(content) // 2], "empty": b"", "noise": bytes(range(256)) * 8}[damage])
    assert bench.again()[0]
    assert not bench.again()[0]
