"""VMAF of pictures against their truth, by the library and the models that FFmpeg has in itself."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.repair.recording import Planes
from encore.media.process import run

MODELS = {"neg": "vmaf_4k_v0.6.1neg", "v1": "vmaf_v1.0.16_hfr_1d5h_2160"}
"""NEG gives nothing for sharpening beyond the truth; v1 (2026) sees colour and banding too, `hfr` for 50 and 60 Hz.
Both for 2160 lines from one and a half heights away: what is compared is as fine as a film, and a part of it."""


def vmaf(found: Sequence[Planes], truth: Sequence[Planes]) -> dict[str, float]:
    """Mean over pictures of every model, 0 to 100 about.

    Args:
        found: 4:2:0 of 8-bit codes with fractions, consecutive.
        truth: the same pictures.

    Raises:
        ToolError: ffmpeg failed.
    """
    height, width = truth[0][0].shape
    form = ["-f", "rawvideo", "-pixel_format", "yuv420p10le", "-video_size", f"{width}x{height}", "-framerate", "60"]
    models = "|".join(f"version={version}\\:name={name}" for name, version in MODELS.items())
    with tempfile.TemporaryDirectory() as folder:
        given: list[str] = []
        for name, pictures in (("found", found), ("truth", truth)):
            path = Path(folder) / f"{name}.yuv"
            path.write_bytes(b"".join(_ten_bits(plane) for planes in pictures for plane in planes))
            given += [*form, "-i", str(path)]
        log = Path(folder) / "log.json"
        graph = f"[0:v][1:v]libvmaf=log_fmt=json:log_path={log}:n_threads=1:model='{models}'"
        run("measuring VMAF", [*given, "-lavfi", graph, "-f", "null", "-"])
        pooled = json.loads(log.read_text())["pooled_metrics"]
    return {name: float(pooled[name]["mean"]) for name in MODELS}


def _ten_bits(plane: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> bytes:
    return np.clip(np.rint(plane * 4), 0, 1023).astype("<u2").tobytes()
