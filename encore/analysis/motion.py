"""How do the camera and the things before it move?"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.analysis.look import Codes, Flow, Look
from encore.analysis.part import Numbers
from encore.analysis.question import Column, Question, Rows, ShotFrames, Tape
from encore.core.answers import Motion

Camera = Literal["still", "pan", "zoom", "shake", "moving"]

STEP = 2.0
"""Samples of the tape per sample of the half-size picture: across, and down, where a field line is two of the frame."""
_CELL = 16
"""Half-size samples of a grid cell each way: 22x15 cells of 720x480."""
_TEXTURE = 1.2
"""Root mean square gradient (codes per two samples) at which a cell counts half: noise of sigma 2 leaves 1.0 in it, of
sigma 4 1.7. A dark hall behind a lit face has 1-2.5, and its flow is right; at 3 the face outweighed it."""
_PAIRS = 64
"""Pairs of cells that each propose a movement; chosen. Behind an actor of 40 % 0.6 x 0.6 of them, 23, have both ends on
the scene."""
_INLIER = (0.35, 0.15)
"""Half-size samples a cell may be off the camera's movement and counts half: at least, and per sample of movement."""
_ROUNDS = 4
"""Of reweighting; the fourth changes the movement by 0.01 samples at the 95th percentile, by 0.07 at most (28 generated
shots)."""
_SUPPORT = 0.6
"""Share of the textured cells that must follow the camera's movement, or it is not known on this frame. Generated
scenes have 0.79 at the 5th percentile, 0.58-0.60 beside an actor of 40 %. Where a bright face moves before a dark hall,
two thirds of the frames keep an answer, 93 % of them right to a sample; by weight alone, 79 % are right."""
_TEXTURED = 0.15
"""Weight from which a cell counts in full for the area that follows: a gradient of 0.5 codes."""
_KNOWN = 0.8
"""Share of a shot's frames on which the camera's movement must be known; chosen: 0.93 and more on most shots of tapes,
0.5-0.78 where an actor before a dark hall or a flat ground would be told as shake."""
_SMOOTH_S = 1.0
"""Seconds of the camera's course that are taken for one smooth (quadratic) movement: of a sway of 0.5 Hz 2 % is told as
shake, of 1 Hz 33 %, of 1.5 Hz 80 %, of 2-5 Hz 89-119 %."""
_STILL, _SHAKES, _PANS = 0.25, 0.35, 0.5
"""Samples per frame below which a course is still; samples of shake that are a hand-held camera; share of the
course's length that a pan must come to in one direction."""

_SWAY = 0.12
"""Shake per speed of the course that the flow itself makes on fast pans: it is 2-7 % off, not always the same way."""


