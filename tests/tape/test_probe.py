"""What is no tape is refused before any work, in words that help."""

from __future__ import annotations

from pathlib import Path

import pytest

from encore.core.errors import InputError
from encore.tape.probe import probe
from tests.films import lavfi


def test_a_tape(tiny_tape: Path) -> None:
    assert probe(tiny_tape).video.height == 480


def test_missing_folder_empty(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        probe(tmp_path / "none.mpg")
    with pytest.raises(InputError, match="is a folder"):
        probe(tmp_path)
    (tmp_path / "empty.mpg").touch()
    with pytest.raises(InputError, match="is empty"):
        probe(tmp_path / "empty.mpg")


@pytest.mark.parametrize(
    ("size", "problem"),
    [("16x16", "too small"), ("62x480", "too small"), ("3840x2160", "more than"), ("1300x1200", "more than"),
     ("2000x400", "more than")],
)  # fmt: skip
def test_size(tmp_path: Path, size: str, problem: str) -> None:
    picture = f"color=gray:size={size}:rate=25"
    path = lavfi(tmp_path / "tape.mkv", "-c:v", "ffv1", picture=picture, frames=1)
    with pytest.raises(InputError, match=problem):
        probe(path)


@pytest.mark.parametrize("size", ["64x48", "1920x1080", "355x243", "720x480"])
def test_sizes_that_are_fine(tmp_path: Path, size: str) -> None:
    probe(lavfi(tmp_path / "tape.mkv", "-c:v", "ffv1", picture=f"color=gray:size={size}:rate=25", frames=1))


def test_sound_only(tmp_path: Path) -> None:
    path = lavfi(tmp_path / "sound.mka", "-c:a", "flac", picture="sine=duration=0.2", frames=5)
    with pytest.raises(InputError, match="no moving picture"):
        probe(path)


def test_every_refusal_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "words.mpg").write_text("words\n" * 100)
    for path in (tmp_path, tmp_path / "none", tmp_path / "words.mpg"):
        with pytest.raises(InputError) as caught:
            probe(path)
        assert caught.value.todo and str(path) in str(caught.value) and "\n" not in str(caught.value)
