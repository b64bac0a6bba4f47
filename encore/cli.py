"""The command line: one verb is one command is one public function; events become lines, bars or JSON."""

from __future__ import annotations

import re
import signal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

import typer
from pydantic import ValidationError

from encore.cli_models import models
from encore.core.errors import EXIT_CODES, PlanError
from encore.core.time import Span
from encore.encoding.codecs import CODECS, AnyCodec, codec_of
from encore.encoding.deliveries import ALSO
from encore.encoding.ladder import HEIGHTS
from encore.inference.network import Device
from encore.outcome import shown
from encore.planning.plan import GrainPlace, Intent
from encore.planning.presets import PRESETS, intent_of

CODES = "\n".join(f"- {code}: {meaning}" for code, meaning in EXIT_CODES)
app = typer.Typer(
    help=f"Restore standard-definition concert tapes.\n\n**Exit codes**\n\n{CODES}",
    rich_markup_mode="markdown",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
Word = TypeVar("Word", bound=str)
app.add_typer(models, name="models")

Tape = Annotated[Path, typer.Argument(help="The capture of the tape: any video file.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one event per line as JSON instead of a progress bar.")]
Workspace = Annotated[
    Path | None,
    typer.Option(
        help="Folder for documents and finished work. Default: NAME.encore beside the film.", show_default=False
    ),
]
PresetName = Annotated[
    str, typer.Option("--preset", help="; ".join(f"{name}: {p.purpose}" for name, p in PRESETS.items()))
]
Height = Annotated[
    int | None,
    typer.Option(min=240, max=4320, help="Lines of the film. Default: as the preset (2160).", show_default=False),
]
Rate = Annotated[
    str | None,
    typer.Option(
        help="field: a frame for every field (59.94p, 50p). frame: one per tape frame. Default: as the preset.",
        metavar="field|frame",
    ),
]
Aspect = Annotated[
    str | None, typer.Option(help="Shape of the whole picture, as 4:3 or 16:9. Default: as measured.", metavar="W:H")
]
Frames = Annotated[
    str | None, typer.Option(help="Tape frames to restore, half-open, from 0. Default: all.", metavar="A:B")
]
CodecName = Annotated[str | None, typer.Option("--codec", help="Default: as the preset.", metavar="|".join(CODECS))]
Crop = Annotated[
    bool | None, typer.Option("--crop/--keep-edges", help="Cut measured black edges and head-switching lines away.")
]
Quality = Annotated[
    str | None,
    typer.Option(help="Of the repair. best: along motion. fast: without, to look through a tape.", metavar="best|fast"),
]
Era = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        help="Grain that stays: 0 clean, 1 as recorded. Default: by how much there is.",
        show_default=False,
    ),
]
GrainIn = Annotated[
    str | None,
    typer.Option(
        "--grain",
        help="pixels: coded with the pictures. stream: AV1 only, made by the player. Default: pixels.",
        metavar="pixels|stream",
        show_default=False,
    ),
]
Upscaler = Annotated[
    str | None,
    typer.Option(help="auto, lanczos, or the name of a network. Default: auto.", metavar="NAME", show_default=False),
]
Faces = Annotated[
    str | None,
    typer.Option(
        "--faces", help="auto, off, or the name of a network. Default: auto.", metavar="NAME", show_default=False
    ),
]
Shake = Annotated[
    float | None,
    typer.Option(
        "--stabilize", min=0, max=1, help="Share of the camera's shake to take out. Default: none.", show_default=False
    ),
]
Also = Annotated[
    list[str] | None,
    typer.Option(
        help="Make this of the same pictures too; may be repeated. archive: FFV1 and hashes. mezzanine: ProRes 422 HQ.",
        metavar="|".join(ALSO), show_default=False,
    ),
]  # fmt: skip
Where = Annotated[
    str,
    typer.Option(
        "--device",
        help="Where networks run. auto: on the processor; foreign weights on the fastest that PyTorch finds.",
        metavar="auto|cpu|cuda|mps",
    ),
]


