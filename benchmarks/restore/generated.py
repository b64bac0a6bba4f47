"""Films of generated tapes: photographs that no network knows, in motion."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.repair.asked import unavailable
from benchmarks.repair.playing import Player
from benchmarks.repair.scenes import KINDS, Picture
from benchmarks.restore.asked import Asked
from benchmarks.restore.contenders import films
from benchmarks.restore.scenes import scene
from benchmarks.restore.scores import Judge
from benchmarks.restore.stills import stills
from benchmarks.restore.taping import PICTURES, taped
from benchmarks.restore.verdicts import Found, told, verdicts
from benchmarks.scan.table import Row

QUICK = ("static", "dancer", "texture")


def bench(asked: Asked) -> Iterator[Row]:
    """Rows of the table."""
    found: list[Found] = []
    for kind in KINDS if asked.full else QUICK:
        found.append(one := judged(kind, scene(kind, PICTURES, asked.pictures), asked))
        yield from told("generated", one)
    yield from missing("generated", found[0], asked)
    yield from verdicts("generated", found)


def judged(name: str, pictures: Iterable[Picture], asked: Asked) -> Found:
    """All films of one tape and their scores."""
    with tempfile.TemporaryDirectory() as folder:
        tape = taped(name, pictures, Path(folder), asked.strength)
        with Player(tape.path) as player:
            assert len(player.take.pictures) == PICTURES, f"{name}: {len(player.take.pictures)} pictures on tape"
            player.listen()
            judge = Judge(tape)
            made = films(player, asked.upscalers, tape.size, judge.fidelity)
        if asked.stills:
            stills(asked.stills, tape, made)
        scores, how = {film.by: judge.scores(film) for film in made}, {film.by: film.how for film in made}
    return Found(name, scores, how, judge.input_flicker, judge.band_limited)


def missing(part: str, found: Found, asked: Asked) -> Iterator[Row]:
    """Rows for upscalers that are not there."""
    for name in asked.upscalers:
        if f"ours {name}" not in found.scores:
            yield unavailable(part, f"the network {name}")
