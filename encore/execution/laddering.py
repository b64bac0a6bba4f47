"""A finished film as a stream: rungs measured and chosen, encoded stretch by stretch, packaged for HLS and DASH."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from encore.core.doc import Doc, digest_of
from encore.core.errors import InputError, OutputError
from encore.core.events import SECONDS_BETWEEN_PROGRESS, ChunkDone, Decided, Event, Progress
from encore.core.result import Check, ChunkResult
from encore.core.time import Span
from encore.encoding.ladder import Grid, Point, Rung, candidates, grid_of, pruned, rungs_of
from encore.execution.mastered import Film, master_source, mastered
from encore.execution.packaging import Heard, Package, sound_group
from encore.execution.rungs import Meter, form_of, measured, scaled, vmaf
from encore.execution.store import Store, sha256_of
from encore.media.master import Player, colour_points
from encore.media.mux import Chunk
from encore.media.sound import aac_sound, sound_channels
from encore.media.write import ChunkWriter

SEGMENTS = 5
"""Segments of a stretch, 20 s: what a kill can cost, and long enough that starting encoders costs nothing."""
SOUND_KBPS = (128, 192)
"""AAC-LC that is transparent to most, and to all, for stereo."""
ENCODING = "encode"
"""Stage of the progress events."""


class Ladder(Doc):
    """The rungs of a stream, and what they were chosen by. Kept in the workspace."""

    key: str
    """Digest of what decided it."""
    points: tuple[Point, ...]
    rungs: tuple[Rung, ...]


class Streamed(Doc):
    """A published stream."""

    source: str
    output: Path
    ladder: Ladder
    frames: int
    bytes: int
    checks: tuple[Check, ...]
    version: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a stream is to be."""

    codecs: tuple[str, ...] = ("av1", "avc")
    every_rung: bool = False
    """Keep all rungs at their usual quality instead of measuring which are worth their bits."""


def streamed(
    path: Path, out: Path, workspace: Path, version: str, wanted: Wanted, watch: Callable[[Event], None],
    meter: Meter = vmaf,
) -> Streamed:  # fmt: skip
    """Make a stream of a finished film; what is finished is kept in the workspace and found again.

    Args:
        path: a progressive film in BT.709 at a constant rate.
        out: folder to make.
        workspace: folder for documents and chunks.
        version: of Encore.
        wanted: codecs and rungs.
        watch: hears every event.
        meter: judges rungs.

    Raises:
        InputError: the film cannot be streamed as it is; OutputError: the folder exists, or the disk is full.
        VerifyError: the stream is not what was promised.
    """
    source = master_source(path)
    if not (points := colour_points(source)).ours:
        raise InputError(
            f"{path}: is not BT.709 ({points})", todo="`encore encode` makes a film of it that can be streamed"
        )
    rungs = rungs_of(source.video.width, source.video.height, wanted.codecs)
    if out.exists() or not out.absolute().parent.is_dir():
        problem = "exists already" if out.exists() else "its folder does not exist"
        raise OutputError(f"{out}: {problem}", todo="choose another -o")
    with closing(Store(workspace, source, version)) as store:
        film = mastered(source, store, version, watch)
        work = _Work(film, store, watch)
        ladder = _ladder(work, rungs, wanted, version, meter)
        chunks = work.encoded(ladder.rungs, version)
        heard = work.sounds()
        checks = _packaged(out, work, ladder.rungs, chunks, heard)
        size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
        made = Streamed(
            source=source.fingerprint, output=out.absolute(), ladder=ladder, frames=film.master.frames, bytes=size,
            checks=checks, version=version,
        )  # fmt: skip
        store.keep("stream.json", made)
    return made


def _ladder(work: _Work, rungs: Sequence[Rung], wanted: Wanted, version: str, meter: Meter) -> Ladder:
    asked = [rung.model_dump(mode="json") for rung in rungs]
    key = digest_of([work.film.master.digest, asked, wanted.every_rung, version])
    known = work.store.document("ladder.json", Ladder)
    if known is None or known.key != key:
        points, best = (), 0.0
        if not wanted.every_rung:
            tried = candidates(rungs)
            points, best = measured(work.film, tried, meter, work.told(ENCODING, 2 * len(tried)))
        known = Ladder(key=key, points=points, rungs=pruned(points, best) if points else tuple(rungs))
        work.store.keep("ladder.json", known)
    why = "on the convex hull and a visible step apart" if known.points else "not measured"
    for rung in known.rungs:
        said = f"{rung.name}, {rung.width}x{rung.height}, crf {rung.codec.crf}"
        work.watch(Decided(shot=None, decision=said, because=why))
    return known


def _packaged(
    out: Path, work: _Work, rungs: Sequence[Rung], chunks: dict[str, list[Chunk]], heard: Sequence[Heard]
) -> tuple[Check, ...]:
    grid, rate = work.grid, work.film.master.rate
    stops = [edge / rate for edge in grid.edges[1:]]
    with Package(out) as package:
        for rung in rungs:
            group = f"aac-{sound_group(rung, SOUND_KBPS)}" if heard else ""
            package.add_pictures(rung, chunks[rung.name], rate, grid, group)
        used = {flow.sound for flow in package.pictures}
        for sound in heard:
            if f"aac-{sound.kbps}" in used:
                package.add_sound(sound, stops, f"aac-{sound.kbps}")
        return package.publish(grid, rate, work.told("verify", grid.edges[-1]))


