"""How often are scan mode and field order of a shot told right?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from benchmarks.scan.faulty import KINDS, moving
from benchmarks.scan.material import HEIGHT, WIDTH, mpeg2, photographs
from benchmarks.scan.table import Row, Settings
from encore.core.findings import FieldOrder, Scan, ScanMode
from encore.core.time import Span
from encore.core.video import LUMA_CODES
from encore.tape.fieldstats import FieldMeter
from encore.tape.scan import classify, majority

SEED = 9
"""Of the material; bounds were chosen on 5."""
SIGMAS = (0.0, 2.0, 4.0, 8.0)
LENGTHS = (12, 40)
"""Tape frames of a shot: at least, and less than."""
STROBED, FLASHES = 0.3, 0.1
"""Share of the shots whose light flashes, and of their fields that a flash lights."""
HARDLY_SURE = 0.35
"""Confidence below which a shot follows the tape, as in `encore.analysis.conclude`."""
MOVES = 0.2
"""Samples per field that something must move on average: else the mode of a shot cannot be seen."""
COVERS = 0.8
"""Share of its frames for which the mode of a shot must be told right."""
FIELDS = {"interlaced": (1,), "progressive": (2,), "offset": (2,), "film": (3, 2), "film2332": (2, 3, 3, 2)}
"""How many fields show each picture, in turn."""
TICKS = {"interlaced": 1.0, "progressive": 2.0, "offset": 2.0, "film": 2.5, "film2332": 2.5}
"""Field times from one picture to the next."""
UNIFORM = ("interlaced", "progressive", "offset", "film", "film2332")
SHOTS = 5
"""Of each tape."""


@dataclass(frozen=True)
class Shown:
    """A shot of a tape and how it was scanned."""

    way: str
    span: Span
    motion: float
    strobed: bool

    @property
    def mode(self) -> ScanMode:
        """As it should be told."""
        return (
            "film" if self.way in ("film", "film2332") else "interlaced" if self.way == "interlaced" else "progressive"
        )


@dataclass
class Tape:
    """Luma of a tape with known scans."""

    order: FieldOrder
    luma: list[NDArray[np.float32]] = field(default_factory=list[NDArray[np.float32]])
    shots: list[Shown] = field(default_factory=list[Shown])

    def frames(self, sigma: float, seed: int, *, disc: bool) -> list[NDArray[np.uint8]]:
        """With noise of every field's own, and as it comes back from an MPEG-2 disc."""
        random = np.random.default_rng((seed, 5))
        noisy = [random.standard_normal(one.shape, np.float32) * np.float32(sigma) + one for one in self.luma]
        codes = [np.clip(np.rint(one), 1, 254).astype(np.uint8) for one in noisy]
        if not disc:
            return codes
        grey = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
        return [planes[0] for planes in mpeg2([(one, grey, grey) for one in codes])]


def bench(settings: Settings) -> Iterator[Row]:
    """Tapes of one way of scanning and of several, both field orders, every phase, every second one on a disc."""
    counts: dict[str, list[bool]] = {}
    told = list(_tapes(settings))
    for number, tape in enumerate(told):
        for sigma in SIGMAS if settings.full else SIGMAS[0::3]:
            meter = FieldMeter()
            for frame in tape.frames(sigma, SEED + number, disc=number % 2 == 1):
                meter.add(frame)
            for name, right in _judged(tape, meter):
                counts.setdefault(name, []).append(right)
    for name, right in sorted(counts.items()):
        target = 1.0 if name.startswith("field order") else 0.99 if name.startswith("mode") else None
        share = sum(right) / len(right)
        yield Row("scanmodes", f"{name} ({len(right)} shots)", share, ">=" if target else "", target)


