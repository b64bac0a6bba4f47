"""Detail: what networks add to a shot's pictures, as far as it agrees with the tape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from encore.core.errors import PlanError
from encore.core.findings import Shot
from encore.core.video import Clip, Plane
from encore.restoration.faceadd import FaceAdder, View
from encore.restoration.faceanswer import TASKS
from encore.restoration.invention import AFTER, WHOLE, same_hue, truthful
from encore.restoration.keep import LEAST_SIGMA
from encore.restoration.networks import Network
from encore.restoration.noisemap import Sigma, sigma_of
from encore.restoration.superres import chroma_detail, luma_detail
from encore.restoration.tally import Tally

LEAST_NOISE = 0.5
"""Codes of noise that a network is told at least: rounding alone is 0.3, and what was averaged keeps some."""


@dataclass(frozen=True, slots=True)
class Detailer:
    """The networks of a stage, and how they are to be used."""

    luma: Network | None
    chroma: Network | None
    noise: float
    """Share of the measured noise that is in the pictures."""
    strength: float
    """Share of the detail that is taken."""
    tally: Tally
    faces: FaceAdder | None = None
    """What adds to faces what the network of luma has not found."""

    def __post_init__(self) -> None:
        for network, tasks in (
            (self.luma, ("luma-x4", "picture")),
            (self.chroma, ("chroma-x4",)),
            (self.faces.network if self.faces else None, TASKS),
        ):
            if network is not None and network.card.task not in tasks:
                raise PlanError(
                    f"{network.card.name} is for {network.card.task}, where one for {' or '.join(tasks)} is needed",
                    todo="choose another network",
                )
        if self.faces is not None and self.luma is None:
            raise PlanError(
                f"{self.faces.network.card.name} restores faces in what a network has enlarged, and there is none",
                todo="give a network that enlarges luma, or none for faces",
            )

    def luma_of(self, clip: Clip, shot: Shot, codes: Sequence[Plane], at: int) -> Plane | None:
        """Luma of a picture enlarged with detail: (4H, 4W) codes; None: there is no network.

        Args:
            clip: around the picture.
            shot: what is known about it.
            codes: luma of the clip's pictures, codes.
            at: position of the picture.
        """
        if self.luma is None:
            return None
        own, view = codes[at], self._view(self.luma, clip, shot, codes)
        made = self.faces.detail(view, at) if self.faces else view.detail(at)
        allowed = view.noise(own) * np.float32(WHOLE if clip.grain is None else AFTER)
        made, agreement = truthful(made, own, allowed)
        if self.faces:
            self.faces.add(made, view, at)
        self.tally.add("upscale", blocks=agreement.blocks, blended=agreement.blended)
        return made

    def _view(self, network: Network, clip: Clip, shot: Shot, codes: Sequence[Plane]) -> View:
        told, noise = _sigma(shot, self.noise, LEAST_NOISE), _sigma(shot, 1.0, LEAST_SIGMA)

        def detail(at: int) -> Plane:
            made = luma_detail(network, clip, codes, at, _luma(told, codes[at]))
            if self.strength != 1:
                made *= np.float32(self.strength)
            return made

        return View(clip, shot, codes, detail, lambda own: _luma(told, own), lambda own: _luma(noise, own))

    def chroma_of(self, clip: Clip, shot: Shot, own: Plane, at: int) -> Plane | None:
        """What is added to Cb and Cr enlarged classically: (2, 2H, 2W) codes at 4:2:0 places of a film of 4W x 4H."""
        if self.chroma is None:
            return None
        colours = clip.cb[at], clip.cr[at]
        told = _sigma(shot, self.noise, LEAST_NOISE).chroma
        made = chroma_detail(self.chroma, own, colours, clip.format.colour, told)
        if self.strength != 1:
            made *= np.float32(self.strength)
        same_hue(made, _sigma(shot, 1.0, LEAST_SIGMA).chroma)
        return made


def _sigma(shot: Shot, share: float, least: float) -> Sigma:
    """The noise of a shot times `share`, codes, at least `least`."""
    if shot.noise is None:
        return Sigma(np.full(256, least, np.float32), least)
    found = sigma_of(shot.noise, shot.composite, share)
    return Sigma(np.maximum(found.luma, np.float32(least)), max(found.chroma, least))


def _luma(sigma: Sigma, own: Plane) -> Plane:
    return sigma.maps(own, (0, 0))[0]