class _Work:
    """One film, its workspace, and what is made of it."""

    def __init__(self, film: Film, store: Store, watch: Callable[[Event], None]) -> None:
        self.film, self.store, self.watch = film, store, watch
        self.grid: Grid = grid_of(film.master.frames, film.master.rate, film.master.cuts)

        self._done = self._total = 0

    def told(self, stage: str, total: int) -> Callable[[int], None]:
        """Something to call with the number of frames that are done, as often as one likes."""
        last = 0.0

        def tell(done: int) -> None:
            nonlocal last
            if time.perf_counter() - last > SECONDS_BETWEEN_PROGRESS:
                last = time.perf_counter()
                self.watch(Progress.model_validate({"stage": stage, "done": min(done, total), "total": total}))

        return tell

    def encoded(self, rungs: Sequence[Rung], version: str) -> dict[str, list[Chunk]]:
        """Chunks of every rung, in order; groups of rungs share the decoding of the film, stretch by stretch."""
        made: dict[str, list[Chunk]] = {rung.name: [] for rung in rungs}
        self._done, self._total = 0, self.film.master.frames * len(rungs)
        for group in groups(rungs):
            with closing(self.film.player()) as player:
                for number, span in enumerate(self.grid.stretches(SEGMENTS)):
                    results = self._stretch(player, span, number, {self._key(r, span, version): r for r in group})
                    for rung, result in zip(group, results, strict=True):
                        made[rung.name].append(Chunk(self.store.path / "chunks" / result.file, len(span), result.delay))
        return made

    def _stretch(self, player: Player, span: Span, number: int, group: dict[str, Rung]) -> list[ChunkResult]:
        """Chunks of a stretch by key, those that are missing made now."""
        started = time.perf_counter()
        found = {key: self.store.finished(key) for key in group}
        missing = {key: group[key] for key, result in found.items() if result is None}
        fresh = self._encode(player, span, number, missing) if missing else {}
        whole = [result for key in group if (result := fresh.get(key, found[key])) is not None]
        self._done += len(span) * len(group)
        seconds = time.perf_counter() - started if missing else 0.0
        size = sum(result.bytes for result in whole)
        self.watch(
            ChunkDone(shot=number, start=span.start, stop=span.stop, reused=not missing, bytes=size, seconds=seconds)
        )
        return whole

    def _encode(self, player: Player, span: Span, number: int, rungs: dict[str, Rung]) -> dict[str, ChunkResult]:
        """Encode a stretch for several rungs by key, all fed by the same pictures."""
        paths = {key: self.store.chunk_path(key, ".mp4") for key in rungs}
        forms, tell = sorted({form_of(rung) for rung in rungs.values()}), self.told(ENCODING, self._total)
        with ExitStack() as open_:
            writers = {key: open_.enter_context(self._writer(rung, paths[key], span)) for key, rung in rungs.items()}
            for done, pictures in enumerate(scaled(player, span, forms), 1):
                for key, writer in writers.items():
                    writer.write(pictures[form_of(rungs[key])])
                tell(self._done + done * len(rungs))
            delays = {key: writer.close() for key, writer in writers.items()}
        results: dict[str, ChunkResult] = {}
        for key, path in paths.items():
            results[key] = ChunkResult(
                key=key, shot=number, span=span, file=path.name, bytes=path.stat().st_size, sha256=sha256_of(path),
                delay=delays[key], pictures=len(span),
            )  # fmt: skip
            self.store.keep(f"chunks/{key}.json", results[key])
        return results

    def _writer(self, rung: Rung, path: Path, span: Span) -> ChunkWriter:
        keys, codec, rate = self.grid.keys_of(span), rung.codec, self.film.master.rate
        # half a frame early: a time that is rounded must not fall behind the frame it means
        at = ",".join(f"{float((2 * key - 1) / rate / 2):.6f}" for key in keys)
        forced = ("-force_key_frames", at) if keys else ()
        arguments = (*codec.arguments(len(span)), *forced)
        return ChunkWriter(path, (rung.width, rung.height), rate, codec.chroma, codec.depth, arguments)

    def _key(self, rung: Rung, span: Span, version: str) -> str:
        needed = [
            self.film.source.fingerprint, str(self.film.master.rate), rung.model_dump(mode="json"),
            span.model_dump(), self.grid.keys_of(span), version,
        ]  # fmt: skip
        return digest_of(needed)[:24]

    def sounds(self) -> list[Heard]:
        """Every sound stream at every bit rate, over the whole programme."""
        made: list[Heard] = []
        for number, stream in enumerate(s for s in self.film.source.others if s.kind == "audio"):
            channels = sound_channels(self.film.source.path, stream.index)
            for kbps in SOUND_KBPS:
                path = self.store.scratch / f"sound-{stream.index}-{kbps}.mp4"
                aac_sound(
                    self.film.source.path,
                    stream.index,
                    self.film.master.start_s,
                    self.film.master.duration_s,
                    kbps,
                    path,
                )
                made.append(Heard(path, stream, kbps, channels, stream.language or f"Sound {number + 1}"))
        return made


def groups(rungs: Sequence[Rung]) -> list[list[Rung]]:
    """Rungs that are encoded at once: together no more samples than the largest has, for encoders need memory."""
    most = max(rung.width * rung.height for rung in rungs)
    made: list[list[Rung]] = []
    for rung in rungs:
        room = most - (sum(r.width * r.height for r in made[-1]) if made else most)
        if made and made[-1][0].codec.kind == rung.codec.kind and rung.width * rung.height <= room:
            made[-1].append(rung)
        else:
            made.append([rung])
    return made
