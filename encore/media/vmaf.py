"""How good does a picture still look: VMAF, banding and XPSNR of every frame against the pictures it was made from."""

from __future__ import annotations

import functools
import json
import math
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encore.core.errors import EncoreError, VerifyError
from encore.core.video import Patch, Plane
from encore.media.capabilities import ask
from encore.media.process import ffmpeg_path, run
from encore.media.write import TAGS
from encore.media.y4m import Raw, planes, raw_pictures

Numbers = NDArray[np.float64]
FINE_LINES = 1440
"""More lines than that are judged as 2160 seen from one and a half heights; fewer as 1080 seen from three."""
FAST_RATE = 45
"""Frames a second from which motion is judged as that of 50 and 60 Hz."""
LEAST_SIDE = 216
"""Samples: the banding measure inside VMAF v1 refuses smaller pictures."""
MOST_DB = 80.0
"""(X)PSNR of pictures without any difference, which would be infinite."""
_XPSNR, _PSNR = re.compile(r"XPSNR y: *(inf|[-\d.]+)"), re.compile(r"psnr_y:(inf|[-\d.]+)")


@dataclass(frozen=True, slots=True)
class Scores:
    """One figure per measured frame; what was not measured is None."""

    at: tuple[int, ...]
    """Numbers of the frames that were measured by VMAF; XPSNR is always there for all."""
    v1: Numbers | None
    """VMAF v1: no credit for sharpening, sees colour and banding."""
    v0: Numbers | None
    """VMAF v0.6.1, which sharpening can raise."""
    neg: Numbers | None
    """The same without credit for sharpening."""
    banding: Numbers | None
    """CAMBI of the encoded picture, 0 none to 17: part of VMAF v1, so it costs nothing. How much is new is told by that
    of the reference."""
    xpsnr: Numbers
    """Of luma, dB."""
    psnr: Numbers | None = None
    """Of luma, dB; None where no places were asked for."""
    faces: tuple[Numbers, ...] = ()
    """PSNR of luma inside the places that were asked for, dB: XPSNR takes any picture for a whole screen, so that it
    is below 0 dB for a piece of 100 samples that looks well."""


def model_of(height: int, rate: Fraction) -> str:
    """The VMAF v1 model for pictures of that many lines and that rate."""
    distance = "1d5h_2160" if height > FINE_LINES else "3d0h"
    return f"vmaf_v1.0.16_{'hfr_' if rate > FAST_RATE else ''}{distance}"


@functools.cache
def vmaf_fault(model: str = "vmaf_v1.0.16_3d0h") -> str:
    """Why this machine's ffmpeg cannot measure with that model, in one line; empty when it can."""
    two = ["-f", "lavfi", "-i", f"color=gray:size={LEAST_SIDE}x{LEAST_SIDE}:rate=25"] * 2
    graph = f"[0:v][1:v]libvmaf=model='version={model}'"
    try:
        ask(ffmpeg_path(), ["-hide_banner", *two, "-frames:v", "1", "-lavfi", graph, "-f", "null", "-"])
    except EncoreError as error:
        return error.message
    return ""


def why_not_vmaf(raw: Raw) -> str:
    """Why these pictures cannot be judged by VMAF v1, in one line; empty when they can."""
    if min(raw.width, raw.height) < LEAST_SIDE:
        return f"pictures of {raw.width}x{raw.height} are too small for it"
    return vmaf_fault(model_of(raw.height, raw.rate))


def scored(
    encoded: Path,
    reference: Path,
    *,
    first: int = 0,
    every: int = 1,
    old: bool = False,
    faces: Sequence[Patch] = (),
) -> Scores:
    """Measure an encoded film, or raw pictures, against the raw pictures it was made from.

    Grain that a decoder would add is left out of both. A smaller film is enlarged to the size of the reference.

    Args:
        encoded: the film; the reference itself gives the reference's own score.
        reference: file of raw pictures (`encore.media.y4m`).
        first: frame of the film that shows the reference's first picture.
        every: VMAF measures every so manieth frame only; an odd number, for encoders give even frames more bits (every
            fourth one of an AV1 scored 97.2, all of them 95.7, every third one 96.0).
        old: measure VMAF v0.6.1 and its NEG variant too, at twice the time.
        faces: places in the reference, with even edges.

    Raises:
        ValueError: `every` is even.
        VerifyError: the film has fewer frames than the reference.
        ToolError: it cannot be decoded or measured.
    """
    if every % 2 == 0:
        raise ValueError(f"every {every}th frame is one that encoders favour")
    raw = raw_pictures(reference)
    vmaf = not why_not_vmaf(raw)
    with tempfile.TemporaryDirectory(prefix="scores") as folder:
        place = Path(folder)
        graph = _graph(raw, place, first=first, every=every, old=old, vmaf=vmaf, faces=faces)
        strict = ("-xerror", "-err_detect", "explode", "-export_side_data", "film_grain", "-i", str(encoded))
        given = (*strict, "-i", str(reference), "-lavfi", graph, "-f", "null", "-")
        run("measuring quality", ("-filter_complex_threads", "1", *given))
        xpsnr = _logged(place / "x.log", _XPSNR)
        found = [_logged(place / f"p{number}.log", _PSNR) for number in range(len(faces) + 1)] if faces else []
        log: dict[str, Any] = json.loads((place / "v.json").read_text()) if vmaf else {"frames": []}
    if len(xpsnr) != raw.frames:
        raise VerifyError(f"{encoded}: {len(xpsnr)} frames of {raw.frames}", todo="run the same command again")
    return _scores(log["frames"], xpsnr, found)


