"""The survey of a tape, measured once and then found again in the workspace."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from encore.analysis.facefinder import TASK
from encore.analysis.faces import NETWORK
from encore.analysis.measure import parts_of
from encore.analysis.part import Parts
from encore.analysis.questions import QUESTIONS
from encore.analysis.survey import Survey, survey
from encore.analysis.telling import tell_findings
from encore.core.doc import Doc, digest_of, writing
from encore.core.errors import DocumentError
from encore.core.events import Event
from encore.core.findings import Analysis
from encore.core.result import Timing
from encore.core.source import Source
from encore.execution.store import Store
from encore.inference.zoo import Zoo
from encore.tape.fieldstats import FieldStats
from encore.tape.timeline import Clock


class SurveyMark(Doc):
    """Says that a survey is whole, and of what. Written last."""

    source: str
    version: str
    stop_frame: int | None
    faces: str = ""
    """Digest of the network that found faces; empty where there was none."""
    timing: Timing


def surveyed(
    source: Source, store: Store, version: str, watch: Callable[[Event], None], stop_frame: int | None
) -> tuple[Survey, Timing]:
    """The survey of the tape and what it cost; from the workspace if an equal one is there.

    Args:
        source: the tape.
        store: its workspace.
        version: of Encore; another version measures anew, as does another network that finds faces.
        watch: hears progress while measuring, and what was found.
        stop_frame: look at no more than the tape frames before this one; None for all.

    Raises:
        InputError: the tape cannot be measured.
    """
    wanted = _Wanted(source.fingerprint, version, stop_frame, _face_network())
    known = _known(store, wanted)
    if known is not None:
        tell_findings(known[0].analysis, watch)
        return known
    (store.path / "survey.json").unlink(missing_ok=True)
    wall, cpu = time.perf_counter(), time.process_time()
    found = survey(source, version, watch, stop_frame=stop_frame, folder=_parts_folder(store, wanted))
    tell_findings(found.analysis, watch)
    timing = Timing(part="scan", wall_s=time.perf_counter() - wall, cpu_s=time.process_time() - cpu)
    store.keep("source.json", source)
    store.keep("analysis.json", found.analysis)
    found.clock.save(store.path / "clock.npz")
    found.stats.save(store.path / "fields.npz")
    from encore.execution.facetable import write_faces
    from encore.execution.table import write_tables

    write_tables(found.parts, found.analysis, QUESTIONS, store.path)
    write_faces(found.parts, found.analysis, store.path)
    store.keep("survey.json", SurveyMark(**wanted._asdict(), timing=timing))
    return found, timing


class _Wanted(NamedTuple):
    """What a survey is of."""

    source: str
    version: str
    stop_frame: int | None
    faces: str


def _face_network() -> str:
    """Digest of the network that finds faces; empty: there is none."""
    return next((card.sha256 for card in Zoo().cards() if card.name == NETWORK and card.task == TASK), "")


def _parts_folder(store: Store, wanted: _Wanted) -> Path:
    """Where the parts of this very survey lie; those of any other are removed."""
    place = store.path / "scan" / digest_of(wanted)[:16]
    with writing(store.path):
        place.mkdir(parents=True, exist_ok=True)
        for other in place.parent.iterdir():
            if other != place:
                shutil.rmtree(other)
    return place


def _known(store: Store, wanted: _Wanted) -> tuple[Survey, Timing] | None:
    """The survey in the workspace, if it is whole and of this tape, version and length."""
    analysis, mark = store.document("analysis.json", Analysis), store.document("survey.json", SurveyMark)
    if analysis is None or mark is None or _Wanted(mark.source, mark.version, mark.stop_frame, mark.faces) != wanted:
        return None
    try:
        clock = Clock.load(store.path / "clock.npz", analysis.timeline, analysis.damage)
        stats = FieldStats.load(store.path / "fields.npz")
    except DocumentError:
        return None
    parts = Parts(parts_of(analysis.timeline.frames), _parts_folder(store, wanted))
    tables = all((store.path / name).is_file() for name in ("frames.parquet", "marks.parquet", "faces.parquet"))
    return (Survey(analysis, clock, stats, parts), mark.timing) if tables and parts.complete() else None
