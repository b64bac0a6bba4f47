"""Scores are of the right frames, in the right colour, without added grain; what cannot be measured is said."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from encore.core.errors import ToolError, VerifyError
from encore.media.framesizes import frame_sizes
from encore.media.process import run
from encore.media.vmaf import MOST_DB, detail_gain, model_of, scored, vmaf_fault
from encore.media.write import TAGS
from tests.encoding.clips import SIZE, drifting, sharpened, written
from tests.films import raws

FRAMES = 9
PLACE = [(64, 48, 128, 112)]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("vmaf") / "clip.y4m", FRAMES)


def avc(path: Path, source: Path, crf: int = 24, *more: str) -> Path:
    codec = ("-c:v", "libx264", "-preset", "veryfast", "-crf", str(crf), "-pix_fmt", "yuv420p10le")
    run("encoding", ("-i", str(source), "-vf", TAGS, *codec, *more, str(path)))
    return path


def test_all_figures_of_every_frame(clip: Path, tmp_path: Path) -> None:
    good, bad = (scored(avc(tmp_path / f"{crf}.mp4", clip, crf), clip, old=True, faces=PLACE)
                 for crf in (16, 38))  # fmt: skip
    assert good.psnr is not None and scored(clip, clip).psnr is None
    for name in ("v1", "v0", "neg", "xpsnr", "psnr"):
        assert len(getattr(good, name)) == FRAMES
        assert getattr(good, name).mean() > getattr(bad, name).mean() + 2
    assert good.at == tuple(range(FRAMES)) and len(good.faces[0]) == FRAMES
    assert abs(good.faces[0].mean() - good.psnr.mean()) < 3 and good.banding is not None
    assert good.v1 is not None and good.v1.mean() > 90  # 30 dB would be lost by colour tags that disagree


def test_a_reference_against_itself(clip: Path) -> None:
    own = scored(clip, clip)
    assert own.v1 is not None and own.v1.mean() > 97 and own.v0 is None
    assert np.all(own.xpsnr == MOST_DB) and detail_gain(clip, clip) == pytest.approx(1)


def test_a_part_of_a_film_and_every_third_frame(clip: Path, tmp_path: Path) -> None:
    film = avc(tmp_path / "film.mp4", clip)
    part = written(tmp_path / "part.y4m", 4, lambda n: drifting(n + 3))
    whole, piece, third = (
        scored(film, clip, faces=PLACE), scored(film, part, first=3, faces=PLACE), scored(film, clip, every=3)
    )  # fmt: skip
    assert np.allclose(piece.xpsnr[1:], whole.xpsnr[4:7], atol=0.6)  # its weights look one picture back
    assert np.allclose(piece.faces[0], whole.faces[0][3:7], atol=0.01)
    assert third.at == (0, 3, 6)
    with pytest.raises(ValueError, match="favour"):
        scored(film, clip, every=4)


def test_a_lost_frame_is_noticed(clip: Path, tmp_path: Path) -> None:
    film = avc(tmp_path / "film.mp4", clip, 24, "-frames:v", str(FRAMES - 1))
    with pytest.raises(VerifyError, match="8 frames of 9"):
        scored(film, clip)


def test_a_corrupted_film_is_noticed(clip: Path, tmp_path: Path) -> None:
    film = avc(tmp_path / "film.mkv", clip, 20)
    data = bytearray(film.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 400] = bytes(400)
    film.write_bytes(data)
    with pytest.raises((ToolError, VerifyError)):
        scored(film, clip)


def test_a_smaller_film_is_judged_at_the_size_of_its_reference(clip: Path, tmp_path: Path) -> None:
    whole = avc(tmp_path / "whole.mp4", clip, 16)
    half = avc(tmp_path / "half.mp4", whole, 16, "-s", "160x120")
    found, other = scored(half, clip), scored(whole, clip)
    assert found.v1 is not None and other.v1 is not None and found.v1.mean() < other.v1.mean() - 5


def test_sharpening_is_seen(clip: Path, tmp_path: Path) -> None:
    trick = written(tmp_path / "trick.y4m", FRAMES, lambda n: sharpened(drifting(n)))
    scores, ratio = scored(trick, clip, old=True), detail_gain(trick, clip, every=1)
    assert scores.v0 is not None and scores.neg is not None
    assert (scores.v0 - scores.neg).mean() > 2.5 and ratio is not None and ratio > 1.3
    honest = detail_gain(avc(tmp_path / "film.mp4", clip), clip, every=1)
    assert honest is not None and honest < 1.02


def test_grain_of_a_decoder_is_not_measured(tmp_path: Path) -> None:
    clip = written(tmp_path / "clip.y4m", 3)
    film = tmp_path / "film.mp4"
    codec = ("-c:v", "libaom-av1", "-cpu-used", "8", "-crf", "20", "-pix_fmt", "yuv420p10le")
    plain = ("-i", str(clip), "-vf", TAGS, *codec)
    run("encoding", (*plain, str(film)))
    grainy = tmp_path / "grainy.mp4"
    run("encoding", (*plain, "-aom-params", "film-grain-test=5", str(grainy)))
    shown, base = raws(grainy)[1].planes[0].astype(float), raws(film)[1].planes[0].astype(float)
    assert (shown - base).std() > 4  # grain is there when it is watched
    same, clean = scored(grainy, clip), scored(film, clip)
    assert np.allclose(same.xpsnr, clean.xpsnr, atol=0.05)


@pytest.mark.parametrize("size", [(321, 241), (216, 216)])
def test_odd_and_small_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    odd = written(tmp_path / "odd.y4m", 3, lambda n: drifting(n, size))
    own = scored(odd, odd)
    assert own.v1 is not None and len(own.v1) == 3


def test_pictures_too_small_for_vmaf_keep_xpsnr(tmp_path: Path) -> None:
    tiny = written(tmp_path / "tiny.y4m", 3, lambda n: drifting(n, (96, 64)))
    own = scored(tiny, tiny)
    assert own.v1 is None and own.banding is None and len(own.xpsnr) == 3


def test_the_model_is_chosen_by_size_and_rate() -> None:
    assert model_of(1080, Fraction(25)) == "vmaf_v1.0.16_3d0h"
    assert model_of(2160, Fraction(60000, 1001)) == "vmaf_v1.0.16_hfr_1d5h_2160"
    assert all(not vmaf_fault(model_of(h, Fraction(r))) for h in (360, 2160) for r in (25, 50))
    assert "vmaf_v9" in vmaf_fault("vmaf_v9") or vmaf_fault("vmaf_v9")


def test_sizes_of_frames(clip: Path, tmp_path: Path) -> None:
    found = frame_sizes(avc(tmp_path / "film.mp4", clip, 24, "-x264-params", "keyint=4:min-keyint=1:scenecut=0"))
    assert len(found.bytes) == FRAMES and found.keys == (0, 4, 8)
    assert SIZE[0] * SIZE[1] > found.bytes[0] > found.bytes[1] > 0
