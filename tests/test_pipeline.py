"""From tape to film, end to end on small tapes of our own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

import encore
from encore.core.errors import PlanError, VerifyError, WorkspaceError
from encore.core.events import EVENT, ChunkDone, Decided, Done, Event, Fellback, Progress, Warned
from encore.core.result import Result
from encore.core.time import Span
from encore.execution import joining
from encore.planning.plan import Intent, Plan
from tests.films import NTSC_FIELD, frame_hashes, heard, lavfi, picture_packets, raws

Make = Callable[..., Path]
SMALL = Intent(height=240, codec="avc", quality="fast")


@dataclass
class Run:
    """A restoration and everything that was heard of it."""

    result: Result
    events: list[Event] = field(default_factory=list)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def done(self) -> list[tuple[int, bool]]:
        return [(event.shot, event.reused) for event in self.of(ChunkDone)]


def restore(tape: Path, out: Path, **options: Any) -> Run:
    events: list[Event] = []
    options.setdefault("intent", SMALL)
    result = encore.restore(tape, out, watch=events.append, **options)
    assert isinstance(events[-1], Done)
    assert all(EVENT.validate_json(event.model_dump_json()) == event for event in events)
    return Run(result, events)


def check_film(run: Run, frames: int, rate: Fraction, size: tuple[int, int] = (320, 240)) -> None:
    """What holds for every film."""
    result = run.result
    assert (result.frames, result.rate, (result.width, result.height)) == (frames, rate, size)
    packets = picture_packets(result.output)
    assert [at for at, _, _ in packets] == [n / rate for n in range(frames)]
    assert {length for _, length, _ in packets} == {1 / rate}
    assert all(check.kept for check in result.checks)
    with av.open(str(result.output)) as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == size
    assert not list(result.output.parent.glob(".*.part"))
    assert Path(run.of(Done)[0].report).is_file()


@pytest.fixture(scope="module")
def first(small_tape: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The tiny tape restored once; read it, never write to it."""
    return restore(small_tape, tmp_path_factory.mktemp("first") / "film.mp4")


@pytest.fixture
def again(first: Run, small_tape: Path, tmp_path: Path) -> tuple[Run, Path]:
    """A copy of the finished work that a test may spoil, and the name of its film."""
    folder = first.result.output.parent
    shutil.copytree(folder, tmp_path / "work")
    film = tmp_path / "work" / "film.mp4"
    spaces = list((tmp_path / "work").glob("*.encore"))
    result = Result.load(spaces[0] / "result.json")
    result.model_copy(update={"output": film}).save(spaces[0] / "result.json")
    return first, film


def workspace(film: Path) -> Path:
    return next(film.parent.glob("*.encore"))


def test_every_field_becomes_a_frame(first: Run) -> None:
    check_film(first, 60, NTSC_FIELD)
    assert len(first.done) == 2 and not any(reused for _, reused in first.done)
    assert [c.how for c in first.result.carried] == ["copied"]
    stages = [event.stage for event in first.of(Progress)]
    assert stages == sorted(stages, key=["scan", "restore", "join", "verify"].index)
    assert {event.shot for event in first.of(Decided)} == {None, 0, 1}


