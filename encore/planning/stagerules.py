"""Which stages a shot goes through: one small rule per stage, each with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from encore.analysis.compression import level_of
from encore.core.answers import Noise
from encore.core.findings import Evidence, Shot
from encore.core.source import VideoStream
from encore.core.time import TICKS_PER_FRAME, Span
from encore.core.video import Patch
from encore.encoding.filmgrain import FilmGrain, fit_of
from encore.planning.losses import Losses
from encore.planning.plan import Choice, Decision, Delivery, Intent
from encore.planning.upscalers import CHROMA_UPSCALER, DEBLOCKER, face_restorer, upscaler
from encore.restoration import Deblock, Deflicker, Dejitter, Denoise, Faces, Grain, Keep, Rebuild, Stabilize, Upscale
from encore.restoration.facegates import TINY
from encore.restoration.window import NOISE_LEFT

QUIET_CODES = 0.5
"""Noise below half an 8-bit code is within the rounding of the tape (0.3) and is left alone."""
JITTER_SAMPLES = 0.2
"""Sideways displacement of lines from which they are put back; noise alone was measured as up to 0.15."""
STEADY_PICTURES = 12
"""Pictures that a shot must have for its light to be told from flicker: its stage looks at as many on each side."""
GRAIN_LEFT = 1.4
"""Codes of grain that come back at most, unless asked for otherwise: a texture more than a noise. Chosen: 0.35 of a
noise of sigma 4."""
COARSE, COARSE_CODE = 0.45, 7.0
"""Severity of compression, or quantiser code as MPEG-2 counts it, from which what it did is taken off: beyond them the
film gained 0.07 to 0.30 dB on 60 clips, below them -0.19 to 0.18 on 30 (docs/explanation/deblock.md)."""
UNLIKE = 1.1
"""Times by which grain that players make may be finer than the tape's before the plan tells so."""
LEAST_ERA, MOST_ERA = 0.2, 0.6
"""Limits of the share of grain that comes back by itself."""
TICKS_PER_PICTURE = {"interlaced": Fraction(1), "progressive": Fraction(2), "film": Fraction(5, 2)}
"""By how a shot was scanned."""


@dataclass(frozen=True, slots=True)
class Film:
    """What rules know besides the shot."""

    delivery: Delivery
    intent: Intent
    video: VideoStream
    crop: Patch | None
    """(left, top, right, bottom) of the tape's picture that is kept; None: all of it."""
    networks: frozenset[str] = frozenset()
    """Names of the networks at hand."""


@dataclass(frozen=True, slots=True)
class Known:
    """What rules know of a shot."""

    shot: Shot
    losses: Losses
    torn: int
    """Tape frames with places that the tape did not give."""


def rebuild(known: Known, film: Film) -> Decision | None:
    """Lost frames and torn places are made anew."""
    lost = len(known.losses.lost) // TICKS_PER_FRAME
    moved = len(known.losses.moved)
    if film.intent.quality == "fast" or not (lost or moved or known.torn):
        return None
    parts = [
        f"{lost} tape frames are made anew from good neighbours along motion" if lost else "",
        f"{moved} are shown at their true time" if moved else "",
        f"torn places in {known.torn} frames are filled" if known.torn else "",
    ]
    return Decision(stage=Rebuild(), because=", ".join(part for part in parts if part))


def deflicker(known: Known, film: Film) -> Decision | None:
    """Light that trembles is steadied, effects of the light are not."""
    shot = known.shot
    pictures = len(shot.span) / TICKS_PER_PICTURE[shot.scan.mode]
    if film.intent.quality == "fast" or pictures < STEADY_PICTURES:
        return None
    spared = _effects(shot)
    because = "light that trembles a little is steadied"
    return Decision(
        stage=Deflicker(spared=spared),
        because=because + (f"; {len(spared)} effects of the light are left alone" if spared else ""),
    )


