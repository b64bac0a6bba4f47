"""Networks of a few weights in a folder of the test's own, and PyTorch where it is installed."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from encore.inference.adding import Told, add
from encore.inference.zoo import Zoo

DATA = Path(__file__).parent / "data"
NETWORKS = ("luma", "enlarge", "global", "levels")


@pytest.fixture
def zoo(tmp_path: Path) -> Zoo:
    """A zoo of the tiny networks alone."""
    made = Zoo(users=tmp_path / "users", shipped=tmp_path / "none")
    for name in NETWORKS:
        add(made, DATA / f"{name}.onnx", Told(weights_licence="CC0-1.0"))
    return made


@pytest.fixture(scope="session")
def torch() -> Any:
    """PyTorch; the test is skipped where it is not installed."""
    return pytest.importorskip("torch", reason="the extra torch is not installed")


@pytest.fixture(scope="session")
def spandrel(torch: Any) -> Any:
    """Spandrel; the test is skipped where it is not installed.

    It imports torchvision, whose binary part belongs to one build of PyTorch. Beside another build, such as the one for
    the CPU alone, torchvision's import fails since it describes operations that its binary part would have defined. No
    network here uses them: defining their names is enough.
    """
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        with contextlib.suppress(RuntimeError):  # defined already: the binary part fits
            library.define(f"{name}(Tensor boxes, Tensor scores, float overlap) -> Tensor")
    found = pytest.importorskip("spandrel", reason="the extra torch is not installed")
    found.kept = library  # the definitions live as long as this object
    return found
