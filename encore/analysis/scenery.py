"""Which runs of frames show the same scene, however often flashes, blackouts and chases tear it apart?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

_BACK = 48
"""Tape frames within which a scene may come back: what a part of a tape sees before itself."""
_LAST, _FIRST = (0, 3, 10, 24), (0, 2, 6, 14, 24)
"""Frames before the end of an earlier run and after the start of a later one by which they are compared: strobes
and chases show the same light again within about a second."""
_RUNS = 12
"""Earlier runs that one is compared with at most; bounds the work in strobes."""
_STEADY = 14
"""Tape frames: a run this long without a break that is unlike the scene on both sides of it is a shot between two
of the same scene (the shortest are half a second); a shorter one is an effect of light."""
_SHORTEST = 6
"""Tape frames; anything shorter between two scenes belongs to the one that it is more like."""


@dataclass(frozen=True, slots=True)
class Run:
    """Judgeable tape frames, in order, each like the one before it."""

    frames: tuple[int, ...]
    enough: float
    """Likeness from which a later run shows the same scene as this one."""

    @property
    def first(self) -> int:
        """Its first tape frame."""
        return self.frames[0]

    @property
    def last(self) -> int:
        """Its last tape frame."""
        return self.frames[-1]


@dataclass(slots=True)
class Scene:
    """Runs, in order, that show one scene."""

    runs: list[Run]

    @property
    def length(self) -> int:
        """Tape frames from its first to its last."""
        return self.runs[-1].last + 1 - self.runs[0].first


Alike = Callable[[int, int], float]
"""How like two tape frames are."""


def scenes_of(runs: Sequence[Run], alike: Alike) -> list[Scene]:
    """Join runs to scenes."""
    scenes: list[Scene] = []
    for run in runs:
        joinable = [number for number in _seen_before(scenes, run, alike) if not _steady(scenes[number + 1 :])]
        if not joinable:
            scenes.append(Scene([run]))
            continue
        same = min(joinable)
        for scene in scenes[same + 1 :]:
            scenes[same].runs += scene.runs
        del scenes[same + 1 :]
        scenes[same].runs.append(run)
    return _without_slivers(scenes, alike)


def likeness(before: Run, after: Run, alike: Alike, enough: float = 2.0, every: int = 1) -> float:
    """The best likeness of two runs by every n-th of the usual frames; the search ends once it is enough."""
    best = -1.0
    olds = [before.frames[-1 - back] for back in _LAST[::every] if back < len(before.frames)]
    news = [after.frames[on] for on in _FIRST[::every] if on < len(after.frames)]
    for old, new in sorted(product(olds, news), key=lambda pair: pair[1] - pair[0]):
        best = max(best, alike(old, new))
        if best > enough:
            break
    return best


def _steady(scenes: Sequence[Scene]) -> bool:
    """Whether there is a shot among them."""
    return any(len(run.frames) >= _STEADY for scene in scenes for run in scene.runs)


def _seen_before(scenes: Sequence[Scene], run: Run, alike: Alike) -> list[int]:
    """Numbers of the scenes within reach that a run shows; those before the nearest are only sampled."""
    asked = 0
    same: list[int] = []
    for number in range(len(scenes) - 1, -1, -1):
        for old in reversed(scenes[number].runs):
            if run.first - old.last > _BACK or asked >= _RUNS:
                return same
            asked += 1
            if likeness(old, run, alike, old.enough, 2 if same else 1) > old.enough:
                same.append(number)
                break
    return same


def _without_slivers(scenes: list[Scene], alike: Alike) -> list[Scene]:
    """Scenes shorter than any shot join the neighbour that they are more like."""
    kept: list[Scene] = []
    for number, scene in enumerate(scenes):
        if scene.length >= _SHORTEST or not kept or number + 1 == len(scenes):
            kept.append(scene)
            continue
        earlier = likeness(kept[-1].runs[-1], scene.runs[0], alike)
        later = likeness(scene.runs[-1], scenes[number + 1].runs[0], alike)
        if earlier >= later:
            kept[-1].runs += scene.runs
        else:
            scenes[number + 1].runs[:0] = scene.runs
    return kept
