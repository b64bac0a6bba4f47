"""Keep: does what comes out, put back through the tape's own geometry, agree with what went in?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from encore.core.answers import Composite, Noise
from encore.core.findings import Shot
from encore.core.time import Span
from encore.core.video import CHROMA_CODES, LUMA_CODES, Clip, Patch, Plane
from encore.media.colour import to_bt709
from encore.motion.light import BLACK
from encore.restoration.noisemap import sigma_of
from encore.restoration.stage import Filter, Runtime, Stage
from encore.restoration.structure import MOST, SURE, Noisy, structure

SIDE = 32
"""Samples and lines of a picture's blocks of luma in which it has to agree."""
LEAST_SIGMA = 1.0
"""Codes: the least that sigma is taken to be. Rounding alone is 0.3, clean shots measured 0.3 to 0.5, after MPEG-2
up to 1."""
LEAK = 0.15
"""Sigmas of a right residual that lie along the picture's own fine detail, because what is left of the noise is in that
detail: medians of blocks were 0.08 to 0.24 on 59.94p truth denoised by `encore.restoration.denoise`."""
LEVEL = (9, 5)
"""Samples and lines of a field whose mean is the brightness that sigma goes by."""
DETAILED = 1.0
"""Sigmas of fine detail in a block from which it is texture and not what is left of noise; twice of it is certain."""
DETAIL = (5, 3)
"""Samples and lines about a place from whose mean fine detail differs."""
TOUCHED = 0.2
"""Sigmas of root mean square given back to a block from which it counts as blended."""


class Keep(Stage):
    """Gives back what a denoiser took off that is not noise: see `kept`.

    Source: own; thresholds are those of Gaussian noise.
    Cost: 8 core-ms for a picture of 720x480.
    """

    kind: Literal["keep"] = "keep"

    def open(self, runtime: Runtime) -> Filter:
        """Nothing to load; counts `blocks` and those `blended` in the runtime's tally."""
        tally = runtime.tally

        def keep(clip: Clip, shot: Shot, wanted: Span, /) -> Clip:
            clip = clip.cut(wanted)
            if clip.grain is None or shot.noise is None:
                return clip
            made, agreement = kept(clip, shot.noise, shot.composite)
            tally.add("keep", blocks=agreement.blocks, blended=agreement.blended)
            return made

        return keep


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far pictures agree with the tape, after what did not was blended back."""

    blocks: int
    """Of 32x32 samples of luma, in all pictures."""
    blended: int
    """Of them, those in which something was given back."""
    worst: float
    """Largest root mean square of what stays off in a block of luma, in sigmas."""


def kept(clip: Clip, noise: Noise, composite: Composite | None = None) -> tuple[Clip, Agreement]:
    """Pictures and their grain, with what is no noise moved from the grain back into the picture.

    On true lines `y + grain` is what went in, and stays so. No block of 32x32 samples keeps a residual of more than
    1.2 sigma; where a residual has lines, a mean or the picture's own texture in it, it is given back too, with soft
    edges. Made lines get what their neighbours get. What was lost or torn is left alone.

    Args:
        clip: denoised, with grain.
        noise: of the shot.
        composite: its dot crawl and rainbow, which a denoiser may take off as well.
    """
    if clip.grain is None:
        return clip, Agreement(blocks=0, blended=0, worst=0.0)
    sigma = sigma_of(noise, composite, 1.0)
    planes, grain = [clip.y, clip.cb, clip.cr], list(clip.grain)
    found: list[Agreement] = []
    copied: set[int] = set()
    for at in range(len(clip)):
        if clip.lost and clip.lost[at]:
            continue
        parity = clip.parity[at] if clip.parity else None
        true = slice(parity or 0, None, 1 if parity is None else 2)
        # lines of a whole picture are half as far apart as those of the fields that were measured
        below = max(noise.correlation_down, 0.0) ** (0.5 if parity is None else 1.0)
        noisy = Noisy(noise.correlation_across, below)
        luma: Plane = planes[0][at, true] * np.float32(LUMA_CODES) + np.float32(BLACK)
        level = cv2.convertScaleAbs(cv2.blur(luma, LEVEL))
        sigmas = np.asarray(cv2.LUT(level, sigma.luma), np.float32), np.full((1, 1), sigma.chroma, np.float32)
        clear = _clear(clip, at) if clip.torn and clip.torn[at] else None
        for number in range(3):
            lines = _Lines(planes[number][at, true], grain[number][at, true], sigmas[min(number, 1)], number > 0)
            there = None if clear is None else _sized(clear, planes[number][at].shape)[true]
            back, agreement = lines.judged(noisy, blocks_of(clip.y.shape[1], clip.y.shape[2]), there)
            found.append(agreement)
            if back is not None:
                if number not in copied:
                    planes[number], grain[number] = planes[number].copy(), grain[number].copy()
                    copied.add(number)
                _give_back(planes[number][at], grain[number][at], back, parity)
    made = replace(clip, y=planes[0], cb=planes[1], cr=planes[2], grain=(grain[0], grain[1], grain[2]))
    blocks, blended = sum(one.blocks for one in found), sum(one.blended for one in found)
    return made, Agreement(blocks, blended, max((one.worst for one in found), default=0.0))


def blocks_of(height: int, width: int) -> tuple[int, int]:
    """(down, across): the blocks of a picture, equally large and of at most 32x32 samples."""
    return -(-height // SIDE), -(-width // SIDE)


def back_projection(film: Clip, given: Clip, sigma: float, crop: Patch | None = None) -> Plane:
    """How far a film is from the tape in every block, in sigmas: root mean square over the tape's own lines of luma.

    The film is reduced to the tape's size by Lanczos of three lobes, which takes an undistorted enlargement back.

    Args:
        film: 16-bit studio codes of BT.709.
        given: the same pictures as they were read.
        sigma: of the noise, 8-bit codes.
        crop: (left, top, right, bottom) of the tape's picture that became the film's.

    Returns:
        (T, down, across).
    """
    left, top, right, bottom = crop or (0, 0, given.format.width, given.format.height)
    down, across = _reducer(film.format.height, bottom - top), _reducer(film.format.width, right - left)
    found: list[Plane] = []
    for n, film_y in enumerate(film.y):
        small = down @ film_y.astype(np.float32) @ across.T * np.float32(1 / 256)
        tape = to_bt709((given.y[n], given.cb[n], given.cr[n]), given.format.colour)[0][top:bottom, left:right]
        missed = small - (tape * np.float32(LUMA_CODES) + np.float32(BLACK))
        parity = given.parity[n] if given.parity else None
        true = missed if parity is None else missed[(parity - top) % 2 :: 2]
        found.append(_rms(true * np.float32(1 / max(sigma, LEAST_SIGMA)), blocks_of(bottom - top, right - left)))
    return np.stack(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Lines of a plane that are the tape's, what was taken off them, and how strong their noise is."""

    plane: Plane
    taken: Plane
    sigma: Plane
    """Codes; of every sample, or one for all of them."""
    colour: bool

    def judged(self, noisy: Noisy, blocks: tuple[int, int], there: Plane | None) -> tuple[Plane | None, Agreement]:
        """What is no noise and goes back, None: nothing; blocks are counted for luma.

        Args:
            noisy: what noise is like.
            blocks: down, across.
            there: 1 where the tape gave something, 0 where it did not; None: everywhere.
        """
        sigma = np.maximum(self.sigma, np.float32(LEAST_SIGMA))
        sigma *= np.float32(1 / (CHROMA_CODES if self.colour else LUMA_CODES))
        residual: Plane = self.taken / sigma
        if there is not None:
            residual *= there
        detail = None if self.colour else _detail(self.plane) / sigma
        wrong = structure(residual, noisy, lines=not self.colour)
        more = _beyond(residual - wrong, detail, noisy, blocks)
        if more is not None:
            wrong += more
        if there is not None:
            wrong *= there
        back = wrong * sigma if wrong.any() else None
        if self.colour:
            return back, Agreement(blocks=0, blended=0, worst=0.0)
        blended = _rms(wrong, blocks) >= TOUCHED
        return back, Agreement(blended.size, int(blended.sum()), float(_rms(residual - wrong, blocks).max()))


