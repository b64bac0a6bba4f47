"""The command line: every end has its exit code and one line that says why; programs read JSON."""

from __future__ import annotations

import importlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from encore.cli import app
from encore.core.errors import EXIT_CODES
from encore.core.events import EVENT, ChunkDone, Done, Failed
from encore.core.findings import Analysis
from encore.core.source import Source
from encore.execution.store import Store
from encore.planning.plan import Plan
from tests.films import lavfi

Make = Callable[..., Path]
FAST = ("--height", "240", "--codec", "avc", "--quality", "fast")
FEW = (*FAST, "--frames", "0:3")


@dataclass
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    def failed(self, code: int, *says: str) -> None:
        """It ended as promised: the right code, one line with the reason, no trace of our insides."""
        assert self.code == code, self.err
        lines = [line for line in self.err.splitlines() if line.startswith("error")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err + self.out
        for word in says:
            assert word in lines[0]


def encore(*arguments: object) -> Ended:
    """Run a command in this process."""
    found = CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="encore")
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return Ended(found.exit_code, found.stdout, found.stderr)


def process(*arguments: object, **options: object) -> subprocess.Popen[str]:
    """Run a command in a process of its own."""
    command = [sys.executable, "-m", "encore", *(str(argument) for argument in arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload]


def ended(running: subprocess.Popen[str]) -> Ended:
    out, err = running.communicate()
    return Ended(running.returncode, out, err)


def nothing_left(folder: Path, film: str = "film.mp4") -> None:
    """No film, nor anything on its way to become one."""
    assert not (folder / film).exists()
    assert not [p.name for p in folder.iterdir() if p.name.endswith(".part")]


def test_help_explains_itself() -> None:
    found = encore("--help")
    assert found.code == 0
    for code, _ in EXIT_CODES:
        assert f"{code}:" in found.out
    for verb in ("restore", "scan", "plan", "report", "compare", "demo", "doctor"):
        assert verb in found.out
        assert encore(verb, "--help").code == 0


def test_restore_then_report(small_tape: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    found = encore("restore", small_tape, "-o", film, *FEW)
    assert found.code == 0 and found.out == ""
    assert film.is_file() and str(film) in found.err
    page = encore("report", next(tmp_path.glob("*.encore")))
    assert page.code == 0 and Path(page.out.strip()).is_file()


def test_json_lines_are_events(small_tape: Path, tmp_path: Path) -> None:
    found = encore("restore", small_tape, "-o", tmp_path / "film.mp4", *FEW, "--json")
    assert found.code == 0 and found.err == ""
    events = [EVENT.validate_json(line) for line in found.out.splitlines()]
    assert isinstance(events[-1], Done) and events[-1].frames == 6
    assert any(isinstance(event, ChunkDone) for event in events)


def test_json_errors_are_events_too(tmp_path: Path) -> None:
    found = encore("restore", tmp_path / "none.mpg", "--json")
    assert found.code == 3 and found.err == ""
    (line,) = found.out.splitlines()
    event = EVENT.validate_json(line)
    assert isinstance(event, Failed) and (event.kind, event.exit_code) == ("InputError", 3)


def test_scan_and_plan_speak_json(small_tape: Path, tmp_path: Path) -> None:
    found = encore("scan", small_tape, "--workspace", tmp_path / "a", "--json")
    assert found.code == 0
    assert len(Analysis.model_validate_json(found.out.splitlines()[-1]).shots) == 2
    found = encore("plan", small_tape, "--workspace", tmp_path / "a", "--json", *FAST)
    assert Plan.model_validate_json(found.out.splitlines()[-1]).delivery.height == 240
    found = encore("plan", small_tape, "--workspace", tmp_path / "a", *FAST)
    assert found.code == 0 and str(tmp_path / "a" / "plan.json") in found.out + found.err


def test_aspect_and_rate_reach_the_plan(small_tape: Path, tmp_path: Path) -> None:
    wanted = ("--aspect", "16:9", "--rate", "frame", "--crop", "--preset", "broadcast", "--quality", "fast")
    assert encore("plan", small_tape, "--workspace", tmp_path / "a", *wanted).code == 0
    plan = Plan.load(tmp_path / "a" / "plan.json")
    assert (plan.intent.aspect, plan.intent.rate, plan.intent.crop) == (Fraction(16, 9), "frame", True)
    assert (plan.delivery.height, plan.delivery.codec.kind) == (1080, "hevc")


def test_how_to_repair_reaches_the_plan(small_tape: Path, tmp_path: Path) -> None:
    wanted = ("--quality", "fast", "--era", "0.5", "--stabilize", "0.25", *FAST)
    assert encore("plan", small_tape, "--workspace", tmp_path / "a", *wanted).code == 0
    plan = Plan.load(tmp_path / "a" / "plan.json")
    assert (plan.intent.quality, plan.intent.era, plan.intent.stabilize) == ("fast", 0.5, 0.25)
    assert {decision.stage.kind for shot in plan.shots for decision in shot.decisions} == {"upscale"}
    assert encore("plan", small_tape, "--workspace", tmp_path / "a", "--quality", "good").code == 2
    assert encore("plan", small_tape, "--workspace", tmp_path / "a", "--era", "1.5").code == 2


def test_the_default_name_lies_beside_the_tape(small_tape: Path, tmp_path: Path) -> None:
    tape = tmp_path / "my tape.mpg"
    shutil.copy(small_tape, tape)
    assert encore("restore", tape, *FEW).code == 0
    assert (tmp_path / "my tape.restored.mp4").is_file() and (tmp_path / "my tape.encore").is_dir()


@pytest.mark.parametrize(
    "wrong",
    [
        ("--height", "241"), ("--height", "100"), ("--height", "tall"), ("--rate", "fast"), ("--aspect", "wide"),
        ("--aspect", "4:0"), ("--aspect", "100:1"), ("--frames", "5"), ("--frames", "9:3"), ("--frames", "3:3"),
        ("--codec", "vp9"), ("--device", "gpu"), ("--nonsense",),
    ],
)  # fmt: skip
def test_wrong_usage(small_tape: Path, tmp_path: Path, wrong: tuple[str, ...]) -> None:
    found = encore("restore", small_tape, "-o", tmp_path / "film.mp4", *wrong)
    assert found.code == 2, found.err
    assert wrong[0] in found.err and "Traceback" not in found.err
    assert not list(tmp_path.iterdir())


def test_no_command_and_unknown_command() -> None:
    assert encore().code in (0, 2)
    assert encore("improve").code == 2
    assert encore("restore").code == 2


def still(path: Path) -> None:
    lavfi(path.with_suffix(".png"), frames=1).rename(path)


def sized(size: str) -> Callable[[Path], object]:
    return lambda path: lavfi(
        path, "-c:v", "ffv1", "-f", "matroska", picture=f"color=gray:size={size}:rate=25", frames=1
    )


BAD_TAPES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda _path: None, "no such file"),
    "folder": (lambda path: path.mkdir(), "folder"),
    "empty": (lambda path: path.touch(), "empty"),
    "text": (lambda path: path.write_text("Dear diary,\n" * 500), "video"),
    "noise": (lambda path: path.write_bytes(os.urandom(100_000)), ""),
    "zeros": (lambda path: path.write_bytes(bytes(100_000)), ""),
    "still": (still, "moving picture"),
    "sound only": (
        lambda path: lavfi(path, "-c:a", "mp2", "-f", "mpegts", picture="sine=duration=0.5", frames=9),
        "no moving picture",
    ),
    "16x16": (sized("16x16"), "too small"),
    "4K": (sized("3840x2160"), "more than Encore restores"),
}


