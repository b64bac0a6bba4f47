"""Print the reference of what a scan answers, from the docstrings of the answers and the columns of the questions.

python scripts/docs_answers.py            print it
python scripts/docs_answers.py --update   write docs/reference/scan.md
"""

from __future__ import annotations

import argparse
import ast
import inspect
from pathlib import Path
from types import ModuleType

from encore.analysis.questions import QUESTIONS
from encore.core import answers, findings
from encore.core.doc import Doc

PAGE = Path(__file__).resolve().parent.parent / "docs/reference/scan.md"
HEAD = """# What a scan answers

Made by `scripts/docs_answers.py --update` from the program itself. Do not edit.

`encore scan TAPE` writes into the workspace: `analysis.json` (answers), `frames.parquet` (one row per tape frame),
`marks.parquet` (one row per damaged place), `faces.parquet` (one row per face and field) and `scan.html` (all of it to
look at).
Codes are 8-bit codes whatever the depth of the tape. Spans are half-open. How each number is measured, and how right it
is: [scan](../explanation/scan.md) and [accuracy](../explanation/accuracy.md).
"""
TABLE = """## frames.parquet

One row per tape frame; empty where a question noted nothing about it. Each column carries its meaning as metadata.

| column | meaning |
|---|---|
| `frame` | tape frame, from 0 |
| `seconds` | from the start of the tape |
| `shot` | number of the shot, from 0 |"""
MARKS = """
## marks.parquet

| column | meaning |
|---|---|
| `frame` | tape frame |
| `kind` | `dropout`, `macroblock`, `scratch` or `snow` |
| `left`, `top`, `right`, `bottom` | samples and lines of the woven frame, half-open |

## faces.parquet

Faces that were followed through a shot, smoothed, and told for every field. Places are samples and lines of the woven
frame.

| column | meaning |
|---|---|
| `tick` | of the tape, two per frame |
| `track` | `shots[].faces[].number` |
| `left`, `top`, `right`, `bottom` | the face |
| `right_eye_x`, `right_eye_y`, `left_eye_x`, `left_eye_y` | eyes; right and left are the person's own |
| `nose_x`, `nose_y` | tip of the nose |
| `mouth_right_x`, `mouth_right_y`, `mouth_left_x`, `mouth_left_y` | corners of the mouth |
| `confidence` | 0: bridged, nobody saw it here; 1: beyond doubt |
| `sharpness` | 0 to 1, as of the track |
"""


def reference() -> str:
    """The whole page."""
    shots = ["Shot", "Transition", "Fault", *_names(answers)]
    sections = [_section(name, _module_of(name)) for name in shots]
    return "\n".join([HEAD, *sections, TABLE, *_columns(), MARKS])


def _names(module: ModuleType) -> list[str]:
    kinds = inspect.getmembers(module, inspect.isclass)
    mine = [(name, kind) for name, kind in kinds if issubclass(kind, Doc) and kind.__module__ == module.__name__]
    return [name for name, _ in sorted(mine, key=lambda pair: inspect.getsourcelines(pair[1])[1])]


def _module_of(name: str) -> ModuleType:
    return answers if getattr(answers, name, None) is not None and name in _names(answers) else findings


def _section(name: str, module: ModuleType) -> str:
    """One document as a table: field, type, docstring below the field."""
    tree = ast.parse(inspect.getsource(module))
    kind = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    lines = [f"## {name}\n", f"{ast.get_docstring(kind)}\n", "| field | type | meaning |", "|---|---|---|"]
    for node, after in zip(kind.body, [*kind.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign):
            what = " ".join(_text(after).split()).replace("|", "\\|")
            taken = ast.unparse(node.annotation).replace(" | None", " or None").replace("|", "\\|")
            lines.append(f"| `{ast.unparse(node.target)}` | `{taken}` | {what} |")
    return "\n".join(lines) + "\n"


def _text(node: ast.stmt | None) -> str:
    """What a docstring below a field says; empty where there is none."""
    said = node.value.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) else ""
    return said if isinstance(said, str) else ""


def _columns() -> list[str]:
    return [
        f"| `{question.name}.{column.name}` | {column.what}{f' ({column.shape} numbers)' if column.shape else ''} |"
        for question in QUESTIONS
        for column in question.columns
        if column.kept
    ]


def main() -> None:
    """Print the page or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true")
    if parser.parse_args().update:
        PAGE.write_text(reference(), encoding="utf-8")
    else:
        print(reference(), end="")


if __name__ == "__main__":
    main()
