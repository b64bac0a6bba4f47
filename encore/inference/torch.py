"""PyTorch: networks on graphics cards, and public weights in the architectures that spandrel knows."""

from __future__ import annotations

import importlib
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from encore.core.errors import ModelError
from encore.core.video import Plane
from encore.inference.card import ModelCard
from encore.inference.graph import Operation, operations
from encore.inference.network import Device, Precision

_INSTALL = "install the extra: pip install 'encore[torch]'"


class TorchEngine:
    """A network of ours, rebuilt from its ONNX file, or foreign weights, in PyTorch.

    Args:
        card: of the network.
        file: its verified weights.
        threads: that it may use on the CPU; PyTorch has one such number for the whole process.
        device: auto takes CUDA (also ROCm), then MPS, then the CPU.
        precision: auto computes in bf16 on graphics cards that have it, in f32 elsewhere.

    Raises:
        ModelError: PyTorch or spandrel is missing, the device is, or the weights are of an unknown architecture.
    """

    def __init__(
        self, card: ModelCard, file: Path, *, threads: int, device: Device = "auto", precision: Precision = "auto"
    ) -> None:
        self._torch = torch = _imported("torch")
        self._card = card
        self._where = device_of(device)
        if self._where == "cpu":
            torch.set_num_threads(threads)
        has_bf16 = self._where == "cuda" and torch.cuda.is_bf16_supported()
        self._bf16 = precision == "bf16" or (precision == "auto" and has_bf16)
        if file.suffix == ".onnx":
            self._run: Any = _Rebuilt(torch, card, operations(file), self._where)
        else:
            loaded = read(file)
            self._run = loaded.to(self._where).eval()  # also mirrors pictures to the size it needs, and clips to 0 to 1
            self._bf16 = self._bf16 and loaded.supports_bfloat16

    @property
    def device(self) -> str:
        """Where it runs and how."""
        return f"{self._where} {'bf16' if self._bf16 else 'f32'}"

    def __call__(self, planes: Plane) -> Plane:
        """(1, C, h, w) float32 to (1, c, s h, s w) float32.

        Raises:
            ModelError: the network does not run on a picture of this size.
        """
        torch = self._torch
        try:
            with torch.inference_mode(), torch.autocast(self._where, dtype=torch.bfloat16, enabled=self._bf16):
                return self._run(torch.from_numpy(planes).to(self._where)).float().cpu().numpy()
        except RuntimeError as error:  # also what it raises when memory runs out
            reason = str(error).strip().splitlines()[0]
            raise ModelError(
                f"{self._card.name}: PyTorch failed on {planes.shape[3]}x{planes.shape[2]} samples ({reason})",
                todo="choose another device or a smaller network",
            ) from error


def read(file: Path) -> Any:  # noqa: ANN401 - a library without types ends here
    """Foreign weights as spandrel's description of them: model, scale, channels, needs.

    Only numbers are read: a pickle that would run a program is refused.

    Raises:
        ModelError: PyTorch or spandrel is missing, the file is broken, or its architecture is unknown.
    """
    torch, spandrel, tensors = _imported("torch"), _imported("spandrel"), _imported("safetensors")
    broken = (OSError, RuntimeError, ValueError, TypeError, AttributeError, LookupError, pickle.UnpicklingError)
    try:
        if file.suffix == ".safetensors":
            weights = _imported("safetensors.torch").load_file(str(file))
        else:
            weights = torch.load(file, map_location="cpu", weights_only=True)
        found = spandrel.ModelLoader(device="cpu").load_from_state_dict(spandrel.canonicalize_state_dict(weights))
    except spandrel.UnsupportedModelError as error:
        raise ModelError(f"{file}: spandrel does not know this architecture", todo="add it as ONNX instead") from error
    except (*broken, tensors.SafetensorError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"{file}: no weights of a network ({reason})", todo="check the file; get it anew") from error
    if not isinstance(found, spandrel.ImageModelDescriptor):
        raise ModelError(f"{file}: not a network of one picture in and one out", todo="choose another network")
    return found


def _imported(name: str) -> Any:  # noqa: ANN401 - a library without types ends here
    """A module of the extra.

    Raises:
        ModelError: it is not installed, or its parts do not fit each other.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ModelError(f"this network needs {error.name}, which is not installed", todo=_INSTALL) from error
    except (ImportError, OSError, RuntimeError) as error:  # RuntimeError: torchvision made for another PyTorch
        raise ModelError(
            f"{name} is installed but cannot be loaded ({error})",
            todo="install torch and torchvision anew, both from the same index",
        ) from error


def device_of(asked: Device) -> str:
    """What PyTorch calls a device that it finds here.

    Raises:
        ModelError: PyTorch is missing, or it does not find the device.
    """
    torch = _imported("torch")
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if asked == "auto":
        return next(name for name, found in there.items() if found)
    if not there[asked]:
        raise ModelError(f"PyTorch finds no device {asked}", todo="choose auto or cpu")
    return asked


@dataclass(frozen=True, slots=True)
class _Step:
    """One operation with its constants on the device."""

    op: Operation
    constants: dict[int, Any]


class _Rebuilt:
    """The few operations that our networks consist of, computed in the order of the ONNX file."""

    def __init__(self, torch: Any, card: ModelCard, found: tuple[Operation, ...], where: str) -> None:  # noqa: ANN401
        self._torch = torch
        values = {
            op.name: torch.from_numpy(op.value.astype(np.float32)).to(where) for op in found if op.value is not None
        }
        self._steps = [
            _Step(op, {at: values[name] for at, name in enumerate(op.sources) if name in values})
            for op in found
            if op.value is None
        ]
        strange = sorted({step.op.kind for step in self._steps if not _is_rebuilt(step.op)})
        if strange:
            raise ModelError(
                f"{card.name}: its ONNX file has operations that are not rebuilt in PyTorch ({', '.join(strange)})",
                todo="run it on the device cpu, or add its .pth or .safetensors",
            )

    def __call__(self, planes: Any) -> Any:  # noqa: ANN401 - see above
        """Run all operations."""
        made: dict[str, Any] = {}
        for step in self._steps:
            op = step.op
            given = [step.constants.get(at, made.get(name)) for at, name in enumerate(op.sources)]
            made[op.name] = planes if op.kind == "Parameter" else _computed(self._torch, op, given)
        return made[self._steps[-1].op.name]


_KINDS = ("Parameter", "Convolution", "Add", "PRelu", "DepthToSpace", "Result")
"""Operations of our networks, in OpenVINO's names."""


def _is_rebuilt(op: Operation) -> bool:
    """Whether `_computed` does exactly what an operation means: even padding, PyTorch's order of samples."""
    even = op.kind != "Convolution" or op.attributes["pads_begin"] == op.attributes["pads_end"]
    ordered = op.kind != "DepthToSpace" or op.attributes["mode"] == "depth_first"
    return op.kind in _KINDS and even and ordered


def _computed(torch: Any, op: Operation, given: list[Any]) -> Any:  # noqa: ANN401 - see above
    match op.kind:
        case "Convolution":
            facts = op.attributes
            return torch.conv2d(
                given[0], given[1], stride=facts["strides"], padding=facts["pads_begin"], dilation=facts["dilations"]
            )
        case "Add":
            return given[0] + given[1]
        case "PRelu":
            return torch.prelu(given[0], given[1].flatten().to(given[0].dtype))
        case "DepthToSpace":
            return torch.pixel_shuffle(given[0], op.attributes["block_size"])
        case _:
            return given[0]
