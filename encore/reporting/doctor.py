"""Health: whether this machine can restore a tape, and what is lost where something is missing."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Literal

from encore.core.doc import Doc
from encore.core.errors import ModelError, ToolError
from encore.encoding.codecs import CODECS, AnyCodec, codec_of
from encore.inference.card import ModelCard
from encore.inference.zoo import Zoo
from encore.media.capabilities import (
    decoder_found,
    encoder_fault,
    filter_found,
    library_version,
    program_filters,
    program_version,
)
from encore.media.process import ffmpeg_path
from encore.reporting.machine import Machine, free_disk, measure
from encore.reporting.words import size_words

LOW_MEMORY = 4 * 10**9
"""Bytes; one AV1 encoder at 2880x2160 holds 2.2 GB, decoding and restoring about as much again."""
LOW_DISK = 40 * 10**9
"""Bytes; two hours at 20 Mbit/s are 18 GB, which lie there twice while chunks are joined."""
LOWEST_PYTHON = (3, 11)
LIBRARIES = (
    *("av", "filelock", "imageio-ffmpeg", "jinja2", "numpy", "opencv-python-headless", "openvino"),
    *("psutil", "pyarrow", "pydantic", "rich", "scikit-image", "typer"),
)
"""Packages that Encore runs on, by their names in the package index."""
PROGRAM_FILTERS = {
    "bwdif": "comparisons by hand with the usual deinterlacer are not possible",
    "zscale": "comparisons of films cannot be made",
    "libvmaf": "the visible quality of a film cannot be measured",
    "xpsnr": "the quality of a film cannot be measured quickly",
    "setparams": "comparisons would carry no colour tags",
}
"""Filter of the ffmpeg program to what is lost without it."""
DECODERS = {
    "mpeg2video": "DVDs and broadcast captures",
    "dvvideo": "DV captures",
    "h264": "H.264 captures",
    "mjpeg": "Motion JPEG captures",
    "dca": "DTS sound, where it must be converted",
    "ac3": "Dolby Digital sound, where it must be converted",
}
"""Decoder of PyAV to what cannot be read without it."""
REINSTALL_PROGRAM = "reinstall imageio-ffmpeg, or let IMAGEIO_FFMPEG_EXE name a complete ffmpeg"
REINSTALL_LIBRARY = "reinstall av from its wheel"

State = Literal["ok", "missing", "low"]


class Item(Doc):
    """One thing that was looked at."""

    name: str
    state: State
    """`low`: there, but too little or unknown to be at ease."""
    value: str
    """What was found, with units."""
    costs: str = ""
    """What is lost and what to do, in a sentence; empty when nothing is lost."""
    needed: bool = True
    """False: Encore works without it."""


class Health(Doc):
    """All that was looked at."""

    items: tuple[Item, ...]

    @property
    def healthy(self) -> bool:
        """True when nothing that is needed is missing."""
        return not any(item.needed and item.state == "missing" for item in self.items)


def examine(workspace: Path | None = None, *, program: str | Path | None = None) -> Health:
    """Look at everything that a restoration uses; takes about a second and leaves nothing behind.

    Args:
        workspace: where chunks would lie; the current folder where None. It need not exist.
        program: the ffmpeg to look at; the one that Encore uses where None.
    """
    machine = measure()
    return Health(
        items=(
            *_software(),
            *examine_program(program),
            *examine_library(),
            *examine_networks(Zoo()),
            *examine_machine(machine),
            _disk(workspace or Path()),
            _scratch(),
        )
    )


def examine_program(program: str | Path | None = None) -> tuple[Item, ...]:
    """An ffmpeg program: its version, its encoders (each really encodes two frames), its filters."""
    try:
        program = program or ffmpeg_path()
        version = program_version(program)
        filters = program_filters(program)
        first = Item(name="ffmpeg program", state="ok", value=version)
    except ToolError as error:
        program = program or "ffmpeg"
        filters: frozenset[str] = frozenset()
        first = _lost("ffmpeg program", error.message, "Films can be neither encoded nor joined", REINSTALL_PROGRAM)
    known = [codec for kind in CODECS if (codec := codec_of(kind))]
    with ThreadPoolExecutor(2) as pool:  # most of the time is the start of a program, not its work
        encoders = tuple(pool.map(_encoder, repeat(program), known))
    found = (
        Item(name=f"filter {name}", state="ok", value="there", needed=False)
        if name in filters
        else _lost(f"filter {name}", "not there", f"Without it {loss}", REINSTALL_PROGRAM, needed=False)
        for name, loss in PROGRAM_FILTERS.items()
    )
    return (first, *encoders, *found)


def examine_library() -> tuple[Item, ...]:
    """PyAV: its FFmpeg, the decoders that tapes need, the deinterlacer."""
    items = [Item(name="FFmpeg inside PyAV", state="ok", value=library_version())]
    for name, reads in DECODERS.items():
        if decoder_found(name):
            items.append(Item(name=f"decoder {name}", state="ok", value="there"))
        else:
            loss = f"Not to be read: {reads}"
            items.append(_lost(f"decoder {name}", "not there", loss, REINSTALL_LIBRARY, needed="sound" not in reads))
    if filter_found("bwdif"):
        items.append(Item(name="deinterlacer bwdif", state="ok", value="there"))
    else:
        items.append(_lost("deinterlacer bwdif", "not there", "Interlaced tapes cannot be read", REINSTALL_LIBRARY))
    return tuple(items)


def examine_networks(zoo: Zoo) -> tuple[Item, ...]:
    """The networks at hand: that each is the file that its card describes."""
    try:
        cards = zoo.cards()
    except ModelError as error:
        return (_lost("networks", error.message, "No network can be used", error.todo),)
    return tuple(_network(zoo, card) for card in cards)


def _network(zoo: Zoo, card: ModelCard) -> Item:
    name, shipped = f"network {card.name}", zoo.origin(card.name) == zoo.shipped
    try:
        zoo.path(card.name)
    except ModelError as error:
        return _lost(name, error.message, "A film that uses it stops", error.todo, needed=shipped)
    return Item(name=name, state="ok", value=f"{card.task}, {size_words(card.bytes)}", needed=shipped)


def examine_machine(machine: Machine) -> tuple[Item, ...]:
    """Processor, cores and memory."""
    cores = f"{machine.usable_cores:g} of {machine.cores}"
    few = machine.usable_cores < 2
    memory = f"{size_words(machine.available_bytes)} free of {size_words(machine.memory_bytes)}"
    short = machine.available_bytes < LOW_MEMORY
    relief = f"A 4K chunk may need {size_words(LOW_MEMORY)}; close other programs or restore with one worker."
    return (
        Item(name="processor", state="ok", value=machine.cpu),
        Item(
            name="cores",
            state="low" if few else "ok",
            value=cores,
            costs="A film takes twice as long as on two cores; give this machine or container more." if few else "",
        ),
        *_features(machine),
        Item(
            name="memory",
            state="low" if short else "ok",
            value=memory,
            costs=relief if short else "",
        ),
    )


def _features(machine: Machine) -> Iterable[Item]:
    for feature, there in machine.features:
        name = f"processor: {feature}"
        if there:
            yield Item(name=name, state="ok", value="there", needed=False)
        elif there is None:
            yield Item(name=name, state="low", value="unknown", costs="Nothing is lost but certainty.", needed=False)
        else:
            loss = "Encoding and networks run slower than on processors that have it; nothing to do."
            yield Item(name=name, state="missing", value="not there", costs=loss, needed=False)


def _encoder(program: str | Path, codec: AnyCodec) -> Item:
    arguments = codec.arguments(2)
    name = f"encoder {arguments[arguments.index('-c:v') + 1]}"
    pixels = f"yuv{codec.chroma}p" + ("" if codec.depth == 8 else f"{codec.depth}le")
    fault = encoder_fault(program, pixels, arguments)
    standard = codec.kind == CODECS[0]
    if not fault:
        return Item(name=name, state="ok", value=f"encodes {pixels}", needed=standard)
    loss = f"Films cannot be made as {codec.kind}{' (the default)' if standard else ''}: choose another codec"
    return _lost(name, fault, loss, REINSTALL_PROGRAM, needed=standard)


def _software() -> Iterable[Item]:
    right = sys.version_info[:2] >= LOWEST_PYTHON
    wanted = ".".join(str(part) for part in LOWEST_PYTHON)
    yield (
        Item(name="Python", state="ok", value=platform.python_version())
        if right
        else _lost("Python", platform.python_version(), "Encore does not run", f"use Python {wanted} or newer")
    )
    for name in LIBRARIES:
        try:
            yield Item(name=name, state="ok", value=importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield _lost(name, "not installed", "Encore does not run whole", f"run pip install {name}")


def _disk(folder: Path) -> Item:
    place = str(folder.absolute())
    try:
        free = free_disk(folder)
    except OSError as error:
        return _lost(
            "disk", f"{place}: {error.strerror or error}", "Nothing can be stored there", "choose another workspace"
        )
    low = free < LOW_DISK
    costs = f"A two-hour film may need {size_words(LOW_DISK)}; free some or put the workspace elsewhere." if low else ""
    return Item(name="disk", state="low" if low else "ok", value=f"{size_words(free)} free at {place}", costs=costs)


def _scratch() -> Item:
    if not _writable():
        todo = "let TMPDIR name a folder that can be written"
        return _lost("temporary files", "not writable", "Joining and comparing fail", todo)
    return Item(name="temporary files", state="ok", value=f"{tempfile.gettempdir()} can be written")


def _writable() -> bool:
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"encore")
            file.flush()
    except OSError:
        return False
    return True


def _lost(name: str, value: str, loss: str, todo: str, *, needed: bool = True) -> Item:
    return Item(name=name, state="missing", value=value, costs=f"{loss}; {todo}.", needed=needed)
