"""The documentation says what the code says: maps, references, links and examples."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import encore
from encore.analysis.look import Looker
from encore.core.doc import Doc
from encore.core.errors import EXIT_CODES, EncoreError
from encore.core.events import Event
from encore.core.findings import Analysis, Shot, Timeline
from encore.core.result import Carried, Check, ChunkResult, Result, Timing
from encore.core.time import Span
from encore.encoding.codecs import CODECS, codec_of
from encore.execution.store import WorkspaceMark
from encore.planning.plan import Choice, Decision, Delivery, Intent, Plan, Reading, ShotPlan
from encore.reporting.facts import FilmFacts, PartFacts, Report, ShotFacts, TapeFacts
from encore.restoration import STAGES
from tests.analysis.looks import shot_of, tape_of

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
MODULES = sorted((ROOT / "encore").rglob("*.py"))
HEADINGS = ("Context", "Decision", "Evidence", "Alternatives rejected", "Consequences", "What would change our mind")
QUICK = ("--height", "240", "--codec", "avc", "--quality", "fast")
SMALL = encore.Intent(height=240, codec="avc", quality="fast")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def text(page: Path | str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def words(page: str) -> set[str]:
    """Every piece of a page between backticks, and the parts of dotted ones."""
    quoted = re.findall(r"`([^`\n]+)`", text(page))
    return {part for piece in quoted for part in (piece, *re.split(r"[.\[\]]+", piece))}


def fields_in(page: str, *models: type[BaseModel]) -> list[str]:
    known = words(page)
    return [f"{model.__name__}.{name}" for model in models for name in model.model_fields if name not in known]


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_every_module_has_a_charter(module: Path) -> None:
    charter = loaded(ROOT / "scripts/filemap.py").charter(module)
    assert charter and charter[-1] in ".?", f"{name_of(module)}: the first line of its docstring must be a sentence"


def test_file_map_is_current() -> None:
    filemap = loaded(ROOT / "scripts/filemap.py")
    readme = text("README.md")
    assert filemap.with_map(readme) == readme, "run scripts/filemap.py --update"
    for module in MODULES:
        assert filemap.charter(module) in readme


def test_command_line_reference_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    reference = loaded(ROOT / "scripts/docs_cli.py").reference()
    assert reference == text("docs/reference/cli.md"), "run scripts/docs_cli.py --update"


@pytest.mark.parametrize("page", ["README.md", "docs/reference/exit-codes.md", "docs/reference/cli.md"])
def test_exit_codes(page: str) -> None:
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", text(page), re.MULTILINE)
    assert [(int(code), meaning.strip()) for code, meaning in rows] == list(EXIT_CODES)


def test_every_error_is_in_the_exit_codes() -> None:
    def tree(kind: type[EncoreError]) -> Iterator[type[EncoreError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from tree(child)

    page = text("docs/reference/exit-codes.md")
    for kind in tree(EncoreError):
        row = next(line for line in page.splitlines() if line.startswith(f"| {kind.exit_code} |"))
        assert f"`{kind.__name__}`" in row


def test_every_event_is_described() -> None:
    page = text("docs/reference/events.md")
    kinds: tuple[type[BaseModel], ...] = get_args(get_args(Event)[0])
    for kind in kinds:
        name = kind.model_fields["event"].default
        section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(kind.model_fields)


def test_every_field_of_a_plan_is_described() -> None:
    page = "docs/reference/plan.md"
    assert not fields_in(page, Plan, Intent, Reading, Choice, Decision, ShotPlan, Delivery, *STAGES)
    example = next(body for kind, body in FENCE.findall(text(page)) if kind == "json")
    plan = Plan.model_validate_json(example)
    assert json.loads(plan.to_json()) == json.loads(example), "the example must be complete"


@pytest.mark.parametrize("page", ["docs/reference/plan.md", "docs/howto/archive-master.md"])
def test_containers_of_codecs(page: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| ([\w, ]+) \|$", text(page), re.MULTILINE)
    found = {kind: tuple(names.split(", ")) for kind, names in rows if kind in CODECS}
    assert found
    for kind, names in found.items():
        codec = codec_of(kind)
        assert codec is not None and codec.containers == names
    assert page != "docs/reference/plan.md" or set(found) == set(CODECS)


def test_every_field_of_a_workspace_is_described() -> None:
    page = "docs/reference/workspace.md"
    assert not fields_in(page, WorkspaceMark, Analysis, Timeline, Shot, Result, ChunkResult, Carried, Check, Timing)


def test_every_field_of_a_report_is_described() -> None:
    assert not fields_in("docs/reference/report.md", Report, TapeFacts, FilmFacts, ShotFacts, PartFacts)


def test_layers_are_those_that_are_enforced() -> None:
    settings = tomllib.loads(text("pyproject.toml"))["tool"]["importlinter"]
    layers = next(contract["layers"] for contract in settings["contracts"] if contract["type"] == "layers")
    assert "\n".join(layers) in text("ARCHITECTURE.md")


def test_decisions_are_whole() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        body = page.read_text(encoding="utf-8")
        assert re.match(rf"# {page.name[:4]}: .+\n\n\*\*Status\.\*\* \w+", body)
        assert re.findall(r"^## (.+)$", body, re.MULTILINE) == list(HEADINGS)


def test_decisions_that_the_code_names_exist() -> None:
    for module in MODULES:
        for name in re.findall(r"docs/[\w/.-]+\.md", module.read_text(encoding="utf-8")):
            assert (ROOT / name).is_file(), f"{name_of(module)} names {name}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    body = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[\w.-]+)?\)", body):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_code_in_pages_is_well_formed(page: Path) -> None:
    for kind, body in FENCE.findall(page.read_text(encoding="utf-8")):
        if kind == "python":
            ast.parse(body)


def test_the_worked_example_of_a_question_works() -> None:
    body = text("CONTRIBUTING.md").split("\n## Ask a question\n")[1].split("\n## ")[0]
    question, answer, test = (code for kind, code in FENCE.findall(body) if kind == "python")
    names: dict[str, Any] = {"Doc": Doc, "Looker": Looker, "Span": Span, "shot_of": shot_of, "tape_of": tape_of}
    exec(compile(f"from __future__ import annotations\n{answer}", "answer", "exec"), names)
    exec(compile(question.replace("from encore.core.answers import Monochrome\n", ""), "question", "exec"), names)
    exec(compile(test, "test", "exec"), names)
    names["test_black_and_white_is_told_from_colour"]()


def test_answers_of_a_scan_are_described() -> None:
    reference = loaded(ROOT / "scripts/docs_answers.py").reference()
    assert reference == text("docs/reference/scan.md"), "run scripts/docs_answers.py --update"


def test_every_page_can_be_reached() -> None:
    index = text("docs/index.md")
    for page in DOCS.rglob("*.md"):
        name = page.relative_to(DOCS).as_posix()
        assert name in index or name == "index.md" or name.startswith("decisions/")


def test_every_verb_has_an_example_in_the_readme() -> None:
    for verb in ("restore", "scan", "plan", "report", "compare", "demo", "doctor"):
        assert f"\nencore {verb}" in text("README.md")


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_examples_can_be_read_and_imported(example: Path) -> None:
    body = example.read_text(encoding="utf-8")
    assert 10 <= len(body.splitlines()) <= 50
    assert f"python examples/{example.name} " in body
    assert name_of(example) in text("docs/howto/library.md")
    loaded(example)


@pytest.fixture
def tape(tiny_tape: Path, tmp_path: Path) -> Path:
    """A tape in a folder of its own, since films and workspaces lie beside their tapes."""
    return Path(shutil.copy(tiny_tape, tmp_path / "concert.mpg"))


def test_examples_work(tape: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def example(name: str) -> Any:
        return loaded(ROOT / "examples" / f"{name}.py")

    result = example("restore_with_progress").restore(tape, SMALL)
    assert result.output.is_file() and all(check.kept for check in result.checks)
    assert "60 frames" in capsys.readouterr().out
    assert len(example("list_shots").shots_of(tape)) == 2
    edited = example("edit_plan").restore_edited(tape, 1, "weave", SMALL)
    assert edited.reused == 1 and edited.output == result.output
    batch = example("batch_folder")
    assert batch.tapes_in(tape.parent) == [tape]


def test_the_workspace_holds_what_is_described(tape: Path) -> None:
    events = list(
        loaded(ROOT / "examples/read_events.py").events(
            str(tape), "--height", "240", "--codec", "avc", "--quality", "fast"
        )
    )
    assert [event.event for event in events].count("chunk_done") == 2
    assert [event.event for event in events if event.event in ("done", "failed")] == [events[-1].event] == ["done"]
    known = words("docs/reference/workspace.md")
    for path in tape.with_suffix(".encore").rglob("*"):
        name = re.sub(r"^[0-9a-f]{24}", "KEY", path.name)
        name = re.sub(r"^part-[0-9-]+", "scan/KEY/part-*", name)
        assert {name, f"{path.name}/", f"chunks/{name}", f"previews/{name}", name.removeprefix("KEY")} & known or (
            path.is_dir()
        ), path.name
