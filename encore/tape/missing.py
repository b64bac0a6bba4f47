"""MissingLines: a field's missing lines as the mean of what the fields around show there, each by how well it fits."""

from __future__ import annotations

import cv2
import numpy as np

from encore.core.video import Plane
from encore.motion.align import trueness
from encore.motion.flow import Flow, fetched, scaled
from encore.motion.light import gain_between, lit_like
from encore.tape.fieldlines import FieldPicture

LEAST, BEND, MOST = 0.25, 0.2, 8.0
"""Codes of mean difference, over the window, at which a fetch counts exp(-1/2): the first where a field is smooth, more
by the second for every code by which a cubic through its own lines mispredicts them, because interpolated lines differ
in sharp detail, at most the third. A fixed 8 combed on dim moving hands and lost 2 to 7 dB on real 25p and 50p clips;
a fixed 3 was 4 dB worse than a fixed 8 on sharp 59.94p truth."""
FLAT, FLOORED = 10, 0.9
"""Percentile of a picture's misprediction that is its noise, and the share of it by which a fetch may differ for
nothing: noise of sigma mispredicts a line by 1.0 sigma on average, and a right fetch differs by 0.98 sigma."""
WINDOW = (7, 7)
"""Samples and field lines over which a fetch is compared with the field's own lines."""
WINDOW_CHROMA = (5, 5)
"""The same in samples of chroma."""
UNTRUE = 0.02
"""Weight of a fetch that lands in the middle between true lines, so that it beats nothing but the first guess."""
GUESS = 0.2
"""Weight of the first guess beside fetches of weight 1 and less: less was worse on real clips, more on sharp pans."""
STILL, STILL_CODES = 60.0, 1.0
"""Weight of the lines of the two fields around where fields of one parity do not change, and the change at which it is
exp(-1/2) of itself. In still pictures and skipped blocks it outvotes fetches whose flow was misled by lines that
flicker with the parity; a gentler one for up to 4 codes wove wrong lines into coloured strobes (1 dB worse there)."""
NEUTRAL = np.float32(128)
"""Code of chroma without colour (BT.601-7)."""


class _Mean:
    """A weighted mean of lines, (n, W) or (n, W, 2)."""

    def __init__(self, first: Plane) -> None:
        self._sum: Plane = first * np.float32(GUESS)
        self._weight: Plane = np.full(first.shape[:2], GUESS, np.float32)

    def add(self, lines: Plane, weight: Plane) -> None:
        self._sum += lines * (weight if lines.ndim == 2 else weight[..., None])
        self._weight += weight

    def mean(self) -> Plane:
        return self._sum / (self._weight if self._sum.ndim == 2 else self._weight[..., None])


class _Fit:
    """How well fetches fit the lines that a field has, 0 to 1.

    Args:
        field: (h, W) or (h, W, 2) true lines.
        window: samples and lines over which is compared.
    """

    def __init__(self, field: Plane, window: tuple[int, int]) -> None:
        self._field, self._window = field, window
        padded = cv2.copyMakeBorder(field, 3, 3, 0, 0, cv2.BORDER_REPLICATE)
        count = len(field)
        near, far = padded[2 : 2 + count] + padded[4 : 4 + count], padded[:count] + padded[6:]
        bend = cv2.blur(_most(cv2.absdiff(field, (9 * near - far) * np.float32(1 / 16))), window)
        self._floor = np.float32(FLOORED * np.percentile(bend[::2, ::4], FLAT))
        codes = np.minimum(bend * np.float32(BEND) + np.float32(LEAST), np.float32(MOST))
        self._scale: Plane = np.float32(-0.5) / (codes * codes)

    def of(self, found: Plane) -> Plane:
        """Of what was fetched for the same lines."""
        error = cv2.blur(_most(cv2.absdiff(found, self._field)), self._window)
        error -= self._floor
        np.maximum(error, 0, out=error)
        error *= error
        error *= self._scale
        return cv2.exp(error)


