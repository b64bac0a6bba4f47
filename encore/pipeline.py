"""The whole flow on one page: probe, survey, plan, restore, join, verify, publish, report."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Literal

from encore.analysis.survey import Survey
from encore.analysis.thumbs import thumb_of
from encore.core.errors import DocumentError, OutputError, WorkspaceError
from encore.core.events import ChunkDone, Decided, Done, Event, Fellback, Found, Warned, ignore
from encore.core.findings import Analysis
from encore.core.result import Result, Timing
from encore.core.source import Source
from encore.encoding.codecs import AnyCodec
from encore.encoding.deliveries import HASHED, also_of, beside
from encore.execution.archive import write_hashes
from encore.execution.audition import auditioned
from encore.execution.encoding import Encoded, Order, encoded
from encore.execution.job import jobs
from encore.execution.joining import join
from encore.execution.laddering import Streamed, Wanted, streamed
from encore.execution.local import Local
from encore.execution.publish import film_path, joining_of, make_result, summed
from encore.execution.store import Store
from encore.execution.surveyed import surveyed
from encore.inference.network import Device
from encore.inference.zoo import Zoo, require
from encore.planning.check import check_plan, load_plan
from encore.planning.plan import Intent, Plan
from encore.planning.presets import codec_for
from encore.planning.rules import make_plan, sample_aspect
from encore.planning.upscalers import at_hand
from encore.reporting.build import build_report
from encore.reporting.compare import compare_films
from encore.reporting.doctor import Health, examine
from encore.synthetic.tape import DEMO, make_tape
from encore.tape.probe import probe
from encore.tape.reader import Reader
from encore.version import VERSION

LOOKED_AT = 300
"""Tape frames measured at least, ten seconds: what moves in them tells how the tape was scanned."""

Watch = Callable[[Event], None]


def restore(  # noqa: PLR0913 - all that a user may ask for
    tape: Path | str,
    out: Path | str | None = None,
    *,
    intent: Intent | None = None,
    plan: Plan | Path | None = None,
    workspace: Path | str | None = None,
    overwrite: bool = False,
    also: tuple[str, ...] = (),
    device: Device = "auto",
    watch: Watch = ignore,
) -> Result:
    """Restore a tape into a film. Every step is kept in the workspace, so running again continues.

    Args:
        tape: the file.
        out: the film to make; None: beside the tape, `<name>.restored.<container>`.
        intent: what is wanted; None: the concert preset. Not used when a plan is given.
        plan: a plan to obey, or the file of one; None: made by rules.
        workspace: folder for documents and finished chunks; None: `<name>.encore` beside the film.
        overwrite: replace a film of that name even if this workspace did not make it.
        also: further deliveries of the same pictures: `archive`, `mezzanine`.
        device: where networks run; auto: on the CPU, and what PyTorch alone can run on the fastest device it finds.
            Chunks that are finished stay, wherever they were made.
        watch: hears every event.

    Raises:
        EncoreError: see `encore.core.errors`; a film gets its name only after it has been checked.
    """
    source, intent = probe(Path(tape)), intent or Intent()
    require(device)
    given = load_plan(plan) if isinstance(plan, Path | str) else plan
    folder = workspace_of(tape, workspace, out)
    before = _published_here(folder)
    path = _film_path(source, out, given.delivery.codec if given else codec_for(intent), before, overwrite=overwrite)
    heard = _Heard(watch)
    others = _others(source, path, also, before, overwrite=overwrite)
    with closing(Store(folder, source, VERSION)) as store:
        found, scanned = surveyed(source, store, VERSION, heard, _stop_frame(given.intent if given else intent))
        chosen = given or _planned(source, found, intent, store, heard)
        check_plan(chosen, source, found.analysis)
        store.keep_plan(chosen, heard)
        _tell_plan(chosen, found.analysis, heard)
        unchanged = before is not None and before.is_still(path, chosen.digest, VERSION)
        unchanged = unchanged and before is not None and set(others.values()) <= set(before.also)
        _scan_report(source, found, store)
        result = before if before and unchanged else _made(
            source, found, chosen, (path, others), store, heard, scanned, device
        )  # fmt: skip
        store.keep("result.json", result)
        page = build_report(source, found.analysis, chosen, result, store.previews, store.path)
        heard(Done(output=str(result.output), frames=result.frames, report=str(page)))
    return result


def encode(
    film: Path | str, out: Path | str, *, order: Order | None = None, workspace: Path | str | None = None,
    watch: Watch = ignore,
) -> Encoded:  # fmt: skip
    """Encode a finished progressive film: exact frames, exact clock, its sound carried along.

    Args:
        film: the file.
        out: the film to make.
        order: codecs; None: AV1.
        workspace: folder for documents and finished chunks; None: `<out>.encore` beside it.
        watch: hears every event.

    Raises:
        EncoreError: see `encore.core.errors`; a film gets its name only after it has been checked.
    """
    place = Path(workspace) if workspace is not None else _beside(Path(out))
    made = encoded(Path(film), Path(out).absolute(), place, VERSION, order or Order(), watch)
    watch(Done(output=str(made.output), frames=made.frames, report=str(place / "encoded.json")))
    return made


def stream(
    film: Path | str, out: Path | str, *, wanted: Wanted | None = None, workspace: Path | str | None = None,
    watch: Watch = ignore,
) -> Streamed:  # fmt: skip
    """Make a stream of a finished film: a ladder of rungs, segments that HLS and DASH share.

    Args:
        film: the file.
        out: folder to make.
        wanted: codecs and rungs; None: AV1 and H.264, measured.
        workspace: folder for documents and finished chunks; None: `<out>.encore` beside it.
        watch: hears every event.

    Raises:
        EncoreError: see `encore.core.errors`; the folder gets its name only after it has been checked.
    """
    place = Path(workspace) if workspace is not None else _beside(Path(out))
    made = streamed(Path(film), Path(out), place, VERSION, wanted or Wanted(), watch)
    watch(Done(output=str(made.output), frames=made.frames, report=str(place / "stream.json")))
    return made


def scan(tape: Path | str, *, workspace: Path | str | None = None, watch: Watch = ignore) -> Analysis:
    """Measure a tape; analysis, tables and the scan report (`scan.html`) are kept in the workspace.

    Args:
        tape: the file.
        workspace: folder; None: `<name>.encore` beside the tape.
        watch: hears every event.

    Raises:
        InputError, WorkspaceError, OutputError: see `encore.core.errors`.
    """
    source = probe(Path(tape))
    with closing(Store(workspace_of(tape, workspace), source, VERSION)) as store:
        found, _ = surveyed(source, store, VERSION, watch, None)
        watch(Found(what="report", value=str(_scan_report(source, found, store))))
        return found.analysis


def plan(
    tape: Path | str, *, intent: Intent | None = None, workspace: Path | str | None = None, watch: Watch = ignore
) -> Plan:
    """Measure a tape and decide what to do with every shot; the plan is kept as `plan.json` in the workspace.

    Raises:
        InputError, PlanError, WorkspaceError, OutputError: see `encore.core.errors`.
    """
    source = probe(Path(tape))
    intent = intent or Intent()
    with closing(Store(workspace_of(tape, workspace), source, VERSION)) as store:
        found, _ = surveyed(source, store, VERSION, watch, _stop_frame(intent))
        made = _planned(source, found, intent, store, watch)
        store.keep_plan(made, watch)
        _tell_plan(made, found.analysis, watch)
        return made


def report(workspace: Path | str) -> Path:
    """Build the report of a finished restoration anew.

    Returns:
        The HTML file; `report.json` lies beside it.

    Raises:
        WorkspaceError: no workspace, or nothing finished in it.
    """
    with closing(Store(Path(workspace), None, VERSION)) as store:
        source, analysis = store.document("source.json", Source), store.document("analysis.json", Analysis)
        made, result = store.document("plan.json", Plan), store.document("result.json", Result)
        if source is None or analysis is None or made is None or result is None:
            raise WorkspaceError(
                f"{workspace}: nothing is finished here yet", todo="run `encore restore` to its end first"
            )
        return build_report(source, analysis, made, result, store.previews, store.path)


def compare(
    a: Path | str,
    b: Path | str,
    out: Path | str,
    *,
    mode: Literal["side", "wipe"] = "side",
    at_s: Fraction | None = None,
    height: int = 1080,
    offset_s: Fraction = Fraction(0),
) -> Path:
    """Put two films side by side or under a wipe, as a picture (.png) or a film (.mp4, .mkv).

    Raises:
        InputError, OutputError, ToolError: see `encore.core.errors`.
    """
    return compare_films(Path(a), Path(b), Path(out), mode=mode, at_s=at_s, height=height, offset_s=offset_s)


def demo(folder: Path | str, *, height: int = 2160, watch: Watch = ignore) -> Result:
    """Make a concert tape in `folder` and restore it; the tape is made once and then kept.

    Raises:
        EncoreError: see `encore.core.errors`.
    """
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{place}: cannot be made ({error.strerror})", todo="choose another folder") from error
    tape = place / "concert.mpg"
    if not tape.exists():
        watch(Found(what="demo", value=f"making a tape: {tape}"))
        make_tape(tape, DEMO)
    return restore(tape, place / "concert.restored.mp4", intent=Intent(height=height), watch=watch)


def doctor(workspace: Path | str | None = None) -> Health:
    """Say what this machine can do, what is missing, and what that costs."""
    return examine(Path(workspace) if workspace is not None else None)


def workspace_of(tape: Path | str, wanted: Path | str | None = None, out: Path | str | None = None) -> Path:
    """The folder that keeps documents and finished chunks: as wanted, or `<tape>.encore` beside film or tape."""
    beside = Path(out) if out is not None else Path(tape)
    return Path(wanted) if wanted is not None else beside.absolute().parent / f"{Path(tape).stem}.encore"


def _beside(out: Path) -> Path:
    return out.absolute().with_name(f"{out.stem}.encore")


def _film_path(
    source: Source, out: Path | str | None, codec: AnyCodec, before: Result | None, *, overwrite: bool
) -> Path:
    wanted = Path(out) if out is not None else None
    return film_path(source, wanted, codec, overwrite=overwrite, ours=lambda p: bool(before and before.output == p))


def _stop_frame(intent: Intent) -> int | None:
    """Tape frames that need to be looked at."""
    return max(intent.frames.stop, LOOKED_AT) if intent.frames else None


def _planned(source: Source, found: Survey, intent: Intent, store: Store, watch: Watch) -> Plan:
    """The plan by rules, its doubts settled by trying."""
    from encore.execution.table import MarkTable

    marks = MarkTable(store.path / "marks.parquet").marked(source.video.width * source.video.height)
    plan = make_plan(source, found.analysis, intent, marks, at_hand(Zoo().cards()))
    shape = sample_aspect(source, found.analysis, intent)
    with closing(Reader(source, found.clock, sample_aspect=shape)) as reader:
        return auditioned(plan, found.analysis, found.stats, reader, store, watch)


def _published_here(folder: Path) -> Result | None:
    """The film that a workspace made, if it made one; read without owning the workspace."""
    try:
        return Result.load(folder / "result.json")
    except DocumentError:
        return None


def _made(
    source: Source, found: Survey, chosen: Plan, to: tuple[Path, dict[str, Path]], store: Store, heard: _Heard,
    scanned: Timing, device: Device,
) -> Result:  # fmt: skip
    """Restore every shot that is not finished yet, join, check, publish."""
    from encore.execution.facetable import FaceTable
    from encore.execution.table import MarkTable

    shape = sample_aspect(source, found.analysis, chosen.intent)
    marks, faces = MarkTable(store.path / "marks.parquet").within, FaceTable(store.path / "faces.parquet", shape)
    weights = {card.name: card.sha256 for card in Zoo().cards()}
    path, others = to
    todo = list(jobs(chosen, found.stats, VERSION, marks, weights, faces, also_of(tuple(others))))
    reader = Reader(source, found.clock, sample_aspect=shape)
    with closing(reader):
        executor = Local(store, reader, found.analysis, chosen.delivery, device=device)
        chunks = list(executor.run(todo, sum(len(job.span) for job in todo), heard))
    what = joining_of(source, found.analysis.timeline, chosen)
    joined = join(what, chunks, path, store, heard)
    for name, other in others.items():
        join(what, executor.also[name], other, store, heard)
        if name == HASHED:
            write_hashes(other, executor.also[name], what.rate, (what.width, what.height), store)
    total, parts = summed(chunks, (scanned, *joined.timings)), (joined.checks, joined.carried)
    made = make_result(chosen, path, chunks, heard.reused, parts, total, heard.kept, VERSION)
    return made.model_copy(update={"also": tuple(others.values())})


def _others(
    source: Source, film: Path, also: tuple[str, ...], before: Result | None, *, overwrite: bool
) -> dict[str, Path]:
    """Where further deliveries will be, checked before any work is done."""
    ours = before.also if before else ()
    return {
        name: film_path(source, beside(film, name), codec, overwrite=overwrite, ours=lambda p: p in ours)
        for name, codec in also_of(also).items()
    }


def _scan_report(source: Source, found: Survey, store: Store) -> Path:
    """The page about the tape itself."""
    from encore.execution.table import FrameTable
    from encore.reporting.scanreport import build_scan_report

    return build_scan_report(
        source, found.analysis, FrameTable(store.path / "frames.parquet"), thumb_of(found.parts), store.path
    )


def _tell_plan(chosen: Plan, analysis: Analysis, watch: Watch) -> None:
    delivery = chosen.delivery
    if analysis.aspect_guessed and chosen.intent.aspect is None:
        shape = f"{float(Fraction(delivery.width, delivery.height)):.2f}:1"
        watch(Warned(what=f"the tape's shape is missing or nonsense; {shape} was assumed (--aspect decides)"))
    what = f"{delivery.width}x{delivery.height}, {delivery.rate} frames/s, {delivery.codec.kind}"
    watch(Decided(shot=None, decision=what, because=delivery.choice.because))
    for number, shot in enumerate(chosen.shots):
        watch(Decided(shot=number, decision=f"read by {shot.reading.method}", because=shot.reading_choice.because))
        for decision in shot.decisions:
            if decision.by != "audition":  # that was told when it was tried
                watch(Decided(shot=number, decision=decision.stage.kind, because=decision.because))


class _Heard:
    """Passes events on and remembers those that belong in the report."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.kept: list[Event] = []
        self.reused = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, Warned | Fellback):
            self.kept.append(event)
        if isinstance(event, ChunkDone):
            self.reused += event.reused
        self._watch(event)
