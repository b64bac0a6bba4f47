"""The workspace has one owner, knows its tape, and never believes a file that is not whole."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from encore.core.errors import DocumentError, OutputError, WorkspaceError
from encore.core.result import ChunkResult
from encore.core.source import Source
from encore.core.time import Span
from encore.execution import store as store_module
from encore.execution.store import LAYOUT, Store, writing
from tests.planning.facts import source_of

HOLD = """
import sys
from pathlib import Path
from encore.execution.store import Store
store = Store(Path(sys.argv[1]), None, "test")
print("mine", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Store(tmp_path / "work", source_of(), "test").close()
    return tmp_path / "work"


def open_again(folder: Path, source: Source | None = None) -> Store:
    return Store(folder, source or source_of(), "test")


def test_made_where_there_is_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "deep" / "work", source_of(), "test")
    assert {p.name for p in store.path.iterdir()} >= {"chunks", "previews", "scratch", "workspace.json"}
    store.close()


def test_opens_again_for_the_same_tape(folder: Path) -> None:
    open_again(folder).close()
    Store(folder, None, "later").close()


def test_a_second_process_waits_outside(folder: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None and holder.stdin is not None
    assert holder.stdout.readline() == b"mine\n"
    with pytest.raises(WorkspaceError, match="another Encore"):
        open_again(folder)
    holder.stdin.close()
    holder.wait()
    holder.stdout.close()
    open_again(folder).close()


def test_a_killed_owner_leaves_the_door_open(folder: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None and holder.stdin is not None
    holder.stdout.readline()
    holder.kill()
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()
    open_again(folder).close()


def test_a_newer_layout_is_refused(folder: Path) -> None:
    mark = json.loads((folder / "workspace.json").read_text())
    (folder / "workspace.json").write_text(json.dumps({**mark, "layout": LAYOUT + 1, "colour": "new"}))
    with pytest.raises(WorkspaceError, match="newer Encore"):
        open_again(folder)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[]"])
def test_a_broken_mark_is_refused(folder: Path, content: bytes) -> None:
    (folder / "workspace.json").write_bytes(content)
    with pytest.raises((WorkspaceError, DocumentError)):
        open_again(folder)


def test_another_tape_is_refused(folder: Path) -> None:
    with pytest.raises(WorkspaceError, match="another tape"):
        open_again(folder, source_of(fingerprint="0" * 64))


def test_foreign_folders_and_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    (tmp_path / "file").touch()
    for path in (tmp_path / "photos", tmp_path / "file"):
        with pytest.raises(WorkspaceError, match="no workspace"):
            open_again(path)
    assert [p.name for p in (tmp_path / "photos").iterdir()] == ["cat.jpg"]


def test_reading_needs_a_workspace(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="no workspace"):
        Store(tmp_path / "none", None, "test")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("made", [(), ("chunks",), ("chunks", "previews", "scratch", "lock")])
def test_a_kill_before_the_mark_was_written_is_no_end(tmp_path: Path, made: tuple[str, ...]) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    for name in made:
        (folder / name).touch() if name == "lock" else (folder / name).mkdir()
    (folder / ".workspace.json.123.part").touch()
    open_again(folder).close()
    assert not list(folder.glob(".*.part"))


def test_leftovers_of_a_kill_are_removed(folder: Path) -> None:
    leftovers = [".plan.json.9.part", "chunks/.a.mp4.part", "previews/.b.jpg.9.part", "scratch/stream-1"]
    for name in leftovers:
        (folder / name).touch()
    (folder / "chunks" / "kept.mp4").touch()
    open_again(folder).close()
    assert not any((folder / name).exists() for name in leftovers)
    assert (folder / "chunks" / "kept.mp4").exists()


def chunk(store: Store, content: bytes = b"picture" * 100) -> ChunkResult:
    path = store.chunk_path("k1", ".mp4")
    path.write_bytes(content)
    result = ChunkResult(
        key="k1", shot=0, span=Span(start=0, stop=5), file=path.name, bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(), pictures=5,
    )  # fmt: skip
    store.keep("chunks/k1.json", result)
    return result


def test_only_whole_chunks_are_finished(folder: Path) -> None:
    store = open_again(folder)
    assert store.finished("k1") is None
    result = chunk(store)
    assert store.finished("k1") == result
    path = store.chunk_path("k1", ".mp4")
    path.write_bytes(b"picturE" + path.read_bytes()[7:])
    assert store.finished("k1") is None  # as long, but not what was written
    path.write_bytes(b"short")
    assert store.finished("k1") is None
    path.unlink()
    assert store.finished("k1") is None
    store.close()


def test_half_written_documents_count_as_none(folder: Path) -> None:
    store = open_again(folder)
    chunk(store)
    (folder / "chunks" / "k1.json").write_text('{"key": "k1"')
    assert store.finished("k1") is None
    assert store.document("none.json", ChunkResult) is None
    store.close()


def test_a_full_disk_is_an_error_of_ours(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_again(folder)

    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        store.keep("source.json", source_of())
    store.close()


def test_writing_leaves_our_own_errors_alone(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError), writing(tmp_path):
        raise WorkspaceError("mine")
    with pytest.raises(OutputError, match="Is a directory"), writing(tmp_path):
        tmp_path.write_text("x")
    with pytest.raises(KeyError), writing(tmp_path):
        raise KeyError


@pytest.mark.parametrize("place", ["/proc/encore-test", "/dev/null/work"])
def test_where_nothing_can_be_written(place: str) -> None:
    with pytest.raises((OutputError, WorkspaceError)):
        open_again(Path(place))


def test_layout_number_is_documented() -> None:
    assert LAYOUT >= 1 and store_module.__doc__
