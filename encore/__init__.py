"""Encore: standard-definition concert tapes, restored; a function per verb of the command line."""

from encore.core.errors import (
    EncoreError,
    InputError,
    ModelError,
    OutputError,
    PlanError,
    StageError,
    ToolError,
    VerifyError,
    WorkspaceError,
)
from encore.core.events import Event
from encore.core.findings import Analysis
from encore.core.result import Result
from encore.core.source import Source
from encore.core.time import Span
from encore.pipeline import compare, demo, doctor, plan, report, restore, scan
from encore.planning.plan import Intent, Plan
from encore.planning.presets import PRESETS, intent_of
from encore.version import VERSION as __version__

__all__ = [
    "PRESETS",
    "Analysis",
    "EncoreError",
    "Event",
    "InputError",
    "Intent",
    "ModelError",
    "OutputError",
    "Plan",
    "PlanError",
    "Result",
    "Source",
    "Span",
    "StageError",
    "ToolError",
    "VerifyError",
    "WorkspaceError",
    "__version__",
    "compare",
    "demo",
    "doctor",
    "intent_of",
    "plan",
    "report",
    "restore",
    "scan",
]
