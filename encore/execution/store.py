"""The workspace: documents and finished chunks by digest, one owner at a time; resuming is finding them again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from encore.core.doc import Doc, writing
from encore.core.errors import DocumentError, OutputError, WorkspaceError
from encore.core.events import Event, Warned
from encore.core.result import ChunkResult
from encore.core.source import Source
from encore.planning.plan import Plan

LAYOUT = 1
"""Version of the folder layout; a newer one is refused, an older one would be converted here."""

FOLDERS = ("chunks", "previews", "scratch")
Known = TypeVar("Known", bound=Doc)


class WorkspaceMark(Doc):
    """What makes a folder a workspace."""

    layout: int
    source: str
    """Fingerprint of the tape."""
    tape: Path
    """Where the tape was when the workspace was made."""
    version: str
    """Encore that made it."""


class PlanMark(Doc):
    """The plan.json that Encore wrote itself, to tell it from one that a person edited."""

    sha256: str


class Store:
    """A workspace that this process owns until `close()`.

    Args:
        path: folder; made if missing.
        source: the tape it belongs to; None to open an existing one for reading its documents.
        version: of Encore.

    Raises:
        WorkspaceError: in use by another process, of a newer version, of another tape, or no workspace at all.
        OutputError: the folder cannot be written.
    """

    def __init__(self, path: Path, source: Source | None, version: str) -> None:
        self.path = path
        mark = path / "workspace.json"
        if source is None and not mark.is_file():
            raise WorkspaceError(f"{path}: no workspace of Encore", todo="give the folder that `encore restore` made")
        if path.exists() and not mark.is_file() and not _unmarked(path):
            raise WorkspaceError(f"{path}: exists and is no workspace of Encore", todo="choose another --workspace")
        self._make_folders(path)
        self._lock = FileLock(path / "lock")
        with writing(path):
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                raise WorkspaceError(
                    f"{path}: another Encore is working here", todo="wait for it or choose another --workspace"
                ) from None
        with ExitStack() as undo, writing(path):
            undo.callback(self.close)
            self._check(mark, source, version)
            undo.pop_all()

    def close(self) -> None:
        """Give the workspace free."""
        self._lock.release()

    def document(self, name: str, kind: type[Known]) -> Known | None:
        """A document by file name, or None where there is none that this version understands."""
        path = self.path / name
        if not path.is_file():
            return None
        try:
            return kind.load(path)
        except DocumentError:
            return None

    def keep(self, name: str, document: Doc) -> None:
        """Save a document.

        Raises:
            OutputError: the disk is full or the folder cannot be written.
        """
        document.save(self.path / name)

    def keep_plan(self, plan: Plan, watch: Callable[[Event], None]) -> None:
        """Save the plan as `plan.json`; one that a person may have edited is kept beside it, never overwritten."""
        path, new = self.path / "plan.json", plan.to_json().encode()
        ours = self.document("plan-written.json", PlanMark)
        old = path.read_bytes() if path.is_file() else new
        if old != new and (ours is None or ours.sha256 != hashlib.sha256(old).hexdigest()):
            edited = path.with_name(f"plan.edited-{hashlib.sha256(old).hexdigest()[:8]}.json")
            path.replace(edited)
            watch(Warned(what=f"plan.json had been edited and was not used; it is kept as {edited} (--plan obeys it)"))
        self.keep("plan.json", plan)
        self.keep("plan-written.json", PlanMark(sha256=hashlib.sha256(new).hexdigest()))

    def chunk_path(self, key: str, suffix: str) -> Path:
        """Where the chunk of that key is or will be."""
        return self.path / "chunks" / f"{key}{suffix}"

    def finished(self, key: str) -> ChunkResult | None:
        """The result of a chunk that is whole on disk, bit for bit as it was written, or None."""
        result = self.document(f"chunks/{key}.json", ChunkResult)
        if result is None:
            return None
        file = self.path / "chunks" / result.file
        if not file.is_file() or file.stat().st_size != result.bytes:
            return None
        return result if sha256_of(file) == result.sha256 else None

    def forget(self, key: str) -> None:
        """Have a chunk made anew by the next run."""
        (self.path / "chunks" / f"{key}.json").unlink(missing_ok=True)

    @property
    def previews(self) -> Path:
        """Folder of before and after pictures, by chunk key."""
        return self.path / "previews"

    @property
    def scratch(self) -> Path:
        """Folder whose content may vanish at any time."""
        return self.path / "scratch"

    @staticmethod
    def _make_folders(path: Path) -> None:
        with writing(path, todo="choose another --workspace or -o"):
            for name in FOLDERS:
                (path / name).mkdir(parents=True, exist_ok=True)
        if not os.access(path, os.W_OK):
            raise OutputError(f"{path}: cannot be written", todo="choose another --workspace or -o")

    def _check(self, mark: Path, source: Source | None, version: str) -> None:
        if not mark.is_file():
            assert source is not None
            WorkspaceMark(layout=LAYOUT, source=source.fingerprint, tape=source.path, version=version).save(mark)
        layout = _layout(mark)
        if layout > LAYOUT:
            raise WorkspaceError(
                f"{self.path}: made by a newer Encore (layout {layout}, this one knows {LAYOUT})",
                todo="update Encore or choose another --workspace",
            )
        known = WorkspaceMark.load(mark)
        if source is not None and known.source != source.fingerprint:
            raise WorkspaceError(
                f"{self.path}: belongs to another tape ({known.tape})", todo="choose another --workspace"
            )
        for leftover in (*self.path.glob(".*.part"), *self.path.glob("*/.*.part"), *self.scratch.iterdir()):
            leftover.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """Digest of a file's bytes, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unmarked(path: Path) -> bool:
    """Whether a folder is empty, or a workspace that was killed before it could be marked."""
    return path.is_dir() and all(
        entry.name in (*FOLDERS, "lock") or entry.name.startswith(".workspace.json.") for entry in path.iterdir()
    )


def _layout(mark: Path) -> int:
    """The layout number alone, since a newer document may hold fields that this version does not know."""
    from pydantic import BaseModel, ConfigDict, ValidationError

    class Number(BaseModel):
        model_config = ConfigDict(extra="ignore")
        layout: int

    try:
        return Number.model_validate_json(mark.read_text(encoding="utf-8")).layout
    except (ValidationError, OSError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"{mark}: cannot be read", todo="delete the workspace or choose another") from error
