"""Every error a user can meet, with the exit code of its class.

    EncoreError                 exit 1   something of ours is broken
    ├── InputError              exit 3   the tape: missing, empty, no picture, too small, too large, broken
    ├── PlanError               exit 4   a plan or document that cannot be obeyed
    │   └── DocumentError                ... because it cannot be read as what it should be
    ├── WorkspaceError          exit 5   the workspace: in use, of a newer version, of another tape
    ├── OutputError             exit 6   the result cannot be written: folder, disk full, same file as the tape
    ├── ToolError               exit 7   an outside program failed; carries command, exit code and its last words
    ├── StageError              exit 7   a stage of the restoration failed; carries shot and stage
    ├── VerifyError             exit 8   the finished film is not what was promised; it was not published
    └── ModelError              exit 9   a network: unknown, changed, not usable, or its program is not installed

A message says what happened, where, and what to do. Usage errors exit with 2 (Typer), Ctrl-C with 130.
"""

from __future__ import annotations

from collections.abc import Sequence


class EncoreError(Exception):
    """Base of all errors raised on purpose.

    Args:
        message: what happened and where, one line.
        todo: what the user can do about it, one line.
    """

    exit_code: int = 1

    def __init__(self, message: str, *, todo: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.message} — {self.todo}" if self.todo else self.message


class InputError(EncoreError, ValueError):
    """The tape cannot be used."""

    exit_code = 3


class PlanError(EncoreError, ValueError):
    """A plan cannot be obeyed."""

    exit_code = 4


class DocumentError(PlanError):
    """A document cannot be read as what it should be."""


class WorkspaceError(EncoreError):
    """The workspace is in use, of a newer version, or belongs to another tape."""

    exit_code = 5


class OutputError(EncoreError, OSError):
    """The result cannot be written where it should go."""

    exit_code = 6

    def __str__(self) -> str:
        return EncoreError.__str__(self)


class ToolError(EncoreError):
    """An outside program failed.

    Args:
        message: what we were doing, one line.
        command: the program and its arguments.
        code: its exit status; negative when a signal ended it.
        stderr: the last lines it wrote.
    """

    exit_code = 7

    def __init__(self, message: str, *, command: Sequence[str] = (), code: int = 0, stderr: str = "") -> None:
        last = stderr.strip().splitlines()[-1] if stderr.strip() else "no message"
        super().__init__(f"{message} (exit status {code}: {last})", todo="`encore doctor` says what this machine lacks")
        self.command = tuple(command)
        self.code = code
        self.stderr = stderr


class StageError(EncoreError):
    """A restoration stage failed on a shot."""

    exit_code = 7


class VerifyError(EncoreError):
    """The finished film is not what was promised."""

    exit_code = 8


class ModelError(EncoreError):
    """A network is unknown, was changed, or cannot be run."""

    exit_code = 9


EXIT_CODES: tuple[tuple[int, str], ...] = (
    (0, "done"),
    (1, "a fault in Encore itself; please report it"),
    (2, "wrong usage"),
    (3, "the tape cannot be used"),
    (4, "the plan cannot be obeyed"),
    (5, "the workspace is in use, newer, or of another tape"),
    (6, "the result cannot be written"),
    (7, "an outside program or a stage failed"),
    (8, "the finished film failed its check and was not published"),
    (9, "a network is unknown, was changed, or cannot be run"),
    (130, "interrupted; run the same command again to continue"),
)
"""Exit code and meaning, in the order shown by `encore --help` and the docs."""
