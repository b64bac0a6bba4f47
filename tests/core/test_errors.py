"""The tree of errors is as drawn; every class has its exit code and says one line."""

from __future__ import annotations

import re

import pytest

from encore.core import errors
from encore.core.errors import EXIT_CODES, EncoreError, OutputError, StageError, ToolError

CLASSES = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, EncoreError)]


def test_every_exit_code_is_explained() -> None:
    known = dict(EXIT_CODES)
    assert len(known) == len(EXIT_CODES)
    assert list(known) == sorted(known)
    assert all(error.exit_code in known for error in CLASSES)
    assert {0, 1, 2, 130} <= set(known)


def test_the_drawing_matches_the_classes() -> None:
    drawn: dict[str, tuple[str, int | None]] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"^ {4}([│├└─ ]*)(\w+Error)\b(?:.*?exit (\d+))?", line)
        if match:
            depth = len(match[1]) // 4
            above[depth:] = [match[2]]
            drawn[match[2]] = (above[depth - 1] if depth else "Exception", int(match[3]) if match[3] else None)
    assert set(drawn) == {error.__name__ for error in CLASSES}
    for error in CLASSES:
        parent, code = drawn[error.__name__]
        assert error.__bases__[0].__name__ == parent
        assert code is None or error.exit_code == code


@pytest.mark.parametrize("kind", [error for error in CLASSES if error is not ToolError])
def test_says_what_and_what_to_do_in_one_line(kind: type[EncoreError]) -> None:
    error = kind("the tape is missing", todo="find it")
    assert str(error) == "the tape is missing — find it"
    assert str(kind("alone")) == "alone"
    assert error.__doc__


def test_tool_error_carries_command_code_and_last_words() -> None:
    error = ToolError("encoding", command=["ffmpeg", "-i"], code=-9, stderr="first\nlast words\n\n")
    assert (error.command, error.code) == (("ffmpeg", "-i"), -9)
    assert "exit status -9: last words" in str(error)
    assert "\n" not in str(error)
    assert "no message" in str(ToolError("encoding"))


def test_errors_are_also_the_builtin_ones_people_catch() -> None:
    assert isinstance(OutputError("x"), OSError)
    assert isinstance(errors.InputError("x"), ValueError)
    assert not isinstance(StageError("x"), ValueError)
