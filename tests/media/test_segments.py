"""Segments hold exactly the pictures and the sound they should, at their exact times."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from encore.core.errors import VerifyError
from encore.encoding.codecs import Avc
from encore.media.boxes import boxes, fragment_of
from encore.media.mux import Chunk
from encore.media.segments import Track, delay_of, entry_of, init_segment, picture_segments, sound_segments, sound_track
from encore.media.sound import aac_sound
from encore.media.write import ChunkWriter
from tests.films import NTSC_FIELD, frame_hashes, heard, lavfi, moving

SIZE = (128, 96)
EDGES = (0, 8, 16, 20, 27)


def chunk(path: Path, frames: int, crf: int = 20) -> Chunk:
    codec = Avc(speed="veryfast", crf=crf).arguments(8)
    with ChunkWriter(path, SIZE, NTSC_FIELD, "420", 8, codec) as writer:
        for planes in moving(frames, SIZE):
            writer.write(planes)
        return Chunk(path, frames, writer.close())


@pytest.fixture(scope="module")
def chunks(tmp_path_factory: pytest.TempPathFactory) -> list[Chunk]:
    folder = tmp_path_factory.mktemp("chunks")
    return [chunk(folder / "0.mp4", 20), chunk(folder / "1.mp4", 7)]


def test_pictures_come_out_as_they_went_in(chunks: list[Chunk], tmp_path: Path) -> None:
    track = Track(entry_of([c.path for c in chunks]), NTSC_FIELD.numerator, SIZE, 2 * 1001)
    made = list(picture_segments(chunks, NTSC_FIELD, EDGES))
    assert [fragment_of(segment).start for segment in made] == [1001 * edge for edge in EDGES[:-1]]
    assert all(fragment_of(segment).keys[0] for segment in made)
    assert delay_of(chunks) == 2 and min(offset for segment in made for offset in fragment_of(segment).offsets) >= 0
    path = tmp_path / "all.mp4"
    path.write_bytes(init_segment(track) + b"".join(made))
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        times = [frame.pts for frame in film.decode(stream)]
        assert stream.time_base == Fraction(1, 60000) and (stream.width, stream.height) == SIZE
        assert int(stream.codec_context.color_primaries) == 1
    assert times == [1001 * n for n in range(27)]
    assert frame_hashes(path) == [h for c in chunks for h in frame_hashes(c.path)]


def test_a_segment_alone_is_decodable(chunks: list[Chunk], tmp_path: Path) -> None:
    track = Track(entry_of([c.path for c in chunks]), NTSC_FIELD.numerator, SIZE, 2 * 1001)
    third = list(picture_segments(chunks, NTSC_FIELD, EDGES))[1]
    path = tmp_path / "one.mp4"
    path.write_bytes(init_segment(track) + third)
    assert frame_hashes(path) == frame_hashes(chunks[0].path)[8:16]


@pytest.mark.parametrize("edges", [(0, 9, 27), (0, 8, 26), (0, 8, 28)])
def test_segments_that_do_not_fit(chunks: list[Chunk], edges: tuple[int, ...]) -> None:
    with pytest.raises(VerifyError):
        list(picture_segments(chunks, NTSC_FIELD, edges))


def test_a_chunk_of_another_length(chunks: list[Chunk]) -> None:
    wrong = [Chunk(chunks[0].path, 21, 0), chunks[1]]
    with pytest.raises(VerifyError, match="does not hold 21"):
        list(picture_segments(wrong, NTSC_FIELD, EDGES))


def test_chunks_with_different_headers_are_refused(chunks: list[Chunk], tmp_path: Path) -> None:
    """x264 writes its quality into the picture parameters, which all segments share."""
    other = chunk(tmp_path / "other.mp4", 8, crf=35)
    with pytest.raises(VerifyError, match="different headers"):
        entry_of([chunks[0].path, other.path])


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sound of 1.3 s that starts with a click at 0.25 s of a film that starts at 2 s."""
    path = tmp_path_factory.mktemp("sound") / "film.mkv"
    clicks = "aevalsrc='if(between(t,0.25,0.26),sin(3000*t),0)':s=48000:d=1.3"
    sound = ("-f", "lavfi", "-i", clicks, "-map", "0", "-map", "1", "-c:a", "pcm_s16le", "-output_ts_offset", "2")
    return lavfi(path, *sound, "-c:v", "ffv1", frames=36)


@pytest.mark.parametrize("seconds", [Fraction(1), Fraction(2)])
def test_sound_is_as_long_as_the_pictures_and_in_its_place(programme: Path, tmp_path: Path, seconds: Fraction) -> None:
    encoded = tmp_path / "sound.mp4"
    aac_sound(programme, 1, Fraction(2), seconds, 128, encoded)
    track = sound_track(encoded, "eng")
    assert track.hidden == 1024 and track.timescale == 48000
    stops = [Fraction(1, 2), seconds - Fraction(1, 4), seconds]
    made = list(sound_segments(encoded, track, stops))
    ends = np.cumsum([float(length) for _, length in made])
    assert all(abs(end - stop) <= 1024 / 48000 for end, stop in zip(ends, map(float, stops), strict=True))
    assert sum(length for _, length in made) == pytest.approx(seconds, abs=1024 / 48000)
    path = tmp_path / "all.mp4"
    path.write_bytes(init_segment(track) + b"".join(data for data, _ in made))
    line, start = heard(path)
    click = int(np.argmax(np.abs(line) > 0.2)) + start
    assert abs(click - 12000) < 100
    with av.open(str(path)) as container:
        assert container.streams.audio[0].language == "eng"


def test_language_that_is_none() -> None:
    entry = next(boxes(b"\0\0\0\x08mp4a"))
    assert init_segment(Track(entry, 48000, language="")) == init_segment(Track(entry, 48000, language="12"))
