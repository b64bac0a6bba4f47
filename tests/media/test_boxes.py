"""Boxes are read as they were written, and a file that is cut off is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from encore.core.errors import InputError
from encore.media.boxes import Box, box, boxes, file_boxes, fragment_of, full_box, number, sample_entry
from encore.media.segments import Sample, media_segment
from tests.films import lavfi


def test_boxes_nest() -> None:
    inner = full_box(b"tfdt", 1, 0, number(1001, 8))
    data = box(b"moof", box(b"traf", inner)) + box(b"mdat", b"xyz")
    moof, mdat = boxes(data)
    assert mdat == Box(b"mdat", b"xyz") and moof.packed() + mdat.packed() == data
    found = moof.find(b"traf", b"tfdt")
    assert found is not None and found.packed() == inner
    assert moof.find(b"traf", b"trun") is None and mdat.find(b"traf") is None


def test_large_sizes_and_the_rest_of_a_file() -> None:
    large = number(1) + b"free" + number(20, 8) + b"data"
    assert list(boxes(large)) == [Box(b"free", b"data")]
    assert list(boxes(number(0) + b"free" + b"all that is left")) == [Box(b"free", b"all that is left")]


@pytest.mark.parametrize("broken", [number(100) + b"moov" + b"short", number(4) + b"moov"])
def test_cut_off(broken: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cut off"):
        list(boxes(broken))
    path = tmp_path / "broken.mp4"
    path.write_bytes(broken)
    with pytest.raises(InputError, match="cut off"):
        list(file_boxes(path))


def test_a_real_file(tmp_path: Path) -> None:
    path = lavfi(tmp_path / "a.mp4", "-c:v", "libx264", frames=2)
    assert [b.kind for b in file_boxes(path)] == [b"ftyp", b"free", b"mdat", b"moov"]
    entry = sample_entry(path)
    assert entry.kind == b"avc1" and {child.kind for child in entry.children()} >= {b"avcC", b"btrt"}
    path.write_bytes(box(b"moov"))
    with pytest.raises(InputError, match="describes no samples"):
        sample_entry(path)


def test_fragments() -> None:
    samples = [
        Sample(b"one", 1001, 1001, True),
        Sample(b"three", 1001, 2002, False),
        Sample(b"two", 1001, -1001, False),
    ]
    found = fragment_of(media_segment(7, 1 << 40, samples))
    assert (found.start, found.durations, found.sizes) == (1 << 40, (1001,) * 3, (3, 5, 3))
    assert (found.offsets, found.keys) == ((1001, 2002, -1001), (True, False, False))
    with pytest.raises(InputError, match="describes no samples"):
        fragment_of(box(b"moof"))
    short = box(b"moof", box(b"traf", full_box(b"tfdt", 0, 0, number(0)), full_box(b"trun", 0, 0, number(1))))
    with pytest.raises(InputError, match="undescribed"):
        fragment_of(short)