def detail_gain(encoded: Path, reference: Path, every: int = 8) -> float | None:
    """By how much the finest detail of luma is larger in a film than in its reference; above 1 it was sharpened.

    It is the share of the reference's own detail that is found again, in place and sign. The plain ratio of energies
    would not do: what an encoder adds by itself made it 1.07 on smooth pictures, and 0.96 on others.

    Args:
        encoded: the film, of the reference's size.
        reference: file of raw pictures.
        every: so manieth picture is looked at.

    Returns:
        The gain over all pictures; None where the reference has no detail at all.
    """
    ours = raw_pictures(reference)
    with tempfile.TemporaryDirectory(prefix="detail") as folder:
        path = Path(folder) / "encoded.y4m"
        chosen = f"{TAGS},select='not(mod(n,{every}))',format=yuv420p{'10le' if ours.depth == 10 else ''}"
        form = ("-vf", chosen, "-fps_mode", "passthrough", "-strict", "-1", str(path))
        run("decoding", ("-export_side_data", "film_grain", "-i", str(encoded), *form))
        pairs = zip(planes(ours, every), planes(raw_pictures(path)), strict=False)
        both = np.sum([_products(theirs[0], made[0]) for theirs, made in pairs], axis=0)
    return float(both[1] / both[0]) if both[0] > 0 else None


def _products(reference: Plane, encoded: Plane) -> Numbers:
    """Of the reference's fine detail with itself and with that of the encoded picture."""
    one, other = _fine(reference), _fine(encoded)
    return np.array([float(np.square(one).sum(dtype=np.float64)), float((one * other).sum(dtype=np.float64))])


def _fine(luma: Plane) -> Plane:
    """What a cross of four neighbours does not predict."""
    plane = luma.astype(np.float32)
    return plane[1:-1, 1:-1] - (plane[:-2, 1:-1] + plane[2:, 1:-1] + plane[1:-1, :-2] + plane[1:-1, 2:]) / 4


def _graph(raw: Raw, place: Path, *, first: int, every: int, old: bool, vmaf: bool, faces: Sequence[Patch]) -> str:
    """Graph of filters: XPSNR, PSNR of the picture and of each face, one VMAF with all its models."""
    places: tuple[Patch | None, ...] = (None, *faces) if faces else ()
    ways = len(places) + 1 + vmaf
    clock = f"settb={raw.rate.denominator}/{raw.rate.numerator},setpts=N"
    size = f"scale={raw.width}:{raw.height}:flags=bicubic,format=yuv420p10le"
    cut = f"trim=start_frame={first}:end_frame={first + raw.frames}"
    # raw pictures have no colour tags; filters would quietly convert them to those of the film, 30 dB off
    heads = [f"{TAGS},{cut},{size},{clock}", f"{TAGS},format=yuv420p10le,{clock}"]
    lines = [
        f"[{n}:v]{head},split={ways}" + "".join(f"[{name}{way}]" for way in range(ways))
        for n, (head, name) in enumerate(zip(heads, "er", strict=True))
    ]
    for way, patch in enumerate(places):
        crops = "" if patch is None else _crop(patch)
        if crops:
            lines += [f"[{name}{way}]{crops}[{name}{way}c]" for name in "er"]
        end = "c" if crops else ""
        lines.append(f"[e{way}{end}][r{way}{end}]psnr=shortest=1:stats_file={place / f'p{way}.log'}")
    way = len(places)
    lines.append(f"[e{way}][r{way}]xpsnr=shortest=1:stats_file={place / 'x.log'}")
    if vmaf:
        lines.append(f"[e{ways - 1}][r{ways - 1}]{_vmaf(raw, place, every=every, old=old)}")
    return ";".join(lines)


def _crop(patch: Patch) -> str:
    left, top, right, bottom = patch
    return f"crop={right - left}:{bottom - top}:{left}:{top}:exact=1"


def _vmaf(raw: Raw, place: Path, *, every: int, old: bool) -> str:
    models = {"v1": model_of(raw.height, raw.rate)}
    if old:
        stem = "vmaf_4k_v0.6.1" if raw.height > FINE_LINES else "vmaf_v0.6.1"
        models |= {"v0": stem, "neg": f"{stem}neg"}
    said = "|".join(f"version={version}\\:name={name}" for name, version in models.items())
    told = f"shortest=1:log_fmt=json:log_path={place / 'v.json'}:n_threads=1:n_subsample={every}"
    return f"libvmaf={told}:model='{said}'"


def _logged(path: Path, pattern: re.Pattern[str]) -> Numbers:
    found = pattern.findall(path.read_text()) if path.exists() else []
    return np.array([min(float(value), MOST_DB) for value in found])


def _scores(frames: Sequence[dict[str, Any]], xpsnr: Numbers, psnr: Sequence[Numbers]) -> Scores:
    def column(name: str) -> Numbers | None:
        values = [float(frame["metrics"].get(name, math.nan)) for frame in frames]
        return np.array(values) if values and not math.isnan(values[0]) else None

    at = tuple(int(frame["frameNum"]) for frame in frames)
    cambi = next((name for name in (frames[0]["metrics"] if frames else ()) if name.startswith("cambi")), "")
    v1, v0, neg, banding = (column(name) for name in ("v1", "v0", "neg", cambi))
    return Scores(at, v1, v0, neg, banding, xpsnr, psnr[0] if psnr else None, tuple(psnr[1:]))
