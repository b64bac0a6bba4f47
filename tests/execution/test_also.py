"""Further deliveries come from the same restored pictures, and what was made before is not made again."""

from __future__ import annotations

from pathlib import Path

from encore import pipeline
from encore.core.events import ChunkDone, Event
from encore.core.time import Span
from encore.planning.plan import Intent
from tests.films import raws

INTENT = Intent(height=240, codec="avc", quality="fast", frames=Span(start=10, stop=20))


def done(events: list[Event]) -> list[bool]:
    return [event.reused for event in events if isinstance(event, ChunkDone)]


def test_an_archive_is_added_to_a_film(small_tape: Path, tmp_path: Path) -> None:
    out, events = tmp_path / "film.mp4", list[Event]()
    first = pipeline.restore(small_tape, out, intent=INTENT, watch=events.append)
    both = pipeline.restore(small_tape, out, intent=INTENT, also=("archive", "mezzanine"), watch=events.append)
    assert [chunk.sha256 for chunk in first.chunks] == [chunk.sha256 for chunk in both.chunks]
    archive, mezzanine = both.also
    assert (archive.name, mezzanine.name) == ("film.archive.mkv", "film.mezzanine.mov")
    assert {len(raws(path)) for path in (out, archive, mezzanine)} == {20}
    assert len((tmp_path / "film.archive.mkv.framemd5").read_text().splitlines()) == 9 + 20
    events.clear()
    again = pipeline.restore(small_tape, out, intent=INTENT, also=("archive", "mezzanine"), watch=events.append)
    assert again == both and not done(events)


def test_all_at_once_and_then_the_film_alone(small_tape: Path, tmp_path: Path) -> None:
    out, events = tmp_path / "film.mp4", list[Event]()
    pipeline.restore(small_tape, out, intent=INTENT, also=("archive",), watch=events.append)
    assert done(events) == [False, False]
    out.unlink()
    events.clear()
    pipeline.restore(small_tape, out, intent=INTENT, watch=events.append)
    assert done(events) == [True, True]
