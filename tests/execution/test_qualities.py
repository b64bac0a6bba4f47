"""Shots get their CRFs in one order, the same after a kill, and nothing of the trying stays on disk."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import pytest

from encore.core.errors import StageError
from encore.core.events import Decided, Event, Fellback
from encore.core.time import Span
from encore.encoding.codecs import Av1
from encore.encoding.probe import Window
from encore.encoding.quality import ShotQuality, Target
from encore.execution.qualities import Asked, Cabinet, qualities
from encore.execution.windows import Form, Planes, restored_windows
from encore.media.y4m import planes, raw_pictures
from tests.encoding.clips import NTSC, SIZE, drifting, written

QUICK = Av1(speed=12)
SHOTS = [Asked(shot=n, frames=6, seconds=0.2, key=f"shot {n}") for n in range(3)]


def windows_of(folder: Path, asked: list[int], size: tuple[int, int] = SIZE) -> Callable[[int], Sequence[Window]]:
    def made(shot: int) -> list[Window]:
        asked.append(shot)
        path = written(folder / "window0.y4m", 6, lambda n: drifting(n, size, seed=shot + 1))
        return [Window(path, faces=((64, 64, 192, 192),) if size == SIZE else ())]

    return made


def found(workspace: Path, target: Target, asked: list[int], events: list[Event]) -> tuple[ShotQuality, ...]:
    scratch = workspace / "scratch"
    scratch.mkdir(exist_ok=True)
    made = qualities(SHOTS, QUICK, target, Cabinet(workspace, target), windows_of(scratch, asked), events.append)
    assert not list(scratch.iterdir())
    return made


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[ShotQuality, ...], list[int], list[Event]]:
    workspace, asked, events = tmp_path_factory.mktemp("workspace"), list[int](), list[Event]()
    return workspace, found(workspace, Target(profile="stream"), asked, events), asked, events


def test_every_shot_gets_a_quality_and_a_reason(
    first: tuple[Path, tuple[ShotQuality, ...], list[int], list[Event]],
) -> None:
    _, made, asked, events = first
    assert asked == [0, 1, 2] and len(made) == 3
    assert all(one.probes and one.predicted_bytes > 0 and "stream" in one.reasons[0] for one in made)
    assert [event.decision for event in events if isinstance(event, Decided)] == [f"CRF {one.crf:g}" for one in made]


def test_after_a_kill_the_rest_is_found_and_all_is_the_same(
    first: tuple[Path, tuple[ShotQuality, ...], list[int], list[Event]],
) -> None:
    workspace, made, _, _ = first
    kept = sorted((workspace / "qualities").iterdir())
    assert len(kept) == 3
    asked: list[int] = []
    assert found(workspace, Target(profile="stream"), asked, []) == made and not asked
    last = next(path for path in kept if '"pair": null' in path.read_text())
    last.unlink()
    assert found(workspace, Target(profile="stream"), asked, []) == made and asked == [2]


def test_allocation_needs_no_new_probes_and_a_profile_does(
    first: tuple[Path, tuple[ShotQuality, ...], list[int], list[Event]],
) -> None:
    workspace, _, _, _ = first
    asked: list[int] = []
    same = found(workspace, Target(profile="stream", allocation="constant"), asked, [])
    assert not asked and all("same drop" in one.reasons[0] for one in same)
    assert Cabinet(workspace, Target(profile="high")).find(SHOTS[0].key) is None


def test_without_vmaf_xpsnr_is_used_and_said(tmp_path: Path) -> None:
    events: list[Event] = []
    target = Target(profile="stream")
    (tmp_path / "s").mkdir()
    tiny = windows_of(tmp_path / "s", [], (96, 64))
    made = qualities(SHOTS[:1], QUICK, target, Cabinet(tmp_path, target), tiny, events.append)
    assert made[0].crf > 0 and any(isinstance(event, Fellback) and event.used == "XPSNR" for event in events)


def test_windows_are_restored_and_written(tmp_path: Path) -> None:
    source = raw_pictures(written(tmp_path / "whole.y4m", 64))
    whole = list(planes(source))

    def render(span: Span) -> Generator[Planes]:
        yield from whole[span.start : span.stop]

    (tmp_path / "w").mkdir()
    made = restored_windows(64, Form(SIZE, NTSC, 10), tmp_path / "w", render, faces=lambda _: ((3, 5, 61, 77),))
    assert [window.faces for window in made] == [((2, 4, 62, 78),)] and sum(one.weight for one in made) == 1
    (back,) = (list(planes(raw_pictures(one.path))) for one in made)
    assert len(back) == 32 and (back[0][0] == whole[16][0]).all()

    def short(span: Span) -> Generator[Planes]:
        yield from whole[span.start : span.stop - 1]

    with pytest.raises(StageError, match="1 frames of a window"):
        restored_windows(64, Form(SIZE, NTSC, 10), tmp_path / "w", short)
