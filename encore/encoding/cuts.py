"""Where a film cuts, how much moves in it, and whether it is interlaced after all; seen in one pass."""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np

from encore.core.video import Plane

THUMB = (32, 18)
"""Size of the pictures that are compared: noise averages out, and a cut changes most of it."""
CUT_CODES = 12.0
"""Mean change of a cut, 8-bit codes: cuts between shots of concert tapes change 15 to 60, panning 1 to 8."""
CUT_TIMES = 3.0
"""How far it stands above every change within `LASTS` frames around it."""
LASTS = 4
"""Frames that the new picture must stay: a flash is over before."""
RETURNED = 0.5
"""A change is a flash where the picture after it differs from the one before by less than this share."""
FEWEST = 24
"""Frames between cuts; shorter shots cost more in key frames than they save."""
MOVED_CODES = 10
"""Change of a sample, 8-bit codes, that is motion and not noise."""
MOVED_SHARE = 0.005
"""Share of samples that must move before combing can be judged."""
COMBED_SHARE = 0.1
"""Share of moving pictures that are combed in a film that is interlaced, in part or throughout."""
STEP = 8
"""Columns of luma between those that are looked at for combing; lines are all looked at."""


class CutFinder:
    """Looks at the luma of every picture in order."""

    def __init__(self) -> None:
        self.cuts: list[int] = []
        self.motion: list[float] = []
        """Mean change of every picture against the one before, 8-bit codes."""
        self.first_combed: int | None = None
        self._thumbs: deque[Plane] = deque(maxlen=2 + LASTS)
        self._columns: Plane | None = None
        self._moving = self._combed = 0

    def add(self, luma: Plane, depth: int) -> None:
        """See the next picture: (H, W) codes of so many bits."""
        thumb = cv2.resize(luma, THUMB, interpolation=cv2.INTER_AREA).astype(np.float32) / (1 << (depth - 8))
        last = self._thumbs[-1] if self._thumbs else thumb
        self.motion.append(float(np.abs(thumb - last).mean()))
        self._thumbs.append(thumb)
        if len(self._thumbs) == 2 + LASTS:
            self._judge(len(self.motion) - LASTS - 1)
        self._comb((luma[:, ::STEP] >> (depth - 8)).astype(np.int16))

    @property
    def interlaced(self) -> bool:
        """Whether so many pictures are combed that it cannot be their content."""
        return self._combed > COMBED_SHARE * max(1, self._moving)

    def _judge(self, number: int) -> None:
        """Whether picture `number` is the first of a shot, now that the ones after it are known."""
        change = self.motion[number]
        around = [self.motion[n] for n in range(max(1, number - LASTS), number + LASTS + 1) if n != number]
        stays = float(np.abs(self._thumbs[-1] - self._thumbs[0]).mean())
        far = number - (self.cuts[-1] if self.cuts else 0) >= FEWEST
        if far and change > max(CUT_CODES, CUT_TIMES * max(around)) and stays > RETURNED * change:
            self.cuts.append(number)

    def _comb(self, columns: Plane) -> None:
        """In a combed picture, a line that moves is more like the one after the next than like the next."""
        before, self._columns = self._columns, columns
        if before is None or columns.shape[0] < 3:
            return
        moved = (np.abs(columns - before) > MOVED_CODES)[:-2]
        if moved.mean() < MOVED_SHARE:
            return
        self._moving += 1
        near = int(np.abs(columns[1:-1] - columns[:-2])[moved].sum(dtype=np.int64))
        far = int(np.abs(columns[2:] - columns[:-2])[moved].sum(dtype=np.int64))
        if near > far:
            self._combed += 1
            if self.first_combed is None:
                self.first_combed = len(self.motion) - 1