class MissingLines:
    """Collects what is known of the missing lines of one picture.

    Args:
        guess: the picture with the first guess at them.
    """

    def __init__(self, guess: FieldPicture) -> None:
        self._guess = guess
        self._own, self._theirs = slice(guess.parity, None, 2), slice(1 - guess.parity, None, 2)
        self._count: int = guess.y[self._theirs].shape[0]
        self._true: Plane = np.ascontiguousarray(guess.y[self._own])
        self._fit = _Fit(self._true, WINDOW)
        self._y = _Mean(guess.y[self._theirs])
        if guess.c is not None:
            self._c = _Mean(guess.c[self._theirs])
            self._true_c: Plane = np.ascontiguousarray(guess.c[self._own])
            self._fit_c = _Fit(self._true_c, WINDOW_CHROMA)

    def add(self, source: FieldPicture, flow: Flow, share: float) -> None:
        """What a neighbour has at the end of flow.

        Args:
            source: its picture.
            flow: from this picture to it.
            share: weight of a perfect fetch.
        """
        found = fetched(source.y, flow)
        gain = gain_between(self._guess.y, found)
        found = lit_like(found, gain)
        fit = _as_high(self._fit.of(found[self._own]), self._count)
        fit *= np.float32(share)
        self._y.add(found[self._theirs], _weight(trueness(flow, source.parity, self._theirs), fit))
        if source.c is not None:
            self._add_chroma(source.c, source.parity, flow, fit, gain)

    def _add_chroma(self, theirs: Plane, parity: int, flow: Flow, fit: Plane, gain: Plane | None) -> None:
        height, width = theirs.shape[:2]
        small = scaled(flow, (height, width))
        found = fetched(theirs - NEUTRAL, small)
        if gain is not None:
            found *= cv2.resize(gain, (width, height))[..., None]
        found += NEUTRAL
        # coloured light changes hue without luma: chroma needs evidence of its own
        own = self._fit_c.of(found[self._own])
        true = trueness(small, parity, self._theirs)
        fit = cv2.resize(fit, (width, true.shape[0]), interpolation=cv2.INTER_AREA)
        fit *= _as_high(own, true.shape[0])
        self._c.add(found[self._theirs], _weight(true, fit))

    def add_still(self, before: FieldPicture, after: FieldPicture, further: list[FieldPicture]) -> None:
        """The lines as the two fields around have them, where those, and fields of the own parity, do not change."""
        half = np.float32(0.5)
        change = cv2.absdiff(before.y[self._theirs], after.y[self._theirs])
        for picture in further:
            change = np.maximum(change, _as_high(cv2.absdiff(picture.y[self._own], self._true), self._count))
        weight = _stillness(change)
        self._y.add((before.y[self._theirs] + after.y[self._theirs]) * half, weight)
        if before.c is None or after.c is None:
            return
        change = _most(cv2.absdiff(before.c[self._theirs], after.c[self._theirs]))
        for picture in further:
            if picture.c is not None:
                moved = _most(cv2.absdiff(np.ascontiguousarray(picture.c[self._own]), self._true_c))
                change = np.maximum(change, _as_high(moved, len(change)))
        small = cv2.resize(weight, (change.shape[1], change.shape[0]), interpolation=cv2.INTER_AREA)
        both = (before.c[self._theirs] + after.c[self._theirs]) * half
        self._c.add(both, np.minimum(small, _stillness(change)))

    def picture(self) -> FieldPicture:
        """The means in their places, the true lines as they were."""
        y = self._guess.y.copy()
        y[self._theirs] = self._y.mean()
        if self._guess.c is None:
            return FieldPicture(y, None, self._guess.parity)
        c = self._guess.c.copy()
        c[self._theirs] = self._c.mean()
        return FieldPicture(y, c, self._guess.parity)


def _stillness(change: Plane) -> Plane:
    change = cv2.dilate(cv2.blur(change, (3, 3)), np.ones((3, 3), np.uint8))
    change *= change
    return cv2.exp(change * np.float32(-0.5 / STILL_CODES**2)) * np.float32(STILL)


def _most(plane: Plane) -> Plane:
    """(h, w): luma as it is, of Cb and Cr the larger."""
    return plane if plane.ndim == 2 else cv2.max(plane[..., 0], plane[..., 1])


def _weight(true: Plane, fit: Plane) -> Plane:
    true += np.float32(UNTRUE)
    true *= fit
    return true


def _as_high(lines: Plane, count: int) -> Plane:
    """As many lines as there are missing: a picture of odd height has one more of one parity than of the other."""
    if len(lines) == count:
        return lines
    return lines[:count] if len(lines) > count else np.vstack([lines, lines[-1:]])