@app.command()
def restore(
    tape: Tape,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            help="The film. Default: NAME.restored.* beside the tape.",
            show_default=False,
        ),
    ] = None,
    preset_name: PresetName = "concert",
    height: Height = None,
    rate: Rate = None,
    aspect: Aspect = None,
    frames: Frames = None,
    codec: CodecName = None,
    crop: Crop = None,
    quality: Quality = None,
    era: Era = None,
    grain: GrainIn = None,
    upscaler: Upscaler = None,
    faces: Faces = None,
    stabilize: Shake = None,
    workspace: Workspace = None,
    plan_file: Annotated[
        Path | None,
        typer.Option("--plan", help="Obey this plan. It decides everything about the film."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a film of that name.")] = False,
    also: Also = None,
    device: Where = "auto",
    json: Json = False,
) -> None:
    """Restore TAPE into a film with its sound, and a report. Run it again to continue where it was stopped."""
    from encore import pipeline

    with shown(json) as watch:
        chosen = {
            "preset": preset_name,
            "height": height,
            "rate": rate,
            "aspect": aspect,
            "frames": frames,
            "codec": codec,
            "crop": crop,
            "quality": quality,
            "era": era,
            "grain": grain,
            "upscaler": upscaler,
            "faces": faces,
            "stabilize": stabilize,
        }
        if plan_file is not None and any(value is not None for name, value in chosen.items() if name != "preset"):
            raise PlanError(
                "--plan decides everything",
                todo="drop all options that say what the film is to be, or edit the plan",
            )
        pipeline.restore(
            tape,
            out,
            intent=_intent(**chosen),
            plan=plan_file,
            workspace=workspace,
            overwrite=overwrite,
            also=tuple(also or ()),
            device=_one_of("--device", device, get_args(Device)),
            watch=watch,
        )


@app.command()
def encode(
    film: Annotated[Path, typer.Argument(help="A finished film: progressive, constant rate.", show_default=False)],
    out: Annotated[Path, typer.Option("-o", "--out", help="The film to make.", show_default=False)],
    codec: Annotated[str, typer.Option("--codec", metavar="|".join(CODECS))] = "av1",
    crf: Annotated[
        int | None, typer.Option(min=0, max=63, help="Lower is better. Default: the codec's.", show_default=False)
    ] = None,
    also: Also = None,
    workspace: Workspace = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a film of that name.")] = False,
    json: Json = False,
) -> None:
    """Encode FILM and carry its sound along, without restoring anything. Run it again to continue."""
    from encore import pipeline
    from encore.execution.encoding import Order

    with shown(json) as watch:
        order = Order(_codec(codec, crf), also=tuple(also or ()), overwrite=overwrite)
        pipeline.encode(film, out, order=order, workspace=workspace, watch=watch)


@app.command()
def stream(
    film: Annotated[Path, typer.Argument(help="A finished film in BT.709.", show_default=False)],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to make.", show_default=False)],
    codec: Annotated[
        list[str] | None,
        typer.Option(help="May be repeated. Default: both.", metavar="|".join(HEIGHTS), show_default=False),
    ] = None,
    every_rung: Annotated[bool, typer.Option("--every-rung", help="Keep all rungs without measuring them.")] = False,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Make a stream of FILM for HLS and DASH players. Run it again to continue."""
    from encore import pipeline
    from encore.execution.laddering import Wanted

    with shown(json) as watch:
        wanted = Wanted(tuple(codec) if codec else tuple(HEIGHTS), every_rung=every_rung)
        pipeline.stream(film, out, wanted=wanted, workspace=workspace, watch=watch)


@app.command()
def scan(
    tape: Tape,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Measure TAPE: shots, scan, faults, damage, noise, light and more. A page about it is kept in the workspace."""
    from encore import pipeline

    with shown(json) as watch:
        analysis = pipeline.scan(tape, workspace=workspace, watch=watch)
        watch.document(analysis, pipeline.workspace_of(tape, workspace) / "scan.html")


@app.command()
def plan(
    tape: Tape,
    preset_name: PresetName = "concert",
    height: Height = None,
    rate: Rate = None,
    aspect: Aspect = None,
    frames: Frames = None,
    codec: CodecName = None,
    crop: Crop = None,
    quality: Quality = None,
    era: Era = None,
    grain: GrainIn = None,
    upscaler: Upscaler = None,
    faces: Faces = None,
    stabilize: Shake = None,
    workspace: Workspace = None,
    json: Json = False,
) -> None:
    """Decide what to do with every shot of TAPE, with reasons. Edit plan.json, then `encore restore --plan`."""
    from encore import pipeline

    with shown(json) as watch:
        wanted = _intent(
            preset=preset_name, height=height, rate=rate, aspect=aspect, frames=frames, codec=codec, crop=crop,
            quality=quality, era=era, grain=grain, upscaler=upscaler, faces=faces, stabilize=stabilize,
        )  # fmt: skip
        made = pipeline.plan(tape, intent=wanted, workspace=workspace, watch=watch)
        watch.document(made, pipeline.workspace_of(tape, workspace) / "plan.json")


@app.command()
def report(
    workspace: Annotated[Path, typer.Argument(help="Folder of a finished restoration.", show_default=False)],
    json: Json = False,
) -> None:
    """Build the report of a finished restoration anew and say where it is."""
    from encore import pipeline

    with shown(json) as watch:
        watch.line("report", str(pipeline.report(workspace)))


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="A film or tape, shown left.", show_default=False)],
    b: Annotated[Path, typer.Argument(help="A film, shown right.", show_default=False)],
    out: Annotated[Path, typer.Option("-o", "--out", help="Picture (.png) or film (.mp4, .mkv).")] = Path(
        "compare.png"
    ),
    mode: Annotated[
        str,
        typer.Option(help="side: next to each other. wipe: one picture with a moving divider.", metavar="side|wipe"),
    ] = "side",
    at: Annotated[
        str | None, typer.Option(help="Second of the picture; default: the middle.", metavar="SECONDS")
    ] = None,
    height: Annotated[int, typer.Option(min=120, max=4320, help="Lines of each side.")] = 1080,
    offset: Annotated[
        str, typer.Option(help="Second of A at which B begins, for a B made with --frames.", metavar="SECONDS")
    ] = "0",
    json: Json = False,
) -> None:
    """Put two films side by side, or under a wipe, as a picture or as a film."""
    from encore import pipeline

    with shown(json) as watch:
        kind = _one_of("--mode", mode, ("side", "wipe"))
        made = pipeline.compare(
            a,
            b,
            out,
            mode="wipe" if kind == "wipe" else "side",
            at_s=_seconds("--at", at),
            height=height,
            offset_s=_seconds("--offset", offset) or Fraction(0),
        )
        watch.line("comparison", str(made))


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where tape, film and report go.")] = Path("demo"),
    height: Annotated[int, typer.Option(min=240, max=4320, help="Lines of the film.")] = 2160,
    json: Json = False,
) -> None:
    """Make a concert tape of our own and restore it: everything Encore does, without a tape of yours."""
    from encore import pipeline

    with shown(json) as watch:
        pipeline.demo(folder, height=height, watch=watch)


