"""The rules: one small function per decision, each with its reason; facts and intent in, a plan out."""

from __future__ import annotations

from fractions import Fraction

from encore.core.errors import PlanError
from encore.core.findings import Analysis, Box, Evidence, Scan, Shot
from encore.core.source import Source
from encore.core.time import TICKS_PER_FRAME, Span
from encore.planning.losses import UNMARKED, Losses, Marked, losses_of, torn_frames
from encore.planning.plan import Choice, Delivery, Intent, Plan, Reading, ShotPlan
from encore.planning.presets import codec_for
from encore.planning.stagerules import RULES, Film, Known, film_grain
from encore.restoration.rebuild import LONGEST

WIDEST = 8192
"""Samples per line that the encoders take without a special level."""
FILM_STEP = Fraction(5, 2)
"""Ticks per film picture under 3:2 pulldown: 24 pictures in 60 fields."""


def make_plan(
    source: Source,
    analysis: Analysis,
    intent: Intent,
    marked: Marked = UNMARKED,
    networks: frozenset[str] = frozenset(),
) -> Plan:
    """Decide everything.

    Args:
        source: the tape.
        analysis: what was measured on it.
        intent: what is wanted.
        marked: which of its frames are damaged in places.
        networks: names of the networks at hand.

    Raises:
        PlanError: the intent does not fit the tape (frames beyond its end, absurd shape), or names a network that is
            not at hand.
    """
    span = planned_span(analysis, intent)
    box = analysis.edges.active if intent.crop else None
    wanted = [number for number, shot in enumerate(analysis.shots) if len(shot.span.within(span))]
    delivery = _delivery(source, analysis, intent, tuple(analysis.shots[number] for number in wanted), box)
    film = Film(delivery, intent, source.video, (box.left, box.top, box.right, box.bottom) if box else None, networks)
    return Plan(
        source=source.fingerprint,
        analysis=analysis.digest,
        intent=intent,
        span=span,
        delivery=delivery,
        shots=tuple(_shot_plan(number, analysis, span, film, marked) for number in wanted),
    )


def planned_span(analysis: Analysis, intent: Intent) -> Span:
    """Ticks of the tape that become film.

    Raises:
        PlanError: the wanted frames are not on the tape.
    """
    if intent.frames is None:
        return analysis.timeline.span
    wanted = intent.frames
    if not len(wanted) or wanted.stop > analysis.timeline.frames:
        raise PlanError(
            f"frames {wanted.start}:{wanted.stop} are not on the tape, which has {analysis.timeline.frames}",
            todo="choose A:B with 0 <= A < B <= the number of tape frames",
        )
    return Span(start=wanted.start * TICKS_PER_FRAME, stop=wanted.stop * TICKS_PER_FRAME)


def _delivery(source: Source, analysis: Analysis, intent: Intent, shots: tuple[Shot, ...], box: Box | None) -> Delivery:
    step, because = _step(intent, shots)
    shape = picture_shape(source, analysis, intent, box)
    width = 2 * round(intent.height * shape / 2)
    if not 16 <= width <= WIDEST:
        raise PlanError(
            f"a picture of shape {shape} at {intent.height} lines would be {width} wide",
            todo="choose another --aspect or --height",
        )
    codec = codec_for(intent)
    if intent.grain == "stream" and codec.kind != "av1":
        raise PlanError(
            f"a stream of {codec.kind} carries no film grain",
            todo="choose --codec av1, or leave the grain in the pixels",
        )
    counts = {
        mode: sum(len(s.span) for s in shots if s.scan.mode == mode) for mode in ("interlaced", "film", "progressive")
    }
    return Delivery(
        width=width,
        height=intent.height,
        rate=analysis.timeline.tick_rate / step,
        ticks_per_frame=step,
        codec=codec,
        grain=intent.grain,
        choice=Choice(
            because=because,
            evidence=tuple(
                Evidence(what=f"{mode} material", value=ticks, unit="ticks") for mode, ticks in counts.items()
            ),
        ),
    )


