"""The one way to read pictures: right fields, right order, the same in pieces as in one go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from encore.core.findings import SeenFace
from encore.core.source import Source
from encore.core.time import Span
from encore.core.video import BT709
from encore.media.colour import working_planes
from encore.media.decode import decoded, raw
from encore.media.inspect import inspect
from encore.tape.deinterlace import bob
from encore.tape.reader import Reader, Take, picture_starts
from encore.tape.timeline import make_clock
from tests.films import lavfi

WHOLE = Span(start=0, stop=16)
GROUPS = np.array([0, 2, 5, 7, 10, 12, 15])


class Reel:
    """A tape of 8 frames with a reader on it, and its frames as they are."""

    def __init__(self, source: Source) -> None:
        stamps, frames = zip(*((s, raw(f)) for s, f in decoded(source.path, source.video.index)), strict=True)
        self.frames = list(frames)
        clock = make_clock(list(stamps), source.video.time_base, source.video.rate)
        self.reader = Reader(source, clock, sample_aspect=Fraction(8, 9))
        self.colour = source.video.colour

    def luma(self, picture: object) -> np.ndarray:
        return working_planes(picture, self.colour)[0]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """Its colours are taken for BT.709, so that luma stays what it is and can be compared."""
    path = tmp_path_factory.mktemp("reel") / "reel.mkv"
    picture = "testsrc2=size=176x144:rate=30000/1001,noise=alls=40:allf=t"
    made = inspect(lavfi(path, "-c:v", "ffv1", "-pix_fmt", "yuv420p", picture=picture, frames=8))
    return made.model_copy(update={"video": made.video.model_copy(update={"colour": BT709})})


@pytest.fixture
def reel(source: Source) -> Iterator[Reel]:
    made = Reel(source)
    yield made
    made.reader.close()


def take(method: str, span: Span = WHOLE, offset: int = 0, order: str = "tff") -> Take:
    starts = np.array([s for s in GROUPS if span.start <= s < span.stop]) if method == "film" else None
    found = starts if starts is not None else picture_starts(method, span, offset)
    return Take(method=method, order=order, span=span, starts=found)  # type: ignore[arg-type]


def test_a_tape_frame_is_as_on_the_tape(reel: Reel) -> None:
    for number in (3, 0, 7):
        found = reel.reader.frame(number)
        assert all(np.array_equal(a, b) for a, b in zip(found.planes, reel.frames[number].planes, strict=True))


@pytest.mark.parametrize("method", ["compensated", "bwdif", "weave", "film"])
@pytest.mark.parametrize("span", [WHOLE, Span(start=3, stop=13), Span(start=5, stop=6)])
def test_pieces_are_the_whole(reel: Reel, method: str, span: Span) -> None:
    taken = take(method, span)
    if not len(taken.starts):
        taken = Take(method="film", order="tff", span=span, starts=np.array([span.start]))
    if taken.starts[0] != span.start:
        taken = Take(method=taken.method, order="tff", span=span, starts=np.insert(taken.starts, 0, span.start))
    whole = reel.reader.read(taken, taken.pictures)
    assert len(whole) == len(taken.starts)
    assert whole.at == tuple(range(len(taken.starts)))
    for piece in taken.pictures.pieces(2):
        part = reel.reader.read(taken, piece)
        assert part.at == tuple(range(piece.start, piece.stop))
        for name in ("y", "cb", "cr"):
            assert np.array_equal(getattr(part, name), getattr(whole, name)[piece.start : piece.stop])


def test_shots_that_dissolve_are_read_as_one(reel: Reel) -> None:
    whole = reel.reader.read(take("bwdif"), Span(start=0, stop=16))
    for span in (Span(start=0, stop=8), Span(start=8, stop=16)):
        taken = replace(take("bwdif", span), context=WHOLE)
        part = reel.reader.read(taken, taken.pictures)
        assert np.array_equal(part.y, whole.y[span.start : span.stop])
        alone = reel.reader.read(take("bwdif", span), taken.pictures)
        assert not np.array_equal(alone.y, part.y)


@pytest.mark.parametrize("method", ["compensated", "bwdif"])
@pytest.mark.parametrize("order", ["tff", "bff"])
def test_every_field_gets_its_picture(reel: Reel, method: str, order: str) -> None:
    taken = take(method, order=order)
    clip = reel.reader.read(taken, taken.pictures)
    for tick in range(16):
        parity = tick % 2 if order == "tff" else 1 - tick % 2
        assert clip.parity[tick] == parity
        assert np.array_equal(clip.y[tick][parity::2], reel.luma(reel.frames[tick // 2])[parity::2])


def test_weave_of_whole_frames(reel: Reel) -> None:
    taken = take("weave")
    clip = reel.reader.read(taken, taken.pictures)
    assert [taken.ticks(p) for p in range(3)] == [Span(start=2 * p, stop=2 * p + 2) for p in range(3)]
    assert all(np.array_equal(clip.y[n], reel.luma(reel.frames[n])) for n in range(8))


def test_weave_with_offset_pairs_across_frames(reel: Reel) -> None:
    taken = take("weave", offset=1)
    clip = reel.reader.read(taken, taken.pictures)
    assert taken.starts.tolist() == [0, 1, 3, 5, 7, 9, 11, 13, 15]
    for number in range(1, 8):
        second = reel.luma(reel.frames[number - 1])  # ticks 2n - 1 and 2n
        first = reel.luma(reel.frames[number])
        assert np.array_equal(clip.y[number][0::2], first[0::2])
        assert np.array_equal(clip.y[number][1::2], second[1::2])
    assert np.array_equal(clip.y[0], reel.luma(bob(reel.frames[0], 0)))
    assert np.array_equal(clip.y[8], reel.luma(bob(reel.frames[7], 1)))


def test_a_cut_inside_a_frame_uses_only_its_own_field(reel: Reel) -> None:
    taken = take("weave", Span(start=3, stop=9))
    clip = reel.reader.read(taken, taken.pictures)
    assert [taken.ticks(p) for p in range(len(clip))] == [
        Span(start=a, stop=b) for a, b in ((3, 4), (4, 6), (6, 8), (8, 9))
    ]
    assert np.array_equal(clip.y[0], reel.luma(bob(reel.frames[1], 1)))
    assert np.array_equal(clip.y[1], reel.luma(reel.frames[2]))
    assert np.array_equal(clip.y[3], reel.luma(bob(reel.frames[4], 0)))


def test_film_groups_take_their_first_fields(reel: Reel) -> None:
    """The earliest field of each parity: a third field is a repetition."""
    taken = take("film")
    clip = reel.reader.read(taken, taken.pictures)
    assert [len(taken.ticks(p)) for p in range(len(clip))] == [2, 3, 2, 3, 2, 3, 1]
    for picture, (top, bottom) in enumerate([(0, 0), (1, 1), (3, 2), (4, 3), (5, 5), (6, 6)]):
        assert np.array_equal(clip.y[picture][0::2], reel.luma(reel.frames[top])[0::2])
        assert np.array_equal(clip.y[picture][1::2], reel.luma(reel.frames[bottom])[1::2])


def test_format(reel: Reel) -> None:
    taken = take("bwdif")
    clip = reel.reader.read(taken, Span(start=0, stop=1))
    assert clip.format == reel.reader.format
    assert (clip.format.chroma, clip.format.sample, clip.format.sample_aspect) == ("420", "f32", Fraction(8, 9))
    assert {clip.y.dtype, clip.cb.dtype, clip.cr.dtype} == {np.dtype(np.float32)}
    assert clip.y.shape == (1, 144, 176)
    assert clip.cb.shape == clip.cr.shape == (1, 72, 88)


@pytest.mark.parametrize("method", ["compensated", "weave"])
def test_motion_is_the_same_in_pieces(reel: Reel, method: str) -> None:
    taken = take(method, Span(start=2, stop=14))
    whole = reel.reader.read(taken, taken.pictures, follow=True).motion
    assert whole is not None
    assert whole.onward[-1] is None and whole.back[0] is None
    for piece in taken.pictures.pieces(3):
        part = reel.reader.read(taken, piece, follow=True).motion
        assert part is not None
        for ours, theirs in ((part.onward, whole.onward), (part.back, whole.back)):
            for n, flow in enumerate(ours, piece.start):
                there = theirs[n]
                assert (flow is None) == (there is None)
                assert flow is None or there is None or np.array_equal(flow, there)


@pytest.mark.parametrize("method", ["compensated", "bwdif", "weave"])
def test_faces_come_with_their_pictures(reel: Reel, method: str) -> None:
    one = SeenFace(6, 0, 10, 10, 30, 30, ((15.0, 15.0),) * 5, 0.9)
    taken = replace(take(method), faces={3: (one,)})
    clip = reel.reader.read(taken, Span(start=2, stop=5))
    assert clip.faces == ((), (one,), ()) and reel.reader.read(take(method), Span(start=2, stop=5)).faces == ()


@pytest.mark.parametrize("method", ["compensated", "bwdif", "weave"])
def test_what_is_lost_is_said(reel: Reel, method: str) -> None:
    taken = replace(take(method), lost=frozenset({4, 5, 6}), torn={6: ((10, 20, 60, 21),)})
    clip = reel.reader.read(taken, taken.pictures, follow=True)
    per = 2 if method == "weave" else 1
    assert [n for n, lost in enumerate(clip.lost) if lost] == ([2, 3] if per == 2 else [4, 5, 6])
    assert [n for n, torn in enumerate(clip.torn) if torn] == ([6] if per == 2 else [12])
    assert clip.motion is not None
    first = 4 // per
    assert (
        clip.motion.onward[first] is None and clip.motion.back[first] is None and clip.motion.onward[first - 1] is None
    )


@pytest.mark.parametrize(
    ("method", "offset", "span", "starts"),
    [
        ("bwdif", 0, Span(start=3, stop=6), [3, 4, 5]),
        ("weave", 0, Span(start=0, stop=6), [0, 2, 4]),
        ("weave", 0, Span(start=1, stop=6), [1, 2, 4]),
        ("weave", 0, Span(start=0, stop=5), [0, 2, 4]),
        ("weave", 1, Span(start=0, stop=6), [0, 1, 3, 5]),
        ("weave", 1, Span(start=1, stop=6), [1, 3, 5]),
        ("weave", 1, Span(start=2, stop=3), [2]),
    ],
)
def test_picture_starts(method: str, offset: int, span: Span, starts: list[int]) -> None:
    assert picture_starts(method, span, offset).tolist() == starts


@pytest.mark.parametrize("step", [Fraction(1), Fraction(2), Fraction(5, 2), Fraction(1, 2), Fraction(7, 3)])
@pytest.mark.parametrize("starts", [[4, 6, 9, 11], [4], [4, 5], list(range(4, 14))])
def test_frames_show_the_picture_with_the_nearest_middle(step: Fraction, starts: list[int]) -> None:
    taken = Take(method="film", order="tff", span=Span(start=4, stop=14), starts=np.array(starts))
    edges = [*starts, 14]
    middles = [Fraction(a + b, 2) for a, b in pairwise(edges)]
    frames = Span(start=0, stop=int(12 / step))
    shown = taken.shown(frames, 3, step)
    for frame, picture in enumerate(shown):
        at = 3 + (frame + Fraction(1, 2)) * step
        assert picture == min(range(len(middles)), key=lambda p: (abs(middles[p] - at), p))
    assert list(shown) == sorted(shown)
