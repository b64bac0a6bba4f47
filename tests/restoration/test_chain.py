"""The last stage works while what is before it works ahead: same pictures, each made once, faults told."""

from __future__ import annotations

import threading
from typing import Literal

import numpy as np
import pytest

from encore.core.findings import Scan, Shot
from encore.core.time import Span
from encore.core.video import Clip, VideoFormat
from encore.restoration.chain import restored
from encore.restoration.stage import Filter, Runtime, Stage

WHOLE = Span(start=0, stop=23)
SHOT = Shot(span=WHOLE, scan=Scan(mode="progressive", order="tff", confidence=1))
FORMAT = VideoFormat(width=4, height=2)
MADE: list[tuple[str, int, int]] = []
"""(stage, picture, thread) of everything that was made."""


class Sum(Stage):
    """A picture becomes the sum of those up to `reach` around it."""

    kind: Literal["sum"] = "sum"
    name: str = ""
    reach: int = 0
    broken: int = -1

    def halo(self) -> int:
        return self.reach

    def open(self, runtime: Runtime) -> Filter:
        def work(clip: Clip, _shot: Shot, wanted: Span, /) -> Clip:
            part = clip.cut(wanted)
            if self.broken in part.at:
                raise ValueError(f"no picture {self.broken}")
            MADE.extend((self.name, at, threading.get_ident()) for at in part.at)
            sums: list[float] = []
            for at in range(wanted.start, wanted.stop):
                sums.append(float(clip.y[max(0, at - self.reach) : at + self.reach + 1, 0, 0].sum()))
            y = np.broadcast_to(np.array(sums, np.float32)[:, None, None], part.y.shape).copy()
            return Clip(y=y, cb=part.cb, cr=part.cr, at=part.at, format=part.format)

        return work


def read(span: Span) -> Clip:
    """Picture n holds n."""
    y = np.repeat(np.arange(span.start, span.stop, dtype=np.float32), 8).reshape(-1, 2, 4)
    return Clip(y=y, cb=y - y, cr=y - y, at=tuple(range(span.start, span.stop)), format=FORMAT)


def values(stages: list[Sum], pictures: Span) -> list[float]:
    MADE.clear()
    clips = list(restored(stages, SHOT, pictures, WHOLE, read, Runtime()))
    assert [at for clip in clips for at in clip.at] == list(range(pictures.start, pictures.stop))
    return [float(value) for clip in clips for value in clip.y[:, 0, 0]]


def expected(reaches: tuple[int, ...]) -> list[float]:
    row = [float(n) for n in range(WHOLE.stop)]
    for reach in reaches:
        row = [sum(row[max(0, n - reach) : n + reach + 1]) for n in range(len(row))]
    return row


@pytest.mark.parametrize("reaches", [(0,), (1, 0), (0, 2), (2, 3), (1, 2, 2), (3, 1, 0, 5)])
@pytest.mark.parametrize("pictures", [WHOLE, Span(start=5, stop=6), Span(start=3, stop=20), Span(start=18, stop=23)])
def test_pictures_are_those_of_one_thread(reaches: tuple[int, ...], pictures: Span) -> None:
    stages = [Sum(name=str(number), reach=reach) for number, reach in enumerate(reaches)]
    found = values(stages, pictures)
    assert found == expected(reaches)[pictures.start : pictures.stop]
    made = [(stage, at) for stage, at, _ in MADE]
    assert len(made) == len(set(made))
    threads = {stage: {one for name, _, one in MADE if name == stage} for stage in {name for name, _, _ in MADE}}
    assert threads[str(len(stages) - 1)] == {threading.get_ident()}
    assert all(len(ids) == 1 for ids in threads.values())
    if len(stages) > 1:
        assert threading.get_ident() not in threads["0"]


@pytest.mark.parametrize("broken", [0, 1])
def test_a_fault_in_either_thread_is_told(broken: int) -> None:
    stages = [Sum(name=str(number), reach=1, broken=9 if number == broken else -1) for number in range(2)]
    before = threading.active_count()
    with pytest.raises(ValueError, match="no picture 9"):
        values(stages, WHOLE)
    assert threading.active_count() == before


def test_stopping_early_ends_the_other_thread() -> None:
    before = threading.active_count()
    clips = restored([Sum(name="0"), Sum(name="1", reach=2)], SHOT, WHOLE, WHOLE, read, Runtime())
    next(clips)
    assert threading.active_count() == before + 1
    clips.close()
    assert threading.active_count() == before
