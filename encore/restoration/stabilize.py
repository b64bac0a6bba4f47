"""Stabilize: the shake of a hand is taken out of a shot, and what the camera meant to do stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from encore.core.findings import SeenFace, Shot
from encore.core.time import Span
from encore.core.video import LUMA_CODES, Clip, Motion, Patch, Plane
from encore.motion.flow import Flow, places
from encore.restoration.stage import Filter, Runtime, Stage

REACH = 15
"""Pictures on each side over which the camera's way is smoothed: a quarter of a second at 59.94 pictures a second."""
_SMOOTH = 6.0
"""Pictures (standard deviation) of that: the Gaussian keeps 0.17 of 3 Hz and nothing of 8 Hz, calculated; straight pans
stay."""
_CELLS = (36, 24)
"""Places across and down at which the camera's movement is read: one in 20 samples of 720x480."""
_ALIKE = 0.5
"""Samples by which a place may move against the camera before it counts half; of the order of what DIS errs by."""
_LOOSE = 64.0
"""The same in the first round, halved in every other, so that no guess decides which movement is the camera's."""
_ROUNDS = 10
"""Of weighing places again: eight until the tolerance is reached, and two with it."""
_STRUCTURE = 8.0
"""Squared codes per sample of a quarter picture, energy of the gradient at which a place counts half: noise of sigma 4
has about 1 of it, calculated, and below DIS follows noise."""

Similar = NDArray[Any]
"""(4,) a similarity as the movement of a place (x, y) from the middle: right, down, growth, turn."""


class Stabilize(Stage):
    """Moves, turns and scales pictures onto the smoothed way of the camera, in one resampling.

    A similarity is fitted to the flow between neighbours, robustly, so that people do not count; the way that they add
    up to is smoothed by a straight line through its Gaussian surroundings, so that pans and zooms go on. What is moved
    into the picture at its edges is cut off by a constant enlargement, which also limits the movement.
    Cost: 30 core-ms for a picture of 720x480 without grain.
    """

    kind: Literal["stabilize"] = "stabilize"
    strength: float = Field(default=1.0, gt=0, le=1)
    """Share of the shake that is taken out."""
    margin: float = Field(default=0.015, gt=0, le=0.05)
    """Share of the picture that may be lost at every edge."""
    active: Patch | None = None
    """Picture without the tape's black edges; null: all of it."""

    def halo(self) -> int:
        """The way around a picture, and around its neighbours, which flows lead to."""
        return REACH + 1

    def follows(self) -> bool:
        """The camera's movement is read from the flow."""
        return True

    def open(self, runtime: Runtime) -> Filter:
        """Nothing to load."""

        def stabilize(clip: Clip, _shot: Shot, wanted: Span, /) -> Clip:
            flows = clip.motion.onward if clip.motion else (None,) * len(clip)
            steps = [_camera(flow, plane) for flow, plane in zip(flows[:-1], clip.y, strict=False)]
            # pictures beside the wanted ones too, whose movement flows between them need
            around = range(max(0, wanted.start - 1), min(len(clip), wanted.stop + 1))
            maps = {n: self._map(clip, _shake(steps, n)) for n in around}
            return _moved(clip, wanted, maps)

        return stabilize

    def _map(self, clip: Clip, shake: Similar) -> NDArray[Any]:
        """(2, 3) from places of the steady picture to those of the given one."""
        width, height = clip.format.width, clip.format.height
        left, top, right, bottom = self.active or (0, 0, width, height)
        middle = np.array([(left + right - 1) / 2, (top + bottom - 1) / 2])
        half = np.array([right - left, bottom - top]) / 2
        small = 1 / (1 + 2 * self.margin)
        # a quarter of the room for growth, one for turn, the rest for movement: nothing outside comes into the picture
        room, most = half * (1 - small), (1 - small) / 4 * half.min() / half.max()
        turn = most * np.tanh(self.strength * shake[2:] / most)
        room = room - np.abs(turn[0]) * half - np.abs(turn[1]) * half[::-1]
        move = room * np.tanh(self.strength * shake[:2] / room)
        linear = small * np.array([[1 + turn[0], -turn[1]], [turn[1], 1 + turn[0]]])
        return np.column_stack([linear, middle + move - linear @ middle])


