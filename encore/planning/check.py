"""Can this plan be obeyed on this tape? Says no with the shot and the reason."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from encore.core.errors import DocumentError, PlanError
from encore.core.findings import Analysis
from encore.core.source import Source
from encore.core.video import VideoFormat
from encore.planning.plan import PLAN_VERSION, Plan
from encore.restoration.chain import output_format


class _Version(BaseModel):
    model_config = ConfigDict(extra="ignore")
    version: int = PLAN_VERSION


def load_plan(path: Path) -> Plan:
    """Read a plan that a person may have edited.

    Raises:
        PlanError: missing, of a newer version, with an unknown stage or parameter, or not covering its span.
    """
    try:
        version = _Version.model_validate_json(path.read_text(encoding="utf-8")).version
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise DocumentError(f"{path}: is no plan that can be read", todo="make one with `encore plan`") from error
    if version > PLAN_VERSION:
        raise PlanError(
            f"{path}: made by a newer Encore (plan version {version}, this one knows {PLAN_VERSION})",
            todo="update Encore",
        )
    return Plan.load(path)


def check_plan(plan: Plan, source: Source, analysis: Analysis) -> None:
    """Refuse a plan that does not fit its tape.

    Raises:
        PlanError: made for another tape, beyond its end, or stages that do not end at the film's size.
    """
    if plan.source != source.fingerprint:
        raise PlanError("the plan was made for another tape", todo="make one for this tape with `encore plan`")
    if plan.span.stop > analysis.timeline.span.stop:
        raise PlanError(
            f"the plan ends at tick {plan.span.stop}, the tape at {analysis.timeline.span.stop}",
            todo="make it anew with `encore plan`",
        )
    delivery = plan.delivery
    if delivery.rate * delivery.ticks_per_frame != analysis.timeline.tick_rate:
        raise PlanError(
            f"{delivery.rate} frames/s at {delivery.ticks_per_frame} ticks per frame do not match the tape's clock",
            todo="the film would play at the wrong speed; correct rate or ticks_per_frame",
        )
    given = VideoFormat(width=source.video.width, height=source.video.height, chroma=source.video.chroma)
    for number, shot in enumerate(plan.shots):
        if not 0 <= shot.span.start - shot.reach[0] <= shot.span.stop + shot.reach[1] <= analysis.timeline.span.stop:
            raise PlanError(f"shot {number} reaches beyond the tape", todo="make `reach` smaller")
        out = output_format([decision.stage for decision in shot.decisions], given)
        wanted = (delivery.width, delivery.height, delivery.codec.chroma, "u16")
        if (out.width, out.height, out.chroma, out.sample) != wanted:
            raise PlanError(
                f"shot {number} ends as {out.width}x{out.height} {out.chroma}, not {wanted[0]}x{wanted[1]} {wanted[2]}",
                todo="give its upscale stage the size and chroma of the delivery",
            )
