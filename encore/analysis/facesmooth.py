"""The way of one face through a shot without the shaking of its detection, and without lag."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encore.analysis.facetracks import Floats

Places = NDArray[np.complex128]
"""Points x + iy, (n, 5) landmarks in their order."""

TEMPLATE: Places = np.array([192.98 + 239.95j, 318.90 + 240.19j, 256.63 + 314.02j, 201.26 + 371.41j, 313.09 + 371.15j])
"""Landmarks of the FFHQ-512 template: eyes, tip of the nose, corners of the mouth."""
EYES = abs(TEMPLATE[1] - TEMPLATE[0])
"""Distance between its eyes."""
SPANS_S = (1.0, 0.4, 0.15)
"""Seconds to either side from which a moment is told, the longest that the motion allows. The shortest is the window of
nine frames that steadies alignment best (algorithms of the design, 5.2); at rest the longest has 30 looks, from which
a parabola takes a third of the error of one."""
_LEAST = 5
"""Looks that a window reaches at least, however far apart: a parabola takes three."""
_AGREE, _DIFFER = 2.0, 5.0
"""Mean squared difference of two windows, in variances of the shorter's noise, up to which the longer is believed and
from which the shorter is: of two channels of noise alone 14 % are above the first, 0.7 % above the second. Faces at
rest shake a fifth as much then, and accelerated ones are never farther off than detections (generated ways)."""
_STIFF = np.diag([0.0, 1e-6, 1e-3])
"""What keeps a parabola through fewer than three looks from nonsense: through two it is a line, through one level."""
_LEAST_NOISE = 1e-3
"""Noise of a detection that is never undercut, in eye distances: a tenth of a line in a face of 100 lines."""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Where a face is at some moments, in the unit of its landmarks.

    Attributes:
        box: (m, 4) left, top, right, bottom.
        landmarks: (m, 5) x + iy.
        size: (m,) distance between the eyes of the template laid on the face.
        loose: (n,) how far the mouth was found from between the looks before and after, for each, in eye distances.
    """

    box: Floats
    landmarks: Places
    size: Floats
    loose: Floats


_CENTRED = TEMPLATE - TEMPLATE.mean()
_MIDDLE, _LEAN = 0.2, EYES / float(np.sqrt((np.abs(_CENTRED) ** 2).sum()))
"""Variance of the middle of five landmarks over that of one; error of the template's scale, as a share, and of its
angle, radians, for one eye distance of error in each landmark."""
_ALIKE = 1.5
"""How much larger the error of a whole face may be than landmarks with errors of their own would make it. A detector
errs in all of them together, too; what is more is motion."""
_GROUPS = (slice(0, 2), slice(2, 4), slice(4, 10), slice(10, 14), slice(14, 18))
"""Channels that share windows: size and angle; place; eyes and nose; mouth; box."""
_AT_ONCE = 128
"""Moments told at once: 2 s, as long as the longest window."""


def smoothed(times: Floats, box: Floats, landmarks: Places, at: Floats) -> Way:
    """The way of a face.

    Each moment is told by a parabola through the detections around it (as by a filter of Savitzky and Golay, order 2,
    that also takes looks at uneven times and tells moments between them), so nothing lags. Its window is as long as
    the motion allows: where a shorter one says something else than noise explains, it is believed instead, at last the
    detections themselves. Size, angle and place of the face, what its mouth, its other landmarks and its box do beside
    that have windows of their own.

    Source: Savitzky and Golay 1964; Cleveland 1979 for uneven times; windows: own, after Goldenshluger and Lepski 2011.
    Cost: 0.1 s for a minute of one face (measured, one core).

    Args:
        times: (n,) of the detections, seconds, rising.
        box: (n, 4).
        landmarks: (n, 5).
        at: (m,) moments that are wanted, rising; beyond the first and the last the face goes on as there.
    """
    scale, middle = posed(landmarks)
    unit = float(np.median(np.abs(scale))) * EYES
    pose = np.stack([np.log(np.abs(scale)), np.unwrap(np.angle(scale)), middle.real / unit, middle.imag / unit], 1)
    shape = ((landmarks - middle[:, None]) / scale[:, None] - _CENTRED) / EYES
    frame = (box - np.stack([middle.real, middle.imag] * 2, 1)) / (np.abs(scale)[:, None] * EYES)
    values = np.concatenate([pose, _numbers(shape[:, :3]), _numbers(shape[:, 3:]), frame], 1)
    found = _steadied(times, values, at)
    scale, middle = np.exp(found[:, 0] + 1j * found[:, 1]), (found[:, 2] + 1j * found[:, 3]) * unit
    size = np.abs(scale) * EYES
    form = np.concatenate([_points(found[:, 4:10]), _points(found[:, 10:14])], 1) * EYES
    corners = found[:, 14:] * size[:, None] + np.stack([middle.real, middle.imag] * 2, 1)
    loose = np.zeros(len(times))
    loose[1:-1] = np.abs(shape[1:-1, 3:] - (shape[:-2, 3:] + shape[2:, 3:]) / 2).max(1)
    return Way(corners, middle[:, None] + scale[:, None] * (_CENTRED + form), size, loose)


