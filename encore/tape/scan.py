"""Scan: how each run of tape frames was scanned, decided from what its fields share and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encore.core.findings import Evidence, FieldOrder, Scan, ScanMode
from encore.core.time import Span
from encore.tape.cadences import CADENCES, FOLLOW, Cadence
from encore.tape.fieldstats import FieldMeter, FieldStats

__all__ = ["FieldMeter", "FieldStats", "breaks", "classify", "majority"]

Floats = NDArray[np.float64]

_SWITCH = 10.0
"""Cost of another way of scanning inside a shot, in frames that speak clearly against the old one. A still end of the
main tape, whose codec changes whole frames, speaks for progressive by 5.6 frames of 25; changes without a cut are
rare, and last."""
_BREAK = 1.5
"""Cost of a break in a 3:2 cadence (an edit after the telecine); two clear frames outweigh it."""
_PRIOR = 1.5
"""Cost of being unlike the rest of the tape, paid once per shot: it decides where under two frames speak clearly."""
_LIGHT = 0.08
"""Relative jump of light between fields that makes a frame worth 1/e. Chosen with care rather than need: a jump of
20 % moved the scaled combs of a synthetic pan by 0.04 only, but a strobe seldom leaves shadows where they were."""
_FAINT = 1.0
"""Squared codes: a comb difference at which a frame counts half. The stillest twentieth of three real tapes lay at
0.6, 2.8 and 7.1, their middle at 2.8, 15.7 and 36.8."""
_STRICT = 6.0
"""Cost per squared miss of a scaled comb: full at 0.4 outside its bounds, the gap between video and whole pictures."""
_INSIDE = (0.1, 0.15)
"""How much more a frame of video may comb inside than with the next field after it, scaled, and the excess that costs
full. Both are one field apart, and codecs only smooth frames: video 0.01 and less on discs, 0.08 at most with a
trembling camera; pictures with shifted fields 0.13 and more, but 0.06 where noise 8 and MPEG-2 hid a slow motion."""
_SURE = 4.0
"""Margin, in clear frames, at which confidence is 1 - 1/e."""
_MIN_CONFIDENCE = 0.2
"""Below this the fallback decides; reached by one clear frame."""
_MIN_VOTE = 0.4
"""Share by which field-order votes must agree. Real tapes measured 0.98-1.0; counters whose digits share no motion, so
that order cannot be seen, 0.27-0.29 for the wrong order."""


def classify(stats: FieldStats, span: Span, fallback: Scan) -> list[tuple[Span, Scan]]:
    """How the tape frames of one shot were scanned.

    Every frame is compared with what each cadence predicts for its three combs and two changes; a Viterbi search
    over cadences and their phases, with a price on every change, finds the most likely course.

    Args:
        stats: of the whole tape.
        span: tape frames of one shot; frames cut in two at its rim may be inside or outside.
        fallback: what to say where nothing moves, usually the tape's `majority`. With a confidence above 0 it
            is also what a shot is before it has been looked at.

    Returns:
        Runs that cover the span in order, each with its scan; one run with the fallback at confidence 0 where
        nothing can be seen. An empty span has no runs.
    """
    if not len(span):
        return []
    part = stats.cut(span)
    weight = _weights(part)
    cost = _costs(part) * weight[:, None]
    states = _course(cost, fallback)
    runs: list[tuple[Span, Scan]] = []
    start = 0
    for at in range(1, len(states) + 1):
        if at == len(states) or CADENCES[int(states[at])].label != CADENCES[int(states[start])].label:
            run = _Run(part.cut(Span(start=start, stop=at)), weight[start:at], cost[start:at], states[start:at])
            runs.append((Span(start=span.start + start, stop=span.start + at), _verdict(run, fallback)))
            start = at
    return runs


def breaks(stats: FieldStats, span: Span, scan: Scan) -> list[int]:
    """Tape frames at which the 3:2 pattern of a film starts anew, as after an edit or a lost frame.

    Args:
        stats: of the whole tape.
        span: tape frames of one shot.
        scan: what the shot is.
    """
    if len(span) < 2:
        return []
    part = stats.cut(span)
    states = _course(_costs(part) * _weights(part)[:, None], scan)
    found = np.flatnonzero(states[1:] != np.array(FOLLOW)[states[:-1]]) + 1
    labels = [CADENCES[int(state)].label for state in states]
    return [span.start + int(at) for at in found if labels[at] == labels[at - 1] and labels[at][0] == "film"]


def majority(scans: Iterable[tuple[Scan, int]], default: Scan | None = None) -> Scan:
    """The scan that most of a tape has: the fallback for shots in which nothing moves.

    Args:
        scans: scan and length of each run.
        default: the answer where no run is sure of anything, e.g. from the flags; interlaced TFF without one,
            which harms a progressive picture less than weaving harms an interlaced one.

    Returns:
        The mode, order and offset with most (confidence times length); its confidence is its share.
    """
    votes: dict[tuple[ScanMode, FieldOrder, int], float] = {}
    by_key: dict[tuple[ScanMode, FieldOrder, int], Scan] = {}
    for scan, length in scans:
        key = scan.mode, scan.order, scan.offset
        votes[key] = votes.get(key, 0.0) + scan.confidence * length
        by_key.setdefault(key, scan)
    total = sum(votes.values())
    if total <= 0:
        return (default or Scan(mode="interlaced", confidence=0)).model_copy(update={"confidence": 0.0})
    best = max(votes, key=lambda key: votes[key])
    share = min(1.0, votes[best] / total)
    evidence = (Evidence(what="share of the tape", value=share),)
    return by_key[best].model_copy(update={"confidence": share, "evidence": evidence})


def _triples(part: FieldStats) -> tuple[Floats, Floats]:
    """The three combs of each frame, (N, 3), and their range, (N,); 0 where the next frame is unknown."""
    combs = np.nan_to_num(np.stack([part.comb_same, part.comb_top_next, part.comb_bottom_next], 1).astype(np.float64))
    combs[np.isnan(part.comb_top_next)] = 0
    return combs, np.ptp(combs, axis=1)


def _weights(part: FieldStats) -> Floats:
    """How much each frame has to say, 0-1: motion well above noise, and steady light."""
    combs, span = _triples(part)
    noise = np.nan_to_num(part.error.astype(np.float64)) + 0.03
    light = np.log(np.stack([part.top_light, part.bottom_light], 1).astype(np.float64) + 4)
    after = np.vstack([light[1:], light[-1:]])
    jump = np.ptp(np.hstack([light, after]), axis=1)
    clear = np.clip((span / noise - 4) / 8, 0, 1)
    combed = _excess(part, combs)
    return np.maximum(clear * span / (span + _FAINT), combed) * np.exp(-((jump / _LIGHT) ** 2))


def _excess(part: FieldStats, combs: Floats) -> Floats:
    """0-1: how far even the least comb is above all detail a picture has, so that no two fields are one picture."""
    return np.clip((combs.min(axis=1) / (1.3 * part.detail.astype(np.float64) + 1) - 1) * 2, 0, 1)


def _costs(part: FieldStats) -> Floats:
    """(N, cadences): how unlike each frame is to what each cadence predicts, 0-1.

    The combs are scaled to their least and largest.
    """
    combs, span = _triples(part)
    scaled = (combs - combs.min(axis=1, keepdims=True)) / (span[:, None] + 1e-6)
    change = (part.top_change - part.bottom_change).astype(np.float64)
    tilt = np.clip(np.nan_to_num(change) / (span + 1e-6), -1, 1)
    excess = _excess(part, combs)
    columns: list[Floats] = []
    for cadence in CADENCES:
        top, bottom, top_after, bottom_after = cadence.pictures()
        apart = np.abs([top - bottom, top_after - bottom, bottom_after - top])
        low, high = np.array([_bounds(at, apart, cadence.mode) for at in range(3)]).T
        miss = np.maximum(np.maximum(low - scaled, scaled - high), 0)
        held = int(bottom == bottom_after) - int(top == top_after)
        tilted = np.maximum(np.abs(tilt - held) - 0.4, 0)
        cost = _STRICT * (miss**2).sum(axis=1) + tilted**2
        if cadence.mode == "interlaced":
            inside = scaled[:, 0] - scaled[:, 1 if cadence.order == "tff" else 2]
            cost += (1 - excess) * (np.maximum(inside - _INSIDE[0], 0) / _INSIDE[1]) ** 2
        columns.append(np.minimum(cost + (excess if apart.min() == 0 else 0), 1))
    return np.stack(columns, 1)


def _bounds(at: int, apart: NDArray[np.int64], mode: ScanMode) -> tuple[float, float]:
    """Where scaled comb `at` should lie when the fields of the three combs are `apart` pictures from each other.

    Measured: equally distant pictures of film 0.84-1.0 of each other; neighbouring fields of video 0-0.25 of three
    apart inside a frame and 0-0.5 across frames (codecs smooth frames: main tape 0.30-0.46, titles 0.07-0.62);
    pictures one apart against two apart 0.37-0.95, by the kind of motion.
    """
    if apart[at] == apart.max():
        return 0.8, 1.0
    if mode == "interlaced":
        return 0.0, 0.5 if at else 0.2
    return (0.0, 0.1) if apart[at] == apart.min() else (0.3, 1.0)


def _course(cost: Floats, fallback: Scan) -> NDArray[np.int64]:
    """Viterbi: the cheapest sequence of cadences, (N,) indices into `CADENCES`."""
    labels = [cadence.label for cadence in CADENCES]
    price = np.array([[_BREAK if a == b else _SWITCH for b in labels] for a in labels])
    price[np.arange(len(FOLLOW)), FOLLOW] = 0
    mine = Cadence(fallback.mode, fallback.order, (2,), fallback.offset).label
    prior = _PRIOR if fallback.confidence > 0 else 1e-3
    total = cost[0] + np.array([0.0 if label == mine else prior for label in labels])
    back: list[NDArray[np.int64]] = []
    for row in cost[1:]:
        ways = total[:, None] + price
        best = ways.argmin(axis=0)
        back.append(best)
        total = ways[best, np.arange(len(best))] + row
    states = [int(total.argmin())]
    for best in reversed(back):
        states.append(int(best[states[-1]]))
    return np.array(states[::-1])


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of tape frames of one answer."""

    part: FieldStats
    weight: Floats
    cost: Floats
    states: NDArray[np.int64]

    @property
    def cadence(self) -> Cadence:
        return CADENCES[int(self.states[0])]

    def margin(self, same_order_only: bool) -> float:
        """Clear frames by which this answer beats the next best, whose cadence may not break."""
        rows = np.arange(len(self.cost))
        breaks = int((self.states[1:] != np.array(FOLLOW)[self.states[:-1]]).sum())
        own = float(self.cost[rows, self.states].sum()) + _BREAK * breaks
        track, tracks = np.arange(len(CADENCES)), list[NDArray[np.int64]]()
        for _ in range(5):
            tracks.append(track)
            track = np.array(FOLLOW)[track]
        others = self.cost[rows[:, None], np.stack(tracks)[rows % 5]].sum(axis=0)
        mode, _, offset = self.cadence.label
        rivals = [
            float(others[at])
            for at, cadence in enumerate(CADENCES)
            if cadence.label != self.cadence.label
            and (same_order_only or (cadence.mode, cadence.offset) != (mode, offset))
        ]
        return max(0.0, min(rivals) - own)

    def order_vote(self) -> float:
        """-1 (bottom field first) to 1 (top first): how well frames agree on which crossed weave is further in time."""
        _, span = _triples(self.part)
        lean = np.nan_to_num((self.part.comb_bottom_next - self.part.comb_top_next).astype(np.float64))
        lean = lean / (span + 1e-6) * self.weight
        return float(lean.sum() / max(np.abs(lean).sum(), 1e-6))


