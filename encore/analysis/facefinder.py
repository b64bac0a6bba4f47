"""Where are faces in one picture, whatever the light?"""

from __future__ import annotations

from typing import Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.facemaps import Found, once, told
from encore.core.video import Plane

TASK = "faces"
"""What the network's card must say it is for."""
LEAST = 0.45
"""Score of a face. At it, F1 of the held-back crowds is highest (training/facefinder/evaluate.py)."""
SIZES = (1.2, 0.6)
"""What the picture is looked at, of its own size: the first for faces of 10 samples, the second, at a quarter of the
cost, for those of 400. Average precision of the held-back crowds is 0.02 higher than with 1 and 0.5."""
CONTRAST, TILE = 3.0, 92
"""Limit of the local equalisation and side of its tiles, samples (CLAHE; Zuiderveld 1994). The network learned from
pictures equalised by this very function."""
EXPOSURES = (1.0, 0.6, 1.6)
"""Gammas: as it is, darks opened, lights opened (algorithms of the design, 5.1)."""
DARK, BURNT = 32.0, 0.05
"""Light is extreme where three quarters of a picture are darker than this code, or where more than this share of it is
within four codes of white. Three exposures cost three times as much and find 0.02 more of all faces (measured, crowds
under five lights), so few pictures get them."""
BLACK, RANGE, WHITE = 16.0, 219.0, 231.0
"""Codes of black, from black to white (BT.601-7), and four codes below white."""


class Card(Protocol):
    """What a network is."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def task(self) -> str:
        """What it is for."""
        ...


class Network(Protocol):
    """A network that is ready to run."""

    @property
    def card(self) -> Card:
        """What it is."""
        ...

    def __call__(self, planes: Plane, /) -> Plane:
        """(N, 1, H, W) float32 to (N, CHANNELS, ceil(H / STEP), ceil(W / STEP)), see `facemaps`."""
        ...


class FaceFinder:
    """Finds faces from about 10 to 400 samples in luma at square pixels, by a network of the zoo.

    Cost: see the card of the network, and docs/explanation/faces.md.

    Args:
        network: for the task `faces`.
        least: score of a face that is told.

    Raises:
        ValueError: the network is for something else.
    """

    def __init__(self, network: Network, least: float = LEAST) -> None:
        if network.card.task != TASK:
            raise ValueError(f"{network.card.name} is for {network.card.task}, not for {TASK}")
        self._network, self._least = network, least

    def found(self, luma: Plane, exposures: Literal[1, 3] | None = None) -> list[Found]:
        """Faces of a picture, best first.

        Args:
            luma: (H, W) 8-bit studio codes, float32 or uint8, at square pixels.
            exposures: pictures of it that are looked at; None: three where the light is extreme.
        """
        gammas = EXPOSURES[: exposures or (3 if extreme(luma) else 1)]
        levels = [levelled(luma, gamma) for gamma in gammas]
        return once([self._told(level, times) for level in levels for times in SIZES], luma.shape)

    def _told(self, level: NDArray[np.uint8], times: float) -> NDArray[np.float32]:
        height, width = level.shape
        size = max(1, round(width * times)), max(1, round(height * times))
        kind = cv2.INTER_AREA if times < 1 else cv2.INTER_LINEAR
        seen = np.asarray(cv2.resize(level, size, interpolation=kind), np.uint8)
        return told(self._network(given(seen)[None, None])[0], self._least, 1 / times)


def extreme(luma: Plane) -> bool:
    """Whether much of a picture lies in the dark or is burnt out."""
    few = luma[::4, ::4]
    return float(np.percentile(few, 75)) < DARK or float(np.mean(few > WHITE)) > BURNT


def levelled(luma: Plane, gamma: float = 1.0) -> NDArray[np.uint8]:
    """A picture without its light: contrast is equalised in parts.

    Args:
        luma: (H, W) studio codes.
        gamma: exponent of its brightness before.

    Returns:
        (H, W) 0 to 255.
    """
    full = np.clip((np.asarray(luma, np.float32) - BLACK) * np.float32(255 / RANGE), 0, 255).astype(np.uint8)
    if gamma != 1:
        table = np.round(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
        full = cv2.LUT(full, table)
    height, width = full.shape
    tiles = max(1, round(width / TILE)), max(1, round(height / TILE))
    return np.asarray(cv2.createCLAHE(clipLimit=CONTRAST, tileGridSize=tiles).apply(np.asarray(full)), np.uint8)


def given(level: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the network is given of a levelled picture."""
    return (level.astype(np.float32) - np.float32(128)) * np.float32(1 / 64)