@app.command()
def doctor(json: Json = False) -> None:
    """Say what this machine can do, what is missing, and what that costs."""
    from encore import pipeline

    with shown(json) as watch:
        health = pipeline.doctor()
        watch.health(health)
    raise typer.Exit(0 if health.healthy else 7)


def main() -> None:
    """Entry point; ends with the exit code of whatever happened."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app()


def _intent(**chosen: Any) -> Intent:
    """An intent from options, the preset's values where none was given."""
    wanted = {name: value for name, value in chosen.items() if value is not None and name != "preset"}
    if "rate" in wanted:
        _one_of("--rate", wanted["rate"], ("field", "frame"))
    if "codec" in wanted:
        _one_of("--codec", wanted["codec"], CODECS)
    if "grain" in wanted:
        _one_of("--grain", wanted["grain"], get_args(GrainPlace))
    if "quality" in wanted:
        _one_of("--quality", wanted["quality"], ("best", "fast"))
    if wanted.get("height", 0) % 2:
        raise typer.BadParameter(
            f"{wanted['height']} is odd; a film needs an even number of lines", param_hint="--height"
        )
    for name, read in (("aspect", _ratio), ("frames", _frames)):
        if name in wanted:
            wanted[name] = read(wanted[name])
    return intent_of(chosen["preset"], **wanted)


def _codec(kind: str, crf: int | None) -> AnyCodec:
    """A codec with its own recipe, or another quality."""
    made = codec_of(_one_of("--codec", kind, CODECS))
    assert made is not None
    if crf is None:
        return made
    if not hasattr(made, "crf"):
        raise typer.BadParameter(f"{kind} has no quality to choose", param_hint="--crf")
    try:
        return type(made).model_validate({"crf": crf})
    except ValidationError as error:
        raise typer.BadParameter(error.errors()[0]["msg"], param_hint="--crf") from None


def _one_of(option: str, value: str, known: tuple[Word, ...]) -> Word:
    for word in known:
        if word == value:
            return word
    raise typer.BadParameter(f"{value!r} is none of {', '.join(known)}", param_hint=option)


def _ratio(text: str) -> Fraction:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)[:/](\d+(?:\.\d+)?)", text)
    if not match or not Fraction(match[2]) or not Fraction(1, 4) <= Fraction(match[1]) / Fraction(match[2]) <= 4:
        raise typer.BadParameter(f"{text!r} is no shape like 4:3 or 16:9", param_hint="--aspect")
    return Fraction(match[1]) / Fraction(match[2])


def _frames(text: str) -> Span:
    match = re.fullmatch(r"(\d+):(\d+)", text)
    if not match or int(match[1]) >= int(match[2]):
        raise typer.BadParameter(f"{text!r} is no A:B with A before B", param_hint="--frames")
    return Span(start=int(match[1]), stop=int(match[2]))


def _seconds(option: str, text: str | None) -> Fraction | None:
    try:
        return None if text is None else Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise typer.BadParameter(f"{text!r} is no number of seconds", param_hint=option) from None
