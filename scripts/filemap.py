"""Print the map of the package: every module with the first line of its docstring.

python scripts/filemap.py            print it
python scripts/filemap.py --update   put it into README.md
"""

from __future__ import annotations

import argparse
import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "encore"
README = ROOT / "README.md"
BEGIN, END = "<!-- file map: make it with scripts/filemap.py --update -->", "<!-- end of the file map -->"


def charter(module: Path) -> str:
    """First line of a module's docstring; empty where it has none."""
    text = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
    return text.splitlines()[0] if text else ""


def file_map() -> str:
    """All modules as Markdown: those of the package itself first, then a table per subpackage."""
    folders = [PACKAGE, *sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))]
    return "\n".join(_table(folder) for folder in folders)


def _table(folder: Path) -> str:
    name = folder.relative_to(ROOT).as_posix()
    modules = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
    rows = [f"| `{path.name}` | {charter(path)} |" for path in modules]
    head = f"**`{name}/`** {charter(folder / '__init__.py')}\n"
    return "\n".join([head, *(["| file | what it is |", "|---|---|", *rows, ""] if rows else [])])


def with_map(readme: str) -> str:
    """A README with the map between its two marks.

    Raises:
        ValueError: a mark is missing.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README lacks {BEGIN} or {END}")
    return f"{before}{BEGIN}\n\n{file_map()}\n{END}{after}"


def main() -> None:
    """Print the map or put it into the README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true")
    if parser.parse_args().update:
        README.write_text(with_map(README.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(file_map())


if __name__ == "__main__":
    main()
