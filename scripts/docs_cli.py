"""Print the reference of the command line, from the signatures that Typer reads too, at no terminal's width.

python scripts/docs_cli.py            print it
python scripts/docs_cli.py --update   write docs/reference/cli.md
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, get_args, get_type_hints

from typer.main import get_command

from encore.cli import app
from encore.core.errors import EXIT_CODES
from encore.planning.presets import PRESETS

PAGE = Path(__file__).resolve().parent.parent / "docs/reference/cli.md"
HEAD = """# Command line

Made by `scripts/docs_cli.py --update` from the program itself. Do not edit.

`encore VERB ...` and `python -m encore VERB ...` are the same. Every verb knows `--help`.
Events and errors go to standard error. Results go to standard output.
With `--json` everything goes to standard output, one JSON object per line: see [events.md](events.md).
"""
KINDS = {"Path": "PATH", "int": "NUMBER", "str": "TEXT"}
"""Names of types where an option does not say what it takes."""


def reference() -> str:
    """The whole page."""
    program: Any = get_command(app)  # Typer carries its own Click, which has no stable public types
    return "\n".join([HEAD, *_verbs(program.commands), _presets(), _exit_codes()])


def _verbs(commands: dict[str, Any], group: str = "") -> list[str]:
    """Sections of all verbs, those of a group one after the other."""
    return [
        section
        for name, verb in commands.items()
        for section in (
            _verbs(verb.commands, f"{name} ") if hasattr(verb, "commands") else [_verb(verb, f"{group}{name}")]
        )
    ]


def _verb(verb: Any, name: str) -> str:  # noqa: ANN401 - see above
    names: dict[str, str] = {}
    for option, hint in get_type_hints(verb.callback, include_extras=True).items():
        names[option] = _kind(hint)
    arguments = [param for param in verb.params if param.param_type_name == "argument"]
    options = [param for param in verb.params if param.param_type_name == "option" and param.name != "help"]
    words = [param.name.upper() if param.required else f"[{param.name.upper()}]" for param in arguments]
    lines = [f"## encore {name}\n", f"{verb.help}\n"]
    lines.append(f"```\nencore {' '.join([name, *words, '[OPTIONS]'])}\n```\n")
    lines += ["| argument or option | takes | default | meaning |", "|---|---|---|---|"]
    for param in arguments:
        lines.append(_row(f"`{param.name.upper()}`", f"`{names[param.name]}`", param))
    for param in options:
        switches = ", ".join(f"`{switch}`" for switch in (*param.opts, *param.secondary_opts))
        lines.append(_row(switches, _takes(param, names[param.name]), param))
    return "\n".join(lines) + "\n"


def _kind(hint: Any) -> str:  # noqa: ANN401 - a type is given as a value here
    """Word for what an option takes: `Annotated[Path | None, ...]` is PATH."""
    parts = get_args(hint)
    kind: Any = parts[0] if parts else hint
    names = [part.__name__ for part in get_args(kind) or (kind,) if part is not type(None)]
    return KINDS.get(names[0], "") if names else ""


def _takes(param: Any, kind: str) -> str:  # noqa: ANN401 - see above
    if param.is_flag:
        return ""
    limits = f", {param.min} to {param.max}" if param.min is not None and param.max is not None else ""
    return f"`{param.metavar or kind}`{limits}".replace("|", "\\|")


def _row(name: str, takes: str, param: Any) -> str:  # noqa: ANN401 - see above
    default = "needed" if param.required else "" if param.default in (None, False) else f"`{param.default}`"
    meaning = (param.help or "").replace("|", "\\|")
    return f"| {name} | {takes} | {default} | {meaning} |"


def _presets() -> str:
    lines = ["## Presets\n", "| preset | purpose | lines | rate | edges | codec |", "|---|---|---|---|---|---|"]
    for name, preset in PRESETS.items():
        recipe = ", ".join(f"{key} {value}" for key, value in preset.codec.model_dump().items() if key != "kind")
        edges = "cut" if preset.crop else "kept"
        codec = f"{preset.codec.kind} ({recipe})"
        lines.append(f"| `{name}` | {preset.purpose} | {preset.height} | {preset.rate} | {edges} | {codec} |")
    return "\n".join(lines) + "\n"


def _exit_codes() -> str:
    rows = [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES]
    return "\n".join(["## Exit codes\n", "| code | meaning |", "|---|---|", *rows]) + "\n"


def main() -> None:
    """Print the page or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true")
    if parser.parse_args().update:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(reference(), encoding="utf-8")
    else:
        print(reference(), end="")


if __name__ == "__main__":
    main()