@pytest.mark.parametrize("kind", BAD_TAPES)
def test_what_is_no_tape(tmp_path: Path, kind: str) -> None:
    make_it, says = BAD_TAPES[kind]
    tape, out = tmp_path / "tape.mpg", tmp_path / "out"
    out.mkdir()
    make_it(tape)
    for verb in (("restore", tape, "-o", out / "film.mp4", *FAST), ("scan", tape), ("plan", tape)):
        encore(*verb).failed(3, "tape.mpg", says)
    nothing_left(out)


@pytest.mark.parametrize("share", [0.0005, 0.5])
def test_an_mp4_that_was_cut_off_is_refused(make: Make, tmp_path: Path, share: float) -> None:
    whole = make(".mp4", codec="h264", frames=25, scenes=("wide",)).read_bytes()
    tape = tmp_path / "tape.mp4"
    tape.write_bytes(whole[: int(len(whole) * share)])
    encore("restore", tape, *FAST).failed(3, "tape.mp4")
    nothing_left(tmp_path, "tape.restored.mp4")


def test_a_video_of_no_length(tmp_path: Path) -> None:
    tape = tmp_path / "tape.mkv"
    lavfi(tape, "-c:v", "ffv1", frames=3)
    content = tape.read_bytes()
    cluster = content.index(bytes.fromhex("1f43b675"))
    tape.write_bytes(content[:cluster])
    encore("restore", tape, *FAST).failed(3, "tape.mkv")
    nothing_left(tmp_path, "tape.restored.mp4")


def test_frames_beyond_the_end(small_tape: Path, tmp_path: Path) -> None:
    encore("restore", small_tape, "-o", tmp_path / "film.mp4", *FAST, "--frames", "20:31").failed(4, "20:31", "30")
    nothing_left(tmp_path)