def _give_back(plane: Plane, taken: Plane, back: Plane, parity: int | None) -> None:
    """In place: to a plane's own lines, and to made lines what their neighbours get."""
    if parity is None:
        taken -= back
        plane += back
        return
    taken[parity::2] -= back
    plane[parity::2] += back
    made = plane[1 - parity :: 2]
    padded = np.concatenate([back[:1], back, back[-1:]])
    first = 1 - parity
    made += (padded[first : first + len(made)] + padded[first + 1 : first + 1 + len(made)]) * np.float32(0.5)


def _beyond(left: Plane, detail: Plane | None, noisy: Noisy, blocks: tuple[int, int]) -> Plane | None:
    """What of a residual makes a block as a whole too strong or too like the picture's detail, with soft edges."""
    more = 1 - MOST / np.maximum(_rms(left, blocks), MOST)
    if detail is not None:
        count = noisy.count(left.size // (blocks[0] * blocks[1]))
        strength = np.sqrt(np.maximum(_mean(detail * detail, blocks), 1e-6))
        likeness = np.abs(_mean(left * detail, blocks)) / strength
        allowed = SURE / np.sqrt(max(count, 1.0)) + LEAK
        sure = np.clip(strength / DETAILED - 1, 0, 1)
        more = np.maximum(more, sure * (1 - allowed / np.maximum(likeness, allowed)))
    if not more.any():
        return None
    soft = cv2.dilate(more.astype(np.float32), np.ones((3, 3), np.uint8))
    return left * cv2.resize(soft, (left.shape[1], left.shape[0]), interpolation=cv2.INTER_LINEAR)


def _detail(plane: Plane) -> Plane:
    return plane - cv2.blur(plane, DETAIL)


def _mean(values: Plane, blocks: tuple[int, int]) -> Plane:
    """(down, across) means of blocks as equal as whole samples allow."""
    counts: list[Plane] = []
    for axis, number in enumerate(blocks):
        samples = values.shape[axis]
        edges = np.arange(min(number, samples) + 1) * samples // min(number, samples)
        values = np.add.reduceat(values, edges[:-1], axis)
        counts.append(np.diff(edges))
    return values / np.outer(*counts).astype(np.float32)


def _rms(values: Plane, blocks: tuple[int, int]) -> Plane:
    return np.sqrt(_mean(values * values, blocks))


def _clear(clip: Clip, at: int) -> Plane:
    clear = np.ones(clip.y.shape[1:], np.float32)
    for left, top, right, bottom in clip.torn[at]:
        clear[top:bottom, left:right] = 0
    return clear


def _sized(plane: Plane, shape: tuple[int, ...]) -> Plane:
    if plane.shape == shape:
        return plane
    return np.floor(cv2.resize(plane, (shape[1], shape[0]), interpolation=cv2.INTER_AREA))


def _reducer(large: int, small: int) -> Plane:
    """(small, large) weights of a Lanczos reduction of three lobes."""
    step = large / small
    away = (np.arange(large) + 0.5 - (np.arange(small)[:, None] + 0.5) * step) / max(step, 1.0)
    taps = np.where(np.abs(away) < 3, np.sinc(away) * np.sinc(away / 3), 0)
    return (taps / taps.sum(1, keepdims=True)).astype(np.float32)