def test_the_film_shows_the_tape(first: Run, small_tape: Path) -> None:
    """Downscaled and on the right field, the film looks like the tape."""
    film, tape = raws(first.result.output), raws(small_tape)
    for frame in (2, 21, 45):
        field = tape[frame // 2].planes[0][frame % 2 :: 2].astype(np.float32)
        before, after = (cv2.resize(p, (22, 18), interpolation=cv2.INTER_AREA) for p in (field, film[frame].planes[0]))
        assert np.corrcoef(before.ravel(), after.astype(np.float32).ravel())[0, 1] > 0.94


def test_sound_is_in_step_with_the_picture(first: Run, small_tape: Path) -> None:
    with av.open(str(small_tape)) as tape:
        start = float(next(f.pts * f.time_base for f in tape.decode(video=0)))
    before, at = heard(small_tape)
    after, film_at = heard(first.result.output)
    offset = round(start * 48000) - at + film_at
    part = slice(4000, 40000)
    assert np.abs(before[offset:][part] - after[part]).max() < 0.01


def test_a_second_run_does_nothing(again: tuple[Run, Path], small_tape: Path) -> None:
    run, film = again
    before = film.stat()
    second = restore(small_tape, film)
    assert (film.stat().st_mtime_ns, film.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert second.done == [] and second.of(Progress) == []
    assert second.result.frames == run.result.frames


def test_a_lost_film_is_joined_again_from_finished_chunks(again: tuple[Run, Path], small_tape: Path) -> None:
    run, film = again
    film.unlink()
    second = restore(small_tape, film)
    assert second.done == [(0, True), (1, True)]
    assert second.result.reused == 2
    assert frame_hashes(film) == frame_hashes(run.result.output)


@pytest.mark.parametrize("damage", ["gone", "shorter", "changed", "no document"])
def test_a_damaged_chunk_is_made_again(again: tuple[Run, Path], small_tape: Path, damage: str) -> None:
    run, film = again
    chunk = run.result.chunks[1]
    path = workspace(film) / "chunks" / chunk.file
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage == "shorter":
        path.write_bytes(content[:-100])
    elif damage == "changed":
        path.write_bytes(content[:5000] + bytes(100) + content[5100:])
    else:
        (workspace(film) / "chunks" / f"{chunk.key}.json").unlink()
    film.unlink()
    second = restore(small_tape, film)
    assert second.done == [(0, True), (1, False)]
    assert frame_hashes(film) == frame_hashes(run.result.output)


def test_editing_one_shot_redoes_that_shot_alone(again: tuple[Run, Path], small_tape: Path, tmp_path: Path) -> None:
    run, film = again
    plan = json.loads((workspace(film) / "plan.json").read_text())
    plan["shots"][1]["reading"]["method"] = "weave"
    plan["shots"][1]["reading_choice"]["by"] = "person"
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps(plan), encoding="utf-8")
    second = restore(small_tape, film, plan=mine)
    assert second.done == [(0, True), (1, False)]
    a, b = frame_hashes(film), frame_hashes(run.result.output)
    assert a[:30] == b[:30] and a[30:] != b[30:]
    back = restore(small_tape, film)
    assert all(reused for _, reused in back.done)
    assert frame_hashes(film) == b


def test_an_edited_plan_in_the_workspace_is_not_lost(again: tuple[Run, Path], small_tape: Path) -> None:
    _, film = again
    path = workspace(film) / "plan.json"
    edited = path.read_text().replace("each field is its own moment", "I say so")
    path.write_text(edited, encoding="utf-8")
    second = restore(small_tape, film)
    assert any("plan" in event.what for event in second.of(Warned))
    assert edited in [p.read_text(encoding="utf-8") for p in path.parent.glob("plan*.json")]


def test_another_size_keeps_the_survey_and_redoes_the_rest(again: tuple[Run, Path], small_tape: Path) -> None:
    _, film = again
    second = restore(small_tape, film, intent=SMALL.model_copy(update={"height": 242}))
    assert not any(event.stage == "scan" for event in second.of(Progress))
    assert not any(reused for _, reused in second.done)
    check_film(second, 60, NTSC_FIELD, (322, 242))


def test_plan_first_then_obey_it(small_tape: Path, tmp_path: Path) -> None:
    space = tmp_path / "space"
    made = encore.plan(small_tape, intent=SMALL, workspace=space)
    assert Plan.load(space / "plan.json") == made
    run = restore(small_tape, tmp_path / "film.mp4", plan=space / "plan.json", workspace=space)
    assert run.result.plan == made.digest
    assert not any(event.stage == "scan" for event in run.of(Progress))
    assert encore.report(space).is_file()


def test_the_best_repair_in_pieces_is_the_whole(small_tape: Path, tmp_path: Path) -> None:
    """Every stage that looks around gives the same pictures after a lost chunk as before."""
    best = SMALL.model_copy(
        update={"quality": "best", "era": 1.0, "frames": Span(start=8, stop=22), "upscaler": "sr-fast"}
    )
    run = restore(small_tape, tmp_path / "film.mp4", intent=best)
    check_film(run, 28, Fraction(60000, 1001))
    space = workspace(tmp_path / "film.mp4")
    plan = Plan.load(space / "plan.json")
    assert {shot.reading.method for shot in plan.shots} == {"compensated"}
    assert {shot.decisions[-1].stage.networks() for shot in plan.shots} == {("sr-fast", "chroma-guided")}
    whole = frame_hashes(run.result.output)
    (space / "chunks" / run.result.chunks[0].file).unlink()
    (tmp_path / "film.mp4").unlink()
    again = restore(small_tape, tmp_path / "film.mp4", intent=best)
    assert again.done == [(0, False), (1, True)]
    assert frame_hashes(again.result.output) == whole


def test_scan_alone(small_tape: Path, tmp_path: Path) -> None:
    found = encore.scan(small_tape, workspace=tmp_path / "space")
    assert [shot.span for shot in found.shots] == [Span(start=0, stop=30), Span(start=30, stop=60)]
    with pytest.raises(WorkspaceError, match="nothing is finished"):
        encore.report(tmp_path / "space")


FILMS = [
    pytest.param(".mpg", {"scan": "film"}, {}, 24, Fraction(24000, 1001), id="film"),
    pytest.param(".mpg", {"scan": "soft", "frames": 24}, {}, 24, Fraction(24000, 1001), id="soft telecine"),
    pytest.param(".mpg", {"scan": "progressive", "frames": 16}, {}, 16, Fraction(30000, 1001), id="progressive"),
    pytest.param(
        ".dv", {"standard": "pal", "codec": "dv", "scan": "bff", "frames": 14}, {}, 28, Fraction(50), id="pal"
    ),
    pytest.param(".mpg", {}, {"rate": "frame"}, 30, Fraction(30000, 1001), id="frame rate"),
]


@pytest.mark.parametrize(("suffix", "recipe", "wanted", "frames", "rate"), FILMS)
def test_every_kind_of_tape(
    make: Make, tmp_path: Path, suffix: str, recipe: dict[str, Any], wanted: dict[str, Any], frames: int, rate: Fraction
) -> None:
    run = restore(make(suffix, **recipe), tmp_path / "film.mp4", intent=SMALL.model_copy(update=wanted))
    check_film(run, frames, rate)


def test_wide_screen_on_request(small_tape: Path, tmp_path: Path) -> None:
    wide = SMALL.model_copy(update={"aspect": Fraction(16, 9), "frames": Span(start=0, stop=3)})
    check_film(restore(small_tape, tmp_path / "film.mp4", intent=wide), 6, NTSC_FIELD, (426, 240))


@pytest.mark.parametrize(("start", "stop"), [(5, 25), (0, 1), (29, 30), (14, 16)])
def test_a_part_of_the_tape_with_its_sound(small_tape: Path, tmp_path: Path, start: int, stop: int, first: Run) -> None:
    part = SMALL.model_copy(update={"frames": Span(start=start, stop=stop)})
    run = restore(small_tape, tmp_path / "film.mp4", intent=part)
    check_film(run, 2 * (stop - start), NTSC_FIELD)
    if stop - start > 10:
        whole, part_sound = heard(first.result.output)[0], heard(run.result.output)[0]
        at = round(Fraction(1001 * start, 30000) * 48000)
        inner = slice(4000, len(part_sound) - 4000)
        assert np.abs(whole[at:][inner] - part_sound[inner]).max() < 0.1  # lossy sound starts anew
        assert abs(len(part_sound) - (stop - start) * 1601.6) < 1600


def test_edges_are_cut_on_request(small_tape: Path, tmp_path: Path) -> None:
    part = SMALL.model_copy(update={"crop": True, "frames": Span(start=0, stop=3)})
    run = restore(small_tape, tmp_path / "film.mp4", intent=part)
    width = run.result.width
    check_film(run, 6, NTSC_FIELD, (width, 240))


@pytest.mark.parametrize(
    ("name", "size", "options"),
    [
        ("odd.mkv", "355x243", ("-c:v", "ffv1", "-pix_fmt", "yuv420p")),
        ("grey.mkv", "128x96", ("-c:v", "ffv1", "-pix_fmt", "gray")),
        ("rgb.avi", "128x96", ("-c:v", "rawvideo", "-pix_fmt", "bgr24")),
        ("ten.mkv", "128x97", ("-c:v", "ffv1", "-pix_fmt", "yuv422p10le")),
        ("jpeg.avi", "130x96", ("-c:v", "mjpeg")),
        ("tiny.mkv", "64x48", ("-c:v", "ffv1", "-pix_fmt", "yuv411p")),
        ("one.mkv", "128x96", ("-c:v", "ffv1", "-frames:v", "1")),
    ],
)
def test_unusual_tapes(tmp_path: Path, name: str, size: str, options: tuple[str, ...]) -> None:
    picture = f"testsrc2=size={size}:rate=25"
    tape = lavfi(tmp_path / name, *options, picture=picture, frames=1 if name == "one.mkv" else 6)
    run = restore(tape, tmp_path / "film.mp4")
    assert all(check.kept for check in run.result.checks)
    assert run.result.frames >= 1


@pytest.mark.parametrize(("kind", "suffix"), [("av1", "mkv"), ("hevc", "mov"), ("prores", "mov"), ("ffv1", "mkv")])
def test_every_codec(small_tape: Path, tmp_path: Path, kind: str, suffix: str) -> None:
    part = Intent(height=240, codec=kind, quality="fast", frames=Span(start=13, stop=17))
    run = restore(small_tape, tmp_path / f"film.{suffix}", intent=part)
    assert run.result.frames == 8 and all(check.kept for check in run.result.checks)


def test_uneven_times_are_made_even_with_a_warning(make: Make, tmp_path: Path) -> None:
    tape = make(".mkv", codec="h264", vfr=True, frames=18, scenes=("wide",))
    run = restore(tape, tmp_path / "film.mp4")
    check_film(run, run.result.frames, run.result.rate)
    assert run.result.rate == NTSC_FIELD
    assert any("uneven" in event.what for event in run.of(Warned))


def test_a_tape_that_ends_too_soon_is_restored_as_far_as_it_goes(small_tape: Path, tmp_path: Path) -> None:
    for share in (0.3, 0.9):
        tape = tmp_path / f"cut{share}.mpg"
        tape.write_bytes(small_tape.read_bytes()[: int(small_tape.stat().st_size * share)])
        run = restore(tape, tmp_path / f"cut{share}.mp4")
        assert 8 <= run.result.frames < 60
        check_film(run, run.result.frames, NTSC_FIELD)


def test_damage_in_the_middle_is_told(small_tape: Path, tmp_path: Path) -> None:
    content = bytearray(small_tape.read_bytes())
    content[100_000:103_000] = np.random.default_rng(3).integers(0, 256, 3000, np.uint8).tobytes()
    tape = tmp_path / "broken.mpg"
    tape.write_bytes(content)
    run = restore(tape, tmp_path / "film.mp4")
    check_film(run, run.result.frames, NTSC_FIELD)
    assert any("damaged" in event.what or "missing" in event.what for event in run.of(Warned))


def test_streams_that_cannot_come_along_are_told(tmp_path: Path) -> None:
    tape = tmp_path / "tape.mkv"
    lavfi(
        tape,
        "-f",
        "lavfi",
        "-i",
        "sine=duration=1",
        "-map",
        "0",
        "-map",
        "1",
        "-c:v",
        "ffv1",
        "-c:a",
        "wavpack",
        frames=6,
    )
    run = restore(tape, tmp_path / "film.mp4")
    assert [event.used for event in run.of(Fellback)] == ["converted to flac"]
    assert run.result.fallbacks == tuple(run.of(Fellback))


def test_a_film_that_breaks_its_promise_is_not_published(
    small_tape: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from encore.core.result import Check

    broken = (Check(promise="frames", expected="60", found="59", kept=False),)
    monkeypatch.setattr(joining, "checked", lambda *_args: broken)
    film = tmp_path / "film.mp4"
    with pytest.raises(VerifyError, match="59 instead of 60") as caught:
        encore.restore(small_tape, film, intent=SMALL.model_copy(update={"frames": Span(start=0, stop=2)}))
    assert "\n" not in str(caught.value)
    assert {p.name.split(".")[-1] for p in tmp_path.iterdir()} == {"encore"}


def test_a_plan_for_another_tape_is_refused(first: Run, make: Make, tmp_path: Path) -> None:
    plan = workspace(first.result.output) / "plan.json"
    other = make(".mpg", scan="progressive", frames=16)
    with pytest.raises(PlanError, match="another tape"):
        encore.restore(other, tmp_path / "film.mp4", plan=plan)
    assert not (tmp_path / "film.mp4").exists()


def test_a_workspace_of_another_tape_is_refused(first: Run, make: Make, tmp_path: Path) -> None:
    other = make(".mpg", scan="progressive", frames=16)
    with pytest.raises(WorkspaceError, match="another tape"):
        encore.restore(other, tmp_path / "film.mp4", workspace=workspace(first.result.output))
