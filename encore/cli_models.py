"""The command group `encore models`: which networks are at hand, one more from a file, and whether they are whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from encore.inference.card import UNKNOWN, ModelCard
from encore.outcome import shown

models = typer.Typer(help="List, show, add and check networks.", no_args_is_help=True, rich_markup_mode="markdown")

Name = Annotated[str, typer.Argument(help="A network's name, as `encore models list` prints it.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one card per line as JSON.")]
Licence = Annotated[str, typer.Option(help="Licence of the weights, such as CC-BY-4.0.", metavar="NAME")]


@models.command("list")
def list_(json: Json = False) -> None:
    """List all networks at hand: those of Encore and those that were added."""
    from encore.inference.zoo import Zoo

    with shown(json) as watch:
        zoo = Zoo()
        cards = zoo.cards()
        if json:
            for card in cards:
                watch.document(card, zoo.origin(card.name))
            return
        table = Table(box=None, pad_edge=False)
        for title in ("name", "task", "version", "size", "licence", "from"):
            table.add_column(title, overflow="fold")
        for card in cards:
            origin = "Encore" if zoo.origin(card.name) == zoo.shipped else "added"
            size = f"{card.bytes / 1e6:.1f} MB" if card.bytes >= 1e6 else f"{card.bytes / 1e3:.0f} kB"
            table.add_row(*map(escape, (card.name, card.task, card.version, size, card.weights_licence, origin)))
        Console(highlight=False).print(table)


@models.command()
def info(name: Name, json: Json = False) -> None:
    """Show everything that is known about a network."""
    from encore.inference.zoo import Zoo

    with shown(json) as watch:
        zoo = Zoo()
        card = zoo.card(name)
        if json:
            watch.document(card, zoo.origin(name))
        else:
            _print(card, zoo.origin(name))


@models.command()
def add(  # noqa: PLR0913 - one parameter per option
    file: Annotated[Path, typer.Argument(help="Weights: .onnx, .pth or .safetensors.", show_default=False)],
    name: Annotated[str | None, typer.Option(help="What to call it. Default: as its file.", show_default=False)] = None,
    version: Annotated[str, typer.Option(help="Version of the weights.")] = "1",
    licence: Licence = UNKNOWN,
    code_licence: Annotated[str, typer.Option(help="Licence of its program.", metavar="NAME")] = UNKNOWN,
    trained_on: Annotated[str, typer.Option(help="What it learned from.")] = UNKNOWN,
    trained_by: Annotated[str, typer.Option(help="Who published it, or the script that made it.")] = UNKNOWN,
    radius: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Samples around a place that decide it; without, they are never split. Default: as the file tells.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Copy FILE into your own folder of networks and write a card for it. Nothing is downloaded."""
    from encore.inference.adding import Told, add
    from encore.inference.zoo import Zoo

    with shown(json) as watch:
        zoo = Zoo()
        told = Told(name or "", version, code_licence, licence, trained_on, trained_by, radius)
        card = add(zoo, file, told)
        watch.document(card, zoo.users / "cards" / f"{card.name}.toml")


@models.command()
def verify(
    name: Annotated[str | None, typer.Argument(help="A network. Default: all.", show_default=False)] = None,
    json: Json = False,
) -> None:
    """Check that weights are what their cards say, and run each network once."""
    from encore.inference.zoo import Zoo

    with shown(json) as watch:
        zoo = Zoo()
        for each in (zoo.card(name),) if name else zoo.cards():
            watch.line(each.name, f"{each.name}: as its card says, runs on {zoo.verify(each.name).device}")


def _print(card: ModelCard, origin: Path) -> None:
    """A card as a table of its fields, then what was measured."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for field, value in card.model_dump(mode="json", exclude={"measured"}).items():
        table.add_row(field, "unknown" if value is None else escape(str(value)))
    for one in card.measured:
        table.add_row(escape(one.name), escape(f"{one.value:g} {one.unit}, {one.how}"))
    table.add_row("lies in", escape(str(origin)))
    Console(highlight=False).print(table)
