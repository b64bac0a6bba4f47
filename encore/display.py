"""Events for eyes or for programs: a progress bar with lines above it, or JSON lines."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bar
from rich.table import Table

from encore.core.doc import Doc
from encore.core.events import ChunkDone, Decided, Done, Event, Failed, Fellback, Found, Progress, Warned
from encore.reporting.doctor import Health

STAGES = {"scan": "measuring", "restore": "restoring", "encode": "encoding", "join": "joining", "verify": "checking"}


SHOWN_PER_KIND = 24
"""Lines of one kind that people read before they look at the bar only."""


class Display:
    """Hears events and shows them. JSON goes to standard output, everything for eyes to standard error.

    Args:
        json: one event per line as JSON, nothing else on standard output.
    """

    def __init__(self, *, json: bool) -> None:
        self._json = json
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bar = Bar(
            TextColumn("[bold]{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"),
            TextColumn("{task.fields[note]}"), console=self._console, transient=True, disable=json,
        )  # fmt: skip
        self._task: tuple[str, TaskID] | None = None
        self._lines: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if self._json:
            self._out(event.model_dump_json())
        elif isinstance(event, Progress):
            self._progress(event)
        elif self._counted(event):
            self._console.print(_line(event))

    def _counted(self, event: Event) -> bool:
        """Whether to show one more line of this kind; a tape of two hours has thousands of shots."""
        if not isinstance(event, Found | Decided | ChunkDone):
            return True
        kind = type(event).__name__
        self._lines[kind] += 1
        if self._lines[kind] == SHOWN_PER_KIND + 1:
            self._console.print(f"  [dim]… more of {kind.lower()}; all of it is in the report and in --json[/]")
        return self._lines[kind] <= SHOWN_PER_KIND

    def document(self, document: Doc, path: Path) -> None:
        """Show the document that a verb made: whole as one line of JSON, or where it lies for people."""
        self._bar.stop()
        self._out(document.model_dump_json() if self._json else str(path))

    def health(self, health: Health) -> None:
        """Show what a machine can do: one line of JSON, or a table whose last column says what a lack costs."""
        if self._json:
            self._out(health.model_dump_json())
            return
        table = Table(box=None, pad_edge=False)
        for title in ("what", "state", "value", "what that costs"):
            table.add_column(title, overflow="fold")
        colours = {"ok": "green", "low": "yellow", "missing": "red"}
        for item in health.items:
            state = f"[{colours[item.state]}]{item.state}[/]"
            table.add_row(escape(item.name), state, escape(item.value), escape(item.costs))
        Console(highlight=False).print(table)

    def line(self, what: str, value: str) -> None:
        """Show one fact that a verb found."""
        self._out(Found(what=what, value=value).model_dump_json() if self._json else value)

    def _out(self, text: str) -> None:
        try:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        except BrokenPipeError:  # whoever read has left; the film is still wanted
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open until the process ends

    def _progress(self, event: Progress) -> None:
        if self._task is None or self._task[0] != event.stage:
            if self._task is not None:
                self._bar.remove_task(self._task[1])
            self._task = (event.stage, self._bar.add_task(STAGES[event.stage], total=event.total, note=""))
        self._bar.update(self._task[1], completed=event.done, total=event.total, note=_note(event))


def _note(event: Progress) -> str:
    parts = [f"shot {event.shot}" if event.shot is not None else ""]
    parts.append(f"{event.frames_per_s:.2f} frames/s" if event.frames_per_s else "")
    parts.append(f"{_duration(event.left_s)} left" if event.left_s is not None else "")
    parts.append(f"about {event.expected_bytes / 1e6:.0f} MB" if event.expected_bytes else "")
    return " · ".join(part for part in parts if part)


def _duration(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _line(event: Event) -> str:  # noqa: PLR0911 - one line per kind of event
    match event:
        case Found():
            where = f" at {event.at_s:.3f} s" if event.at_s is not None else ""
            return f"  [cyan]found[/]    {escape(event.what)}{where}: {escape(event.value)}"
        case Decided():
            whose = "film" if event.shot is None else f"shot {event.shot}"
            return f"  [green]decided[/]  {whose}: {escape(event.decision)} — {escape(event.because)}"
        case Warned():
            return f"  [yellow]warning[/]  {escape(event.what)}"
        case Fellback():
            return f"  [yellow]instead[/]  {escape(event.asked)}: {escape(event.used)} — {escape(event.why)}"
        case ChunkDone():
            how = "was finished before" if event.reused else f"{event.seconds:.1f} s, {event.bytes / 1e6:.1f} MB"
            return f"  [blue]done[/]     shot {event.shot}, frames {event.start}:{event.stop}: {how}"
        case Done():
            film = f"[bold green]film[/]      {escape(event.output)} ({event.frames} frames)"
            return f"{film}\n[bold green]report[/]    {escape(event.report)}"
        case Failed():
            return f"[bold red]error[/]     {escape(event.message)}"
        case Progress():
            return ""