def _camera(flow: Flow | None, plane: Plane) -> Similar:
    """The similarity that most of the flow from a picture (its luma) follows; no movement where there is none."""
    if flow is None:
        return np.zeros(4)
    height, width = flow.shape[:2]
    size = (min(_CELLS[0], width), min(_CELLS[1], height))
    rough = cv2.resize(flow, size, interpolation=cv2.INTER_NEAREST).reshape(-1, 2).astype(np.float64)
    # where INTER_NEAREST has read
    across, down = (np.floor(np.arange(n) * whole / n) for n, whole in zip(size, (width, height), strict=True))
    x = np.tile(across - (width - 1) / 2, size[1])
    y = np.repeat(down - (height - 1) / 2, size[0])
    telling = _telling(plane, size)
    found = np.array([0.0, 0, 0, 0])
    loose = _LOOSE
    for _ in range(_ROUNDS):
        dx, dy = found[0] + found[2] * x - found[3] * y, found[1] + found[3] * x + found[2] * y
        off = np.hypot(rough[:, 0] - dx, rough[:, 1] - dy) / loose
        found = _fitted(x, y, rough, telling / (1 + off * off))
        loose = max(_ALIKE, loose / 2)
    return found


def _telling(plane: Plane, size: tuple[int, int]) -> NDArray[Any]:
    """(places,) 0 to 1: how much there is to see, and so how far a place's flow is more than a guess."""
    reduced = (max(1, plane.shape[1] // 4), max(1, plane.shape[0] // 4))
    small = cv2.resize(plane, reduced, interpolation=cv2.INTER_AREA) * np.float32(LUMA_CODES)
    gx, gy = (cv2.Sobel(small, cv2.CV_32F, dx, 1 - dx, ksize=1, scale=0.5) for dx in (1, 0))
    energy = cv2.resize(gx * gx + gy * gy, size, interpolation=cv2.INTER_AREA).ravel().astype(np.float64)
    return energy * energy / (energy * energy + _STRUCTURE**2)


def _fitted(x: NDArray[Any], y: NDArray[Any], moved: NDArray[Any], weight: NDArray[Any]) -> Similar:
    """Weighted least squares."""
    total = weight.sum() + 1e-9
    mx, my, mu, mv = ((weight * one).sum() / total for one in (x, y, moved[:, 0], moved[:, 1]))
    x, y, u, v = x - mx, y - my, moved[:, 0] - mu, moved[:, 1] - mv
    size = (weight * (x * x + y * y)).sum() + 1e-6
    growth, turn = (weight * (x * u + y * v)).sum() / size, (weight * (x * v - y * u)).sum() / size
    return np.array([mu - growth * mx + turn * my, mv - turn * mx - growth * my, growth, turn])


def _shake(steps: list[Similar], at: int) -> Similar:
    """Where content of picture `at` stands against the smoothed way of the camera; movements simply add up."""
    first, last = max(0, at - REACH), min(len(steps), at + REACH)
    offsets = np.arange(first - at, last + 1 - at, dtype=np.float64)
    if len(offsets) < 3:
        return np.zeros(4)
    zero = np.zeros((1, 4))
    after = np.cumsum(np.vstack([zero, *steps[at:last]]), axis=0)
    before = -np.cumsum(np.vstack([zero, *reversed(steps[first:at])]), axis=0)
    way = np.vstack([before[:0:-1], after])
    weight = np.exp(-0.5 * (offsets / _SMOOTH) ** 2)
    weight /= weight.sum()
    middle = (weight * offsets).sum()
    slope = ((weight * (offsets - middle))[:, None] * way).sum(axis=0) / (weight * (offsets - middle) ** 2).sum()
    # a straight line through the way, read at this picture, where the way itself is at 0
    return slope * middle - (weight[:, None] * way).sum(axis=0)


def _moved(clip: Clip, wanted: Span, maps: dict[int, NDArray[Any]]) -> Clip:
    numbers = range(wanted.start, wanted.stop)
    made = clip.cut(wanted)
    y, cb, cr = (_warped(planes, numbers, maps, clip) for planes in (clip.y, clip.cb, clip.cr))
    grain = clip.grain and tuple(_warped(planes, numbers, maps, clip) for planes in clip.grain)
    torn = tuple(tuple(_torn(patch, maps[n], clip) for patch in clip.torn[n]) for n in numbers) if clip.torn else ()
    motion = clip.motion and Motion(
        tuple(_flow(clip.motion.onward[n], maps, n, n + 1) for n in numbers),
        tuple(_flow(clip.motion.back[n], maps, n, n - 1) for n in numbers),
    )
    faces = tuple(tuple(_face(seen, maps[n]) for seen in clip.faces[n]) for n in numbers) if clip.faces else ()
    # every line is mixed of lines now: none is from the tape more than another
    grain = cast(tuple[Plane, Plane, Plane] | None, grain)
    return replace(made, y=y, cb=cb, cr=cr, grain=grain, motion=motion, torn=torn, faces=faces, parity=())


def _warped(planes: Plane, numbers: range, maps: dict[int, NDArray[Any]], clip: Clip) -> Plane:
    height, width = planes.shape[1:]
    scale = np.array([width / clip.format.width, height / clip.format.height])
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    made: list[Plane] = []
    for number in numbers:
        linear, shift = maps[number][:, :2], maps[number][:, 2]
        own = np.column_stack([linear * scale[:, None] / scale[None], shift * scale])
        made.append(cv2.warpAffine(planes[number], own, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE))
    return np.stack(made)


def _flow(flow: Flow | None, maps: dict[int, NDArray[Any]], here: int, there: int) -> Flow | None:
    """The flow between two pictures after both were moved."""
    if flow is None or there not in maps:
        return None
    linear, shift = maps[here][:, :2], maps[here][:, 2]
    back = np.linalg.inv(maps[there][:, :2])
    grid = places(*flow.shape[:2])
    given = _mapped(grid, linear, shift)
    followed = given + cv2.remap(flow, given, cast(Any, None), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return _mapped(followed, back, -back @ maps[there][:, 2]) - grid


def _mapped(grid: Flow, linear: NDArray[Any], shift: NDArray[Any]) -> Flow:
    return cv2.transform(grid, np.column_stack([linear, shift]))


def _torn(patch: Patch, onto: NDArray[Any], clip: Clip) -> Patch:
    """Where a place of the given picture lies afterwards, in whole samples."""
    left, top, right, bottom = patch
    back = np.linalg.inv(onto[:, :2])
    corners = np.array([[x, y] for x in (left, right) for y in (top, bottom)]) @ back.T - back @ onto[:, 2]
    low, high = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int)
    width, height = clip.format.width, clip.format.height
    return (
        int(np.clip(low[0], 0, width - 1)), int(np.clip(low[1], 0, height - 1)),
        int(np.clip(high[0], 1, width)), int(np.clip(high[1], 1, height)),
    )  # fmt: skip


def _face(seen: SeenFace, onto: NDArray[Any]) -> SeenFace:
    """Where a face of the given picture lies afterwards."""
    back = np.linalg.inv(onto[:, :2])
    points = np.array([(seen.left, seen.top), (seen.right, seen.bottom), *seen.landmarks]) @ back.T - back @ onto[:, 2]
    (left, top), (right, bottom), *landmarks = points.tolist()
    return seen._replace(left=left, top=top, right=right, bottom=bottom, landmarks=tuple((x, y) for x, y in landmarks))