def _effects(shot: Shot) -> tuple[Span, ...]:
    """Pictures of the shot during what the analysis calls light, and one tape frame around it."""
    per = TICKS_PER_PICTURE[shot.scan.mode]
    found: list[Span] = []
    for event in shot.light.events if shot.light else ():
        start = max(0, TICKS_PER_FRAME * (event.span.start - 1) - shot.span.start)
        stop = max(0, TICKS_PER_FRAME * (event.span.stop + 1) - shot.span.start)
        found.append(Span(start=int(start / per), stop=max(int(start / per), -int(-stop // per)) + 1))
    return tuple(found)


def dejitter(known: Known, film: Film) -> Decision | None:
    """Lines that stand aside are put back."""
    damage = known.shot.damage
    if film.intent.quality == "fast" or damage is None or damage.jitter < JITTER_SAMPLES:
        return None
    return Decision(
        stage=Dejitter(),
        because=f"lines stand {damage.jitter:.1f} samples aside of each other",
        evidence=(Evidence(what="jitter of lines", value=damage.jitter, unit="samples"),),
    )


def denoise(known: Known, film: Film) -> Decision | None:
    """Noise is taken off where it can be seen, and kept for the grain."""
    noise = known.shot.noise
    if noise is None or not _noisy(known, film):
        return None
    strongest = max(noise.luma_sigma, noise.chroma_sigma, *(s for s in noise.luma_by_level if s is not None))
    return Decision(
        stage=Denoise(),
        because=f"noise of up to {strongest:.1f} codes is taken off along motion, and kept as grain",
        evidence=(
            Evidence(what="noise of luma", value=noise.luma_sigma, unit="codes"),
            Evidence(what="noise of chroma", value=noise.chroma_sigma, unit="codes"),
        ),
    )


def keep(known: Known, film: Film) -> Decision | None:
    """What a denoiser takes off must be noise."""
    if not _noisy(known, film):
        return None
    return Decision(stage=Keep(), because="what was taken off is compared with the noise measured; the rest goes back")


def deblock(known: Known, film: Film) -> Decision | None:
    """What a codec did is taken off where it was coarse."""
    compression = known.shot.compression
    if film.intent.quality == "fast" or DEBLOCKER not in film.networks or compression is None:
        return None
    evidence = [Evidence(what="severity of compression", value=compression.severity, unit="of 1")]
    code = 0.0
    if compression.quantiser is not None:
        code = 2.0 ** level_of(compression.quantiser, film.video.codec)
        evidence.append(Evidence(what="quantiser, as MPEG-2 counts it", value=round(code, 1), unit=""))
    if compression.severity < COARSE and code < COARSE_CODE:
        return None
    return Decision(
        stage=Deblock(network=DEBLOCKER, noise=NOISE_LEFT if _noisy(known, film) else 1.0),
        because="compression was coarse; what it did to luma, blocks and ringing, is taken off",
        evidence=tuple(evidence),
    )


def stabilize(known: Known, film: Film) -> Decision | None:
    """Shake is taken out where it is asked for."""
    strength, motion = film.intent.stabilize, known.shot.motion
    if film.intent.quality == "fast" or not strength:
        return None
    shake = f" of {motion.shake:.1f} samples" if motion else ""
    return Decision(
        stage=Stabilize(strength=strength, active=film.crop),
        because=f"{strength:.0%} of the shake{shake} was asked to go",
    )


def grain(known: Known, film: Film) -> Decision | None:
    """Quiet tapes keep more of their grain, noisy ones less."""
    noise = known.shot.noise
    if noise is None or not _noisy(known, film):
        return None
    era, asked = _era(noise, film), film.intent.era
    if film.delivery.grain == "stream":
        return Decision(stage=Grain(era=0), because=_streamed(noise, era, known, film))
    left = f"{era:.0%} of the grain comes back: {era * noise.luma_sigma:.1f} of {noise.luma_sigma:.1f} codes"
    anew = ", what compression ate of it made anew" if noise.kind == "codec" and era else ""
    return Decision(stage=Grain(era=era), because=left + (", as asked" if asked is not None else "") + anew)


def _era(noise: Noise, film: Film) -> float:
    if film.intent.era is not None:
        return film.intent.era
    return round(min(max(GRAIN_LEFT / max(noise.luma_sigma, 0.1), LEAST_ERA), MOST_ERA), 2)


def film_grain(known: Known, film: Film) -> FilmGrain | None:
    """What players make the grain of a shot from; None: it is in the pixels, or there is none."""
    noise = known.shot.noise
    if film.delivery.grain != "stream" or noise is None or not _noisy(known, film):
        return None
    return FilmGrain.of(noise, _era(noise, film), _scale(film), woven=_woven(known))


def _streamed(noise: Noise, era: float, known: Known, film: Film) -> str:
    if film_grain(known, film) is None:
        return "nothing of the grain is left that could be seen"
    across, down = fit_of(noise, _scale(film), woven=_woven(known)).finer
    finer = f", {across:.1f} times finer across and {down:.1f} times down" if max(across, down) > UNLIKE else ""
    return f"players make {era:.0%} of the grain, {era * noise.luma_sigma:.1f} of {noise.luma_sigma:.1f} codes{finer}"


def _scale(film: Film) -> tuple[float, float]:
    """Samples and lines of the film for one of the tape."""
    left, top, right, bottom = film.crop or (0, 0, film.video.width, film.video.height)
    return film.delivery.width / (right - left), film.delivery.height / (bottom - top)


def _woven(known: Known) -> bool:
    return known.shot.scan.mode != "interlaced"


def _noisy(known: Known, film: Film) -> bool:
    noise = known.shot.noise
    if film.intent.quality == "fast" or noise is None:
        return False
    strongest = max(noise.luma_sigma, noise.chroma_sigma, *(s for s in noise.luma_by_level if s is not None))
    return strongest >= QUIET_CODES


def faces(known: Known, film: Film) -> Decision | None:
    """People's faces get what they lack, where they are large enough to tell one from another."""
    network = face_restorer(film.intent, film.networks)
    seen = [track for track in known.shot.faces or () if track.largest >= TINY]
    if network is None or not seen or _enlarging(known, film)[0] is None:
        return None
    largest = max(track.largest for track in seen)
    count = "one face" if len(seen) == 1 else f"{len(seen)} faces"
    return Decision(
        stage=Faces(),
        because=f"{count} of up to {largest:.0f} lines between the eyes; {network} adds what agrees with the tape",
        evidence=(
            Evidence(what="faces", value=len(seen), unit=""),
            Evidence(what="largest distance between eyes", value=largest, unit="lines"),
        ),
    )


def _enlarging(known: Known, film: Film) -> tuple[str | None, Choice]:
    lines = film.crop[3] - film.crop[1] if film.crop else film.video.height
    return upscaler(known.shot, film.intent, film.networks, larger=film.delivery.height > lines)


def upscale(known: Known, film: Film) -> Decision | None:
    """Every shot is brought to the film's size, by a network where there is detail to be found."""
    delivery = film.delivery
    network, choice = _enlarging(known, film)
    stage = Upscale(
        width=delivery.width,
        height=delivery.height,
        chroma="422" if delivery.codec.chroma == "422" else "420",
        crop=film.crop,
        network=network,
        chroma_network=CHROMA_UPSCALER if network and CHROMA_UPSCALER in film.networks else None,
        face_network=face_restorer(film.intent, film.networks) if faces(known, film) else None,
        noise=NOISE_LEFT if network and _noisy(known, film) else 1.0,
    )
    because = f"the film has {delivery.height} lines; {choice.because}"
    return Decision(stage=stage, because=because, evidence=choice.evidence)


RULES: tuple[Callable[[Known, Film], Decision | None], ...] = (
    rebuild, deflicker, dejitter, denoise, keep, deblock, stabilize, grain, faces, upscale,
)  # fmt: skip
"""One rule per stage, in running order."""
