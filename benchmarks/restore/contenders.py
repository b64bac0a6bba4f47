"""Ways to make a film of a tape: Encore with any of its upscalers, and what people do with FFmpeg."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.repair.playing import Player, deinterlacers
from benchmarks.repair.recording import Planes
from benchmarks.restore.asked import TWIN
from benchmarks.restore.taping import SCORED
from encore.inference.zoo import Zoo
from encore.media.process import Tool
from encore.restoration.denoise import Denoise
from encore.restoration.grain import Grain
from encore.restoration.keep import Keep
from encore.restoration.stage import Filter, Runtime, Stage
from encore.restoration.upscale import FINER, Upscale
from encore.restoration.window import NOISE_LEFT

Size = tuple[int, int]
"""(width, height) of a film."""
COLOURS = "chroma-guided"
"""What enlarges chroma beside a network for luma, where it is at hand."""
LANCZOS = "bwdif+lanczos"
"""The least that anybody does; every bound refers to it."""
NLMEANS = "bwdif+nlmeans+lanczos"
DEEP = "yuv420p10le"
"""What FFmpeg enlarges to: eight bits would band, and who makes 4K of a tape knows it."""
RIVALS: dict[str, tuple[tuple[str, str], ...]] = {
    LANCZOS: (("", ""),),
    "bwdif+hqdn3d+lanczos+unsharp": (
        ("hqdn3d=2", "unsharp=5:5:1.0"), ("hqdn3d=3", "unsharp=5:5:1.0"), ("hqdn3d=4", "unsharp=5:5:1.0"),
        ("hqdn3d=3", "unsharp=13:13:1.5"),
    ),
    NLMEANS: (("nlmeans=s=1.5", ""), ("nlmeans=s=2", ""), ("nlmeans=s=2.5", ""), ("nlmeans=s=3.5", "")),
}  # fmt: skip
"""FFmpeg's filters before and after enlarging, at strengths around the best; the one with most PSNR of each tape
counts."""


@dataclass(frozen=True)
class Film:
    """Pictures that somebody made of a tape, in 8-bit codes with fractions."""

    by: str
    planes: list[Planes]
    how: str = ""
    """Filters at the strength that was best."""


class Alone(Stage):
    """Forgets where things move, so that a network sees one picture, as in the training of a twin."""

    kind: Literal["alone"] = "alone"

    def open(self, runtime: Runtime) -> Filter:
        """Nothing to load."""
        return lambda clip, _shot, wanted, /: replace(clip.cut(wanted), motion=None)


def stages(upscaler: str, size: Size) -> list[Stage] | None:
    """What a plan holds for a noisy shot, without grain in the end; None: there is no such network."""
    width, height = size
    before: list[Stage] = [Denoise(), Keep(), Grain(era=0)]
    if upscaler == "lanczos":
        return [*before, Upscale(width=width, height=height)]
    names = {card.name for card in Zoo().cards()}
    if upscaler not in names:
        return None
    if upscaler in TWIN.values():
        before.append(Alone())
    colours = COLOURS if COLOURS in names else None
    return [*before, Upscale(width=width, height=height, network=upscaler, chroma_network=colours, noise=NOISE_LEFT)]


def ours(player: Player, upscaler: str, size: Size) -> Film | None:
    """The scored pictures as Encore makes them; None: this upscaler is not there."""
    chain = stages(upscaler, size)
    if chain is None:
        return None
    clip = player.restored(chain, SCORED)
    y, cb, cr = (plane.astype(np.float32) * np.float32(1 / FINER) for plane in (clip.y, clip.cb, clip.cr))
    return Film(f"ours {upscaler}", [(y[n], cb[n], cr[n]) for n in range(len(clip))])


def rivals(path: Path, size: Size, better: Callable[[Sequence[Planes]], float]) -> Iterator[Film]:
    """What FFmpeg makes of the scored pictures, everything at the strength that is best on this tape.

    Args:
        path: the tape.
        size: of the film.
        better: tells how good pictures are.
    """
    for name, strengths in RIVALS.items():
        made = [Film(name, filtered(path, graph(*one, size), size), " ".join(one).strip()) for one in strengths]
        yield max(made, key=lambda film: better(film.planes))


def graph(before: str, after: str, size: Size, *, cut: bool = True) -> str:
    """Filters: de-interlacing, what stands before enlarging, enlarging, what stands after it."""
    trim = f"trim=start_frame={SCORED.start}:end_frame={SCORED.stop}" if cut else ""
    scale = f"scale={size[0]}:{size[1]}:flags=lanczos+accurate_rnd:in_chroma_loc=left:out_chroma_loc=left"
    # a filter that looks at one picture at a time need not look at those that nobody compares
    first = (trim, before) if before.startswith("nlmeans") else (before, trim)
    return ",".join(one for one in (deinterlacers()["bwdif"], *first, scale, f"format={DEEP}", after) if one)


def filtered(path: Path, filters: str, size: Size) -> list[Planes]:
    """Pictures of a file after filters of FFmpeg, read with ten bits, in 8-bit codes.

    Args:
        path: the file.
        filters: that enlarge.
        size: of the film.

    Raises:
        ToolError: ffmpeg failed.
    """
    width, height = size
    half, ends = (height // 2, width // 2), [width * height, width * height * 5 // 4]
    whole = width * height * 3  # 4:2:0 of two bytes
    given = ["-filter_threads", "1", "-threads", "1", "-i", str(path), "-vf", filters, "-fps_mode", "passthrough"]
    given += ["-pix_fmt", DEEP, "-f", "rawvideo", "pipe:1"]
    pictures: list[Planes] = []
    with Tool(f"filtering with {filters}", given, output=True) as tool:
        while len(block := tool.read(whole)) == whole:
            y, cb, cr = np.split(np.frombuffer(block, "<u2").astype(np.float32) / np.float32(4), ends)
            pictures.append((y.reshape(height, width), cb.reshape(half), cr.reshape(half)))
    return pictures


def films(
    player: Player, upscalers: Iterable[str], size: Size, better: Callable[[Sequence[Planes]], float]
) -> list[Film]:
    """All that can be made."""
    made = (ours(player, name, size) for name in upscalers)
    return [film for film in made if film] + list(rivals(player.path, size, better))
