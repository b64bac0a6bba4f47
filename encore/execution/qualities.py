"""A CRF for every shot of a film: probes on windows restored ahead, kept, and shared out over all shots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from encore.core.doc import Doc, digest_of
from encore.core.events import Decided, Event, Fellback
from encore.encoding.allocation import constant, options, slope
from encore.encoding.curve import Curve, Point
from encore.encoding.features import features_of
from encore.encoding.predict import Bias, Predictor
from encore.encoding.probe import Prober, Seen, Window
from encore.encoding.quality import FACE_DB, Limits, ShotQuality, Target
from encore.encoding.regions import crf_bonus
from encore.encoding.search import search
from encore.encoding.tuned import RANGES, Tuned
from encore.media.vmaf import why_not_vmaf
from encore.media.y4m import raw_pictures

CALIBRATED = 2
"""Shots whose CRF is tried once more at the encode's own preset, to learn what the faster one of probes hides."""
FOLDER = "qualities"
"""In the workspace."""


class Probed(Doc):
    """What is known of a shot's quality; found again by the next run."""

    features: tuple[float, ...]
    points: tuple[Point, ...]
    """Of probes, as measured."""
    pair: tuple[Point, Point] | None = None
    """The same CRF by the probe's preset and by the encode's."""
    reasons: tuple[str, ...] = ()
    bonus: float = 0.0
    """CRF that its faces gain it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A shot whose CRF is wanted."""

    shot: int
    frames: int
    seconds: float
    key: str
    """Digest of everything that decides its pictures and their encode, but for the CRF."""


class Cabinet:
    """Keeps what is known of shots, by key.

    Args:
        folder: of the workspace.
        target: how good the film is to look.
    """

    def __init__(self, folder: Path, target: Target) -> None:
        self._folder, self._profile = folder / FOLDER, target.profile
        self._folder.mkdir(exist_ok=True)

    def find(self, key: str) -> Probed | None:
        """What an earlier run found."""
        path = self._path(key)
        return Probed.load(path) if path.is_file() else None

    def keep(self, key: str, probed: Probed) -> None:
        """Write it down, whole or not at all."""
        probed.save(self._path(key))

    def _path(self, key: str) -> Path:
        return self._folder / f"{digest_of([key, self._profile])[:24]}.json"


def qualities(
    shots: Sequence[Asked],
    codec: Tuned,
    target: Target,
    cabinet: Cabinet,
    windows_of: Callable[[int], Sequence[Window]],
    watch: Callable[[Event], None],
) -> tuple[ShotQuality, ...]:
    """Find a CRF for every shot, in the order of the film; the same shots always get the same ones.

    Args:
        shots: all of the film.
        codec: recipe; its own CRF does not count.
        target: how good the film is to look.
        cabinet: what earlier runs found.
        windows_of: restores the windows of a shot and writes them raw; they are deleted here.
        watch: hears what was decided.

    Raises:
        ToolError, OutputError, StageError: encoding, measuring or restoring failed.
    """
    limits, allowed = target.limits, RANGES[codec.kind]
    predictor, bias, known, fallen = Predictor(allowed.first), Bias(), list[Probed](), set[str]()

    def once(event: Event) -> None:  # what every shot lacks is said for the first one
        if isinstance(event, Fellback) and event.why not in fallen:
            fallen.add(event.why)
            watch(event)

    for number, shot in enumerate(shots):
        found = cabinet.find(shot.key)
        if found is None:
            found = _probed(shot, codec, limits, predictor, bias, windows_of, once, calibrate=number < CALIBRATED)
            cabinet.keep(shot.key, found)
        if found.pair is not None:
            bias.learn(*found.pair)
        curve = _curve(found, bias)
        predictor.learn(found.features, curve.largest(allowed.grid, limits.mean, limits.mean), curve)
        known.append(found)
    made = _shared(shots, known, [_curve(one, bias) for one in known], codec, target)
    for shot, one in zip(shots, made, strict=True):
        watch(Decided(shot=shot.shot, decision=f"CRF {one.crf:g}", because="; ".join(one.reasons)))
    return made


def _probed(
    shot: Asked, codec: Tuned, limits: Limits, predictor: Predictor, bias: Bias,
    windows_of: Callable[[int], Sequence[Window]], watch: Callable[[Event], None], *, calibrate: bool,
) -> Probed:  # fmt: skip
    windows = windows_of(shot.shot)
    try:
        if why := why_not_vmaf(raw_pictures(windows[0].path)):
            watch(Fellback(asked="VMAF v1", used="XPSNR", why=why))
        prober = Prober(windows, codec, shot.frames, limits, windows[0].path.parent)
        features, tried = features_of(windows), dict[float, Seen]()

        def probe(crf: float) -> Point:
            tried[crf] = prober.probe(crf)
            return bias.corrected(tried[crf].point)

        found = search(probe, limits, predictor.guess(features), RANGES[codec.kind].grid)
        pair, nearest = None, min(tried, key=lambda crf: abs(crf - found.crf))
        if calibrate:
            pair = tried[nearest].point, prober.probe(nearest, faster=0).point
        bonus = _bonus(windows, tried[nearest].quality.face_gap) if codec.kind == "av1" else 0.0
        points = tuple(seen.point for seen in tried.values())
        return Probed(features=features, points=points, pair=pair, reasons=found.reasons, bonus=bonus)
    finally:
        for window in windows:
            window.path.unlink(missing_ok=True)


def _bonus(windows: Sequence[Window], gap_db: float | None) -> float:
    raw = raw_pictures(windows[0].path)
    return crf_bonus([window.faces for window in windows], (raw.width, raw.height), gap_db, FACE_DB)


def _curve(probed: Probed, bias: Bias) -> Curve:
    return Curve([bias.corrected(point) for point in probed.points])


def _shared(
    shots: Sequence[Asked], known: Sequence[Probed], curves: Sequence[Curve], codec: Tuned, target: Target
) -> tuple[ShotQuality, ...]:
    limits, grid = target.limits, RANGES[codec.kind].grid
    if target.allocation == "constant":
        crfs = constant(curves, grid, limits)
    else:
        given = [options(curve, grid, limits, shot.seconds) for curve, shot in zip(curves, shots, strict=True)]
        crfs = slope(given, limits.mean)
    made: list[ShotQuality] = []
    for probed, curve, crf in zip(known, curves, crfs, strict=True):
        best = max(float(grid[0]), crf - probed.bonus)
        how = "the same drop in every shot" if target.allocation == "constant" else "equal slopes over all shots"
        faces = (f"{probed.bonus:g} less for its faces",) if probed.bonus else ()
        made.append(
            ShotQuality(
                crf=best, predicted_drop=float(curve.drop(best)), predicted_bytes=round(float(curve.bytes(best))),
                probes=probed.points, reasons=(f"{target.profile}, {how}", *faces, *probed.reasons),
            )
        )  # fmt: skip
    return tuple(made)
