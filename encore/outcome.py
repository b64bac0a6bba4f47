"""Outcome: how a command ends: its events drawn, its error turned into one line and an exit code."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

import typer

from encore.core.errors import EncoreError
from encore.core.events import Event, Failed
from encore.display import Display


@contextmanager
def shown(json: bool) -> Generator[Display]:
    """Draw events; turn errors into one line and an exit code."""
    display = Display(json=json)
    tell: Callable[[Event], None] = display
    try:
        with display:
            yield display
    except EncoreError as error:
        tell(Failed(kind=type(error).__name__, message=str(error), exit_code=error.exit_code))
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        tell(Failed(kind="Interrupted", message="stopped; run the same command again to continue", exit_code=130))
        raise typer.Exit(130) from None
