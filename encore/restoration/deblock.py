"""Deblock: what a codec did to luma, blocks, ringing and noise it stirred up, taken off by a network under a guard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from pydantic import Field

from encore.core.answers import Compression
from encore.core.errors import PlanError
from encore.core.findings import Shot
from encore.core.time import Span
from encore.core.video import LUMA_CODES, Clip, Plane
from encore.motion.light import BLACK
from encore.restoration.detail import LEAST_NOISE
from encore.restoration.invention import soften
from encore.restoration.keep import blocks_of
from encore.restoration.networks import Network
from encore.restoration.noisemap import Sigma, sigma_of
from encore.restoration.stage import Filter, Runtime, Stage
from encore.restoration.tally import Tally
from encore.restoration.window import REACH, SCALE, window

TASK = "luma-x1"
"""What its network is for."""
FINEST, COARSEST = 0.6, 5.6
"""log2 of the MPEG-2 quantiser code at severity 0 and 1, as `encore.core.answers.Compression.severity` is measured."""
SHARE = 0.5
"""Steps of the quantiser, one code each at code 1, that a codec's errors may have as root mean square in a block. True
errors of 95 in 100 blocks were 0.4 to 1.1 (MPEG-2) and 1.2 to 2 (H.264); the network takes a third to a half of them:
with this share 2 % of the blocks of coarse tapes are held, 44 % of those of uncompressed ones."""


class Deblock(Stage):
    """Takes off what a codec did to luma, seen beside four neighbours along motion, at the tape's size.

    It takes off no blur: what the camera and the tape let through stays, and is the enlarging network's matter. What it
    changes must be as small as errors of the measured coarseness are: see `limited`.
    Cost: 160 core-ms for a picture of 720x480, 120 of them in the network.
    """

    kind: Literal["deblock"] = "deblock"
    network: str
    """What takes it off."""
    noise: float = Field(default=1.0, ge=0.0, le=2.0)
    """Share of the measured noise that the network is told to be in the pictures: with less it keeps more."""
    strength: float = Field(default=1.0, ge=0.0, le=1.0)
    """Share of what the network finds that is taken off."""

    def halo(self) -> int:
        """As far as the network looks."""
        return REACH

    def follows(self) -> bool:
        """Along motion."""
        return True

    def networks(self) -> tuple[str, ...]:
        """Its network."""
        return (self.network,)

    def open(self, runtime: Runtime) -> Filter:
        """The network; counts `blocks` and those `blended` in the runtime's tally.

        Raises:
            PlanError: the network is for something else.
        """
        network, tally = runtime.network(self.network), runtime.tally
        if network.card.task != TASK:
            raise PlanError(
                f"{network.card.name} is for {network.card.task}, where one for {TASK} is needed",
                todo="choose another network",
            )

        def deblock(clip: Clip, shot: Shot, wanted: Span, /) -> Clip:
            if shot.compression is None or self.strength == 0:
                return clip.cut(wanted)
            return self._deblocked(network, tally, clip, shot, shot.compression, wanted)

        return deblock

    def _deblocked(
        self, network: Network, tally: Tally, clip: Clip, shot: Shot, compression: Compression, wanted: Span
    ) -> Clip:
        codes = [plane * np.float32(LUMA_CODES) + np.float32(BLACK) for plane in clip.y]
        sigma = Sigma(np.zeros(256, np.float32), 0.0)
        if shot.noise is not None:
            sigma = sigma_of(shot.noise, shot.composite, self.noise)
        part = clip.cut(wanted)
        made = part.y.copy()
        for number, at in enumerate(range(wanted.start, wanted.stop)):
            if clip.lost and clip.lost[at]:
                continue
            noise, _ = sigma.maps(codes[at], (0, 0))
            given = window(clip, codes, at, np.maximum(noise, np.float32(LEAST_NOISE)))
            residual = network(given[None])[0, 0] * np.float32(SCALE * self.strength)
            found = limited(residual, allowed(compression, noise))
            tally.add("deblock", blocks=found.blocks, blended=found.blended)
            made[number] += residual * np.float32(1 / LUMA_CODES)
        return replace(part, y=made)


@dataclass(frozen=True, slots=True)
class Limited:
    """How far what was taken off is what a codec does."""

    blocks: int
    """Of 32x32 samples, as in `encore.restoration.keep`."""
    blended: int
    """Of them, those in which less was taken off."""


def allowed(compression: Compression, noise: Plane) -> Plane:
    """Codes of root mean square that may be taken off at every sample: errors of the codec, and noise, as measured.

    Args:
        compression: of the shot.
        noise: (H, W) codes of noise in the picture.
    """
    step = 2 ** (FINEST + (COARSEST - FINEST) * compression.severity)
    return np.sqrt(noise * noise + np.float32((SHARE * step) ** 2))


def limited(residual: Plane, most: Plane) -> Limited:
    """Scale a residual down, in place, in blocks where it is more than errors of the codec are.

    Args:
        residual: (H, W) codes.
        most: (H, W) codes that its root mean square in a block of 32x32 may have.
    """
    squares = (residual / most) ** 2
    down, across = blocks_of(residual.shape[0], residual.shape[1])
    found = cv2.resize(squares, (across, down), interpolation=cv2.INTER_AREA)
    share = 1 / np.sqrt(np.maximum(found, 1))
    blended = int((share < 1).sum())
    if blended:
        soften(residual, share)
    return Limited(share.size, blended)