def _step(intent: Intent, shots: tuple[Shot, ...]) -> tuple[Fraction, str]:
    """Ticks per frame of the film, and why."""
    modes = {shot.scan.mode for shot in shots}
    if modes == {"film"}:
        return FILM_STEP, "all of it is film with 3:2 pulldown; its own 24 pictures a second are given back"
    if intent.rate == "frame":
        return Fraction(2), "one frame per tape frame was asked for"
    if "interlaced" in modes:
        return Fraction(1), "fields are moments of their own; a frame for each keeps the motion of the recording"
    if "film" in modes:
        return Fraction(1), "film and video are mixed; only the field rate shows both without judder"
    return Fraction(2), "both fields of every frame share one moment; the tape's frame rate is its true rate"


def picture_shape(source: Source, analysis: Analysis, intent: Intent, box: Box | None) -> Fraction:
    """Width over height of the picture that is kept; a wanted aspect is that of the whole frame."""
    video = source.video
    sample = intent.aspect * video.height / video.width if intent.aspect else analysis.sample_aspect
    kept = (box.right - box.left, box.bottom - box.top) if box else (video.width, video.height)
    return sample * Fraction(*kept)


def sample_aspect(source: Source, analysis: Analysis, intent: Intent) -> Fraction:
    """Width over height of a tape sample, as the plan sees it."""
    video = source.video
    return intent.aspect * video.height / video.width if intent.aspect else analysis.sample_aspect


def _shot_plan(number: int, analysis: Analysis, span: Span, film: Film, marked: Marked) -> ShotPlan:
    shot = analysis.shots[number]
    reading, choice = read_shot(shot, film)
    losses = _losses(shot, analysis, film, marked)
    known = Known(shot, losses, torn_frames(marked, losses, shot.span))
    decisions = tuple(decision for rule in RULES if (decision := rule(known, film)) is not None)
    within, context = shot.span.within(span), context_of(number, analysis)
    return ShotPlan(
        span=within, reading=reading, reading_choice=choice, decisions=decisions, losses=losses,
        film_grain=film_grain(known, film),
        reach=(within.start - context.start, context.stop - within.stop),
    )  # fmt: skip


def _losses(shot: Shot, analysis: Analysis, film: Film, marked: Marked) -> Losses:
    if film.intent.quality == "fast":
        return Losses()
    pictures = TICKS_PER_FRAME if shot.scan.mode == "interlaced" else 1
    return losses_of(analysis, shot, LONGEST // pictures, marked.covered)


def context_of(number: int, analysis: Analysis) -> Span:
    """The ticks of a shot, and of those beside it that it dissolves from and into if they are scanned alike."""
    soft = {one.middle for one in analysis.transitions if one.kind != "cut"}
    shot = analysis.shots[number]
    start, stop = shot.span.start, shot.span.stop
    for before in reversed(analysis.shots[:number]):
        if start not in soft or not _alike(before.scan, shot.scan):
            break
        start = before.span.start
    for after in analysis.shots[number + 1 :]:
        if stop not in soft or not _alike(after.scan, shot.scan):
            break
        stop = after.span.stop
    return Span(start=start, stop=stop)


def _alike(one: Scan, other: Scan) -> bool:
    return (one.mode, one.order, one.offset) == (other.mode, other.order, other.offset)


def read_shot(shot: Shot, film: Film) -> tuple[Reading, Choice]:
    """How the shot's fields become pictures."""
    scan = shot.scan
    doubt = " (nothing moves here; as most of the tape)" if scan.confidence == 0 else ""
    if scan.mode == "interlaced":
        first = "top" if scan.order == "tff" else "bottom"
        along = film.intent.quality == "best" and film.video.colour.matrix != "rgb"
        how = "missing lines are fetched along motion" if along else "missing lines come from the fields beside it"
        choice = Choice(
            because=f"each field is its own moment, {first} field first{doubt}; {how}", evidence=scan.evidence
        )
        return Reading(method="compensated" if along else "bwdif", order=scan.order), choice
    if scan.mode == "film":
        choice = Choice(
            because=f"fields repeat in a 3:2 pattern: film pictures are put together again{doubt}",
            evidence=scan.evidence,
        )
        return Reading(method="film", order=scan.order), choice
    pairing = (
        "the second field of a frame belongs to the first of the next"
        if scan.offset
        else "both fields of a frame share a moment"
    )
    choice = Choice(because=f"{pairing}: nothing to interpolate{doubt}", evidence=scan.evidence)
    return Reading(method="weave", order=scan.order, offset=scan.offset), choice
