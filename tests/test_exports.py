"""What is public is listed, and every module says in one line what it is for."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import encore

ROOT = Path(encore.__file__).parent
MODULES = sorted(["encore", *(m.name for m in pkgutil.walk_packages([str(ROOT)], "encore."))])


def test_all_is_sorted_and_complete() -> None:
    kinds = [(not name.isupper(), not name[0].isupper(), name) for name in encore.__all__]  # as ruff sorts them
    assert kinds == sorted(kinds)
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert imported - {"annotations"} == set(encore.__all__)
    assert all(hasattr(encore, name) for name in encore.__all__)


@pytest.mark.parametrize("name", sorted(set(encore.__all__) - {"__version__", "PRESETS", "Event"}))
def test_everything_public_is_explained(name: str) -> None:
    assert (getattr(encore, name).__doc__ or "").strip()


@pytest.mark.parametrize("name", MODULES)
def test_every_module_has_a_charter(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.origin is not None
    charter = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or ""
    first = charter.split("\n", 1)[0]
    assert first.endswith((".", "!", "?")), f"{name}: {first!r}"
    assert len(first) <= 120


@pytest.mark.parametrize("name", MODULES)
def test_every_listed_name_is_there(name: str) -> None:
    module = importlib.import_module(name)
    listed = getattr(module, "__all__", [])
    assert all(hasattr(module, entry) for entry in listed)


def test_the_map_matches_the_tree() -> None:
    """Every package that README or the architecture page maps exists, and every package is on a map."""
    pages = [ROOT.parent / "README.md", ROOT.parent / "ARCHITECTURE.md", ROOT.parent / "docs" / "architecture.md"]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages if page.is_file())
    if "encore/" not in text:
        pytest.skip("no page has a file map yet")
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert {name for name in packages if not re.search(rf"\b{name}/", text)} == set()
    mentioned = {path for path in re.findall(r"\bencore/[\w/]+\.py\b", text)}
    assert {path for path in mentioned if not (ROOT.parent / path).is_file()} == set()
