"""Print how large the package is, file by file where it matters, and fail when it outgrows its budget.

python scripts/size.py
"""

from __future__ import annotations

import ast
import statistics
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "encore"
FILE_MEDIAN, FILE_P90, FILE_MOST = 200, 450, 600
FUNCTION_MEDIAN, FUNCTION_P90, FUNCTION_MOST = 12, 40, 80
SHIPPED_MOST = 40_000
"""Budgets in lines: the shape of code bases that people read with pleasure (docs/decisions/0016-size.md)."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def p90(values: list[int]) -> int:
    """The value that nine in ten do not exceed."""
    return sorted(values)[int(0.9 * (len(values) - 1))]


def lines_of(node: Function) -> int:
    """Lines of a function without its docstring, which is not code."""
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        total -= (first.end_lineno or first.lineno) - first.lineno + 1
    return total


def main() -> int:
    """Print the table; 1 when a budget is broken."""
    files = {path: path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
    sizes = {path: len(text.splitlines()) for path, text in files.items()}
    functions = [
        (lines_of(node), f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}")
        for path, text in files.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, Function)
    ]
    file_lines, function_lines = list(sizes.values()), [size for size, _ in functions]
    rows = [
        ("shipped lines", sum(file_lines), SHIPPED_MOST),
        ("file median", round(statistics.median(file_lines)), FILE_MEDIAN),
        ("file p90", p90(file_lines), FILE_P90),
        ("file largest", max(file_lines), FILE_MOST),
        ("function median", round(statistics.median(function_lines)), FUNCTION_MEDIAN),
        ("function p90", p90(function_lines), FUNCTION_P90),
        ("function largest", max(function_lines), FUNCTION_MOST),
    ]
    for name, size, most in rows:
        print(f"{name:<18}{size:>7} of {most:>6}{'' if size <= most else '   TOO LARGE'}")
    print(
        "largest files:",
        ", ".join(f"{p.relative_to(PACKAGE)} {sizes[p]}" for p in sorted(sizes, key=lambda p: -sizes[p])[:5]),
    )
    print("largest functions:", ", ".join(f"{name} {size}" for size, name in sorted(functions, reverse=True)[:5]))
    return int(any(size > most for _, size, most in rows))


if __name__ == "__main__":
    sys.exit(main())
