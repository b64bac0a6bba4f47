"""The quantiser that a stream tells is read exactly, changes no sample, and fails on no codec."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from encore.media.decode import Deck, Raw, decoded, raw
from encore.media.process import run


def tape(folder: Path, codec: Sequence[str], name: str = "tape.mkv") -> Path:
    path = folder / name
    source = ["-f", "lavfi", "-i", "testsrc2=size=160x96:rate=25:duration=0.4,noise=alls=12:all_seed=3"]
    run("making a tape", [*source, "-pix_fmt", "yuv420p", *codec, "-threads", "1", str(path)])
    return path


def frames(path: Path, *, quantisers: bool) -> list[Raw]:
    return [raw(frame) for _, frame in decoded(path, 0, quantisers=quantisers)]


@pytest.mark.parametrize(
    ("codec", "quantiser", "told"),
    [("mpeg2video", 4, 8), ("mpeg2video", 31, 62), ("mpeg1video", 5, 10), ("mpeg4", 7, 14)],
)
def test_fixed_quantisers_are_read_exactly(tmp_path: Path, codec: str, quantiser: int, told: float) -> None:
    path = tape(tmp_path, ["-c:v", codec, "-qscale:v", str(quantiser)])
    found = [frame.quantiser for frame in frames(path, quantisers=True)]
    assert len(found) == 10
    assert found[:9] == [told] * 9
    assert found[9] in (told, None)  # MPEG-1/2: the decoder does not tell it of the last one


def test_h264_tells_its_qp(tmp_path: Path) -> None:
    path = tape(tmp_path, ["-c:v", "libx264", "-qp", "30", "-x264-params", "ipratio=1:pbratio=1:aq-mode=0"])
    found = [frame.quantiser for frame in frames(path, quantisers=True)]
    assert found == [30.0] * 10


@pytest.mark.parametrize("codec", [["-c:v", "mpeg2video", "-qscale:v", "9"], ["-c:v", "libx264"]])
def test_asking_changes_no_sample(tmp_path: Path, codec: list[str]) -> None:
    path = tape(tmp_path, codec)
    for one, other in zip(frames(path, quantisers=False), frames(path, quantisers=True), strict=True):
        assert one.quantiser is None
        assert all(np.array_equal(a, b) for a, b in zip(one.planes, other.planes, strict=True))


@pytest.mark.parametrize("codec", [["-c:v", "ffv1"], ["-c:v", "mjpeg"], ["-c:v", "libx265", "-preset", "ultrafast"]])
def test_other_codecs_tell_nothing_and_do_not_fail(tmp_path: Path, codec: list[str]) -> None:
    assert {frame.quantiser for frame in frames(tape(tmp_path, codec), quantisers=True)} == {None}


def test_a_deck_tells_when_asked(tmp_path: Path) -> None:
    path = tape(tmp_path, ["-c:v", "mpeg2video", "-qscale:v", "6"])
    pts = [stamp.pts for stamp, _ in decoded(path, 0)]
    for wanted, told in ((True, 12.0), (False, None)):
        deck = Deck(path, 0, pts, quantisers=wanted)
        assert raw(deck.frame(3)).quantiser == told
        deck.close()