def camera_movement(flow: Flow, weights: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """The similarity that most of the textured picture follows: (right, down, growth, turn) and its support.

    Proposals from pairs of cells, the best of them (truncated distance) refined by reweighted least squares with
    Geman-McClure weights (Black and Anandan, CVIU 63, 1996).

    Args:
        flow: (h, w, 2) mean flow of each cell.
        weights: (h, w) how much each cell can be trusted, 0-1.

    Returns:
        Movement at the centre in samples of the flow, growth and turn (radians) per sample from it; share of the
        weights that follow it, or of the textured cells where that is less: a bright face outweighs a dark hall.
    """
    places = _places(*weights.shape)
    moved, trust = flow.reshape(-1, 2).astype(np.float64), weights.ravel().astype(np.float64)
    if trust.sum() < 1e-3:
        return np.zeros(4), 0.0
    best = _proposed(places, moved, trust)
    for _ in range(_ROUNDS):
        off, soft = _off(places, moved, best), _soft(best)
        best = _least_squares(places, moved, trust * (soft**2 / (soft**2 + off**2)) ** 2)
    follows = _off(places, moved, best) < 3 * _soft(best)
    textured_cells = trust > _TEXTURED
    area = float(follows[textured_cells].mean()) if textured_cells.any() else 0.0
    return best, min(area, float((trust * follows).sum() / trust.sum()))


@cache
def _places(height: int, width: int) -> NDArray[np.float64]:
    """Centres of the cells from the middle of the picture, samples of the flow."""
    down, across = np.mgrid[0:height, 0:width].astype(np.float64)
    return np.stack([across.ravel() - (width - 1) / 2, down.ravel() - (height - 1) / 2], 1) * _CELL


def _flow_of(places: NDArray[np.float64], movement: NDArray[np.float64]) -> NDArray[np.float64]:
    right, down, growth, turn = movement
    x, y = places[:, 0], places[:, 1]
    return np.stack([right + growth * x - turn * y, down + turn * x + growth * y], 1)


def _off(places: NDArray[np.float64], moved: NDArray[np.float64], movement: NDArray[np.float64]) -> NDArray[np.float64]:
    difference = moved - _flow_of(places, movement)
    return np.hypot(difference[:, 0], difference[:, 1])


def _soft(movement: NDArray[np.float64]) -> float:
    return _INLIER[0] + _INLIER[1] * float(np.hypot(*movement[:2]))


def _least_squares(
    places: NDArray[np.float64], moved: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The similarity of least weighted squared distance, in closed form."""
    total = weights.sum() + 1e-12
    middle, mean = (weights @ places) / total, (weights @ moved) / total
    near, change = places - middle, moved - mean
    spread = float(weights @ (near**2).sum(1)) + 1e-9
    growth = float(weights @ (near * change).sum(1)) / spread
    turn = float(weights @ (near[:, 0] * change[:, 1] - near[:, 1] * change[:, 0])) / spread
    at_centre = mean - _flow_of(middle[None], np.array([0, 0, growth, turn]))[0]
    return np.array([*at_centre, growth, turn])


def _proposed(
    places: NDArray[np.float64], moved: NDArray[np.float64], trust: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The movement of the pair of cells that most others agree with."""
    sum_to = np.cumsum(trust) / trust.sum()
    # the same well-spread pairs on every frame: both ends follow additive recurrences through the trusted cells
    steps = np.arange(1, _PAIRS + 1)[None] * np.array([[0.75488], [0.56984]])
    ends = np.minimum(np.searchsorted(sum_to, steps % 1.0), len(trust) - 1)
    first, second = (places[end] for end in ends)
    reach, change = second - first, moved[ends[1]] - moved[ends[0]]
    length = (reach**2).sum(1)
    apart = length >= (4 * _CELL) ** 2
    length = np.where(apart, length, 1.0)
    growth = np.where(apart, (reach * change).sum(1) / length, 0.0)
    turn = np.where(apart, (reach[:, 0] * change[:, 1] - reach[:, 1] * change[:, 0]) / length, 0.0)
    right = moved[ends[0], 0] - growth * first[:, 0] + turn * first[:, 1]
    down = moved[ends[0], 1] - turn * first[:, 0] - growth * first[:, 1]
    proposals = np.stack([right, down, growth, turn], 1)
    fine = proposals.astype(np.float32)[:, :, None]
    (x, y), (u, v) = places.T.astype(np.float32), moved.T.astype(np.float32)
    off_right = fine[:, 0] - u + fine[:, 2] * x - fine[:, 3] * y
    off_down = fine[:, 1] - v + fine[:, 3] * x + fine[:, 2] * y
    soft = (2 * (_INLIER[0] + _INLIER[1] * np.hypot(right, down))).astype(np.float32)[:, None]
    cost = np.minimum((off_right**2 + off_down**2) / soft**2, np.float32(1)) * trust.astype(np.float32)
    return proposals[int(np.argmin(cost.sum(1)))]


def textured(half: Codes) -> NDArray[np.float32]:
    """(h, w) how far each cell has a texture that flow can follow, 0-1."""
    smooth = cv2.blur(half, (3, 3))
    across, down = cv2.Sobel(smooth, cv2.CV_16S, 1, 0, ksize=1), cv2.Sobel(smooth, cv2.CV_16S, 0, 1, ksize=1)
    energy = cv2.add(cv2.multiply(across, across), cv2.multiply(down, down)).astype(np.float32)
    mean = _cells(energy)
    return np.asarray(mean / (mean + np.float32(_TEXTURE**2)), np.float32)


def _cells(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means over the cells; what is left at the right and the bottom is spread among them."""
    height, width = image.shape[:2]
    size = (max(2, width // _CELL), max(2, height // _CELL))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)


class MotionQuestion(Question):
    """Notes the camera's movement, and how far the picture moves against it.

    Cost: 1.7 ms for 720x480 on one core beside the shared flow (measured, AMD EPYC).
    """

    name = "motion"
    before, after = 1, 0
    columns = (
        Column("right", "movement of the camera to the right since the frame before, samples"),
        Column("down", "the same downwards, lines of the frame"),
        Column("growth", "growth of the picture since the frame before, 0 is none"),
        Column("turn", "turn of the camera since the frame before, radians, clockwise"),
        Column("support", "share of the textured picture that follows the camera's movement"),
        Column("local", "movement against the camera's, mean of the textured picture, samples"),
        Column("local_most", "movement against the camera's, 95th percentile of the textured picture, samples"),
    )

    def __init__(self, tape: Tape) -> None:
        super().__init__(tape)
        self._before: NDArray[np.float32] | None = None

    def observe(self, now: Look) -> None:
        """See the next tape frame."""
        before, self._before = self._before, textured(now.half)
        if now.flow_back is None or before is None:
            return
        flow = _cells(now.flow_back)
        weights = np.minimum(self._before, before)
        movement, support = camera_movement(flow, weights)
        self.note(now.number, support=support)
        if support < _SUPPORT:
            return
        right, down, growth, turn = movement
        self.note(now.number, right=STEP * right, down=STEP * down, growth=-growth, turn=turn)
        off = STEP * _off(_places(*weights.shape), flow.reshape(-1, 2).astype(np.float64), movement)
        self.note(now.number, local=np.average(off, weights=weights.ravel()), local_most=_most(off, weights.ravel()))

    @classmethod
    def answer(cls, rows: Rows, shot: ShotFrames) -> Motion | None:
        """Movement over the shot; the movement into it is not its own."""
        steps = np.stack([rows[name][1:] for name in ("right", "down", "growth", "turn")], 1).astype(np.float64)
        known = np.asarray(np.isfinite(steps).all(1))
        if known.sum() < max(1, _KNOWN * len(known)):
            return None
        whole = np.stack([_filled(column, known) for column in steps.T], 1)
        video = shot.tape.video
        shake, course = shaken(whole[:, :2], shot.tape.rate)
        mean = whole.mean(0)
        radius = np.hypot(video.width, video.height) / 4
        return Motion(
            global_motion=float(np.hypot(whole[:, 0], whole[:, 1]).mean()), pan=(float(mean[0]), float(mean[1])),
            zoom=float(mean[2]), shake=shake, local_motion=float(np.nanmean(rows["local_most"][1:][known])),
            camera=camera_word(course, whole[:, 2] * radius, shake),
        )  # fmt: skip


def _most(off: NDArray[np.float64], weights: NDArray[np.float32]) -> float:
    """95th percentile by weight."""
    order = np.argsort(off)
    at = int(np.searchsorted(np.cumsum(weights[order]), 0.95 * float(weights.sum())))
    return float(off[order[min(at, len(off) - 1)]])


def _filled(column: Numbers | NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What lies between known frames is taken to be in between."""
    at = np.arange(0.0, len(column))
    return np.asarray(np.interp(at, at[known], column[known]), np.float64)


def shaken(steps: NDArray[np.float64], rate: Fraction) -> tuple[float, NDArray[np.float64]]:
    """How far the camera's path is off its smooth course (root mean square, samples), and the course's steps.

    The course is a local quadratic over a second (Savitzky and Golay, Anal. Chem. 36, 1964).

    Args:
        steps: (frames, 2) movement per frame, without gaps.
        rate: frames per second.
    """
    path = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, 0)])
    length = min(len(path), 2 * round(float(rate) * _SMOOTH_S / 2) + 1)
    if length < 5:
        return 0.0, steps
    smooth = np.empty_like(path)
    for at in range(len(path)):
        start = min(max(0, at - length // 2), len(path) - length)
        smooth[at] = _fits(length)[at - start] @ path[start : start + length]
    off = path - smooth
    return float(np.sqrt((off**2).sum(1).mean())), np.diff(smooth, axis=0)


@cache
def _fits(length: int) -> NDArray[np.float64]:
    """(length, length): from the values of a window to its quadratic, at each place of the window."""
    powers = np.vander(np.linspace(-1, 1, length), 3)
    return powers @ np.linalg.pinv(powers)


def camera_word(course: NDArray[np.float64], swell: NDArray[np.float64], shake: float) -> Camera:
    """What the camera does, in a word.

    Args:
        course: (frames, 2) its smooth movement per frame, samples.
        swell: (frames,) movement halfway to the corners by zooming, samples per frame.
        shake: samples.
    """
    length, way = float(np.hypot(course[:, 0], course[:, 1]).mean()), float(np.hypot(*course.mean(0)))
    zoom = abs(float(swell.mean()))
    moves, zooms, shakes = length > _STILL, zoom > _STILL, shake > max(_SHAKES, _SWAY * length)
    if zooms and zoom > length and not (shakes and shake > 2 * zoom):
        return "zoom"
    if shakes and shake > length:
        return "shake"
    if not moves:
        return "still"
    return "pan" if way > _PANS * length and not zooms and not shakes else "moving"
