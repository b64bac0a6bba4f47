"""OpenVINO: ONNX networks on the CPU, in 16 bits where it computes with them."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from encore.core.errors import ModelError
from encore.core.video import Plane
from encore.inference.card import ModelCard
from encore.inference.network import Precision

_CONVERTER = "openvino.tools.ovc"


def library() -> Any:  # noqa: ANN401 - a library whose types are partly unknown
    """OpenVINO without its model converter.

    Importing the converter sends a message about the machine to Google Analytics and leaves an identifier in the home
    folder. OpenVINO does without it where it is not found; it stays free to be imported by others afterwards.
    """
    modules: dict[str, Any] = sys.modules
    if "openvino" in modules or _CONVERTER in modules:
        return import_module("openvino")
    modules[_CONVERTER] = None
    try:
        return import_module("openvino")
    finally:
        del modules[_CONVERTER]


class OpenVinoEngine:
    """A network on the CPU, compiled once for every size it meets.

    bf16 has the range of f32 and 8 bits of precision, enough for a residual, and takes half the time where the CPU
    multiplies in it. f16 is never asked for: OpenVINO takes another type in its place where the CPU lacks it.

    Args:
        card: of the network.
        file: its verified weights.
        threads: that it may use.
        precision: auto takes bf16 where the CPU has it.

    Raises:
        ModelError: the file is no network that OpenVINO runs, or the CPU lacks what was asked for.
    """

    def __init__(self, card: ModelCard, file: Path, *, threads: int, precision: Precision = "auto") -> None:
        core = library().Core()
        self._core, self._card = core, card
        has_bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if precision == "bf16" and not has_bf16:
            raise ModelError(f"{card.name}: this CPU does not compute in bf16", todo="choose the precision auto or f32")
        self._precision = ("bf16" if has_bf16 else "f32") if precision == "auto" else precision
        self._settings = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "INFERENCE_PRECISION_HINT": self._precision,
            "ENABLE_CPU_PINNING": False,  # several processes of one thread each would all be pinned to the first core
        }
        try:
            self._model = core.read_model(str(file))
        except RuntimeError as error:
            raise _failed(card, file, error) from error
        self._compiled: dict[tuple[int, ...], Any] = {}

    @property
    def device(self) -> str:
        """Where it runs and how."""
        return f"cpu {self._precision}"

    def __call__(self, planes: Plane) -> Plane:
        """(1, C, h, w) float32 to (1, c, r h, r w) float32, r the ratio of the card, valid until the next call.

        Raises:
            ModelError: the network does not run on a picture of this size.
        """
        try:
            request = self._compiled.get(planes.shape) or self._compile(planes.shape)
            request.infer([planes], share_inputs=True)
        except RuntimeError as error:
            raise _failed(self._card, f"a part of {planes.shape[3]}x{planes.shape[2]} samples", error) from error
        return request.get_output_tensor(0).data

    def _compile(self, shape: tuple[int, ...]) -> Any:  # noqa: ANN401 - a library without types ends here
        model = self._model.clone()
        model.reshape(list(shape))
        request = self._core.compile_model(model, "CPU", self._settings).create_infer_request()
        self._compiled[shape] = request
        return request


def _failed(card: ModelCard, where: Path | str, error: RuntimeError) -> ModelError:
    reason = str(error).strip().splitlines()[-1]
    return ModelError(
        f"{card.name}: OpenVINO failed on {where} ({reason})",
        todo=f"encore models verify {card.name} says whether it runs",
    )
