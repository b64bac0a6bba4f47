"""Face answer: what a network finds missing from a face, whether it is ours or made for pictures of any kind."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from encore.core.video import Plane
from encore.motion.light import BLACK
from encore.restoration.facespace import SIDE
from encore.restoration.facewindow import ANSWER, face_window
from encore.restoration.networks import Network

TASKS = ("face-x1", "picture")
"""Of networks that restore faces: ours, and foreign ones for pictures, given a face and nothing else."""
FOREIGN_SIDE = 512
"""Samples and lines of faces that foreign networks learned from (FFHQ as facexlib aligns it): twice ours."""
FOREIGN_MOST = 0.5
"""Share of what a foreign network adds that is taken at most: such networks make a face that looks right, not one that
was there (algorithms of GFPGAN and CodeFormer put other eyes and beards)."""
FOREIGN_TINY, FOREIGN_WHOLE = 32.0, 46.0
"""Lines of the tape between the eyes at which they begin, and from which `FOREIGN_MOST` is taken: below, the tape does
not tell one person's eyes from another's."""
WHITE = 255.0
"""Code that is 1 to such a network."""
LUMA = (0.299, 0.587, 0.114)
"""Of R', G', B' in luma (BT.601)."""


def missing(network: Network, crops: Sequence[Plane | None], sigma: float) -> Plane:
    """What a face lacks, (SIDE, SIDE) codes.

    Args:
        network: for faces, or for pictures of any kind.
        crops: the face in the picture before, in its own and in the one after, codes; None: there is none.
        sigma: codes of noise, as the enlarging network was told.
    """
    if network.card.task == "picture":
        own = crops[1]
        assert own is not None
        return _foreign(network, own)
    window, std = face_window(crops, sigma)
    return network(window[None])[0, 0] * np.float32(ANSWER * std)


def most_of(network: Network, eyes: float) -> float:
    """Share of its answer that may be taken, for a face with so many lines of the tape between its eyes."""
    if network.card.task != "picture":
        return 1.0
    return FOREIGN_MOST * float(np.interp(eyes, (FOREIGN_TINY, FOREIGN_WHOLE), (0, 1)))


def _foreign(network: Network, own: Plane) -> Plane:
    """Of a grey face; of what is made in colour, luma is taken."""
    large: Plane = cv2.resize(own, (FOREIGN_SIDE, FOREIGN_SIDE), interpolation=cv2.INTER_CUBIC)
    grey = np.clip((large - np.float32(BLACK)) * np.float32(1 / (WHITE - BLACK)), 0, 1)
    made = network(np.repeat(grey[None, None], network.card.inputs, 1))[0]
    shares = np.array(LUMA if len(made) == len(LUMA) else (1.0,), np.float32)
    luma: Plane = (made * shares[:, None, None]).sum(0, dtype=np.float32)
    # what its range of 0 to 1 has cut off the face, and its own size, are not missing detail
    found, seen = (cv2.resize(plane, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for plane in (luma, grey))
    return (found - seen) * np.float32(WHITE - BLACK)
