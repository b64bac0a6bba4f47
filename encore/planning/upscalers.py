"""Upscalers: does a network enlarge a shot, and its faces, and which, by what was asked for and what is to be seen?"""

from __future__ import annotations

from collections.abc import Iterable

from encore.core.errors import PlanError
from encore.core.findings import Evidence, Shot
from encore.planning.plan import Choice, Intent
from encore.restoration.networks import Card

LANCZOS = "lanczos"
"""Enlarging without a network."""
UPSCALERS: dict[str, str] = {"best": "sr-balanced", "fast": LANCZOS}
"""What enlarges luma if nobody says otherwise, by quality."""
CHROMA_UPSCALER = "chroma-guided"
"""What enlarges chroma where a network enlarges luma."""
DEBLOCKER = "deblock"
"""What takes off what a codec did, at the tape's size."""
FACE_RESTORER = "face-s"
"""What finds what faces lack, in what a network enlarged."""
NOBODY = "off"
"""Restoring no faces."""
ENLARGING = ("luma-x4", "picture")
"""Tasks of networks that enlarge luma."""
HELPERS = frozenset({CHROMA_UPSCALER, DEBLOCKER, FACE_RESTORER})
"""Released networks that enlarge no luma."""
LEAST_CLARITY = 1 / 3
"""A blur of two samples: of detail half as fine as a tape can carry 0.7 % are left, less than a code; calculated."""
DARK = 0.01
"""Mean luma, two codes above black, below which a picture lies within its noise; chosen."""


def at_hand(cards: Iterable[Card]) -> frozenset[str]:
    """Names of the networks that a plan may use: those that enlarge luma, and the released ones for the rest."""
    return frozenset(card.name for card in cards if card.task in ENLARGING or card.name in HELPERS)


def upscaler(shot: Shot, intent: Intent, networks: frozenset[str], *, larger: bool) -> tuple[str | None, Choice]:
    """The network that enlarges a shot, None: Lanczos; and why.

    Args:
        shot: what is known about it.
        intent: what was asked for.
        networks: names of those at hand.
        larger: whether the film is larger than the tape.

    Raises:
        PlanError: there is no network of the wanted name.
    """
    known = networks - HELPERS
    asked = intent.upscaler
    if asked not in ("auto", LANCZOS, *known):
        there = ", ".join(["auto", LANCZOS, *sorted(known)])
        raise PlanError(f"nothing called {asked!r} enlarges pictures", todo=f"choose from {there}")
    chosen = UPSCALERS[intent.quality] if asked == "auto" else asked
    network = None if chosen == LANCZOS else chosen
    if asked != "auto":
        return network, Choice(because=f"{chosen} was asked for")
    if network is None:
        return None, Choice(because=f"by Lanczos, which is enough for quality {intent.quality}")
    against = _against(shot, network, known, larger=larger)
    if against is not None:
        return None, against
    return network, Choice(because=f"{network} adds detail that agrees with the tape")


def _against(shot: Shot, network: str, known: frozenset[str], *, larger: bool) -> Choice | None:
    """Why a network has nothing to find in a shot."""
    sharpness, light = shot.sharpness, shot.light
    if network not in known:
        return Choice(because=f"by Lanczos, for the network {network} is not there")
    if not larger:
        return Choice(because="by Lanczos, for the film is not larger than the tape")
    if sharpness is not None and sharpness.clarity < LEAST_CLARITY:
        blur = f"a blur of {sharpness.blur_sigma:.1f} samples (clarity {sharpness.clarity:.2f})"
        told = Evidence(what="clarity", value=sharpness.clarity, unit="of 1")
        return Choice(because=f"by Lanczos, for {blur} leaves no detail to be found", evidence=(told,))
    if light is not None and light.exposure < DARK:
        told = Evidence(what="mean luma", value=light.exposure, unit="of 1")
        return Choice(because=f"by Lanczos, for it is dark: {light.exposure:.1%} of white", evidence=(told,))
    return None


def face_restorer(intent: Intent, networks: frozenset[str]) -> str | None:
    """The network that restores faces, None: they are enlarged as all else.

    Args:
        intent: what was asked for.
        networks: names of those at hand; of others than ours, those for pictures of any kind will do.

    Raises:
        PlanError: there is no network of the wanted name.
    """
    asked = intent.faces
    known = networks - HELPERS | {FACE_RESTORER} & networks
    if asked not in ("auto", NOBODY, *known):
        there = ", ".join(["auto", NOBODY, *sorted(known)])
        raise PlanError(f"nothing called {asked!r} restores faces", todo=f"choose from {there}")
    if asked == "auto":
        return FACE_RESTORER if FACE_RESTORER in networks and intent.quality == "best" else None
    return None if asked == NOBODY else asked
