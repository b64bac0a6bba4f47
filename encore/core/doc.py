"""Doc: a fact that is frozen, strict, and the same in memory, on disk and on the wire."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from encore.core.errors import DocumentError, EncoreError, OutputError


class Doc(BaseModel):
    """Base of everything that crosses a process or a disk.

    Frozen, refuses unknown fields, serialises to JSON and back without loss. Two documents are equal
    exactly when their `digest` is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    @property
    def digest(self) -> str:
        """sha256 of the canonical JSON (sorted keys, no spaces), 64 hex digits: the identity of this fact."""
        return digest_of(self.model_dump(mode="json"))

    def to_json(self) -> str:
        """The document as indented JSON text that a person can read and edit."""
        return self.model_dump_json(indent=2) + "\n"

    def save(self, path: Path) -> None:
        """Write the document aside and rename it, so that a reader sees the old one or the new one, never half.

        Raises:
            OutputError: the folder is not writable or the disk is full.
        """
        write_atomically(path, self.to_json().encode())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a document back.

        Raises:
            DocumentError: the file is missing, is no JSON, or does not describe this kind of document.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DocumentError(f"{path}: cannot be read ({error})") from error
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise DocumentError(f"{path}: not a valid {cls.__name__}: {first_fault(error)}") from error


def first_fault(error: ValidationError) -> str:
    """Where a document is wrong first, and how."""
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'the top level'}: {first['msg']}"


def digest_of(value: object) -> str:
    """sha256 of any JSON-able value in canonical form, as 64 hex digits."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


@contextlib.contextmanager
def writing(place: Path, todo: str = "free some space and run again; finished work is kept") -> Generator[None]:
    """Turn a failure of the disk inside the `with` block into an error that says what to do.

    Raises:
        OutputError: the folder is not writable or the disk is full.
    """
    try:
        yield
    except EncoreError:
        raise
    except OSError as error:
        raise OutputError(f"{place}: cannot be written ({error.strerror or error})", todo=todo) from error


@contextlib.contextmanager
def written_aside(path: Path) -> Generator[BinaryIO]:
    """A neighbour file to write to, flushed to disk at the end of the `with` block and renamed to `path`."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with aside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)


def write_atomically(path: Path, payload: bytes) -> None:
    """Write `payload` to `path` through a neighbour file, flushed to disk before the rename.

    Raises:
        OutputError: the folder is not writable or the disk is full.
    """
    with writing(path), written_aside(path) as file:
        file.write(payload)