def posed(landmarks: Places) -> tuple[Places, Places]:
    """The similarity that lays the template on faces, by least squares: (n,) scale and turn in one, (n,) middle."""
    middle = landmarks.mean(1)
    scale = (landmarks - middle[:, None]) @ _CENTRED.conj() / float((np.abs(_CENTRED) ** 2).sum())
    return np.where(np.abs(scale) < 1e-6, 1e-6, scale), middle


def _numbers(points: Places) -> Floats:
    return np.concatenate([points.real, points.imag], 1)


def _points(numbers: Floats) -> Places:
    half = numbers.shape[1] // 2
    return numbers[:, :half] + 1j * numbers[:, half:]


def _steadied(times: Floats, values: Floats, at: Floats) -> Floats:
    """(m, k) values at other times, by the longest windows that agree with shorter ones."""
    noise = _noise(values)
    found, _ = _fitted(times, values, at, SPANS_S[0])
    for span in SPANS_S[1:]:
        finer, share = _fitted(times, values, at, span)
        found = _blended(found, finer, noise * np.sqrt(share)[:, None])
    raw = _between(times, values, at)
    beyond = ((at < times[0]) | (at > times[-1]))[:, None]
    return _blended(found, np.where(beyond, found, raw), np.broadcast_to(noise, raw.shape))


def _between(times: Floats, values: Floats, at: Floats) -> Floats:
    """(m, k) on straight lines from value to value."""
    found = np.empty((len(at), values.shape[1]))
    for channel in range(values.shape[1]):
        found[:, channel] = np.interp(at, times, values[:, channel])
    return found


def _blended(calm: Floats, quick: Floats, noise: Floats) -> Floats:
    """`calm`, or `quick` in groups and at moments where they differ by more than noise."""
    energy = ((quick - calm) / noise) ** 2
    share = np.empty_like(calm)
    for group in _GROUPS:
        mean = energy[:, group].mean(1, keepdims=True)
        share[:, group] = np.clip((mean - _AGREE) / (_DIFFER - _AGREE), 0, 1)
    return calm + (quick - calm) * share


def _noise(values: Floats) -> Floats:
    """(k,) standard deviation of the detections, from third differences, which steady motion does not have."""
    if len(values) < 4:
        return np.zeros(values.shape[1]) + _LEAST_NOISE
    third = values[3:] - 3 * values[2:-1] + 3 * values[1:-2] - values[:-3]
    usual = np.asarray(np.median(np.abs(third), 0), np.float64)
    noise = np.maximum(usual / (0.6745 * np.sqrt(20)), _LEAST_NOISE)
    apart = float(np.sqrt((noise[4:14] ** 2).sum() / 6))  # ten numbers, of which the similarity took four
    whole = np.array([_LEAN, _LEAN, np.sqrt(_MIDDLE), np.sqrt(_MIDDLE)]) * (apart * _ALIKE)
    pose = np.maximum(np.minimum(noise[:4], whole), _LEAST_NOISE)
    return np.concatenate([pose, noise[4:]])


def _fitted(times: Floats, values: Floats, at: Floats, span: float) -> tuple[Floats, Floats]:
    """(m, k) local parabolas of `values` at other times, and (m,) the share of the noise's variance left in them."""
    made = [_told(times, values, at[n : n + _AT_ONCE], span) for n in range(0, len(at), _AT_ONCE)]
    return np.concatenate([one for one, _ in made]), np.concatenate([share for _, share in made])


def _told(times: Floats, values: Floats, at: Floats, span: float) -> tuple[Floats, Floats]:
    inside = np.clip(at, times[0], times[-1])
    first, stop = np.searchsorted(times, (inside[0] - span, inside[-1] + span)).tolist()
    near = slice(max(0, first - _LEAST), stop + _LEAST)
    steps = times[near] - inside[:, None]
    reach = np.abs(steps)
    fewest = min(_LEAST, reach.shape[1] - 1)
    width = np.maximum(span, np.partition(reach, fewest, 1)[:, fewest] * 1.001)[:, None]
    u = steps / width
    weights: Floats = np.maximum(1 - np.abs(u) ** 3, 0) ** 3  # tricube: nothing jumps when a look enters the window
    terms = np.stack([weights, weights * u, weights * u * u], 1)
    moments = terms @ np.stack([np.ones_like(u), u, u * u], 2)
    gains = np.asarray(np.linalg.solve(moments + _STIFF, terms), np.float64)
    beyond = (at - inside)[:, None] / width
    told = gains[:, 0] + beyond * gains[:, 1]
    return told @ values[near], (gains[:, 0] ** 2).sum(1)
