"""A damaged interlaced tape through reader and chain: what was lost comes back, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from encore.core.findings import Scan, Shot
from encore.core.time import Span
from encore.core.video import Clip, stack
from encore.media.decode import decoded
from encore.restoration import Rebuild, Runtime
from encore.restoration.chain import restored
from encore.tape.probe import probe
from encore.tape.reader import Reader, Take, picture_starts
from encore.tape.timeline import make_clock
from tests.films import recorded
from tests.motion.scenes import pan

FRAMES = 14
WHOLE = Span(start=0, stop=2 * FRAMES)
SHOT = Shot(span=WHOLE, scan=Scan(mode="interlaced", confidence=1))
TRUTH = pan((1.6, 0.4), 2 * FRAMES, grain=2.5)
TAKE = Take(method="compensated", order="tff", span=WHOLE, starts=picture_starts("compensated", WHOLE, 0))


def frame(first: int, second: int) -> tuple[np.ndarray, ...]:
    """Two fields of the truth, woven; chroma is half of what luma is above grey."""
    woven = TRUTH[first].copy()
    woven[1::2] = TRUTH[second][1::2]
    small = woven[0::2, 0::2] / 2 + 64
    return tuple(np.rint(plane).astype(np.uint8) for plane in (woven, small, 255 - small))


def good() -> list[tuple[np.ndarray, ...]]:
    return [frame(2 * n, 2 * n + 1) for n in range(FRAMES)]


@pytest.fixture
def play(tmp_path: Path) -> Iterator[object]:
    readers: list[Reader] = []

    def played(frames: list[tuple[np.ndarray, ...]], take: Take, *stages: Rebuild) -> Clip:
        source = probe(recorded(tmp_path / f"{len(readers)}.mkv", frames))
        stamps = [stamp for stamp, _ in decoded(source.path, source.video.index)]
        clock = make_clock(stamps, source.video.time_base, source.video.rate)
        reader = Reader(source, clock, sample_aspect=Fraction(1))
        readers.append(reader)
        read = lambda span: reader.read(take, span, follow=True)  # noqa: E731
        return stack(list(restored(list(stages), SHOT, take.pictures, take.pictures, read, Runtime())))

    yield played
    for reader in readers:
        reader.close()


def psnr(clip: Clip, at: int, box: tuple[slice, slice] = (slice(10, -10), slice(10, -10))) -> float:
    off = (clip.y[at] * 219 + 16 - TRUTH[at])[box]
    return float(10 * np.log10(255**2 / np.mean(off**2)))


def test_a_repeated_frame_is_made_anew(play) -> None:
    frames = good()
    frames[7] = frames[6]
    told = replace(TAKE, lost=frozenset({14, 15}))
    as_it_is, rebuilt = play(frames, TAKE), play(frames, told, Rebuild())
    for tick in (14, 15):
        assert psnr(rebuilt, tick) > psnr(as_it_is, tick) + 3
        assert psnr(rebuilt, tick) > 30
    whole = play(good(), TAKE)
    for tick in (12, 13, 16, 17):  # they have fewer neighbours now, and those they have are true
        assert psnr(rebuilt, tick) > 48
    for tick in (2, 26):
        assert np.array_equal(rebuilt.y[tick], whole.y[tick])


def test_a_dropped_frame_and_its_repeat_go_back_to_their_times(play) -> None:
    """Frame 5 is missing, the ones after it came a frame early, and the last of them was shown twice."""
    frames = good()
    damaged = [*frames[:5], *frames[6:9], frames[8], *frames[9:]]
    told = replace(TAKE, lost=frozenset({10, 11}), moved={6: 5, 7: 6, 8: 7})
    rebuilt = play(damaged, told, Rebuild())
    whole = play(frames, TAKE)
    assert min(psnr(rebuilt, tick) for tick in (10, 11)) > 29
    assert np.abs(rebuilt.y[16] - whole.y[16])[16::2].max() * 219 < 0.01  # true lines, a frame away from the hole
    assert np.array_equal(rebuilt.y[24:], whole.y[24:])


def test_dropouts_are_filled(play) -> None:
    frames = good()
    place = (40, 60, 100, 61)  # one line of the top field of frame 6
    luma = frames[6][0].copy()
    luma[60, 40:100] = 235
    frames[6] = (luma, *frames[6][1:])
    told = replace(TAKE, torn={6: (place,)})
    box = slice(58, 63), slice(38, 102)
    as_it_is, rebuilt = play(frames, TAKE), play(frames, told, Rebuild())
    assert psnr(as_it_is, 12, box) < 20
    assert psnr(rebuilt, 12, box) > 27
    whole = play(good(), TAKE)
    assert np.abs(rebuilt.y[12] - whole.y[12])[:40].max() * 219 < 2
    assert np.array_equal(rebuilt.y[12][0:46:2], whole.y[12][0:46:2])  # the tape's own lines
