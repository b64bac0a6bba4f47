"""Events for eyes are one line each, whatever is in them."""

from __future__ import annotations

import pytest

from encore.core.events import EVENT, Event, Failed, Found
from encore.display import Display
from tests.core.test_events import EVENTS


@pytest.mark.parametrize("event", EVENTS, ids=lambda e: e.event)
def test_for_eyes(event: Event, capsys: pytest.CaptureFixture[str]) -> None:
    with Display(json=False) as display:
        display(event)
    found = capsys.readouterr()
    assert found.out == ""
    assert bool(found.err.strip()) == (event.event != "progress")


@pytest.mark.parametrize("event", EVENTS, ids=lambda e: e.event)
def test_for_programs(event: Event, capsys: pytest.CaptureFixture[str]) -> None:
    with Display(json=True) as display:
        display(event)
    found = capsys.readouterr()
    assert found.err == ""
    assert [EVENT.validate_json(line) for line in found.out.splitlines()] == [event]


def test_markup_in_names_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with Display(json=False) as display:
        display(Failed(kind="x", message="[bold]/tape[/bold].mpg: [/] is empty", exit_code=3))
    assert "[bold]/tape[/bold].mpg: [/] is empty" in capsys.readouterr().err


def test_thousands_of_findings_do_not_flood_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    with Display(json=False) as display:
        for number in range(3000):
            display(Found(what=f"shot {number}", value="interlaced"))
    assert len(capsys.readouterr().err.splitlines()) < 100