def _verdict(run: _Run, fallback: Scan) -> Scan:
    """The scan of one run, with its confidence and evidence; the fallback where it says too little."""
    cadence = run.cadence
    vote = run.order_vote()
    order = cadence.order if cadence.label[1] else fallback.order
    seen = cadence.mode != "interlaced" or (vote if order == "tff" else -vote) >= _MIN_VOTE
    margin = run.margin(same_order_only=seen)
    confidence = 1 - float(np.exp(-margin / _SURE))
    if not seen:
        order, confidence = fallback.order, confidence / 2
    combs, span = _triples(run.part)
    scaled = ((combs - combs.min(axis=1, keepdims=True)) / (span[:, None] + 1e-6) * run.weight[:, None]).sum(axis=0)
    scaled = scaled / max(float(run.weight.sum()), 1e-6)
    numbers = (
        ("comb inside a frame, scaled", scaled[0]), ("comb with the next top field, scaled", scaled[1]),
        ("comb with the next bottom field, scaled", scaled[2]), ("order vote, -1 bff to 1 tff", vote),
    )  # fmt: skip
    evidence = tuple(Evidence(what=what, value=round(float(value), 3)) for what, value in numbers)
    evidence += (Evidence(what="clear frames", value=round(float(run.weight.sum()), 1), unit="tape frames"),)
    evidence += (Evidence(what="margin over the next best", value=round(margin, 2), unit="clear frames"),)
    if confidence < _MIN_CONFIDENCE:
        return fallback.model_copy(update={"confidence": 0.0, "evidence": evidence})
    return Scan(mode=cadence.mode, order=order, offset=cadence.label[2], confidence=confidence, evidence=evidence)