def _tapes(settings: Settings) -> Iterator[Tape]:
    """Uniform tapes in both orders, then hybrid ones."""
    orders: tuple[FieldOrder, FieldOrder] = ("tff", "bff")
    plans: list[tuple[FieldOrder, tuple[str, ...]]] = [(order, (way,) * SHOTS) for way in UNIFORM for order in orders]
    random = np.random.default_rng((SEED, 1))
    for number in range(8):
        mixed = tuple(UNIFORM[int(n)] for n in random.integers(0, len(UNIFORM), SHOTS + 1))
        plans.append((orders[number % 2], mixed))
    for number, (order, ways) in enumerate(plans if settings.full else plans[::5]):
        yield _tape(settings, order, ways, SEED * 1000 + 20 * number)


def _tape(settings: Settings, order: FieldOrder, ways: tuple[str, ...], seed: int) -> Tape:
    worlds = photographs(settings.pictures)
    tape = Tape(order)
    for number, way in enumerate(ways):
        random = np.random.default_rng((seed, number))
        scene = moving(KINDS[int(random.integers(len(KINDS)))], worlds, seed + number)
        frames = int(random.integers(*LENGTHS))
        cycle = FIELDS[way]
        phase = int(random.integers(sum(cycle) // (2 if way == "film2332" else 1))) * (2 if way == "film2332" else 1)
        skip = {"interlaced": 0, "progressive": 0, "offset": 1}.get(way, phase)
        ends = list(accumulate(cycle * (2 * frames)))
        shown = [int(np.searchsorted(ends, at, side="right")) for at in range(skip, skip + 2 * frames)]
        strobed = bool(random.random() < STROBED)
        first = len(tape.luma)
        made: dict[int, NDArray[np.float32]] = {}
        for at in range(0, 2 * frames, 2):
            made = {n: made[n] if n in made else scene.at(TICKS[way] * n) for n in shown[at : at + 2]}
            fields = [made[n] * np.float32(LUMA_CODES / 255) + 16 for n in shown[at : at + 2]]
            if strobed:
                fields = [one * random.uniform(1.4, 2.5) + 20 if random.random() < FLASHES else one for one in fields]
            a, b = (0, 1) if order == "tff" else (1, 0)
            frame = np.empty((HEIGHT, WIDTH), np.float32)
            frame[a::2], frame[b::2] = fields[0][a::2], fields[1][b::2]
            tape.luma.append(np.clip(frame, 0, 255))
        motion = float(np.mean([scene.motion(t, 1.0) for t in range(1, 2 * frames)]))
        tape.shots.append(Shown(way, Span(start=first, stop=len(tape.luma)), motion, strobed))
    return tape


def _judged(tape: Tape, meter: FieldMeter) -> Iterator[tuple[str, bool]]:
    """What was told about every shot, with flags of the other field order."""
    flags = Scan(mode="interlaced", order="bff" if tape.order == "tff" else "tff", confidence=0)
    stats = meter.stats()
    first_look = [run for shot in tape.shots for run in classify(stats, shot.span, flags)]
    usual = majority(((scan, len(span)) for span, scan in first_look), flags)
    hybrid = len({shot.way for shot in tape.shots}) > 1
    for shot in tape.shots:
        runs = [
            (span, scan if scan.confidence >= HARDLY_SURE else usual)
            for span, scan in classify(stats, shot.span, usual)
        ]
        moves = shot.motion >= MOVES
        right = sum(
            len(span) for span, scan in runs if (scan.mode, scan.offset) == (shot.mode, int(shot.way == "offset"))
        )
        kind = "hybrid" if hybrid else "uniform"
        if moves:
            strobes = ", strobed" if shot.strobed else ""
            yield f"mode, {kind} tapes{strobes}", right >= COVERS * len(shot.span)
        ordered = moves and shot.way != "progressive"
        if ordered or (not hybrid and shot.way == "interlaced"):
            longest = max(runs, key=lambda run: len(run[0]))[1]
            yield f"field order, {kind} tapes{'' if moves else ', still shots'}", longest.order == tape.order