@pytest.mark.parametrize(
    ("name", "says"),
    [("film.avi", "does not go into .avi"), ("film", "does not go into"), ("film.png", "does not go into")],
)
def test_containers_that_cannot_hold_it(small_tape: Path, tmp_path: Path, name: str, says: str) -> None:
    encore("restore", small_tape, "-o", tmp_path / name, *FEW).failed(4, says)
    assert not list(tmp_path.iterdir())


def test_no_preset_of_that_name(small_tape: Path, tmp_path: Path) -> None:
    encore("restore", small_tape, "-o", tmp_path / "film.mp4", "--preset", "opera").failed(4, "opera")


def test_output_is_the_tape(make: Make, tmp_path: Path) -> None:
    tape = tmp_path / "tape.mp4"
    shutil.copy(make(".mp4", codec="h264", frames=25, scenes=("wide",)), tape)
    before = tape.read_bytes()
    (tmp_path / "link.mp4").symlink_to(tape)
    for out in (tape, tmp_path / "link.mp4", tmp_path / "." / "tape.mp4"):
        encore("restore", tape, "-o", out, *FEW, "--overwrite").failed(6, "tape itself")
    assert tape.read_bytes() == before


def test_output_exists(small_tape: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_text("my wedding")
    encore("restore", small_tape, "-o", film, *FEW).failed(6, "exists already", "--overwrite")
    assert film.read_text() == "my wedding"
    assert encore("restore", small_tape, "-o", film, *FEW, "--overwrite").code == 0
    assert film.stat().st_size > 1000


def test_output_is_a_folder_or_in_none(small_tape: Path, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").mkdir()
    encore("restore", small_tape, "-o", tmp_path / "film.mp4", *FEW, "--overwrite").failed(6, "folder")
    encore("restore", small_tape, "-o", tmp_path / "no" / "film.mp4", *FEW).failed(6, "folder does not exist")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder that nobody can write, not even root")
def test_output_folder_cannot_be_written(small_tape: Path, tmp_path: Path) -> None:
    encore("restore", small_tape, "-o", "/proc/film.mp4", *FEW).failed(6, "/proc")
    encore("restore", small_tape, "-o", tmp_path / "film.mp4", "--workspace", "/proc/space", *FEW).failed(6, "/proc")
    nothing_left(tmp_path)


@pytest.fixture
def planned(small_tape: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A workspace with a plan in it, and the plan."""
    space = tmp_path / "space"
    assert encore("plan", small_tape, "--workspace", space, *FEW).code == 0
    return space, space / "plan.json"


def test_plans_that_cannot_be_obeyed(small_tape: Path, tmp_path: Path, planned: tuple[Path, Path]) -> None:
    space, plan = planned
    given = json.loads(plan.read_text())
    film = tmp_path / "film.mp4"

    def refused(says: str, **changes: object) -> None:
        mine = tmp_path / "mine.json"
        mine.write_text(json.dumps({**given, **changes}), encoding="utf-8")
        encore("restore", small_tape, "-o", film, "--workspace", space, "--plan", mine).failed(4, says)
        nothing_left(tmp_path)

    refused("another tape", source="0" * 64)
    refused("newer Encore", version=99)
    refused("colour", colour="red")
    shot = given["shots"][0]
    unknown = {**shot["decisions"][0], "stage": {"kind": "sharpen"}}
    refused("sharpen", shots=[{**shot, "decisions": [unknown]}])
    refused("start at tick 0", shots=[{**shot, "span": {"start": 2, "stop": 6}}])
    encore("restore", small_tape, "-o", film, "--plan", tmp_path / "none.json").failed(4, "none.json")
    encore("restore", small_tape, "-o", film, "--plan", plan, "--height", 480).failed(4, "--plan decides everything")


def test_a_plan_is_obeyed(small_tape: Path, tmp_path: Path, planned: tuple[Path, Path]) -> None:
    space, plan = planned
    found = encore("restore", small_tape, "-o", tmp_path / "film.mp4", "--workspace", space, "--plan", plan)
    assert found.code == 0 and "6 frames" in found.err


def test_workspaces_that_cannot_be_used(
    small_tape: Path, tmp_path: Path, planned: tuple[Path, Path], make: Make
) -> None:
    space, film = planned[0], tmp_path / "film.mp4"
    other = make(".mp4", codec="h264", frames=25, scenes=("wide",))
    encore("restore", other, "-o", film, "--workspace", space, *FEW).failed(5, "another tape")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    encore("restore", small_tape, "-o", film, "--workspace", tmp_path / "photos", *FEW).failed(5, "no workspace")
    encore("report", tmp_path / "nowhere").failed(5, "no workspace")
    encore("report", space).failed(5, "nothing is finished")
    owner = Store(space, None, "test")
    encore("restore", small_tape, "-o", film, "--workspace", space, *FEW).failed(5, "another Encore")
    owner.close()
    mark = json.loads((space / "workspace.json").read_text())
    (space / "workspace.json").write_text(json.dumps({**mark, "layout": 99, "more": 1}))
    encore("restore", small_tape, "-o", film, "--workspace", space, *FEW).failed(5, "newer Encore")
    nothing_left(tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Makes a file system of so many KiB."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(size: int) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "encore-test", str(place)]
        if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("mounting a small disk is not permitted here")
        return place

    yield mount
    subprocess.run(["umount", "--lazy", str(place)], capture_output=True, check=False)


@pytest.mark.parametrize("size", [8, 40, 100, 180, 240])
def test_a_full_disk(small_tape: Path, small_disk: Callable[[int], Path], size: int) -> None:
    """Wherever it fills up: no film, the right words, and with more room the work goes on."""
    disk = small_disk(size)
    film = disk / "film.mp4"
    found = encore("restore", small_tape, "-o", film, *FAST)
    found.failed(6)
    nothing_left(disk)
    done = len(list(disk.glob("*.encore/chunks/*.json")))
    subprocess.run(["mount", "-o", "remount,size=4m", str(disk)], check=True)
    again = encore("restore", small_tape, "-o", film, *FAST, "--json")
    assert again.code == 0
    events = [EVENT.validate_json(line) for line in again.out.splitlines()]
    assert sum(event.reused for event in events if isinstance(event, ChunkDone)) == done


@pytest.mark.parametrize("limit", [3000, 20_000, 60_000])
def test_a_limit_on_the_size_of_files(small_tape: Path, tmp_path: Path, limit: int) -> None:
    def smaller() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    film = tmp_path / "film.mp4"
    found = ended(process("restore", small_tape, "-o", film, *FAST, preexec_fn=smaller))
    found.failed(6)
    nothing_left(tmp_path)


def test_a_device_that_is_not_there(small_tape: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.import_module

    def missing(name: str, package: str | None = None) -> object:
        if name == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return found(name, package)

    monkeypatch.setattr("importlib.import_module", missing)
    encore("restore", small_tape, "-o", tmp_path / "film.mp4", *FEW, "--device", "cuda").failed(9, "torch")
    assert not list(tmp_path.iterdir())
    assert encore("restore", small_tape, "-o", tmp_path / "film.mp4", *FEW, "--device", "cpu").code == 0


def test_no_ffmpeg(small_tape: Path, tmp_path: Path) -> None:
    quiet = {**os.environ, "IMAGEIO_FFMPEG_EXE": "/nowhere/ffmpeg"}
    ended(process("restore", small_tape, "-o", tmp_path / "film.mp4", *FEW, env=quiet)).failed(7, "ffmpeg")
    nothing_left(tmp_path)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopping_is_clean_and_goes_on(small_tape: Path, tmp_path: Path, how: signal.Signals) -> None:
    film = tmp_path / "film.mp4"
    running = process("restore", small_tape, "-o", film, *FAST, "--json", start_new_session=True)
    assert running.stdout is not None
    for line in running.stdout:
        if isinstance(EVENT.validate_json(line), ChunkDone):
            break
    family = psutil.Process(running.pid).children(recursive=True)
    os.killpg(running.pid, how) if how is signal.SIGINT else running.send_signal(how)
    rest = ended(running)
    assert rest.code == 130, rest.err
    assert isinstance(EVENT.validate_json(rest.out.splitlines()[-1]), Failed)
    assert "Traceback" not in rest.err
    psutil.wait_procs(family)
    nothing_left(tmp_path)
    again = encore("restore", small_tape, "-o", film, *FAST, "--json")
    events = [EVENT.validate_json(line) for line in again.out.splitlines()]
    assert again.code == 0
    assert [event.reused for event in events if isinstance(event, ChunkDone)] == [True, False]


def test_a_reader_that_leaves_stops_nothing(small_tape: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    running = process("restore", small_tape, "-o", film, *FEW, "--json")
    assert running.stdout is not None and running.stderr is not None
    running.stdout.readline()
    running.stdout.close()
    err = running.stderr.read()
    running.stderr.close()
    assert running.wait() in (0, 141)
    assert "Traceback" not in err


def test_odd_names(small_tape: Path, tmp_path: Path) -> None:
    folder = tmp_path / "it's [bold]100% ünïcode %d"
    folder.mkdir()
    tape = folder / "-tape 'one' %03d.mpg"
    shutil.copy(small_tape, tape)
    found = encore("restore", tape, *FEW)
    assert found.code == 0, found.err
    assert (folder / "-tape 'one' %03d.restored.mp4").is_file()
    assert Source.load(next(folder.glob("*.encore")) / "source.json").path == tape
    encore("restore", folder / "[red]none.mpg").failed(3, "[red]none.mpg")
