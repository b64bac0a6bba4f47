"""Graph: the operations of an ONNX network, as OpenVINO reads them, and how far and how finely it looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from importlib import import_module
from math import ceil
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from encore.core.errors import ModelError
from encore.inference.openvino import library

PROBED = 64
"""Lines and samples of the picture on which a network is examined: a multiple of whatever steps networks have."""
POINTWISE = frozenset(
    (
        *("Abs", "Add", "Clamp", "Concat", "Convert", "Divide", "Maximum", "Minimum", "Multiply", "Power", "Split"),
        *("Sqrt", "Subtract", "VariadicSplit", "Parameter", "Constant", "Result", "DepthToSpace"),
        *("Elu", "Gelu", "HSigmoid", "HSwish", "Mish", "PRelu", "Relu", "Sigmoid", "SoftPlus", "Swish", "Tanh"),
    )
)
"""Operations, in OpenVINO's names, whose result at a place depends on no neighbour of that place."""
INTERPOLATED = 2
"""Samples to each side that enlarging by OpenVINO's widest local kernel, cubic, looks at."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a network."""

    name: str
    """Unique in the network."""
    kind: str
    """OpenVINO's name of it, such as Convolution."""
    sources: tuple[str, ...]
    """Names of the operations it reads."""
    shape: tuple[int, ...]
    """Of its first result, on the probed picture."""
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])
    """Strides, blocks and the like."""
    value: NDArray[Any] | None = None
    """What it holds, if it is a constant."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What an ONNX network takes and gives, measured on a probed picture."""

    inputs: int
    outputs: int
    scale: int
    radius: int | None
    """Samples around a place that decide it; None: an operation that is not local, or that we do not know."""
    multiple_of: int
    reduction: int = 1
    """Samples that go in for one that comes out, per axis."""


def operations(file: Path) -> tuple[Operation, ...]:
    """All operations of an ONNX network in an order in which they can be computed.

    Raises:
        ModelError: the file is no ONNX network of one picture in and one out, or its picture size is fixed.
    """
    try:
        model = library().Core().read_model(str(file))
        shape = model.inputs[0].partial_shape
        if len(model.inputs) != 1 or len(model.outputs) != 1 or len(shape) != 4 or shape[1].is_dynamic:
            raise ModelError(f"{file}: not a network of one picture (N, C, H, W) in and one out", todo=_EXPORT)
        model.reshape([1, shape[1].get_length(), PROBED, PROBED])
        passes = import_module("openvino.passes")
        manager = passes.Manager()
        manager.register_pass(passes.ConstantFolding())  # sizes of pictures become constants
        manager.run_passes(model)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ModelError(f"{file}: cannot be read as an ONNX network ({reason})", todo=_EXPORT) from error
    return tuple(_operation(node) for node in model.get_ordered_ops())


_EXPORT = "export it with torch.onnx.export, one input (N, C, H, W) with dynamic H and W"


def _operation(node: Any) -> Operation:  # noqa: ANN401 - a library without types ends here
    kind = node.get_type_name()
    return Operation(
        name=node.get_name(),
        kind=kind,
        sources=tuple(source.get_node().get_name() for source in node.input_values()),
        shape=tuple(node.get_output_shape(0)),
        attributes=dict(node.get_attributes()),
        value=node.data.copy() if kind == "Constant" else None,
    )


def examined(file: Path) -> Shape:
    """What an ONNX network takes and gives.

    Raises:
        ModelError: it cannot be read, or does not enlarge or reduce pictures by a whole number.
    """
    found = operations(file)
    given = next(op for op in found if op.kind == "Parameter").shape
    got = next(op for op in found if op.kind == "Result").shape
    if len(got) != 4 or (got[2] % PROBED and PROBED % got[2]) or got[2:] != (got[2], got[2]):
        raise ModelError(
            f"{file}: turns {PROBED}x{PROBED} samples into {got}", todo="only whole-number scales are used"
        )
    looks = _looks(found)
    reach = looks[found[-1].name] if found[-1].kind == "Result" else None
    widths = [op.shape[-1] for op in found if len(op.shape) == 4 and op.value is None and op.shape[-1] > 1]
    return Shape(
        inputs=given[1],
        outputs=got[1],
        scale=max(1, got[2] // PROBED),
        radius=None if reach is None else ceil(reach),
        multiple_of=max(1, ceil(PROBED / min(widths))),
        reduction=max(1, PROBED // got[2]),
    )


def _looks(found: tuple[Operation, ...]) -> dict[str, Fraction | None]:
    """For every operation the samples of the input, to each side, that decide its result; None: unknown."""
    reach: dict[str, Fraction | None] = {}
    by_name = {op.name: op for op in found}
    for op in found:
        pictures = [name for name in op.sources if by_name[name].value is None]
        before = [reach[name] for name in pictures]
        own = _own_reach(op, by_name)
        known = [value for value in before if value is not None]
        reach[op.name] = None if own is None or len(known) < len(before) else max(known, default=Fraction(0)) + own
    return reach


def _own_reach(op: Operation, by_name: dict[str, Operation]) -> Fraction | None:  # noqa: PLR0911 - one per kind
    """Samples of the network's input that an operation looks at to each side."""
    if op.kind in POINTWISE:
        return Fraction(0)
    sizes = [by_name[name].shape for name in op.sources]
    if not sizes or len(sizes[0]) != 4:
        return None
    step = Fraction(PROBED, sizes[0][-1])  # samples of the input between two of what this operation reads
    match op.kind:
        case "Convolution" | "GroupConvolution":
            steps, dilations = op.attributes["strides"], op.attributes["dilations"]
            wide = max((size - 1) * far for size, far in zip(sizes[1][-2:], dilations, strict=True))
            return wide * step / (2 if max(steps) == 1 else 1)  # with a stride, the kernel is not centred on its result
        case "ConvolutionBackpropData":
            return max(sizes[1][-2:]) * step
        case "MaxPool" | "AvgPool":
            return (max(op.attributes["kernel"]) - 1) * step
        case "SpaceToDepth":
            return (op.attributes["block_size"] - 1) * step
        case "Interpolate":
            return INTERPOLATED * step
        case _:
            return None
