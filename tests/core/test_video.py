"""Clips are read-only, cut without copying and stacked in order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encore.core.findings import SeenFace
from encore.core.time import Span
from encore.core.video import CHROMA_STEPS, Chroma, Clip, VideoFormat, stack

FORMAT = VideoFormat(width=6, height=4)


def clip(numbers: range, form: VideoFormat = FORMAT) -> Clip:
    shape = (len(numbers), form.height, form.width)
    y = np.broadcast_to(np.array(numbers, np.float32)[:, None, None], shape).copy()
    return Clip(y=y, cb=y / 4, cr=-y / 4, at=tuple(numbers), format=form)


def test_pixels_are_read_only() -> None:
    made = clip(range(2))
    with pytest.raises(ValueError, match="read-only"):
        made.y[0] = 1


def test_cut_shares_pixels() -> None:
    made = clip(range(5, 10))
    part = made.cut(Span(start=1, stop=3))
    assert part.at == (6, 7) and len(part) == 2
    assert np.shares_memory(part.y, made.y)


@given(st.integers(1, 8), st.integers(1, 3))
def test_cut_then_stack_is_identity(count: int, longest: int) -> None:
    made = clip(range(count))
    back = stack([made.cut(piece) for piece in Span(start=0, stop=count).pieces(longest)])
    assert back.at == made.at
    assert all(np.array_equal(getattr(back, n), getattr(made, n)) for n in ("y", "cb", "cr"))


def test_faces_go_with_their_pictures() -> None:
    seen = [SeenFace(n, 0, 0, 0, 1, 1, ((0.0, 0.0),) * 5, 0.9) for n in range(3)]
    made = replace(clip(range(3)), faces=tuple((one,) for one in seen))
    pieces = [made.cut(Span(start=0, stop=1)), made.cut(Span(start=1, stop=3))]
    assert [one.faces for one in pieces] == [((seen[0],),), ((seen[1],), (seen[2],))]
    assert stack(pieces).faces == made.faces
    with pytest.raises(ValueError, match="faces"):
        stack([made, clip(range(3, 5))])


def test_stack_refuses_nothing_and_mixtures() -> None:
    with pytest.raises(ValueError, match="one format"):
        stack([])
    with pytest.raises(ValueError, match="one format"):
        stack([clip(range(1)), clip(range(1), VideoFormat(width=8, height=4))])


@pytest.mark.parametrize("chroma", CHROMA_STEPS)
def test_chroma_size_rounds_up(chroma: Chroma) -> None:
    form = VideoFormat(width=721, height=481, chroma=chroma)
    across, down = CHROMA_STEPS[chroma]
    height, width = form.chroma_size
    assert (height - 1) * down < 481 <= height * down
    assert (width - 1) * across < 721 <= width * across
