"""From light to tape: R'G'B' to noisy Y'CbCr fields as a recorder of that year stored them, and the sound beside."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from encore.core.video import CHROMA_CODES, CHROMA_STEPS, LUMA_CODES, Chroma
from encore.synthetic.sprites import Picture

SAMPLE_RATE = 48000
"""Hz, as on every digital tape and disc."""
CHROMA_NOISE = 0.7
"""Chroma noise over luma noise; component tape has a little less of it, and fewer samples."""
BT601 = np.array(
    [[0.299, 0.587, 0.114], [-0.299 / 1.772, -0.587 / 1.772, 0.5], [0.5, -0.587 / 1.402, -0.114 / 1.402]], np.float32
)
"""R'G'B' to Y'CbCr (ITU-R BT.601-7, 2.5)."""
BEEP_HZ, BEEP_S, HUSH_S = 1000, 0.1, 0.05
"""The sync beep, and the silence around it that makes its start sharp."""
BEAT_S = 0.5
"""120 beats a minute; the crowd hops to it."""
CHORDS = (
    (110.0, 261.6, 329.6, 440.0),
    (87.3, 261.6, 349.2, 440.0),
    (130.8, 261.6, 329.6, 392.0),
    (98.0, 246.9, 293.7, 392.0),
)
"""A minor, F, C, G: bass and three voices, Hz."""

Planes = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


class Recorder:
    """Turns pictures or single fields into codes.

    Args:
        chroma: chroma format of the tape.
        depth: bits per sample, 8 (uint8) or 10 (uint16).
        noise: standard deviation of luma noise, 8-bit codes.
        top_left: chroma sits on the first of two lines (PAL DV) instead of between them.
        seed: of the noise.
    """

    def __init__(self, chroma: Chroma, depth: int, noise: float, *, top_left: bool, seed: int) -> None:
        self.across, self.down = CHROMA_STEPS[chroma]
        self.depth, self.noise, self.top_left, self.seed = depth, noise, top_left, seed

    def record(self, picture: Picture, parity: int | None, at: int) -> Planes:
        """Codes of one field or one whole picture.

        Args:
            picture: (lines, W, 3) R'G'B' in [0, 1].
            parity: 0 the top field, 1 the bottom field, None a whole picture; decides where chroma lines lie.
            at: number of this field or picture, so that each has noise of its own.

        Returns:
            Y', Cb, Cr at the tape's sampling, studio range.
        """
        luma, blue, red = cv2.split(cv2.transform(picture, BT601))
        random = np.random.default_rng((self.seed, 3, at))
        return (
            self._codes(luma, 16, LUMA_CODES, self.noise, random),
            self._codes(self._fewer(blue, parity), 128, CHROMA_CODES, self.noise * CHROMA_NOISE, random),
            self._codes(self._fewer(red, parity), 128, CHROMA_CODES, self.noise * CHROMA_NOISE, random),
        )

    def _fewer(self, plane: NDArray[Any], parity: int | None) -> NDArray[Any]:
        """Chroma at the tape's sampling: co-sited across, and down where MPEG-2 wants the lines of each field."""
        if self.across > 1:
            taps = np.arange(1 - self.across, self.across)
            kernel = ((self.across - np.abs(taps)) / self.across**2).astype(np.float32)[None]
            plane = cv2.filter2D(plane, -1, kernel, borderType=cv2.BORDER_REPLICATE)[:, :: self.across]
        if self.down == 1:
            return plane
        first, second = plane[0::2], plane[1::2]
        if self.top_left:
            above = np.concatenate([plane[:1], second[:-1]])
            return first * np.float32(0.5) + (above + second) * np.float32(0.25)
        # a chroma line lies a quarter of a field line below the first (top field) or above the second (bottom field)
        share = np.float32({None: 0.5, 0: 0.75, 1: 0.25}[parity])
        return first * share + second * (1 - share)

    def _codes(
        self, plane: NDArray[Any], zero: int, span: float, noise: float, random: np.random.Generator
    ) -> NDArray[Any]:
        codes = plane * np.float32(span) + np.float32(zero)
        if noise > 0:
            codes += random.standard_normal(plane.shape, np.float32) * np.float32(noise)
        scale = 1 << (self.depth - 8)
        kept = np.clip(np.rint(codes * np.float32(scale)), scale, 255 * scale - 1)  # 0 and 255 are sync words in BT.601
        return kept.astype(np.uint8 if self.depth == 8 else np.uint16)


def woven(first: Planes, second: Planes, top_first: bool) -> Planes:
    """Two fields, in the order of time, as one frame."""
    top, bottom = (first, second) if top_first else (second, first)
    frame = [np.empty((2 * a.shape[0], a.shape[1]), a.dtype) for a in top]
    for whole, a, b in zip(frame, top, bottom, strict=True):
        whole[0::2], whole[1::2] = a, b
    return frame[0], frame[1], frame[2]


def write_sound(path: Path, samples: int, marks: tuple[Fraction, ...], seed: int) -> None:
    """A 16-bit stereo WAV of a small band before a crowd, second by second.

    Args:
        path: where to.
        samples: its length at 48 kHz.
        marks: seconds at which a beep starts.
        seed: of cymbals and crowd.
    """
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        for start in range(0, samples, SAMPLE_RATE):
            t = np.arange(start, min(start + SAMPLE_RATE, samples), dtype=np.float64) / SAMPLE_RATE
            block = _band(t, np.random.default_rng((seed, 4, start)))
            for mark in marks:
                since = t - float(mark)
                block[(since >= -HUSH_S) & (since < BEEP_S + HUSH_S)] = 0
                on = (since >= 0) & (since < BEEP_S)
                block[on] = 0.5 * np.sin(2 * np.pi * BEEP_HZ * since[on])[:, None]
            file.writeframes(np.clip(np.rint(block * 32767), -32768, 32767).astype("<i2").tobytes())


def _band(t: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Bass drum, cymbal, bass, organ and crowd, (samples, 2) in [-1, 1]."""
    beat, half = t % BEAT_S, t % (BEAT_S / 2)
    drum = np.sin(2 * np.pi * (48 * beat + 3.2 * (1 - np.exp(-28 * beat)))) * np.exp(-9 * beat)
    cymbal = random.standard_normal(t.size) * np.exp(-38 * half) * 0.07
    notes = np.array(CHORDS)[(t // (4 * BEAT_S)).astype(int) % len(CHORDS)]
    swell = 1 - np.exp(-40 * (t % (4 * BEAT_S)))
    bass = np.tanh(2 * np.sin(2 * np.pi * notes[:, 0] * t)) * np.exp(-3 * half) * 0.16
    organ = sum(np.sin(2 * np.pi * notes[:, i] * t * k) / k for i in (1, 2, 3) for k in (1, 2, 3)) * 0.035 * swell
    sway = 0.3 * np.sin(2 * np.pi * 0.7 * t)
    crowd = random.standard_normal((t.size, 2)) * (0.012 + 0.006 * np.sin(2 * np.pi * 0.4 * t))[:, None]
    middle = 0.42 * drum + bass + cymbal
    return crowd + np.stack([middle + organ * (1 + sway), middle * 0.97 + organ * (1 - sway)], axis=1)
